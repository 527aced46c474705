package custom

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"

	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/policy"
)

// A template is text with expressions in double braces: "{{ name }} is old".
type template struct {
	parts []part
}

// A part is text, or an expression.
type part struct {
	text string
	expr *expression
}

func (c *compiler) template(t *policy.Text) (*template, error) {
	out := &template{}
	rest, at := t.Text, 0
	for {
		i := strings.Index(rest, "{{")
		if i < 0 {
			out.parts = append(out.parts, part{text: oneLine(rest)})
			return out, nil
		}
		j := strings.Index(rest[i:], "}}")
		if j < 0 {
			return nil, fault(t, at+i, 1, 1, "{{ without }}")
		}
		inner := rest[i+2 : i+j]
		lead := len(inner) - len(strings.TrimLeft(inner, " \n\t"))
		x, err := c.compile(t, strings.TrimSpace(inner), at+i+2+lead)
		if err != nil {
			return nil, err
		}
		out.parts = append(out.parts, part{text: oneLine(rest[:i])}, part{expr: x})
		at += i + j + 2
		rest = rest[i+j+2:]
	}
}

// oneLine makes one line of what a house wrote over several.
func oneLine(s string) string { return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", " ") }

// write fills a template in. What is not known is written "unknown".
func (t *template) write(ctx context.Context, a *activation) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.expr == nil {
			b.WriteString(p.text)
			continue
		}
		v, err := p.expr.eval(ctx, a)
		if err != nil {
			return "", err
		}
		b.WriteString(say(v, a.now))
	}
	return strings.TrimSpace(b.String()), nil
}

// constant reports whether a template is the same for every node.
func (t *template) constant() bool {
	for _, p := range t.parts {
		if p.expr != nil {
			return false
		}
	}
	return true
}

// say writes a value for a sentence. Texts of scanned systems are made safe.
func say(v ref.Val, now time.Time) string {
	switch v := v.(type) {
	case *types.Unknown:
		return "unknown"
	case types.String:
		if v == "" {
			return "nobody"
		}
		return check.Clean(string(v))
	case types.Timestamp:
		return check.Day(v.Time) + " (" + check.Ago(now, v.Time) + ")"
	case types.Duration:
		return check.Span(v.Duration)
	case types.Bool:
		return strconv.FormatBool(bool(v))
	case types.Int:
		return strconv.FormatInt(int64(v), 10)
	case types.Double:
		return strconv.FormatFloat(float64(v), 'g', 6, 64)
	case *node:
		return say(v.of.get(ptr("name")), now)
	case traits.Lister:
		return sayList(v, now)
	}
	return check.Clean(fmt.Sprintf("a value of type %s", v.Type().TypeName()))
}

func sayList(v traits.Lister, now time.Time) string {
	var parts []string
	n, _ := v.Size().(types.Int)
	for i := types.Int(0); i < min(n, 3); i++ {
		parts = append(parts, say(v.Get(i), now))
	}
	if n > 3 {
		parts = append(parts, strconv.Itoa(int(n-3))+" more")
	}
	return check.List(parts)
}

func ptr(name string) *Field {
	f, _ := lookup(name)
	return &f
}
