package secret

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/internal/realtest"
)

// edited makes a text out of another one: runs of it in their order, with other
// bytes between them, and says which are the same.
func edited(r *rand.Rand, base []byte, spare []string) ([]byte, []Same) {
	var out []byte
	var same []Same
	for from, n := 0, 1+r.IntN(4); n > 0; n-- {
		to := from + r.IntN(len(base)-from+1)
		if n == 1 && r.IntN(4) > 0 {
			to = len(base)
		}
		if to > from {
			same = append(same, Same{from, len(out), to - from})
			out = append(out, base[from:to]...)
		}
		switch r.IntN(5) {
		case 0:
		case 1:
			out = append(out, '\n')
		default:
			out = append(out, spare[r.IntN(len(spare))]...)
		}
		from = min(len(base), to+r.IntN(60))
		if r.IntN(6) == 0 {
			from = r.IntN(len(base) + 1)
		}
	}
	return out, same
}

// checkChange scans base and then, over generations, texts made from it, with and
// without what is known.
func checkChange(t *testing.T, r *rand.Rand, path string, base []byte, spare []string) (reused int) {
	t.Helper()
	s := Default()
	hits, trace := s.ScanTraced(Input{Path: path, Data: base})
	for gen := range 4 {
		want := s.Scan(path, base)
		if diff := cmp.Diff(want, hits); diff != "" {
			t.Fatalf("generation %d: %d hits, a whole scan has %d: %s", gen, len(hits), len(want), revealed(want, hits))
		}
		if len(base) == 0 {
			break
		}
		next, same := edited(r, base, spare)
		m := s.matcher(Input{Path: path, Data: next}, true)
		if trace != nil && (&change{m: m, base: trace, same: joined(same)}).scan() != nil {
			reused++
		}
		m.forget()
		hits, trace = s.ScanChanged(Input{Path: path, Data: next}, trace, same)
		base = next
	}
	return reused
}

func revealed(lists ...[]Hit) string {
	var b strings.Builder
	for _, l := range lists {
		b.WriteString("\n--")
		for _, h := range l {
			b.WriteString("\n" + h.Rule + " " + string(h.Value.Reveal()))
		}
	}
	return b.String()
}

// TestChangedEqualsWhole: however a text was changed, what is found is what a scan
// of the whole text finds. Texts are of all kinds of secrets and of plain lines.
func TestChangedEqualsWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	spare := []string{"x", " = ", "\n\n", "discord\n", "sourcegraph", "facebook plaid airtable\n", "gitleaks:" + "allow",
		"-----BEGIN RSA PRIVATE " + "KEY-----\n" + strings.Repeat("abcdEFGH0123456789\n", 6) + "-----END RSA PRIVATE " + "KEY-----\n", strings.Repeat("plain words of text\n", 30)}
	for _, set := range []*Rules{Gitleaks(), Own()} {
		for _, rule := range set.Rules {
			for _, e := range rule.Examples {
				spare = append(spare, fill(e), "\n"+fill(e)+"\n")
			}
		}
	}
	spare = append(spare, genericKV, gitlabPAT, awsKeyID)
	reused := 0
	for range 600 {
		var b strings.Builder
		for range 1 + r.IntN(40) {
			if r.IntN(3) == 0 {
				b.WriteString(spare[r.IntN(len(spare))])
			}
			b.WriteString(strings.Repeat("an ordinary line of text, with nothing in it\n", r.IntN(12)))
		}
		reused += checkChange(t, r, []string{"a.yml", "b.go", ""}[r.IntN(3)], []byte(b.String()), spare)
	}
	if reused < 200 {
		t.Errorf("of 2400 changes %d were scanned as such: hardly anything was tested", reused)
	}
}

// TestChangedFiles does the same with files of the labelled corpora.
func TestChangedFiles(t *testing.T) {
	list, _ := filepath.Glob(filepath.Join(realtest.SharedData(t, "secrets/creddata"), "data/*/*/*"))
	if len(list) == 0 {
		t.Fatal("the labelled corpus is here and holds no file: nothing would be tested")
	}
	r := rand.New(rand.NewPCG(3, 5))
	spare := []string{"\n", "password: hunter2hunter\n", genericKV + "\n", "# comment\n", "\"", strings.Repeat("words\n", 200)}
	reused := 0
	for range 400 {
		data, err := os.ReadFile(list[r.IntN(len(list))])
		if err != nil || Binary(data) || len(data) > 1<<20 {
			continue
		}
		reused += checkChange(t, r, "a.txt", data, spare)
	}
	t.Logf("%d changes", reused)
}

func FuzzChanged(f *testing.F) {
	f.Add([]byte(strings.Repeat("line\n", 400)+gitlabPAT+"\n"+strings.Repeat("line\n", 400)), "password = x", uint(1000), uint(10))
	f.Add([]byte(strings.Repeat(genericKV+"\n", 90)), "\n", uint(50), uint(1))
	f.Fuzz(func(t *testing.T, base []byte, between string, at, cut uint) {
		from := min(int(at), len(base))
		to := min(from+int(min(cut, 1<<20)), len(base))
		next := append(append(append([]byte(nil), base[:from]...), between...), base[to:]...)
		same := []Same{{0, 0, from}, {to, from + len(between), len(base) - to}}
		_, trace := Default().ScanTraced(Input{Path: "a.yml", Data: base})
		got, _ := Default().ScanChanged(Input{Path: "a.yml", Data: next}, trace, same)
		if diff := cmp.Diff(Default().Scan("a.yml", next), got); diff != "" {
			t.Fatal("what is found differs from what a whole scan finds")
		}
	})
}
