package rows

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/google/go-cmp/cmp"
)

// A recorder is a Sink that remembers.
type recorder struct {
	records           []drover.Record
	notes, lost, kept []string
}

func (r *recorder) Record(rec drover.Record)     { r.records = append(r.records, rec) }
func (r *recorder) Note(where, text string)      { r.notes = append(r.notes, where+": "+text) }
func (r *recorder) Lost(where string, err error) { r.lost = append(r.lost, where+": "+err.Error()) }
func (r *recorder) Unread(where, text string)    { r.kept = append(r.kept, where+": "+text) }

type ran struct {
	name, coverage string
	recorder
	err error
}

func input(place string, f Format, text string) Input {
	return Input{Place: place, Format: f, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

// runs replays and returns what each section saw.
func runs(t *testing.T, replay func(context.Context, Section) error) []ran {
	t.Helper()
	var out []ran
	err := replay(t.Context(), func(ctx context.Context, name, coverage string, fn func(context.Context, Sink) error) error {
		r := ran{name: name, coverage: coverage}
		r.err = fn(ctx, &r)
		out = append(out, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func stream(t *testing.T, text string) []ran {
	t.Helper()
	s := &Stream{Input: input("f", FormatJSONL, text), Coverage: "file:f/records"}
	if err := s.Plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	return runs(t, s.Replay)
}

func node(id string) string {
	return `{"node":{"ref":"a/-/b/` + id + `","kind":"identity","type":"a.b","name":"n"}}` + "\n"
}

func section(name, status string) string {
	return `{"section":{"name":"` + name + `","coverage":"a:-/` + name + `","status":"` + status + `"}}` + "\n"
}

func refs(r ran) (out []string) {
	for _, rec := range r.records {
		if rec.Node != nil {
			out = append(out, rec.Node.Ref.ID())
		}
	}
	return out
}

// Records belong to the section record after them; what follows the last one
// proves no absence; a bad line costs itself alone.
func TestStreamSections(t *testing.T) {
	got := stream(t, "\xef\xbb\xbf"+node("1")+node("2")+section("one", "ok")+node("3")+"nonsense\r\n"+node("4")+section("two", "ok")+"\n"+node("5")+section("three", "partial")+node("6"))
	if len(got) != 4 {
		t.Fatalf("got %d sections", len(got))
	}
	for i, want := range []struct {
		name string
		refs []string
		lost int
		kept int
		err  bool
	}{{"one", []string{"1", "2"}, 0, 0, false}, {"two", []string{"3", "4"}, 1, 0, false}, {"three", []string{"5"}, 0, 0, true}, {"records", []string{"6"}, 0, 1, false}} {
		g := got[i]
		if g.name != want.name || !slices.Equal(refs(g), want.refs) || len(g.lost) != want.lost || len(g.kept) != want.kept || (g.err != nil) != want.err {
			t.Errorf("section %d: got %+v, want %+v", i, g, want)
		}
	}
	if !strings.HasPrefix(got[1].lost[0], "f:5: ") {
		t.Errorf("the bad line is named %q, want f:5", got[1].lost[0])
	}
}

// A section that says how many records it has is whole only with that many.
func TestStreamCount(t *testing.T) {
	end := func(n string) string {
		return `{"section":{"name":"one","coverage":"a:-/one","status":"ok","objects":` + n + `}}` + "\n"
	}
	for name, c := range map[string]struct{ text, want string }{
		"one is missing":        {node("1") + end("2"), "f:2 says 2 objects, 1 was read"},
		"all are missing":       {end("1"), "f:1 says 1 object, 0 were read"},
		"one too many":          {node("1") + node("2") + end("1"), "f:3 says 1 object, 2 were read"},
		"as many":               {node("1") + node("2") + end("2"), ""},
		"not said":              {node("1") + end("0"), ""},
		"of this section":       {node("1") + section("zero", "ok") + node("2") + end("1"), ""},
		"of this section alone": {node("1") + section("zero", "ok") + node("2") + end("2"), "f:4 says 2 objects, 1 was read"},
	} {
		got := stream(t, c.text)
		last := got[len(got)-1]
		if (last.err == nil) != (c.want == "") || last.err != nil && !strings.HasPrefix(last.err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, last.err, c.want)
		}
	}
}

// A coverage key that is there twice removes nothing in either place.
func TestStreamSharedCoverage(t *testing.T) {
	for _, r := range stream(t, node("1")+section("one", "ok")+node("2")+section("one", "ok")) {
		if len(r.kept) != 1 {
			t.Errorf("kept %v, want one", r.kept)
		}
	}
}

// A section that was not asked for does not shift its records into the next.
func TestStreamSkipsSections(t *testing.T) {
	s := &Stream{Input: input("f", FormatJSONL, node("1")+section("one", "ok")+node("2")+section("two", "ok"))}
	if err := s.Plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := s.Replay(t.Context(), func(ctx context.Context, name, _ string, fn func(context.Context, Sink) error) error {
		if name == "one" {
			return nil
		}
		r := ran{}
		err := fn(ctx, &r)
		got = refs(r)
		return err
	})
	if err != nil || !slices.Equal(got, []string{"2"}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// Every cut of a stream: never a section that is whole while its end is missing.
func TestStreamTruncated(t *testing.T) {
	text := node("1") + section("one", "ok") + node("2") + section("two", "ok")
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	io.WriteString(z, text)
	z.Close()
	for _, whole := range []string{text, gz.String()} {
		for i := range len(whole) - 1 {
			s := &Stream{Input: input("f", FormatJSONL, whole[:i]), Coverage: "file:f/records"}
			if err := s.Plan(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, r := range runs(t, s.Replay) {
				sound := r.err == nil && len(r.lost) == 0 && len(r.kept) == 0
				if sound && (r.name != "one" && r.name != "two" || len(refs(r)) != 1) {
					t.Errorf("cut at %d: section %s with %v proves absence", i, r.name, refs(r))
				}
			}
		}
	}
}

// A line past the limit is passed over without being held, and named.
func TestLongLine(t *testing.T) {
	long := io.LimitReader(zeros{}, 1<<30)
	r := newLineReader(io.MultiReader(strings.NewReader("one\n"), long, strings.NewReader("\nthree\n")))
	line, err := r.next()
	if string(line) != "one" || err != nil {
		t.Fatal(string(line), err)
	}
	if _, err = r.next(); !errors.Is(err, errLong) || r.n != 2 {
		t.Fatalf("line %d: %v", r.n, err)
	}
	if line, err = r.next(); string(line) != "three" || err != nil || r.n != 3 {
		t.Fatal(string(line), err, r.n)
	}
	if cap(r.buf) > 2*MaxLine {
		t.Errorf("it holds %d bytes", cap(r.buf))
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// A few MiB of gzip that stand for many GiB are refused early.
func TestBomb(t *testing.T) {
	var gz bytes.Buffer
	z := gzip.NewWriter(&gz)
	io.CopyN(z, zeros{}, 200<<20)
	z.Close()
	p, err := Plain(&gz, 0)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, p)
	if !errors.Is(err, drover.ErrInvalid) || n > 100<<20 {
		t.Errorf("read %d bytes, %v", n, err)
	}
	p, _ = Plain(strings.NewReader("0123456789"), 5)
	if _, err := io.ReadAll(p); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("past the limit: %v", err)
	}
}

func table(t *testing.T, mapping string, f Format, text string) ran {
	t.Helper()
	m, err := ParseMapping("m", []byte("mapping: drover/v1\nname: x\nsystem: s\n"+mapping))
	if err != nil {
		t.Fatal(err)
	}
	tab := &Table{Mapping: m, Inputs: []Input{input("f", f, text)}, Fingerprints: drover.NewFingerprinter([]byte("key"))}
	return runs(t, tab.Replay)[0]
}

const simple = "complete: true\nrows: [{kind: identity, type: s.a, id: '{id}', attrs: {n: '{n}'}}]\n"

func TestCSVHostile(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		refs []string
		lost []string // places
		kept int
	}{
		"plain":             {"id,n\n1,a\n2,\"b\nc\"\n3,\"say \"\"x\"\"\"\n", []string{"1", "2", "3"}, nil, 0},
		"crlf and bom":      {"\xef\xbb\xbfid,n\r\n1,a\r\n", []string{"1"}, nil, 0},
		"semicolons":        {"id;n\n1;a\n", []string{"1"}, nil, 0},
		"open quote":        {"id,n\n1,\"a\n2,b\n3,c\n", []string{"2", "3"}, []string{"f:2"}, 0},
		"text after quote":  {"id,n\n1,\"a\"b\n2,b\n", []string{"2"}, []string{"f:2"}, 0},
		"too few, too many": {"id,n\n1\n2,a,b\n3,c\n", []string{"3"}, []string{"f:2", "f:3"}, 0},
		"nul and bad utf-8": {"id,n\n1,\x00\n2,\xff\n3,c\n", []string{"3"}, []string{"f:2", "f:3"}, 0},
		"no id":             {"id,n\n,a\n2,b\n", []string{"2"}, []string{"f:2"}, 0},
		"a formula is text": {"id,n\n=cmd(),a\n", []string{"=cmd()"}, nil, 0},
		"header alone":      {"id,n\n", nil, nil, 1},
		"empty":             {"", nil, nil, 1},
		"long row":          {"id,n\n1," + strings.Repeat("x", MaxLine) + "\n2,b\n", []string{"2"}, []string{"f:2"}, 0},
	} {
		r := table(t, simple, FormatCSV, c.text)
		var lost []string
		for _, l := range r.lost {
			lost = append(lost, l[:strings.Index(l, ": ")])
		}
		if !slices.Equal(refs(r), c.refs) || !slices.Equal(lost, c.lost) || len(r.kept) != c.kept || r.err != nil {
			t.Errorf("%s: got %v, lost %v, kept %v, %v", name, refs(r), r.lost, r.kept, r.err)
		}
	}
	wide := table(t, simple, FormatCSV, "id,n"+strings.Repeat(",c", 100_000)+"\n1,a"+strings.Repeat(",", 100_000)+"\n")
	if !slices.Equal(refs(wide), []string{"1"}) {
		t.Errorf("100,002 columns: got %v, lost %v, %v", refs(wide), wide.lost, wide.err)
	}
	if r := table(t, simple, FormatCSV, "id,n,id\n1,2,3\n"); r.err == nil || len(r.records) != 0 {
		t.Errorf("a column that is there twice: got %v, %v", r.records, r.err)
	}
	if r := table(t, simple, FormatCSV, "a,b\n1,2\n"); r.err == nil {
		t.Error("a header of other columns is accepted")
	}
}

func TestEncodings(t *testing.T) {
	for enc, text := range map[string]string{"latin1": "id,n\nJ\xf6rg,a\n", "windows-1252": "id,n\nJ\xf6rg,\x80\n", "utf-16": "\xff\xfei\x00d\x00,\x00n\x00\n\x00J\x00\xf6\x00r\x00g\x00,\x00a\x00\n\x00"} {
		r := table(t, "encoding: "+enc+"\n"+simple, FormatCSV, text)
		if !slices.Equal(refs(r), []string{"Jörg"}) {
			t.Errorf("%s: got %q, %v, %v", enc, refs(r), r.lost, r.err)
		}
	}
}

// A secret column leaves a fingerprint and nothing else.
func TestSecretColumn(t *testing.T) {
	r := table(t, "rows: [{kind: identity, type: s.a, id: '{id}', secrets: [{column: pw, class: password}]}]\n", FormatCSV, "id,pw\n1,hunter2\n2,hunter2\n")
	if s := fmt.Sprintf("%+v", r); strings.Contains(s, "hunter2") {
		t.Error("the value is kept")
	}
	var creds, edges int
	for _, rec := range r.records {
		if rec.Node != nil && rec.Node.Kind == drover.KindCredential {
			creds++
		}
		if rec.Edge != nil && rec.Edge.Kind == drover.EdgeAuthenticates {
			edges++
		}
	}
	if creds != 1 || edges != 2 {
		t.Errorf("got %d credentials and %d edges, want 1 and 2", creds, edges)
	}
}

func TestLDIF(t *testing.T) {
	text := "version: 1\n# a comment\n  folded\ndn: uid=a,dc=x\nobjectClass: person\ncn: long\n  name\ndescription:: SsO2cmc=\nphoto:: /9j/\nurl:< file:///etc/passwd\n\ndn: uid=b,dc=x\nchangetype: modify\nreplace: cn\ncn: z\n-\n\ndn: uid=c,dc=x\nchangetype: add\nobjectClass: person\n\ndn: uid=d,dc=x\nbad line\n\ndn: uid=e,dc=x\nx:: !!!\n\n\ndn:: dWlkPWY=\nobjectclass: person"
	d := &ldifReader{l: newLineReader(strings.NewReader(text))}
	var got []string
	bad := 0
	for {
		e, err := d.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, drover.ErrInvalid) {
			bad++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(e["dn"], e["cn"], e["description"]))
	}
	want := []string{"[uid=a,dc=x] [long name] [Jörg]", "[uid=c,dc=x] [] []", "[uid=f] [] []"}
	if diff := cmp.Diff(want, got); diff != "" || bad != 2 || d.changes != 1 || d.refs != 1 {
		t.Errorf("%s\nbad %d, changes %d, refs %d", diff, bad, d.changes, d.refs)
	}
}

func TestJSONItems(t *testing.T) {
	for _, c := range []struct{ items, text, want string }{
		{"", `[{"id":1},{"id":"2"},3,null]`, "1 2"},
		{"", `{"id":12345678901234567890}`, "12345678901234567890"},
		{"data.users", `{"skip":{"a":[1,{"b":2}]},"data":{"users":[{"id":"a"},{"id":"b"}]},"more":1}`, "a b"},
		{"pages.items", `{"pages":[{"items":[{"id":"a"}]},{"items":[{"id":"b"}]}]}`, "a b"},
		{"Users.*", `{"Users":{"k1":{"id":"x"},"k2":{"id":"y"}}}`, "x y"},
	} {
		m := strings.ReplaceAll("items: '"+c.items+"'\n"+simple, "items: ''\n", "")
		r := table(t, m, FormatJSON, c.text)
		if strings.Join(refs(r), " ") != c.want || r.err != nil {
			t.Errorf("%q of %s: got %v, %v", c.items, c.text, refs(r), r.err)
		}
	}
	for _, bad := range []string{`[{"id":1}`, `[{"id":1,"id":2}]`, `[{"id":1}] x`, "", "[" + `"` + strings.Repeat("x", MaxLine+1<<20) + `"]`, strings.Repeat("[", 20_000)} {
		if r := table(t, simple, FormatJSON, bad); r.err == nil {
			t.Errorf("%.20q: no error", bad)
		}
	}
}

// Where encoding/csv reads a text as rows of one width, so do we, the same ones.
func FuzzCSV(f *testing.F) {
	f.Add("a,b\n1,\"x\ny\"\n")
	f.Add("a\n\"\"\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		c := newCSVReader(strings.NewReader(text), ',')
		var got [][]string
		clean := true
		for range len(text) + 2 {
			row, err := c.read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				clean = false
				continue
			}
			got = append(got, row)
		}
		ref := csv.NewReader(strings.NewReader(text))
		ref.FieldsPerRecord = -1
		want, err := ref.ReadAll()
		if err != nil || !clean || strings.ContainsAny(text, "\r\x00") || strings.HasPrefix(text, "\xef\xbb\xbf") {
			return
		}
		want = slices.DeleteFunc(want, func(r []string) bool { return len(r) == 1 && strings.TrimSpace(r[0]) == "" })
		got = slices.DeleteFunc(got, func(r []string) bool { return len(r) == 1 && strings.TrimSpace(r[0]) == "" })
		if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
			t.Errorf("%q: %s", text, diff)
		}
	})
}

func FuzzLDIF(f *testing.F) {
	f.Add("dn: a\ncn: b\n c\n\ndn:: YQ==\n")
	f.Fuzz(func(t *testing.T, text string) {
		d := &ldifReader{l: newLineReader(strings.NewReader(text))}
		for range len(text) + 2 {
			if e, err := d.read(); errors.Is(err, io.EOF) {
				return
			} else if err == nil && len(e["dn"]) == 0 {
				t.Errorf("%q: an entry without dn", text)
			}
		}
		t.Errorf("%q: it does not end", text)
	})
}

func FuzzJSONItems(f *testing.F) {
	f.Add(`{"a":[{"id":1}]}`, "a")
	f.Add(`[[{"x":null}]]`, "")
	f.Add(`{"a":{"b":{}}}`, "*.b")
	f.Fuzz(func(t *testing.T, text, path string) {
		_ = jsonItems(strings.NewReader(text), path, func(_ int64, item map[string]any) error {
			lookup(item, path)
			return nil
		})
	})
}

func FuzzStream(f *testing.F) {
	f.Add([]byte(node("1") + section("s", "ok") + node("2")))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := &Stream{Input: input("f", FormatJSONL, string(text)), Limit: 1 << 20}
		if s.Plan(t.Context()) != nil {
			return
		}
		for _, r := range runs(t, s.Replay) {
			for _, rec := range r.records {
				if rec.Valid() != nil {
					t.Error("emitted what is not valid")
				}
			}
		}
	})
}

func FuzzExpr(f *testing.F) {
	f.Add("{a|lower|split:,|default:x} // {b}")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseExpr(text, nil)
		if err == nil {
			e.values(func(c string) []string { return []string{c, "v"} }, true)
			e.attr(func(c string) []string { return []string{c} })
		}
	})
}
