package storetest

import (
	"context"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/store"
)

// forget: what was forgotten is gone from the history, too; what others said, and
// what people said of it, is as if the forgotten had never been there.
func (b bench) forget(t *testing.T) {
	ctx := context.Background()
	s := b.open(t)
	commit(t, s, section{source: "ours", coverage: "c", at: 1, puts: []put{nodePut("", node("x")), nodePut("", node("y")), edgePut("", drover.Edge{From: ref("x"), To: ref("y"), Kind: drover.EdgeOwns})}})
	if _, err := s.SetTag(ctx, store.Tag{Ref: ref("x"), Key: "env", Value: "prod", Who: "asha"}); err != nil {
		t.Fatal(err)
	}
	judged(t, s, 2, about("x"))
	before, was := latest(t, s), picturize(t, s)
	if err := s.PutSource(ctx, store.Source{ID: "made", Kind: "file"}); err != nil {
		t.Fatal(err)
	}
	live := evidencePut("", drover.Evidence{Subject: ref("z"), Claim: "live", Source: "s"})
	for n, name := range []string{"z", "w"} {
		commit(t, s, section{source: "made", coverage: "m", at: 3 + n, puts: []put{nodePut("", node(name)), nodePut("", node("x")), edgePut("", drover.Edge{From: ref(name), To: ref("x"), Kind: drover.EdgeOwns}), live}})
	}
	if _, err := s.SetTag(ctx, store.Tag{Ref: ref("z"), Key: "env", Value: "dev", Who: "asha"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Link(ctx, []store.EntityLink{{Ref: ref("x"), Entity: s.RefID(ref("z")), Reason: "alias"}}); err != nil {
		t.Fatal(err)
	}
	judged(t, s, 6, about("x"), about("z"))
	if err := s.ForgetSources(ctx, []string{"made"}); err != nil {
		t.Fatal(err)
	}
	gen := latest(t, s)
	if gen <= before {
		t.Errorf("generation %d after the forgetting, %d before: readers would not notice", gen, before)
	}
	equal(t, "now", names(t, s, gen, drover.ScopeAll), set("x", "y"))
	equal(t, "then", names(t, s, before, drover.ScopeAll), set("x", "y"))
	equal(t, "findings", states(t, s), "old open 1 \n")
	equal(t, "as it was", pictureUpTo(t, s, before), was)
	wantErr(t, "forgotten already", s.ForgetSources(ctx, []string{"made"}), drover.ErrNotFound)
	commit(t, s, section{source: "ours", coverage: "c", at: 7, puts: []put{nodePut("", node("x")), nodePut("", node("v"))}})
	var changed []string
	for _, c := range list(t, s.Diff(ctx, before, latest(t, s), drover.ScopeAll)) {
		key, _ := showChange(c)
		changed = append(changed, key)
	}
	equal(t, "changes since", len(changed), 3)
}

// about is a finding on a node of the tests.
func about(name string) drover.Finding {
	f := found("old", name, "is old")
	f.Subject.Ref = ref(name)
	return f
}

// judged keeps what a run of checks found.
func judged(t *testing.T, s *store.Store, hour int, findings ...drover.Finding) {
	t.Helper()
	g := s.StageFindings(at(hour))
	for _, f := range findings {
		if err := g.Put(context.Background(), f); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := g.Finish(context.Background(), store.CheckRun{At: at(hour), Generation: latest(t, s), Body: "{}"}, []string{"old"}, func(drover.Finding) string { return "gone" }); err != nil {
		t.Fatal(err)
	}
}
