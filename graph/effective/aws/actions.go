package aws

import (
	"slices"
	"strings"
)

// actionBits is a set of the actions that techniques take.
type actionBits [4]uint64

func (b *actionBits) set(i int)      { b[i>>6] |= 1 << (i & 63) }
func (b *actionBits) has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }

func (b *actionBits) add(o actionBits) {
	for i := range b {
		b[i] |= o[i]
	}
}

// covers reports whether all of o are in b.
func (b *actionBits) covers(o actionBits) bool {
	for i := range b {
		if o[i]&^b[i] != 0 {
			return false
		}
	}
	return true
}

// techniqueActions are the actions of all techniques and what tells an
// administrator, in lower case, sorted.
var techniqueActions = func() []string {
	var list []string
	for i := range techniques {
		for _, n := range techniques[i].needs {
			if n.action != "" {
				list = append(list, strings.ToLower(n.action))
			}
		}
	}
	for _, n := range slices.Concat(adminNeeds, []need{{action: "lambda:InvokeFunction"}}) {
		list = append(list, strings.ToLower(n.action))
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) > 64*len(actionBits{}) {
		panic("aws: more actions than actionBits holds")
	}
	return list
}()

func actionBit(action string) int {
	i, _ := slices.BinarySearch(techniqueActions, strings.ToLower(action))
	return i
}

// bits are the actions that a technique takes on the taker's own side; a role that
// names the taker in its trust policy asks for no sts:AssumeRole of it, and a
// resource policy may give the rest.
func (t *technique) bits() (b actionBits) {
	for _, n := range t.needs {
		if n.action != "" && n.on != assumed && t.gives != givesThing {
			b.set(actionBit(n.action))
		}
	}
	return b
}

// adminNeeds are what an administrator may do, on anything in the account: whoever
// may do these may do all, or give it to itself.
var adminNeeds = []need{
	{action: "iam:CreateUser", on: newUser}, {action: "iam:AttachUserPolicy", on: newUser}, {action: "iam:CreateAccessKey", on: newUser},
	{action: "iam:CreateRole", on: newRole}, {action: "iam:AttachRolePolicy", on: newRole}, {action: "iam:PassRole", on: newRole}, {action: "iam:UpdateAssumeRolePolicy", on: newRole},
	{action: "s3:GetObject", on: "arn:{p}:s3:::*/*"}, {action: "s3:PutBucketPolicy", on: "arn:{p}:s3:::*"}, {action: "secretsmanager:GetSecretValue", on: "arn:{p}:secretsmanager:{r}:{a}:secret:*"},
	{action: "lambda:UpdateFunctionCode", on: newFunction}, {action: "ec2:RunInstances", on: newInstance},
	{action: "dynamodb:GetItem", on: "arn:{p}:dynamodb:{r}:{a}:table/*"},
}

// rulerNeeds are what it takes to make an administrator of one's own.
var rulerNeeds = [][]need{adminNeeds[:3], adminNeeds[3:5]}

// coversNeeds reports whether an Allow may name each action of a technique.
func (b *actionBits) coversNeeds(t *technique) bool {
	for _, n := range t.needs {
		if n.action != "" && !b.has(actionBit(n.action)) {
			return false
		}
	}
	return true
}
