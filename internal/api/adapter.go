package api

import (
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	jsonv2 "github.com/go-json-experiment/json"

	"github.com/droverhq/drover/internal/engine"
)

// A handler answers what came in by one route.
type handler func(x *exchange)

// adapter puts huma's operations on the mux. A path may end in :verb after a
// parameter, POST /findings/{id}:accept, which patterns of the mux cannot say: all
// verbs of one such path share a pattern, and the part after the last colon says
// which is meant.
type adapter struct{ s *Server }

func (a *adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.s.ServeHTTP(w, r) }

func (a *adapter) Handle(op *huma.Operation, next func(huma.Context)) {
	h := a.s.guarded(op, next)
	route, _ := op.Metadata["route"].(*Route)
	path, verb, ok := strings.Cut(op.Path, "}:")
	if !ok {
		a.s.at[op.Method+" "+op.Path] = route
		a.s.mux.HandleFunc(op.Method+" "+op.Path, func(w http.ResponseWriter, _ *http.Request) { h(w.(*exchange)) })
		return
	}
	pattern := op.Method + " " + path + "}"
	verbs := a.s.verbs[pattern]
	if verbs == nil {
		verbs = map[string]handler{}
		a.s.verbs[pattern] = verbs
		param := path[strings.LastIndexByte(path, '{')+1:]
		a.s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			x := w.(*exchange)
			value := r.PathValue(param)
			at := strings.LastIndexByte(value, ':') // there is one: see takes
			r.SetPathValue(param, value[:at])
			verbs[value[at+1:]](x)
		})
	}
	verbs[verb] = h
	a.s.at[pattern+":"+verb] = route
}

// guarded is a handler behind everything that holds for all of them.
func (s *Server) guarded(op *huma.Operation, next func(huma.Context)) handler {
	route, _ := op.Metadata["route"].(*Route)
	return func(x *exchange) {
		x.route = route
		if !s.admit(x, op) {
			return
		}
		make := func() { next(&request{humaContext: humago.NewContext(op, x.r, x), x: x}) }
		if route.keyed() {
			s.once(x, make)
			return
		}
		make()
	}
}

// request is what huma sees of an exchange. What it answers with 422, a request
// that does not fit the document, is a 400 here.
type request struct {
	humaContext
	x *exchange
}

// humaContext has another name than its method Context, so that it can be
// embedded.
type humaContext huma.Context

func (c *request) SetStatus(code int) {
	if code == http.StatusUnprocessableEntity {
		code = http.StatusBadRequest
	}
	c.humaContext.SetStatus(code)
}

// marshal writes what huma writes itself, which is problems.
func marshal(w io.Writer, v any) error {
	raw, err := engine.JSON(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(raw, '\n'))
	return err
}

// unmarshal reads a body: one JSON value and nothing after it. Fields that are not
// in the document are refused by its schema.
//
// It is stricter than encoding/json: a key that is there twice, or in another case,
// would be one thing to who looks at a body on its way here and another to us.
func unmarshal(data []byte, v any) error {
	return jsonv2.Unmarshal(data, v, jsonv2.RejectUnknownMembers(true))
}
