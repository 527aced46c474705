package access

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A formula is a condition taken apart: parts joined by all or any, the negation
// of one part, or an atom.
type formula struct {
	op    byte // '&', '|', '!', 'a'
	parts []formula
	atom  int
}

// An atom is the smallest thing that may hold or not. Two atoms with one
// operator and key are compared by their value; what is not understood is
// compared as it stands.
type atom struct {
	op    string // with its quantifier: "StringLike", "ForAllValues:StringLike"; "exists"; "" for what is opaque
	key   string // in lower case, as AWS compares keys
	value string // one value, or all of them as JSON where they cannot be told apart
}

// A logic holds the atoms that some conditions are made of.
type logic struct {
	atoms   []atom
	ids     map[atom]int
	implied [][]int // by atom: those that hold where it does
	implies [][]int // the reverse
}

const maxConditionDepth = 32

// formula takes a condition apart. What it does not understand is an atom of
// its own.
func (l *logic) formula(c drover.Attrs) formula {
	if len(c) == 0 {
		return formula{op: '&'}
	}
	return l.object(json.RawMessage(c), maxConditionDepth)
}

func (l *logic) opaque(raw []byte) formula {
	if c, err := drover.CanonicalAttrs(raw); err == nil {
		raw = c
	}
	return l.leaf(atom{value: string(raw)})
}

func (l *logic) leaf(a atom) formula {
	id, ok := l.ids[a]
	if !ok {
		if l.ids == nil {
			l.ids = map[atom]int{}
		}
		id = len(l.atoms)
		l.ids[a] = id
		l.atoms = append(l.atoms, a)
	}
	return formula{op: 'a', atom: id}
}

// object reads {"all":[…], "any":[…], "not":{…}, OPERATOR:{KEY:VALUES}}: all of
// its fields must hold.
func (l *logic) object(raw json.RawMessage, depth int) formula {
	var m map[string]json.RawMessage
	if depth == 0 || json.Unmarshal(raw, &m) != nil {
		return l.opaque(raw)
	}
	f := formula{op: '&'}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		f.parts = append(f.parts, l.field(k, m[k], depth))
	}
	return f
}

func (l *logic) field(name string, raw json.RawMessage, depth int) formula {
	itself := func() formula {
		one, err := json.Marshal(map[string]json.RawMessage{name: raw})
		if err != nil {
			return l.opaque(raw)
		}
		return l.opaque(one)
	}
	switch name {
	case "all", "any":
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil || list == nil {
			return itself()
		}
		f := formula{op: '&'}
		if name == "any" {
			f.op = '|'
		}
		for _, r := range list {
			f.parts = append(f.parts, l.object(r, depth-1))
		}
		return f
	case "not":
		return formula{op: '!', parts: []formula{l.object(raw, depth-1)}}
	}
	var keys map[string]json.RawMessage
	if json.Unmarshal(raw, &keys) != nil || keys == nil {
		return itself()
	}
	op, ok := operatorOf(name)
	if !ok {
		return itself()
	}
	f := formula{op: '&'}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		part, ok := l.operator(op, strings.ToLower(k), keys[k])
		if !ok {
			return itself()
		}
		f.parts = append(f.parts, part)
	}
	return f
}

// An operator is the name of an AWS condition operator taken apart.
type operator struct {
	quantifier string // "", "ForAnyValue:", "ForAllValues:"
	base       string // the positive one
	negated    bool
	ifExists   bool
}

// bases are the operators that are understood, each under the positive one of
// which it is the negation or the synonym.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var bases = map[string]struct {
	base    string
	negated bool
}{
	"StringEquals": {"StringEquals", false}, "StringNotEquals": {"StringEquals", true},
	"StringEqualsIgnoreCase": {"StringEqualsIgnoreCase", false}, "StringNotEqualsIgnoreCase": {"StringEqualsIgnoreCase", true},
	"StringLike": {"StringLike", false}, "StringNotLike": {"StringLike", true},
	"ArnEquals": {"ArnLike", false}, "ArnLike": {"ArnLike", false}, "ArnNotEquals": {"ArnLike", true}, "ArnNotLike": {"ArnLike", true},
	"IpAddress": {"IpAddress", false}, "NotIpAddress": {"IpAddress", true},
	"NumericEquals": {"NumericEquals", false}, "NumericNotEquals": {"NumericEquals", true},
	"NumericLessThan": {"NumericLessThan", false}, "NumericLessThanEquals": {"NumericLessThanEquals", false},
	"NumericGreaterThan": {"NumericGreaterThan", false}, "NumericGreaterThanEquals": {"NumericGreaterThanEquals", false},
	"DateEquals": {"DateEquals", false}, "DateNotEquals": {"DateEquals", true},
	"DateLessThan": {"DateLessThan", false}, "DateLessThanEquals": {"DateLessThanEquals", false},
	"DateGreaterThan": {"DateGreaterThan", false}, "DateGreaterThanEquals": {"DateGreaterThanEquals", false},
	"Bool": {"Bool", false}, "BinaryEquals": {"BinaryEquals", false}, "Null": {"Null", false},
}

func operatorOf(name string) (operator, bool) {
	var o operator
	for _, q := range []string{"ForAnyValue:", "ForAllValues:"} {
		if rest, ok := strings.CutPrefix(name, q); ok {
			o.quantifier, name = q, rest
		}
	}
	name, o.ifExists = strings.CutSuffix(name, "IfExists")
	b, ok := bases[name]
	o.base, o.negated = b.base, b.negated
	return o, ok && (o.base != "Null" || o.quantifier == "" && !o.ifExists)
}

