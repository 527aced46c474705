package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/store"
	"github.com/droverhq/drover/secret"
)

// An AuditEntry says what was done. Who did it is the engine's caller.
type AuditEntry struct {
	Action  string         // "tag.set", "source.add", "session.start"...
	Target  string         // what it was done to: a ref, an id, a name; "": nothing in particular
	Outcome string         // done, started, partial, failed, refused; "" is done
	Detail  map[string]any // what else a reader wants to know; never a secret value
}

// Outcomes of what was done.
const (
	AuditDone    = "done"
	AuditStarted = "started" // and its end is an entry of its own
	AuditPartial = "partial" // some of it was done: of a scan, that not all could be read
	AuditFailed  = "failed"
	AuditRefused = "refused" // it was not permitted
)

// A Request says how a call came in, for the audit log.
type Request struct {
	Door    string // cli, api, page, schedule
	ID      string // of the HTTP request
	Address string // of the client

	// Wrote is told of each entry that is written in the course of the call; nil: nobody
	// is. Hold is given what was refused or failed instead of the log, so that a door can
	// count what is alike; nil: it is written.
	Wrote func()
	Hold  func(AuditEntry)
}

type requestKey struct{}

func requestOf(ctx context.Context) Request {
	r, _ := ctx.Value(requestKey{}).(Request)
	return r
}

// beyond is the context of what goes on when the call that asked for it is answered:
// its entries are its own.
func beyond(ctx context.Context) context.Context {
	r := requestOf(ctx)
	r.Wrote, r.Hold = nil, nil
	return WithRequest(ctx, r)
}

// acts is who acts in a call, for the log. A call that came by a door where people say
// who they are, and did not get to it, is nobody's: never of who runs this server.
func (e *Engine) acts(ctx context.Context) authz.Caller {
	if door := requestOf(ctx).Door; !e.given && (door == "api" || door == "page") {
		return authz.Caller{ID: "anonymous", Name: "anonymous", Kind: "anonymous"}
	}
	return e.caller
}

// WithRequest returns a context whose calls are recorded as come in by a request.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// Caller is who acts.
func (e *Engine) Caller() authz.Caller { return e.caller }

// who names the caller in what is written about tags, decisions and owners.
func (e *Engine) who() string { return e.caller.Who() }

// auditBody is all of an entry that has no column of its own.
type auditBody struct {
	ID      string         `json:"caller,omitempty"`
	Kind    string         `json:"kind,omitempty"`
	Session string         `json:"session,omitempty"`
	Token   string         `json:"token,omitempty"`
	Door    string         `json:"door,omitempty"`
	Request string         `json:"request_id,omitempty"`
	Address string         `json:"address,omitempty"`
	Detail  map[string]any `json:"detail,omitempty"`
}

// maxDetail bounds what an entry tells beside its columns, in bytes.
const maxDetail = 16 << 10

// auditRow makes the row of an entry. What scanned systems and callers wrote is
// bounded, made harmless and searched for secrets.
func (e *Engine) auditRow(ctx context.Context, c authz.Caller, a AuditEntry) (store.AuditRow, error) {
	r := requestOf(ctx)
	body := auditBody{ID: c.ID, Kind: c.Kind, Session: c.Session, Token: c.Token, Door: r.Door, Request: r.ID, Address: r.Address, Detail: a.Detail}
	raw, err := json.Marshal(body)
	if err != nil {
		return store.AuditRow{}, fmt.Errorf("audit %s: %w", a.Action, err)
	}
	if clean := secret.RedactString(string(raw)); len(raw) > maxDetail || clean != string(raw) {
		body.Detail = shorten(body.Detail)
		if raw, err = json.Marshal(body); err != nil {
			return store.AuditRow{}, fmt.Errorf("audit %s: %w", a.Action, err)
		}
	}
	const most = 1000
	clean := func(s string) string { return text(secret.RedactString(s), most) }
	return store.AuditRow{At: e.wall(), Who: clean(cmp.Or(c.Who(), e.o.User, "unknown")), Action: clean(a.Action), Target: clean(a.Target), Outcome: cmp.Or(a.Outcome, AuditDone), Body: strings.ToValidUTF8(string(raw), "\uFFFD")}, nil
}

// shorten keeps of a detail that is too long, or looks like a secret, what is
// short and looks like none.
func shorten(detail map[string]any) map[string]any {
	out := map[string]any{"shortened": true}
	total := 0
	for k, v := range detail {
		raw, err := json.Marshal(v)
		if err == nil && len(raw) < 512 && total+len(raw) < maxDetail/2 && secret.RedactString(string(raw)) == string(raw) {
			total += len(raw)
			out[k] = v
		}
	}
	return out
}

// wall is the time on the wall: that of the record of what was done, even where
// the engine works with another day's clock.
func (e *Engine) wall() time.Time {
	if e.o.Wall != nil {
		return e.o.Wall()
	}
	return time.Now()
}

// Audit records something that was done, or was refused. Who reads an engine that
// is open to read only records nothing.
func (e *Engine) Audit(ctx context.Context, a AuditEntry) error {
	if e.o.ReadOnly {
		return nil
	}
	if r := requestOf(ctx); r.Hold != nil && (a.Outcome == AuditRefused || a.Outcome == AuditFailed) {
		r.Hold(a)
		return nil
	}
	return e.auditAs(ctx, e.acts(ctx), a)
}

