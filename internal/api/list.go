package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// ListParams are the parameters of every list. A list with more of them embeds it.
type ListParams struct {
	Filter    string   `query:"filter" maxLength:"8192" doc:"Which rows: one grammar everywhere, see GET /fields. What is not known matches only FIELD:unknown." example:"env=prod last_used>90d"`
	OrderBy   string   `query:"order_by" maxLength:"80" doc:"The field to order by, with - before it for descending. What is not known comes last. Equal rows are ordered by ref." example:"-last_used"`
	PageSize  int      `query:"page_size" minimum:"0" maximum:"1000" default:"50" doc:"Items of one page; 0 for counts and facets only." example:"100"`
	PageToken string   `query:"page_token" maxLength:"4096" doc:"next_page_token of the page before. It carries filter, order and moment, which may be left out then." example:"eyJnIjoxMjB9"`
	Fields    []string `query:"fields" maxItems:"60" doc:"The fields of each item that are wanted, in this order; without it, all but those that an item has only where they are named here. In CSV each is one column, an object by its name (OBJECT.FIELD for another part of it), and without fields the columns are those of the command line." example:"id,name,owner"`
	Facets    []string `query:"facets" maxItems:"12" doc:"Fields whose values are counted over all rows that match. What the filter says of a field itself is left out of its own counts, so that beside the values that are chosen stand the others, with how many rows they would bring." example:"env,lifecycle"`
	Format    string   `query:"format" enum:"json,csv,ndjson" doc:"json: a page. csv, ndjson: every row that matches, as a stream. Without it, what Accept asks for." example:"csv"`
	Receipt   bool     `query:"receipt" doc:"csv: the last record is one cell, # drover and JSON: noun, filter, order, moment, generation, user, rows, and the SHA-256 of every byte before it. Every stream has that hash in the trailer Drover-SHA256, too."`
	AsOfParam
	Accept string `header:"Accept" maxLength:"1000" doc:"application/json, text/csv or application/x-ndjson." hidden:"true"`

	at      time.Time // as_of, read; zero: now
	pin     *pin      // of page_token; nil: the first page
	streams bool      // every row was asked for, as a stream
}

func (l *ListParams) common() *ListParams { return l }

// A list is one route that lists. In holds its parameters and embeds ListParams.
type list[In any] struct {
	Path, ID, Tag, Short, Doc, CLI string

	Action authz.Action
	Noun   string // "identities": of the schema and of the file's name
	Item   any    // a zero item: its fields are those of the document, of CSV and of fields=

	// Find answers. It has filter, order and moment in its parameters.
	Find func(ctx context.Context, in *In) (*found, error)
}

// found is what a list found: how much, and the means to get at it.
type found struct {
	Generation int64
	Now        time.Time // that ages are measured from, so that later pages measure the same; zero: it does not matter

	Total int
	// Page returns the items after a place, "" for the beginning, and the place after
	// them, "" where nothing follows.
	Page func(after string, n int) (items []any, next string, err error)
	// All yields every item, for a stream.
	All iter.Seq[any]
	// Failed is why All ended before its time; nil: it did not.
	Failed error
	// Facets counts; nil: this list has none.
	Facets func(fields []string) (map[string][]engine.FacetCount, error)
	// More are fields of the answer beside those of every list, in order.
	More []field
}

// A field is a name with a value, of an answer's head.
type field struct {
	Name  string
	Value any
}

// whole is what a list found where it has all its items at hand.
func whole[T any](generation int64, all []T) *found {
	return made(generation, len(all), func(i int) any { return all[i] })
}

// made is what a list found where item i of n is made when it is asked for. A place is
// a number with the item before it: what is decided, begun or ended between two pages
// moves items without a new generation (see afterItem).
func made(generation int64, n int, item func(i int) any) *found {
	span := func(from, to int) iter.Seq[any] {
		return func(yield func(any) bool) {
			for i := from; i < to; i++ {
				if !yield(item(i)) {
					return
				}
			}
		}
	}
	return &found{Generation: generation, Total: n, All: span(0, n), Page: func(after string, size int) ([]any, string, error) {
		from := 0
		if after != "" {
			var err error
			if from, err = afterItem(after, n, item); err != nil {
				return nil, "", err
			}
		}
		to := min(from+size, n)
		next := ""
		if to < n && size > 0 {
			next = strconv.Itoa(to) + ":" + itemKey(item(to-1))
		}
		return slices.Collect(span(from, to)), next, nil
	}}
}

