package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
)

// maxAccept is how long a finding can be accepted at most.
const maxAccept = drover.Year

// An Acceptance is a decision to live with findings until a day.
type Acceptance struct {
	Reason   string
	Approver string    // who agreed: see approversOf
	Until    time.Time // it holds until then
}

// Accept accepts findings until a date. They still count in posture, and one that
// changes is open again. Errors wrap drover.ErrInvalid where reason, approver or
// end is missing, the end is past or over a year away, or where nobody approved a
// critical finding but its subject's owner and who types, and drover.ErrConflict
// where a finding does not hold.
func (e *Engine) Accept(ctx context.Context, list []drover.Finding, a Acceptance) error {
	body, err := e.accepting(ctx, a)
	if err != nil {
		return err
	}
	return e.decide(ctx, list, "accept", body)
}

// accepting checks an acceptance, and returns what it means for each finding.
func (e *Engine) accepting(ctx context.Context, a Acceptance) (func(*drover.Finding) (acceptance, error), error) {
	now := e.o.Now()
	switch {
	case utf8.RuneCountInString(visible(a.Reason)) < 3 || len(a.Reason) > 2000:
		return nil, about("reason", fmt.Errorf("say why in 3 to 2000 letters: --reason: %w", drover.ErrInvalid))
	case a.Approver == "" && e.caller.Kind == authz.Here:
		return nil, about("approver", fmt.Errorf("say who approved it: --approver: %w", drover.ErrInvalid))
	case a.Until.IsZero():
		return nil, about("until", fmt.Errorf("say until when: --until; an exception without an end is none: %w", drover.ErrInvalid))
	case !a.Until.After(now):
		return nil, about("until", fmt.Errorf("--until %s has passed: %w", check.Day(a.Until), drover.ErrInvalid))
	case a.Until.Sub(now) > maxAccept:
		return nil, about("until", fmt.Errorf("--until %s is over a year away; decide again before that: %w", check.Day(a.Until), drover.ErrInvalid))
	}
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	approvers, err := e.approversOf(ctx, a.Approver)
	if err != nil {
		return nil, about("approver", err)
	}
	a.Approver = approvers.said
	return func(f *drover.Finding) (acceptance, error) {
		if err := approvers.may(ctx, f); err != nil {
			return acceptance{}, err
		}
		if why := e.forbids(s, f.Subject.Ref, a.Approver, a.Until.Sub(now)); why != "" {
			return acceptance{}, fmt.Errorf("%s: %s: %w", f.ID(), why, drover.ErrInvalid)
		}
		if why := approvers.own(s, f); why != "" {
			return acceptance{}, about("approver", fmt.Errorf("%s is critical, and %s: name in --approver somebody else who agreed: %w", f.ID(), why, drover.ErrInvalid))
		}
		if f.State == drover.FindingFixed {
			return acceptance{}, fmt.Errorf("%s is fixed: there is nothing to accept: %w", f.ID(), drover.ErrConflict)
		}
		return acceptance{Reason: a.Reason, Approver: a.Approver, Until: a.Until, Shape: store.FindingShape(f)}, nil
	}, nil
}

// visible is what of a text leaves ink.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == ' ' { // of all spaces that one alone is print
			return -1
		}
		return r
	}, s)
}

// partyOf is whom a name means: somebody who is known, or just the name.
func partyOf(o *owners.Estate, name string) owners.Party {
	name = name[strings.LastIndexByte(name, '\\')+1:] // Windows writes DOMAIN\name
	if p, _ := o.Find(name); !p.None() {
		return p
	}
	return owners.Party{Row: -1, Text: name}
}

// samePerson reports whether a name means somebody: by who is known, or as it is
// written.
func samePerson(o *owners.Estate, name string, p owners.Party) bool {
	if q := partyOf(o, name); q.Row >= 0 && p.Row >= 0 {
		return o.Key(q) == o.Key(p)
	}
	name = strings.ToLower(name)
	return name != "" && (name == strings.ToLower(o.Name(p)) || name == strings.ToLower(o.Key(p)))
}

// Reopen ends the acceptance of findings. The error wraps drover.ErrConflict for
// one that is not accepted, or accepted by drover.yaml.
func (e *Engine) Reopen(ctx context.Context, list []drover.Finding, reason string) error {
	return e.decide(ctx, list, "reopen", reopening(reason))
}

// reopening is what the end of an acceptance means for each finding.
func reopening(reason string) func(*drover.Finding) (acceptance, error) {
	return func(f *drover.Finding) (acceptance, error) {
		if f.State != drover.FindingAccepted {
			return acceptance{}, fmt.Errorf("%s is %s, not accepted: %w", f.ID(), f.State, drover.ErrConflict)
		}
		if !isDecision(f.Exception) {
			return acceptance{}, fmt.Errorf("%s is accepted by the policy file (%s): change it there: %w", f.ID(), check.Clean(f.Exception), drover.ErrConflict)
		}
		return acceptance{Reason: reason}, nil
	}
}

func isDecision(exception string) bool {
	return len(exception) > 9 && exception[:9] == "Accepted "
}

// Assign asks somebody to act on findings; to "" asks nobody any more.
func (e *Engine) Assign(ctx context.Context, list []drover.Finding, to string) error {
	body, err := assigning(to)
	if err != nil {
		return err
	}
	return e.decide(ctx, list, "assign", body)
}

func assigning(to string) (func(*drover.Finding) (acceptance, error), error) {
	if len(to) > 256 {
		return nil, about("to", fmt.Errorf("a name of over 256 bytes: %w", drover.ErrInvalid))
	}
	return func(*drover.Finding) (acceptance, error) { return acceptance{To: to}, nil }, nil
}

// decide stores one decision for each finding, all or none.
func (e *Engine) decide(ctx context.Context, list []drover.Finding, kind string, body func(*drover.Finding) (acceptance, error)) error {
	now := e.o.Now()
	var out []store.Decision
	for i := range list {
		a, err := body(&list[i])
		if err != nil {
			return err
		}
		raw, err := json.Marshal(a)
		if err != nil {
			return err
		}
		out = append(out, store.Decision{Fingerprint: list[i].Fingerprint(), Kind: kind, At: now, Who: e.who(), Body: string(raw)})
	}
	if len(out) == 0 {
		return nil
	}
	a := &AuditEntry{Action: "finding." + kind, Detail: map[string]any{"findings": findingIDs(list), "decision": out[0].Body}}
	if len(list) == 1 {
		a.Target = list[0].ID()
	}
	if err := e.audited(ctx, a, func(ctx context.Context) error { return e.store.Decide(ctx, out) }); err != nil {
		return err
	}
	e.tellDecided(list, kind)
	return nil
}

// findingIDs names findings in the audit log, the first of many.
func findingIDs(list []drover.Finding) []string {
	const most = 200
	var ids []string
	for i := range list[:min(most, len(list))] {
		ids = append(ids, list[i].ID())
	}
	return ids
}
