package api

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// A route is one operation of the API. In is a struct whose fields are the
// parameters (tags path, query, header; see huma) and, in a field Body, the body.
// Out is the answer, written as engine.JSON writes it; an *Out that is a writer
// writes itself instead.
type route[In, Out any] struct {
	Method string
	Path   string // below Base: "/identities/{id}"; a path may end in {param}:verb
	ID     string // snake_case
	Tag    string // the part of the document it stands in
	Short  string // one line
	Doc    string // what else there is to know; "": nothing
	CLI    string // the command that answers the same; "": there is none

	Action  authz.Action   // "": public
	Or      []authz.Action // each of which opens the route as well: what it then does asks for its own, see acting
	Acting  bool           // it changes something; a POST then takes an Idempotency-Key
	Status  int            // of success; 0: 200
	MaxBody int64          // bytes; 0: 1 MiB

	// Secret says that the answer holds a value that is shown once, so that it is not
	// kept for those who repeat the call.
	Secret bool

	// Current, of a change of something that exists, is what it is now, as the route
	// that shows it answers, brought up to date: an earlier change may not be shown yet.
	// Such a change takes the ETag of that in If-Match; a Loose one may go without.
	Current func(ctx context.Context, in *In) (any, error)
	Loose   bool

	// Media, of an answer that writes itself: its media types. nil: JSON.
	Media []string

	Do func(ctx context.Context, in *In) (*Out, error)

	answer func(*Server) map[string]schema // the schemas of an answer that writes itself, by media type
}

// A writer is an answer that writes itself: a file, a stream, a page.
type writer interface {
	// write answers the request. It checks nothing of who asks.
	write(x *exchange) error
}

// either is an answer of one type or another; see anyOf.
type either struct{ v any }

func (e *either) write(x *exchange) error {
	x.answer(http.StatusOK, e.v)
	return nil
}

// anyOf are the schemas of an either.
func anyOf[A, B any](s *Server) map[string]schema {
	return map[string]schema{"application/json": {"anyOf": []any{s.shapes.of(reflect.TypeFor[A]()), s.shapes.of(reflect.TypeFor[B]())}}}
}

// nothing is the answer of what has none: 204.
type nothing struct{}

// add registers a route.
func add[In, Out any](s *Server, r route[In, Out]) {
	known := &Route{Method: r.Method, Path: Base + r.Path, ID: r.ID, Action: r.Action, Or: r.Or, Public: r.Action == "", Acting: r.Acting, secret: r.Secret}
	s.routes = append(s.routes, *known)
	op := s.operation(known, r.Tag, r.Short, r.Doc, r.CLI)
	op.MaxBodyBytes = r.MaxBody
	if known.keyed() {
		op.Parameters = append(op.Parameters, keyParameter())
	}
	if r.Current != nil {
		op.Parameters = append(op.Parameters, matchParameter(!r.Loose))
	}
	op.DefaultStatus = cmp.Or(r.Status, http.StatusOK)
	out := reflect.TypeFor[Out]()
	if out == reflect.TypeFor[nothing]() {
		op.DefaultStatus = http.StatusNoContent
	}
	forms := map[string]schema{}
	for _, m := range r.Media {
		forms[m] = schema{"type": "string"}
	}
	if r.answer != nil {
		forms = r.answer(s)
	}
	s.answers(&op, out, forms)
	huma.Register(s.huma, op, func(ctx context.Context, in *In) (*reply, error) {
		x := exchangeOf(ctx)
		v, err := r.on(ctx, s, x, in)
		if err != nil {
			return x.failed(err), nil
		}
		return &reply{func(huma.Context) { x.answer(op.DefaultStatus, v) }}, nil
	})
}

// matchParameter documents the header If-Match.
func matchParameter(required bool) *huma.Param {
	return &huma.Param{Name: "If-Match", In: "header", Required: required, Description: "The ETag that it was read with, so that nobody's change is lost. A scan between that changed nothing of it does no harm. * is any state.", Example: `W/"120-b9c8bd496cf8b287dab2"`,
		Schema: &huma.Schema{Type: "string"}}
}

// on does what a route does: on the state that If-Match names, if it does, and not
// where anybody, by whatever door, changed the thing before the change is written.
func (r *route[In, Out]) on(ctx context.Context, s *Server, x *exchange, in *In) (v *Out, err error) {
	given := x.r.Header.Get("If-Match")
	if r.Current == nil || given == "" && r.Loose {
		return r.Do(ctx, in)
	}
	err = s.as(ctx).Retried(ctx, func(ctx context.Context) error {
		same := func() error {
			return s.unchanged(x, given, func() (any, error) { return r.Current(ctx, in) })
		}
		if err := same(); err != nil {
			return err
		}
		if v, err = r.Do(ctx, in); errors.Is(err, drover.ErrConflict) && !errors.Is(err, engine.ErrMoved) {
			return cmp.Or(same(), err) // a conflict since it is another by now is told as that
		}
		return err
	})
	return v, err
}

