package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// documents are stored once, ended like the rest, and readable afterwards.
func (b bench) documents(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	doc := drover.NewDocument("aws-iam", `{"Statement":["é"]}`)
	p := put{"", drover.Record{Document: &doc}}
	r := commit(t, s, section{source: "a", coverage: "c", at: 1, puts: []put{p, p}})
	equal(t, "changes", r.Documents, int64(1))
	commit(t, s, section{source: "b", coverage: "c", at: 1, puts: []put{p}})
	equal(t, "listed", list(t, s.Documents(ctx, latest(t, s), drover.ScopeAll)), []store.DocumentInfo{{Hash: doc.Hash, Language: "aws-iam", Bytes: int64(len(doc.Body)), Sources: []string{"a", "b"}}})
	equal(t, "bodies", list(t, s.Bodies(ctx, latest(t, s), drover.ScopeAll, "aws-iam")), []drover.Document{doc})
	equal(t, "bodies of another language", len(list(t, s.Bodies(ctx, latest(t, s), drover.ScopeAll, "k8s-rbac"))), 0)
	equal(t, "bodies out of scope", len(list(t, s.Bodies(ctx, latest(t, s), drover.ScopeSources("c"), "aws-iam"))), 0)
	commit(t, s, section{source: "a", coverage: "c", at: 2})
	commit(t, s, section{source: "b", coverage: "c", at: 2})
	equal(t, "ended", len(list(t, s.Documents(ctx, latest(t, s), drover.ScopeAll))), 0)
	if d, err := s.Document(ctx, drover.ScopeAll, doc.Hash); err != nil || d != doc {
		t.Errorf("read afterwards: got %v, %v", d, err)
	}
	_, err := s.Document(ctx, drover.ScopeAll, "sha256:\x00")
	wantErr(t, "unknown", err, drover.ErrNotFound)
}

// fold: ephemeral identities are counted once, by template and day, and make no
// nodes.
func (b bench) fold(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	pods := func(h, from, to int) section {
		sec := section{source: "a", coverage: "c", at: h, puts: []put{nodePut("", node("job"))}}
		for i := from; i < to; i++ {
			n := node(fmt.Sprintf("pod-%d", i))
			n.Template = ref("job")
			sec.puts = append(sec.puts, nodePut("", n), nodePut("other", n))
		}
		return sec
	}
	commit(t, s, pods(1, 0, 10))
	commit(t, s, pods(2, 5, 15))
	r := commit(t, s, pods(30, 14, 18))
	equal(t, "counters make no generation", r.Generation, int64(0))
	equal(t, "instances", r.Instances, int64(4))
	folds, err := s.Folds(ctx, drover.ScopeAll, 2)
	if err != nil || len(folds) != 1 {
		t.Fatalf("got %v, %v", folds, err)
	}
	f := folds[0]
	equal(t, "kept", len(f.Instances), 2)
	f.Instances = nil
	equal(t, "fold", f, store.Fold{Source: "a", Coverage: "c", Template: ref("job"), Kind: drover.KindIdentity, Type: "test.thing", Count: 18, Peak: 15,
		First: at(1), Last: at(30), Days: []store.FoldDay{{Day: at(24), Count: 4}, {Day: at(0), Count: 15}}})
	equal(t, "nodes", names(t, s, latest(t, s), drover.ScopeAll), set("job"))
	if folds, err = s.Folds(ctx, drover.ScopeSources("b"), 0); err != nil || len(folds) != 0 {
		t.Errorf("another scope: got %v, %v", folds, err)
	}
}

// entities: membership is an interval, and facts show it as of any generation.
func (b bench) entities(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	commit(t, s, section{source: "a", coverage: "c", at: 1, puts: []put{nodePut("", node("x")), nodePut("", node("y"))}})
	x, y := s.RefID(ref("x")), s.RefID(ref("y"))
	g1, err := s.Link(ctx, []store.EntityLink{{Ref: ref("y"), Entity: x, Reason: "same"}, {Ref: ref("x"), Entity: x}})
	if err != nil {
		t.Fatal(err)
	}
	if g, err := s.Link(ctx, []store.EntityLink{{Ref: ref("y"), Entity: x, Reason: "again"}}); err != nil || g != 0 {
		t.Errorf("the same link: got generation %d, %v", g, err)
	}
	g2, err := s.Link(ctx, []store.EntityLink{{Ref: ref("y"), Entity: y}})
	if err != nil {
		t.Fatal(err)
	}
	for gen, want := range map[int64]int64{g1 - 1: y, g1: x, g2: y} {
		if f, err := s.Node(ctx, gen, drover.ScopeAll, ref("y")); err != nil || f.Entity != want {
			t.Errorf("generation %d: got entity %d, %v; want %d", gen, f.Entity, err, want)
		}
	}
	l, err := s.Entities(ctx, g1, drover.ScopeAll)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "entities", l, []store.EntityLink{{ID: y, Ref: ref("y"), Entity: x, Reason: "same"}})
}

