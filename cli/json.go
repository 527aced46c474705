package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/itchyny/gojq"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// listJSON streams the items, however many there are. The order of the head is
// part of the contract: schema, generation, total, items.
func (a *app) listJSON(w io.Writer, l listing) error {
	fmt.Fprintf(w, `{"schema":%q,"generation":%d,"total":%d,"items":[`, l.Schema, l.Generation, l.Total)
	sep := "\n"
	for item := range l.Items {
		raw, err := a.encode(item)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s%s", sep, raw); err != nil {
			return err
		}
		sep = ",\n"
	}
	if l.Age != nil {
		catalogues, err := encode(l.Age.Catalogues)
		if err != nil {
			return err
		}
		gaps, err := encode(l.Age.NotAnalysed)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "],\"catalogues\":%s,\"not_analysed\":%s}\n", catalogues, gaps)
		return err
	}
	_, err := fmt.Fprint(w, "]}\n")
	return err
}

// listLines streams one item a line.
func (a *app) listLines(w io.Writer, l listing) error {
	for item := range l.Items {
		raw, err := a.encode(item)
		if err != nil {
			return err
		}
		if err := a.query(w, raw, line); err != nil {
			return err
		}
	}
	return nil
}

func line(w io.Writer, raw []byte) error {
	_, err := fmt.Fprintf(w, "%s\n", raw)
	return err
}

// listWhole writes a list that --jq or YAML needs whole.
func (a *app) listWhole(w io.Writer, format string, l listing) error {
	var b bytes.Buffer
	if err := a.listJSON(&b, l); err != nil {
		return err
	}
	return a.raw(w, format, b.Bytes())
}

func (a *app) objectTo(w io.Writer, format string, v any, table func(io.Writer)) error {
	if !slices.Contains(formatsOfJSON, format) {
		table(w)
		return nil
	}
	raw, err := a.encode(v)
	if err != nil {
		return err
	}
	if a.jq != "" || format != "json" {
		return a.raw(w, format, raw)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return err
	}
	return line(w, b.Bytes())
}

// raw writes JSON through --jq, as JSON or YAML.
func (a *app) raw(w io.Writer, format string, raw []byte) error {
	return a.query(w, raw, func(w io.Writer, raw []byte) error {
		if format != "yaml" {
			return line(w, bytes.TrimSpace(raw))
		}
		y, err := yaml.JSONToYAML(raw)
		if err != nil {
			return fmt.Errorf("write YAML: %w", err)
		}
		_, err = w.Write(escaped(y))
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
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
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
		if err := emit(w, escaped(out)); err != nil {
			return err
		}
	}
}

// encode writes an item, cut down to --fields in their order.
func (a *app) encode(item any) ([]byte, error) {
	raw, err := encode(item)
	if err != nil || len(a.fields) == 0 {
		return raw, err
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("--fields: this output has no fields: %w", drover.ErrInvalid)
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range a.fields {
		v, ok := m[f]
		if !ok {
			var names []string
			for n := range m {
				names = append(names, n)
			}
			slices.Sort(names)
			return nil, fmt.Errorf("--fields: there is no field %q; there are %s: %w", f, strings.Join(names, ", "), drover.ErrInvalid)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", f, v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode writes JSON on one line, as every face of the engine does.
func encode(v any) ([]byte, error) { return engine.JSON(v) }

// escaped writes hidden characters of JSON as \u escapes.
func escaped(raw []byte) []byte { return engine.Escape(raw) }
