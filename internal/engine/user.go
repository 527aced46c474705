package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
)

// A UserItem is one item of `user list`.
type UserItem struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Email    *string    `json:"email"`
	Kind     string     `json:"kind"`   // person, machine
	Grants   []string   `json:"grants"` // as `user grant` takes them
	Created  time.Time  `json:"created"`
	LastSeen *time.Time `json:"last_seen"` // to about a minute; null: never
	Sessions int        `json:"sessions"`
	Tokens   int        `json:"tokens"`
	SignsIn  []string   `json:"signs_in"` // oidc, link, token: by what they have come or can come

	Warnings []string `json:"warnings,omitempty"` // of who is added or granted: what may be a slip
}

// NewUser says whom to add.
type NewUser struct {
	Name   string // unique, whatever its case and accents
	Email  string // of a person; by it the identity provider's user is found the first time
	Kind   string // authz.Person or authz.Machine; "": a person
	Grants []authz.Grant
}

// maxGrants bounds what one user holds.
const maxGrants = 32

// may returns nil where the caller may do something to a user.
func (e *Engine) may(a authz.Action, user string) error {
	return authz.DecideOn(e.caller, a, authz.About{User: user}).Err()
}

// fold is what a name looks like to people: two names that fold alike are one.
func fold(name string) string {
	name = norm.NFKC.String(strings.ToLower(norm.NFKC.String(name)))
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
}

// validName refuses names that do not look like what they are.
func validName(name string) error {
	bad := func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || strings.ContainsRune("<>\"'`|;,:/\\", r)
	}
	if name == "" || len(name) > 128 || strings.TrimSpace(name) != name || strings.ContainsFunc(name, bad) || fold(name) == "" {
		return fmt.Errorf("user name: 1 to 128 bytes of letters, digits, blanks and .-_@+()#: %w", drover.ErrInvalid)
	}
	return nil
}

// heir refuses the name of somebody else who has kept views here: whoever works at this
// machine, or was removed. What is private would be the new user's.
func (e *Engine) heir(ctx context.Context, key string) error {
	views, err := e.store.Views(ctx)
	if err != nil {
		return err
	}
	for _, v := range views {
		if fold(v.Owner) == key {
			return fmt.Errorf("user %s: views of somebody else who is called so are kept here (%s); take another name: %w", text(v.Owner, 128), v.ID, drover.ErrConflict)
		}
	}
	return nil
}

func validEmail(email string) error {
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > 254 || validName(email) != nil {
		return fmt.Errorf("%q is no mail address: %w", text(email, 100), drover.ErrInvalid)
	}
	return nil
}

