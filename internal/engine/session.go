package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
)

// Bounds of what lets people in.
const (
	linkFor      = 30 * time.Minute // how long a login link waits
	mostLinks    = 3                // of one user at a time
	mostSessions = 20
	mostTokens   = 50
	touchEvery   = time.Minute // how exactly a last use is known
)

// errProof is all that is said of a proof that does not do: what was wrong with
// it is for nobody who guesses.
var errProof = fmt.Errorf("the session, link or token is not known here, or its time is up: %w", drover.ErrPermission)

// A LoginLink lets one person in, once.
type LoginLink struct {
	Value   drover.Secret // of the parameter token of /login
	User    string        // id
	Name    string
	Expires time.Time
}

// LoginLink makes a link by which a user signs in once within half an hour. ""
// is who works on this computer, who becomes an admin by it. It can be made on
// the server's own computer only: a link to another's account is that account.
func (e *Engine) LoginLink(ctx context.Context, who string) (*LoginLink, error) {
	if e.caller.Kind != authz.Here {
		return nil, fmt.Errorf("login links are made on the server's own computer: drover login-link: %w", drover.ErrPermission)
	}
	m, err := e.linkMember(ctx, who)
	if err != nil {
		return nil, err
	}
	if m.Kind != authz.Person {
		return nil, fmt.Errorf("%s is a machine; it comes in by a token: drover token create --user %s: %w", m.Name, m.Name, drover.ErrInvalid)
	}
	value, hash := newValue(prefixLink)
	now := e.wall()
	c := store.Credential{ID: newID("l-"), Kind: kindLink, Hash: hash, Member: m.ID, Created: now, Until: now.Add(linkFor), Body: encoded(sessionBody{By: e.caller.ID})}
	a := &AuditEntry{Action: "login_link.create", Target: m.ID, Detail: map[string]any{"name": m.Name, "id": c.ID, "until": c.Until.UTC().Format(time.RFC3339)}}
	if err := e.recorded(ctx, a, func(ctx context.Context) error { return e.store.AddCredential(ctx, c, mostLinks) }); err != nil {
		return nil, err
	}
	return &LoginLink{Value: value, User: m.ID, Name: m.Name, Expires: c.Until.UTC().Truncate(time.Second)}, nil
}

// hereName is the name of who works on this computer; Windows writes DOMAIN\name.
func hereName(c authz.Caller) string {
	return c.Name[strings.LastIndexByte(c.Name, '\\')+1:]
}

// linkMember finds whom a link is for. Who works on this computer is made a user
// where there is none of that name.
func (e *Engine) linkMember(ctx context.Context, who string) (store.Member, error) {
	if who != "" {
		return e.findMember(ctx, who)
	}
	name := hereName(e.caller)
	if validName(name) != nil {
		name = "admin"
	}
	m, err := e.findMember(ctx, name)
	if !errors.Is(err, drover.ErrNotFound) {
		return m, err
	}
	u, err := e.AddUser(ctx, NewUser{Name: name, Grants: []authz.Grant{{Role: authz.Admin}}})
	if errors.Is(err, drover.ErrConflict) {
		return e.findMember(ctx, name) // made a moment ago by another call
	}
	if err != nil {
		return m, err
	}
	return e.store.Member(ctx, u.ID)
}

func (e *Engine) bootstrapPath() string { return filepath.Join(e.o.Home, "bootstrap.link") }

// forgetBootstrap removes the file of the first link once that was used. It can stay
// where it cannot be removed: the link is worth nothing any more.
func (e *Engine) forgetBootstrap(link drover.Secret) {
	if raw, err := os.ReadFile(e.bootstrapPath()); err == nil && strings.Contains(string(raw), link.Reveal()) {
		_ = os.Remove(e.bootstrapPath())
	}
}

