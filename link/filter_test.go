package link

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover"
)

// The search finds a text that passes where trying all short ones finds one, and
// none where there is none.
func TestReaches(t *testing.T) {
	var texts []string
	level := []string{""}
	for range 7 {
		var next []string
		for _, s := range level {
			for _, r := range "abx" {
				next = append(next, s+string(r))
			}
		}
		texts, level = append(texts, next...), next
	}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, most int) (out []pattern) {
			for range rapid.IntRange(0, most).Draw(t, name) {
				out = append(out, pattern{rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("ab*?")), 0, 4, -1), 0, 2).Draw(t, "any"), rapid.Bool().Draw(t, "not")})
			}
			return out
		}
		all := draw("all", 2)
		var unless [][]pattern
		if g := draw("unless", 2); len(g) > 0 {
			unless = append(unless, g)
		}
		holds := func(list []pattern, s string) bool {
			return !slices.ContainsFunc(list, func(p pattern) bool {
				return slices.ContainsFunc(p.any, func(g string) bool { return glob(g, s) }) == p.not
			})
		}
		head := rapid.SampledFrom([]string{"", "a", "ba"}).Draw(t, "head")
		want := slices.ContainsFunc(texts, func(s string) bool {
			return holds(all, head+s) && !slices.ContainsFunc(unless, func(g []pattern) bool { return holds(g, head+s) })
		})
		if got := reaches(all, unless, head, true); got != want {
			t.Errorf("%v unless %v from %q: %v, want %v", all, unless, head, got, want)
		}
	})
}

// A hostile condition ends in no panic and takes no time; what cannot be read lets
// nobody in.
func FuzzFilter(f *testing.F) {
	f.Add(`{"subject":{"all":[{"any":["repo:a/*","*?*?*?*a*"],"fold":true},{"claim":"repository_owner","any":["a"],"not":true}],"unless":[[{"any":["*:ref:*"]}]],"demands":["x"]}}`, "repo:*", "a/b")
	f.Add(`{"subject":{"all":[{"claim":"namespace_path","any":["?"]}]}}`, "*", "/")
	f.Add(`{"subject":{"unless":[[]]}}`, "repo:a/*", "a/b")
	f.Add(`{"subject":{"all":7}}`, "repo:a/*", "a/b")
	f.Fuzz(func(t *testing.T, cond, sub, path string) {
		c := drover.Attrs(cond)
		if c.Valid() != nil {
			return
		}
		filter := ReadFilter(c)
		alias := "oidc:https://token.actions.githubusercontent.com|" + sub
		m, ok := Compile(alias)
		if !ok {
			return
		}
		why := filter.Refuses(alias)
		passes := filter.Passes(&m, "github:"+path)
		if filter != nil && filter.broken && (passes || why == "") {
			t.Errorf("%q lets somebody in and cannot be read", cond)
		}
		filter.Passes(&m, "oidc:https://token.actions.githubusercontent.com|"+path)
	})
}