// auditAs records what somebody did who was let in a moment ago.
func (e *Engine) auditAs(ctx context.Context, c authz.Caller, a AuditEntry) error {
	row, err := e.auditRow(ctx, c, a)
	if err != nil {
		return err
	}
	if _, err := e.store.AppendAudit(context.WithoutCancel(ctx), row); err != nil {
		return fmt.Errorf("%s is not recorded: %w", a.Action, err)
	}
	if r := requestOf(ctx); r.Wrote != nil {
		r.Wrote()
	}
	e.anchor.due.Store(true)
	return nil
}

// AuditEnd records how something ended whose beginning, or whose parts, are entries
// of their own, and returns err.
func (e *Engine) AuditEnd(ctx context.Context, action string, err error) error {
	a := AuditEntry{Action: action}
	if err != nil {
		a.Outcome, a.Detail = AuditFailed, map[string]any{"error": scrubbed(err)}
	}
	return errors.Join(err, e.Audit(ctx, a))
}

// audited does something that changes what is answered of the estate, and records it
// as recorded does. It waits a while until that shows.
func (e *Engine) audited(ctx context.Context, a *AuditEntry, do func(context.Context) error) error {
	return e.recorded(ctx, a, func(ctx context.Context) error {
		err := do(ctx)
		if err == nil {
			e.changed(ctx)
		}
		return err
	})
}

// recorded does something and records it. The record is part of the first write
// that do makes, so that one is not there without the other; what fails is
// recorded as failed. do may add to the entry until its first write.
func (e *Engine) recorded(ctx context.Context, a *AuditEntry, do func(context.Context) error) error {
	row, err := e.auditRow(ctx, e.acts(ctx), *a)
	if err != nil {
		return err
	}
	p := &store.PendingAudit{Row: row}
	condition(ctx, p)
	err = do(store.WithAudit(ctx, p))
	if p.Written {
		wrote(ctx, p)
		e.anchor.due.Store(true)
		if r := requestOf(ctx); r.Wrote != nil {
			r.Wrote()
		}
	}
	switch {
	case err == nil && p.Written:
		return nil
	case err == nil:
		return e.Audit(ctx, *a) // it was so already: the wish is recorded all the same
	case errors.Is(err, ErrMoved):
		return err // who asked looks again, and then it is done or refused
	}
	failed := *a
	failed.Outcome = AuditFailed
	if errors.Is(err, drover.ErrPermission) {
		failed.Outcome = AuditRefused
	}
	failed.Detail = map[string]any{"error": scrubbed(err)}
	for k, v := range a.Detail {
		failed.Detail[k] = v
	}
	return errors.Join(err, e.Audit(ctx, failed))
}

// An AuditItem is one entry of `audit`.
type AuditItem struct {
	ID      int64          `json:"id"` // its number: from 1, without gaps
	At      time.Time      `json:"at"`
	Who     string         `json:"who"`
	Action  string         `json:"action"`
	Target  *string        `json:"target"`
	Outcome string         `json:"outcome"` // done, started, partial, failed, refused
	Caller  *string        `json:"caller"`  // id of the user, or local:NAME
	Kind    *string        `json:"kind"`    // person, machine, local
	Session *string        `json:"session"` // id
	Token   *string        `json:"token"`   // id
	Door    *string        `json:"door"`    // cli, api, page, schedule
	Request *string        `json:"request_id"`
	Address *string        `json:"address"`
	Detail  map[string]any `json:"detail"`
	Hash    string         `json:"hash"`
}

// An AuditQuery says which entries to list; empty fields match all.
type AuditQuery struct {
	Who, Action, Target, Outcome string // Action "tag." matches what begins so
	From, To                     time.Time
	Before                       int64 // only entries with smaller numbers; 0: all
	Limit                        int   // 0: all
}

// AuditList lists entries, the newest first.
func (e *Engine) AuditList(ctx context.Context, q AuditQuery) ([]AuditItem, error) {
	if err := e.may(authz.AuditRead, ""); err != nil {
		return nil, err
	}
	rows, err := e.store.AuditRows(ctx, store.AuditQuery(q))
	if err != nil {
		return nil, err
	}
	out := make([]AuditItem, 0, len(rows))
	for _, r := range rows {
		var b auditBody
		if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
			b = auditBody{Detail: map[string]any{"unreadable": true}} // someone changed it: verify says so
		}
		if b.Detail == nil {
			b.Detail = map[string]any{}
		}
		out = append(out, AuditItem{ID: r.Seq, At: r.At, Who: r.Who, Action: r.Action, Target: known(r.Target), Outcome: r.Outcome, Caller: known(b.ID), Kind: known(b.Kind), Session: known(b.Session), Token: known(b.Token),
			Door: known(b.Door), Request: known(b.Request), Address: known(b.Address), Detail: b.Detail, Hash: fmt.Sprintf("%x", r.Hash)})
	}
	return out, nil
}

// AuditCount counts the entries that a query matches, whatever its limit.
func (e *Engine) AuditCount(ctx context.Context, q AuditQuery) (int, error) {
	if err := e.may(authz.AuditRead, ""); err != nil {
		return 0, err
	}
	return e.store.AuditCount(ctx, store.AuditQuery(q))
}
