package engine_test

import (
	"errors"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// What somebody keeps for themselves is not the next one's who is called so, and no
// name has letters that nobody sees.
func TestNameOfSomebodyElse(t *testing.T) {
	ctx := t.Context()
	b := open(t, "")
	if _, err := b.SaveView(ctx, engine.SavedView{Name: "mine", Noun: "identities", Filter: "env=dev"}); err != nil {
		t.Fatal(err)
	}
	grants := []authz.Grant{{Role: authz.Engineer}}
	for name, want := range map[string]error{"tester": drover.ErrConflict, "Tester": drover.ErrConflict, "ad\u3164m": drover.ErrInvalid, "adm\u115f": drover.ErrInvalid, "adm\ufe0f": drover.ErrInvalid, "another": nil} {
		if _, err := b.AddUser(ctx, engine.NewUser{Name: name, Grants: grants}); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", name, err, want)
		}
	}
}
