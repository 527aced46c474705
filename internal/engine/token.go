package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
)

// NewToken says what API token to make.
type NewToken struct {
	User    string        // id, name or mail address; "": who asks
	Name    string        // what it is for
	Grants  []authz.Grant // empty: whatever its user holds, now and later
	Expires time.Duration // from now; 0 is 90 days
}

// How long a token may live.
const (
	tokenFor   = 90 * drover.Day
	tokenAtMin = time.Minute
	tokenAtMax = drover.Year
)

// A TokenItem is one item of `token list`. Its value is known to nobody but who
// has it.
type TokenItem struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	User     string     `json:"user"`
	UserName string     `json:"user_name"`
	Kind     string     `json:"kind"`   // of the user: person, machine
	Grants   []string   `json:"grants"` // empty: those of the user
	Created  time.Time  `json:"created"`
	Expires  time.Time  `json:"expires"`
	LastUsed *time.Time `json:"last_used"` // to about a minute; null: never
}

// A MadeToken is `token create`: the one time that a value is shown.
type MadeToken struct {
	Schema string        `json:"schema"`
	Token  TokenItem     `json:"token"`
	Value  drover.Secret `json:"-"`
}

// CreateToken makes an API token and returns its value, which is kept nowhere.
// One makes tokens for oneself; an admin makes them for machines, and who works
// on the server's own computer for everybody. What a token may do is never more
// than its user may at the time.
func (e *Engine) CreateToken(ctx context.Context, n NewToken) (*MadeToken, error) {
	m, err := e.tokenMember(ctx, n.User)
	if err != nil {
		return nil, err
	}
	if n.Expires == 0 {
		n.Expires = tokenFor
	}
	value, hash := newValue(prefixToken)
	now := e.wall()
	c := store.Credential{ID: newID("t-"), Kind: kindToken, Hash: hash, Member: m.ID, Name: n.Name, Created: now, Until: now.Add(n.Expires), Body: `{}`}
	a := &AuditEntry{Action: "token.create", Target: c.ID, Detail: map[string]any{"name": text(n.Name, 128), "user": m.ID, "user_name": m.Name, "grants": spelled(n.Grants), "until": c.Until.UTC().Format(time.RFC3339)}}
	err = e.recorded(ctx, a, func(ctx context.Context) error {
		if err := e.mayMakeToken(m); err != nil {
			return err
		}
		if n.Expires < tokenAtMin || n.Expires > tokenAtMax {
			return fmt.Errorf("a token lives a minute at least and a year at most: %w", drover.ErrInvalid)
		}
		if err := validName(n.Name); err != nil {
			return fmt.Errorf("token: say what it is for: %w", err)
		}
		mine := grantsOf(m.Grants)
		for _, g := range n.Grants {
			if !covered(mine, g) {
				return fmt.Errorf("%s is more than %s holds: %w", g, m.Name, drover.ErrPermission)
			}
		}
		if len(n.Grants) > 0 {
			if c.Grants, err = grantsText(n.Grants); err != nil {
				return err
			}
		}
		have, err := e.store.Credentials(ctx, kindToken, m.ID)
		if err != nil {
			return err
		}
		have = slices.DeleteFunc(have, func(c store.Credential) bool { return !c.Live(now) })
		if len(have) >= mostTokens {
			return fmt.Errorf("%s has %d tokens: revoke one first: %w", m.Name, len(have), drover.ErrConflict)
		}
		return e.store.AddCredential(ctx, c, mostTokens+1)
	})
	if err != nil {
		return nil, err
	}
	return &MadeToken{"drover/v1/token", tokenItem(c, m), value}, e.noteOwn(ctx)
}

func covered(by []authz.Grant, g authz.Grant) bool {
	return slices.ContainsFunc(by, func(h authz.Grant) bool { return h.Covers(g) })
}

func (e *Engine) tokenMember(ctx context.Context, who string) (store.Member, error) {
	if who == "" && e.caller.Kind == authz.Here {
		return e.linkMember(ctx, "")
	}
	if who == "" {
		return e.store.Member(ctx, e.caller.ID)
	}
	m, err := e.findMember(ctx, who)
	if err != nil || m.ID == e.caller.ID || e.may(authz.UserAdmin, "") == nil {
		return m, err
	}
	return m, e.may(authz.UserAdmin, "")
}

func (e *Engine) mayMakeToken(m store.Member) error {
	switch {
	case m.ID == e.caller.ID:
		return e.may(authz.TokenWrite, "")
	case m.Kind == authz.Person && e.caller.Kind != authz.Here:
		return fmt.Errorf("a person makes their own tokens: %w", drover.ErrPermission)
	}
	return errors.Join(e.may(authz.UserAdmin, m.ID), e.handsOut(grantsOf(m.Grants)))
}

func tokenItem(c store.Credential, m store.Member) TokenItem {
	t := TokenItem{ID: c.ID, Name: c.Name, User: m.ID, UserName: m.Name, Kind: m.Kind, Grants: []string{}, Created: c.Created.UTC().Truncate(time.Second), Expires: c.Until.UTC().Truncate(time.Second), LastUsed: when(c.Seen)}
	for _, g := range grantsOf(c.Grants) {
		t.Grants = append(t.Grants, g.String())
	}
	return t
}

// Tokens lists the live tokens of who asks, or with all those of everybody.
func (e *Engine) Tokens(ctx context.Context, all bool) ([]TokenItem, error) {
	of := e.caller.ID
	if all {
		if of = ""; e.may(authz.UserRead, "") != nil {
			return nil, e.may(authz.UserRead, "")
		}
	}
	list, err := e.store.Credentials(ctx, kindToken, of)
	if err != nil {
		return nil, err
	}
	members, err := e.store.Members(ctx)
	if err != nil {
		return nil, err
	}
	out := []TokenItem{}
	for _, c := range list {
		if i := slices.IndexFunc(members, func(m store.Member) bool { return m.ID == c.Member }); i >= 0 && c.Live(e.wall()) {
			out = append(out, tokenItem(c, members[i]))
		}
	}
	return out, nil
}

// RevokeToken ends a token at once: one's own, or as an admin another's.
func (e *Engine) RevokeToken(ctx context.Context, id string) error {
	if err := e.end(ctx, kindToken, id, "token.revoke"); err != nil {
		return err
	}
	return e.noteOwn(ctx)
}

// TokenCaller says who shows an API token. Errors wrap drover.ErrPermission, and are
// ErrGuessing where many wrong values came from the address.
func (e *Engine) TokenCaller(ctx context.Context, value drover.Secret, address string) (authz.Caller, error) {
	c, m, err := e.proven(ctx, kindToken, prefixToken, value, address)
	if err != nil {
		return authz.Caller{}, err
	}
	caller := callerOf(m, c)
	if c.Grants != "" {
		caller.Grants = slices.DeleteFunc(grantsOf(c.Grants), func(g authz.Grant) bool { return !covered(grantsOf(m.Grants), g) })
	}
	return caller, nil
}
