package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
	"github.com/droverhq/drover/secret"
)

// Decisions about owners are tags with reserved keys (see graph/owners): who, when
// and by whom are intervals like any fact, so that every moment of the past has
// its owners.

// An OwnerChange is what `owner set`, `confirm` and `transfer` did.
type OwnerChange struct {
	Schema  string      `json:"schema"`
	Changed []OwnerMove `json:"changed"`
	Hint    string      `json:"hint,omitempty"`
}

// An OwnerMove is the new owner of one thing, and the one before.
type OwnerMove struct {
	ID     string     `json:"id"`
	Ref    drover.Ref `json:"ref"`
	Name   string     `json:"name"`
	State  string     `json:"state"` // set, confirmed
	Owner  string     `json:"owner"`
	Before *string    `json:"before"` // null: there was none
	Deputy *string    `json:"deputy"`
}

// An OwnerDecision says what to set.
type OwnerDecision struct {
	Owner  string // a ref, a name, a mail address, @org/team, "team:NAME"
	Deputy string // who stands in; "": nobody
	Reason string
}

// SetOwner makes somebody the owner of what a text names: one thing, or each
// identity that a filter keeps. The owner must be a person or a team that is still
// there. Errors wrap drover.ErrInvalid or drover.ErrNotFound and say what to do.
func (e *Engine) SetOwner(ctx context.Context, id string, d OwnerDecision) (*OwnerChange, error) {
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	rows, err := s.decidable(id)
	if err != nil {
		return nil, err
	}
	return e.setOwners(ctx, s, rows, d, "set")
}

// decidable are the rows that a decision is about.
func (s *Snapshot) decidable(id string) ([]int, error) {
	if strings.TrimSpace(id) == "" {
		return nil, fmt.Errorf("say what: an id, a name or a filter: %w", drover.ErrInvalid)
	}
	rows, one, err := s.ownable(id)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("no identity matches %q: %w", id, drover.ErrNotFound)
	}
	if one && s.Kind(rows[0]) == drover.KindHuman {
		return nil, fmt.Errorf("%s is a person, and nobody owns people: %w", s.Name(rows[0]), drover.ErrInvalid)
	}
	return rows, nil
}

func (e *Engine) setOwners(ctx context.Context, s *Snapshot, rows []int, d OwnerDecision, state string) (*OwnerChange, error) {
	w, err := e.ownerWrites(ctx, s, d, state)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		w.write(row)
	}
	return w.done(ctx)
}

// ownerWrites checks a decision, and prepares to write it for many things.
func (e *Engine) ownerWrites(ctx context.Context, s *Snapshot, d OwnerDecision, state string) (*ownerWrites, error) {
	p, err := e.worthy(ctx, s, d.Owner, "owner")
	if err != nil {
		return nil, about("owner", err)
	}
	deputy := owners.Nobody
	if d.Deputy != "" {
		if deputy, err = e.worthy(ctx, s, d.Deputy, "deputy"); err != nil {
			return nil, about("deputy", err)
		}
		if s.Owners().Key(deputy) == s.Owners().Key(p) {
			return nil, about("deputy", fmt.Errorf("the deputy is the owner: name somebody else: %w", drover.ErrInvalid))
		}
	}
	if err := plainReason(d.Reason); err != nil {
		return nil, err
	}
	w := &ownerWrites{e: e, s: s, state: state, reason: d.Reason}
	w.write = func(row int) { w.put(row, p, deputy) }
	return w, nil
}

func plainReason(reason string) error {
	if len(reason) > 500 || secret.RedactString(reason) != reason {
		return about("reason", fmt.Errorf("the reason is over 500 bytes or looks like a secret: %w", drover.ErrInvalid))
	}
	return nil
}

// ownerWrites collects decisions, which are stored all or none.
type ownerWrites struct {
	e      *Engine
	s      *Snapshot
	state  string
	reason string
	set    []store.Tag
	end    []store.Tag
	out    OwnerChange
	write  func(row int) // puts the decision
}