// afterSearch is how far from its place an item is looked for.
const afterSearch = 2000

// afterItem is where the page after an item begins: behind it, wherever it is by now. An
// item that is gone is an error: what came after it cannot be told from what came before.
func afterItem(after string, n int, item func(i int) any) (int, error) {
	place, key, ok := strings.Cut(after, ":")
	at, err := strconv.Atoi(place)
	if err != nil || !ok || at < 1 {
		return 0, refuse("page_token_invalid", "")
	}
	for d := range afterSearch {
		for _, i := range [2]int{at - d, at + d} {
			if i >= 1 && i <= n && itemKey(item(i-1)) == key {
				return i, nil
			}
		}
	}
	return 0, refuse("page_token_expired", "the item that the page before ended with is not in the list any more")
}

// itemKey tells an item of a list from the others: by its id where it has one.
func itemKey(item any) string {
	raw, err := json.Marshal(item)
	if err != nil {
		return ""
	}
	var named struct {
		ID  json.RawMessage `json:"id"`
		Key json.RawMessage `json:"key"`
		Ref json.RawMessage `json:"ref"`
	}
	if err := json.Unmarshal(raw, &named); err == nil {
		for _, name := range [3]json.RawMessage{named.ID, named.Key, named.Ref} {
			if len(name) > 0 && string(name) != `""` && string(name) != "null" {
				raw = name
				break
			}
		}
	}
	sum := fnv.New64a()
	_, _ = sum.Write(raw)
	return strconv.FormatUint(sum.Sum64(), 36)
}

// expired says that the generation of a page token can no longer be answered from.
func expired(p *pin) error {
	return refuse("page_token_expired", fmt.Sprintf("the pages before were of generation %d, which can no longer be answered from", p.Generation))
}

// listing is the answer of a list.
type listing struct {
	noun   string
	item   any
	in     *ListParams
	found  *found
	format string
	next   string // token
	items  []any
	facets map[string][]engine.FacetCount
}

// addList registers a list.
func addList[In any, P interface {
	*In
	common() *ListParams
}](s *Server, l list[In]) {
	s.shapes.list(l.Noun, reflect.TypeOf(l.Item))
	add(s, route[In, listing]{Method: http.MethodGet, Path: l.Path, ID: l.ID, Tag: l.Tag, Short: l.Short, Doc: l.Doc, CLI: l.CLI, Action: l.Action, Do: func(ctx context.Context, given *In) (*listing, error) {
		in := P(given).common()
		v := &listing{noun: l.Noun, item: l.Item, in: in}
		if err := s.prepare(ctx, l.ID, v); err != nil {
			return nil, err
		}
		f, err := l.Find(ctx, given)
		if err != nil {
			return nil, listFault(in, err)
		}
		v.found = f
		return v, s.page(ctx, l.ID, v)
	}, answer: func(s *Server) map[string]schema { return s.listAnswer(l.Noun) }})
}

// prepare reads what the parameters of a list say together.
func (s *Server) prepare(ctx context.Context, id string, v *listing) error {
	in := v.in
	var err error
	if v.format, err = wantedFormat(in.Format, in.Accept); err != nil {
		return err
	}
	in.streams = v.format != "json"
	if err := v.known(); err != nil {
		return err
	}
	if in.PageToken != "" {
		if v.format != "json" {
			return refuse("invalid", "csv and ndjson hold every row: leave page_token out", Fault{Pointer: "/query/page_token", Detail: "a stream has no pages"})
		}
		if in.pin, err = s.unseal(ctx, id, in); err != nil {
			return err
		}
		in.Filter, in.OrderBy, in.AsOf, in.at = in.pin.Filter, in.pin.Order, "", in.pin.asOf()
		return nil
	}
	in.at, err = s.moment(ctx, in.AsOfParam)
	return err
}

// page makes the page that was asked for.
func (s *Server) page(ctx context.Context, id string, v *listing) error {
	in, f := v.in, v.found
	if in.pin != nil && in.pin.Generation != f.Generation {
		return expired(in.pin)
	}
	if len(in.Facets) > 0 {
		if f.Facets == nil {
			return refuse("invalid", "facets: this list has none", Fault{Pointer: "/query/facets", Detail: "this list has none"})
		}
		var err error
		if v.facets, err = f.Facets(in.Facets); err != nil {
			return refuse("invalid", said(err), Fault{Pointer: "/query/facets", Detail: said(err)})
		}
	}
	if v.format != "json" {
		return nil
	}
	after := ""
	if in.pin != nil {
		after = in.pin.After
	}
	items, next, err := f.Page(after, in.PageSize)
	if err != nil {
		return err
	}
	v.items = items
	if next != "" {
		v.next = s.seal(ctx, id, pin{Generation: f.Generation, Filter: in.Filter, Order: in.OrderBy, At: unixMicro(in.at), Now: unixMicro(f.Now), After: next})
	}
	return nil
}

