package api

import (
	"context"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// Every call of an acting route is in the audit log, however it ended. What is done
// the engine records, with the change itself; what it was not asked for, since the call
// was refused before, and what it keeps no entry of is recorded here, when the call is
// over. Refusals that are alike, of one caller by one route for one reason, are one
// entry and, a minute later, one more with how many there were: who floods the server
// does not flood the log.

// anonymous is who said not who they are, or could not prove it.
var anonymous = authz.Caller{ID: "anonymous", Name: "anonymous", Kind: "anonymous"}

const (
	alikeFor      = time.Minute
	mostAlike     = 20_000 // kinds of refusals that are remembered
	mostStrangers = 60     // addresses of nobody known that are told apart; others count by their family
)

// alike are refusals that are one entry and a count.
type alike struct {
	since    time.Time
	stranger string // the address of nobody known; "": somebody
	caller   authz.Caller
	request  engine.Request
	entry    engine.AuditEntry
	more     int
}

// refusals remembers which were recorded within the last minute.
type refusals struct {
	mu        sync.Mutex
	seen      map[string]*alike
	strangers map[string]int // addresses of nobody known, with how many kinds of theirs
	armed     bool
	closed    bool
}

// recorded makes sure that a call that is over is in the log.
func (s *Server) recorded(x *exchange) {
	if x.route == nil || !x.route.Acting {
		return
	}
	entries := x.held.take()
	refused := x.status >= http.StatusBadRequest
	if len(entries) == 0 {
		if x.held.written() && !refused || x.Header().Get("Idempotent-Replayed") != "" && !refused {
			return // it is there; or it was, the first time
		}
		entries = []engine.AuditEntry{{Action: string(x.route.Action), Target: strings.TrimPrefix(x.r.URL.Path, Base), Outcome: outcomeOf(x.status)}}
	}
	c := x.caller
	if c.ID == "" {
		c = anonymous
	}
	r := engine.Request{Door: "api", ID: x.id, Address: x.from}
	for _, a := range entries {
		detail := map[string]any{}
		maps.Copy(detail, a.Detail)
		detail["call"], detail["status"] = x.route.ID, x.status
		if x.code != "" {
			detail["code"] = x.code
		}
		a.Detail = detail
		if refused {
			s.alike(x, c, r, a)
			continue
		}
		s.write(c, r, a)
	}
}

// outcomeOf is what the status of an answer says of a call.
func outcomeOf(status int) string {
	switch {
	case status == http.StatusAccepted:
		return engine.AuditStarted
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusTooManyRequests:
		return engine.AuditRefused
	case status >= http.StatusBadRequest:
		return engine.AuditFailed
	}
	return engine.AuditDone
}

// alike records a refusal, or counts it to one that is recorded.
func (s *Server) alike(x *exchange, c authz.Caller, r engine.Request, a engine.AuditEntry) {
	f, now := &s.refusals, s.o.Now()
	s.tell(now, false)
	key := strings.Join([]string{who(x), x.route.ID, x.code, a.Action, a.Outcome}, "\x00")
	stranger := ""
	if c.ID == anonymous.ID {
		stranger = "from " + who(x)
	}
	f.mu.Lock()
	if f.seen == nil {
		f.seen, f.strangers = map[string]*alike{}, map[string]int{}
	}
	known := f.seen[key]
	if known == nil && (stranger != "" && f.strangers[stranger] == 0 && len(f.strangers) >= mostStrangers || len(f.seen) >= mostAlike) {
		// Of ever new addresses the kind is told, and how many calls there were.
		r.Address, a.Target = family(x.from), ""
		key, stranger = r.Address+"\x00many", ""
		known = f.seen[key]
	}
	if known != nil {
		known.more++
		if !f.armed {
			f.armed = true
			time.AfterFunc(alikeFor+time.Second, func() { s.tell(s.o.Now(), false) })
		}
		f.mu.Unlock()
		return
	}
	f.seen[key] = &alike{since: now, stranger: stranger, caller: c, request: r, entry: a}
	if stranger != "" {
		f.strangers[stranger]++
	}
	f.mu.Unlock()
	s.write(c, r, a)
}

// family is what kind of address one is.
func family(address string) string {
	a, err := netip.ParseAddr(address)
	switch {
	case err != nil:
		return "unknown"
	case a.Unmap().Is4():
		return "ipv4"
	}
	return "ipv6"
}

// tell records how many refusals there were that are a minute old, or all of them.
func (s *Server) tell(now time.Time, all bool) {
	f := &s.refusals
	var due []*alike
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return
	}
	f.closed = all
	f.armed = false
	for key, r := range f.seen {
		if !all && now.Sub(r.since) < alikeFor {
			continue
		}
		delete(f.seen, key)
		if f.strangers[r.stranger]--; f.strangers[r.stranger] <= 0 {
			delete(f.strangers, r.stranger)
		}
		if r.more > 0 {
			due = append(due, r)
		}
	}
	f.mu.Unlock()
	for _, r := range due {
		a := r.entry
		detail := map[string]any{}
		maps.Copy(detail, a.Detail)
		detail["more"], detail["since"] = r.more, r.since.UTC().Format(time.RFC3339)
		a.Detail, a.Target = detail, ""
		r.request.ID = ""
		s.write(r.caller, r.request, a)
	}
}

// Close records what was counted and not told yet. Calls may still be answered; how
// many are refused is not counted any more.
func (s *Server) Close() error {
	s.tell(s.o.Now(), true)
	return nil
}

func (s *Server) write(c authz.Caller, r engine.Request, a engine.AuditEntry) {
	if err := s.o.Engine.For(c).Audit(engine.WithRequest(context.Background(), r), a); err != nil {
		s.o.Log.Error("a call is not recorded", "request_id", r.ID, "action", a.Action, "outcome", a.Outcome, "error", err.Error())
	}
}

// held is what the engine has to say for the log of one call: that it wrote an entry,
// and entries of what it refused, which are counted here.
type held struct {
	mu    sync.Mutex
	wrote bool
	list  []engine.AuditEntry
}

// Hold keeps an entry of what was refused or failed.
func (h *held) Hold(a engine.AuditEntry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, a)
}

// Wrote notes that an entry is in the log.
func (h *held) Wrote() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wrote = true
}

func (h *held) written() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wrote
}

func (h *held) take() []engine.AuditEntry {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.list
	h.list = nil
	return list
}
