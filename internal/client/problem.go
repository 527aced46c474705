package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/droverhq/drover"
)

// A Fault is what a server says went wrong (RFC 9457). It wraps the error of drover
// that its code stands for, so that it is told and exits as in process.
type Fault struct {
	Status    int
	Code      string // as the reference lists them: invalid, not_found, ...
	Detail    string // what happened
	Fix       string // what to do next; "": nothing is known
	RequestID string
	Places    []string // JSON Pointers into the request

	kind error
}

// Error is the detail and the words of what it wraps, as errors of the engine are.
func (f *Fault) Error() string {
	if f.kind == nil {
		return f.Detail
	}
	return f.Detail + ": " + f.kind.Error()
}

// Unwrap is the error of drover that the code stands for; nil: none.
func (f *Fault) Unwrap() error { return f.kind }

// kinds are the errors that codes stand for.
var kinds = map[string]error{
	"invalid": drover.ErrInvalid, "filter_invalid": drover.ErrInvalid, "page_token_invalid": drover.ErrInvalid, "idempotency_key_missing": drover.ErrInvalid, "not_acceptable": drover.ErrInvalid,
	"too_large": drover.ErrInvalid, "media_type": drover.ErrInvalid, "idempotency_key_reused": drover.ErrInvalid, "precondition_required": drover.ErrInvalid, "method_not_allowed": drover.ErrInvalid,
	"unauthenticated": drover.ErrPermission, "permission": drover.ErrPermission, "cross_origin": drover.ErrPermission,
	"not_found": drover.ErrNotFound, "conflict": drover.ErrConflict, "idempotency_key_running": drover.ErrConflict, "precondition_failed": drover.ErrConflict, "page_token_expired": drover.ErrConflict,
	"rate_limited": drover.ErrTransient, "transient": drover.ErrTransient, "storage_full": drover.ErrFull, "timeout": context.DeadlineExceeded,
}

// problem reads the problem that an answer is, and closes it.
func problem(resp *http.Response) error {
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	var p struct {
		Title, Detail, Code, Fix string
		RequestID                string `json:"request_id"`
		Errors                   []struct{ Pointer string }
	}
	media := resp.Header.Get("Content-Type")
	if err != nil || !strings.HasPrefix(media, "application/problem+json") || json.Unmarshal(raw, &p) != nil || p.Code == "" {
		where := resp.Header.Get("Location")
		if where != "" {
			return fmt.Errorf("the server answers %s and points elsewhere: is this the address of drover? It must be the one that it answers at itself: %w", resp.Status, drover.ErrInvalid)
		}
		return fmt.Errorf("the server answers %s, and not as drover does: is the address right?", resp.Status)
	}
	f := &Fault{Status: resp.StatusCode, Code: p.Code, Detail: p.Detail, Fix: p.Fix, RequestID: p.RequestID, kind: kinds[p.Code]}
	for _, e := range p.Errors {
		f.Places = append(f.Places, e.Pointer)
	}
	switch {
	case p.Code == "internal":
		f.Detail = "the server failed; its log has the cause under request " + p.RequestID
	case p.Code == "unauthenticated":
		f.Detail = "the server does not know who asks: give a token, in DROVER_TOKEN or by --token-file (drover token create makes one)"
		if resp.Request != nil && resp.Request.Header.Get("Authorization") != "" {
			f.Detail = "the server does not take the token that was given: it is mistyped, expired or revoked, or of another server (drover token list, drover token create)"
		}
	case f.Detail == "":
		f.Detail = p.Title
	}
	return f
}

// Refused is the error of one thing of many that was refused, by its code.
func Refused(code, detail string) error { return &Fault{Code: code, Detail: detail, kind: kinds[code]} }
