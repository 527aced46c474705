package rows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/droverhq/drover"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A gate lets through MaxLine bytes and a little between two items, for a JSON
// decoder holds a whole value in memory.
type gate struct {
	r    io.Reader
	left int64
}

func (g *gate) Read(b []byte) (int, error) {
	if g.left <= 0 {
		return 0, fmt.Errorf("one JSON value of more than %d bytes: %w", MaxLine, drover.ErrInvalid)
	}
	if int64(len(b)) > g.left {
		b = b[:g.left]
	}
	n, err := g.r.Read(b)
	g.left -= int64(n)
	return n, err
}

// jsonItems calls fn for each object at the dotted path of r: arrays on the way
// are walked, "*" stands for every member of an object, whose key the item then
// has as _key. What lies elsewhere is passed over. n counts items from 1.
func jsonItems(r io.Reader, path string, fn func(n int64, item map[string]any) error) error {
	g := &gate{r: r, left: MaxLine}
	w := &jsonWalk{g: g, d: jsontext.NewDecoder(g), fn: fn}
	var steps []string
	if path != "" {
		steps = strings.Split(path, ".")
	}
	if err := w.walk(steps, ""); err != nil {
		return err
	}
	if _, err := w.d.ReadToken(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("something follows the JSON value at byte %d; for one value a line set format: jsonl: %w", w.d.InputOffset(), drover.ErrInvalid)
	}
	return nil
}

type jsonWalk struct {
	g  *gate
	d  *jsontext.Decoder
	n  int64
	fn func(n int64, item map[string]any) error
}

func (w *jsonWalk) walk(path []string, key string) error {
	w.g.left = MaxLine
	switch kind := w.d.PeekKind(); {
	case kind == '[' && w.d.StackDepth() < maxDepth:
		return w.each(func() error { return w.walk(path, key) })
	case kind == '{' && len(path) > 0 && w.d.StackDepth() < maxDepth:
		return w.members(path)
	case kind == '{' && len(path) == 0:
		raw, err := w.d.ReadValue()
		if err != nil {
			return streamError(err)
		}
		item, err := decodeItem(raw)
		if err != nil {
			return err
		}
		if key != "" {
			item["_key"] = key
		}
		w.n++
		return w.fn(w.n, item)
	}
	return streamError(w.d.SkipValue())
}

func (w *jsonWalk) each(fn func() error) error {
	if _, err := w.d.ReadToken(); err != nil {
		return streamError(err)
	}
	for {
		switch w.d.PeekKind() {
		case ']', '}':
			_, err := w.d.ReadToken()
			return streamError(err)
		case jsontext.KindInvalid:
			_, err := w.d.ReadToken()
			return streamError(err)
		}
		if err := fn(); err != nil {
			return err
		}
	}
}

func (w *jsonWalk) members(path []string) error {
	return w.each(func() error {
		name, err := w.d.ReadToken()
		if err != nil {
			return streamError(err)
		}
		key := name.String()
		w.g.left = MaxLine
		switch {
		case path[0] == "*":
			return w.walk(path[1:], key)
		case key == path[0]:
			return w.walk(path[1:], "")
		}
		return w.skip()
	})
}

// skip passes over a value of any size, token by token.
func (w *jsonWalk) skip() error {
	depth := w.d.StackDepth()
	for {
		w.g.left = MaxLine
		if _, err := w.d.ReadToken(); err != nil {
			return streamError(err)
		}
		if w.d.StackDepth() <= depth {
			return nil
		}
	}
}

// streamError keeps what reading failed with and describes bad JSON without
// quoting it.
func streamError(err error) error {
	if _, bad := errors.AsType[*jsontext.SyntacticError](err); bad {
		return jsonError(err)
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// decodeItem reads one JSON object with its numbers as they are spelled.
func decodeItem(raw []byte) (map[string]any, error) {
	var item map[string]any
	numbers := json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
		if d.PeekKind() != '0' {
			return errors.ErrUnsupported
		}
		n, err := d.ReadValue()
		*v = string(n)
		return err
	}))
	if err := json.Unmarshal(bytes.TrimSpace(raw), &item, numbers); err != nil {
		return nil, jsonError(err)
	}
	if item == nil {
		return nil, fmt.Errorf("not a JSON object: %w", drover.ErrInvalid)
	}
	return item, nil
}

// lookup returns the texts at a dotted path of an item; arrays on the way give
// one each. A key that holds dots itself is found under its whole name.
func lookup(v any, path string) []string {
	var out []string
	var walk func(v any, path string, depth int)
	walk = func(v any, path string, depth int) {
		if depth > maxDepth || len(out) >= maxItems {
			return
		}
		switch v := v.(type) {
		case string:
			if path == "" {
				out = append(out, v)
			}
		case bool:
			if path == "" {
				out = append(out, map[bool]string{true: "true", false: "false"}[v])
			}
		case []any:
			for _, e := range v {
				walk(e, path, depth+1)
			}
		case map[string]any:
			if e, ok := v[path]; ok && path != "" {
				walk(e, "", depth+1)
				return
			}
			if head, rest, ok := strings.Cut(path, "."); ok {
				walk(v[head], rest, depth+1)
			}
		}
	}
	walk(v, path, 0)
	return out
}
