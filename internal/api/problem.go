package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/danielgtaylor/huma/v2"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/secret"
)

// A Problem says what went wrong (RFC 9457). It is an error, so that a handler can
// return one.
type Problem struct {
	Type      string  `json:"type"`     // the page about problems of this code
	Title     string  `json:"title"`    // the same for every problem of this code
	Status    int     `json:"status"`   // of HTTP
	Detail    string  `json:"detail"`   // what happened here
	Instance  string  `json:"instance"` // the path that was called
	Code      string  `json:"code"`     // what programs go by
	Errors    []Fault `json:"errors"`   // each fault with its place; none where the whole is at fault
	Fix       string  `json:"fix"`      // what to do next, a command where there is one
	RequestID string  `json:"request_id"`

	retryAfter int // seconds
}

// A Fault is one thing that is wrong with a request.
type Fault struct {
	Pointer    string `json:"pointer"`              // RFC 6901, into {path, query, header, body}: /query/filter, /body/items/3
	Detail     string `json:"detail"`               // what is wrong there
	Position   *int   `json:"position,omitempty"`   // of a text: the column, from 1
	Suggestion string `json:"suggestion,omitempty"` // what was probably meant
}

// Error returns the detail.
func (p *Problem) Error() string { return cmp.Or(p.Detail, p.Title) }

// A ProblemCode is one code that problems have.
type ProblemCode struct {
	Code   string
	Status int
	Title  string
	Doc    string // what it means, and what to do
}

// ProblemCodes lists every code, for the reference.
var ProblemCodes = []ProblemCode{
	{"invalid", 400, "The request is not valid", "Something in the request is not what the document allows. errors names each place."},
	{"filter_invalid", 400, "The filter is not valid", "errors says at which column (position) and, where one is near, what was meant (suggestion). GET /fields lists the fields, GET /filter/complete completes."},
	{"page_token_invalid", 400, "The page token is not valid", "It is none of this server's, or it belongs to another list, filter, order or caller. Start again without page_token."},
	{"page_token_expired", 410, "The page token has expired", "The generation that it names can no longer be answered from. Start again without page_token."},
	{"idempotency_key_missing", 400, "An Idempotency-Key is needed", "A POST that changes something takes the header Idempotency-Key: a text that is new for each thing to be done, such as a UUID. Repeating the call with the same key does it once."},
	{"unauthenticated", 401, "Sign in first", "The call names nobody, or somebody whose sign-in has ended. Sign in, or send Authorization: Bearer TOKEN."},
	{"permission", 403, "You may not do this", "detail says who may."},
	{"cross_origin", 403, "The call came from a page of another origin", "Browsers may call this API only from its own pages. Programs send no Origin header."},
	{"not_found", 404, "There is no such thing", "It does not exist, or you may not see it."},
	{"method_not_allowed", 405, "The address does not take this method", "The header Allow lists those that it takes."},
	{"not_acceptable", 406, "The answer has no such form", "The document lists the media types of each answer."},
	{"timeout", 504, "It took too long", "Ask for less: a filter, a smaller depth. Or try again."},
	{"conflict", 409, "It conflicts with what is there", "Somebody else is writing, or it is there already. Read it again."},
	{"idempotency_key_running", 409, "The first call with this key is still running", "Wait as long as Retry-After says and repeat it."},
	{"precondition_failed", 412, "It has changed since you read it", "Read it again, and send its ETag in If-Match."},
	{"too_large", 413, "The body is too large", "Bodies are at most 1 MiB, imports 64 MiB."},
	{"media_type", 415, "The body has no such form", "Send Content-Type: application/json."},
	{"idempotency_key_reused", 422, "The key was used for another request", "A key stands for one request. Use a new one."},
	{"precondition_required", 428, "An If-Match is needed", "A change of an existing thing takes the header If-Match with the ETag that it was read with, so that nobody's change is lost."},
	{"rate_limited", 429, "Too many calls", "Wait as long as Retry-After says. The headers RateLimit and RateLimit-Policy say what is left."},
	{"internal", 500, "The server failed", "This is a bug in drover. The log has the cause under the request id."},
	{"storage_full", 507, "The server's disk is full", "Nothing was written; what is there can be read. Free some space on the server, then repeat the call."},
	{"transient", 503, "Not now", "Something that the server needs did not answer. Try again."},
}

func codeOf(code string) ProblemCode {
	i := slices.IndexFunc(ProblemCodes, func(c ProblemCode) bool { return c.Code == code })
	if i < 0 {
		return ProblemCode{Code: "internal", Status: 500, Title: "The server failed"}
	}
	return ProblemCodes[i]
}

// ProblemsPage is where the codes are explained, each at an anchor of its name.
const ProblemsPage = "/api/docs/problems"

// refuse makes a problem of a code.
func refuse(code, detail string, faults ...Fault) *Problem {
	c := codeOf(code)
	return &Problem{Type: ProblemsPage + "#" + c.Code, Title: c.Title, Status: c.Status, Detail: detail, Code: c.Code, Errors: faults}
}

