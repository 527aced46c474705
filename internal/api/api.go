// Package api is the HTTP API: every answer of the engine under /api/v1, described
// by one OpenAPI document that is made from the same values as the handlers.
//
// A route is one value (see route): method, path, what it is called, who may use
// it, and a function from typed input to the answer. Objects are exactly what the
// command line prints with -o json; lists share their parameters, paging, facets
// and export (see list.go). What goes wrong is a problem of RFC 9457 (problem.go).
package api

//go:generate go run -tags grpcnotrace ./openapi ../../docs/reference/openapi.json

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// Base is the path below which every route lies.
const Base = "/api/v1"

// Options say what a server is made of.
type Options struct {
	Engine *engine.Engine
	Log    *slog.Logger     // nil: nothing is logged
	Now    func() time.Time // nil: time.Now

	// What GET /version says.
	Version, Commit, Date string

	// Authenticate says who calls, by cookie, token or the socket that the request
	// came in by. An error is answered with 401, whatever it says, but for
	// engine.ErrGuessing: 429. nil: nobody may call anything that is not public.
	Authenticate func(*http.Request) (authz.Caller, error)

	// PublicURL is by what browsers reach the server, where something between changes
	// the name that they ask for; pages of its origin may make calls that change
	// something. "": only pages of the name that was asked for.
	PublicURL string

	// Proxies are believed about where a request came from, for limits and the audit
	// log; see Proxies.
	Proxies Proxies

	// PageKey signs page tokens, so that they outlive a restart and hold on every
	// server of one store. nil: a key of this process.
	PageKey []byte

	// Rate is how many calls a second one caller may make in the long run, and Burst
	// how many at once. 0: 50 and 200.
	Rate  float64
	Burst int

	// Observe, when set, is told of every call when it is over.
	Observe func(Observed)
}

// Observed is one call that is over.
type Observed struct {
	Method, Route string // the route as it was registered; "" where none matched
	Status        int
	Bytes         int64
	Took          time.Duration
	RequestID     string
}

// A Server answers the API. It is safe for concurrent use.
type Server struct {
	o      Options
	mux    *http.ServeMux
	huma   huma.API
	verbs  map[string]map[string]handler // "POST /findings/{id}" -> ":accept" -> its handler
	routes []Route
	shapes *shapes
	limits *limits
	cross  *http.CrossOriginProtection
	at     map[string]*Route // by pattern of the mux, with the verb

	refusals refusals

	holder string // names this server among those of one store
}

// New makes a server with every route.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PageKey == nil {
		o.PageKey = make([]byte, 32)
		_, _ = rand.Read(o.PageKey) // never fails: crypto/rand
	}
	s := &Server{o: o, mux: http.NewServeMux(), verbs: map[string]map[string]handler{}, at: map[string]*Route{}, shapes: newShapes(), limits: newLimits(o.Rate, o.Burst, o.Now), cross: http.NewCrossOriginProtection(), holder: rand.Text()}
	if u, err := url.Parse(o.PublicURL); err == nil && u.Host != "" {
		_ = s.cross.AddTrustedOrigin(u.Scheme + "://" + u.Host) // fails for what is no origin
	}
	s.huma = huma.NewAPI(s.config(), &adapter{s})
	s.register()
	return s
}

// register adds every route, in the order in which the document lists them.
func (s *Server) register() {
	s.addNouns()
	s.addOverview()
	s.addGraph()
	s.addFindings()
	s.addOwners()
	s.addTags()
	s.addRisks()
	s.addPolicy()
	s.addReports()
	s.addHome()
	s.addPosture()
	s.addSources()
	s.addViews()
	s.addOperations()
	s.addEvents()
	s.addPeople()
	s.addPages()
}

// config is what huma is told: no documents of its own, our JSON, and no parameter
// that is not described.
func (s *Server) config() huma.Config {
	json := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	return huma.Config{
		OpenAPI:                      document(),
		Formats:                      map[string]huma.Format{"application/json": json, "json": json},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{s.invalid},
	}
}

// A Route is what matrices of tests read of one operation.
type Route struct {
	Method, Path string // Path begins with Base
	ID           string // operation id
	Action       authz.Action
	Or           []authz.Action // each of which opens it as well
	Public       bool           // no caller is needed
	Acting       bool           // changes something

	secret bool // its answer holds a value that is shown once
}

