package aws

import (
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/trust"
)

// trustEdges emits what a trust or resource policy says of principals: an edge
// `trusts` from the thing it guards to each principal of each Allow statement,
// with what the statement allows and under which conditions. Whoever needs no
// more than that to become a role can_assume it: web identities, of which no
// other policy has a say. What names the policy in proofs: "trust policy",
// "bucket policy". What of it cannot be read is lost, with its place.
func (a *account) trustEdges(out *connector.Out, from drover.Ref, body, what string) {
	at := out.At(string(from) + "/" + what)
	body, _ = a.seal(body)
	list, err := trust.ParseIn(a.partition, body, a.now())
	if err != nil {
		at.Lost(string(from)+" "+what, err)
	}
	seen := map[string]int{}
	for _, p := range list {
		end, part := a.arnEnd(p.Alias), what+" statement "+p.Statement
		key := string(end) + " " + part
		if seen[key]++; seen[key] > 1 {
			part += " " + strconv.Itoa(seen[key]) // two statements of one Sid
		}
		e := drover.Edge{From: from, To: end, Kind: drover.EdgeTrusts, Part: part, Cond: p.Cond, Grade: p.Grade, Proof: part}
		at.Edge(e)
		if p.WebIdentity {
			e.From, e.To, e.Kind, e.Grade = end, from, drover.EdgeCanAssume, drover.GradeInferred
			at.Edge(e)
		}
	}
}

// anyone is the principal "*": everybody, with or without an account.
const anyone = "aws-any:*"

// principalAlias spells a principal that stands outside of a policy, such as the
// grantee of a key, as policies' principals are spelled.
func principalAlias(sort, p, partition string) string {
	p = text(p)
	switch {
	case p == "*":
		return anyone
	case sort == "Service":
		return "aws-service:" + p
	case isAccount(p):
		return "arn:" + partition + ":iam::" + p + ":root"
	case strings.HasPrefix(p, "arn:"):
		return p
	}
	return "aws-principal-id:" + p
}
