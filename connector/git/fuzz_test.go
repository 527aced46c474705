package git

import (
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
		for line := range strings.Lines(s) {
			_, owners := parseOwners(line)
			for _, o := range owners {
				if a := r.ownerAlias(o); a != "" && drover.UnseenRef(a).Valid() != nil {
					t.Errorf("alias %q", a)
				}
			}
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