// problemOf tells an error. What is internal is not told.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	code := "internal"
	for _, c := range []struct {
		err  error
		code string
	}{{drover.ErrInvalid, "invalid"}, {drover.ErrPermission, "permission"}, {drover.ErrNotFound, "not_found"}, {drover.ErrConflict, "conflict"}, {context.DeadlineExceeded, "timeout"}, {drover.ErrFull, "storage_full"}, {syscall.ENOSPC, "storage_full"}, {drover.ErrTransient, "transient"}} {
		if errors.Is(err, c.err) {
			code = c.code
			break
		}
	}
	if code == "internal" {
		return refuse(code, "")
	}
	text := said(err)
	if code == "storage_full" { // which disk is nobody's business who cannot free it
		text = "the disk is full, and nothing was written"
	}
	p := refuse(code, text)
	if bad, ok := errors.AsType[*engine.FieldError](err); ok && (code == "invalid" || code == "not_found") {
		p.Errors = []Fault{{Pointer: "/body/" + bad.Field, Detail: text}}
	}
	if code == "transient" {
		p.retryAfter = 1
	}
	if m := command.FindStringSubmatch(text); m != nil {
		p.Fix = m[1]
	}
	return p
}

// command finds what an error tells to do.
var command = regexp.MustCompile("`(drover [^`]+)`")

// said is the text of an error without the words of the sentinels, which the code
// says, and without anything that looks like a secret.
func said(err error) string {
	lines := strings.Split(secret.RedactString(err.Error()), "\n")
	for i := range lines {
		for _, sentinel := range []error{drover.ErrInvalid, drover.ErrNotFound, drover.ErrConflict, drover.ErrPermission, drover.ErrTransient, drover.ErrFull} {
			if t := strings.TrimSuffix(lines[i], ": "+sentinel.Error()); t != "" {
				lines[i] = t
			}
		}
	}
	return strings.ToValidUTF8(strings.Join(lines, "\n"), "\uFFFD")
}

// problem answers with a problem.
func (x *exchange) problem(p *Problem) {
	q := *p
	q.Instance, q.RequestID = x.r.URL.EscapedPath(), x.id
	x.code = q.Code
	if q.Errors == nil {
		q.Errors = []Fault{}
	}
	if q.retryAfter > 0 {
		x.Header().Set("Retry-After", strconv.Itoa(q.retryAfter))
	}
	if q.Status == http.StatusUnauthorized {
		x.Header().Set("WWW-Authenticate", `Bearer realm="drover"`)
	}
	raw, err := engine.JSON(q)
	if err != nil {
		raw = []byte(`{"code":"internal"}`)
	}
	x.Header().Set("Content-Type", "application/problem+json")
	if q.Status != http.StatusPreconditionFailed {
		x.Header().Del("ETag")
	}
	x.WriteHeader(q.Status)
	if x.r.Method != http.MethodHead {
		_, _ = x.Write(append(raw, '\n'))
	}
}

// fail answers with the problem that an error is.
func (x *exchange) fail(err error) {
	if x.r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody is there to read an answer
	}
	p := problemOf(err)
	if p.Code == "internal" {
		x.s.o.Log.Error("a call failed", "request_id", x.id, "error", secret.RedactString(err.Error()))
	}
	if x.status == 0 {
		x.problem(p)
		return
	}
	panic(http.ErrAbortHandler) // the answer has begun: cut it, so that nobody takes it for whole
}

// invalid turns what huma says of a request that does not fit into a problem.
func (s *Server) invalid(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	code := map[int]string{http.StatusRequestEntityTooLarge: "too_large", http.StatusUnsupportedMediaType: "media_type", http.StatusNotAcceptable: "not_acceptable", http.StatusRequestTimeout: "timeout"}[m.Status]
	p := refuse(cmp.Or(code, "invalid"), "")
	if m.Status != http.StatusUnprocessableEntity {
		p.Status = m.Status
	}
	var texts []string
	const most = 50 // faults of one body
	for _, e := range m.Errors[:min(most, len(m.Errors))] {
		f := Fault{Pointer: clean(pointer(e.Location)), Detail: clean(e.Message)}
		p.Errors = append(p.Errors, f)
		texts = append(texts, strings.TrimPrefix(f.Pointer, "/")+": "+f.Detail)
	}
	slices.SortStableFunc(p.Errors, func(a, b Fault) int { return strings.Compare(a.Pointer, b.Pointer) })
	slices.Sort(texts)
	p.Detail = strings.Join(texts, "; ")
	if p.Detail == "" {
		p.Detail = clean(m.Detail)
	}
	if x := exchangeOf(ctx.Context()); x != nil {
		p.Instance, p.RequestID, x.code = x.r.URL.EscapedPath(), x.id, p.Code
	}
	return p, nil
}

// clean makes a text of a validator fit to be told: bounded, and no secret.
func clean(s string) string { return cleaned(s, 300) }

// cleaned is clean of at most so many bytes.
func cleaned(s string, most int) string {
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(secret.RedactString(s), "\uFFFD")
}

// ContentType is the media type of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// pointer makes a JSON Pointer of huma's way to write places: body.items[3].tags.
func pointer(location string) string {
	if location == "" {
		return ""
	}
	var b strings.Builder
	for part := range strings.SplitSeq(strings.NewReplacer("[", ".", "]", "").Replace(location), ".") {
		fmt.Fprintf(&b, "/%s", strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	return b.String()
}
