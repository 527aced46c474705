package cli

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/itchyny/gojq"

	"github.com/droverhq/drover"
)

// formats are the values of --format and the endings that -O understands.
var formats = map[string]bool{"table": true, "wide": true, "json": true, "ndjson": true, "yaml": true, "csv": true, "md": true, "name": true}

func formatNames() string {
	var names []string
	for n := range formats {
		names = append(names, n)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// A listing is the output of a command that lists: head fields, then items.
type listing struct {
	Schema     string
	Generation int64
	Total      int
	Head       map[string]any // further fields beside items
	Items      iter.Seq[any]
	Columns    []column
	Empty      string // what to say when there is nothing
}

// A column is one column of the table; wide ones show with -o wide only.
type column struct {
	Name string
	Wide bool
	Get  func(item any) string
}

// list writes a listing in the chosen format.
func (a *app) list(l listing) error {
	return a.write(func(w io.Writer, format string) error { return a.listTo(w, format, l) })
}

// object writes one JSON object in the chosen format; table is its text form.
func (a *app) object(v any, table func(w io.Writer)) error {
	return a.write(func(w io.Writer, format string) error { return a.objectTo(w, format, v, table) })
}

// write runs fn for standard output and for every -O file.
func (a *app) write(fn func(w io.Writer, format string) error) error {
	for _, path := range a.outputs {
		format := strings.TrimPrefix(filepath.Ext(path), ".")
		if format == "txt" {
			format = "table"
		}
		if format == "yml" {
			format = "yaml"
		}
		if !formats[format] {
			return fmt.Errorf("-O %s: the ending names no format; use one of %s: %w", path, formatNames(), drover.ErrInvalid)
		}
		if err := toFile(path, func(w io.Writer) error { return fn(w, format) }); err != nil {
			return err
		}
	}
	b := bufio.NewWriterSize(a.out, 64<<10)
	// A terminal's own writer is needed to know its width, so rows are cut before
	// they are buffered.
	if err := fn(&sized{b, a.out}, a.format); err != nil {
		return err
	}
	return b.Flush()
}

// sized is a buffered writer that remembers what it writes to.
type sized struct {
	*bufio.Writer
	under io.Writer
}

func under(w io.Writer) io.Writer {
	if s, ok := w.(*sized); ok {
		return s.under
	}
	return w
}

// toFile writes a file whole or not at all.
func toFile(path string, fn func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(f.Name())
	b := bufio.NewWriterSize(f, 64<<10)
	err = fn(b)
	if err == nil {
		err = b.Flush()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func (a *app) listTo(w io.Writer, format string, l listing) error {
	switch format {
	case "json", "yaml":
		if a.jq != "" || format == "yaml" {
			return a.listWhole(w, format, l)
		}
		return a.listJSON(w, l)
	case "ndjson":
		for item := range l.Items {
			raw, err := a.encode(item)
			if err != nil {
				return err
			}
			if err := a.query(w, raw, func(w io.Writer, raw []byte) error { _, err := fmt.Fprintf(w, "%s\n", raw); return err }); err != nil {
				return err
			}
		}
		return nil
	case "name":
		for item := range l.Items {
			fmt.Fprintln(w, safe(l.Columns[0].Get(item)))
		}
		return nil
	case "csv":
		return a.listCSV(w, l)
	}
	head, rows := a.rows(l, format == "wide")
	if format == "md" {
		return markdown(w, head, rows)
	}
	if len(rows) == 0 {
		fmt.Fprintln(w, l.Empty)
		return nil
	}
	a.table(w, head, rows)
	return nil
}

func (a *app) rows(l listing, wide bool) (head []string, rows [][]string) {
	var cols []column
	for _, c := range l.Columns {
		if len(a.fields) > 0 && !slices.Contains(a.fields, strings.ToLower(strings.ReplaceAll(c.Name, " ", "_"))) {
			continue
		}
		if c.Wide && !wide && len(a.fields) == 0 {
			continue
		}
		cols = append(cols, c)
		head = append(head, c.Name)
	}
	for item := range l.Items {
		row := make([]string, len(cols))
		for i, c := range cols {
			row[i] = c.Get(item)
		}
		rows = append(rows, row)
	}
	return head, rows
}

// listJSON streams the items, however many there are.
func (a *app) listJSON(w io.Writer, l listing) error {
	head, err := json.Marshal(headOf(l))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s,\"items\":[", bytes.TrimSuffix(head, []byte("}")))
	sep := "\n"
	for item := range l.Items {
		raw, err := a.encode(item)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s%s", sep, raw)
		sep = ",\n"
	}
	_, err = fmt.Fprint(w, "]}\n")
	return err
}

// headOf keeps the order of the contract: schema, generation, total, the rest.
func headOf(l listing) json.RawMessage {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"schema":%q,"generation":%d,"total":%d`, l.Schema, l.Generation, l.Total)
	var keys []string
	for k := range l.Head {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		raw, _ := json.Marshal(l.Head[k])
		fmt.Fprintf(&b, `,%q:%s`, k, raw)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func (a *app) listWhole(w io.Writer, format string, l listing) error {
	var b bytes.Buffer
	if err := a.listJSON(&b, l); err != nil {
		return err
	}
	return a.raw(w, format, b.Bytes())
}

func (a *app) objectTo(w io.Writer, format string, v any, table func(io.Writer)) error {
	switch format {
	case "json", "ndjson", "yaml":
		raw, err := encode(v)
		if err != nil {
			return err
		}
		if a.jq == "" && format == "json" {
			var b bytes.Buffer
			if err := json.Indent(&b, raw, "", "  "); err != nil {
				return err
			}
			_, err := fmt.Fprintf(w, "%s\n", b.Bytes())
			return err
		}
		return a.raw(w, format, raw)
	}
	table(w)
	return nil
}

// raw writes JSON through --jq, as JSON or YAML.
func (a *app) raw(w io.Writer, format string, raw []byte) error {
	return a.query(w, raw, func(w io.Writer, raw []byte) error {
		if format != "yaml" {
			_, err := fmt.Fprintf(w, "%s\n", bytes.TrimSpace(raw))
			return err
		}
		y, err := yaml.JSONToYAML(raw)
		if err != nil {
			return err
		}
		_, err = w.Write(y)
		return err
	})
}

// query applies --jq and hands on each result.
func (a *app) query(w io.Writer, raw []byte, emit func(io.Writer, []byte) error) error {
	if a.jq == "" {
		return emit(w, raw)
	}
	q, err := gojq.Parse(a.jq)
	if err != nil {
		return fmt.Errorf("--jq: %w: %w", err, drover.ErrInvalid)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	results := q.Run(v)
	for {
		r, ok := results.Next()
		if !ok {
			return nil
		}
		if err, bad := r.(error); bad {
			return fmt.Errorf("--jq: %w: %w", err, drover.ErrInvalid)
		}
		out, err := gojq.Marshal(r)
		if err != nil {
			return err
		}
		if err := emit(w, out); err != nil {
			return err
		}
	}
}

// encode writes an item, cut down to --fields.
func (a *app) encode(item any) ([]byte, error) {
	raw, err := encode(item)
	if err != nil || len(a.fields) == 0 {
		return raw, err
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return raw, nil // no object
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range a.fields {
		v, ok := m[f]
		if !ok {
			return nil, fmt.Errorf("--fields: no field %q: %w", f, drover.ErrInvalid)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", f, v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// listCSV writes every column. A cell that a spreadsheet would take for a
// formula begins with an apostrophe.
func (a *app) listCSV(w io.Writer, l listing) error {
	head, rows := a.rows(l, true)
	c := csv.NewWriter(w)
	if err := c.Write(head); err != nil {
		return err
	}
	for _, r := range rows {
		for i := range r {
			r[i] = cell(r[i])
		}
		if err := c.Write(r); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func cell(s string) string {
	s = safe(s)
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 && s != "-" {
		return "'" + s
	}
	return s
}

func markdown(w io.Writer, head []string, rows [][]string) error {
	esc := strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "`", "\\`", "[", `\[`, "*", `\*`, "_", `\_`)
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, r := range rows {
		for i := range r {
			r[i] = esc.Replace(safe(r[i]))
		}
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(r, " | ")); err != nil {
			return err
		}
	}
	return nil
}
