package effective_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

// story joins a cluster, a cloud, a repository, a computer, a person and toy
// permissions.
const story = `
priya human hr.person
web workload kubernetes.deployment
sa identity kubernetes.service_account aliases=k8s:c/web/sa
role identity aws.iam.role
secret resource aws.secretsmanager.secret
password credential secret.password aliases=secret:hs256:00000000000000000000000000000001
svc identity toy.user env=prod
admin identity toy.user
bot identity toy.user
orders resource toy.table tier=0 env=prod data=restricted
logs resource toy.table env=dev
spare resource toy.table
web -runs_as-> sa proof=spec.serviceAccountName
sa -can_assume-> role grade=declared
role -reads_secret-> secret
password -stored_in-> secret
password -authenticates-> svc grade=inferred
doc svc {"Statement":[{"Effect":"Allow","Action":"become","Resource":"admin"},{"Effect":"Allow","Action":"read","Resource":"logs"}]}
doc admin {"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"delete","Resource":"orders"},{"Effect":"Deny","Action":"become","Resource":"bot"},{"Effect":"Deny","Action":"become","Resource":"svc"}]}
svcpolicy policy toy.policy doc=svc
adminpolicy policy toy.policy doc=admin
svcpolicy -attached-> svc
adminpolicy -attached-> admin
priya -created-> bot
priya -owns-> svc
repo resource git.repository
line place git.line
repo -contains-> line
password -stored_in-> line
repo -can_assume-> role grade=inferred
laptop identity machine.host tenant=m1
omar identity machine.account tenant=m1 attrs={"uid":1000}
root identity machine.account tenant=m1 attrs={"uid":0}
keyfile place machine.file tenant=m1 attrs={"owner":"omar","mode":"0600","format":"pem"}
laptop -contains-> omar
laptop -contains-> root
key credential x509.private_key aliases=spki:aa
ca credential x509.certificate attrs={"ca":true,"spki_sha256":"aa"}
leaf credential x509.certificate
leafuser identity kubernetes.user
cluster resource kubernetes.cluster
key -stored_in-> keyfile
leaf -issued_by-> ca
leaf -authenticates-> leafuser
cluster -trusts-> ca part=client-ca-file
`

func blast(t *testing.T, g *effective.Graph, name string, o effective.Options) *effective.Blast {
	t.Helper()
	b, err := g.Blast(t.Context(), find(t, g, name), o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func paths(g *effective.Graph, list []effective.Path) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, say(g, p))
	}
	return out
}

