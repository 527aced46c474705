package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/secret"
)

// An exchange is one request and its answer: the writer that handlers write to,
// and what is known of the call.
type exchange struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	id     string
	from   string // the address of the client; "": none, as of the private socket
	route  *Route
	caller authz.Caller
	code   string // of the problem that it is answered with
	held   held

	started time.Time
	status  int
	bytes   int64
}

type exchangeKey struct{}

func newExchange(s *Server, w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{s: s, w: w, id: requestID(r), from: s.o.Proxies.Client(r), started: s.o.Now()}
	ctx := engine.WithRequest(r.Context(), engine.Request{Door: "api", ID: x.id, Address: x.from, Wrote: x.held.Wrote, Hold: x.held.Hold})
	x.r = r.WithContext(context.WithValue(ctx, exchangeKey{}, x))
	h := w.Header()
	h.Set("X-Request-Id", x.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cache-Control", "no-store")
	return x
}

// requestID is the id that the client gave, where it can do no harm in a log, else
// a new one.
func requestID(r *http.Request) string {
	given := r.Header.Get("X-Request-Id")
	if len(given) >= 8 && len(given) <= 64 && strings.Trim(given, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == "" {
		return given
	}
	var b [12]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// exchangeOf is the exchange that a handler's context belongs to; nil outside one.
func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// caller is who makes the call that a context belongs to.
func caller(ctx context.Context) authz.Caller {
	if x := exchangeOf(ctx); x != nil {
		return x.caller
	}
	return authz.Caller{}
}

func (x *exchange) Header() http.Header { return x.w.Header() }

func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.w.WriteHeader(status)
}

func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.w.Write(b)
	x.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.w }

// done tells of the call when it is over.
func (x *exchange) done() {
	x.s.recorded(x)
	o := Observed{Method: x.r.Method, Status: x.status, Bytes: x.bytes, Took: x.s.o.Now().Sub(x.started), RequestID: x.id}
	if x.route != nil {
		o.Route = x.route.Path
	}
	if o.Status == 0 {
		o.Status = http.StatusOK
	}
	x.s.o.Log.Debug("call", "request_id", o.RequestID, "method", o.Method, "route", o.Route, "status", o.Status, "bytes", o.Bytes, "took", o.Took, "caller", x.caller.ID)
	if x.s.o.Observe != nil {
		x.s.o.Observe(o)
	}
}

// crashed answers a panic. Its value can hold anything that the server was working
// on, so neither answer nor log tell it; the stack is logged as names.
func (x *exchange) crashed(p any, stack []byte) {
	what := fmt.Sprintf("%T", p)
	if r, ok := p.(runtime.Error); ok {
		what = secret.RedactString(r.Error())
	}
	x.s.o.Log.Error("a call crashed: this is a bug in drover", "request_id", x.id, "what", what, "at", frames(stack))
	if x.status == 0 {
		x.problem(refuse("internal", ""))
	}
}

// frames are the functions of a stack that lie in this module, innermost first.
func frames(stack []byte) string {
	var names []string
	for line := range strings.Lines(string(stack)) {
		at := strings.LastIndexByte(line, '(')
		if at < 0 {
			continue
		}
		name := line[:at]
		if strings.HasPrefix(name, "github.com/droverhq/drover/") && len(names) < 8 {
			names = append(names, strings.TrimPrefix(name, "github.com/droverhq/drover/"))
		}
	}
	return strings.Join(names, " < ")
}
