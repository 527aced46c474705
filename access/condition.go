package access

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/droverhq/drover"
)

// Conditions are written as Decision.Condition says: the vendor's operators and
// keys, all of which must hold, joined by {"all":[…]}, {"any":[…]} and
// {"not":…}. The empty condition always holds, {"any":[]} never does. All, Any
// and Not build them and do no more than what is plain: they flatten, drop
// doubles, and know those two.

// Never is the condition that nothing meets.
func Never() drover.Attrs { return drover.Attrs(`{"any":[]}`) }

// All is the condition that holds where each of them does. Conditions too large
// to be kept as attributes give one that names itself undecidable, which
// nothing implies.
func All(conditions ...drover.Attrs) drover.Attrs {
	var parts []drover.Attrs
	for _, c := range conditions {
		switch {
		case len(c) == 0:
		case isNever(c):
			return Never()
		default:
			parts = append(parts, members(c, "all")...)
		}
	}
	return joined("all", parts)
}

// Any is the condition that holds where one of them does; none given: Never.
func Any(conditions ...drover.Attrs) drover.Attrs {
	var parts []drover.Attrs
	for _, c := range conditions {
		if len(c) == 0 {
			return nil
		}
		parts = append(parts, members(c, "any")...)
	}
	if len(parts) == 0 {
		return Never()
	}
	return joined("any", parts)
}

// Not is the condition that holds where c does not.
func Not(c drover.Attrs) drover.Attrs {
	switch {
	case len(c) == 0:
		return Never()
	case isNever(c):
		return nil
	}
	if inner := only(c, "not"); inner != nil {
		if a, err := drover.CanonicalAttrs(inner); err == nil {
			return a
		}
	}
	return canonical(slices.Concat([]byte(`{"not":`), c, []byte("}")))
}

func isNever(c drover.Attrs) bool { return string(c) == `{"any":[]}` }

// only returns the value of the only field of an object, if it is that field.
func only(c drover.Attrs, field string) json.RawMessage {
	if !bytes.HasPrefix(c, []byte(`{"`+field+`":`)) {
		return nil
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(c, &m) != nil || len(m) != 1 {
		return nil
	}
	return m[field]
}

// members splits {"all":[…]} into its parts; any other condition is one part.
func members(c drover.Attrs, field string) []drover.Attrs {
	var raw []json.RawMessage
	if inner := only(c, field); inner == nil || json.Unmarshal(inner, &raw) != nil {
		return []drover.Attrs{c}
	}
	var out []drover.Attrs
	for _, r := range raw {
		a, err := drover.CanonicalAttrs(r)
		if err != nil {
			return []drover.Attrs{c}
		}
		out = append(out, a)
	}
	return out
}

func joined(field string, parts []drover.Attrs) drover.Attrs {
	var least []drover.Attrs
	for _, p := range parts {
		if !slices.ContainsFunc(least, func(q drover.Attrs) bool { return bytes.Equal(p, q) }) {
			least = append(least, p)
		}
	}
	switch len(least) {
	case 0:
		return nil
	case 1:
		return least[0]
	}
	b := []byte(`{"` + field + `":[`)
	for i, p := range least {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, p...)
	}
	return canonical(append(b, "]}"...))
}

// canonical keeps what is valid; what is too large becomes a condition that only
// itself implies.
func canonical(raw []byte) drover.Attrs {
	a, err := drover.CanonicalAttrs(raw)
	if err != nil {
		return drover.NewAttrs(map[string]any{"undecidable": drover.DocumentHash("condition", string(raw))})
	}
	return a
}
