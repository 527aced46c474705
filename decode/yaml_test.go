package decode

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/droverhq/drover"
)

// numbered repeats a line with a number in it.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestYAMLKeyTwice(t *testing.T) {
	v, err := oneYAML("test", []byte("a: 1\nb:\n  c: x\n  c: y\n  d: z\na: 2\n"))
	if !errors.Is(err, drover.ErrInvalid) || !Complete(err) {
		t.Fatalf("error %v, complete %v: want a note", err, Complete(err))
	}
	for _, want := range []string{"line 4", "line 6"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the note %q does not name %s", err, want)
		}
	}
	if v.str("a") != "2" || v.str("b", "c") != "y" || v.str("b", "d") != "z" || len(v.keys) != 3 || v.get("b", "c").at() != 4 {
		t.Errorf("got %v", v.plain())
	}
	// A public parser hands the note on, and what both values were.
	found, err := ParseCredentials("rubygems", []byte(":k_api_key: canary-1\n:k_api_key: canary-2\n"))
	if len(found) != 2 || !Complete(err) || err == nil {
		t.Errorf("%d credentials, error %v", len(found), err)
	}
	if _, err := oneYAML("test", []byte("a: 1\na: 2\n[\n")); Complete(err) {
		t.Errorf("what ends early counts as complete: %v", err)
	}
}

func TestYAMLDocumentsBeforeAnError(t *testing.T) {
	docs, err := parseYAML("test", []byte("a: 1\n---\nb: 2\n---\nc: [\n"))
	if len(docs) != 2 || err == nil || Complete(err) || !strings.Contains(err.Error(), "line ") {
		t.Errorf("%d documents, error %v", len(docs), err)
	}
}

