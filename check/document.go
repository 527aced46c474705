package check

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/access/k8srbac"
	"github.com/droverhq/drover/graph/effective"
)

// documents are what was read of documents while checks run, each once.
type documents struct {
	statements map[int][]awsiam.Statement // by row of a policy
	rules      map[int][]k8srbac.Rule     // by row of a role
	rights     map[*Right]map[int]int     // by row of a role: the rule, -1 none
	asked      map[*Asked]map[int][]named // by row of a policy
	may        map[mayKey]access.Decision
}

// Statements are those of an AWS policy; of one of AWS's own that was not read
// they are what AWS publishes. nil: not read, or unreadable.
func (e *Estate) Statements(policy int) []awsiam.Statement {
	if s, ok := e.memo.documents.statements[policy]; ok {
		return s
	}
	body := ""
	if d, ok := e.Body(policy); ok {
		body = d.Body
	} else {
		for _, a := range e.Graph.Aliases(policy) {
			if b, ok := awsiam.ManagedPolicy(a); ok {
				body = string(b)
			}
		}
	}
	var out []awsiam.Statement
	if body != "" {
		if d, _, err := awsiam.Parse([]byte(body)); err == nil {
			out = d.Statements()
		}
	}
	if e.memo.documents.statements == nil {
		e.memo.documents.statements = map[int][]awsiam.Statement{}
	}
	e.memo.documents.statements[policy] = out
	return out
}

// Names reports whether a statement allows an action, given as AWS spells it,
// whatever the resource and the condition.
func Names(s *awsiam.Statement, action string) bool {
	in := func(list []string) bool {
		for _, p := range list {
			if (access.Set{In: []string{p}, Fold: true}).Contains(action) {
				return true
			}
		}
		return false
	}
	if s.Effect != "Allow" {
		return false
	}
	if len(s.NotActions) > 0 {
		return !in(s.NotActions)
	}
	return in(s.Actions)
}

// Everywhere reports whether a statement is for every resource.
func Everywhere(s *awsiam.Statement) bool {
	for _, r := range s.Resources {
		if r == "*" {
			return true
		}
	}
	return false
}

// Policies yields the AWS policies that apply to a user, role or group, and the
// group by which they do; -1: directly.
func (e *Estate) Policies(identity int) func(yield func(policy, group int) bool) {
	return func(yield func(policy, group int) bool) {
		for h := range e.Graph.In(identity) {
			if h.Kind == drover.EdgeAttached && e.Graph.Kind(h.Row) == drover.KindPolicy && !yield(h.Row, -1) {
				return
			}
		}
		for h := range e.Graph.Out(identity) {
			if h.Kind != drover.EdgeMemberOf || e.Graph.Type(h.Row) != "aws.iam.group" {
				continue
			}
			for p := range e.Graph.In(h.Row) {
				if p.Kind == drover.EdgeAttached && e.Graph.Kind(p.Row) == drover.KindPolicy && !yield(p.Row, h.Row) {
					return
				}
			}
		}
	}
}

// A May is one AWS action that an identity may take on a resource that nobody has
// named: then it may on those that somebody did.
type May struct {
	Action    string
	Policy    int    // whose statement says so
	Statement string // its label
	Group     int    // by which the policy applies; -1: directly
	Condition drover.Attrs
	Grade     drover.Grade
}

// An Asked is some AWS actions on everything of a kind. It is asked for by its
// address, so declare it once. Resource is the ARN of a thing that does not exist,
// with ACCOUNT where the account's number belongs and PARTITION where that does:
// whoever may do it to a name that nobody gave may do it to those that somebody did.
type Asked struct {
	Resource string
	Actions  []string
}

// named is a statement that speaks of an action.
type named struct {
	action    string
	statement string
}

// MayAll says which of some actions an AWS user or role may take. The policy
// evaluator decides, with boundaries, denials and control policies.
func (e *Estate) MayAll(identity int, q *Asked) (out []May) {
	if e.Effects == nil || !principal(e.Graph.Type(identity)) {
		return nil
	}
	var found []May
	for policy, group := range e.Policies(identity) {
		for _, n := range e.named(policy, q) {
			if !has(found, n.action) {
				found = append(found, May{Action: n.action, Policy: policy, Group: group, Statement: n.statement})
			}
		}
	}
	for _, m := range found {
		if d := e.decide(identity, q, m.Action); d.Verdict == access.Allow || d.Verdict == access.Conditional {
			m.Condition, m.Grade = d.Condition, drover.GradeProven
			if d.Verdict == access.Conditional {
				m.Grade = drover.GradeInferred
			}
			out = append(out, m)
		}
	}
	return out
}

