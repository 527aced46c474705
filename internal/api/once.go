package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/droverhq/drover/internal/engine"
)

// Calls that change something by POST take an Idempotency-Key: the answer is kept
// for 24 hours by caller and key, and the same call with the same key gets it again
// instead of being made again (draft-ietf-httpapi-idempotency-key-header).

const keyHeader = "Idempotency-Key"

// keyed reports whether a route takes an Idempotency-Key.
func (r *Route) keyed() bool { return r.Acting && r.Method == http.MethodPost && !r.Public }

// keyParameter documents the header.
func keyParameter() *huma.Param {
	most := maxKey
	return &huma.Param{Name: keyHeader, In: "header", Required: true, Description: "A text that is new for each thing to be done, such as a UUID. The same call with the same key is done once; it gets the same answer for 24 hours.",
		Example: "0f8fad5b-d9cb-469f-a165-70867728950e", Schema: &huma.Schema{Type: "string", MaxLength: &most}}
}

const maxKey = 255

// once makes a call, unless it was made before.
func (s *Server) once(x *exchange, make func()) {
	key := x.r.Header.Get(keyHeader)
	if key == "" || len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		x.problem(refuse("idempotency_key_missing", fmt.Sprintf("send the header %s: a text of 1 to %d visible ASCII characters, such as a UUID", keyHeader, maxKey), Fault{Pointer: "/header/" + keyHeader, Detail: "it is missing or is no such text"}))
		return
	}
	sum, err := requestSum(x)
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			x.problem(refuse("too_large", ""))
			return
		}
		x.problem(refuse("invalid", "the body could not be read"))
		return
	}
	c := engine.Call{Who: x.caller.ID, Key: key, Request: sum, Holder: s.holder}
	state, answer, err := s.o.Engine.Begin(x.r.Context(), c)
	if err != nil {
		x.fail(err)
		return
	}
	switch state {
	case engine.CallDone:
		x.replay(answer)
	case engine.CallRunning:
		p := refuse("idempotency_key_running", "")
		p.retryAfter = 1
		x.problem(p)
	case engine.CallOther:
		x.problem(refuse("idempotency_key_reused", "", Fault{Pointer: "/header/" + keyHeader, Detail: "it was used for another call"}))
	case engine.CallLost:
		x.Header().Set("Idempotent-Replayed", "true")
		x.problem(refuse("conflict", "this was done already; the server ended before it could answer: read what it changed"))
	case engine.CallNew:
		x.r = x.r.WithContext(c.Made(x.r.Context()))
		s.first(x, c, make)
	}
}

// first makes a call, keeps what it was answered with if it changed something, and
// only then sends it: a client that has an answer can rely on it.
func (s *Server) first(x *exchange, c engine.Call, make func()) {
	// What is begun is ended even where the client has left.
	ctx := context.WithoutCancel(x.r.Context())
	kept := false
	defer func() {
		if !kept {
			if err := s.o.Engine.Abandon(ctx, c); err != nil {
				s.o.Log.Error("a call that failed could not be forgotten", "request_id", x.id, "error", err.Error())
			}
		}
	}()
	rec := &recorder{header: x.w.Header()}
	under := x.w
	x.w = rec
	defer func() { x.w = under }()
	make()
	x.w = under
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	if rec.status < http.StatusMultipleChoices {
		a := engine.Answer{Status: rec.status, Headers: keptHeaders(x.Header()), Body: rec.body.Bytes()}
		if x.route.secret {
			a.Body = nil // it holds a value that is shown once and never stored
		}
		if err := s.o.Engine.End(ctx, c, a); err != nil {
			s.o.Log.Error("an answer could not be kept", "request_id", x.id, "error", err.Error())
		} else {
			kept = true
		}
	}
	under.WriteHeader(rec.status)
	_, _ = under.Write(rec.body.Bytes())
}

// requestSum is a hash of what a call asks, and leaves its body to be read.
func requestSum(x *exchange) ([]byte, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n%s\n", x.r.Method, x.r.URL.RequestURI(), x.r.Header.Get("If-Match"))
	if x.r.Body != nil {
		raw, err := io.ReadAll(x.r.Body)
		if err != nil {
			return nil, err
		}
		h.Write(raw)
		x.r.Body = io.NopCloser(bytes.NewReader(raw))
	}
	return h.Sum(nil), nil
}

// replayed are the headers that an answer keeps.
var replayed = []string{"Content-Type", "Content-Encoding", "Location", "ETag"}

func keptHeaders(h http.Header) string {
	kept := map[string]string{}
	for _, name := range replayed {
		if v := h.Get(name); v != "" {
			kept[name] = v
		}
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return "{}" // texts only
	}
	return string(raw)
}

// replay sends an answer again.
func (x *exchange) replay(a *engine.Answer) {
	if x.route.secret {
		x.problem(refuse("conflict", "this was done already; what it answered holds a value that was shown once"))
		return
	}
	var headers map[string]string
	if err := json.Unmarshal([]byte(a.Headers), &headers); err != nil {
		x.fail(err)
		return
	}
	for name, v := range headers {
		x.Header().Set(name, v)
	}
	x.Header().Set("Idempotent-Replayed", "true")
	x.WriteHeader(a.Status)
	_, _ = x.Write(a.Body)
}

// A recorder holds an answer back.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
