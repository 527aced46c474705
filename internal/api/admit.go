package api

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/klauspost/compress/gzip"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// maxBody is how many bytes a body may have where its route says nothing else.
const maxBody = 1 << 20

// admit decides whether a call goes on: who makes it, whether they may, not too
// often, with a body that can be read. It answers those that do not.
func (s *Server) admit(x *exchange, op *huma.Operation) bool {
	if !x.route.Public {
		if s.o.Authenticate == nil {
			x.problem(refuse("unauthenticated", "this server lets nobody in"))
			return false
		}
		c, err := s.o.Authenticate(x.r)
		if err != nil {
			s.stranger(x, err)
			return false
		}
		x.caller = c
	}
	if !s.limits.allow(x) {
		return false
	}
	if !x.route.Public {
		if why := x.shut(); why != "" {
			x.problem(refuse("permission", why))
			return false
		}
		if x.caller.Viewing != "" && x.route.Acting && x.route.ID != "view_as" && x.route.ID != "logout" {
			x.problem(refuse("permission", "you look on as "+string(x.caller.Viewing)+": nothing can be changed meanwhile; be yourself again first"))
			return false
		}
	}
	if x.r.URL.RawQuery != "" {
		if name := twice(op, x.r.URL.Query()); name != "" {
			x.problem(refuse("invalid", "the parameter "+name+" is given more than once", Fault{Pointer: "/query/" + name, Detail: "it takes one value; a list is written with commas"}))
			return false
		}
	}
	return s.readable(x, op)
}

// shut says why none of the actions of the route is the caller's to do; "": one is.
func (x *exchange) shut() string {
	var why []string
	for _, a := range x.route.opens() {
		d := authz.Decide(x.caller, a)
		if d.Allowed {
			return ""
		}
		if !slices.Contains(why, d.Reason) {
			why = append(why, d.Reason)
		}
	}
	return strings.Join(why, "; ")
}

// stranger answers who did not say who they are, and counts it to their address:
// what is wrong is not told, but for that it is too often.
func (s *Server) stranger(x *exchange, err error) {
	if !s.limits.allow(x) {
		return
	}
	p := refuse("unauthenticated", "")
	if errors.Is(err, engine.ErrGuessing) {
		p = refuse("rate_limited", "this session or token is not known here, and many wrong ones came from this address; a right one is taken at any time")
		p.retryAfter = 180
	}
	x.problem(p)
}

// readable checks the form of a body and bounds it.
func (s *Server) readable(x *exchange, op *huma.Operation) bool {
	r := x.r
	if op.RequestBody == nil {
		return true
	}
	most := op.MaxBodyBytes
	if most <= 0 {
		most = maxBody
	}
	if r.ContentLength > most {
		x.problem(refuse("too_large", ""))
		return false
	}
	r.Body = http.MaxBytesReader(x, r.Body, most)
	given := r.Header.Get("Content-Type")
	if given == "" && r.ContentLength == 0 {
		return true
	}
	media, _, err := mime.ParseMediaType(given)
	if _, ok := op.RequestBody.Content[media]; err != nil || !ok {
		x.problem(refuse("media_type", "the body is not of a type that this address takes"))
		return false
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		x.problem(refuse("media_type", "a body is sent as it is, without Content-Encoding"))
		return false
	}
	r.Header.Set("Content-Type", media)
	return true
}

// digest is a hash to compare texts by.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:10])
}

// matches reports whether a header If-None-Match or If-Match names a tag. Weak and
// strong are the same here: an answer differs in its compression only.
func matches(header, tag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for given := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(given), "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// compressed is what an answer of so many bytes, -1 for not known, is written to.
func (x *exchange) compressed(n int) (w io.Writer, end func()) {
	const least = 1400 // below, one packet carries it as it is
	if n >= 0 && n < least || x.route != nil && x.route.keyed() || x.r.Method == http.MethodHead || !takesGzip(x.r.Header.Get("Accept-Encoding")) {
		return x, func() {}
	}
	x.Header().Set("Content-Encoding", "gzip")
	z, err := gzip.NewWriterLevel(x, gzip.BestSpeed)
	if err != nil { // a level that does not exist
		z = gzip.NewWriter(x)
	}
	return z, func() { _ = z.Close() }
}

func takesGzip(header string) bool {
	star := false
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		value, weighed := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		q, err := strconv.ParseFloat(value, 64)
		takes := !weighed || err == nil && q > 0
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip":
			return takes
		case "*":
			star = takes
		}
	}
	return star
}
