package link

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
)

// drawNodes draws nodes that share few names, so that they meet in every way:
// ids, names that are used again, contradictions, hostile claims.
func drawNodes(t *rapid.T, n int) (nodes []Node) {
	pick := func(list ...string) string { return rapid.SampledFrom(list).Draw(t, "pick") }
	seen := map[int64]bool{}
	for range n {
		id := rapid.Int64Range(1, 1<<62).Draw(t, "id")
		if seen[id] {
			continue
		}
		seen[id] = true
		x := Node{ID: id, Entity: id, Kind: drover.KindIdentity, Type: "aws.iam.user"}
		switch k := pick("1", "2", "3", "4"); pick("strong", "strong", "name", "unseen", "register") {
		case "strong":
			x.Ref = drover.NewRef("aws", "1", "iam.user", fmt.Sprint("AIDA", id))
			x.Aliases = append(x.Aliases, fmt.Sprint("aws-principal-id:AIDA", id))
		case "name":
			x.Ref = drover.NewRef("aws", "1", "iam.user", fmt.Sprint("name:", k, id))
		case "unseen":
			x.Ref, x.Type = drover.UnseenRef(fmt.Sprint("arn:", k, id)), "aws.principal"
		default:
			x.Ref, x.Type = drover.NewRef("cmdb", "", "entry", fmt.Sprint(id)), "cmdb.entry"
		}
		for range rapid.IntRange(0, 2).Draw(t, "names") {
			if name := pick("a", "b", "c", "d", "e", "f"); pick("arn", "spiffe") == "arn" {
				x.Aliases = append(x.Aliases, "arn:aws:iam::1:user/"+name)
			} else {
				x.Aliases = append(x.Aliases, "spiffe://td/"+name)
			}
		}
		if pick("y", "n", "n") == "y" {
			x.Aliases = append(x.Aliases, "aws-key-principal:AKIA"+pick("1", "2", "3"))
		}
		if pick("y", "n", "n", "n") == "y" {
			x.Aliases = append(x.Aliases, "email:team@example.com")
		}
		if d := rapid.IntRange(-1, 3).Draw(t, "created"); d >= 0 {
			x.Created = day.AddDate(0, 0, d)
		}
		if d := rapid.IntRange(-1, 5).Draw(t, "observed"); d >= 0 {
			x.Observed = day.AddDate(0, 0, d)
		}
		if d := rapid.IntRange(-1, 3).Draw(t, "first"); d >= 0 {
			x.FirstSeen = day.AddDate(0, 0, d)
		}
		if pick("c", "i", "i", "i", "i") == "c" {
			x.Kind = drover.KindGroup
		}
		nodes = append(nodes, x)
	}
	return nodes
}

func run(nodes []Node) []Join {
	l := New()
	for _, n := range nodes {
		l.Add(n)
	}
	return l.Joins()
}

// apply returns the nodes with the memberships that were asked for.
func apply(nodes []Node, joins []Join) []Node {
	out := slices.Clone(nodes)
	for _, j := range joins {
		i := slices.IndexFunc(out, func(n Node) bool { return n.ID == j.ID })
		out[i].Entity = j.Entity
	}
	return out
}

// id is the unique id that a node is known by, in its own system or by its alias.
func id(n Node) string {
	system, _, _, id, _ := n.Ref.Parts()
	if system == "aws" && id[0] == 'A' {
		return id
	}
	return ""
}

// naive finds the sets of nodes by trying every pair until nothing changes. It
// knows nothing of contradictions.
func naive(nodes []Node) (sets []int) {
	// A node with two ARNs contradicts itself: they are no names of it.
	nodes = slices.Clone(nodes)
	for i, n := range nodes {
		var arns []string
		for _, a := range n.Aliases {
			if strings.HasPrefix(a, "arn:") && !slices.Contains(arns, a) {
				arns = append(arns, a)
			}
		}
		if len(arns) > 1 {
			nodes[i].Aliases = slices.DeleteFunc(slices.Clone(n.Aliases), func(a string) bool { return slices.Contains(arns, a) })
		}
	}
	sets = make([]int, len(nodes))
	for i := range sets {
		sets[i] = i
	}
	for changed := true; changed; {
		changed = false
		for i, a := range nodes {
			for j, b := range nodes {
				if sets[i] <= sets[j] || a.Kind != b.Kind {
					continue
				}
				if slices.ContainsFunc(a.Aliases, func(x string) bool { return slices.Contains(b.Aliases, x) && Identifies(x, a.Kind) }) {
					sets[i], changed = sets[j], true
				}
			}
		}
	}
	return sets
}