// What falls with a workload, through four systems.
func TestBlast(t *testing.T) {
	g := build(t, story)
	b := blast(t, g, "web", effective.Options{})
	if d := cmp.Diff([]string{"sa"}, names(g, b.Next)); d != "" {
		t.Errorf("next (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"admin", "role", "sa", "svc"}, names(g, b.Taken)); d != "" {
		t.Errorf("taken (-want +got):\n%s", d)
	}
	want := effective.Counts{Total: 4, Tier0: 1, ByLevel: map[access.Level]int{access.LevelDelete: 2, access.LevelWrite: 1, access.LevelEscalate: 1},
		ByDataClass: map[string]int{"restricted": 1, "": 3}, ByEnv: map[string]int{"prod": 1, "dev": 1, "": 2}}
	if d := cmp.Diff(want, b.Resources); d != "" {
		t.Errorf("resources (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"web -runs_as-> sa -can_assume-> role -SECRET_READ-> secret -SECRET_READ-> password -authenticates-> svc -TOY_BECOME-> admin -can_access-> orders [declared]"}, paths(g, b.Paths)); d != "" {
		t.Errorf("paths (-want +got):\n%s", d)
	}
}

// Options narrow what is asked.
func TestBlastOptions(t *testing.T) {
	g := build(t, story)
	for _, c := range []struct {
		o     effective.Options
		taken []string
		total int
	}{
		{effective.Options{MaxHops: 1}, []string{"sa"}, 0},
		{effective.Options{MaxHops: 2}, []string{"role", "sa"}, 0},
		{effective.Options{MinGrade: drover.GradeInferred}, []string{"sa"}, 0},
		{effective.Options{Level: access.LevelDelete}, []string{"admin", "role", "sa", "svc"}, 3},
		{effective.Options{Without: &effective.Cut{Rows: []uint32{find(t, g, "admin")}}}, []string{"role", "sa", "svc"}, 2},
	} {
		b := blast(t, g, "web", c.o)
		if d := cmp.Diff(c.taken, names(g, b.Taken)); d != "" {
			t.Errorf("%+v: taken (-want +got):\n%s", c.o, d)
		}
		if b.Resources.Total != c.total {
			t.Errorf("%+v: got %d resources, want %d", c.o, b.Resources.Total, c.total)
		}
	}
}

func holds(g *effective.Graph, b *effective.Blast) (out []string) {
	for _, h := range b.Holds {
		out = append(out, h.As+" "+g.Name(h.Row)+" "+string(h.Grade))
	}
	return out
}

// A person, an authority's key and a place bring things with them.
func TestHolds(t *testing.T) {
	g := build(t, story)
	for name, want := range map[string][]string{
		"priya":   {"created bot inferred", "owns svc inferred"},
		"repo":    {"credential password proven", "credential svc inferred", "impersonates role inferred"},
		"keyfile": {"credential key proven", "issued leaf proven", "issued leafuser proven", "issued cluster proven"},
		"ca":      {"issued cluster proven", "issued leaf proven", "issued leafuser proven"},
	} {
		got := holds(g, blast(t, g, name, effective.Options{}))
		if d := cmp.Diff(sorted(want), sorted(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// Paths are ranked: the surest first, then the shortest.
func TestPaths(t *testing.T) {
	g := build(t, story)
	from, to := []uint32{find(t, g, "repo")}, []uint32{find(t, g, "orders")}
	list, more := g.Paths(t.Context(), from, to, effective.Options{})
	want := []string{
		"repo -contains-> line -PLACE_READ-> password -authenticates-> svc -TOY_BECOME-> admin -can_access-> orders [inferred]",
		"repo -CI_OIDC-> role -SECRET_READ-> secret -SECRET_READ-> password -authenticates-> svc -TOY_BECOME-> admin -can_access-> orders [inferred]",
	}
	if d := cmp.Diff(want, paths(g, list)); d != "" || more {
		t.Errorf("more %v, paths (-want +got):\n%s", more, d)
	}
	if list, more = g.Paths(t.Context(), from, to, effective.Options{Limit: 1}); len(list) != 1 || !more {
		t.Errorf("limit: got %d paths, more %v", len(list), more)
	}
	// Who is there already is shown the ways to the rest.
	list, _ = g.Paths(t.Context(), []uint32{find(t, g, "admin")}, []uint32{find(t, g, "admin"), to[0]}, effective.Options{})
	if d := cmp.Diff([]string{"admin -can_access-> orders [proven]"}, paths(g, list)); d != "" {
		t.Errorf("from an end to the others (-want +got):\n%s", d)
	}
}

// Of two ways the surer is the best, though it is longer.
func TestSurestPath(t *testing.T) {
	g := build(t, "a identity t.x\nb identity t.x\nc identity t.x\nz identity t.x tier=0\na -can_assume-> z grade=inferred\na -can_assume-> b\nb -can_assume-> c\nc -can_assume-> z")
	if d := cmp.Diff([]string{"a -can_assume-> b -can_assume-> c -can_assume-> z [proven]"}, paths(g, blast(t, g, "a", effective.Options{}).Paths)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"a -can_assume-> z [inferred]"}, paths(g, blast(t, g, "a", effective.Options{MaxHops: 2}).Paths)); d != "" {
		t.Errorf("of two hops (-want +got):\n%s", d)
	}
}
