package git

import (
	"bytes"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/secret"
)

// FuzzText gives any text to everything here that reads what people wrote into a
// repository: owners, ignored paths, allowed findings, remotes, pushes, connection
// strings.
func FuzzText(f *testing.F) {
	for _, s := range []string{"* @a/b c@d.e\n", "/x\\ y/ @z # w", "!a[!b-c]/**/d?\\*", "[", "[]", "[!", "**/", "c:f:r:1\nhs256:00\n", "git@h:o/r.git", "ssh://[::1", "https://u:p@h:99999/x", "postgres://u:p@[::1]:5/d", "a b c d\n"} {
		f.Add(s)
	}
	r := &reading{repository: &repository{remote: "github.com/a/b"}}
	f.Fuzz(func(t *testing.T, s string) {
		for _, o := range strings.Fields(s) {
			if a := r.ownerAlias(o); a != "" && drover.UnseenRef(a).Valid() != nil {
				t.Errorf("alias %q", a)
			}
		}
		for line := range strings.Lines(s) {
			if p, ok := parseIgnore(line, ""); ok {
				ignoreList{p}.ignores(s, true)
			}
		}
		if g, err := compileGlobs(strings.Split(s, "\n")); err == nil {
			g.match(s)
		}
		parseAllowed([]byte(s)).names("c", s, "r", 1, "")
		if n := normalRemote(s); n != "" && drover.NewRef("git", n, "repository", n).Valid() != nil {
			t.Errorf("remote %q", n)
		}
		_, _, _ = parsePush(strings.NewReader(s))
		half := len(s) / 2
		if who := loginAround([]byte(s), secret.Hit{Class: "connection-string", Start: half, End: len(s)}); who != nil && who.Valid() != nil {
			t.Errorf("login %q: %v", who.Ref, who.Valid())
		}
	})
}

// FuzzCommon: what two texts are said to have in common they have, in order, and
// without overlap in the second.
func FuzzCommon(f *testing.F) {
	f.Add([]byte("a\nb\nc\n"), []byte("a\nx\nc\n"))
	long := strings.Repeat("a line of some length, and more\n", 20)
	f.Add([]byte(long+"one\n"+long), []byte(long+"two\nthree\n"+long))
	f.Add([]byte("aaaa"), []byte("aaaaaaaa"))
	f.Fuzz(func(t *testing.T, from, to []byte) {
		at := 0
		for _, s := range common(from, to, nil) {
			if s.N <= 0 || s.From < 0 || s.To < at || s.From+s.N > len(from) || s.To+s.N > len(to) || !bytes.Equal(from[s.From:s.From+s.N], to[s.To:s.To+s.N]) {
				t.Fatalf("%+v after %d, of %d and %d bytes", s, at, len(from), len(to))
			}
			at = s.To + s.N
		}
	})
}