// operator is one key of an operator's block. Its values are alternatives, so
// each is an atom of its own; under ForAllValues every value of the request must
// meet one of them, so they stay together. A negated operator is the negation of
// the positive one (with the other quantifier), and holds where the key is
// absent, as the vendor documents; …IfExists adds that case.
func (l *logic) operator(o operator, key string, raw json.RawMessage) (formula, bool) {
	values, ok := listOf(raw)
	if !ok {
		return formula{}, false
	}
	exists := func() formula { return l.leaf(atom{op: "exists", key: key}) }
	if o.base == "Null" {
		f := formula{op: '|'}
		for _, v := range values {
			switch strings.ToLower(v) {
			case "false":
				f.parts = append(f.parts, exists())
			case "true":
				f.parts = append(f.parts, formula{op: '!', parts: []formula{exists()}})
			default:
				return formula{}, false
			}
		}
		return f, true
	}
	quantifier := o.quantifier
	if o.negated {
		quantifier = map[string]string{"": "", "ForAnyValue:": "ForAllValues:", "ForAllValues:": "ForAnyValue:"}[quantifier]
	}
	f := formula{op: '|'}
	if quantifier == "ForAllValues:" {
		slices.Sort(values)
		all, err := json.Marshal(slices.Compact(values))
		if err != nil {
			return formula{}, false
		}
		f = l.leaf(atom{quantifier + o.base, key, string(all)})
	} else {
		for _, v := range values {
			f.parts = append(f.parts, l.leaf(atom{quantifier + o.base, key, v}))
		}
	}
	if o.negated {
		f = formula{op: '!', parts: []formula{f}}
	}
	if o.ifExists {
		f = formula{op: '|', parts: []formula{{op: '!', parts: []formula{exists()}}, f}}
	}
	return f, true
}

// listOf reads a value or a list of them; numbers and booleans as they are
// spelled.
func listOf(raw json.RawMessage) ([]string, bool) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	out := make([]string, 0, len(list))
	for _, r := range list {
		var s string
		if json.Unmarshal(r, &s) != nil || string(r) == "null" {
			if len(r) == 0 || r[0] == '{' || r[0] == '[' || r[0] == 'n' {
				return nil, false
			}
			s = string(r)
		}
		out = append(out, s)
	}
	return out, true
}

// link finds which atoms imply which.
func (l *logic) link() {
	l.implied, l.implies = make([][]int, len(l.atoms)), make([][]int, len(l.atoms))
	byKey := map[string][]int{}
	for i, a := range l.atoms {
		if a.op != "" {
			byKey[a.key] = append(byKey[a.key], i)
		}
	}
	for _, same := range byKey {
		if len(same) > maxAtomsPerKey {
			continue
		}
		for _, i := range same {
			for _, j := range same {
				if i != j && l.atoms[i].implies(l.atoms[j]) {
					l.implied[i] = append(l.implied[i], j)
					l.implies[j] = append(l.implies[j], i)
				}
			}
		}
	}
}

// maxAtomsPerKey bounds the pairs that are compared; past it, only equal atoms
// are known to imply each other.
const maxAtomsPerKey = 1 << 10

// maxBranches bounds the search for a way to meet a condition.
const maxBranches = 1 << 14

// satisfiable says whether f may hold. False is proven; true may also mean that
// the search was given up, or that what the atoms mean rules it out in a way
// that is not known here.
func (l *logic) satisfiable(f formula) bool {
	l.link()
	s := solver{logic: l, is: make([]int8, len(l.atoms)), left: maxBranches}
	return s.try(f)
}

// A solver searches with atoms unknown (0), true (1) and false (-1).
type solver struct {
	*logic
	is   []int8
	left int
}

func (s *solver) try(f formula) bool {
	if s.left--; s.left <= 0 {
		return true
	}
	value, open := s.value(f)
	if value != 0 {
		return value > 0
	}
	for _, v := range []int8{1, -1} {
		var set []int
		if s.assign(open, v, &set) && s.try(f) {
			return true
		}
		for _, a := range set {
			s.is[a] = 0
		}
	}
	return false
}

// assign sets an atom and what follows from it; false: that contradicts.
func (s *solver) assign(a int, v int8, set *[]int) bool {
	if s.is[a] != 0 {
		return s.is[a] == v
	}
	s.is[a] = v
	*set = append(*set, a)
	follow := s.implied[a]
	if v < 0 {
		follow = s.implies[a]
	}
	for _, b := range follow {
		if !s.assign(b, v, set) {
			return false
		}
	}
	return true
}

// value is what f is so far, and an atom that it still depends on.
func (s *solver) value(f formula) (value int8, open int) {
	switch f.op {
	case 'a':
		return s.is[f.atom], f.atom
	case '!':
		value, open = s.value(f.parts[0])
		return -value, open
	}
	decides, otherwise := int8(-1), int8(1)
	if f.op == '|' {
		decides, otherwise = 1, -1
	}
	found := false
	for _, p := range f.parts {
		v, a := s.value(p)
		switch {
		case v == decides:
			return decides, 0
		case v == 0 && !found:
			open, found = a, true
		}
	}
	if found {
		return 0, open
	}
	return otherwise, 0
}
