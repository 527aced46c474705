// Package aws makes the effects of AWS: who may assume which role, who becomes
// whom by which technique of the public catalogue of privilege escalation
// (pathfinding.cloud), who reaches which resource, and what proves each. Every
// answer is one of the policy evaluator's (access/awsiam), over all policies that
// decide: identity, group, boundary, resource, trust, service and resource control
// policies.
//
// Techniques are a table (technique*.go): the actions that each takes, on what,
// what else has to be so, and whom it gives. One engine (match.go, edges.go)
// interprets it. An estate (estate.go) is what a snapshot says, a profile is all
// principals for whom the same documents decide.
package aws

import (
	"context"
	"fmt"
	"slices"

	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/graph/effective"
)

// System evaluates AWS.
var System = &effective.System{
	Name:  "aws",
	Title: "Amazon Web Services",
	Doc: "Users and roles of IAM: who may assume which role, and who escalates by which technique of pathfinding.cloud. Identity policies, groups, permissions boundaries, trust and resource policies, " +
		"service and resource control policies are evaluated with their conditions; what a condition leaves open stays with the edge.",
	Techniques: published(),
	Load:       load,
}

func published() []effective.Technique {
	list := make([]effective.Technique, 0, len(techniques))
	for i := range techniques {
		list = append(list, techniques[i].public())
	}
	return list
}

func load(ctx context.Context, in *effective.Input) (*effective.Model, error) {
	e := read(in)
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	x := newEngine(e)
	edges := x.edges(ctx)
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("evaluate the principals of AWS: %w", err)
	}
	name, date := awsiam.Catalogue()
	return &effective.Model{
		Edges:     slices.Values(edges),
		Profile:   x.profileOf,
		Touch:     x.touches,
		Question:  x.question,
		Decide:    x.decide,
		Grants:    x.grants,
		Gaps:      x.gaps(),
		Catalogue: name + ", " + date,
	}, nil
}

// profileOf is the number of the profile of a row: of users, roles, the root user,
// of groups, for those who are put into one, and of accounts, for those who take
// one over.
func (x *engine) profileOf(row uint32) (uint32, bool) {
	if p := x.e.byRow[row]; p != nil {
		return p.profile.number, true
	}
	return 0, false
}

func policies(n int) string {
	if n == 1 {
		return "1 policy"
	}
	return fmt.Sprintf("%d policies", n)
}

// gaps are what could not be evaluated.
func (x *engine) gaps() []effective.Gap {
	var out []effective.Gap
	if n := x.e.docs.unread; n > 0 {
		out = append(out, effective.Gap{System: "aws", What: policies(n), Why: "attached, and the document was not read: what it allows or denies is not counted", Rows: n})
	}
	if n := len(x.e.docs.faulty); n > 0 {
		out = append(out, effective.Gap{System: "aws", What: policies(n), Why: "cannot be read as a policy: " + x.e.docs.faulty[0], Rows: n})
	}
	out = append(out, x.versionGap()...)
	for _, id := range x.e.ids {
		a := x.e.accounts[id]
		if len(a.principals) > 0 && a.scps == nil && !a.management {
			out = append(out, effective.Gap{System: "aws", What: "service control policies of account " + id, Why: "no organization was read that the account is in: limits that one sets are not counted", Rows: len(a.principals)})
		}
	}
	return out
}