func (w *ownerWrites) put(row int, p, deputy owners.Party) {
	s, o := w.s, w.s.Owners()
	key := o.Key(p)
	tag := func(k, v string) {
		w.set = append(w.set, store.Tag{Ref: s.Ref(row), Key: k, Value: v, Who: w.e.who()})
	}
	end := func(k string) { w.end = append(w.end, store.Tag{Ref: s.Ref(row), Key: k, Who: w.e.who()}) }
	tag(owners.KeyOwner, key)
	tag(owners.KeyState, w.state)
	tag(owners.KeyAt, w.e.o.Now().UTC().Format(time.RFC3339))
	m := OwnerMove{ID: s.shortID(row), Ref: s.Ref(row), Name: s.Name(row), State: w.state, Owner: o.Name(p)}
	before, had := o.Current(row)
	if had && o.Key(before.Party) != key {
		m.Before = known(o.Name(before.Party))
		tag(owners.KeyBefore, o.Key(before.Party))
	}
	switch {
	case !deputy.None():
		tag(owners.KeyDeputy, o.Key(deputy))
		m.Deputy = known(o.Name(deputy))
	case w.state == "set" || o.Gone(before.Deputy) || o.Key(before.Deputy) == key:
		end(owners.KeyDeputy)
	default:
		if had && !before.Deputy.None() {
			m.Deputy = known(o.Name(before.Deputy))
		}
	}
	if w.reason != "" {
		tag(owners.KeyReason, w.reason)
	} else if w.state == "set" {
		end(owners.KeyReason)
	}
	w.out.Changed = append(w.out.Changed, m)
}

