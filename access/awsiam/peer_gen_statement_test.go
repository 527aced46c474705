package awsiam_test

import (
	"fmt"
	"slices"
	"strings"
)

// document draws a policy of one to four statements, deny percent of them denies.
func (g *generator) document(c *peerCase, place string, deny int) *policyDoc {
	d := &policyDoc{Version: "2012-10-17"}
	if g.chance(2) && place != "rcp" && place != "scp" {
		d.Version = "2008-10-17" // in which variables are plain text
	}
	for i := range 1 + g.some(3) {
		effect := "Allow"
		if g.chance(deny) {
			effect = "Deny"
		}
		s := g.statement(c, place, effect)
		if g.chance(50) {
			s.Sid = fmt.Sprintf("S%d", i)
		}
		d.Statement = append(d.Statement, s)
	}
	if d.Version == "2008-10-17" {
		plainARNs(d)
	}
	return d
}

// plainARNs takes variables out of the operands of ARN operators: in a document of
// the old version they are plain text and no ARN, and AWS refuses it.
func plainARNs(d *policyDoc) {
	for _, s := range d.Statement {
		for op, keys := range s.Condition {
			for _, values := range keys {
				if strings.Contains(op, "Arn") {
					mapValues(values, func(v string) string {
						if strings.Contains(v, "${") {
							return "arn:aws:s3:::alpha"
						}
						return v
					})
				}
			}
		}
	}
}

func (g *generator) statement(c *peerCase, place, effect string) statement {
	s := statement{Effect: effect}
	near := 75
	if effect == "Deny" {
		near = 45 // or almost nothing would be allowed
	}
	if g.chance(8) && place != "rcp" {
		s.NotAction = g.actionPatterns(c, 100-near)
	} else {
		s.Action = g.actionPatterns(c, near)
	}
	if g.chance(10) {
		s.NotResource = g.resourcePatterns(c, 100-near)
	} else {
		s.Resource = g.resourcePatterns(c, near)
	}
	switch place {
	case "rcp":
		s.Principal = "*"
		for i, a := range s.Action {
			if a == "*" {
				s.Action[i] = service(c) + ":*" // an RCP names no bare *
			}
		}
	case "resource":
		g.principals(c, &s, near)
	case "endpoint":
		s.Principal = "*"
	}
	for range g.conditions(effect) {
		g.condition(c, &s)
	}
	return s
}

func (g *generator) conditions(effect string) int {
	n := g.IntN(100)
	switch {
	case n < 55:
		return 0
	case n < 85 || effect == "Allow":
		return 1
	}
	return 2 + g.some(1)
}

func service(c *peerCase) string { s, _, _ := strings.Cut(c.Request.Action, ":"); return s }

// actionPatterns draws one to three patterns; near percent of the draws hold one
// that matches the action asked for.
func (g *generator) actionPatterns(c *peerCase, near int) value {
	svc, name, _ := strings.Cut(c.Request.Action, ":")
	match := func() string {
		switch g.IntN(10) {
		case 0:
			return "*"
		case 1:
			return svc + ":*"
		case 2, 3:
			return svc + ":" + name[:g.IntN(len(name))] + "*"
		case 4:
			i := g.IntN(len(name))
			return svc + ":" + name[:i] + "?" + name[i+1:]
		case 5:
			return strings.ToUpper(svc) + ":" + strings.ToLower(name)
		case 6:
			i := g.IntN(len(name))
			return svc + ":*" + name[i:]
		}
		return c.Request.Action
	}
	other := func() string {
		a := pick(g, g.core...).Action
		switch g.IntN(4) {
		case 0:
			return svc + ":" + name + "X"
		case 1:
			i := strings.IndexByte(a, ':') + 4
			return a[:min(i, len(a))] + "*"
		}
		return a
	}
	return g.mixed(near, match, other)
}

// mixed draws a value of one to three texts; near percent of the draws hold at
// least one of match.
func (g *generator) mixed(near int, match, other func() string) value {
	var v value
	for range 1 + g.some(2) {
		v = append(v, other())
	}
	if g.chance(near) {
		v[g.IntN(len(v))] = match()
	}
	if len(v) == 1 && g.chance(50) {
		return v
	}
	return list(v...)
}

