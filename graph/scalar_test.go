package graph_test

import (
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

func TestScalars(t *testing.T) {
	b := graph.NewBuilder(1, time.Time{})
	b.Node(graph.Row{ID: 1, Entity: 1, Node: drover.Node{Ref: "ad/a/user/1", Kind: drover.KindIdentity, Type: "ad.user", Attrs: drover.NewAttrs(map[string]any{
		"on": true, "off": false, "said": "True", "word": "yes", "n": 4194816, "text": "512", "big": 1.5, "none": nil, "list": []int{1}})}})
	b.Node(graph.Row{ID: 2, Entity: 2, Node: drover.Node{Ref: "ad/a/user/2", Kind: drover.KindIdentity, Type: "ad.user"}})
	s := b.Index()
	for key, want := range map[string][2]bool{"on": {true, true}, "off": {false, true}, "said": {true, true}, "word": {}, "none": {}, "list": {}, "absent": {}} {
		if v, known := s.Flag(0, key); v != want[0] || known != want[1] {
			t.Errorf("Flag(%s) = %v, %v, want %v", key, v, known, want)
		}
	}
	for key, want := range map[string]int64{"n": 4194816, "text": 512} {
		if v, known := s.Number(0, key); v != want || !known {
			t.Errorf("Number(%s) = %d, %v, want %d", key, v, known, want)
		}
	}
	for _, key := range []string{"big", "none", "word", "list", "absent"} {
		if v, known := s.Number(0, key); v != 0 || known {
			t.Errorf("Number(%s) = %d, %v, want none", key, v, known)
		}
	}
	for key, want := range map[string]bool{"on": true, "list": true, "none": false, "absent": false} {
		if got := s.Has(0, key); got != want {
			t.Errorf("Has(%s) = %v, want %v", key, got, want)
		}
	}
	if _, known := s.Flag(1, "on"); known {
		t.Error("a row without attributes has a flag")
	}
}
