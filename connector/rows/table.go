package rows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/droverhq/drover"
)

// A Table is inputs of rows that one mapping reads, all in one section.
type Table struct {
	Mapping      *Mapping
	Door         string  // who reads, the first part of the coverage key: "file"
	Inputs       []Input // oldest first
	Limit        int64   // plain bytes of one input; zero: unlimited
	Fingerprints *drover.Fingerprinter
}

// AsOf is when the whole of the table was true: the oldest of its inputs.
func (t *Table) AsOf() time.Time {
	var oldest time.Time
	for _, in := range t.Inputs {
		if oldest.IsZero() || in.AsOf.Before(oldest) {
			oldest = in.AsOf
		}
	}
	return oldest
}

// Replay reads the inputs in one section. Rows that cannot be read are Lost with
// their place; a mapping that does not say complete, and an input without rows,
// remove nothing.
func (t *Table) Replay(ctx context.Context, section Section) error {
	m := t.Mapping
	return section(ctx, m.Name, t.Door+":"+m.Coverage(), func(ctx context.Context, out Sink) error {
		if !m.Complete {
			out.Unread("", "the mapping "+m.Name+" does not say that its input is complete, so what is missing may still exist; nothing was removed")
		}
		var errs []error
		e := newEmitter(t, out)
		for _, in := range t.Inputs {
			if err := t.read(ctx, in, e); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", in.Place, err))
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		return errors.Join(errs...)
	})
}

func (t *Table) read(ctx context.Context, in Input, e *emitter) error {
	f, err := in.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	p, err := Plain(f, t.Limit)
	if err != nil {
		return err
	}
	defer p.Close()
	e.in, e.rows = in, 0
	text := decoded(p, t.Mapping.Encoding)
	switch in.Format {
	case FormatCSV, FormatTSV:
		err = e.csv(ctx, text)
	case FormatJSON:
		err = jsonItems(text, t.Mapping.Items, func(n int64, item map[string]any) error {
			e.place = fmt.Sprintf("%s: item %d", in.Place, n)
			return e.item(ctx, item)
		})
	case FormatJSONL:
		err = e.jsonl(ctx, text)
	case FormatLDIF:
		err = e.ldif(ctx, text)
	default:
		err = fmt.Errorf("format %q has no rows: %w", in.Format, drover.ErrInvalid)
	}
	if in.Check != nil {
		err = errors.Join(err, in.Check())
	}
	if err == nil && e.rows == 0 {
		e.out.Unread(in.Place, "there are no rows; an empty input is not taken for proof that nothing exists")
	}
	return err
}

func (e *emitter) csv(ctx context.Context, r io.Reader) error {
	m := e.t.Mapping
	c := newCSVReader(r, ',')
	header := m.Header
	first, err := c.peek()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("line 1: %w", err)
	}
	c.delim = delimiter(m.Delimiter, e.in.Format, first)
	if header == nil {
		if header, err = c.read(); err != nil {
			return fmt.Errorf("line %d: %w", c.line, err)
		}
	}
	cols := newColumns(m, header)
	if err := cols.check(m); err != nil {
		return err
	}
	for n := 0; ; n++ {
		if n&255 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fields, err := c.read()
		e.place = at(e.in.Place, c.line)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, drover.ErrInvalid):
			if c.l.done != nil && !errors.Is(c.l.done, io.EOF) {
				return c.l.done
			}
			e.out.Lost(e.place, err)
			continue
		case err != nil:
			return fmt.Errorf("after line %d: %w", c.line, err)
		case len(fields) != len(header) && !(m.Ragged && len(fields) < len(header)):
			e.out.Lost(e.place, fmt.Errorf("%d columns where the header has %d: %w", len(fields), len(header), drover.ErrInvalid))
			continue
		}
		e.row(func(name string) []string { return cols.get(fields, name) })
	}
}

func delimiter(set string, f Format, header []byte) byte {
	switch {
	case set != "":
		return set[0]
	case f == FormatTSV:
		return '\t'
	}
	return guessDelimiter(header)
}

// columns finds the fields of a header.
type columns struct {
	m     *Mapping
	at    map[string][]int // exact name
	loose map[string][]int // spelling
	cache map[string]int   // -1: not there
}

func newColumns(m *Mapping, header []string) *columns {
	c := &columns{m, map[string][]int{}, map[string][]int{}, map[string]int{}}
	for i, h := range header {
		c.at[h] = append(c.at[h], i)
		if s := spelling(h); s != "" {
			c.loose[s] = append(c.loose[s], i)
		}
	}
	return c
}

