package decode

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
)

func TestTags(t *testing.T) {
	got := Tags(map[string]string{
		"Owner": "Ana Diaz <Ana.Diaz@Acme.test>", "example.com/team_email": "payments@acme.test", "aws:createdBy": "AssumedRole:AROA0123456789ABCDEF:ana@acme.test",
		"CreatedBy": "arn:aws:iam::123456789012:user/ops/terraform", "maintainer": "@Acme/Payments", "repo": "git@github.com:Acme/Ledger.git", "source": "gitlab.example.com/Team/app",
		"team": "payments", "owners": "a@acme.test, b@acme.test", "contact": strings.Repeat("x", 3000) + "a@b.c", "Name": "ana@acme.test", "Source": "s3://bucket", "squad": "",
		"github.com/project-slug": "Acme/Portal", "backstage.io/source-location": "url:https://gitlab.com/acme/portal/-/tree/main/", "openshift.io/requester": "ana@acme.test", "org.opencontainers.image.source": "https://github.com/acme/portal", "x/repo": "acme/portal",
	})
	want := []TagSays{
		{TagCreator, "arn:aws:iam::123456789012:user/ops/terraform", "CreatedBy"},
		{TagOwner, "email:ana.diaz@acme.test", "Owner"},
		{TagSource, "git:bucket/", "Source"},
		{TagCreator, "aws-principal-id:AROA0123456789ABCDEF", "aws:createdBy"},
		{TagSource, "git:gitlab.com/acme/portal", "backstage.io/source-location"},
		{TagOwner, "email:payments@acme.test", "example.com/team_email"},
		{TagSource, "github:acme/portal", "github.com/project-slug"},
		{TagOwner, "login:github.com/acme/payments", "maintainer"},
		{TagCreator, "email:ana@acme.test", "openshift.io/requester"},
		{TagSource, "github:acme/portal", "org.opencontainers.image.source"},
		{TagSource, "github:acme/ledger", "repo"},
		{TagSource, "git:gitlab.example.com/Team/app", "source"},
	}
	want = append(want[:2], want[3:]...) // a bucket without a path is no repository
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestTagEdges(t *testing.T) {
	of := drover.NewRef("aws", "1", "lambda.function", "name:f")
	got := TagEdges(of, "tag", "/state", map[string]string{"owner": "a@acme.test", "repo": "https://github.com/acme/f", "team": "payments"}, strings.ToLower)
	want := []drover.Edge{
		{From: drover.UnseenRef("email:a@acme.test"), To: of, Kind: drover.EdgeOwns, Part: "tag owner", Grade: drover.GradeDeclared, Proof: "/state tag owner"},
		{From: drover.UnseenRef("github:acme/f"), To: of, Kind: drover.EdgeCreated, Part: "tag repo", Grade: drover.GradeDeclared, Proof: "/state tag repo"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// However a repository is cloned, it has one name.
func TestRepository(t *testing.T) {
	for in, want := range map[string]string{
		"https://github.com/Acme/Ledger.git": "github:acme/ledger", "git@github.com:acme/ledger.git": "github:acme/ledger", "ssh://git@github.com:22/acme/ledger": "github:acme/ledger",
		"https://user:token@git.acme.test:8443/Team/App.git/": "git:git.acme.test/Team/App", "git://git.acme.test/x": "git:git.acme.test/x", "https://gitlab.com/G/Sub/P": "git:gitlab.com/g/sub/p",
		"file:///srv/git/x": "", "/srv/git/x": "", "https://github.com": "", "${REPO}": "", "C:/x": "", "https://a b/c": "", "": "", "https://h/\x1b[31m": "", "https://h/%1b[31m": "", "https://h/%ff": "", `C:\repos\x`: "", "../repo": "",
	} {
		if got := RepositoryAlias(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzTags(f *testing.F) {
	f.Add("Owner", "a@b.c")
	f.Add("repo", "git@github.com:a/b.git")
	f.Add("aws:createdBy", "IAMUser:AIDA0123456789ABCDEF:x")
	f.Fuzz(func(t *testing.T, k, v string) {
		for _, s := range Tags(map[string]string{k: v}) {
			if s.Alias == "" || len(s.Alias) > 2*maxTag || strings.ContainsAny(s.Alias, "\n\x00\x1b") {
				t.Errorf("alias %q of %q", s.Alias, v)
			}
		}
	})
}
