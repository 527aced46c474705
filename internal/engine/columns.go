package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph/risk"
)

// An IdentityRow is an item of the list of identities over the API: an Identity, and
// beside it the columns that are there only where fields= names them, since each row
// of theirs costs more than reading memory.
type IdentityRow struct {
	Identity
	Reach    *ReachCell    `json:"reach,omitempty" asked:"true" doc:"Only where fields= names it. null: what falls with it was not worked out."`
	Activity *ActivityCell `json:"activity,omitempty" asked:"true" doc:"Only where fields= names it."`
	NextDue  *DueCell      `json:"next_due,omitempty" asked:"true" doc:"Only where fields= names it."`
}

// A ReachCell is how much falls with an identity, as blast-radius --all counts it.
type ReachCell struct {
	Things int  `json:"things" doc:"Of every kind that fall with it by steps that are known; what its rights touch beside is counted by its blast radius."`
	Exact  bool `json:"exact" doc:"Whether things was counted; else it is an estimate, within a tenth."`
	Tier0  int  `json:"tier0" doc:"How many of tier 0 it gets to, itself apart. Exact."`
}

// Columns are those of an IdentityRow that somebody asked for.
type Columns struct {
	Reach, Activity, NextDue bool
	// Past says that the moment of the list is not now: acceptances are not looked at
	// then, since what was found in the past is not kept.
	Past bool
}

// IdentityRows returns rows of a snapshot of e as items, with columns. It reads
// nothing of other rows, but for what is worked out once for all of a snapshot.
func (e *Engine) IdentityRows(ctx context.Context, s *Snapshot, rows []uint32, c Columns) ([]IdentityRow, error) {
	out := make([]IdentityRow, len(rows))
	for i, r := range rows {
		out[i].Identity = s.Identity(int(r))
	}
	if c.Reach || c.NextDue {
		x, err := e.effects(ctx, s, nil)
		if err != nil {
			return nil, err
		}
		m, err := e.Risk(ctx, x)
		if err != nil {
			return nil, err
		}
		if c.Reach {
			standing, _ := x.scores.standing.peek() // the model was made of it
			for i, r := range rows {
				// Of a system whose rights are not worked out, that nothing is known to fall
				// is not that nothing falls.
				if st, ok := standing(int(r)); ok && (st.Reach > 0 || e.evaluates(s.Ref(int(r)).System())) {
					out[i].Reach = &ReachCell{Things: st.Reach, Exact: st.Exact, Tier0: st.Tier0}
				}
			}
		}
		if c.NextDue {
			if err := e.addDue(ctx, s, m, rows, out, c.Past); err != nil {
				return nil, err
			}
		}
	}
	if !c.Activity {
		return out, nil
	}
	uses, err := e.activities(ctx, s, rows)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Activity = uses[i]
	}
	return out, nil
}

// addDue puts in what is due next.
func (e *Engine) addDue(ctx context.Context, s *Snapshot, m *risk.Model, rows []uint32, out []IdentityRow, past bool) error {
	ends := map[drover.Ref]ending{}
	if !past {
		var err error
		if ends, err = e.acceptancesEnd(ctx); err != nil {
			return err
		}
	}
	d := s.held.dues(m)
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, r := range rows {
		out[i].NextDue = d.next(s, int(r), ends)
	}
	return nil
}

// identityCells are what a snapshot keeps for columns.
type identityCells struct {
	mu   sync.Mutex
	due  *dueCells
	uses map[uint32]*ActivityCell
}

// maxCells bounds how many rows' activity one snapshot keeps.
const maxCells = 20_000

// kept returns the activity of rows that was read before; nil where it was not.
func (c *identityCells) kept(rows []uint32) (uses []*ActivityCell, missing []uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	uses = make([]*ActivityCell, len(rows))
	for i, r := range rows {
		if uses[i] = c.uses[r]; uses[i] == nil {
			missing = append(missing, r)
		}
	}
	return uses, missing
}

func (c *identityCells) keep(uses map[uint32]*ActivityCell) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uses == nil || len(c.uses)+len(uses) > maxCells {
		c.uses = make(map[uint32]*ActivityCell, len(uses))
	}
	for r, u := range uses {
		c.uses[r] = u
	}
}

// An ending is when the first acceptance about a thing ends.
type ending struct {
	at time.Time
	n  int // acceptances that end then
}

// acceptancesEnd is, by subject, when the first acceptance of a finding ends.
func (e *Engine) acceptancesEnd(ctx context.Context) (map[drover.Ref]ending, error) {
	if e.memory == nil {
		all, err := e.findingsAt(ctx, time.Time{})
		return endings(all), err
	}
	f, err := e.memory.foundOf(ctx, e)
	if err != nil {
		return nil, err
	}
	size := func(m map[drover.Ref]ending) int { return 8 * len(m) }
	return memoised(ctx, &f.memos, "endings", size, func(context.Context) (map[drover.Ref]ending, error) { return endings(f.list), nil })
}

func endings(all []drover.Finding) map[drover.Ref]ending {
	out := map[drover.Ref]ending{}
	for i := range all {
		f := &all[i]
		if f.State != drover.FindingAccepted {
			continue
		}
		at := untilOf(f.Exception)
		if at == nil {
			continue
		}
		switch x := out[f.Subject.Ref]; {
		case x.n == 0 || at.Before(x.at):
			out[f.Subject.Ref] = ending{*at, 1}
		case at.Equal(x.at):
			out[f.Subject.Ref] = ending{x.at, x.n + 1}
		}
	}
	return out
}

// credentialsOf are the credentials of an identity, most at most; more says that
// there are others.
func credentialsOf(s *Snapshot, row, most int) (rows []int, more bool) {
	for h := range s.In(row) {
		if h.Kind != drover.EdgeAuthenticates || s.Unseen(h.Row) {
			continue
		}
		if c := s.Head(h.Row); !slices.Contains(rows, c) {
			if len(rows) == most {
				return rows, true
			}
			rows = append(rows, c)
		}
	}
	return rows, false
}

// said is a credential for a sentence.
func (s *Snapshot) said(row int) string {
	name := check.Clean(s.Name(row))
	if name == "" {
		name = string(s.Ref(row))
	}
	return check.Named(s.Type(row), name)
}
