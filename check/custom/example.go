package custom

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/policy"
)

// An example is a subject that a policy file describes: what it does not say is
// unknown.
type example struct {
	fields  map[string]ref.Val
	reached map[string]string // target -> strongest level; nil: not said
	may     []string          // "action resource"; nil: not said
}

func (x *example) same(o subject) bool { y, ok := o.(*example); return ok && x == y }

func (x *example) get(f *Field) ref.Val {
	if v, ok := x.fields[f.Name]; ok {
		return v
	}
	if f.Type == "attributes" {
		return &attributes{path: "attrs"}
	}
	return unknown(f.Name)
}

func (x *example) reaches(target, level string) ref.Val {
	if x.reached == nil {
		return unknown("reaches")
	}
	have, ok := x.reached[target]
	if !ok {
		return types.False
	}
	want, err := levelOf(level)
	if err != nil {
		return types.NewErr("%s", err)
	}
	h, _ := levelOf(have)
	return types.Bool(level == "" || h.Rank() >= want.Rank())
}

func (x *example) can(action, resource string) ref.Val {
	if x.may == nil {
		return unknown("can")
	}
	return types.Bool(slices.Contains(x.may, action+" "+resource))
}

// exampleOf reads the node of an example. Fields have the types of the vocabulary;
// times are dates, or ages such as -40d.
func exampleOf(x *policy.Example, now time.Time) (*example, error) {
	return describe(x.Node, x.Pos, now, 0)
}

func describe(m map[string]any, pos policy.Pos, now time.Time, depth int) (*example, error) {
	out := &example{fields: map[string]ref.Val{}}
	bad := func(key, want string) error {
		return fmt.Errorf("%s: example: %s: want %s: %w", pos, cut(key), want, drover.ErrInvalid)
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		switch key {
		case "reaches":
			list, ok := levels(m[key])
			if !ok {
				return nil, bad(key, "targets, or targets with levels: {tier0: write}")
			}
			out.reached = list
			continue
		case "can":
			list, ok := strs(m[key])
			if !ok {
				return nil, bad(key, `a list of "action resource"`)
			}
			out.may = append([]string{}, list...)
			continue
		}
		f, ok := lookup(key)
		if !ok {
			return nil, fmt.Errorf("%s: example: unknown field %q%s: %w", pos, cut(key), meant(key), drover.ErrInvalid)
		}
		v, want, err := f.read(m[key], pos, now, depth)
		if err != nil {
			return nil, err
		}
		if want != "" {
			return nil, bad(key, want)
		}
		if v != nil {
			out.fields[key] = v
		}
	}
	return out, nil
}

// read is a value of an example as one of the field. Want says what would have been
// right; nil is unknown.
func (f *Field) read(v any, pos policy.Pos, now time.Time, depth int) (out ref.Val, want string, err error) {
	if v == nil {
		return nil, "", nil
	}
	s, isText := v.(string)
	switch f.Type {
	case "text":
		switch {
		case !isText:
			return nil, "text", nil
		case f.Values != nil && !slices.Contains(f.Values, s):
			return nil, "one of " + strings.Join(f.Values, ", ") + nearest(s, f.Values), nil
		}
		return types.String(s), "", nil
	case "texts":
		list, ok := strs(v)
		if !ok {
			return nil, "a list of texts", nil
		}
		return textsOf(list), "", nil
	case "number":
		if n, ok := v.(int64); ok {
			return types.Int(n), "", nil
		}
		return nil, "a whole number", nil
	case "flag":
		if b, ok := v.(bool); ok {
			return types.Bool(b), "", nil
		}
		return nil, "true or false", nil
	case "time":
		if t, ok := moment(s, now); isText && ok {
			return types.Timestamp{Time: t}, "", nil
		}
		return nil, "a date, an RFC 3339 time, or an age such as -40d", nil
	case "duration":
		neg := strings.HasPrefix(s, "-")
		d, err := drover.ParseDuration(strings.TrimPrefix(s, "-"))
		if !isText || err != nil {
			return nil, "a duration such as 40d", nil //nolint:nilerr // the words say what is wanted
		}
		if neg {
			d = -d
		}
		return types.Duration{Duration: d}, "", nil
	case "nodes":
		return readNodes(v, pos, now, depth)
	}
	if m, ok := v.(map[string]any); ok {
		return &attributes{f.Name, m}, "", nil
	}
	return nil, "a mapping", nil
}

func readNodes(v any, pos policy.Pos, now time.Time, depth int) (ref.Val, string, error) {
	list, ok := v.([]any)
	if !ok || depth > 3 {
		return nil, "a list of nodes, three deep at most", nil
	}
	var subjects []subject
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return nil, "a list of nodes", nil
		}
		x, err := describe(m, pos, now, depth+1)
		if err != nil {
			return nil, "", err
		}
		subjects = append(subjects, x)
	}
	return nodesOf(subjects), "", nil
}

func moment(s string, now time.Time) (time.Time, bool) {
	sign := time.Duration(-1)
	rest := strings.TrimPrefix(s, "-")
	if strings.HasPrefix(s, "+") {
		sign, rest = 1, s[1:]
	}
	if d, err := drover.ParseDuration(rest); err == nil && rest != s {
		return now.Add(sign * d), true
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func strs(v any) ([]string, bool) {
	if s, ok := v.(string); ok {
		return []string{s}, true
	}
	list, ok := v.([]any)
	out := []string{}
	for _, e := range list {
		s, isText := e.(string)
		if !isText {
			return nil, false
		}
		out = append(out, s)
	}
	return out, ok
}

func levels(v any) (map[string]string, bool) {
	out := map[string]string{}
	if list, ok := strs(v); ok {
		for _, t := range list {
			out[t] = "escalate"
		}
		return out, true
	}
	m, ok := v.(map[string]any)
	for t, l := range m {
		s, isText := l.(string)
		if _, err := levelOf(s); l != nil && (!isText || err != nil) {
			return nil, false
		}
		out[t] = s
	}
	return out, ok
}