// Users lists who may come in, in order of name.
func (e *Engine) Users(ctx context.Context) ([]UserItem, error) {
	if err := e.may(authz.UserRead, ""); err != nil {
		return nil, err
	}
	list, err := e.store.Members(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := e.liveOf(ctx, kindSession)
	if err != nil {
		return nil, err
	}
	tokens, err := e.liveOf(ctx, kindToken)
	if err != nil {
		return nil, err
	}
	out := make([]UserItem, 0, len(list))
	for _, m := range list {
		out = append(out, userItem(m, sessions[m.ID], tokens[m.ID]))
	}
	return out, nil
}

func (e *Engine) liveOf(ctx context.Context, kind string) (map[string]int, error) {
	list, err := e.store.Credentials(ctx, kind, "")
	if err != nil {
		return nil, err
	}
	n := map[string]int{}
	for _, c := range list {
		if c.Live(e.wall()) {
			n[c.Member]++
		}
	}
	return n, nil
}

func userItem(m store.Member, sessions, tokens int) UserItem {
	u := UserItem{ID: m.ID, Name: m.Name, Email: known(m.Email), Kind: m.Kind, Grants: []string{}, Created: m.Created.Truncate(time.Second), LastSeen: when(m.Seen), Sessions: sessions, Tokens: tokens, SignsIn: []string{}}
	for _, g := range grantsOf(m.Grants) {
		u.Grants = append(u.Grants, g.String())
	}
	if m.Subject != "" {
		u.SignsIn = append(u.SignsIn, "oidc")
	}
	if sessions > 0 && m.Subject == "" {
		u.SignsIn = append(u.SignsIn, "link")
	}
	if tokens > 0 {
		u.SignsIn = append(u.SignsIn, "token")
	}
	return u
}

// grantsOf reads stored grants; what cannot be read grants nothing.
func grantsOf(raw string) []authz.Grant {
	var list []authz.Grant
	if json.Unmarshal([]byte(raw), &list) != nil {
		return nil
	}
	return slices.DeleteFunc(list, func(g authz.Grant) bool { return g.Valid() != nil })
}

func grantsText(list []authz.Grant) (string, error) {
	if len(list) > maxGrants {
		return "", fmt.Errorf("more than %d grants: %w", maxGrants, drover.ErrInvalid)
	}
	if list == nil {
		list = []authz.Grant{}
	}
	for _, g := range list {
		if err := g.Valid(); err != nil {
			return "", err
		}
	}
	raw, err := json.Marshal(list)
	return string(raw), err
}

// handsOut refuses to give what one does not have.
func (e *Engine) handsOut(list []authz.Grant) error {
	for _, g := range list {
		if !slices.ContainsFunc(e.caller.Grants, func(h authz.Grant) bool { return h.Covers(g) }) {
			return fmt.Errorf("%s is more than you hold yourself: %w", g, drover.ErrPermission)
		}
	}
	return nil
}

// findMember finds one by id, name or mail address.
func (e *Engine) findMember(ctx context.Context, who string) (store.Member, error) {
	m, err := e.store.Member(ctx, who)
	if errors.Is(err, drover.ErrNotFound) {
		m, err = e.store.MemberByKey(ctx, fold(who))
	}
	if errors.Is(err, drover.ErrNotFound) {
		all, aerr := e.store.Members(ctx)
		if aerr != nil {
			return m, aerr
		}
		for _, x := range all {
			if x.Email != "" && fold(x.Email) == fold(who) {
				return x, nil
			}
		}
		return m, fmt.Errorf("no user is called %q; `drover user list` has them all: %w", text(who, 100), drover.ErrNotFound)
	}
	return m, err
}

// User returns one by id, name or mail address.
func (e *Engine) User(ctx context.Context, who string) (*UserItem, error) {
	if err := e.may(authz.UserRead, ""); err != nil {
		return nil, err
	}
	m, err := e.findMember(ctx, who)
	if err != nil {
		return nil, err
	}
	u, err := e.userOf(ctx, m)
	return &u, err
}

func (e *Engine) userOf(ctx context.Context, m store.Member) (UserItem, error) {
	n := map[string]int{}
	for _, kind := range []string{kindSession, kindToken} {
		list, err := e.store.Credentials(ctx, kind, m.ID)
		if err != nil {
			return UserItem{}, err
		}
		for _, c := range list {
			if c.Live(e.wall()) {
				n[kind]++
			}
		}
	}
	return userItem(m, n[kindSession], n[kindToken]), nil
}

// AddUser adds somebody who may come in. The error wraps drover.ErrConflict where
// there is one whose name or mail address looks like it.
func (e *Engine) AddUser(ctx context.Context, n NewUser) (*UserItem, error) {
	m := store.Member{ID: newID("u-"), Name: n.Name, Email: strings.ToLower(n.Email), Kind: n.Kind, Created: e.wall()}
	if m.Kind == "" {
		m.Kind = authz.Person
	}
	a := &AuditEntry{Action: "user.add", Target: m.ID, Detail: map[string]any{"name": text(n.Name, 128), "grants": spelled(n.Grants), "kind": text(n.Kind, 20)}}
	err := e.recorded(ctx, a, func(ctx context.Context) error {
		if err := errors.Join(e.may(authz.UserAdmin, ""), e.handsOut(n.Grants)); err != nil {
			return err
		}
		if err := validName(m.Name); err != nil {
			return err
		}
		if m.Email != "" {
			if err := validEmail(m.Email); err != nil {
				return err
			}
		}
		if m.Kind != authz.Person && m.Kind != authz.Machine {
			return fmt.Errorf("a user is a person or a machine: %w", drover.ErrInvalid)
		}
		m.Key = fold(m.Name)
		for _, known := range []string{m.Name, m.Email} {
			if known == "" {
				continue
			}
			if x, err := e.findMember(ctx, known); err == nil {
				return fmt.Errorf("user %s is there already: %w", x.Name, drover.ErrConflict)
			} else if !errors.Is(err, drover.ErrNotFound) {
				return err
			}
		}
		if err := e.heir(ctx, m.Key); err != nil {
			return err
		}
		var err error
		if m.Grants, err = grantsText(n.Grants); err != nil {
			return err
		}
		return e.store.AddMember(ctx, m)
	})
	if err != nil {
		return nil, err
	}
	u := userItem(m, 0, 0)
	u.Warnings = e.warnings(ctx, m, n.Grants)
	return &u, e.noteOwn(ctx)
}

func spelled(list []authz.Grant) []string {
	out := []string{}
	for _, g := range list {
		out = append(out, text(g.String(), 300))
	}
	return out
}

// GrantUser makes grants all that a user holds. Their sessions end, so that none
// goes on with what is no longer theirs.
func (e *Engine) GrantUser(ctx context.Context, who string, grants []authz.Grant) (*UserItem, error) {
	m, err := e.findMember(ctx, who)
	if err != nil {
		return nil, errors.Join(err, e.may(authz.UserRead, ""))
	}
	a := &AuditEntry{Action: "user.grant", Target: m.ID, Detail: map[string]any{"name": m.Name, "before": spelled(grantsOf(m.Grants)), "grants": spelled(grants)}}
	err = e.recorded(ctx, a, func(ctx context.Context) error {
		if err := errors.Join(e.may(authz.UserGrant, m.ID), e.handsOut(grants), e.handsOut(grantsOf(m.Grants))); err != nil {
			return err
		}
		raw, err := grantsText(grants)
		if err != nil {
			return err
		}
		if err := e.lastAdmin(ctx, m.ID, grants); err != nil {
			return err
		}
		if m, err = e.store.ChangeMember(ctx, m.ID, func(x *store.Member) error { x.Grants = raw; return nil }); err != nil {
			return err
		}
		return e.store.EndCredentials(ctx, kindSession, m.ID)
	})
	if err != nil {
		return nil, err
	}
	u, err := e.userOf(ctx, m)
	u.Warnings = e.warnings(ctx, m, grants)
	return &u, errors.Join(err, e.noteOwn(ctx))
}

// lastAdmin refuses to leave a house without an admin, but to who works on its own
// computer: they can let themselves in again.
func (e *Engine) lastAdmin(ctx context.Context, leaving string, grants []authz.Grant) error {
	admin := func(list []authz.Grant) bool {
		return slices.ContainsFunc(list, func(g authz.Grant) bool { return g.Role == authz.Admin && !g.Limited() })
	}
	if e.caller.Kind == authz.Here || admin(grants) {
		return nil
	}
	all, err := e.store.Members(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(m store.Member) bool {
		return m.ID != leaving && m.Kind == authz.Person && admin(grantsOf(m.Grants))
	}) {
		return fmt.Errorf("this is the last admin: make another one first: %w", drover.ErrConflict)
	}
	return nil
}

// A UserRemoval is `user remove`.
type UserRemoval struct {
	Schema     string `json:"schema"`
	ID         string `json:"id"`
	Name       string `json:"name"`
	Sessions   int    `json:"sessions"` // that ended
	Tokens     int    `json:"tokens"`   // that ended
	Reassigned int    `json:"reassigned"`
	To         string `json:"to,omitempty"`
}

// RemoveUser removes a user with all sessions and tokens. Who was asked to act on
// findings that are still open is removed only where these go to somebody else,
// reassign. The error then wraps drover.ErrConflict and says how many there are.
func (e *Engine) RemoveUser(ctx context.Context, who, reassign string) (*UserRemoval, error) {
	m, err := e.findMember(ctx, who)
	if err != nil {
		return nil, errors.Join(err, e.may(authz.UserRead, ""))
	}
	u, err := e.userOf(ctx, m)
	if err != nil {
		return nil, err
	}
	r := &UserRemoval{Schema: "drover/v1/user_removal", ID: m.ID, Name: m.Name, Sessions: u.Sessions, Tokens: u.Tokens, To: reassign}
	a := &AuditEntry{Action: "user.remove", Target: m.ID, Detail: map[string]any{"name": m.Name, "sessions": u.Sessions, "tokens": u.Tokens, "reassigned_to": text(reassign, 128)}}
	err = e.recorded(ctx, a, func(ctx context.Context) error {
		if err := errors.Join(e.may(authz.UserAdmin, m.ID), e.handsOut(grantsOf(m.Grants)), e.lastAdmin(ctx, m.ID, nil)); err != nil {
			return err
		}
		open, err := e.assignedTo(ctx, m)
		if err != nil {
			return err
		}
		switch {
		case len(open) > 0 && reassign == "":
			return fmt.Errorf("%s was asked to act on %d open findings; hand them over: --reassign NAME: %w", m.Name, len(open), drover.ErrConflict)
		case len(open) > 0 && fold(reassign) == m.Key:
			return fmt.Errorf("--reassign names who is removed: %w", drover.ErrInvalid)
		case len(open) > 0:
			if err := e.Assign(ctx, open, reassign); err != nil {
				return err
			}
			r.Reassigned = len(open)
		}
		return e.store.RemoveMember(ctx, m.ID)
	})
	if err != nil {
		return nil, err
	}
	return r, e.noteOwn(ctx)
}

// assignedTo lists the open findings that somebody was asked to act on.
func (e *Engine) assignedTo(ctx context.Context, m store.Member) ([]drover.Finding, error) {
	all, _, err := e.Findings(ctx, FindingQuery{})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(f drover.Finding) bool {
		to := fold(f.Assignee)
		return to == "" || to != m.Key && (m.Email == "" || to != fold(m.Email))
	}), nil
}