func TestYAMLScalarsAndLines(t *testing.T) {
	v, err := oneYAML("test", []byte("n: 0o17\nt: True\nz: ~\ne:\ns: !!str 12\nv: !vault |\n  AB\n  CD\nf: >-\n  x\n  y\nq: 'null'\nd: 2001-01-01\nk: !!null kept\nm: {x: on}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]struct {
		kind kind
		text string
		line int
	}{
		"n": {kindNumber, "0o17", 1}, "t": {kindBool, "true", 2}, "z": {kindNull, "", 3}, "e": {kindNull, "", 4}, "s": {kindString, "12", 5}, "v": {kindString, "AB\nCD\n", 7},
		"f": {kindString, "x y", 10}, "q": {kindString, "null", 12}, "d": {kindString, "2001-01-01", 13}, "k": {kindString, "kept", 14}, "m": {kindMap, "", 15},
	} {
		if g := v.get(key); g == nil || g.kind != want.kind || g.text != want.text || g.line != want.line {
			t.Errorf("%s: got %+v, want %+v", key, g, want)
		}
	}
}

// TestYAMLBounds: each of these would cost more than its size, in time, memory
// or stack, and is refused.
func TestYAMLBounds(t *testing.T) {
	long := func(s string) string { return strings.Repeat(s, MaxSize/len(s)) }
	chain := "a0: &a0 []\n"
	for i := 1; i < 400; i++ {
		chain += fmt.Sprintf("a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	for name, in := range map[string]string{
		"size": strings.Repeat("a", MaxSize+1), "list": long("- a\n"), "map": long("a: b\n"), "flow list": "x: [" + long("a,") + "]", "flow maps": "x: [" + long("{},") + "]",
		"dashes": long("- "), "questions": long("? "), "colons": long(": "), "brackets": long("["), "braces": long("{a: "),
		"block depth": func() string {
			s := ""
			for i := range MaxDepth + 5 {
				s += strings.Repeat(" ", i) + "a:\n"
			}
			return s
		}(),
		"flow depth": "a: " + strings.Repeat("[", MaxDepth+5) + strings.Repeat("]", MaxDepth+5), "indentation": strings.Repeat(" ", maxIndent+1) + "a: b",
		"documents": strings.Repeat("---\na\n", maxDocs+1), "directives": numbered("%%TAG !a%d! tag:x,2000:\n", maxTags+1) + "---\nx\n",
		"alias of itself": "a: &a [*a]\n", "alias of its key": "? &a {b: *a}\n: c\n", "alias chain": chain, "aliases": "a: &a [" + strings.Repeat("x,", 1000) + "]\nb:\n" + strings.Repeat("- *a\n", 1100),
		"merges": "a: &a {" + numbered("k%d: v,", 1000) + "}\n" + "b:\n" + strings.Repeat("- {<<: *a}\n", 1100),
	} {
		docs, err := parseYAML("test", []byte(in))
		if err == nil || Complete(err) || !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%s: error %v", name, err)
		}
		n := 0
		for _, d := range docs {
			n += nodes(d, map[*value]bool{})
		}
		if n > MaxNodes {
			t.Errorf("%s: %d values were built", name, n)
		}
	}
}

// nodes counts the values that are really there, shared ones once.
func nodes(v *value, seen map[*value]bool) int {
	if v == nil || seen[v] {
		return 0
	}
	seen[v] = true
	n := 1
	for _, c := range v.vals {
		n += nodes(c, seen)
	}
	return n
}

// TestWorkGrowsWithSize: twice the input may cost twice the allocations and
// bytes, and never many bytes for one.
func TestWorkGrowsWithSize(t *testing.T) {
	trees := func(parse func(string, []byte) error) func([]byte) {
		return func(b []byte) { _ = parse("x", b) }
	}
	yamls := trees(func(f string, b []byte) error { _, err := parseYAML(f, b); return err })
	tomls := trees(func(f string, b []byte) error { _, err := parseTOML(f, b); return err })
	creds := func(format string) func([]byte) {
		return func(b []byte) { _, _ = ParseCredentials(format, b) }
	}
	for name, tc := range map[string]struct {
		parse func([]byte)
		unit  string
	}{
		"yaml keys": {yamls, "key%d: value\n"}, "yaml comments": {yamls, "# c\nk%d: v # x\n"}, "yaml anchors": {yamls, "- &a%d x\n"}, "yaml docs": {yamls, "--- {a: %d}\n"}, "yaml quoted": {yamls, "- \"a\\n%d\"\n"},
		"toml tables": {tomls, "[t%d]\na = 1\n"}, "toml arrays": {tomls, "[[t]]\na = %d\n"},
		"aws": {creds("aws"), "[p%d]\naws_secret_access_key = x\n"}, "aws continued": {creds("aws"), " a%d\n"}, "netrc": {creds("netrc"), "machine h%d login u password p\n"},
		"pgpass": {creds("pgpass"), "a%d\\:"}, "dotenv": {creds("dotenv"), "A_TOKEN_%d=x\n"}, "s3cfg": {creds("s3cfg"), "[s%d]\naccess_key = a\nsecret_key = b\n"}, "filezilla": {creds("filezilla"), "<Server><Pass>%d</Pass></Server>"},
		"unit":    {func(b []byte) { _, _ = ParseUnit("x.service", b) }, "Environment=A%d \\\n"},
		"crontab": {func(b []byte) { _, _ = ParseCrontab(b, true) }, "* * * * * root run %d\n"},
		"sudoers": {func(b []byte) { _, _ = ParseSudoers(b) }, "u%d ALL=(ALL) /bin/x\n"},
		"passwd":  {func(b []byte) { _, _ = ParsePasswd(b) }, "u%d:x:1:1::/:/bin/sh\n"},
	} {
		one, two := []byte(numbered(tc.unit, 2000)), []byte(numbered(tc.unit, 4000))
		a, bytesA := cost(tc.parse, one)
		b, bytesB := cost(tc.parse, two)
		if b > a*2.3+200 || bytesB > bytesA*2.6+1<<20 {
			t.Errorf("%s: %.0f allocations of %.0f bytes, %.0f of %.0f for twice the input", name, a, bytesA, b, bytesB)
		}
		if per := bytesB / float64(len(two)); per > 400 {
			t.Errorf("%s: %.0f bytes allocated for each byte read", name, per)
		}
	}
}

// cost is how often and how much memory a call allocates.
func cost(parse func([]byte), data []byte) (allocs, size float64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	parse(data)
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs - before.Mallocs), float64(after.TotalAlloc - before.TotalAlloc)
}
