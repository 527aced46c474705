package api

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover/connector/rows"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/internal/engine"
)

// stream writes every row that matches, one at a time. A client that goes away
// ends it; an answer that fails half way is cut, so that nobody takes it for whole.
func (v *listing) stream(x *exchange) error {
	h := x.Header()
	h.Set("Drover-Generation", strconv.FormatInt(v.found.Generation, 10))
	h.Set("Drover-Total", strconv.Itoa(v.found.Total))
	media, ext := "application/x-ndjson", "ndjson"
	if v.format == "csv" {
		media, ext = "text/csv; charset=utf-8; header=present", "csv"
	}
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", `attachment; filename="`+v.noun+"."+ext+`"`)
	z, end := x.compressed(-1)
	x.WriteHeader(http.StatusOK)
	if x.r.Method == http.MethodHead {
		return nil
	}
	b := bufio.NewWriterSize(z, 64<<10)
	write := v.lines
	if v.format == "csv" {
		write = v.table
	}
	if err := write(x, b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	end()
	return nil
}

// gone reports, every so many rows, whether the client has left.
func gone(x *exchange, n int) error {
	if n%256 == 0 {
		return x.r.Context().Err()
	}
	return nil
}

func (v *listing) lines(x *exchange, w io.Writer) error {
	n := 0
	for item := range v.found.All {
		if err := gone(x, n); err != nil {
			return err
		}
		n++
		raw, err := encode(item, v.in.Fields)
		if err != nil {
			return err
		}
		if _, err := w.Write(append(raw, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// table writes CSV: a column for each field, those of objects inside as
// object.field, in the order of the document or of fields=.
func (v *listing) table(x *exchange, w io.Writer) error {
	cols := chosen(columnsOf(v.item), v.in.Fields)
	out := csv.NewWriter(w)
	row := make([]string, len(cols))
	for i, c := range cols {
		row[i] = c.name
	}
	if err := out.Write(row); err != nil {
		return err
	}
	n := 0
	for item := range v.found.All {
		if err := gone(x, n); err != nil {
			return err
		}
		n++
		value := reflect.Indirect(reflect.ValueOf(item))
		for i, c := range cols {
			row[i] = cell(c.of(value))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// chosen are the columns of the fields that are wanted, in their order.
func chosen(all []column, fields []string) []column {
	if len(fields) == 0 {
		return all
	}
	var cols []column
	for _, f := range fields {
		for _, c := range all {
			if c.top() == f {
				cols = append(cols, c)
			}
		}
	}
	return cols
}

// cell makes a text fit for a spreadsheet: see export/csv.
func cell(s string) string {
	const most = 32_000
	return rows.Formula(export.Visible(s, most, false))
}

// A column is one column of CSV: a field of an item, or of an object in it.
type column struct {
	name string // owner.name
	path []int  // of reflect's fields, through pointers
}

// top is the field of the item that a column belongs to.
func (c column) top() string {
	name, _, _ := strings.Cut(c.name, ".")
	return name
}

var columnsKnown sync.Map // reflect.Type -> []column: what a type has never changes

// columnsOf are the columns of a type of items.
func columnsOf(t reflect.Type) []column {
	if c, ok := columnsKnown.Load(t); ok {
		return c.([]column)
	}
	cols := columnsIn(t, "", nil, 0)
	columnsKnown.Store(t, cols)
	return cols
}

func columnsIn(t reflect.Type, prefix string, path []int, depth int) []column {
	var cols []column
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		at := append(append([]int(nil), path...), i)
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			cols = append(cols, columnsIn(inner, prefix, at, depth)...)
			continue
		case name == "":
			name = f.Name
		}
		if inner.Kind() == reflect.Struct && known(inner) == nil && depth < 1 {
			cols = append(cols, columnsIn(inner, prefix+name+".", at, depth+1)...)
			continue
		}
		cols = append(cols, column{prefix + name, at})
	}
	return cols
}

// of is the text of a column in an item: "" where nothing is known, the values of
// a list of texts joined by "; ", and JSON for what has no text of its own.
func (c column) of(v reflect.Value) string {
	for _, i := range c.path {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return ""
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	return text(v)
}

func text(v reflect.Value) string {
	if t, ok := v.Interface().(time.Time); ok {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	if v.Type().Implements(reflect.TypeFor[json.Marshaler]()) {
		return jsonText(v)
	}
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if s, ok := v.Interface().(interface{ String() string }); ok {
			return s.String()
		}
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.String {
			parts := make([]string, v.Len())
			for i := range parts {
				parts[i] = v.Index(i).String()
			}
			return strings.Join(parts, "; ")
		}
		if v.Len() == 0 {
			return ""
		}
	case reflect.Map:
		if v.Len() == 0 {
			return ""
		}
	}
	return jsonText(v)
}

func jsonText(v reflect.Value) string {
	raw, err := engine.JSON(v.Interface())
	if err != nil || string(raw) == "{}" || string(raw) == "null" {
		return ""
	}
	return string(raw)
}
