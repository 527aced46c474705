package awsiam_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/bits"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/awsiam"
	"github.com/droverhq/drover/internal/realtest"
)

// peerSeed is the seed of the generated cases; DROVER_TEST_SEED replaces it.
func peerSeed(t *testing.T) uint64 {
	s := os.Getenv("DROVER_TEST_SEED")
	if s == "" {
		return 20261122
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("DROVER_TEST_SEED: %v", err)
	}
	return n
}

// scale is the number of a heavy test's cases in either tier.
func scale(usual, full int) int {
	if os.Getenv("DROVER_TEST_FULL") != "" {
		return full
	}
	return usual
}

func askCatalogue(t *testing.T, s *realtest.Simulator) *peerCatalogue {
	t.Helper()
	var cat peerCatalogue
	if err := s.Ask(map[string]any{"catalogue": []string{}}, &cat); err != nil {
		t.Fatal(err)
	}
	return &cat
}

// TestPeer asks iam-simulate and us the same generated questions. Where the two
// differ, a rule of peer_rules_test.go must say why.
func TestPeer(t *testing.T) {
	s := realtest.IAMSimulate(t)
	seed := peerSeed(t)
	g := newGenerator(seed, askCatalogue(t, s))
	cmp := newComparison(t, s)
	for n := scale(10_000, 100_000); cmp.answered < n; {
		batch := make([]*peerCase, min(2000, n-cmp.answered))
		for i := range batch {
			batch[i] = g.next()
		}
		cmp.compare(batch)
	}
	cmp.report(fmt.Sprintf("generated cases, seed %d", seed))
}

// A comparison counts how two evaluators' answers agree.
type comparison struct {
	t                 *testing.T
	peer              *realtest.Simulator
	answered, allowed int
	refused           map[string]int // by the peer, with its reason
	explained         map[string]int // differences by rule
	kinds             map[string]int
	differences       []difference
	unexplained       int
	open              int // our answers that are conditional with less of the context known
}

func newComparison(t *testing.T, s *realtest.Simulator) *comparison {
	return &comparison{t: t, peer: s, refused: map[string]int{}, explained: map[string]int{}, kinds: map[string]int{}}
}

func (c *comparison) compare(batch []*peerCase) {
	var got struct{ Results []string }
	if err := c.peer.Ask(map[string]any{"run": batch}, &got); err != nil {
		c.t.Fatal(err)
	}
	for i, peer := range got.Results {
		if reason, refused := strings.CutPrefix(peer, "error: "); refused {
			c.refused[refusal(reason)]++
			continue
		}
		c.answered++
		c.one(batch[i], peer)
	}
	c.explain()
}

func (c *comparison) one(q *peerCase, peer string) {
	p, r, err := askOurs(q)
	if err != nil {
		c.t.Fatalf("%v\n%s", err, asJSON(q))
	}
	d := awsiam.Evaluate(p, r)
	if fast := awsiam.Compile(p).Decide(r); fast != d.Verdict {
		c.t.Errorf("Decide says %s and Explain %s\n%s", fast, d.Verdict, asJSON(q))
	}
	c.less(q, p, r, d)
	c.kinds[q.kind+" "+peer]++
	if peer == "Allowed" {
		c.allowed++
	}
	if outcome(d) != peer {
		c.differences = append(c.differences, difference{q, d, peer})
	}
}

// less asks us with some of the context unknown: an answer that is sure then must
// be the one that all of the context gives.
func (c *comparison) less(q *peerCase, p *awsiam.Policies, r *awsiam.Request, all access.Decision) {
	known := *r
	known.Context = awsiam.Context{}
	keys := slices.Sorted(maps.Keys(q.Request.Context))
	for i, k := range keys {
		if (c.answered+i)%3 != 0 {
			known.Context.Known(k, q.Request.Context[k].all()...)
		}
	}
	d := awsiam.Evaluate(p, &known)
	if d.Verdict == access.Conditional || d.Verdict == access.Unknown {
		c.open++
	} else if d.Verdict != all.Verdict {
		c.t.Errorf("with less known we say %s, and with all %s\ncase: %s\nproof: %s", d.Verdict, all.Verdict, asJSON(q), asJSON(d))
	}
}

// explain asks the differences again as the rules put them.
func (c *comparison) explain() {
	for _, d := range c.differences {
		if name := c.rule(d); name != "" {
			c.explained[name]++
			continue
		}
		if c.unexplained++; c.unexplained <= 5 {
			c.t.Errorf("iam-simulate says %s, we say %s\ncase: %s\nproof: %s", d.peer, d.ours.Verdict, asJSON(d.q), asJSON(d.ours))
		}
	}
	c.differences = nil
}

// rule names the fewest rules that explain a difference together.
func (c *comparison) rule(d difference) string {
	var apply []peerRule
	for _, r := range peerRules {
		if r.rewrite(d.q.clone()) {
			apply = append(apply, r)
		}
	}
	var names []string
	var ask []*peerCase
	for _, set := range subsets(len(apply)) {
		q := d.q.clone()
		var name []string
		for i, r := range apply {
			if set&(1<<i) != 0 && r.rewrite(q) {
				name = append(name, r.name)
			}
		}
		names, ask = append(names, strings.Join(name, "+")), append(ask, q)
	}
	if len(ask) == 0 {
		return ""
	}
	var again struct{ Results []string }
	if err := c.peer.Ask(map[string]any{"run": ask}, &again); err != nil {
		c.t.Fatal(err)
	}
	for i, q := range ask {
		p, r, err := askOurs(q)
		if err != nil {
			c.t.Fatalf("%v\n%s", err, asJSON(q))
		}
		ours := outcome(awsiam.Evaluate(p, r))
		if ours == again.Results[i] && (ours == outcome(d.ours) || d.ours.Verdict == access.Conditional) {
			return names[i]
		}
	}
	return ""
}

