package access

import (
	"encoding/json"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// implies says that b holds wherever a does, both on one key, by what their
// operators and values mean. False: not known.
func (a atom) implies(b atom) bool {
	quantifier, op := cutQuantifier(a.op)
	if b.op == "exists" {
		return quantifier != "ForAllValues:" && op != "exists" // which hold of no value at all
	}
	other, opB := cutQuantifier(b.op)
	if quantifier != other || op == "exists" {
		return false
	}
	if quantifier != "ForAllValues:" {
		return valueImplies(op, a.value, opB, b.value)
	}
	var as, bs []string
	if json.Unmarshal([]byte(a.value), &as) != nil || json.Unmarshal([]byte(b.value), &bs) != nil || len(as)*len(bs) > 1<<16 {
		return false
	}
	for _, v := range as {
		if !slices.ContainsFunc(bs, func(w string) bool { return op == opB && v == w || valueImplies(op, v, opB, w) }) {
			return false
		}
	}
	return true
}

func cutQuantifier(op string) (quantifier, base string) {
	if q, rest, ok := strings.Cut(op, ":"); ok {
		return q + ":", rest
	}
	return "", op
}

// valueImplies says that what meets op with value v meets op2 with w.
func valueImplies(op, v, op2, w string) bool {
	switch {
	case strings.HasPrefix(op, "Numeric") && strings.HasPrefix(op2, "Numeric"):
		return ordered(op, v, op2, w, "Numeric", number)
	case strings.HasPrefix(op, "Date") && strings.HasPrefix(op2, "Date"):
		return ordered(op, v, op2, w, "Date", date)
	case op == "IpAddress" && op2 == op:
		return addressWithin(v, w)
	case op == "Bool" && op2 == op:
		return strings.EqualFold(v, w)
	case strings.Contains(v, "${") || strings.Contains(w, "${"):
		return op == op2 && v == w // policy variables: known at the request only
	case op == "ArnLike" && op2 == op:
		return arnWithin(v, w)
	}
	switch op + " " + op2 {
	case "StringEquals StringEqualsIgnoreCase", "StringEqualsIgnoreCase StringEqualsIgnoreCase":
		return equalFold(v, w)
	case "StringEquals StringLike":
		return match(w, clean(v), false)
	case "StringLike StringLike":
		return coversPattern(w, v, false)
	}
	return false
}

// arnWithin compares the six parts of an ARN pattern one by one, as the
// operators do.
func arnWithin(v, w string) bool {
	vs, ws := strings.SplitN(v, ":", 6), strings.SplitN(w, ":", 6)
	if len(vs) != 6 || len(ws) != 6 {
		return v == w
	}
	for i := range vs {
		if !coversPattern(ws[i], vs[i], false) {
			return false
		}
	}
	return true
}

func addressWithin(v, w string) bool {
	a, ok := prefix(v)
	b, ok2 := prefix(w)
	return ok && ok2 && b.Bits() <= a.Bits() && b.Contains(a.Addr())
}

// prefix reads an address or a block. IPv4 addresses that are written as IPv6
// are IPv4.
func prefix(s string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, false
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, false
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}

// ordered compares half lines and points: `< 5` implies `< 7`.
func ordered(op, v, op2, w, family string, read func(string) (*big.Rat, bool)) bool {
	x, ok := read(v)
	y, ok2 := read(w)
	if !ok || !ok2 {
		return op == op2 && v == w
	}
	c := x.Cmp(y)
	switch strings.TrimPrefix(op, family) + " " + strings.TrimPrefix(op2, family) {
	case "Equals Equals":
		return c == 0
	case "Equals LessThan", "LessThanEquals LessThan":
		return c < 0
	case "Equals LessThanEquals", "LessThan LessThan", "LessThan LessThanEquals", "LessThanEquals LessThanEquals":
		return c <= 0
	case "Equals GreaterThan", "GreaterThanEquals GreaterThan":
		return c > 0
	case "Equals GreaterThanEquals", "GreaterThan GreaterThan", "GreaterThan GreaterThanEquals", "GreaterThanEquals GreaterThanEquals":
		return c >= 0
	}
	return false
}

// number reads a decimal of reasonable length.
func number(s string) (*big.Rat, bool) {
	if len(s) > 40 || strings.ContainsAny(s, "/eExXpP_") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// date reads most of what AWS accepts: ISO 8601 with time and zone, or
// seconds since 1970.
func date(s string) (*big.Rat, bool) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(form, s); err == nil {
			r := new(big.Rat).SetFrac64(int64(t.Nanosecond()), 1e9)
			return r.Add(r, new(big.Rat).SetInt64(t.Unix())), true
		}
	}
	return number(s)
}