// Bootstrap lets the first admin into a server that has no user yet: it writes a
// login link to the file bootstrap.link of the data directory, private to its
// owner, and returns the file's path. "" where there are users already, or the
// last link is still good. url is the address of the page, without a path.
func (e *Engine) Bootstrap(ctx context.Context, url string) (path string, err error) {
	list, err := e.store.Members(ctx)
	if err != nil {
		return "", err
	}
	path = e.bootstrapPath()
	if len(list) > 0 {
		// The first one may not have come in yet.
		waiting, err := e.store.Credentials(ctx, kindLink, "")
		if err != nil || !slices.ContainsFunc(waiting, func(c store.Credential) bool { return c.Live(e.wall()) }) {
			_ = os.Remove(path)
		}
		return "", err
	}
	link, err := e.LoginLink(ctx, "")
	if err != nil {
		return "", err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("write the first login link: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("write the first login link: %w", err)
	}
	_, err = f.WriteString(strings.TrimSuffix(url, "/") + "/login?token=" + link.Value.Reveal() + "\n")
	return path, errors.Join(err, f.Close())
}

// An Entrance is how somebody signs in.
type Entrance struct {
	Address string        // of the client
	Agent   string        // User-Agent
	Old     drover.Secret // the session that the browser showed before; it ends
}

// A Session is what a sign-in gives. Value goes into the cookie, and nowhere else.
type Session struct {
	ID      string
	Value   drover.Secret
	User    string // id
	Expires time.Time
}

type sessionBody struct {
	Address string `json:"address,omitempty"`
	Agent   string `json:"agent,omitempty"`
	How     string `json:"how,omitempty"` // link, oidc
	By      string `json:"by,omitempty"`  // who made the link
}

func encoded(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(raw)
}

// SignInByLink turns a login link into a session. The link is used up by it, the
// session that the browser had before ends. What is wrong with a link that does
// not do is not told: errors wrap drover.ErrPermission, and are ErrGuessing where many
// wrong values came from the address.
func (e *Engine) SignInByLink(ctx context.Context, link drover.Secret, in Entrance) (*Session, error) {
	hash, ok := hashOf(prefixLink, link.Reveal())
	formed := ok
	s, c, old := e.newSession(in, "link"), store.Credential{}, e.sessionID(ctx, in.Old)
	if ok {
		// Looked for first: who guesses must not make those wait who write.
		if _, err := e.store.CredentialByHash(ctx, kindLink, hash); err != nil && !errors.Is(err, drover.ErrNotFound) {
			return nil, err
		} else if err != nil {
			ok = false
		}
	}
	if ok {
		err := e.store.Exchange(ctx, kindLink, hash, e.wall(), old, mostSessions, func(l store.Credential) (store.Credential, error) {
			var by sessionBody
			_ = json.Unmarshal([]byte(l.Body), &by) // without it nobody is named
			c = s.credential
			c.Member = l.Member
			c.Body = encoded(sessionBody{in.Address, agentText(in.Agent), "link", by.By})
			return c, nil
		})
		if err == nil {
			e.forgetBootstrap(link)
			return e.signedIn(ctx, s, c)
		}
		if !errors.Is(err, drover.ErrNotFound) {
			return nil, err
		}
	}
	err := errProof
	if formed {
		err = e.guesses.failed(in.Address, e.wall(), err)
	}
	if ok, more := e.guesses.tell(in.Address, e.wall()); ok {
		err = errors.Join(err, e.Audit(ctx, AuditEntry{Action: "session.start", Outcome: AuditRefused, Detail: map[string]any{"how": "link", "address": in.Address, "not_recorded": more}}))
	}
	return nil, err
}

// pendingSession is a session before it is stored.
type pendingSession struct {
	credential store.Credential
	value      drover.Secret
}

func (e *Engine) newSession(in Entrance, how string) pendingSession {
	value, hash := newValue(prefixSession)
	now := e.wall()
	idle, absolute := e.o.Config.Auth.Session.Limits()
	return pendingSession{store.Credential{ID: newID("s-"), Kind: kindSession, Hash: hash, Created: now, Until: now.Add(absolute), Idle: idle, Seen: now, Body: encoded(sessionBody{in.Address, agentText(in.Agent), how, ""})}, value}
}

func agentText(s string) string { return text(s, 200) }

// sessionID is the id of the session that a value opens; "": of none.
func (e *Engine) sessionID(ctx context.Context, value drover.Secret) string {
	hash, ok := hashOf(prefixSession, value.Reveal())
	if !ok {
		return ""
	}
	c, err := e.store.CredentialByHash(ctx, kindSession, hash)
	if err != nil {
		return ""
	}
	return c.ID
}

// signedIn records a sign-in and answers it. A session that cannot be recorded
// ends at once.
func (e *Engine) signedIn(ctx context.Context, s pendingSession, c store.Credential) (*Session, error) {
	m, err := e.store.Member(ctx, c.Member)
	if err == nil {
		var b sessionBody
		_ = json.Unmarshal([]byte(c.Body), &b) // it was written a moment ago
		err = e.auditAs(ctx, callerOf(m, c), AuditEntry{Action: "session.start", Target: c.ID, Detail: map[string]any{"how": b.How, "address": b.Address, "link_by": b.By}})
	}
	if err == nil {
		err = e.store.SawMember(ctx, m.ID, c.Created)
	}
	if err != nil {
		return nil, errors.Join(err, e.store.EndCredential(ctx, kindSession, c.ID))
	}
	return &Session{ID: c.ID, Value: s.value, User: m.ID, Expires: c.Until}, nil
}

func callerOf(m store.Member, c store.Credential) authz.Caller {
	caller := authz.Caller{ID: m.ID, Name: m.Name, Email: m.Email, Kind: m.Kind, Grants: grantsOf(m.Grants)}
	if c.Kind == kindSession {
		caller.Session = c.ID
	} else {
		caller.Token = c.ID
	}
	return caller
}

// SessionCaller says who shows a session, from which address. Errors wrap
// drover.ErrPermission, and are ErrGuessing where many wrong values came from the
// address.
func (e *Engine) SessionCaller(ctx context.Context, value drover.Secret, address string) (authz.Caller, error) {
	c, m, err := e.proven(ctx, kindSession, prefixSession, value, address)
	if err != nil {
		return authz.Caller{}, err
	}
	return callerOf(m, c), nil
}

// proven finds the credential that a value opens, and whose it is. A wrong one that
// has our form is counted to its address; a session that has ended is so once.
func (e *Engine) proven(ctx context.Context, kind, prefix string, value drover.Secret, address string) (store.Credential, store.Member, error) {
	hash, ok := hashOf(prefix, value.Reveal())
	if !ok || e.guesses.wasWrong(hash, e.wall()) {
		return store.Credential{}, store.Member{}, errProof
	}
	c, m, err := e.shown(ctx, kind, hash)
	if errors.Is(err, errProof) {
		e.guesses.wrong(hash, e.wall())
		err = e.guesses.failed(address, e.wall(), err)
	}
	return c, m, err
}

// shown finds a credential by its hash and whose it is, and notes its use.
func (e *Engine) shown(ctx context.Context, kind string, hash []byte) (store.Credential, store.Member, error) {
	c, err := e.store.CredentialByHash(ctx, kind, hash)
	if errors.Is(err, drover.ErrNotFound) {
		return c, store.Member{}, errProof
	}
	if err != nil {
		return c, store.Member{}, err
	}
	now := e.wall()
	if !c.Live(now) {
		return c, store.Member{}, errProof
	}
	m, err := e.store.Member(ctx, c.Member)
	if errors.Is(err, drover.ErrNotFound) {
		return c, m, errProof
	}
	if err == nil && now.Sub(c.Seen) >= touchEvery {
		e.touch(c.ID, m.ID, now)
	}
	return c, m, err
}

// touch notes a use, beside the call: a long write of a scan must not make who
// reads wait. One at a time; what does not get its turn is noted at the next call.
func (e *Engine) touch(credential, member string, at time.Time) {
	if e.o.ReadOnly || !e.touching.TryAcquire(1) {
		return
	}
	go func() {
		defer e.touching.Release(1)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := errors.Join(e.store.SawCredential(ctx, credential, at), e.store.SawMember(ctx, member, at)); err != nil {
			e.o.Log.WarnContext(ctx, "a use was not noted", "error", err)
		}
	}()
}

// A SessionItem is one item of GET /sessions.
type SessionItem struct {
	ID       string     `json:"id"`
	User     string     `json:"user"`
	Name     string     `json:"name"`
	How      string     `json:"how"` // link, oidc
	Created  time.Time  `json:"created"`
	LastSeen *time.Time `json:"last_seen"`
	Expires  time.Time  `json:"expires"`
	Address  *string    `json:"address"`
	Agent    *string    `json:"agent"`
	Current  bool       `json:"current"` // it is the one that asks
}

// Sessions lists the live sessions of who asks, or with all those of everybody.
func (e *Engine) Sessions(ctx context.Context, all bool) ([]SessionItem, error) {
	of := e.caller.ID
	if all {
		if of = ""; e.may(authz.UserRead, "") != nil {
			return nil, e.may(authz.UserRead, "")
		}
	}
	list, err := e.store.Credentials(ctx, kindSession, of)
	if err != nil {
		return nil, err
	}
	names, err := e.memberNames(ctx)
	if err != nil {
		return nil, err
	}
	out := []SessionItem{}
	for _, c := range list {
		if !c.Live(e.wall()) {
			continue
		}
		var b sessionBody
		_ = json.Unmarshal([]byte(c.Body), &b) // what cannot be read is not known
		out = append(out, SessionItem{c.ID, c.Member, names[c.Member], b.How, c.Created.Truncate(time.Second), when(c.Seen), c.Until.Truncate(time.Second), known(b.Address), known(b.Agent), c.ID == e.caller.Session})
	}
	return out, nil
}

func (e *Engine) memberNames(ctx context.Context) (map[string]string, error) {
	list, err := e.store.Members(ctx)
	names := map[string]string{}
	for _, m := range list {
		names[m.ID] = m.Name
	}
	return names, err
}

// EndSession ends a session: one's own, or as an admin another's. "" is the one
// that asks. One that one may not know of is not found.
func (e *Engine) EndSession(ctx context.Context, id string) error {
	if id == "" {
		id = e.caller.Session
	}
	return e.end(ctx, kindSession, id, "session.end")
}

// end takes away a session or a token that is one's own, or that one may end.
func (e *Engine) end(ctx context.Context, kind, id, action string) error {
	list, err := e.store.Credentials(ctx, kind, "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(c store.Credential) bool { return c.ID == id })
	if i < 0 || list[i].Member != e.caller.ID && e.may(authz.UserAdmin, "") != nil {
		return fmt.Errorf("%s %q: %w", kind, text(id, 40), drover.ErrNotFound)
	}
	a := &AuditEntry{Action: action, Target: id, Detail: map[string]any{"user": list[i].Member, "name": list[i].Name}}
	return e.recorded(ctx, a, func(ctx context.Context) error { return e.store.EndCredential(ctx, kind, id) })
}