func (g *generator) resourcePatterns(c *peerCase, near int) value {
	arn := c.Request.Resource.ARN
	if arn == "*" {
		return g.mixed(near, func() string { return "*" }, func() string { return "arn:aws:s3:::" + g.word() })
	}
	head, last := splitLast(arn)
	match := func() string {
		switch g.IntN(10) {
		case 0, 1, 2:
			return "*"
		case 3:
			return head + last[:g.IntN(len(last)+1)] + "*"
		case 4:
			if last == "" {
				return arn
			}
			i := g.IntN(len(last))
			return head + last[:i] + "?" + last[i+1:]
		case 5:
			return g.withVariable(c, head, last)
		case 6:
			parts := strings.SplitN(arn, ":", 6)
			if len(parts) == 6 {
				parts[3], parts[4] = "*", "*"
			}
			return strings.Join(parts, ":")
		}
		return arn
	}
	other := func() string {
		switch g.IntN(6) {
		case 0:
			return arn + "-other"
		case 1:
			return head + strings.ToUpper(last)
		case 2:
			return "arn:aws:s3:::" + g.word() + "/*"
		case 3:
			return g.withVariable(c, head, last)
		case 4:
			return strings.Replace(arn, ":"+accountA+":", ":"+accountB+":", 1)
		}
		return g.fill(c.resourceType, accountA)
	}
	return g.mixed(near, match, other)
}

func splitLast(arn string) (head, last string) {
	i := strings.LastIndexAny(arn, ":/") + 1
	return arn[:i], arn[i:]
}

// withVariable writes a policy variable into the last part of an ARN.
func (g *generator) withVariable(c *peerCase, head, last string) string {
	variable := pick(g, "aws:username", "aws:PrincipalTag/team", "aws:PrincipalAccount", "aws:userid", "aws:ResourceAccount", "aws:RequestTag/team", "aws:SourceVpc")
	if v, is := c.context(variable); is && len(v.all()) == 1 && strings.Contains(last, v.all()[0]) && !strings.Contains(last, "$") {
		return head + strings.Replace(last, v.all()[0], "${"+variable+"}", 1)
	}
	switch g.IntN(5) {
	case 0:
		return head + "${" + variable + ", '" + last + "'}"
	case 1:
		return head + "${" + variable + "}*"
	case 2:
		return head + strings.Replace(last, "-", "${$}", 1) + "${*}"
	case 3:
		return head + "*${" + variable + "}*"
	}
	return head + "${" + variable + "}"
}

// principals draws the Principal or NotPrincipal of a statement.
func (g *generator) principals(c *peerCase, s *statement, near int) {
	arn, _ := c.Request.Principal.(string)
	account := accountA
	if v, is := c.context("aws:PrincipalAccount"); is {
		account = v[0]
	}
	match := func() string {
		switch c.kind {
		case "assumed-role":
			role, _ := c.context("aws:PrincipalArn")
			return pick(g, arn, role[0], role[0], account, "arn:aws:iam::"+account+":root")
		case "anonymous", "service":
			return "*"
		}
		return pick(g, arn, arn, arn, account, "arn:aws:iam::"+account+":root", "*")
	}
	foreign := "ann"
	if c.kind == "role" { // it stands for any of its sessions: whether for one of that name cannot be said
		foreign = "zed"
	}
	other := func() string {
		b := g.accountNot(account)
		// Role names are unique in an account whatever their path, so another path
		// with the caller's name names no role.
		return pick(g, b, "arn:aws:iam::"+b+":root", "arn:aws:iam::"+account+":user/zed", "arn:aws:iam::"+account+":role/zed", "arn:aws:sts::"+account+":assumed-role/"+foreign+"/s9", "arn:aws:iam::"+b+":role/ann")
	}
	var p any = "*"
	switch {
	case c.kind == "service" && g.chance(70):
		p = map[string]value{"Service": g.mixed(near, func() string { return arn }, func() string { return "zed.amazonaws.com" })}
	case g.chance(15) || c.kind == "anonymous" && g.chance(60):
		if g.chance(50) {
			p = map[string]value{"AWS": one("*")}
		}
	case g.chance(5):
		p = map[string]value{"Federated": one("cognito-identity.amazonaws.com"), "AWS": g.mixed(near, match, other)}
	default:
		p = map[string]value{"AWS": g.mixed(near, match, other)}
	}
	if ids, is := p.(map[string]value); is && g.chance(6) && !slices.Contains(ids["AWS"], "*") {
		// Whom a NotPrincipal spares it must name with the account.
		if g.chance(85) && len(ids["AWS"]) > 0 {
			ids["AWS"] = list(append(ids["AWS"].all(), "arn:aws:iam::"+account+":root")...)
		}
		s.NotPrincipal = p
		if g.chance(90) {
			s.Effect = "Deny"
		}
		return
	}
	s.Principal = p
}