// Routes lists every operation.
func (s *Server) Routes() []Route { return append([]Route(nil), s.routes...) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(s, w, r)
	defer x.done()
	defer func() {
		if p := recover(); p != nil {
			if aborted(p) {
				panic(p)
			}
			x.crashed(p, debug.Stack())
		}
	}()
	if err := s.cross.Check(r); err != nil {
		x.route = s.routeOf(x.r)
		x.problem(refuse("cross_origin", "a page of another origin made this call"))
		return
	}
	if !s.matched(x) {
		return
	}
	s.mux.ServeHTTP(x, x.r)
}

// matched answers what no route is for, and OPTIONS.
func (s *Server) matched(x *exchange) bool {
	if s.takes(x.r) {
		return true
	}
	allow := ""
	for _, m := range []string{"GET", "HEAD", "POST", "PUT", "DELETE"} {
		r := x.r.Clone(context.Background())
		r.Method = m
		if s.takes(r) {
			allow += m + ", "
		}
	}
	hint := ""
	if _, pattern := s.mux.Handler(x.r); s.verbs[pattern] != nil {
		hint = "; a " + x.r.Method + " here ends in one of :" + strings.Join(slices.Sorted(maps.Keys(s.verbs[pattern])), ", :")
	}
	switch {
	case allow == "":
		x.problem(refuse("not_found", "there is no such address"+hint+"; the document lists all: GET "+Base+"/openapi.json"))
		return false
	case x.r.Method == http.MethodOptions:
		x.Header().Set("Allow", allow+"OPTIONS")
		x.WriteHeader(http.StatusNoContent)
		return false
	}
	x.Header().Set("Allow", allow+"OPTIONS")
	x.problem(refuse("method_not_allowed", "this address takes "+allow+"OPTIONS"+hint))
	return false
}

// takes reports whether a route is for the request. The mux knows no verbs: a
// pattern of theirs takes what ends in one, and any other method of the same
// address does not.
func (s *Server) takes(r *http.Request) bool {
	_, pattern := s.mux.Handler(r)
	if pattern == "" {
		return false
	}
	method, path, _ := strings.Cut(pattern, " ")
	last := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	verb := last[strings.LastIndexByte(last, ':')+1:]
	if verbs := s.verbs[pattern]; verbs != nil {
		return len(verb) < len(last) && verbs[verb] != nil
	}
	return method == http.MethodPost || len(verb) == len(last) || s.verbs["POST "+path][verb] == nil
}

// routeOf is the route that a request meets, nil where there is none.
func (s *Server) routeOf(r *http.Request) *Route {
	_, pattern := s.mux.Handler(r)
	if s.verbs[pattern] != nil {
		return s.at[pattern+":"+r.URL.Path[strings.LastIndexByte(r.URL.Path, ':')+1:]]
	}
	return s.at[pattern]
}

// as returns the engine as the caller of a request sees it: no more than the grants
// show that allow the call, so that who may tag in one source and read all others
// tags in that one only.
func (s *Server) as(ctx context.Context) *engine.Engine {
	x := exchangeOf(ctx)
	if x == nil || x.route == nil {
		return s.o.Engine.For(authz.Caller{})
	}
	// Only the grants that allow this very action: who reads everything and tags in
	// one source finds the things of that one to tag.
	return s.o.Engine.For(x.caller.Narrow(x.route.opens()...))
}

// opens are the actions of which one is enough to make the call.
func (r *Route) opens() []authz.Action { return append([]authz.Action{r.Action}, r.Or...) }

// acting returns the engine as who may do something sees it, where the body or the
// thing says what is done: with the grants that allow just this. It refuses who
// holds none.
func (s *Server) acting(ctx context.Context, a authz.Action) (*engine.Engine, error) {
	c := exchangeOf(ctx).caller
	if d := authz.Decide(c, a); !d.Allowed {
		return nil, refuse("permission", d.Reason)
	}
	return s.o.Engine.For(c.Narrow(a)), nil
}

// aborted reports whether a panic is the way in which net/http cuts a connection.
func aborted(p any) bool {
	err, ok := p.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}