func principal(typ string) bool { return typ == "aws.iam.user" || typ == "aws.iam.role" }

// named are the statements of a policy that speak of what is asked.
func (e *Estate) named(policy int, q *Asked) []named {
	byPolicy := e.memo.documents.asked[q]
	if n, ok := byPolicy[policy]; ok {
		return n
	}
	if byPolicy == nil {
		byPolicy = map[int][]named{}
		if e.memo.documents.asked == nil {
			e.memo.documents.asked = map[*Asked]map[int][]named{}
		}
		e.memo.documents.asked[q] = byPolicy
	}
	var out []named
	list := e.Statements(policy)
	for i := range list {
		for _, a := range q.Actions {
			if Names(&list[i], a) {
				out = append(out, named{a, Label(&list[i])})
			}
		}
	}
	byPolicy[policy] = out
	return out
}

func has(list []May, action string) bool {
	for _, m := range list {
		if m.Action == action {
			return true
		}
	}
	return false
}

// MayProofs tells what an identity may do as proofs: the action, the policy, the
// statement, the group, the condition.
func (e *Estate) MayProofs(list []May) (out []drover.FindingProof) {
	for i, m := range list {
		if i == maxSteps {
			out = append(out, Proof(Count(len(list)-i, "further action")+" beside these", "policy evaluation", e.Now, ""))
			break
		}
		text := "may call " + m.Action
		if m.Group >= 0 {
			text += " by " + e.Say(m.Group)
		}
		if len(m.Condition) > 0 {
			text += ", as long as " + sentence(string(m.Condition))
		}
		out = append(out, Proof(text, e.Say(m.Policy)+" "+m.Statement, e.Now, m.Grade))
	}
	return out
}

// Actions names what is in a list, and the rows of the policies that give it.
func Actions(list []May) (names []string, policies []int) {
	seen := map[int]bool{}
	for _, m := range list {
		names = append(names, m.Action)
		if !seen[m.Policy] {
			seen[m.Policy] = true
			policies = append(policies, m.Policy)
		}
	}
	return names, policies
}

// Label names a statement: by its Sid, else by its place.
func Label(s *awsiam.Statement) string {
	if s.Sid != "" {
		return "statement " + Clean(s.Sid)
	}
	return "statement " + strconv.Itoa(s.Index)
}

// A mayKey is one question to the evaluator: identities with the same documents
// share the answer.
type mayKey struct {
	profile uint32
	asked   *Asked
	action  string
}

func (e *Estate) decide(identity int, q *Asked, action string) access.Decision {
	m := e.Effects.Models()["aws"]
	if m == nil || m.Decide == nil || m.Profile == nil {
		return access.Decision{Verdict: access.Unknown}
	}
	n, ok := m.Profile(uint32(identity))
	if !ok {
		return access.Decision{Verdict: access.Unknown}
	}
	key := mayKey{n, q, action}
	if d, ok := e.memo.documents.may[key]; ok {
		return d
	}
	account, partition := e.account(identity)
	arn := strings.NewReplacer("ACCOUNT", account, "PARTITION", partition).Replace(q.Resource)
	d := m.Decide(uint32(identity), effective.Question{System: "aws", Resource: arn, Row: -1, Action: action, Known: true})
	if e.memo.documents.may == nil {
		e.memo.documents.may = map[mayKey]access.Decision{}
	}
	e.memo.documents.may[key] = d
	return d
}

// account is the number of the account that a row is of, and its partition.
func (e *Estate) account(row int) (id, partition string) {
	for _, a := range e.Graph.Aliases(row) {
		if f := strings.SplitN(a, ":", 6); len(f) == 6 && f[0] == "arn" && f[2] == "iam" {
			return f[4], f[1]
		}
	}
	id = e.Graph.Ref(row).Tenant()
	return id, cmp.Or(partition, "aws")
}
