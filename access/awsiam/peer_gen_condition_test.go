package awsiam_test

import (
	"encoding/base64"
	"slices"
	"strings"
)

var operators = map[string][]string{
	"String":    {"StringEquals", "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringLike", "StringNotLike"},
	"ARN":       {"ArnEquals", "ArnLike", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringEquals", "StringLike", "StringNotLike"},
	"Bool":      {"Bool", "Bool", "Bool", "StringEquals"},
	"Numeric":   {"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"},
	"Date":      {"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
	"IPAddress": {"IpAddress", "IpAddress", "NotIpAddress"},
}

// condition adds one to a statement: half of them on a key that the request has.
func (g *generator) condition(c *peerCase, s *statement) {
	key := g.conditionKey(c)
	if key == "" {
		return
	}
	full := g.typeOf(key)
	isArray := strings.HasPrefix(full, "ArrayOf")
	t := strings.TrimPrefix(full, "ArrayOf")
	have, _ := c.context(key)
	if g.chance(2) { // an operator for values of another type than the key's
		t, have = pick(g, "String", "Numeric", "Bool", "ARN"), nil
	}
	op, values := g.operatorAndValues(key, t, c, have.all())
	if g.chance(8) {
		op, values = "Null", one(pick(g, "true", "false"))
	} else if isArray && g.chance(85) || g.chance(4) {
		op = pick(g, "ForAnyValue:", "ForAllValues:") + op
	}
	if op != "Null" && g.chance(20) {
		op += "IfExists"
	}
	if g.chance(4) {
		key = strings.ToLower(key)
	}
	if s.Condition == nil {
		s.Condition = map[string]map[string]value{}
	}
	if s.Condition[op] == nil {
		s.Condition[op] = map[string]value{}
	}
	s.Condition[op][key] = values
}

func (g *generator) conditionKey(c *peerCase) string {
	if g.chance(65) {
		keys := make([]string, 0, len(c.Request.Context))
		for k := range c.Request.Context {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		return pick(g, keys...)
	}
	key := pick(g, g.global...)
	if strings.ContainsAny(key, "$<") || g.typeOf(key) == "" {
		return ""
	}
	return key
}

func (g *generator) operatorAndValues(key, t string, c *peerCase, have []string) (string, value) {
	ops := operators[t]
	if ops == nil {
		ops, t = operators["String"], "String"
	}
	op := pick(g, ops...)
	binary := t == "String" && g.chance(1)
	if binary {
		op = "BinaryEquals"
	}
	var v value
	for range 1 + g.some(2) {
		text := g.conditionValue(c, key, t, op, have)
		if binary {
			text = base64.StdEncoding.EncodeToString([]byte(text))
		}
		v = append(v, text)
	}
	if len(v) == 1 && g.chance(60) {
		return op, v
	}
	return op, list(v...)
}

// conditionValue draws a value for a condition: what the request has, something
// close to it, or something else.
func (g *generator) conditionValue(c *peerCase, key, t, op string, have []string) string {
	got := g.valueOf(key, t)
	if len(have) > 0 && g.chance(70) {
		got = pick(g, have...)
	}
	switch t {
	case "Bool":
		return pick(g, got, got, strings.ToUpper(got[:1])+got[1:])
	case "Numeric":
		return pick(g, got, got, got+".0", "5", "-1", "1e3")
	case "Date":
		return pick(g, got, got, "2026-03-01", "2026-06-15T14:00:00+02:00", "1767225600")
	case "IPAddress":
		return pick(g, got, got+"/32", "10.0.0.0/8", "203.0.113.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0", "192.168.1.0/28")
	case "ARN":
		head, last := splitLast(got)
		return pick(g, got, got, head+wild(g, last), "arn:aws:*:*:"+accountA+":*", "arn:*:s3:::*", "*", g.variable(c))
	}
	return pick(g, got, got, got, wild(g, got), strings.ToUpper(got), g.variable(c), "*")
}

func wild(g *generator, s string) string {
	if s == "" {
		return "*"
	}
	i := g.IntN(len(s))
	if g.chance(30) {
		return s[:i] + "?" + s[i+1:]
	}
	return s[:i] + "*"
}

func (g *generator) variable(c *peerCase) string {
	v := pick(g, "aws:username", "aws:PrincipalTag/team", "aws:PrincipalAccount", "aws:ResourceAccount", "aws:SourceVpc", "aws:userid")
	switch g.IntN(4) {
	case 0:
		return "${" + v + ", '" + g.word() + "'}"
	case 1:
		return "${" + v + "}*"
	}
	return "${" + v + "}"
}