// agree reports whether nothing contradicts that nodes are one thing: no two ids
// of one system, no two moments of birth, none seen before another was born.
func agree(list []Node) bool {
	for i, a := range list {
		for _, b := range list[:i] {
			if a.Ref.System() == b.Ref.System() && id(a) != id(b) && id(a) != "" && id(b) != "" || a.Ref.System() == "cmdb" && b.Ref.System() == "cmdb" {
				return false
			}
			if a.Type == b.Type && !a.Created.IsZero() && !b.Created.IsZero() && !a.Created.Equal(b.Created) {
				return false
			}
			for _, p := range [][2]Node{{a, b}, {b, a}} {
				weak := id(p[0]) == "" && p[0].Ref.System() != "cmdb"
				if weak && !p[0].Observed.IsZero() && !p[1].Created.IsZero() && p[0].Observed.Before(p[1].Created) {
					return false
				}
			}
		}
	}
	return true
}

// The answer depends on the set of nodes alone, is complete in one go, joins
// everything that nothing contradicts, and never two things with different ids.
func TestJoins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := drawNodes(t, rapid.IntRange(2, 14).Draw(t, "n"))
		got := run(nodes)
		if d := gocmp.Diff(got, run(rapid.Permutation(nodes).Draw(t, "order")), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("the order of nodes changes the joins:\n%s", d)
		}
		after := apply(nodes, got)
		if again := run(after); len(again) > 0 {
			t.Fatalf("joined nodes are joined again: %+v\nfirst: %+v", again, got)
		}
		in := map[int64][]Node{}
		for _, n := range after {
			in[n.Entity] = append(in[n.Entity], n)
		}
		for e, list := range in {
			for i, a := range list {
				for _, b := range list[:i] {
					if a.Kind != b.Kind {
						t.Errorf("entity %d has a %s and a %s", e, a.Kind, b.Kind)
					}
					if a.Ref.System() == b.Ref.System() && id(a) != "" && id(b) != "" || a.Ref.System() == "cmdb" && b.Ref.System() == "cmdb" {
						t.Errorf("entity %d has %s and %s", e, a.Ref, b.Ref)
					}
				}
			}
		}
		sets := naive(nodes)
		for s := range sets {
			var list, now []Node
			for i, x := range sets {
				if x == s {
					list, now = append(list, nodes[i]), append(now, after[i])
				}
			}
			entities := map[int64]bool{}
			for _, n := range now {
				entities[n.Entity] = true
			}
			if agree(list) && len(entities) > 1 {
				t.Errorf("nothing contradicts that these are one thing, and they are %d entities: %+v", len(entities), now)
			}
		}
		for _, j := range got {
			if j.Reason == "" || j.Entity == 0 {
				t.Errorf("join without entity or reason: %+v", j)
			}
		}
	})
}

// keeper is the entity that a set of nodes must carry: that of the node of an
// entity that is in it and is known longest, else of the first member.
func keeper(all, set []Node) int64 {
	since := func(n Node) int64 {
		if n.FirstSeen.IsZero() {
			return 1 << 62
		}
		return n.FirstSeen.Unix()
	}
	founder := func(list []Node, e int64) (Node, bool) {
		i := slices.IndexFunc(list, func(n Node) bool { return n.ID == e })
		if i < 0 {
			return Node{}, false
		}
		return list[i], true
	}
	type claim struct{ since, id int64 }
	var held, own []claim
	for _, n := range set {
		own = append(own, claim{since(n), n.ID})
		if f, ok := founder(set, n.Entity); ok {
			held = append(held, claim{since(f), n.Entity})
		} else if _, ok := founder(all, n.Entity); !ok {
			// The first node is gone: the member that is known longest has the id.
			var heirs []claim
			for _, o := range all {
				if o.Entity == n.Entity {
					heirs = append(heirs, claim{since(o), o.ID})
				}
			}
			heir := slices.MinFunc(heirs, func(a, b claim) int { return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.id, b.id)) })
			if _, ok := founder(set, heir.id); ok {
				held = append(held, claim{heir.since, n.Entity})
			}
		}
	}
	if len(held) == 0 {
		held = own
	}
	return slices.MinFunc(held, func(a, b claim) int { return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.id, b.id)) }).id
}

// Through any history of nodes that come, go, come back, are renamed and made
// again, each set carries the id that it must, no two carry one, and an id stays
// where its first node is.
func TestHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := drawNodes(t, 10)
		var now []Node
		for step := range rapid.IntRange(3, 12).Draw(t, "steps") {
			at := day.AddDate(0, 0, step)
			switch what := rapid.SampledFrom([]string{"add", "add", "remove", "rename", "again"}).Draw(t, "what"); {
			case what == "add" || len(now) == 0:
				n := rapid.SampledFrom(pool).Draw(t, "node")
				if slices.ContainsFunc(now, func(o Node) bool { return o.ID == n.ID }) {
					continue
				}
				n.FirstSeen = at
				now = append(now, n)
			case what == "remove":
				i := rapid.IntRange(0, len(now)-1).Draw(t, "which")
				now = slices.Delete(slices.Clone(now), i, i+1)
			case what == "rename":
				i := rapid.IntRange(0, len(now)-1).Draw(t, "which")
				now = slices.Clone(now)
				now[i].Aliases = append(slices.Clone(now[i].Aliases[:min(1, len(now[i].Aliases))]), "arn:aws:iam::1:user/"+rapid.SampledFrom([]string{"a", "b", "new"}).Draw(t, "name"))
			default:
				i := rapid.IntRange(0, len(now)-1).Draw(t, "which")
				n := now[i]
				n.ID += 7
				if slices.ContainsFunc(now, func(o Node) bool { return o.ID == n.ID }) {
					continue
				}
				n.Ref, n.Entity, n.FirstSeen, n.Created = drover.NewRef("aws", "1", "iam.user", fmt.Sprint("AIDA", n.ID)), n.ID, at, at
				now = append(slices.Clone(now), n)
			}
			before := now
			now = apply(now, run(now))
			check(t, before, now)
		}
	})
}

