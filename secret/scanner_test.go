package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
)

// Values that look live are put together here, so that no scanner flags this file.
var (
	awsKeyID  = "AKIA" + "Q5XTZ7YRB2KLNMPV"
	gitlabPAT = "glpat-" + fill("{a62:20}")
	genericKV = "api_key = \"" + fill("{a62:32}") + "\""
)

// TestCutsConfineRules: all but one rule are confined by a literal; a rule that
// is not runs over whole texts, which a refresh must not bring in unseen.
func TestCutsConfineRules(t *testing.T) {
	s := Default()
	for _, n := range s.whole {
		if id := s.rules[n].id; id != "sourcegraph-access-token" && s.rules[n].path == noPath {
			t.Errorf("rule %q has no literal that every match holds", id)
		}
	}
}

// TestHitPlaces: a hit says where the match and the value are.
func TestHitPlaces(t *testing.T) {
	text := "one\ntwo " + gitlabPAT + "\nthree"
	got := Default().Scan("a.txt", []byte(text))
	want := []Hit{{Rule: "gitlab-pat", Class: "gitlab-pat", Line: 2, Column: 5, EndLine: 2,
		Start: 8, End: 8 + len(gitlabPAT), Value: drover.Secret(gitlabPAT)}}
	for i := range got {
		got[i].Entropy = 0
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestDecoded: values that are encoded, also twice, are found where they stand.
func TestDecoded(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte("token: " + gitlabPAT + " ok"))
	for name, tc := range map[string]struct{ text, decoded string }{
		"base64":  {b64, "base64"},
		"hex":     {hex.EncodeToString([]byte(gitlabPAT)), "hex"},
		"percent": {strings.ReplaceAll("x-"+gitlabPAT, "-", "%2D"), "percent"},
		"unicode": {strings.ReplaceAll(gitlabPAT, "g", `\u0067`), "unicode"},
		"twice":   {base64.StdEncoding.EncodeToString([]byte("again " + b64)), "base64"},
	} {
		text := "line\n  v = '" + tc.text + "'\n"
		hits := Default().Scan("", []byte(text))
		if len(hits) != 1 || hits[0].Value.Reveal() != gitlabPAT || hits[0].Decoded != tc.decoded || hits[0].Line != 2 {
			t.Errorf("%s: got %d hits %+v, want one gitlab-pat, %s, on line 2", name, len(hits), hits, tc.decoded)
		}
	}
}

// TestAllowed: comments, paths, stop words and global allow-lists hold.
func TestAllowed(t *testing.T) {
	s := Default()
	for name, tc := range map[string]struct {
		path, text string
		want       int
	}{
		"found":          {"a.go", gitlabPAT, 1},
		"comment":        {"a.go", gitlabPAT + " // gitleaks:" + "allow", 0},
		"other line":     {"a.go", gitlabPAT + "\n// gitleaks:" + "allow", 1},
		"global path":    {"node_modules/x/a.js", gitlabPAT, 0},
		"placeholder":    {"a.go", "glpat-" + strings.Repeat("x", 20), 0},
		"path-only rule": {"keys/a.p12", "any", 1},
		"generic":        {"a.go", genericKV, 1},
		"generic yields": {"a.go", "token = \"" + gitlabPAT + "\"", 1},
	} {
		if got := s.Scan(tc.path, []byte(tc.text)); len(got) != tc.want {
			t.Errorf("%s: %d hits, want %d", name, len(got), tc.want)
		}
	}
}

// TestKelvin: runes outside ASCII that fold to letters count where the regular
// expression says so, and keywords as lower-casing says.
func TestKelvin(t *testing.T) {
	value := fill("{a62:32}")
	for _, text := range []string{
		"api_\u212aey = \"" + value + "\"", "pa\u017f\u017fword = \"" + value + "\"", "ap\u0130_key = \"" + value + "\"",
		strings.Repeat("\u212a", 30) + "api_key=" + value, "\xe2\x84api_key = \"" + value + "\"", "to\u212aen=" + value + "\xc5",
	} {
		got, want := Default().Scan("", []byte(text)), plainScan(Default(), Input{Data: []byte(text)})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: (-plain +windows)\n%s", text[:12], diff)
		}
	}
}

