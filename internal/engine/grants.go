package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/droverhq/drover/access"
)

// A GrantItem is one item of `access grants`: any of the actions on any of the
// resources, as long as the condition holds. Sets are patterns.
type GrantItem struct {
	System    string          `json:"system"`
	Actions   access.Set      `json:"actions"`
	Resources access.Set      `json:"resources"`
	Level     access.Level    `json:"level"`
	Condition json.RawMessage `json:"condition"` // null: none
	Proof     []access.Proof  `json:"proof"`
}

// A GrantsView is `access grants`.
type GrantsView struct {
	Items []GrantItem
	Age
}

// OwnGrants is what a gap calls the grants of one identity whose language of
// permissions is not known: no items then do not mean that it is given nothing.
const OwnGrants = "its own grants"

// Grants lists everything that an identity itself is given, symbolically: not
// what it gets by becoming others.
func (e *Engine) Grants(ctx context.Context, id string, asOf time.Time, o ReachOptions) (*GrantsView, error) {
	x, err := e.asked(ctx, asOf, o)
	if err != nil {
		return nil, err
	}
	row, err := x.Lookup(id)
	if err != nil {
		return nil, err
	}
	v := &GrantsView{Items: []GrantItem{}, Age: x.age(x.Gaps())}
	known := false
	for _, m := range x.models() {
		if m.Grants == nil || m.Profile == nil {
			continue
		}
		if _, ok := m.Profile(row); !ok {
			continue
		}
		known = true
		for _, g := range m.Grants(row) {
			if g.Level.Rank() >= o.Level.Rank() {
				v.Items = append(v.Items, GrantItem{m.name, g.Actions, g.Resources, g.Level, raw(g.Condition), proofList(g.Proof)})
			}
		}
	}
	if !known {
		gap := GapView{System: x.Ref(row).System(), What: OwnGrants, Why: fmt.Sprintf("permissions of %s cannot be evaluated", x.Type(row)), Rows: 1}
		v.NotAnalysed = append([]GapView{gap}, v.NotAnalysed...)
	}
	return v, ctx.Err()
}
