package link

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/droverhq/drover"
)

var aliasSeeds = []string{"", ":", "a:", "aws-key:AKIA1", "arn:aws:sts::1:assumed-role/r/s", "arn:aws:iam::1:role/a/b", "arn:aws:iam::1:role/*", "oidc:https://token.actions.githubusercontent.com|repo:o/r:ref:refs/heads/*",
	"oidc:https://token.actions.githubusercontent.com|repo:*-x/?:*", "oidc:https://gitlab.com/|project_path:g/p:ref_type:branch:ref:main", "oidc:X|*", "k8s:Host:443/a/b", "k8s-user:h/system:serviceaccount:a:b",
	"dsn:postgres://[::1]:5432/u", "dsn:postgres://H./u", "dsn:x", "git:GitHub.com/A/B.git/", "github:A/B", "spiffe://TD/x", "sid:s-1-5-21-1-2-3-4", "email:a@B", "account:m/*", "pg:1//^x", "login:H:443/u", "aws-principal-id:AROA1:s"}

// FuzzDerive: whatever the alias, its canonical spelling is its own, proves what
// the alias proves, and what is derived is canonical and no pattern.
func FuzzDerive(f *testing.F) {
	for _, s := range aliasSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, alias string) {
		c := Canon(alias)
		if again := Canon(c); again != c {
			t.Errorf("%q is spelled %q, and that %q", alias, c, again)
		}
		for _, k := range drover.Kinds {
			if Identifies(alias, k) != Identifies(c, k) {
				t.Errorf("%q and %q do not identify the same", alias, c)
			}
		}
		for _, d := range Derive(alias) {
			if d.Alias == c || d.Alias != Canon(d.Alias) || d.Reason == "" {
				t.Errorf("%q leads to %+v", alias, d)
			}
		}
		for found := range 3 {
			if Why(alias, found, func(string, string) bool { return found == 1 }) == "" {
				t.Errorf("%q stays unseen without reason", alias)
			}
		}
	})
}

// FuzzMatch: a pattern covers what a regular expression made of it covers, and
// looks for nothing where it says that nothing is.
func FuzzMatch(f *testing.F) {
	for _, p := range aliasSeeds {
		for _, a := range aliasSeeds {
			f.Add(p, a)
		}
	}
	f.Add("spiffe://td/*a*b*", "spiffe://td/xaxbxab")
	f.Add("account:m/?", "account:m/é")
	f.Add("github:o/a*", "github:o/"+strings.Repeat("a", 100))
	f.Fuzz(func(t *testing.T, pattern, alias string) {
		m, ok := Compile(pattern)
		if Match(pattern, alias) && !ok {
			t.Fatalf("%q is no pattern and covers %q", pattern, alias)
		}
		alias = Canon(alias)
		if !ok || len(pattern)+len(alias) > 500 || !utf8.ValidString(pattern) || !utf8.ValidString(alias) {
			return
		}
		got := m.Match(alias)
		if got && !startsWithAny(alias, m.Prefixes()) {
			t.Errorf("%q covers %q, which begins with none of %q", pattern, alias, m.Prefixes())
		}
		if scheme, _, _ := strings.Cut(pattern, ":"); !strings.HasPrefix(alias, scheme+":") {
			return
		}
		var b strings.Builder
		b.WriteString(`(?s)\A`)
		for _, r := range Canon(pattern) {
			switch r {
			case '*':
				b.WriteString(".*")
			case '?':
				b.WriteString(".")
			default:
				b.WriteString(regexp.QuoteMeta(string(r)))
			}
		}
		if want := regexp.MustCompile(b.String() + `\z`).MatchString(alias); got != want {
			t.Errorf("%q covers %q: %v, want %v", pattern, alias, got, want)
		}
	})
}

func startsWithAny(s string, list []string) bool {
	for _, p := range list {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// FuzzSubject: a pattern of subjects covers a repository when it covers one of
// the subjects that its builds have.
func FuzzSubject(f *testing.F) {
	for _, p := range []string{"repo:o/r:*", "repo:o/*", "repo:*", "*", "repo:o/r*:ref:*", "repo:?/r:environment:p", "repo:o*r:pull_request", "r*", "repo:o/*-x:*", "repo:*:ref:refs/heads/main", "repo:o/r:?ef:*x"} {
		f.Add(p, "o/r", "main")
		f.Add(p, "org/re-x", "p")
	}
	const issuer = "oidc:https://token.actions.githubusercontent.com|"
	f.Fuzz(func(t *testing.T, pattern, path, last string) {
		name := regexp.MustCompile(`\A[a-z0-9-]{1,20}/[a-z0-9._-]{1,20}\z`)
		if !name.MatchString(path) || path != Canon("github:" + path)[len("github:"):] || !utf8.ValidString(pattern) || strings.ContainsAny(last, ":*?") || !utf8.ValidString(last) || pattern != strings.ToLower(pattern) || last != strings.ToLower(last) {
			return
		}
		m, ok := Compile(issuer + pattern)
		if !ok {
			return
		}
		covered := false
		for _, sub := range []string{"repo:" + path + ":ref:" + last, "repo:" + path + ":environment:" + last, "repo:" + path + ":pull_request"} {
			covered = covered || glob(pattern, sub)
		}
		if covered && !m.Match("github:"+path) {
			t.Errorf("%q covers a subject of %s, and not the repository", pattern, path)
		}
	})
}
