package aws

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover/access/awsiam"
)

// What a request of somebody who means to take over holds. Who asks chooses the
// region, TLS and the policy to attach, and asks directly, not through a service;
// where a request comes from and whether MFA stands behind it is not known.
func (x *engine) context(p *principal, action, resource string) awsiam.Context {
	p.once.Do(func() { p.facts = x.always(p) })
	c := p.facts
	switch region := segment(resource, 3); {
	case region != "":
		c.Known("aws:RequestedRegion", region)
	case strings.HasPrefix(action, "iam:"):
		c.Known("aws:RequestedRegion", "us-east-1")
	}
	switch strings.ToLower(action) {
	case "iam:attachuserpolicy", "iam:attachrolepolicy", "iam:attachgrouppolicy":
		c.Known("iam:PolicyARN", "arn:"+p.account.partition+":iam::aws:policy/AdministratorAccess")
	}
	x.resourceFacts(&c, resource)
	return c
}

func (x *engine) always(p *principal) awsiam.Context {
	var c awsiam.Context
	now := x.e.in.Now.UTC()
	if !now.IsZero() {
		c.Known("aws:CurrentTime", now.Format(time.RFC3339))
		c.Known("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
	}
	c.Known("aws:SecureTransport", "true")
	c.Known("aws:ViaAWSService", "false")
	c.Known("aws:PrincipalIsAWSService", "false")
	c.Absent("aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID")
	if p.account.org != "" {
		c.Known("aws:PrincipalOrgID", p.account.org)
	}
	if p.sort == "user" {
		c.Absent("aws:FederatedProvider")
	}
	var tags map[string]string
	if p.sort != "root" { // which cannot have any
		tags = x.tagsOf(int(p.row))
	}
	for _, key := range slices.Sorted(maps.Keys(x.e.docs.tags.principal)) {
		switch v, ok := tags[key]; {
		case ok:
			c.Known("aws:PrincipalTag/"+key, v)
		case p.sort != "role" || !p.tagged: // a session of a role may bring tags of its own
			c.Absent("aws:PrincipalTag/" + key)
		}
	}
	return c
}

// resourceFacts are the tags of what is asked for, as far as a condition waits for
// one, and of principals the boundary that binds them.
func (x *engine) resourceFacts(c *awsiam.Context, resource string) {
	row := -1
	switch to := x.e.byARN[resource]; {
	case to != nil:
		row = int(to.row)
		switch {
		case to.boundary == nil:
			c.Absent("iam:PermissionsBoundary")
		default:
			c.Known("iam:PermissionsBoundary", x.arnOf(to.boundary.Ref))
		}
		if to.account.org != "" {
			c.Known("aws:ResourceOrgID", to.account.org)
		}
	case strings.Contains(resource, ":user/drover") || strings.Contains(resource, ":role/drover"):
		c.Absent("iam:PermissionsBoundary") // of what is made, nobody has to ask for one
	default:
		if t := x.e.byThingARN[resource]; t != nil {
			row = int(t.row)
			if t.account.org != "" {
				c.Known("aws:ResourceOrgID", t.account.org)
			}
		}
	}
	if row < 0 || len(x.e.docs.tags.resource) == 0 {
		return
	}
	tags := x.tagsOf(row)
	for _, key := range slices.Sorted(maps.Keys(x.e.docs.tags.resource)) {
		_, name, _ := strings.Cut(key, "/")
		if v, ok := tags[name]; ok {
			c.Known(key, v)
		} else {
			c.Absent(key)
		}
	}
}

// tagsOf are the tags of a row: IAM lists them, other services map them.
func (x *engine) tagsOf(row int) map[string]string {
	attrs := x.e.in.Attrs(row).Map()
	out := map[string]string{}
	for _, field := range []string{"Tags", "tags"} {
		switch v := attrs[field].(type) {
		case map[string]any:
			for k, v := range v {
				if s, ok := v.(string); ok {
					out[k] = s
				}
			}
		case []any:
			for _, e := range v {
				m, _ := e.(map[string]any)
				k, _ := m["Key"].(string)
				s, _ := m["Value"].(string)
				out[k] = s
			}
		}
	}
	return out
}
