package engine

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/internal/store"
)

var reachAll = effective.Options{}

// maxHistories bounds how many people's past is read for one question.
const maxHistories = 20_000

// versions are what was said of a ref up to the snapshot's generation, oldest first.
func (t *tasks) versions(ref drover.Ref) ([]store.Version, error) {
	list, err := t.e.store.History(t.ctx, t.e.scope, ref)
	if errors.Is(err, drover.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(v store.Version) bool { return v.From.ID > t.s.Generation }), nil
}

// leftAt is when somebody left: the day that their employer says, else when
// Drover first knew.
func (t *tasks) leftAt(human int) (time.Time, error) {
	if d := t.o.Leaves(human); !d.IsZero() && !d.After(t.s.now) {
		return d, nil
	}
	list, err := t.versions(t.s.Ref(human))
	if err != nil {
		return time.Time{}, err
	}
	var since time.Time
	for _, v := range slices.Backward(list) {
		if left, known := owners.Left(v.Node.Attrs, t.s.now); !known || !left {
			break
		}
		since = v.From.At
	}
	return since, nil
}

// endedAt is when the last source stopped listing something.
func (t *tasks) endedAt(ref drover.Ref) (time.Time, error) {
	list, err := t.versions(ref)
	if err != nil {
		return time.Time{}, err
	}
	var at time.Time
	for _, v := range list {
		if v.To.ID != 0 && v.To.ID <= t.s.Generation && v.To.At.After(at) {
			at = v.To.At
		}
	}
	return at, nil
}

// placed are the attributes that say where somebody works.
var placed = []struct{ key, word string }{{"department", "department"}, {"business_unit", "business unit"}, {"manager", "manager"}, {"title", ""}}

// moves asks owners to confirm after they moved, and teams after they were renamed.
func (t *tasks) moves() error {
	n := 0
	for _, key := range sortedKeys(t.ownership()) {
		p := t.o.Party(key)
		if p.Row < 0 || t.o.Gone(p) {
			continue
		}
		if n++; n > maxHistories {
			break
		}
		list, err := t.versions(t.s.Ref(p.Row))
		if err != nil {
			return err
		}
		change, at := t.changed(p, list)
		if change == "" {
			continue
		}
		kind := TaskMoved
		if t.o.IsTeam(p) {
			kind = TaskRenamed
		}
		for _, row := range t.owned[key] {
			o, ok := t.o.Current(row)
			if !ok || !o.At.IsZero() && !o.At.Before(at.Truncate(time.Second)) {
				continue // confirmed since
			}
			t.add(kind, row, p, p, at, confirmWithin, drover.GradeProven, "Confirm that "+check.Clean(t.o.Name(p))+" still answers for "+t.say(row), change, "drover owner confirm "+t.s.shortID(row))
		}
	}
	return nil
}

// changed says how the place of an owner in the organisation changed last, and
// when; "" where it did not. What one source never said and says now is no change.
func (t *tasks) changed(p owners.Party, list []store.Version) (string, time.Time) {
	name := check.Clean(t.o.Name(p))
	last := map[string]store.Version{} // by source and coverage
	text, at := "", time.Time{}
	for _, v := range list {
		key := v.Source + "\x00" + v.Coverage
		was, ok := last[key]
		last[key] = v
		if !ok {
			continue
		}
		if t.o.IsTeam(p) {
			if was.Node.Name != v.Node.Name && v.Node.Name != "" {
				text, at = "The team "+check.Clean(was.Node.Name)+" is called "+check.Clean(v.Node.Name)+" since "+check.Day(v.From.At)+".", v.From.At
			}
			continue
		}
		for _, f := range placed {
			a, b := was.Node.Attrs.Str(f.key), v.Node.Attrs.Str(f.key)
			if a == b || a == "" || b == "" || f.word == "" {
				continue
			}
			text, at = name+" has another "+f.word+" since "+check.Day(v.From.At)+": "+check.Clean(t.called(f.key, b))+", before "+check.Clean(t.called(f.key, a))+".", v.From.At
			break
		}
	}
	return text, at
}

// called is the name of a manager who is given by number.
func (t *tasks) called(key, value string) string {
	if key == "manager" {
		if p, _ := t.o.Find(value); p.Row >= 0 {
			return t.o.Name(p)
		}
	}
	return value
}

// becameOf is the team in which most people of a team are that no list has any
// more: it was renamed, or merged into that one.
func (t *tasks) becameOf(p owners.Party, ended time.Time) (owners.Party, error) {
	old := strings.ToLower(t.o.Name(p))
	count := map[string]int{}
	total := 0
	for i, h := range t.o.Humans() {
		if i == maxHistories {
			break
		}
		if t.o.Gone(owners.Party{Row: h}) {
			continue
		}
		list, err := t.versions(t.s.Ref(h))
		if err != nil {
			return owners.Nobody, err
		}
		was := slices.ContainsFunc(list, func(v store.Version) bool {
			return v.To.ID != 0 && (ended.IsZero() || !v.To.At.Before(ended.Add(-drover.Day))) && (strings.ToLower(v.Node.Attrs.Str("department")) == old || strings.ToLower(v.Node.Attrs.Str("business_unit")) == old)
		})
		if !was {
			continue
		}
		total++
		for _, team := range t.o.Teams(h) {
			count[string(t.s.Ref(team))]++
		}
	}
	best := ""
	for _, ref := range sortedKeys(count) {
		if 2*count[ref] > total && (best == "" || count[ref] > count[best]) {
			best = ref
		}
	}
	if best == "" {
		return owners.Nobody, nil
	}
	return t.o.Party(best), nil
}
