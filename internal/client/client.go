// Package client speaks to a server of Drover: one method for each operation of the
// OpenAPI document, written by generate (gen_*.go), over the core in this file and
// its neighbours: which server and who calls (server.go), one call with its retries
// (call.go), what went wrong (problem.go), lists and streams (list.go), operations
// that take long (operation.go).
//
// Answers are the engine's own types wherever the document describes one of them.
// Package estate makes of it what the command line asks.
package client

//go:generate go run -tags grpcnotrace ./generate ../../docs/reference/openapi.json ../.. .

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A Client speaks to one server. It is safe for concurrent use.
type Client struct {
	base  string // without /api/v1
	http  *http.Client
	token drover.Secret
	agent string
	show  func(string) // nil: requests are not shown
	dry   bool         // requests are shown and not sent

	wait func(attempt int, said time.Duration) time.Duration
}

// A Request is what an operation is asked with.
type Request interface{ request() request }

// request is one call, before it is written as HTTP.
type request struct {
	id, method, path string
	query            url.Values
	body             any
	keyed            bool   // it takes an Idempotency-Key
	match            string // If-Match; "": none
	accept           string // "": JSON
}

// segment is a value as one element of a path.
func segment(s string) string {
	// A path of dots would be taken for a folder on the way.
	if s == "." || s == ".." {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return url.PathEscape(s)
}

// set adds a parameter, unless it has the zero value.
func (r *request) set(name string, value any) {
	v := reflect.ValueOf(value)
	if v.IsZero() {
		return
	}
	if r.query == nil {
		r.query = url.Values{}
	}
	switch v := value.(type) {
	case *int:
		r.query.Set(name, strconv.Itoa(*v))
	case []string:
		r.query.Set(name, strings.Join(v, ","))
	case []int:
		r.query.Set(name, strings.ReplaceAll(strings.Trim(fmt.Sprint(v), "[]"), " ", ","))
	case time.Time:
		r.query.Set(name, v.UTC().Format(time.RFC3339Nano))
	default:
		r.query.Set(name, fmt.Sprint(v))
	}
}

// ListParams are what every list can be asked with; the zero value asks for the
// first page.
type ListParams struct {
	Filter    string
	OrderBy   string // -field for descending
	PageSize  int    // 0: as the server likes; below 0: no items, only counts
	PageToken string
	Fields    []string
	Facets    []string
	Format    string // "": JSON
	AsOf      string // "": now
}

func (r *request) list(p ListParams) {
	r.set("filter", p.Filter)
	r.set("order_by", p.OrderBy)
	r.set("page_token", p.PageToken)
	r.set("fields", p.Fields)
	r.set("facets", p.Facets)
	r.set("format", p.Format)
	r.set("as_of", p.AsOf)
	if p.PageSize != 0 {
		r.set("page_size", strconv.Itoa(max(p.PageSize, 0)))
	}
}

// AsOf writes a moment for as_of; the zero time is now.
func AsOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
