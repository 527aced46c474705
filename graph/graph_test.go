package graph

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// What goes in comes out, and an end that nobody asserts becomes an unseen row.
func TestRoundTrip(t *testing.T) {
	a := Row{ID: 7, Entity: 7, Sources: []string{"db", "file"}, FirstSeen: now, Observed: now, Node: drover.Node{Ref: "pg/1/postgres.role/10", Kind: drover.KindIdentity, Type: "postgres.role", Name: "svc",
		Aliases: []string{"pg:1/svc", "x:y"}, Created: now, Attrs: drover.NewAttrs(map[string]any{"rolsuper": true})}}
	c := Row{ID: 9, Entity: 9, Sources: []string{"file"}, Node: drover.Node{Ref: "secret/-/password/hs256:1", Kind: drover.KindCredential, Type: "postgres.password", Name: "p"}}
	b := NewBuilder(3, now)
	b.Node(a)
	b.Node(a)
	b.Node(c)
	e := drover.Edge{From: c.Node.Ref, To: a.Node.Ref, Kind: drover.EdgeAuthenticates, Part: "p", Proof: "pg_authid", Grade: drover.GradeProven}
	u := drover.Edge{From: a.Node.Ref, To: drover.UnseenRef("arn:aws:iam::1:role/x"), Kind: drover.EdgeCanAssume}
	b.Edge(9, 7, &e)
	b.Edge(7, 11, &u)
	b.Name(map[int64]drover.Ref{11: u.To})
	facts := Facts{Verdict: drover.VerdictNHI, NHIType: drover.NHIServiceAccount, Env: "prod", Tags: []string{"t"}, Regulation: []string{"PCI"}, Tier: 0, LastUsed: now, Credentials: 1}
	b.Index()
	s := b.Build(now, func(i int) Facts {
		if i == 0 {
			return facts
		}
		return Facts{Tier: filter.Unknown}
	})
	if s.Len() != 3 || s.Seen() != 2 || s.Edges() != 2 {
		t.Fatalf("got %d rows, %d seen, %d edges; want 3, 2, 2", s.Len(), s.Seen(), s.Edges())
	}
	if d := cmp.Diff(a, s.Row(0)); d != "" {
		t.Errorf("row (-in +out):\n%s", d)
	}
	if d := cmp.Diff(facts, s.Facts(0)); d != "" {
		t.Errorf("facts (-in +out):\n%s", d)
	}
	if d := cmp.Diff(e, s.Edge(0)); d != "" {
		t.Errorf("edge (-in +out):\n%s", d)
	}
	if i, ok := s.Find(u.To); !ok || !s.Unseen(i) || s.Name(i) != "aws:iam::1:role/x" || s.Type(i) != "unseen.arn" {
		t.Errorf("unseen end: row %d, %v, %q, %q", i, ok, s.Name(i), s.Type(i))
	}
	if got := slices.Collect(s.In(0)); len(got) != 1 || got[0].Row != 1 || got[0].Kind != drover.EdgeAuthenticates {
		t.Errorf("in: %+v", got)
	}
}

// A short id names its entity, alone and by a prefix.
func TestShortID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64Range(0, 1<<63-1).Draw(t, "id")
		short := ShortID(drover.KindIdentity, id)
		lo, hi, ok := ParseShortID(short)
		if !ok || lo != id || hi != id {
			t.Fatalf("%s: got %d-%d %v, want %d", short, lo, hi, ok, id)
		}
		n := rapid.IntRange(5, len(short)).Draw(t, "n")
		if lo, hi, ok := ParseShortID(short[:n]); !ok || id < lo || id > hi {
			t.Fatalf("%s: got %d-%d %v, want a range around %d", short[:n], lo, hi, ok, id)
		}
	})
	for _, bad := range []string{"", "idn_", "abc_0", "idn", "idn_u", "idn_z000000000000", "idn_00000000000000"} {
		if _, _, ok := ParseShortID(bad); ok {
			t.Errorf("%q was taken for a short id", bad)
		}
	}
}

// A filter over the snapshot finds what a look at every row finds.
func TestFilter(t *testing.T) {
	b := NewBuilder(1, now)
	const n = 500
	for i := range n {
		b.Node(Row{ID: int64(i), Entity: int64(i), Sources: []string{fmt.Sprint("s", i%2)}, Node: drover.Node{Ref: drover.NewRef("t", "", "t.x", fmt.Sprint(i)), Kind: drover.Kinds[i%3], Type: "t.x",
			Name: fmt.Sprint("n", i), Created: now.AddDate(0, 0, -i), Attrs: drover.NewAttrs(map[string]any{"k": i % 7})}})
	}
	b.Index()
	s := b.Build(now, func(i int) Facts { return Facts{Env: []string{"", "prod", "dev"}[i%3], Tier: int64(i % 2)} })
	for text, want := range map[string]func(i int) bool{
		"env=prod":                      func(i int) bool { return i%3 == 1 },
		"env:unknown":                   func(i int) bool { return i%3 == 0 },
		"source:s1 age<100d":            func(i int) bool { return i%2 == 1 && i < 100 },
		"attrs.k>=5":                    func(i int) bool { return i%7 >= 5 },
		"kind=credential":               func(i int) bool { return i%3 == 1 },
		"id:" + ShortID("identity", 42): func(i int) bool { return i == 42 },
	} {
		f, err := filter.Parse(text, Fields, now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Eval(s.Table())
		if err != nil {
			t.Fatal(err)
		}
		var exp []uint32
		for i := range n {
			if want(i) {
				exp = append(exp, uint32(i))
			}
		}
		if !slices.Equal(got, exp) {
			t.Errorf("%s: got %v, want %v", text, got, exp)
		}
	}
	counts, err := s.Facet("env", []uint32{0, 1, 2, 4})
	if want := []Count{{"prod", 2}, {"", 1}, {"dev", 1}}; err != nil || !slices.Equal(counts, want) {
		t.Errorf("facet: got %v, %v; want %v", counts, err, want)
	}
}

// An alias stands for the one node that has it, or for the one person.
func TestAliasEnds(t *testing.T) {
	b := NewBuilder(1, now)
	add := func(ref drover.Ref, kind drover.Kind, aliases ...string) {
		id := int64(len(b.s.rows.ids))
		b.Node(Row{ID: id, Entity: id, Node: drover.Node{Ref: ref, Kind: kind, Type: "t.x", Name: string(ref), Aliases: aliases}})
	}
	add("t/-/x/one", drover.KindIdentity, "email:a@x", "arn:1")
	add("t/-/x/person", drover.KindHuman, "email:a@x")
	add("t/-/x/two", drover.KindIdentity, "email:b@x")
	add("t/-/x/three", drover.KindIdentity, "email:b@x")
	want := map[string]string{"arn:1": "t/-/x/one", "email:a@x": "t/-/x/person", "email:b@x": "unseen/-/email/email:b@x", "arn:2": "unseen/-/arn/arn:2"}
	id := int64(100)
	for alias := range want {
		b.Edge(id, 2, &drover.Edge{Kind: drover.EdgeOwns, Part: alias})
		b.Name(map[int64]drover.Ref{id: drover.UnseenRef(alias)})
		id++
	}
	b.Index()
	s := b.Build(now, func(int) Facts { return Facts{} })
	for e := range s.Edges() {
		if x := s.Edge(e); string(x.From) != want[x.Part] {
			t.Errorf("%s: got %s, want %s", x.Part, x.From, want[x.Part])
		}
	}
}
