package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
)

// A call is one request, as log, metrics and traces see it.
type call struct {
	id     string
	route  string // the pattern, never the path: it may hold names
	status int
	bytes  int64
	own    bool // by the private socket
}

type (
	callKey struct{}
	peerKey struct{}
)

// peerContext remembers that a connection came by the private socket.
func peerContext(ctx context.Context, c net.Conn) context.Context {
	if own, ok := c.(*ownConn); ok {
		return context.WithValue(ctx, peerKey{}, own)
	}
	return ctx
}

// bySocket reports whether a request came by the private socket, and so from the
// owner of this data directory.
func bySocket(r *http.Request) bool {
	_, ok := r.Context().Value(peerKey{}).(*ownConn)
	return ok
}

// hosts are the names by which this server may be called; nil: every name. On
// loopback a page of another site could have its own name point here (DNS
// rebinding) and so read what only this machine may.
type hosts map[string]bool

func (x *server) allowedHosts() hosts {
	if x.secure {
		return nil // a certificate does the same
	}
	h := hosts{"localhost": true}
	if u, err := url.Parse(x.url); err == nil {
		h[strings.ToLower(u.Hostname())] = true
	}
	return h
}

func (h hosts) allow(host string) bool {
	if h == nil {
		return true
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return a.IsLoopback()
	}
	return h[strings.ToLower(host)]
}

// door is what every request passes.
func (x *server) door() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{own: bySocket(r)}
		c.id = x.enter(r, c)
		defer x.calls.Delete(c.id)
		started := time.Now()
		ctx, end := x.traces.begin(context.WithValue(r.Context(), callKey{}, c), r)
		if streams(r) {
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(x.stopping, cancel)()
		} else if x.cut != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(ctx)
			defer cancel()
			rc := http.NewResponseController(w)
			defer context.AfterFunc(x.cut, func() {
				cancel()
				_ = rc.SetWriteDeadline(time.Now()) // one that waits for its reader
			})()
		}
		a := &answer{w: w, call: c}
		x.metrics.begin(streams(r))
		defer func() {
			p := recover()
			if p != nil && !aborted(p) {
				x.crashed(ctx, c, p)
				if c.status == 0 {
					http.Error(a, "something went wrong; the server's log says more under this request id: "+c.id, http.StatusInternalServerError)
				}
			}
			x.over(ctx, r, c, time.Since(started))
			end(c)
			if aborted(p) {
				panic(p)
			}
		}()
		x.pass(a, r.WithContext(ctx), c)
	})
}

// pass checks what is the same for every path, and hands the request on.
func (x *server) pass(w *answer, r *http.Request, c *call) {
	h := w.Header()
	h.Set("X-Request-Id", c.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	if r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	if !c.own && !probes[r.URL.Path] && !x.hosts.allow(r.Host) {
		c.route = "(refused)"
		http.Error(w, "this server is called "+x.url+": a page of another name may not speak to it", http.StatusMisdirectedRequest)
		return
	}
	rc := http.NewResponseController(w)
	if r.Body != nil && r.Body != http.NoBody {
		_ = rc.SetReadDeadline(time.Now().Add(bodyWithin)) // not settable: HTTP/2 streams have their own
		r.Body = &timedBody{ReadCloser: r.Body, rc: rc}
	}
	x.mounted.ServeHTTP(w, r)
}

// A timedBody frees the connection's deadline when the body was read: what the
// answer takes is another matter.
type timedBody struct {
	io.ReadCloser
	rc *http.ResponseController
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.rc.SetReadDeadline(time.Time{})
	}
	return n, err
}

// streams reports whether an answer goes on until somebody ends it.
func streams(r *http.Request) bool {
	return r.Method == http.MethodGet && (strings.Contains(r.Header.Get("Accept"), "text/event-stream") || r.URL.Path == "/api/v1/events")
}

// enter gives the request its id: the one it brings, where that can do no harm in
// a log and no other request has it just now.
func (x *server) enter(r *http.Request, c *call) string {
	id := r.Header.Get("X-Request-Id")
	plain := strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
	if len(id) < 8 || len(id) > 64 || !plain {
		id = rand.Text()
	}
	for {
		if _, busy := x.calls.LoadOrStore(id, c); !busy {
			r.Header.Set("X-Request-Id", id)
			return id
		}
		id = rand.Text()
	}
}

// over tells log and metrics of a request that ended. Neither hears its path or
// its parameters: names of people and systems stand there.
func (x *server) over(ctx context.Context, r *http.Request, c *call, took time.Duration) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	if c.route == "" {
		c.route = "(none)"
	}
	method := r.Method
	if !known[method] {
		method = "OTHER"
	}
	x.metrics.end(method, c, streams(r), took)
	level := slog.LevelInfo
	switch {
	case c.status >= 500:
		level = slog.LevelError
	case probes[c.route]:
		level = slog.LevelDebug
	}
	x.Log.Log(ctx, level, "request", "request_id", c.id, "method", method, "route", c.route, "status", c.status, "bytes", c.bytes, "ms", float64(took.Microseconds())/1000, "socket", c.own, "from", peerName(r, c))
}

var known = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true, "OPTIONS": true}

// peerName is the address at the other end.
func peerName(r *http.Request, c *call) string {
	if c.own {
		return "socket"
	}
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return a.Addr().Unmap().String()
	}
	return ""
}

// crashed logs a panic without its value, which can hold anything that the server
// was working on.
func (x *server) crashed(ctx context.Context, c *call, p any) {
	kind := "panic"
	if err, ok := p.(error); ok {
		kind = strings.TrimPrefix(typeName(err), "*")
	}
	x.Log.ErrorContext(ctx, "a request crashed: this is a bug in drover", "request_id", c.id, "route", c.route, "kind", kind, "at", frames(debug.Stack()))
}

// frames are the functions of a stack that lie in this module, innermost first.
func frames(stack []byte) string {
	var names []string
	for line := range strings.Lines(string(stack)) {
		name, _, ok := strings.Cut(line, "(")
		if ok && strings.HasPrefix(name, "github.com/droverhq/drover/") && len(names) < 8 {
			names = append(names, strings.TrimPrefix(name, "github.com/droverhq/drover/"))
		}
	}
	return strings.Join(names, " < ")
}

// An answer counts what is written.
type answer struct {
	w http.ResponseWriter
	*call
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.w.Header() }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.w.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.w.Write(p)
	a.bytes += int64(n)
	return n, err
}

// Flush implements http.Flusher.
func (a *answer) Flush() { _ = http.NewResponseController(a.w).Flush() }

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.w }

// aborted reports whether a panic is the way in which net/http cuts a connection.
func aborted(p any) bool {
	err, ok := p.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}
