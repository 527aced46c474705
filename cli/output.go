package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/internal/engine"
)

// A listing is the output of a command that lists: head fields, then items.
type listing struct {
	Schema     string
	Generation int64 // 0: the list is not about a generation
	Total      int   // of all that match, also of those that are not shown
	Items      iter.Seq[any]
	Columns    []column
	Item       any    // a zero item, whose cells CSV has; nil: it has Columns
	Empty      string // what to say when there is nothing

	Records records                                  // what formats that others read are written from; nil: it has no such form
	Head    func(format string) (export.Head, error) // of Records; nil: there is none

	Nodes     records     // what formats of inventories are written from; nil: it has no such form
	NodesHead export.Head // of Nodes

	Receipt *engine.Receipt // what CSV ends with; nil: nothing was asked for

	Failed func() error // why Items ended too early, asked after them; nil: they cannot

	Age *engine.Age // of an answer over the graph of effects: of what it speaks; nil: of others
}

// A column is one column of the table; wide ones show with -o wide, and in CSV.
type column struct {
	Name string
	Wide bool
	Get  func(item any) string
}

// key is the name of a column in --fields.
func (c column) key() string { return strings.ToLower(strings.ReplaceAll(c.Name, " ", "_")) }

// of makes a column of items of one type.
func of[T any](name string, get func(T) string) column {
	return column{Name: name, Get: func(i any) string { return get(i.(T)) }}
}

// wide makes a column that a plain table leaves out.
func wide[T any](name string, get func(T) string) column {
	c := of(name, get)
	c.Wide = true
	return c
}

// seq makes the items of a listing.
func seq[T any](list []T) iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, i := range list {
			if !yield(i) {
				return
			}
		}
	}
}

// list writes a listing to standard output and to every -O file.
func (a *app) list(l listing) error {
	return a.write(func(w io.Writer, format string) error { return a.listTo(w, format, l) })
}

// object writes one JSON object; table is its text form.
func (a *app) object(v any, table func(w io.Writer)) error {
	return a.write(func(w io.Writer, format string) error { return a.objectTo(w, format, v, table) })
}

// write runs fn for every -O file and for standard output.
func (a *app) write(fn func(w io.Writer, format string) error) error {
	for _, path := range a.outputs {
		format, err := formatOfFile(path)
		if err != nil {
			return err
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

// toFile writes a file whole or not at all. What it holds is for its owner: an
// inventory is a map for an intruder.
func toFile(path string, fn func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already where all went well
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
	err := a.listAs(w, format, l)
	if err == nil && l.Failed != nil {
		err = l.Failed()
	}
	return err
}

func (a *app) listAs(w io.Writer, format string, l listing) error {
	switch format {
	case "json", "yaml":
		if a.jq == "" && format == "json" {
			return a.listJSON(w, l)
		}
		return a.listWhole(w, format, l)
	case "ndjson":
		return a.listLines(w, l)
	case "name":
		for item := range l.Items {
			if _, err := fmt.Fprintln(w, safe(l.Columns[0].Get(item))); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		return a.listCSV(w, l)
	}
	if format == formatOfNodes {
		f := a.exporter(format)
		if l.Nodes == nil || f == nil {
			return noInventory(l.Schema)
		}
		if len(a.fields) > 0 {
			return fmt.Errorf("--fields: %s has fields of its own: %w", format, drover.ErrInvalid)
		}
		return f.Write(context.Background(), w, l.NodesHead, l.Nodes)
	}
	if f := a.exporter(format); f != nil && l.Records != nil && len(a.fields) == 0 {
		var head export.Head
		if l.Head != nil {
			var err error
			if head, err = l.Head(format); err != nil {
				return err
			}
		}
		head.Tool = Version
		return f.Write(context.Background(), w, head, l.Records)
	}
	cols, err := a.chosen(l, format == "wide")
	if err != nil {
		return err
	}
	if format == "md" {
		return markdown(w, l, cols)
	}
	head, rows := textRows(l, cols)
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, l.Empty)
		return err
	}
	a.table(w, head, rows)
	return nil
}

// exporter is the format of that name that others read; nil: it is one of ours.
func (a *app) exporter(name string) *export.Format {
	for _, f := range a.config.Formats {
		if f.Name == name && (slices.Contains(formatsOfFindings, name) || name == "md" || name == formatOfNodes || name == formatOfGraphs) {
			return f
		}
	}
	return nil
}

// chosen are the columns to show: those of --fields in its order, else the usual
// ones.
func (a *app) chosen(l listing, all bool) ([]column, error) {
	var cols []column
	if len(a.fields) == 0 {
		for _, c := range l.Columns {
			if all || !c.Wide {
				cols = append(cols, c)
			}
		}
		return cols, nil
	}
	for _, f := range a.fields {
		i := slices.IndexFunc(l.Columns, func(c column) bool { return c.key() == f })
		if i < 0 {
			var names []string
			for _, c := range l.Columns {
				names = append(names, c.key())
			}
			return nil, fmt.Errorf("--fields: there is no column %q; there are %s: %w", f, strings.Join(names, ", "), drover.ErrInvalid)
		}
		cols = append(cols, l.Columns[i])
	}
	return cols, nil
}

func textRows(l listing, cols []column) (head []string, rows [][]string) {
	for _, c := range cols {
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
