package graph

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/filter"
)

// One key known three ways: in a commit, in the account, and by what somebody
// announced. The account's word speaks for all three.
func joined() *Builder {
	b := NewBuilder(1, now)
	node := func(id, entity int64, ref drover.Ref, source string, kind drover.Kind, aliases []string, attrs map[string]any, created time.Time) {
		b.Node(Row{ID: id, Entity: entity, Sources: []string{source}, FirstSeen: now.Add(-time.Duration(id) * time.Hour), Observed: now.Add(time.Duration(id) * time.Minute),
			Node: drover.Node{Ref: ref, Kind: kind, Type: "t." + string(kind), Name: string(ref), Aliases: aliases, Attrs: drover.NewAttrs(attrs), Created: created}})
	}
	node(1, 1, "secret/-/aws-key/hs256:1", "git", drover.KindCredential, []string{"aws-key:AKIA1", "secret:hs256:1"}, nil, time.Time{})
	node(2, 1, "aws/1/iam.access_key/AKIA1", "prod", drover.KindCredential, []string{"aws-key:AKIA1"}, nil, now.Add(-time.Hour))
	node(3, 3, "aws/1/iam.user/AIDA1", "prod", drover.KindIdentity, []string{"arn:aws:iam::1:user/ci"}, nil, time.Time{})
	node(4, 1, "interview/-/x/y", "interview", drover.KindCredential, nil, map[string]any{"declared": true}, time.Time{})
	node(5, 5, "place/-/file/x", "git", drover.KindPlace, nil, nil, time.Time{})
	edge := func(from, to int64, kind drover.EdgeKind, grade drover.Grade, proof string) {
		b.Edge(from, to, &drover.Edge{Kind: kind, Grade: grade, Proof: proof})
	}
	edge(1, 5, drover.EdgeStoredIn, "", "file")
	edge(1, 99, drover.EdgeAuthenticates, drover.GradeInferred, "the id of the key")
	edge(2, 3, drover.EdgeAuthenticates, "", "ListAccessKeys")
	edge(1, 2, drover.EdgeIssuedBy, "", "between members")
	b.Name(map[int64]drover.Ref{99: drover.UnseenRef("arn:aws:iam::1:user/ci")})
	b.Use(1, Use{Monitored: true})
	b.Use(2, Use{Use: classify.Use{LastUsed: now, LastUsedSource: "prod"}})
	b.Label(1, classify.Label{Key: "env", Value: "prod", By: "me"})
	return b
}

func TestMembersAreOneRow(t *testing.T) {
	b := joined()
	b.Index()
	s := b.Build(now, func(int) Facts { return Facts{Tier: filter.Unknown} })
	for _, i := range []int{0, 1, 3} {
		if h := s.Head(i); h != 1 {
			t.Errorf("head of row %d: %d, want 1, the account's own", i, h)
		}
	}
	if s.IsMember(1) || !s.IsMember(0) || s.IsMember(2) {
		t.Error("rows 0 and 3 are members that another row speaks for; 1 and 2 are not")
	}
	if got := s.MemberRows(0); !slices.Equal(got, []int{1, 3, 0}) {
		t.Errorf("members: %v, want the head and then by ref: [1 3 0]", got)
	}
	r := s.Row(1)
	if d := cmp.Diff([]string{"aws-key:AKIA1", "secret:hs256:1"}, r.Node.Aliases); d != "" {
		t.Errorf("aliases of all members (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"git", "interview", "prod"}, r.Sources); d != "" {
		t.Errorf("sources of all members (-want +got):\n%s", d)
	}
	if !r.FirstSeen.Equal(now.Add(-4*time.Hour)) || !r.Observed.Equal(now.Add(4*time.Minute)) || !r.Node.Created.Equal(now.Add(-time.Hour)) {
		t.Errorf("first seen %v, observed %v, created %v", r.FirstSeen, r.Observed, r.Node.Created)
	}
	if s.Edges() != 2 {
		t.Fatalf("%d edges, want 2: the two ways to the user are one, and none is between members", s.Edges())
	}
	for h := range s.In(2) {
		if e := s.Edge(h.Edge); h.Row != 1 || e.Proof != "ListAccessKeys" {
			t.Errorf("the surer of two equal edges stays: from %d by %q", h.Row, e.Proof)
		}
	}
	if u, ok := s.Use(1); !ok || !u.LastUsed.Equal(now) || !u.Monitored {
		t.Errorf("use of all members: %+v, %v", u, ok)
	}
	if _, ok := s.Use(0); ok {
		t.Error("a member keeps a use of its own")
	}
	if got := s.Labels(1); len(got) != 1 {
		t.Errorf("labels of all members: %v", got)
	}
	path := filepath.Join(t.TempDir(), "s")
	if err := s.Write(path, "k"); err != nil {
		t.Fatal(err)
	}
	o, err := Open(path, "k")
	if err != nil {
		t.Fatal(err)
	}
	if got := o.MemberRows(3); !slices.Equal(got, []int{1, 3, 0}) {
		t.Errorf("members of the file: %v", got)
	}
}