// mixed makes text of pieces that rules care about, glued without regard to
// words, lines or UTF-8.
func mixed(t *rapid.T) []byte {
	pieces := []string{
		"api_key", "Token", "secret", "=", " := ", "\"", "'", ":", "=>", "||", "\n", "\r\n", " ", "\t", "%20", `\u0041`, "U+0041 ",
		"AKIA", "glpat-", "sk_live_", "xoxb-", "ey", ".ey", "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----",
		"curl -u a:bcd ", "curl -H \"Authorization: Bearer ", "kind: Secret\n", "data:\n", "\u212a", "\u017f", "\u0130", "\xe2", "\xff",
		"postgres://u:", "@host/db", "facebook", "|", "hvs.", "s.", "password", "discord", "gitleaks:allow", "x", "=\n",
	}
	var b strings.Builder
	for range rapid.IntRange(1, 30).Draw(t, "n") {
		if rapid.Bool().Draw(t, "random") {
			n := rapid.SampledFrom([]int{1, 4, 16, 17, 20, 32, 36, 40, 64}).Draw(t, "len")
			b.WriteString(fill(fmt.Sprintf("{%s:%d}", rapid.SampledFrom([]string{"a62", "hex", "lower", "b64", "d"}).Draw(t, "set"), n)))
		} else {
			b.WriteString(rapid.SampledFrom(pieces).Draw(t, "piece"))
		}
	}
	return []byte(b.String())
}

// TestWindowsEqualPlainOnMixtures is the proof by search that windows cut no match.
func TestWindowsEqualPlainOnMixtures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := Input{Path: rapid.SampledFrom([]string{"", "a.yaml", "a.tf", "a.php"}).Draw(t, "path"), Data: mixed(t)}
		if !sameParts(encodedParts(in.Data, nil), plainParts(in.Data)) {
			t.Fatalf("encoded parts differ on %q", in.Data)
		}
		if diff := cmp.Diff(plainScan(Default(), in), Default().ScanInput(in)); diff != "" {
			t.Fatalf("%q (-plain +windows)\n%s", in.Data, diff)
		}
	})
}

// FuzzScan: whatever the input, no panic, the oracle's answer, and places inside
// the input.
func FuzzScan(f *testing.F) {
	for _, r := range Own().Rules {
		for _, e := range r.Examples {
			f.Add("a.yaml", []byte(fill(e)))
		}
	}
	f.Add("", []byte(awsKeyID+" "+genericKV+"%41"+`\u0041`+"U+0041"))
	f.Fuzz(func(t *testing.T, path string, data []byte) {
		if len(data) > 1<<14 {
			return
		}
		got := Default().Scan(path, data)
		if diff := cmp.Diff(plainScan(Default(), Input{Path: path, Data: data}), got); diff != "" {
			t.Fatalf("(-plain +windows)\n%s", diff)
		}
		for _, h := range got {
			if h.Start < 0 || h.End < h.Start || h.End > len(data) || h.Line > h.EndLine && h.Line != 0 {
				t.Fatalf("rule %q: impossible place %d-%d, line %d-%d", h.Rule, h.Start, h.End, h.Line, h.EndLine)
			}
			if h.Decoded == "" && string(data[h.Start:h.End]) != h.Value.Reveal() {
				t.Fatalf("rule %q: the value does not stand where it says", h.Rule)
			}
		}
	})
}

