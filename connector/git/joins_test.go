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
	for _, e := range r.Edges {
		// The line of a GitLab section that names nobody takes out of that section only.
		if e.Kind == drover.EdgeOwns && len(e.Cond.Strings("except")) > 0 {
			t.Errorf("%s: %s", e.Part, e.Cond)
		}
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

// A later line of CODEOWNERS that names nobody takes its paths out of the earlier
// ones, and whoever touched a line last is said beside who wrote it.
func TestOwnersTakenOut(t *testing.T) {
	y := newYard(t)
	y.git("remote", "add", "origin", "git@github.com:Acme/App.git")
	y.write("CODEOWNERS", "* @acme/all\n/vendor/\n/deploy/ @acme/ops\n")
	id := awsKeyID("taken")
	y.write("aws.ini", "[default]\naws_access_key_id = "+id+"\n")
	y.commit("one")
	y.write("aws.ini", "[default]\naws_access_key_id = "+id+"\nregion = eu-central-1\n")
	y.git("add", "-A")
	y.git("commit", "-q", "--author=Omar Kaya <Omar@Example.com>", "-m", "two")
	r := scan(t, y.dir)
	got := map[string]string{}
	for _, e := range r.Edges {
		if e.Kind == drover.EdgeOwns {
			got[e.Part] = e.Cond.Str("path") + " but " + strings.Join(e.Cond.Strings("except"), " ")
		}
	}
	if d := cmp.Diff(map[string]string{"*": " but /vendor/", "/deploy/": "/deploy/ but "}, got); d != "" {
		t.Errorf("want (-), got (+):\n%s", d)
	}
	for _, p := range r.ByType("git.line") {
		if p.Attrs.Str("last_author_email") != "Omar@Example.com" || p.Attrs.Str("author_email") == "Omar@Example.com" {
			t.Errorf("%s: %s", p.Name, p.Attrs)
		}
	}
}
