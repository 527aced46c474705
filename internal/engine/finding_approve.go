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
)

// noUser follows the name of an approver who is none of our users.
const noUser = " (no user here)"

// approvers are who agreed to an acceptance.
type approvers struct {
	e    *Engine
	said string         // as it is recorded
	who  []authz.Caller // of a decision from afar, those who are not the caller
	only []string       // of the only user's decision, those who are nobody's user
}

// approversOf finds who is meant by the approver of a decision. Who works on this
// computer may write any name: whoever can is trusted with the whole record, and the
// one who agreed may be nobody's user. From afar each name is the caller, or a
// person among the users who may accept findings; "" is the caller. They are
// recorded by the names of users, each once, so that one person under two names is
// no second opinion. Who agreed is a person who has been here: a user that never signed
// in agreed to nothing, and a token, which may be stolen, speaks for nobody but its
// user, so that what takes a second person takes one who signed in to name them. The
// only user, as of `drover up` on one's own computer, is trusted as who works there:
// there is nobody to ask but outside, and the record says that they are no users.
func (e *Engine) approversOf(ctx context.Context, said string) (*approvers, error) {
	a := &approvers{e: e, said: said}
	if e.caller.Kind == authz.Here {
		return a, nil
	}
	const most = 8
	given := people(said)
	if said == "" {
		given = []string{e.caller.Name}
	}
	if len(given) == 0 || len(given) > most {
		return nil, fmt.Errorf("name 1 to %d people who agreed: %w", most, drover.ErrInvalid)
	}
	if e.caller.Kind == authz.Machine {
		return nil, fmt.Errorf("who agrees to accept a finding is a person, and %s is a machine: %w", text(e.caller.Name, 100), drover.ErrPermission)
	}
	var names []string
	for _, name := range given {
		c, err := e.approver(ctx, name)
		if errors.Is(err, drover.ErrInvalid) && e.isOnly(ctx) {
			if e.caller.Token != "" {
				return nil, errTokenNames
			}
			if name = check.Clean(name) + noUser; !slices.Contains(names, name) {
				names, a.only = append(names, name), append(a.only, name)
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if slices.Contains(names, c.Name) {
			continue
		}
		names = append(names, c.Name)
		if c.ID != e.caller.ID {
			if e.caller.Token != "" {
				return nil, errTokenNames
			}
			a.who = append(a.who, c)
		}
	}
	a.said = strings.Join(names, ", ")
	return a, nil
}

// approver is whom a name means. That there is nobody of the name, or nobody who
// may, is told alike: who accepts findings need not know the users.
func (e *Engine) approver(ctx context.Context, name string) (authz.Caller, error) {
	if folded := fold(name); folded == fold(e.caller.Name) || e.caller.Email != "" && folded == fold(e.caller.Email) || name == e.caller.ID {
		return e.caller, nil
	}
	m, err := e.findMember(ctx, name)
	if err != nil && !errors.Is(err, drover.ErrNotFound) && !errors.Is(err, drover.ErrInvalid) {
		return authz.Caller{}, err
	}
	c := callerOf(m, store.Credential{})
	if err != nil || m.Kind != authz.Person || m.Seen.IsZero() || !authz.Decide(c, authz.FindingDecide).Allowed {
		return authz.Caller{}, noApprover(name)
	}
	return c, nil
}

// isOnly says whether the caller is the only person among the users, and admin of
// everything.
func (e *Engine) isOnly(ctx context.Context) bool {
	if !slices.ContainsFunc(e.caller.Grants, func(g authz.Grant) bool { return g.Role == authz.Admin && !g.Limited() }) {
		return false
	}
	all, err := e.store.Members(ctx)
	persons := slices.DeleteFunc(all, func(m store.Member) bool { return m.Kind != authz.Person })
	return err == nil && len(persons) == 1 && persons[0].ID == e.caller.ID
}

var errTokenNames = fmt.Errorf("an API token says for nobody but its user that they agreed; sign in to name others: %w", drover.ErrPermission)

func noApprover(name string) error {
	return fmt.Errorf("%s is nobody who may accept this: name yourself, or a user with the role approver or admin who has signed in before; on the server's own computer `drover finding accept` takes any name: %w", text(name, 100), drover.ErrInvalid)
}

// own says why those who agreed to accept a critical finding are no second opinion:
// each of them is the owner of its subject, or who decides; "": one is not. Of what is
// less than critical everybody may decide.
func (a *approvers) own(s *Snapshot, f *drover.Finding) string {
	if f.Severity < drover.Critical {
		return ""
	}
	o := s.Owners()
	owner := owners.Owner{Party: owners.Nobody}
	if row, ok := s.Find(f.Subject.Ref); ok {
		owner, _ = o.Current(row)
	}
	why := "nobody else is named who approved it"
	for _, names := range a.others() {
		is := func(p owners.Party) bool {
			return slices.ContainsFunc(names, func(n string) bool { return n != "" && samePerson(o, n, p) })
		}
		switch {
		case !owner.None() && is(owner.Party):
			why = check.Clean(names[0]) + " owns what it is about"
		case is(partyOf(o, a.e.who())):
			why = check.Clean(names[0]) + " is who accepts it"
		default:
			return ""
		}
	}
	return why
}

// others are the names of each who agreed, as far as they are not known to be the
// caller.
func (a *approvers) others() (list [][]string) {
	if a.e.caller.Kind == authz.Here {
		for _, name := range people(a.said) {
			list = append(list, []string{name})
		}
	}
	for _, c := range a.who {
		list = append(list, []string{c.Name, c.Email})
	}
	for _, name := range a.only {
		list = append(list, []string{strings.TrimSuffix(name, noUser)})
	}
	return list
}

// may refuses a finding about what one of the approvers may not decide about: it is
// outside their bounds.
func (a *approvers) may(ctx context.Context, f *drover.Finding) error {
	for _, c := range a.who {
		narrow := c.Narrow(authz.FindingDecide)
		if narrow.Sight().All() {
			continue
		}
		s, err := a.e.For(narrow).Snapshot(ctx, time.Time{})
		if err != nil {
			return err
		}
		if _, ok := s.Find(f.Subject.Ref); !ok {
			return fmt.Errorf("%s: %w", f.ID(), noApprover(c.Name))
		}
	}
	return nil
}
