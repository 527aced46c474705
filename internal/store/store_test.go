package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/droverhq/drover"
)

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "d.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 3 {
		run, err := s.BeginScan(ctx, ScanStart{})
		if err != nil {
			t.Fatal(err)
		}
		st, err := run.Stage(ctx, StageInfo{Source: "a", Name: "n", Coverage: "c", Observed: time.Unix(int64(1000+i), 0)})
		if err != nil {
			t.Fatal(err)
		}
		n := drover.Node{Ref: drover.NewRef("x", "", "y", "1"), Kind: drover.KindIdentity, Type: "x.y", Name: "one", Attrs: drover.NewAttrs(map[string]any{"i": i / 2})}
		if err := st.Put("", drover.Record{Node: &n}); err != nil {
			t.Fatal(err)
		}
		if err := st.Put("", drover.Record{Edge: &drover.Edge{From: n.Ref, To: drover.UnseenRef("a:b"), Kind: drover.EdgeOwns}}); err != nil {
			t.Fatal(err)
		}
		res, err := st.Commit(ctx, drover.Section{Status: drover.StatusOK})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", res)
		for f, err := range s.Nodes(ctx, 1+int64(i), drover.ScopeAll) {
			t.Log(f, err)
		}
		for f, err := range s.Edges(ctx, 1, drover.ScopeAll) {
			t.Log(f, err)
		}
	}
}