func (b bench) tags(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	g1, err := s.SetTag(ctx, store.Tag{Ref: ref("x"), Key: "tier", Value: "0", Who: "ann"})
	if err != nil || g1 == 0 {
		t.Fatal(g1, err)
	}
	if g, err := s.SetTag(ctx, store.Tag{Ref: ref("x"), Key: "tier", Value: "0", Who: "bob"}); err != nil || g != 0 {
		t.Errorf("the same tag: got generation %d, %v", g, err)
	}
	g2, err := s.SetTag(ctx, store.Tag{Ref: ref("x"), Key: "tier", Value: "1", Who: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	g3, err := s.RemoveTag(ctx, ref("x"), "tier", "bob")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.RemoveTag(ctx, ref("x"), "tier", "bob")
	wantErr(t, "no tag", err, drover.ErrNotFound)
	for gen, want := range map[int64]string{g1: "0", g2: "1", g3: ""} {
		got := ""
		tags, err := s.Tags(ctx, gen, drover.ScopeAll)
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range tags {
			got += tag.Value
		}
		equal(t, fmt.Sprint("value at ", gen), got, want)
	}
}

// sources: to remove one ends what it asserts, at once, and nothing of others.
func (b bench) sources(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	if err := s.PutSource(ctx, store.Source{ID: "a", Kind: "k", Config: []byte(`{"url":"x"}`)}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutSource(ctx, store.Source{ID: "a", Kind: "k", Disabled: true}); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "bad options", s.PutSource(ctx, store.Source{ID: "a", Kind: "k", Config: []byte(`{`)}), drover.ErrInvalid)
	l, err := s.Sources(ctx, drover.ScopeAll)
	if err != nil || len(l) != 1 || !l[0].Disabled || string(l[0].Config) != "{}" {
		t.Errorf("sources: got %+v, %v", l, err)
	}
	ev := evidencePut("", drover.Evidence{Subject: ref("x"), Claim: "live", Source: "s"})
	commit(t, s, section{source: "a", coverage: "c", at: 5, puts: []put{nodePut("", node("x")), ev}})
	commit(t, s, section{source: "a", coverage: "d", at: 5, puts: []put{nodePut("", node("y"))}})
	commit(t, s, section{source: "b", coverage: "c", at: 5, puts: []put{nodePut("", node("y"))}})
	before := latest(t, s)
	gen, err := s.RemoveSource(ctx, "a")
	if err != nil || gen != before+1 {
		t.Fatalf("remove: got generation %d, %v; want %d", gen, err, before+1)
	}
	equal(t, "after", names(t, s, gen, drover.ScopeAll), set("y"))
	equal(t, "evidence after", len(list(t, s.Evidence(ctx, gen, drover.ScopeAll))), 0)
	equal(t, "before", names(t, s, before, drover.ScopeAll), set("x", "y"))
	_, err = s.RemoveSource(ctx, "never")
	wantErr(t, "unknown", err, drover.ErrNotFound)
	r := commit(t, s, section{source: "a", coverage: "c", at: 4, puts: []put{nodePut("", node("x"))}})
	equal(t, "added again, from an older file", [2]any{r.Section.Status, r.Added}, [2]any{drover.StatusOK, int64(1)})
}

func (b bench) scans(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	commit(t, s, section{source: "a", coverage: "c", at: 1, puts: []put{nodePut("", node("x"))}})
	commit(t, s, section{source: "a", coverage: "c", at: 2, status: drover.StatusFailed})
	run, err := s.BeginScan(ctx, store.ScanStart{ID: "mine", Started: at(3)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.BeginScan(ctx, store.ScanStart{ID: "mine"})
	wantErr(t, "twice", err, drover.ErrConflict)
	l, err := s.Scans(ctx, drover.ScopeAll, 10)
	if err != nil || len(l) != 3 {
		t.Fatal(l, err)
	}
	equal(t, "ids", []string{l[0].ID, l[1].ID, l[2].ID}, []string{run.ID, "s-20260301-2", "s-20260301-1"})
	equal(t, "running", l[0].Ended.IsZero() && l[0].Status == "", true)
	equal(t, "failed", l[1].Sections[0].Section.Status, drover.StatusFailed)
	equal(t, "sections", l[2].Sections[0].Section, drover.Section{Name: "test", Coverage: "c", Status: drover.StatusOK, Objects: 1})
	equal(t, "generation", l[2].Sections[0].Generation, int64(1))
	last, err := s.LastSections(ctx, drover.ScopeAll)
	if err != nil || len(last) != 1 || last[0].Section.Status != drover.StatusFailed || !last[0].LastOK.Equal(at(1)) {
		t.Errorf("last: got %+v, %v", last, err)
	}
}

// stages: nothing shows before the commit, nothing after an abort, and one
// coverage has one stage at a time.
func (b bench) stages(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	run, err := s.BeginScan(ctx, store.ScanStart{})
	if err != nil {
		t.Fatal(err)
	}
	info := store.StageInfo{Source: "a", Name: "n", Coverage: "c", Observed: at(1)}
	st, err := run.Stage(ctx, info)
	if err != nil {
		t.Fatal(err)
	}
	_, err = run.Stage(ctx, info)
	wantErr(t, "second stage", err, drover.ErrConflict)
	n := node("x")
	if err := st.Put("", drover.Record{Node: &n}); err != nil {
		t.Fatal(err)
	}
	equal(t, "before", latest(t, s), int64(0))
	_, err = st.Commit(ctx, drover.Section{Status: "odd"})
	wantErr(t, "odd status", err, drover.ErrInvalid)
	if err := st.Put("", drover.Record{Node: &n}); err == nil {
		t.Error("put after the end: got no error")
	}
	if st, err = run.Stage(ctx, info); err != nil {
		t.Fatal(err)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if err := st.Put("", drover.Record{Node: &n}); err != nil {
		t.Fatal(err)
	}
	_, err = st.Commit(done, drover.Section{Status: drover.StatusOK})
	wantErr(t, "cancelled", err, context.Canceled)
	if st, err = run.Stage(ctx, info); err != nil {
		t.Fatal(err)
	}
	st.Abort()
	st.Abort()
	equal(t, "after", latest(t, s), int64(0))
	// The store still writes.
	commit(t, s, section{source: "a", coverage: "c", at: 2, puts: []put{nodePut("", n)}})
	equal(t, "then", latest(t, s), int64(1))
}

// spooled: what does not fit in memory is stored all the same.
func (b bench) spooled(t *testing.T) {
	s := b.open(t)
	sec := section{source: "a", coverage: "c", at: 1}
	big := make([]byte, 3000)
	for i := range big {
		big[i] = 'a' + byte(i%26)
	}
	for i := range 3000 {
		n := node(fmt.Sprintf("n%d", i))
		n.Attrs = drover.NewAttrs(map[string]any{"v": string(big), "i": i})
		sec.puts = append(sec.puts, nodePut("", n), edgePut("", drover.Edge{From: n.Ref, To: ref("n0"), Kind: drover.EdgeOwns, Proof: string(big)}))
	}
	start := time.Now()
	r := commit(t, s, sec)
	t.Logf("9 MB of nodes and 9 MB of edges in %v", time.Since(start).Round(time.Millisecond))
	equal(t, "added", [2]int64{r.Added, r.EdgesAdded}, [2]int64{3000, 3000})
	equal(t, "listed", len(names(t, s, r.Generation, drover.ScopeAll)), 3000)
	equal(t, "edges", len(list(t, s.Edges(context.Background(), r.Generation, drover.ScopeAll))), 3000)
	if r := commit(t, s, sec); r.Generation != 0 {
		t.Errorf("the same again: got generation %d", r.Generation)
	}
	sec.puts = sec.puts[2:]
	n := *sec.puts[0].Node
	n.Name = "changed"
	sec.puts[0] = nodePut("", n)
	sec.at = 2
	r = commit(t, s, sec)
	equal(t, "changes", [4]int64{r.Added, r.Changed, r.Removed, r.EdgesRemoved}, [4]int64{0, 1, 1, 1})
	equal(t, "diff", len(list(t, s.Diff(context.Background(), r.Generation-1, r.Generation, drover.ScopeAll))), 3)
	equal(t, "diff from nothing", len(list(t, s.Diff(context.Background(), 0, r.Generation, drover.ScopeAll))), 2999+2999)
}