// unchanged refuses a change of what is no longer as the client read it.
func (s *Server) unchanged(x *exchange, given string, current func() (any, error)) error {
	if given == "" {
		return refuse("precondition_required", "", Fault{Pointer: "/header/If-Match", Detail: "it is missing"})
	}
	now, err := current()
	if err != nil {
		return err
	}
	raw, err := engine.JSON(now)
	if err != nil {
		return err
	}
	tag := etag(append(raw, '\n'))
	if !sameState(given, tag) {
		x.Header().Set("ETag", tag)
		return refuse("precondition_failed", "", Fault{Pointer: "/header/If-Match", Detail: "it is now " + tag})
	}
	return nil
}

// sameState reports whether If-Match names the state of a tag, of whichever
// generation: a scan between that changed nothing of the thing is no conflict.
func sameState(header, tag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	state := func(tag string) string {
		_, state, _ := strings.Cut(strings.Trim(strings.TrimPrefix(strings.TrimSpace(tag), "W/"), `"`), "-")
		return state
	}
	for given := range strings.SplitSeq(header, ",") {
		if s := state(given); s != "" && s == state(tag) {
			return true
		}
	}
	return false
}

// reply hands the writing of an answer back to the exchange.
type reply struct {
	Body func(huma.Context)
}

// answer writes what a handler returned.
func (x *exchange) answer(status int, v any) {
	if w, ok := v.(writer); ok {
		if err := w.write(x); err != nil {
			x.fail(err)
		}
		return
	}
	if status == http.StatusNoContent {
		x.WriteHeader(status)
		return
	}
	raw, err := engine.JSON(v)
	if err != nil {
		x.fail(err)
		return
	}
	x.send(status, "application/json", append(raw, '\n'))
}

// send writes a whole answer with its ETag, or 304 where the client has it, and
// compressed where the client takes that.
func (x *exchange) send(status int, media string, body []byte) {
	h := x.Header()
	h.Set("Content-Type", media)
	if x.r.Method == http.MethodGet || x.r.Method == http.MethodHead {
		tag := etag(body)
		h.Set("ETag", tag)
		if !x.personal() {
			h.Set("Cache-Control", "private, no-cache")
		}
		h.Add("Vary", "Accept, Accept-Encoding, Cookie, Authorization")
		if status == http.StatusOK && matches(x.r.Header.Get("If-None-Match"), tag) {
			h.Del("Content-Type")
			x.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w, end := x.compressed(len(body))
	x.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		_, _ = w.Write(body) // an error means that nobody reads it
	}
	end()
}

// personal reports whether an answer is about people and their access, so that no
// cache keeps it.
func (x *exchange) personal() bool {
	if x.route == nil || x.route.secret {
		return true
	}
	area, _, _ := strings.Cut(string(x.route.Action), ".")
	return slices.Contains([]string{"self", "user", "token", "audit", "settings"}, area)
}

// operation is what huma and the document are told of a route.
func (s *Server) operation(r *Route, tag, short, doc, cli string) huma.Operation {
	op := huma.Operation{Method: r.Method, Path: r.Path, OperationID: r.ID, Tags: []string{tag}, Summary: short, Metadata: map[string]any{"route": r}, Responses: map[string]*huma.Response{}}
	op.Description = doc
	if cli != "" {
		op.Description = strings.TrimSpace(doc + "\n\nThe same on the command line: `" + cli + "`.")
		op.Extensions = map[string]any{"x-drover-cli": cli}
	}
	if r.Public {
		op.Security = []map[string][]string{}
	} else {
		op.Extensions = with(op.Extensions, "x-drover-action", string(r.Action))
		if len(r.Or) > 0 {
			op.Extensions = with(op.Extensions, "x-drover-or", r.Or)
		}
	}
	return op
}

func with(m map[string]any, key string, v any) map[string]any {
	if m == nil {
		m = map[string]any{}
	}
	m[key] = v
	return m
}

// etag is the weak tag of an answer: the generation that it speaks of, and a hash
// of all else.
func etag(body []byte) string {
	gen, rest := generation(body)
	return `W/"` + gen + "-" + digest(rest) + `"`
}

// generation finds the generation in the head of a body, and returns the body
// without it; "0" where the body speaks of none.
func generation(body []byte) (gen string, rest []byte) {
	const most = 200
	head := body[:min(len(body), most)]
	const word = `"generation":`
	at := bytes.Index(head, []byte(word))
	if at < 0 {
		return "0", body
	}
	at += len(word)
	end := at
	for end < len(body) && body[end] >= '0' && body[end] <= '9' {
		end++
	}
	return string(body[at:end]), append(append([]byte(nil), body[:at]...), body[end:]...)
}

// failed is the reply that tells the problem: huma has no part in how.
func (x *exchange) failed(err error) *reply {
	return &reply{func(huma.Context) { x.fail(err) }}
}
