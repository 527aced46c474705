package awsiam

import (
	"encoding/base64"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

type opKind uint8

const (
	kindString opKind = iota
	kindStringFold
	kindStringLike
	kindNumeric
	kindDate
	kindBool
	kindBinary
	kindIP
	kindARN
	kindNull
)

type comparison uint8

const (
	equal comparison = iota
	less
	lessEqual
	greater
	greaterEqual
)

// An operator is one of "IAM JSON policy elements: Condition operators".
type operator struct {
	name    string
	kind    opKind
	cmp     comparison
	negated bool
}

var operators = func() map[string]operator {
	m := map[string]operator{}
	for _, o := range []operator{
		{"StringEquals", kindString, equal, false}, {"StringNotEquals", kindString, equal, true},
		{"StringEqualsIgnoreCase", kindStringFold, equal, false}, {"StringNotEqualsIgnoreCase", kindStringFold, equal, true},
		{"StringLike", kindStringLike, equal, false}, {"StringNotLike", kindStringLike, equal, true},
		{"NumericEquals", kindNumeric, equal, false}, {"NumericNotEquals", kindNumeric, equal, true},
		{"NumericLessThan", kindNumeric, less, false}, {"NumericLessThanEquals", kindNumeric, lessEqual, false},
		{"NumericGreaterThan", kindNumeric, greater, false}, {"NumericGreaterThanEquals", kindNumeric, greaterEqual, false},
		{"DateEquals", kindDate, equal, false}, {"DateNotEquals", kindDate, equal, true},
		{"DateLessThan", kindDate, less, false}, {"DateLessThanEquals", kindDate, lessEqual, false},
		{"DateGreaterThan", kindDate, greater, false}, {"DateGreaterThanEquals", kindDate, greaterEqual, false},
		{"Bool", kindBool, equal, false}, {"BinaryEquals", kindBinary, equal, false},
		{"IpAddress", kindIP, equal, false}, {"NotIpAddress", kindIP, equal, true},
		{"ArnEquals", kindARN, equal, false}, {"ArnNotEquals", kindARN, equal, true},
		{"ArnLike", kindARN, equal, false}, {"ArnNotLike", kindARN, equal, true},
		{"Null", kindNull, equal, false},
	} {
		m[strings.ToLower(o.name)] = o
	}
	return m
}()

// parseOperator reads the name of an operator, in any case, with its set prefix
// and IfExists. name is as AWS spells it.
func parseOperator(s string) (o operator, in set, ifExists bool, name string, ok bool) {
	low := strings.ToLower(s)
	pre, post := "", ""
	if rest, is := strings.CutPrefix(low, "foranyvalue:"); is {
		low, in, pre = rest, forAny, "ForAnyValue:"
	} else if rest, is := strings.CutPrefix(low, "forallvalues:"); is {
		low, in, pre = rest, forAll, "ForAllValues:"
	}
	if rest, is := strings.CutSuffix(low, "ifexists"); is {
		low, ifExists, post = rest, true, "IfExists"
	}
	o, ok = operators[low]
	if o.kind == kindNull && (ifExists || in != single) {
		ok = false
	}
	return o, in, ifExists, pre + o.name + post, ok
}

// An operand is one value of a clause, ready to be compared.
type operand struct {
	text     string   // as it stands
	template template // with variables; nil: text decides
	pattern  matcher
	more     *special // of numbers, dates, addresses and ARNs
	opaque   bool     // a fingerprint in the place of a shared secret
	bad      bool     // matches nothing: not of the operator's type
}

// special is an operand of an operator that is not about strings.
type special struct {
	arn    arnPattern
	number float64
	time   time.Time
	net    netip.Prefix
}

// newOperand compiles a value; ok is false when it is not of the operator's type.
func newOperand(o operator, s string, variables bool) (v operand, ok bool) {
	v.text = s
	v.opaque = strings.HasPrefix(s, "hs256:") || s == "[REDACTED]"
	ok = true
	switch o.kind {
	case kindString, kindStringFold, kindStringLike, kindARN:
		t := parseTemplate(s, o.kind == kindStringLike || o.kind == kindARN, variables)
		c, constant := t.constant()
		if !constant {
			v.template = t
			return v, true
		}
		v.compile(o, c)
		if o.kind == kindARN && c != "\xff" {
			ok = strings.Count(c, ":") >= 5 || strings.HasSuffix(c, "\xff")
		}
	case kindNumeric:
		v.more = &special{}
		v.more.number, ok = number(s)
	case kindDate:
		v.more = &special{}
		v.more.time, ok = date(s)
	case kindBool, kindNull:
		ok = strings.EqualFold(s, "true") || strings.EqualFold(s, "false")
	case kindBinary:
		_, err := base64.StdEncoding.DecodeString(s)
		ok = err == nil
	case kindIP:
		v.more = &special{}
		v.more.net, ok = network(s)
	}
	v.bad = !ok
	return v, ok
}

func (v *operand) compile(o operator, c string) {
	switch o.kind {
	case kindStringLike:
		v.pattern = newMatcher(c)
	case kindARN:
		v.more = &special{arn: newARNPattern(c)}
	default:
		v.pattern = matcher{c, exact}
	}
}

// match compares one value of the request.
func (v *operand) match(o operator, q *query, s string) tri {
	if v.bad {
		return no
	}
	if v.opaque {
		if strings.HasPrefix(s, "hs256:") && strings.HasPrefix(v.text, "hs256:") {
			return truth(s == v.text)
		}
		return maybe
	}
	if strings.HasPrefix(s, "hs256:") && v.pattern.shape != anything {
		return maybe
	}
	w := v
	if v.template != nil {
		c, resolved := v.template.expand(q)
		if resolved != yes {
			return resolved
		}
		w = &operand{text: v.text}
		w.compile(o, c)
	}
	return truth(w.compare(o, s))
}

func (v *operand) compare(o operator, s string) bool {
	switch o.kind {
	case kindString, kindStringLike:
		return v.pattern.match(s)
	case kindStringFold:
		return strings.EqualFold(v.pattern.text, s)
	case kindARN:
		sub := newSubject(s)
		return sub.arn && v.more.arn.match(&sub)
	case kindNumeric:
		n, ok := number(s)
		return ok && ordered(o.cmp, compareFloat(n, v.more.number))
	case kindDate:
		t, ok := date(s)
		return ok && ordered(o.cmp, t.Compare(v.more.time))
	case kindBool:
		return strings.EqualFold(v.text, s)
	case kindBinary:
		a, err := base64.StdEncoding.DecodeString(s)
		b, err2 := base64.StdEncoding.DecodeString(v.text)
		return err == nil && err2 == nil && string(a) == string(b)
	case kindIP:
		a, err := netip.ParseAddr(s)
		return err == nil && v.more.net.Contains(a.Unmap().WithZone(""))
	}
	return false
}

// matchPartly compares a value that begins with head.
func (v *operand) matchPartly(o operator, q *query, head string) tri {
	if v.bad || v.opaque || o.kind != kindString && o.kind != kindStringLike {
		return maybe
	}
	m := v.pattern
	if v.template != nil {
		c, resolved := v.template.expand(q)
		if resolved != yes {
			return resolved
		}
		w := operand{}
		w.compile(o, c)
		m = w.pattern
	}
	fixed := m.text
	if i := indexWild(fixed); i >= 0 {
		fixed = fixed[:i]
	}
	switch {
	case m.shape == anything, m.shape == prefix && strings.HasPrefix(head, m.text):
		return yes
	case !strings.HasPrefix(head, fixed) && !strings.HasPrefix(fixed, head):
		return no
	case m.shape == exact && len(m.text) <= len(head):
		return no
	}
	return maybe
}

func ordered(c comparison, n int) bool {
	switch c {
	case less:
		return n < 0
	case lessEqual:
		return n <= 0
	case greater:
		return n > 0
	case greaterEqual:
		return n >= 0
	}
	return n == 0
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func number(s string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

// dateForms are the W3C profile of ISO 8601.
var dateForms = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
	"2006-01-02", "2006-01", "2006",
}

// date reads an ISO 8601 time or seconds since 1970.
func date(s string) (time.Time, bool) {
	if len(s) > 40 {
		return time.Time{}, false
	}
	if len(s) > 4 {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return time.Unix(n, 0), true
		}
	}
	for _, f := range dateForms {
		if t, err := time.Parse(f, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// network reads a CIDR block or one address.
func network(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}