func check(t *rapid.T, before, after []Node) {
	sets := map[int64][]int{}
	for i, n := range after {
		sets[n.Entity] = append(sets[n.Entity], i)
	}
	for e, rows := range sets {
		var set []Node
		for _, i := range rows {
			set = append(set, before[i])
		}
		if want := keeper(before, set); e != want {
			t.Fatalf("a set carries %d, want %d: %+v of %+v", e, want, set, before)
		}
		if i := slices.IndexFunc(after, func(n Node) bool { return n.ID == e }); i >= 0 && after[i].Entity != e && slices.ContainsFunc(set, func(n Node) bool { return n.Entity != e }) {
			t.Fatalf("entity %d is carried without the node whose id it is", e)
		}
	}
}

// What a person joined stays joined, and the reason with it; it moves with what it
// was joined to.
func TestPinned(t *testing.T) {
	declared := Node{ID: 9, Entity: 5, Pinned: "interview: it gives the ref", Ref: "interview/-/x/y", Kind: drover.KindIdentity, Type: "x", FirstSeen: day}
	user := Node{ID: 5, Ref: "aws/1/iam.user/AIDA1", Kind: drover.KindIdentity, Type: "aws.iam.user", Aliases: []string{"arn:aws:iam::1:user/a"}, FirstSeen: day.Add(time.Hour)}
	if got := joins(declared, user); len(got) > 0 {
		t.Errorf("a membership that a person made was changed: %v", got)
	}
	if got := joins(declared); len(got) > 0 {
		t.Errorf("it was changed when what it was joined to went: %v", got)
	}
	older := Node{ID: 3, Ref: "aws/1/iam.user/name:a", Kind: drover.KindIdentity, Type: "aws.iam.user", Aliases: user.Aliases, FirstSeen: day.Add(-time.Hour)}
	want := map[drover.Ref]Join{
		user.Ref:     {5, user.Ref, 3, "same alias arn:aws:iam::1:user/a"},
		declared.Ref: {9, declared.Ref, 3, declared.Pinned},
	}
	if d := gocmp.Diff(want, joins(declared, user, older)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A crowd that claims one name joins nobody, and everybody is told.
func TestCrowd(t *testing.T) {
	l := New()
	for i := range int64(MaxShared + 1) {
		l.Add(Node{ID: i + 1, Ref: drover.NewRef("x", "", "y", fmt.Sprint("name:", i)), Kind: drover.KindIdentity, Aliases: []string{"arn:aws:iam::1:user/a"}})
	}
	if got := l.Joins(); len(got) > 0 {
		t.Errorf("a crowd was joined: %v", got)
	}
	if got := l.Doubts(); len(got) != MaxShared+1 {
		t.Errorf("%d doubts, want one of each", len(got))
	}
}

// Hostile nodes end neither in a panic nor in a reason that cannot be stored.
func FuzzJoins(f *testing.F) {
	f.Add("aws/1/iam.user/AIDA1", "arn:x", "aws-key:a", int64(1), int64(1))
	f.Add("", "oidc:|", "dsn:://", int64(0), int64(-5))
	f.Add("a/b/c/name:%zz", "sid:\x00", "email:@", int64(-1)<<63, int64(1))
	f.Fuzz(func(t *testing.T, ref, one, two string, id, entity int64) {
		nodes := []Node{
			{ID: id, Entity: entity, Ref: drover.Ref(ref), Kind: drover.KindIdentity, Aliases: []string{one, two}},
			{ID: id + 1, Entity: id, Ref: drover.Ref(ref), Kind: drover.KindIdentity, Aliases: []string{two, one}, Pinned: one},
			{ID: id + 2, Entity: entity, Ref: drover.Ref(two), Kind: drover.KindCredential, Aliases: []string{one}},
			{ID: id, Entity: id, Ref: drover.Ref(one), Kind: "no kind", Aliases: []string{one}},
		}
		for _, j := range run(nodes) {
			if len(j.Reason) > 1010 && j.Reason != one {
				t.Errorf("reason of %d bytes", len(j.Reason))
			}
		}
	})
}
