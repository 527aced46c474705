package awsiam

import (
	"slices"
	"strings"

	"github.com/droverhq/drover/access"
)

// unmodifiable are the calls that IAM refuses on a service-linked role whoever
// makes them (UnmodifiableEntity in the IAM API reference; "Create a
// service-linked role": its permissions and trust cannot be edited).
var unmodifiable = []string{
	"iam:attachrolepolicy", "iam:detachrolepolicy", "iam:putrolepolicy", "iam:deleterolepolicy", "iam:updateassumerolepolicy",
	"iam:putrolepermissionsboundary", "iam:deleterolepermissionsboundary", "iam:deleterole",
}

// unchangeable says why nobody may make this request, whatever policies say;
// "" where policies decide. AWS alone changes what it manages: its managed
// policies, roles of IAM Identity Center (path /aws-reserved/), service-linked
// roles and the aliases of its keys.
func (q *query) unchangeable() string {
	if !q.resource.arn || q.who.typ == Service {
		return ""
	}
	rest := q.resource.segment(5)
	switch service := q.resource.segment(2); {
	case service == "iam" && strings.HasPrefix(q.action, "iam:"):
		switch {
		case q.resource.segment(4) == "aws" && strings.HasPrefix(rest, "policy/") && q.changes():
			return "AWS manages this policy; no account can change it"
		case strings.HasPrefix(rest, "role/aws-reserved/") && q.changes():
			return "AWS manages roles under /aws-reserved/; no principal of the account can change or pass them"
		case strings.HasPrefix(rest, "role/aws-service-role/") && slices.Contains(unmodifiable, q.action):
			return "only its service can change a service-linked role"
		}
	case service == "kms" && strings.HasPrefix(rest, "alias/aws/") && q.action != "kms:listaliases" && strings.HasPrefix(q.action, "kms:") && q.changes():
		return "AWS manages aliases that begin with alias/aws/"
	}
	return ""
}

// changes is whether the action does more than look.
func (q *query) changes() bool {
	if q.id < 0 {
		return false
	}
	row := catalogue().actions[q.id]
	return row.Level != access.LevelList && row.Level != access.LevelRead
}
