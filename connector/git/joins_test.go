package git_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// edges lists "<kind> <from> <to> <part>" of one kind, without the ends that are
// named by a fingerprint or a commit.
func edges(r *connectortest.Result, kind drover.EdgeKind) []string {
	var out []string
	for _, e := range r.Edges {
		from, to := string(e.From), string(e.To)
		if e.From.System() == "secret" {
			from = e.From.Type()
		}
		if e.To.Type() == "place" {
			to, _, _ = strings.Cut(e.To.ID(), "@")
		}
		if e.Kind == kind {
			out = append(out, from+" "+to+" "+e.Part)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Whose a secret is, who committed it and who owns the repository are edges to
// names that other systems use too.
func TestJoins(t *testing.T) {
	y := newYard(t)
	y.git("remote", "add", "origin", "git@github.com:Acme/App.git")
	y.write(".github/CODEOWNERS", "# owners\n* @acme/platform Ann@Example.com\n/src/my\\ dir/ @Bob # why\n[Section]\n/none\n")
	id := awsKeyID("join")
	y.write("aws.ini", "[default]\naws_access_key_id = "+id+"\n")
	y.write("app.env", "DATABASE_URL=postgres://orders:"+token("pw")[6:]+"@DB.example.com/orders\n")
	y.commit("one")
	r := scan(t, y.dir, "public", "github.com/acme/*")
	if d := cmp.Diff([]string{
		"unseen/-/email/email:ann@example.com git/github.com/repository/acme%2Fapp *",
		"unseen/-/git-team/git-team:github.com%2Facme%2Fplatform git/github.com/repository/acme%2Fapp *",
		"unseen/-/login/login:github.com%2Fbob git/github.com/repository/acme%2Fapp /src/my dir/",
	}, edges(r, drover.EdgeOwns)); d != "" {
		t.Errorf("owns (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{
		"unseen/-/email/email:ann@example.com app.env:1 ",
		"unseen/-/email/email:ann@example.com aws.ini:2 ",
	}, edges(r, drover.EdgeCreated)); d != "" {
		t.Errorf("created (-want +got):\n%s", d)
	}
	got := edges(r, drover.EdgeAuthenticates)
	for _, want := range []string{
		"unseen/-/aws-key-principal/aws-key-principal:" + id, "unseen/-/dsn/dsn:postgres:%2F%2Fdb.example.com:5432%2Forders",
	} {
		if !slices.ContainsFunc(got, func(s string) bool { return len(s) > len(want) && s[len(s)-len(want)-1:] == want+" " }) {
			t.Errorf("no edge to %s: %q", want, got)
		}
	}
	repo := r.ByType("git.repository")[0]
	if want := []string{"git:github.com/acme/app", "github:acme/app"}; !slices.Equal(repo.Aliases, want) {
		t.Errorf("aliases %q, want %q", repo.Aliases, want)
	}
	for _, p := range r.ByType("git.line") {
		if p.Attrs.Str("exposure") != "public" || p.Attrs.Str("author") != "Ann Author" || p.Attrs.Time("author_time").IsZero() || p.Attrs.Str("remote") != "github.com/acme/app" {
			t.Errorf("%s: %s", p.Name, p.Attrs)
		}
	}
	keys := 0
	for _, n := range r.Nodes {
		if n.Kind == drover.KindCredential && slices.Contains(n.Aliases, "aws-key:"+id) {
			keys++
		}
	}
	if keys != 1 {
		t.Errorf("%d credentials are called aws-key:…", keys)
	}
}