func (w *ownerWrites) done(ctx context.Context) (*OwnerChange, error) {
	w.out.Schema = "drover/v1/owner"
	err := w.e.audited(ctx, w.audit(), func(ctx context.Context) error {
		_, err := w.e.store.SetTags(ctx, w.set, w.end)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &w.out, nil
}

// audit says what was decided: of one thing by its ref, of many by their number.
func (w *ownerWrites) audit() *AuditEntry {
	a := &AuditEntry{Action: "owner." + strings.TrimSuffix(w.state, "ed"), Detail: map[string]any{"things": len(w.out.Changed)}}
	if w.state == "set" {
		a.Action = "owner.set"
	}
	const most = 100
	var refs []string
	for _, m := range w.out.Changed[:min(most, len(w.out.Changed))] {
		refs = append(refs, string(m.Ref)+" to "+m.Owner)
	}
	a.Detail["changed"] = refs
	if len(w.out.Changed) == 1 {
		a.Target = string(w.out.Changed[0].Ref)
	}
	return a
}

// worthy finds a person or a team for a caller, who may name whoever there is: of
// those whom they do not see only that they can answer is told.
func (e *Engine) worthy(ctx context.Context, s *Snapshot, text, as string) (owners.Party, error) {
	if !s.Bounded() {
		return s.worthy(text, as)
	}
	whole, err := e.For(authz.Local("")).Snapshot(ctx, time.Time{})
	if err != nil {
		return owners.Nobody, err
	}
	p, err := whole.worthy(text, as)
	if err != nil {
		return owners.Nobody, fmt.Errorf("%s: no person or team who could answer is called %q: %w", as, check.Clean(clip(text, 100)), drover.ErrNotFound)
	}
	if p.Row >= 0 {
		if row, ok := s.Find(whole.Ref(p.Row)); ok {
			return owners.Party{Row: row}, nil
		}
	}
	return owners.Party{Row: -1, Text: whole.Owners().Key(p)}, nil
}

// worthy finds a person or a team who can answer for something.
func (s *Snapshot) worthy(text, as string) (owners.Party, error) {
	o := s.Owners()
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 500 {
		return owners.Nobody, fmt.Errorf("name the %s: a person or a team: %w", as, drover.ErrInvalid)
	}
	p, near := o.Find(text)
	if p.None() && !strings.Contains(text, "@") {
		if i, err := s.Lookup(text); err == nil { // a short id, or the beginning of a name
			switch s.Kind(i) {
			case drover.KindHuman, drover.KindGroup:
				p = owners.Party{Row: i}
			default:
				return owners.Nobody, fmt.Errorf("%s is a %s: a person or a team answers for things, not another identity: %w", check.Clean(s.Name(i)), s.Type(i), drover.ErrInvalid)
			}
		} else if errors.Is(err, drover.ErrConflict) {
			return owners.Nobody, err
		}
	}
	if p.None() {
		return s.stranger(text, as, near)
	}
	if !o.Gone(p) {
		return p, nil
	}
	if o.IsTeam(p) {
		return owners.Nobody, fmt.Errorf("the team %s has nobody left who could answer%s: %w", check.Clean(o.Name(p)), s.insteadOf(p), drover.ErrInvalid)
	}
	return owners.Nobody, fmt.Errorf("%s has left%s%s: %w", check.Clean(o.Name(p)), s.leftOn(p), s.insteadOf(p), drover.ErrInvalid)
}

// stranger takes an address or a team that no list has, where no list was read at
// all: then nobody could say better.
func (s *Snapshot) stranger(text, as string, near []string) (owners.Party, error) {
	teams, humans := s.Owners().Known()
	mail := strings.TrimPrefix(strings.ToLower(text), "email:")
	if at := strings.IndexByte(mail, '@'); at > 0 && at < len(mail)-1 && len(humans) == 0 && !strings.ContainsAny(mail, " \t\n") && check.Clean(mail) == mail {
		return owners.Party{Row: -1, Text: "email:" + mail}, nil
	}
	if name, ok := strings.CutPrefix(text, "team:"); ok && name != "" && len(teams) == 0 && check.Clean(name) == name {
		return owners.Party{Row: -1, Text: text}, nil
	}
	hint := fmt.Sprintf("; `drover owner list --all` has all %d", len(teams)+len(humans))
	if len(teams)+len(humans) == 0 {
		hint = "; no people or teams are known: scan an export of your people (drover scan hr.csv), or name a mail address or team:NAME"
	}
	if len(near) > 0 {
		quoted := make([]string, len(near))
		for i, n := range near {
			quoted[i] = check.Clean(n)
		}
		hint = "; did you mean " + strings.Join(quoted, ", ") + "?"
	}
	return owners.Nobody, fmt.Errorf("%s: no person or team is called %q%s: %w", as, check.Clean(text), hint, drover.ErrNotFound)
}

func (s *Snapshot) leftOn(p owners.Party) string {
	if p.Row < 0 {
		return "" // on no list any more
	}
	if t := s.Owners().Leaves(p.Row); !t.IsZero() && !t.After(s.now) {
		return " on " + t.Format("2006-01-02")
	}
	return ""
}

// insteadOf says who could take over from somebody who is gone.
func (s *Snapshot) insteadOf(p owners.Party) string {
	if next := s.next(p); !next.None() {
		return "; try " + check.Clean(s.ownerText(next))
	}
	return "; name somebody who is there"
}

// next is who takes over from somebody who is gone, as the policy says: the
// manager, the team, or nobody.
func (s *Snapshot) next(p owners.Party) owners.Party {
	o := s.Owners()
	if p.Row < 0 || o.IsTeam(p) {
		return owners.Nobody
	}
	manager, team := owners.Nobody, owners.Nobody
	if m, ok := o.Manager(p.Row); ok {
		manager = owners.Party{Row: m}
	}
	if t := o.Teams(p.Row); len(t) > 0 {
		team = owners.Party{Row: t[0]}
	}
	first, second := manager, team
	switch s.e.settings.Policy.Ownership.OnLeaver {
	case "team":
		first, second = team, manager
	case "orphan":
		return owners.Nobody
	}
	if first.None() {
		return second
	}
	return first
}

// ConfirmOwner confirms the owner of what a text names. Where an owner comes down
// from what the thing belongs to, it is confirmed there.
func (e *Engine) ConfirmOwner(ctx context.Context, id string) (c *OwnerChange, err error) {
	err = e.Retried(ctx, func(ctx context.Context) error {
		c, err = e.confirmOwner(ctx, id)
		return err
	})
	return c, err
}

func (e *Engine) confirmOwner(ctx context.Context, id string) (*OwnerChange, error) {
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	rows, err := s.decidable(id)
	if err != nil {
		return nil, err
	}
	o := s.Owners()
	w := &ownerWrites{e: e, s: s, state: "confirmed"}
	seen := map[int]bool{}
	for _, row := range rows {
		x, ok := o.Current(row)
		switch {
		case !ok && len(rows) == 1:
			return nil, fmt.Errorf("%s has no owner to confirm; `drover owner suggest %s` says who may be: %w", check.Clean(s.Name(row)), s.shortID(row), drover.ErrInvalid)
		case ok && o.Gone(x.Party) && len(rows) == 1:
			_, err := s.worthy(o.Key(x.Party), "owner")
			if err == nil {
				err = fmt.Errorf("%s is on no list any more: %w", check.Clean(o.Name(x.Party)), drover.ErrInvalid)
			}
			return nil, err
		case !ok || o.Gone(x.Party):
			continue
		}
		if x.From >= 0 {
			row = x.From
		}
		if !seen[row] {
			seen[row] = true
			w.put(row, x.Party, x.Deputy)
		}
	}
	if len(w.out.Changed) == 0 {
		return nil, fmt.Errorf("none of the %d identities has an owner who could be confirmed: %w", len(rows), drover.ErrInvalid)
	}
	return w.done(ctx)
}

// TransferOwner hands over what a text names, or all that somebody answers for.
func (e *Engine) TransferOwner(ctx context.Context, id, from string, d OwnerDecision) (c *OwnerChange, err error) {
	err = e.Retried(ctx, func(ctx context.Context) error {
		c, err = e.transferOwner(ctx, id, from, d)
		return err
	})
	return c, err
}

func (e *Engine) transferOwner(ctx context.Context, id, from string, d OwnerDecision) (*OwnerChange, error) {
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	if from == "" {
		rows, err := s.decidable(id)
		if err != nil {
			return nil, err
		}
		return e.setOwners(ctx, s, rows, d, "set")
	}
	p, near := s.Owners().Find(from)
	if p.None() {
		if p = s.Owners().Party(from); !p.Delisted() {
			_, err := s.stranger(from, "--from", near)
			if err == nil {
				err = fmt.Errorf("--from %s answers for nothing: %w", from, drover.ErrNotFound)
			}
			return nil, err
		}
	}
	rows := s.ownedBy(p)
	if id != "" {
		kept, err := s.decidable(id)
		if err != nil {
			return nil, err
		}
		rows = slices.DeleteFunc(rows, func(r int) bool { return !slices.Contains(kept, r) })
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s answers for nothing that could be handed over: %w", check.Clean(s.Owners().Name(p)), drover.ErrNotFound)
	}
	return e.setOwners(ctx, s, rows, d, "set")
}

// ownedBy are the things that somebody answers for themselves: what comes down
// from these follows. People and groups are no things.
func (s *Snapshot) ownedBy(p owners.Party) (rows []int) {
	o := s.Owners()
	key := o.Key(p)
	for i := range s.Seen() {
		if s.IsMember(i) || s.Kind(i) == drover.KindHuman || s.Kind(i) == drover.KindGroup || s.Kind(i) == drover.KindPlace {
			continue
		}
		if x, ok := o.Current(i); ok && x.How != owners.Inherited && o.Key(x.Party) == key {
			rows = append(rows, i)
		}
	}
	return rows
}
