package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// clock: generations only grow, whatever the clock does, and AsOf finds them.
func (b bench) clock(t *testing.T) {
	ctx := context.Background()
	ticks := []int{5, 5, 3, 3, 9}
	now := day0
	s := openAt(t, b.dsn(t), store.Options{Now: func() time.Time { return now }})
	if g, err := s.Latest(ctx); err != nil || g != (store.Generation{}) {
		t.Errorf("latest of an empty store: got %v, %v", g, err)
	}
	var last store.Generation
	for i, h := range ticks {
		now = at(h)
		n := node("n")
		n.Name = strings.Repeat("x", i+1)
		commit(t, s, section{source: "a", coverage: "c", at: i, puts: []put{nodePut("", n)}})
		g, err := s.Latest(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if g.ID != last.ID+1 || !g.At.After(last.At) {
			t.Errorf("generation %v does not follow %v", g, last)
		}
		for _, probe := range []struct {
			at   time.Time
			want int64
		}{{g.At, g.ID}, {g.At.Add(-time.Microsecond), last.ID}, {g.At.Add(time.Hour), g.ID}} {
			if got, err := s.AsOf(ctx, probe.at); err != nil || probe.at.After(last.At) && got.ID != probe.want {
				t.Errorf("as of %v: got %v, %v; want %d", probe.at, got, err, probe.want)
			}
		}
		last = g
	}
	if g, err := s.AsOf(ctx, at(-5)); err != nil || g.ID != 0 {
		t.Errorf("as of before the first: got %v, %v", g, err)
	}
}

// parts: a part that was not looked at keeps what was seen there and below it,
// and nothing else.
func (b bench) parts(t *testing.T) {
	s := b.open(t)
	all := []put{nodePut("", node("whole")), nodePut("f", node("f")), nodePut("f/1", node("f1")), nodePut("ff", node("ff")), nodePut("g", node("g")), nodePut("g", node("both")), nodePut("f", node("both"))}
	r := commit(t, s, section{source: "a", coverage: "c", at: 1, puts: all})
	equal(t, "added", r.Added, int64(6))
	r = commit(t, s, section{source: "a", coverage: "c", at: 2, keeps: []string{"f/"}})
	equal(t, "removed", [2]int64{r.Removed, r.Changed}, [2]int64{3, 1}) // "both" lost one of two parts
	equal(t, "after keeping f", names(t, s, latest(t, s), drover.ScopeAll), set("f", "f1", "both"))
	r = commit(t, s, section{source: "a", coverage: "c", at: 3, status: drover.StatusPartial})
	equal(t, "after nothing was seen in part", r.Generation, int64(0))
	r = commit(t, s, section{source: "a", coverage: "c", at: 4, keeps: []string{""}})
	equal(t, "keep all", r.Generation, int64(0))
	r = commit(t, s, section{source: "a", coverage: "c", at: 5})
	equal(t, "removed", r.Removed, int64(3))
	// What moves from one part to another is neither added nor removed.
	commit(t, s, section{source: "a", coverage: "c", at: 6, puts: []put{nodePut("f", node("m"))}})
	r = commit(t, s, section{source: "a", coverage: "c", at: 7, puts: []put{nodePut("g", node("m"))}})
	equal(t, "moved", [3]int64{r.Added, r.Changed, r.Removed}, [3]int64{0, 1, 0})
}

// conflicts: the same thing put twice is one; put twice differently, one of the
// two stays whatever their order, and repeating it changes nothing.
func (b bench) conflicts(t *testing.T) {
	one, two := node("n"), node("n")
	one.Name, two.Name = "one", "two"
	var won []string
	for _, order := range [][]put{{nodePut("", one), nodePut("", two)}, {nodePut("", two), nodePut("", one)}, {nodePut("", two), nodePut("", two), nodePut("", one), nodePut("", two)}} {
		s := b.open(t)
		r := commit(t, s, section{source: "a", coverage: "c", at: 1, puts: order})
		if r.Conflicts == 0 || r.Added != 1 {
			t.Errorf("got %+v, want conflicts and one node", r.Changes)
		}
		for n := range names(t, s, r.Generation, drover.ScopeAll) {
			won = append(won, n)
		}
		for i, again := range [][]put{order, {order[1], order[0]}} {
			if r := commit(t, s, section{source: "a", coverage: "c", at: 2 + i, puts: again}); r.Generation != 0 {
				t.Errorf("put again, order %d: got generation %d, want none", i, r.Generation)
			}
		}
		// The one that lost alone is a change, and both again change it back.
		loser := one
		if won[0] == "one" {
			loser = two
		}
		commit(t, s, section{source: "a", coverage: "c", at: 5, puts: []put{nodePut("", loser)}})
		commit(t, s, section{source: "a", coverage: "c", at: 6, puts: order})
		equal(t, "winner again", names(t, s, latest(t, s), drover.ScopeAll), set(won[0]))
	}
	if len(won) != 3 || won[0] != won[1] || won[1] != won[2] {
		t.Errorf("winners by order: %q", won)
	}
	s := b.open(t)
	early, late := drover.Evidence{Subject: ref("n"), Claim: drover.ClaimLastUsed, Source: "log", At: at(1)}, drover.Evidence{Subject: ref("n"), Claim: drover.ClaimLastUsed, Source: "log", At: at(2)}
	r := commit(t, s, section{source: "a", coverage: "c", at: 3, puts: []put{evidencePut("f", late), evidencePut("g", early)}})
	ev := list(t, s.Evidence(context.Background(), r.Generation, drover.ScopeAll))
	if len(ev) != 1 || !ev[0].Evidence.At.Equal(at(2)) || r.Conflicts != 0 {
		t.Errorf("evidence: got %+v, want the later", ev)
	}
}

// late: an older look changes nothing that a newer one knows.
func (b bench) late(t *testing.T) {
	s := b.open(t)
	v := func(name string) put { n := node("n"); n.Name = name; return nodePut("", n) }
	commit(t, s, section{source: "a", coverage: "c", at: 5, puts: []put{v("five")}})
	r := commit(t, s, section{source: "a", coverage: "c", at: 4, puts: []put{v("four"), nodePut("", node("m"))}})
	equal(t, "late status", r.Section.Status, drover.StatusStale)
	commit(t, s, section{source: "a", coverage: "c", at: 9, status: drover.StatusPartial, puts: []put{v("five")}})
	r = commit(t, s, section{source: "a", coverage: "c", at: 8, puts: []put{v("eight"), nodePut("", node("m"))}})
	equal(t, "between: status", r.Section.Status, drover.StatusOK)
	equal(t, "between", names(t, s, latest(t, s), drover.ScopeAll), set("five", "m"))
	r = commit(t, s, section{source: "a", coverage: "c", at: 8})
	equal(t, "not ended: seen at 9", names(t, s, latest(t, s), drover.ScopeAll), set("five"))
	r = commit(t, s, section{source: "a", coverage: "c", at: 9})
	equal(t, "ended", r.Removed, int64(1))
	last, err := s.LastSections(context.Background(), drover.ScopeAll)
	if err != nil || len(last) != 1 || last[0].Section.Status != drover.StatusOK || !last[0].LastOK.Equal(at(9)) {
		t.Errorf("last sections: got %+v, %v", last, err)
	}
}

// merge: a ref is one fact whoever asserts it, and ends with the last of them.
func (b bench) merge(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	one, two := node("n"), node("n")
	one.Aliases, one.Created, one.Attrs = []string{"x:1", "x:0"}, at(-9), drover.NewAttrs(map[string]any{"a": 1, "b": 1})
	two.Aliases, two.Rotated, two.Attrs, two.Name = []string{"x:2"}, at(-3), drover.NewAttrs(map[string]any{"b": 2, "c": "<&>"}), "newer"
	commit(t, s, section{source: "a", coverage: "c", at: 1, puts: []put{nodePut("", one)}})
	r := commit(t, s, section{source: "b", coverage: "c", at: 2, puts: []put{nodePut("", two)}})
	f, err := s.Node(ctx, r.Generation, drover.ScopeAll, ref("n"))
	if err != nil {
		t.Fatal(err)
	}
	want := node("newer")
	want.Ref, want.Aliases, want.Created, want.Rotated, want.Attrs = ref("n"), []string{"x:0", "x:1", "x:2"}, at(-9), at(-3), drover.NewAttrs(map[string]any{"a": 1, "b": 2, "c": "<&>"})
	equal(t, "merged", f, store.Fact{ID: s.RefID(ref("n")), Entity: s.RefID(ref("n")), Node: want, Sources: []string{"a", "b"}, Coverages: []string{"c"}, FirstSeen: at(1), Observed: at(2)})
	commit(t, s, section{source: "b", coverage: "c", at: 3})
	equal(t, "one left", names(t, s, latest(t, s), drover.ScopeAll), set("n"))
	commit(t, s, section{source: "a", coverage: "c", at: 4})
	if _, err := s.Node(ctx, latest(t, s), drover.ScopeAll, ref("n")); err == nil {
		t.Error("the last source ended it and it is still there")
	}
	vs, err := s.History(ctx, drover.ScopeAll, ref("n"))
	if err != nil || len(vs) != 2 || vs[0].Source != "a" || vs[0].From.ID != 1 || vs[0].To.ID != 4 || vs[1].To.ID != 3 || vs[1].To.At.IsZero() {
		t.Errorf("history: got %+v, %v", vs, err)
	}
	// The version moves, the beginning does not.
	commit(t, s, section{source: "a", coverage: "c", at: 5, puts: []put{nodePut("", one)}})
	one.Name = "other"
	commit(t, s, section{source: "a", coverage: "c", at: 6, puts: []put{nodePut("", one)}})
	f, err = s.Node(ctx, latest(t, s), drover.ScopeAll, ref("n"))
	if err != nil || !f.FirstSeen.Equal(at(5)) || !f.Observed.Equal(at(6)) {
		t.Errorf("first seen %v, observed %v, %v; want 5 and 6 hours", f.FirstSeen, f.Observed, err)
	}
}

// scope: what one scope sees owes nothing to the sources of another.
func (b bench) scope(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	mine, theirs := drover.ScopeSources("mine"), drover.ScopeSources("theirs")
	secret := node("n")
	secret.Name, secret.Aliases = "theirs only", []string{"theirs:1"}
	doc := drover.NewDocument("x", "their body")
	commit(t, s, section{source: "mine", coverage: "c", at: 1, puts: []put{nodePut("", node("n"))}})
	before := latest(t, s)
	commit(t, s, section{source: "theirs", coverage: "c", at: 2, puts: []put{nodePut("", secret), nodePut("", node("m")),
		edgePut("", drover.Edge{From: ref("n"), To: ref("m"), Kind: drover.EdgeOwns}), {"", drover.Record{Document: &doc}},
		evidencePut("", drover.Evidence{Subject: ref("n"), Claim: drover.ClaimLive, Source: "s"})}})
	for _, tag := range []store.Tag{{Ref: ref("m"), Key: "k", Value: "v"}, {Ref: ref("n"), Key: "k", Value: "v"}} {
		if _, err := s.SetTag(ctx, tag); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Link(ctx, []store.EntityLink{{Ref: ref("m"), Entity: s.RefID(ref("n"))}}); err != nil {
		t.Fatal(err)
	}
	gen := latest(t, s)
	f, err := s.Node(ctx, gen, mine, ref("n"))
	if err != nil || f.Node.Name != "n" || f.Node.Aliases != nil || len(f.Sources) != 1 {
		t.Errorf("node: got %+v, %v", f, err)
	}
	_, err = s.Node(ctx, gen, mine, ref("m"))
	wantErr(t, "their node", err, drover.ErrNotFound)
	_, err = s.History(ctx, mine, ref("m"))
	wantErr(t, "their history", err, drover.ErrNotFound)
	_, err = s.Document(ctx, mine, doc.Hash)
	wantErr(t, "their document", err, drover.ErrNotFound)
	if d, err := s.Document(ctx, theirs, doc.Hash); err != nil || d != doc {
		t.Errorf("document: got %v, %v", d, err)
	}
	c, err := s.Counts(ctx, gen, mine)
	equal(t, "counts", c, store.Counts{Nodes: map[drover.Kind]int64{drover.KindIdentity: 1}})
	tags, err2 := s.Tags(ctx, gen, mine)
	links, err3 := s.Entities(ctx, gen, mine)
	scans, err4 := s.Scans(ctx, mine, 10)
	last, err5 := s.LastSections(ctx, mine)
	equal(t, "lengths", []int{len(list(t, s.Edges(ctx, gen, mine))), len(list(t, s.Evidence(ctx, gen, mine))), len(list(t, s.Documents(ctx, gen, mine))),
		len(list(t, s.Diff(ctx, before, gen, mine))), len(tags), len(links), len(scans), len(last)}, []int{0, 0, 0, 0, 1, 0, 1, 1})
	for _, err := range []error{err, err2, err3, err4, err5} {
		if err != nil {
			t.Error(err)
		}
	}
	if n := len(list(t, s.Nodes(ctx, gen, drover.Scope{}))); n != 0 {
		t.Errorf("the zero scope sees %d nodes", n)
	}
}

// hostile: text comes back as it went in, or is refused with drover.ErrInvalid
// and its place, and the stage goes on.
func (b bench) hostile(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	fine := []string{`'; DROP TABLE node; --`, "\x1b[31mred\x1b[0m", "\u202egnp.exe", "a\nb\r\n\tc", strings.Repeat("n", 1<<20), "=cmd|' /C calc'!A0", "\u2028\ufeff\U0001F600", "%s%n\\0", "$1"}
	bad := []string{"\xff\xfe", "a\x00b", "\xed\xa0\x80"}
	var puts []put
	for _, f := range fine {
		n := node(f)
		n.Aliases = []string{"alias:" + f}
		n.Attrs = drover.NewAttrs(map[string]any{"v": f[:min(500, len(f))], f[:min(4, len(f))]: "k"})
		part := f[:min(500, len(f))]
		puts = append(puts, nodePut(part, n), edgePut(part, drover.Edge{From: n.Ref, To: n.Ref, Kind: drover.EdgeOwns, Part: f, Proof: f, Technique: f}),
			evidencePut(part, drover.Evidence{Subject: n.Ref, Claim: f, Source: f, Value: f}))
	}
	r := commit(t, s, section{source: "a", coverage: "c", at: 1, puts: puts})
	got := names(t, s, r.Generation, drover.ScopeAll)
	equal(t, "names", got, set(fine...))
	for _, p := range puts {
		if p.Node == nil {
			continue
		}
		f, err := s.Node(ctx, r.Generation, drover.ScopeAll, p.Node.Ref)
		if err != nil || string(f.Node.Attrs) != string(p.Node.Attrs) || f.Node.Aliases[0] != p.Node.Aliases[0] {
			t.Errorf("node %.40q came back as %.200v, %v", p.Node.Name, f, err)
		}
	}
	if r := commit(t, s, section{source: "a", coverage: "c", at: 2, puts: puts}); r.Generation != 0 {
		t.Errorf("the same again: got generation %d", r.Generation)
	}
	run, err := s.BeginScan(ctx, store.ScanStart{})
	if err != nil {
		t.Fatal(err)
	}
	st, err := run.Stage(ctx, store.StageInfo{Source: "a", Name: "n", Coverage: "d"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range bad {
		n := node("n")
		for what, edit := range map[string]func(*drover.Node){"name": func(n *drover.Node) { n.Name = text }, "type": func(n *drover.Node) { n.Type = text },
			"an alias": func(n *drover.Node) { n.Aliases = []string{text} }, "attrs": func(n *drover.Node) { n.Attrs = drover.Attrs(`{"a":"` + text + `"}`) }} {
			n := n
			edit(&n)
			err := st.Put("", drover.Record{Node: &n})
			wantErr(t, what, err, drover.ErrInvalid)
			if err != nil && !strings.Contains(err.Error(), strings.TrimPrefix(what, "an ")) {
				t.Errorf("%s: the error does not say where: %v", what, err)
			}
		}
		wantErr(t, "part", st.Put(text, drover.Record{Node: &n}), drover.ErrInvalid)
		wantErr(t, "proof", st.Put("", drover.Record{Edge: &drover.Edge{From: n.Ref, To: n.Ref, Kind: drover.EdgeOwns, Proof: text}}), drover.ErrInvalid)
		n.Template, n.Name = ref("t"), text
		wantErr(t, "instance", st.Put("", drover.Record{Node: &n}), drover.ErrInvalid)
		_, err := s.SetTag(ctx, store.Tag{Ref: ref("n"), Key: "k", Value: text})
		wantErr(t, "tag", err, drover.ErrInvalid)
		_, err = run.Stage(ctx, store.StageInfo{Source: "a", Name: "n", Coverage: text})
		wantErr(t, "coverage", err, drover.ErrInvalid)
	}
	far := node("n")
	far.Created = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	wantErr(t, "time", st.Put("", drover.Record{Node: &far}), drover.ErrInvalid)
	wantErr(t, "event", st.Put("", drover.Record{Event: &drover.Event{}}), drover.ErrInvalid)
	wantErr(t, "nothing", st.Put("", drover.Record{}), drover.ErrInvalid)
	ok := node("ok")
	if err := st.Put("", drover.Record{Node: &ok}); err != nil {
		t.Error(err)
	}
	res, err := st.Commit(ctx, drover.Section{Status: drover.StatusPartial, Error: "\xff\x00", Notes: []drover.Note{{Where: "\x00", Text: "\xff"}}})
	if err != nil || res.Added != 1 {
		t.Errorf("commit: got %+v, %v", res, err)
	}
}