// TestReaderEqualsScan: a stream gives the hits of the whole, also those that lie
// across pieces, in lines of any length.
func TestReaderEqualsScan(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for b.Len() < 3*streamChunk {
		b.WriteString(strings.Repeat("lorem ipsum dolor ", rnd.IntN(4000)))
		if rnd.IntN(3) == 0 {
			b.WriteByte('\n')
		}
		b.WriteString(" " + gitlabPAT + " ")
	}
	want := Default().Scan("a", []byte(b.String()))
	if len(want) < 50 {
		t.Fatalf("only %d hits: nothing was tested", len(want))
	}
	var got []Hit
	err := Default().ScanReader("a", iotest.HalfReader(strings.NewReader(b.String())), func(h Hit) { got = append(got, h) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReaderError(t *testing.T) {
	n := 0
	r := io.MultiReader(strings.NewReader(gitlabPAT), iotest.ErrReader(errors.New("gone")))
	err := Default().ScanReader("a", r, func(Hit) { n++ })
	if !errors.Is(err, drover.ErrTransient) || n != 1 {
		t.Errorf("got %d hits, error %v; want the hit and ErrTransient", n, err)
	}
}

// TestHostileIsLinear counts what hostile texts make the window search look at:
// twice the text may cost no more than about twice the bytes.
func TestHostileIsLinear(t *testing.T) {
	for name, unit := range map[string]string{
		"unbounded run": "xapp-1-A-1-a", "curl": "curl ", "begin": "-----BEGIN PRIVATE KEY-----",
		"percent": "%41", "half percent": "%4", "keyword": "key=", "escapes": `\u0041`, "jwt": "eyJ.ey", "base64": "aGVsbG8gd29ybGQg",
	} {
		text := []byte(strings.Repeat(unit, 200_000/len(unit)))
		m := &matcher{s: Default(), in: &Input{Data: text}, sc: Default().newScratch(), lines: lineIndex{text: text}}
		m.literals(text, &m.lines)
		for n, spans := range m.sc.windows {
			total := 0
			for _, w := range spans {
				total += w.end - w.start
			}
			if total > len(text) {
				t.Errorf("%s: rule %q looks at %d of %d bytes", name, m.s.rules[n].id, total, len(text))
			}
		}
	}
}

// TestHostileWorkIsBounded counts the instructions that hostile texts make a scan
// walk and the bytes that it reads: not more than promised for each byte, twice
// the text not more than about twice the work, and what is left out is said.
func TestHostileWorkIsBounded(t *testing.T) {
	work := func(unit string, size int) (spent purse, cut int) {
		text := []byte(strings.Repeat(unit, size/len(unit)+1)[:size])
		s := Default()
		m := &matcher{s: s, in: &Input{Path: "a.yaml", Data: text}, sc: s.newScratch(), lines: lineIndex{text: text}, left: workFor(size)}
		m.pass(text, nil)
		for _, c := range m.cut {
			cut += c.end - c.start
		}
		return workFor(size) - m.left, cut
	}
	for _, unit := range []string{
		"kind: secret data: ", "key=", "token=", "token=abcdefghij0123456789\n", "api_key = \"0123456789abcdefABCDEFxyz\" ",
		"db_password=", "db_password=${x_", "api_token=x1,", "{\"db_password\":", "<my_password>", "PASSWORD '", "--password ",
		"name: X_TOKEN\nvalue: ", "api_secret=aB3dE5gH7jK9mN2pQ4", "-----BEGIN PRIVATE KEY-----", "curl -u ", "_auth=", "aws_session_token=",
		"a", "discord ", "jfrog ", "eyJhbGciOiJ", "Bearer abc.", "a://b:c",
	} {
		const size = 128 << 10
		once, cut := work(unit, size)
		twice, cut2 := work(unit, 2*size)
		if most := workFor(2*size) + workFor(2*size)/4; twice > most {
			t.Errorf("%q: work %d for %d bytes, more than %d", unit, twice, 2*size, most)
		}
		// The tables are made once: half of the base is allowed for them.
		if cut == 0 && cut2 == 0 && twice > 2*once+once/4+workBase/2 {
			t.Errorf("%q: work %d for once, %d for twice the text", unit, once, twice)
		}
	}
}

// TestBudgetIsSaid: a scan that may do little says what it has not looked at, and
// Redact lets none of that through.
func TestBudgetIsSaid(t *testing.T) {
	text := []byte(strings.Repeat("api_key = \""+fill("{a62:32}")+"\"\n", 40))
	s := Default()
	m := &matcher{s: s, in: &Input{Data: text}, sc: s.newScratch(), lines: lineIndex{text: text}, left: 3000}
	m.pass(text, nil)
	covered := make([]bool, len(text))
	said := false
	for _, h := range m.result() {
		said = said || h.Class == Unscanned
		for i := h.Start; i < h.End; i++ {
			covered[i] = true
		}
	}
	if !said {
		t.Fatal("the budget was not hit: nothing was tested")
	}
	for line, at := 0, 0; at < len(text); line++ {
		value := at + len("api_key = \"")
		if !covered[value] || !covered[value+31] {
			t.Errorf("line %d: neither found nor said to be left out", line+1)
		}
		at += bytes.IndexByte(text[at:], '\n') + 1
	}
}

func TestBinary(t *testing.T) {
	if Binary([]byte("text\xff")) || !Binary([]byte("a\x00b")) || Binary(nil) {
		t.Error("a NUL makes a binary, nothing else does")
	}
}

func TestSecretsStayHidden(t *testing.T) {
	for _, h := range Default().Scan("", []byte(awsKeyID+"\n"+gitlabPAT)) {
		if s := fmt.Sprintf("%v %+v %#v", h, h, h); strings.Contains(s, h.Value.Reveal()) {
			t.Error("a printed hit shows its value")
		}
	}
}

func ExampleScanner_Scan() {
	for _, h := range Default().Scan("config.yml", []byte("ci:\n  token: "+gitlabPAT+"\n")) {
		fmt.Println(h.Class, h.Line, h.Value)
	}
	// Output: gitlab-pat 2 REDACTED
}