// wantedFormat is the format that a parameter or else a header asks for.
func wantedFormat(format, accept string) (string, error) {
	if format != "" {
		return format, nil
	}
	names := []string{"json", "csv", "ndjson", "ndjson"} // what is wanted alike is the first of these
	weights := accepted(accept, []string{"application/json", "text/csv", "application/x-ndjson", "application/jsonl"})
	if best := slices.Max(weights); best > 0 {
		return names[slices.Index(weights, best)], nil
	}
	return "", refuse("not_acceptable", "a list is application/json, text/csv or application/x-ndjson")
}

// listFault says which parameter an error is about.
func listFault(in *ListParams, err error) error {
	if bad, ok := errors.AsType[*filter.SyntaxError](err); ok {
		return refuse("filter_invalid", said(err), filterFault(bad))
	}
	if errors.Is(err, drover.ErrInvalid) && in.OrderBy != "" {
		return refuse("invalid", "order_by: "+said(err), Fault{Pointer: "/query/order_by", Detail: said(err), Suggestion: nearestField(in.OrderBy)})
	}
	return err
}

func filterFault(bad *filter.SyntaxError) Fault {
	column := bad.Column()
	return Fault{Pointer: "/query/filter", Detail: cleaned(bad.Reason, 2000), Position: &column, Suggestion: bad.Suggestion()}
}

// write answers with a page, or streams.
func (v *listing) write(x *exchange) error {
	if v.format != "json" {
		return v.stream(x)
	}
	f := v.found
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"schema":%q,"generation":%d,"as_of":%s,"total_size":%d,"total_exact":true,"next_page_token":%q,"items":[`, "drover/v1/"+v.noun, f.Generation, moment(v.in.at), f.Total, v.next)
	for i, item := range v.items {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n")
		raw, err := encode(item, v.in.Fields)
		if err != nil {
			return err
		}
		b.Write(raw)
	}
	b.WriteString("]")
	facets := v.facets
	if facets == nil {
		facets = map[string][]engine.FacetCount{}
	}
	for _, m := range append([]field{{"facets", facets}}, f.More...) {
		raw, err := engine.JSON(m.Value)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, `,%q:%s`, m.Name, raw)
	}
	b.WriteString("}\n")
	x.send(http.StatusOK, "application/json", b.Bytes())
	return nil
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "null"
	}
	return strconv.Quote(t.UTC().Format(time.RFC3339Nano))
}

// encode writes an item, cut down to the fields in their order.
func encode(item any, fields []string) ([]byte, error) {
	raw, err := engine.JSON(item)
	if err != nil || len(fields) == 0 {
		return raw, err
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", f, cmp.Or(string(m[f]), "null"))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// known refuses a name in fields= that the items do not have, or their cells.
func (v *listing) known() error {
	fields := v.in.Fields
	if v.format == "csv" {
		if _, err := engine.Cells(v.noun, v.item, fields); err != nil {
			return refuse("invalid", "fields: "+said(err), Fault{Pointer: "/query/fields", Detail: "there is no such column"})
		}
	}
	all := engine.FieldNames(v.item)
	for i, f := range fields {
		if v.format != "csv" && !slices.Contains(all, f) {
			return refuse("invalid", fmt.Sprintf("fields: there is no field %q; there are %s", clean(f), strings.Join(all, ", ")),
				Fault{Pointer: "/query/fields", Detail: "there is no such field", Suggestion: nearest(f, all)})
		}
		if slices.Contains(fields[:i], f) {
			return refuse("invalid", "fields: "+f+" is there twice", Fault{Pointer: "/query/fields", Detail: "a field is there twice"})
		}
	}
	return nil
}

// nearest is the name that was probably meant, "" where none is near.
func nearest(name string, all []string) string {
	best, at := "", 3
	if slices.Contains(all, name) {
		return ""
	}
	for _, n := range all {
		if d := filter.Distance(name, n); d < at {
			best, at = n, d
		}
	}
	return best
}