// index returns where the column is: by its exact name, else by its spelling,
// else by the spellings the mapping lists, in their order.
func (c *columns) index(name string) (i int, ambiguous bool) {
	if at := c.at[name]; len(at) > 0 {
		return at[0], len(at) > 1
	}
	for _, s := range c.m.spellings(name) {
		if at := c.loose[s]; len(at) > 0 && s != "" {
			return at[0], len(at) > 1
		}
	}
	return -1, false
}

// check refuses a header that has a column of the mapping twice, or none of them.
func (c *columns) check(m *Mapping) error {
	found := false
	for _, name := range m.reads() {
		i, ambiguous := c.index(name)
		if ambiguous {
			return fmt.Errorf("the header has column %q more than once: %w", cut(name, 80), drover.ErrInvalid)
		}
		found = found || i >= 0
		c.cache[name] = i
	}
	if !found {
		return fmt.Errorf("the header has none of the columns that the mapping %s reads: %v: %w", m.Name, m.reads(), drover.ErrInvalid)
	}
	return nil
}

func (c *columns) get(fields []string, name string) []string {
	i, ok := c.cache[name]
	if !ok || i < 0 || i >= len(fields) || fields[i] == "" {
		return nil
	}
	s := fields[i]
	if c.m.Unquote && s[0] == '\'' {
		s = s[1:]
	}
	return []string{s}
}

// reads lists the columns that the mapping reads, sorted.
func (m *Mapping) reads() []string {
	var out []string
	expr := func(list ...*expr) {
		for _, e := range list {
			out = append(out, e.columns()...)
		}
	}
	for _, r := range m.rules {
		expr(r.system, r.tenant, r.kind, r.typ, r.refType, r.id, r.name, r.created, r.rotated, r.expires)
		expr(r.aliases...)
		for _, k := range r.when {
			out = append(out, k.column)
		}
		for _, a := range r.attrs {
			expr(a.e)
		}
		for _, g := range r.edges {
			expr(g.part)
			for _, k := range g.when {
				out = append(out, k.column)
			}
			for _, end := range []*endRule{g.from, g.to} {
				if end != nil {
					expr(end.system, end.tenant, end.typ, end.id, end.name, end.alias)
				}
			}
		}
		for _, v := range r.evidence {
			expr(v.at, v.value)
		}
		for _, s := range r.secrets {
			out = append(out, s.Column)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (e *emitter) item(ctx context.Context, item map[string]any) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	e.row(func(name string) []string {
		if v := lookup(item, name); len(v) > 0 {
			return v
		}
		for _, s := range e.t.Mapping.Columns[name] {
			if v := lookup(item, s); len(v) > 0 {
				return v
			}
		}
		return nil
	})
	return nil
}

func (e *emitter) jsonl(ctx context.Context, r io.Reader) error {
	l := newLineReader(r)
	for {
		line, err := l.next()
		e.place = at(e.in.Place, l.n)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errLong):
			e.out.Lost(e.place, err)
			continue
		case err != nil:
			return fmt.Errorf("after line %d: %w", l.n, err)
		case len(line) == 0:
			continue
		}
		err = jsonItems(&lineBytes{line}, e.t.Mapping.Items, func(_ int64, item map[string]any) error { return e.item(ctx, item) })
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			e.out.Lost(e.place, err)
		}
	}
}

type lineBytes struct{ b []byte }

func (l *lineBytes) Read(p []byte) (int, error) {
	if len(l.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, l.b)
	l.b = l.b[n:]
	return n, nil
}

func (e *emitter) ldif(ctx context.Context, r io.Reader) error {
	d := &ldifReader{l: newLineReader(r)}
	for n := 0; ; n++ {
		if n&255 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		entry, err := d.read()
		e.place = at(e.in.Place, d.line)
		switch {
		case errors.Is(err, io.EOF):
			if d.changes > 0 {
				e.out.Note(e.in.Place, fmt.Sprintf("%d change records were passed over: only content records say what is there", d.changes))
			}
			if d.refs > 0 {
				e.out.Note(e.in.Place, fmt.Sprintf("%d values that point to files were not read", d.refs))
			}
			return nil
		case errors.Is(err, drover.ErrInvalid):
			e.out.Lost(e.place, err)
			continue
		case err != nil:
			return fmt.Errorf("after line %d: %w", d.line, err)
		}
		e.row(func(name string) []string {
			for _, s := range append([]string{name}, e.t.Mapping.Columns[name]...) {
				if v := entry[lower(s)]; len(v) > 0 {
					return v
				}
			}
			return nil
		})
	}
}
