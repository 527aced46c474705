# What AWS decides, over statements as data: an explicit deny anywhere wins; the
# identity's policies, its boundary and every level of the organization must each
# allow.
package iam

default allow := false

mine := data.principals[input.principal]

allow if {
	not denied
	some s in mine.identity.allow
	matches(s)
	guarded(mine.boundary)
	every level in mine.scps {
		guarded(level)
	}
}

denied if {
	some s in mine.identity.deny
	matches(s)
}

denied if {
	some s in mine.boundary.deny
	matches(s)
}

denied if {
	some level in mine.scps
	some s in level.deny
	matches(s)
}

guarded(policy) if {
	some s in policy.allow
	matches(s)
}

matches(s) if {
	some a in s.actions
	glob.match(a, null, input.action)
	some r in s.resources
	glob.match(r, null, input.resource)
	every c in s.conditions {
		holds(c)
	}
}

holds(c) if {
	c.op == "StringEquals"
	input.context[c.key] in c.values
}

holds(c) if {
	c.op == "StringLike"
	some v in c.values
	glob.match(v, null, input.context[c.key])
}

holds(c) if {
	c.op == "Bool"
	input.context[c.key] in c.values
}

holds(c) if {
	c.op == "IpAddress"
	some v in c.values
	net.cidr_contains(v, input.context[c.key])
}

holds(c) if {
	c.op == "NumericLessThan"
	some v in c.values
	to_number(input.context[c.key]) < to_number(v)
}
