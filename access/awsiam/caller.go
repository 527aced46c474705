package awsiam

import (
	"strconv"
	"strings"
)

func itoa(i int) string { return strconv.Itoa(i) }

// A caller is the principal of a request, with what follows from it.
type caller struct {
	typ         PrincipalType
	arn         string
	account     string
	id          string
	role        string // ARN of the role of a role or its session
	roleName    string
	guessedRole bool // role's path is unknown
	linked      bool
}

func newCaller(p *Principal) caller {
	c := caller{typ: p.Type, arn: p.ARN, account: p.Account, id: p.ID, linked: p.ServiceLinked}
	if c.typ == User && c.account != "" {
		return c // the ARN says no more
	}
	typ, acct, name := principalOf(p.ARN)
	if c.typ == "" {
		if c.typ = typ; typ == "" {
			c.typ = Service
			if p.ARN == "" {
				c.typ = Anonymous
			}
		}
	}
	if c.account == "" && c.inAWS() {
		c.account = acct
	}
	switch c.typ {
	case Role:
		c.role, c.roleName = p.ARN, name
	case AssumedRole:
		c.role, c.roleName = p.Role, name
		if c.role == "" {
			c.role, c.guessedRole = "arn:"+partition(p.ARN)+":iam::"+c.account+":role/"+name, true
		}
	}
	if strings.Contains(c.role, ":role/aws-service-role/") {
		c.linked = true
	}
	return c
}

// hiddenPath is whether the role has a path that its session's ARN does not show,
// as those of IAM Identity Center and of services do.
func (c *caller) hiddenPath() bool {
	return c.guessedRole && (strings.HasPrefix(c.roleName, "AWSReservedSSO_") || strings.HasPrefix(c.roleName, "AWSServiceRoleFor"))
}

func partition(arn string) string {
	s := newSubject(arn)
	if !s.arn {
		return "aws"
	}
	return s.segment(1)
}

// inAWS is whether the caller is a principal of an account.
func (c *caller) inAWS() bool {
	switch c.typ {
	case User, Role, Root, AssumedRole, FederatedUser:
		return true
	}
	return false
}

func (c *caller) ofRole() bool { return c.typ == Role || c.typ == AssumedRole }
