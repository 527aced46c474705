package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/internal/store"
)

// A TimelineView is what happened to one thing and its credentials, the latest
// first, as far as it is known.
type TimelineView struct {
	Schema     string         `json:"schema"`
	Generation int64          `json:"generation"`
	Subject    NodeView       `json:"subject"`
	Items      []TimelineItem `json:"items"`
	More       int            `json:"more"` // earlier ones that are left out
}

// A TimelineItem is one thing that happened.
type TimelineItem struct {
	At      time.Time      `json:"at"`
	Kind    string         `json:"kind"` // created, rotated, expired, used, seen, changed, gone, tagged, found, fixed, accepted, reopened, assigned
	What    string         `json:"what"` // one sentence
	Ref     drover.Ref     `json:"ref"`  // of the thing, or of its credential
	Source  string         `json:"source"`
	Who     string         `json:"who"`     // who decided; "": nobody
	Finding string         `json:"finding"` // short id
	Fields  map[string]Was `json:"fields"`  // of changed
}

// timelineMost is how many items a timeline has.
const timelineMost = 500

// Timeline tells what happened to what a text names, until a moment; the zero time
// is now.
func (e *Engine) Timeline(ctx context.Context, text string, asOf time.Time) (*TimelineView, error) {
	x, err := e.asked(ctx, asOf, ReachOptions{})
	if err != nil {
		return nil, err
	}
	s := x.s
	row, err := s.Lookup(text)
	if err != nil {
		return nil, err
	}
	t := &timeline{e: e, s: s}
	rows := slices.Clone(s.MemberRows(row))
	for h := range s.In(row) {
		if h.Kind == drover.EdgeAuthenticates {
			rows = append(rows, h.Row)
		}
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	for _, r := range rows {
		if err := t.facts(ctx, r, r == row); err != nil {
			return nil, err
		}
	}
	if err := t.decisions(ctx, rows); err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(t.items, func(i TimelineItem) bool { return i.At.After(s.now) })
	slices.SortStableFunc(list, func(a, b TimelineItem) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.What, b.What))
	})
	v := &TimelineView{Schema: "drover/v1/timeline", Generation: s.Generation, Subject: x.node(uint32(row)), Items: list}
	if len(list) > timelineMost {
		v.Items, v.More = list[:timelineMost], len(list)-timelineMost
	}
	if v.Items == nil {
		v.Items = []TimelineItem{}
	}
	return v, nil
}

type timeline struct {
	e     *Engine
	s     *Snapshot
	items []TimelineItem
}

func (t *timeline) add(at time.Time, kind string, ref drover.Ref, source, format string, args ...any) *TimelineItem {
	if at.IsZero() {
		return &TimelineItem{}
	}
	t.items = append(t.items, TimelineItem{At: at.UTC().Truncate(time.Second), Kind: kind, Ref: ref, Source: source, What: text(fmt.Sprintf(format, args...), 600), Fields: map[string]Was{}})
	return &t.items[len(t.items)-1]
}

// facts adds what sources said of one row over time, and its own dates.
func (t *timeline) facts(ctx context.Context, row int, self bool) error {
	n := t.s.Node(row)
	name := "It"
	if !self {
		name = check.Named(n.Type, check.Clean(n.Name))
	}
	t.add(n.Created, "created", n.Ref, "", "%s was made.", name)
	t.add(n.Rotated, "rotated", n.Ref, "", "The secret of %s was changed.", strings.ToLower(name[:1])+name[1:])
	t.add(n.Expires, "expired", n.Ref, "", "%s ended.", name)
	if u, ok := t.s.Use(row); ok {
		t.add(u.LastUsed, "used", n.Ref, u.LastUsedSource, "%s was last seen used.", name)
	}
	list, err := t.e.store.History(ctx, t.e.scope, n.Ref)
	if errors.Is(err, drover.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	last := map[[2]string]store.Version{}
	for _, v := range list {
		key := [2]string{v.Source, v.Coverage}
		before, known := last[key]
		switch {
		case !known:
			t.add(v.From.At, "seen", n.Ref, v.Source, "%s was seen for the first time.", name)
		case before.To.ID != v.From.ID:
			t.add(v.From.At, "seen", n.Ref, v.Source, "%s was seen again.", name)
		default:
			if fields := nodeFields(&before.Node, &v.Node); len(fields) > 0 {
				t.add(v.From.At, "changed", n.Ref, v.Source, "%s changed: %s.", name, few(slices.Sorted(maps.Keys(fields)), 6)).Fields = fields
			}
		}
		last[key] = v
	}
	for _, v := range last {
		if v.To.ID != 0 {
			t.add(v.To.At, "gone", n.Ref, v.Source, "%s was no longer there.", name)
		}
	}
	return nil
}

// decisions adds findings, what was decided about them, and tags.
func (t *timeline) decisions(ctx context.Context, rows []int) error {
	var refs []drover.Ref
	for _, r := range rows {
		refs = append(refs, t.s.Ref(r))
	}
	found, err := t.e.findingsAbout(ctx, refs, time.Time{})
	if err != nil {
		return err
	}
	at := map[string]*drover.Finding{}
	for i := range found {
		f := &found[i]
		at[f.Fingerprint()] = f
		t.add(f.FirstSeen, "found", f.Subject.Ref, "", "%s", f.What).Finding = f.ID()
		t.add(f.FixedAt, "fixed", f.Subject.Ref, "", "No longer so: %s", f.What).Finding = f.ID()
	}
	all, err := t.e.store.Decisions(ctx, t.s.now)
	if err != nil {
		return err
	}
	words := map[string]string{"accept": "accepted", "reopen": "reopened", "assign": "assigned"}
	for _, d := range all {
		f := at[d.Fingerprint]
		if f == nil {
			continue
		}
		var a acceptance
		if err := json.Unmarshal([]byte(d.Body), &a); err != nil {
			return fmt.Errorf("decision about %s: %w", d.Fingerprint, err)
		}
		said := a.Reason
		if d.Kind == "assign" {
			said = cmp.Or(a.To, "nobody")
		}
		i := t.add(d.At, words[d.Kind], f.Subject.Ref, "", "%s was %s: %s", f.ID(), words[d.Kind], check.Line(said))
		i.Who, i.Finding = d.Who, f.ID()
	}
	tags, err := t.e.store.Tags(ctx, t.s.Generation, t.e.scope)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if slices.Contains(refs, tag.Ref) {
			t.add(tag.At, "tagged", tag.Ref, "", "%s was set to %s.", tag.Key, check.Clean(tag.Value)).Who = tag.Who
		}
	}
	return nil
}