// subsets are those of n things that are not empty, as bits, the smallest first; of
// many things those of up to three.
func subsets(n int) (list []uint) {
	for set := uint(1); set < 1<<n; set++ {
		if size := bits.OnesCount(set); n <= 6 || size <= 3 {
			list = append(list, set)
		}
	}
	slices.SortStableFunc(list, func(a, b uint) int { return bits.OnesCount(a) - bits.OnesCount(b) })
	return list
}

type difference struct {
	q    *peerCase
	ours access.Decision
	peer string
}

// outcome is a decision in iam-simulate's words; "" where it is none of them. A
// deny is explicit where a statement denies.
func outcome(d access.Decision) string {
	switch d.Verdict {
	case access.Allow:
		return "Allowed"
	case access.Deny:
		if slices.ContainsFunc(d.Proof, func(p access.Proof) bool { return p.Effect == "deny" && p.Statement != "" }) {
			return "ExplicitlyDenied"
		}
		return "ImplicitlyDenied"
	}
	return ""
}

func (c *comparison) report(what string) {
	c.t.Helper()
	c.t.Logf("%s: %d answered by both, %d of them allowed, %d unexplained differences", what, c.answered, c.allowed, c.unexplained)
	c.t.Logf("  %6d of our answers are conditional when a third of the context is unknown; the others stay as they are", c.open)
	for _, k := range slices.Sorted(maps.Keys(c.kinds)) {
		c.t.Logf("  %6d %s", c.kinds[k], k)
	}
	for _, k := range slices.Sorted(maps.Keys(c.refused)) {
		c.t.Logf("  %6d not answered by iam-simulate: %s", c.refused[k], k)
	}
	for _, k := range slices.Sorted(maps.Keys(c.explained)) {
		c.t.Logf("  %6d explained by %s", c.explained[k], k)
	}
	if c.unexplained > 0 {
		c.t.Errorf("%d unexplained differences", c.unexplained)
	}
	refused := 0
	for _, n := range c.refused {
		refused += n
	}
	if refused > c.answered/5 {
		c.t.Errorf("iam-simulate answered %d and refused %d: the generator asks what it cannot be asked", c.answered, refused)
	}
}

// refusal is the kind of an error of the peer, without what differs by case.
func refusal(reason string) string {
	var e struct{ Message string }
	if json.Unmarshal([]byte(reason), &e) == nil && e.Message != "" {
		if e.Message != "policy.errors" {
			return e.Message
		}
		_, text, _ := strings.Cut(reason, `"message":"`)
		text, _, _ = strings.Cut(text, `"}`)
		return "policy: " + text
	}
	first, _, _ := strings.Cut(reason, " ")
	return first + " ..."
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// askOurs writes a case in our own types.
func askOurs(q *peerCase) (*awsiam.Policies, *awsiam.Request, error) {
	var firstErr error
	attach := func(n namedDoc) awsiam.Attached {
		body, err := json.Marshal(n.Policy)
		if err == nil {
			var doc *awsiam.Document
			if doc, _, err = awsiam.Parse(body); err == nil {
				return awsiam.Attached{Ref: drover.Ref("aws:policy/" + n.Name), Name: n.Name, Doc: doc}
			}
		}
		if firstErr == nil {
			firstErr = fmt.Errorf("parse %s: %w", n.Name, err)
		}
		return awsiam.Attached{}
	}
	all := func(docs []namedDoc) (list []awsiam.Attached) {
		for _, d := range docs {
			list = append(list, attach(d))
		}
		return list
	}
	levels := func(from []orgLevel) (list [][]awsiam.Attached) {
		for _, l := range from {
			list = append(list, all(l.Policies))
		}
		return list
	}
	p := &awsiam.Policies{Identity: all(q.IdentityPolicies), SCPs: levels(q.ServiceControl)}
	if len(q.Boundary) > 0 {
		b := attach(q.Boundary[0])
		p.Boundary = &b
	}
	if q.SessionPolicy != nil {
		p.Session = []awsiam.Attached{attach(namedDoc{"session", q.SessionPolicy})}
	}
	r := &awsiam.Request{
		Principal: ourPrincipal(q), Action: q.Request.Action, Resource: q.Request.Resource.ARN, ResourceAccount: q.Request.Resource.Account,
		EndpointPolicies: all(q.EndpointPolicies), RCPs: levels(q.ResourceControl), Context: awsiam.Context{Complete: true},
	}
	if r.ResourceAccount == r.Principal.Account {
		p.RCPs, r.RCPs = r.RCPs, nil
	}
	if q.ResourcePolicy != nil {
		at := attach(namedDoc{"resource", q.ResourcePolicy})
		r.ResourcePolicy = &at
	}
	for k, v := range q.Request.Context {
		r.Context.Known(k, v.all()...)
	}
	return p, r, firstErr
}

func ourPrincipal(q *peerCase) awsiam.Principal {
	kinds := map[string]awsiam.PrincipalType{
		"user": awsiam.User, "role": awsiam.Role, "assumed-role": awsiam.AssumedRole, "root": awsiam.Root,
		"federated-user": awsiam.FederatedUser, "service": awsiam.Service, "anonymous": awsiam.Anonymous,
	}
	p := awsiam.Principal{Type: kinds[q.kind]}
	p.ARN, _ = q.Request.Principal.(string)
	if v, is := q.context("aws:PrincipalAccount"); is {
		p.Account = v[0]
	}
	if v, is := q.context("aws:userid"); is {
		p.ID = v[0]
	}
	if v, is := q.context("aws:PrincipalArn"); is && q.kind == "assumed-role" {
		p.Role = v[0]
	}
	return p
}
