package authz

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/cedar-policy/cedar-go"

	"github.com/droverhq/drover"
)

//go:embed policy.cedar
var policyText []byte

// Policy is the text of the policy that decides, for those who want to read it.
func Policy() string { return string(policyText) }

// policies parses the policy once. It is part of the binary, and a test reads
// it: a policy that cannot be read is a broken build.
var policies = sync.OnceValues(func() (*cedar.PolicySet, error) {
	return cedar.NewPolicySetFromBytes("policy.cedar", policyText)
})

// About is what a call is about, where that decides. The zero value is a call
// about nobody.
type About struct {
	User      string // id of the user whose grants, tokens or sessions change
	Requester string // id of who asked for what is to be approved
}

// A Decision says whether a call may be made, and why.
type Decision struct {
	Allowed bool
	Role    Role   // of the grant that allows it
	Reason  string // one sentence, for people
}

// Err is nil for what is allowed, else wraps drover.ErrPermission.
func (d Decision) Err() error {
	if d.Allowed {
		return nil
	}
	return fmt.Errorf("%s: %w", d.Reason, drover.ErrPermission)
}

// Decide says whether a caller may do something that is about nobody.
func Decide(c Caller, a Action) Decision { return DecideOn(c, a, About{}) }

// DecideOn says whether a caller may do something. What no rule of the policy
// permits, and what it cannot decide, is refused.
func DecideOn(c Caller, a Action, on About) Decision {
	if a.Doc() == "" {
		return Decision{Reason: fmt.Sprintf("no action is called %q", clip(string(a)))}
	}
	if len(c.Grants) == 0 {
		return Decision{Reason: "you hold no role: an admin gives one"}
	}
	forbidden := ""
	for _, g := range c.Grants {
		ok, rule := decide(c, g, a, on)
		if ok {
			return Decision{true, g.Role, fmt.Sprintf("the role %s may %s", g.Role, a.Doc())}
		}
		if rule != "" {
			forbidden = rule
		}
	}
	if forbidden != "" {
		return Decision{Reason: refusals[forbidden]}
	}
	return Decision{Reason: fmt.Sprintf("it takes %s to %s", who(a), a.Doc())}
}

// refusals say what the rules that forbid mean.
var refusals = map[string]string{
	"no-own-approval": "nobody approves what they asked for: ask another approver",
	"no-self-grant":   "nobody changes what they may do themselves: ask another admin",
	"no-token-grants": "a token does not change users, tokens, sources or the house: sign in, or use the command line on the server",
}

// who says which roles may do something.
func who(a Action) string {
	var names []string
	limited := true
	for _, m := range Matrix() {
		if m.Action == a && m.Allowed {
			names = append(names, string(m.Role))
			limited = limited && m.Limited
		}
	}
	if len(names) == 0 {
		return "the command line on the server"
	}
	last := len(names) - 1
	s := "the role " + names[last]
	if last > 0 {
		s = "the role " + strings.Join(names[:last], ", ") + " or " + names[last]
	}
	if !limited {
		s += " without bounds"
	}
	return s
}

func allows(c Caller, g Grant, a Action, on About) bool {
	ok, _ := decide(c, g, a, on)
	return ok
}

// decide asks the policy about one grant. rule is the one that forbids, "" where
// merely none permits.
func decide(c Caller, g Grant, a Action, on About) (ok bool, rule string) {
	set, err := policies()
	if err != nil {
		return false, ""
	}
	principal, resource := cedar.NewEntityUID("Grant", "held"), cedar.NewEntityUID("Call", "made")
	entities := cedar.EntityMap{
		principal: {UID: principal, Attributes: cedar.NewRecord(cedar.RecordMap{
			"role": cedar.String(g.Role), "limited": cedar.Boolean(g.Limited()), "who": cedar.String(c.ID),
			"kind": cedar.String(c.Kind), "by_token": cedar.Boolean(c.Token != ""),
		})},
		resource: {UID: resource, Attributes: cedar.NewRecord(cedar.RecordMap{
			"user": cedar.String(on.User), "requester": cedar.String(on.Requester),
		})},
	}
	decision, why := cedar.Authorize(set, entities, cedar.Request{Principal: principal, Action: cedar.NewEntityUID("Action", cedar.String(a)), Resource: resource})
	if len(why.Errors) > 0 {
		return false, "" // a rule that fails to evaluate might have forbidden it
	}
	if decision == cedar.Allow {
		return true, ""
	}
	for _, r := range why.Reasons {
		return false, idOf(set, r.PolicyID)
	}
	return false, ""
}

func idOf(set *cedar.PolicySet, id cedar.PolicyID) string {
	if p := set.Get(id); p != nil {
		return string(p.Annotations()["id"])
	}
	return ""
}

// A Cell of the matrix says whether a role may do something.
type Cell struct {
	Role    Role   `json:"role"`
	Action  Action `json:"action"`
	Allowed bool   `json:"allowed"` // with a grant without bounds
	Limited bool   `json:"limited"` // with a grant that has bounds as well
}

// Matrix is what the policy says of each role and action, for a person who signed
// in and a call that is about nobody.
func Matrix() []Cell {
	var list []Cell
	for _, a := range Actions() {
		for _, r := range Roles() {
			c := Caller{ID: "someone", Kind: Person}
			list = append(list, Cell{r, a, allows(c, Grant{Role: r}, a, About{}), allows(c, Grant{Role: r, Sources: []string{"one"}}, a, About{})})
		}
	}
	return list
}
