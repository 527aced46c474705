package effective_test

import (
	"testing"

	"github.com/droverhq/drover/graph/effective"
)

// Before the first scan there was nothing: all reach of now is gained since, and
// the other way around lost.
func TestDiffWithNothing(t *testing.T) {
	none, some := build(t, ""), build(t, story)
	gained, err := effective.Diff(t.Context(), none, some, effective.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lost, err := effective.Diff(t.Context(), some, none, effective.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(gained.Changed) == 0 || len(gained.Changed) != len(lost.Changed) {
		t.Fatalf("%d gained, %d lost", len(gained.Changed), len(lost.Changed))
	}
	for i, x := range gained.Changed {
		if x.Old != -1 || x.Tier0.LostN+x.Resources.LostN+x.Identities.LostN != 0 {
			t.Errorf("gained: %+v", x)
		}
		if y := lost.Changed[i]; y.New != -1 || y.Tier0.GainedN+y.Resources.GainedN+y.Identities.GainedN != 0 {
			t.Errorf("lost: %+v", y)
		}
	}
}
