package custom

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// run asks the rule about every node of its kinds.
func (r *Rule) run(p *check.Pass) error {
	var risk func(int) int
	if r.o.Risk != nil {
		risk = r.o.Risk(p.Estate)
	}
	q := newAsker(p.Context, p.Estate, risk)
	t := Tally{Rule: r, Missing: map[string]int{}}
	keep, err := r.kept(p.Estate)
	if err != nil {
		return err
	}
	for _, kind := range r.kinds {
		for i := range p.Graph.Rows(kind) {
			if p.Graph.IsMember(i) || keep != nil && keep[i>>6]>>(i&63)&1 == 0 {
				continue
			}
			if err := r.ask(p, q, i, &t); err != nil {
				return err
			}
		}
	}
	if r.o.Tally != nil {
		r.o.Tally(t)
	}
	if t.Failed > 0 && t.Failed == t.Asked {
		return fmt.Errorf("its expression failed for all %d nodes: %s: %w", t.Failed, t.Failure, drover.ErrInvalid)
	}
	return nil
}

// kept are the rows that the filter of the rule matches, as bits; nil: all.
func (r *Rule) kept(e *check.Estate) ([]uint64, error) {
	if r.match == "" {
		return nil, nil
	}
	rows, err := match(e, r.match)
	if err != nil {
		return nil, err
	}
	bits := make([]uint64, e.Graph.Len()/64+1)
	for _, i := range rows {
		bits[i>>6] |= 1 << (i & 63)
	}
	return bits, nil
}

func (r *Rule) ask(p *check.Pass, q *asker, i int, t *Tally) error {
	if err := p.Context.Err(); err != nil {
		return err
	}
	a := &activation{of: &row{q: q, i: i}, now: p.Now}
	fires, lacks, err := r.decide(p, a)
	switch {
	case err != nil && p.Context.Err() != nil:
		return err
	case err != nil:
		t.Asked++
		t.Unknown++
		if t.Failed++; t.Failure == "" {
			t.Failure = err.Error()
		}
		return nil
	case lacks == nil && fires == nil:
		return nil // it is not about this node
	}
	t.Asked++
	if lacks != nil {
		t.Unknown++
		for _, f := range lacks {
			t.Missing[f]++
		}
		return nil
	}
	if !*fires {
		return nil
	}
	t.Fired++
	return r.report(p, q, a, i)
}

// decide asks about one node. Both results are nil for a node that the rule is not
// about; lacks names what is missing where it cannot be decided.
func (r *Rule) decide(p *check.Pass, a *activation) (fires *bool, lacks []string, err error) {
	if r.pick != nil {
		v, err := r.pick.eval(p.Context, a)
		if err != nil || types.IsUnknown(v) {
			return nil, lacking(v), err
		}
		if v != types.True {
			return nil, nil, nil
		}
	}
	v, err := r.when.eval(p.Context, a)
	if err != nil {
		return nil, nil, err
	}
	return truth(v, r.when)
}

func truth(v ref.Val, x *expression) (fires *bool, lacks []string, err error) {
	if types.IsUnknown(v) {
		return nil, lacking(v), nil
	}
	b, ok := v.(types.Bool)
	if !ok {
		return nil, nil, fmt.Errorf("%s: the expression is a %s, want true or false: %w", x.text.Pos, v.Type().TypeName(), drover.ErrInvalid)
	}
	out := bool(b)
	return &out, nil, nil
}

// lacking is missing, and never nil.
func lacking(v ref.Val) []string {
	if list := missing(v); len(list) > 0 {
		return list
	}
	return []string{"a fact"}
}

// report makes a hit of a node that the rule fires on.
func (r *Rule) report(p *check.Pass, q *asker, a *activation, i int) error {
	h := check.Hit{Row: i, Why: r.why}
	var err error
	if h.What, err = r.says(p, a, i); err != nil {
		return err
	}
	if h.Evidence, err = r.proofs(p, a, i); err != nil {
		return err
	}
	for _, k := range r.when.asks {
		path := q.path(i, k)
		if len(path.Nodes) == 0 {
			continue
		}
		h.Evidence = append(h.Evidence, pathProof(p, path.Nodes, path.Grade))
		for _, n := range path.Nodes {
			if int(n) < p.Graph.Len() {
				h.Path = append(h.Path, int(n))
			}
		}
	}
	if h.Fix, err = r.cure(p, a, i); err != nil {
		return err
	}
	if h.Fix.Action == "review" && len(r.when.asks) > 0 {
		h.Unknowns = append(h.Unknowns, "what stops goes by which step is cut: the command says it for each")
	}
	switch h.Fix.Action {
	case "review", "set_owner", "confirm_owner", "hand_over":
		h.Keeps = true
	default:
		h.Stops = []int{i}
	}
	p.Report(h)
	return nil
}

// says is the first part of a finding: it names the node even where the house
// wrote the same sentence for all.
func (r *Rule) says(p *check.Pass, a *activation, i int) (string, error) {
	who := p.Say(i)
	switch s := r.sentence; {
	case s != nil && s.every:
		return fmt.Sprintf("%s breaks the assertion %q.", who, check.Clean(r.Text)), nil
	case s != nil && s.verb != "where" && s.verb != "has" && s.verb != "have":
		return who + " " + singular(s.says) + ".", nil
	case s != nil:
		return fmt.Sprintf("%s breaks the assertion %q.", who, check.Clean(r.Text)), nil
	case r.what == nil:
		return who + ": " + check.Clean(r.Title) + ".", nil
	}
	text, err := r.what.write(p.Context, a)
	if r.what.constant() {
		text = who + ": " + text
	}
	return text, err
}

// singular makes a plural predicate fit one subject.
func singular(says string) string {
	for from, to := range map[string]string{"reach ": "reaches ", "are ": "is ", "have ": "has ", "expire ": "expires "} {
		if rest, ok := strings.CutPrefix(says, from); ok {
			return to + rest
		}
	}
	return says
}

// proofs are the facts that the expression looks at, as they are for this node,
// after what the house wrote itself.
func (r *Rule) proofs(p *check.Pass, a *activation, i int) (out []drover.FindingProof, err error) {
	row := p.Graph.Row(i)
	source := strings.Join(row.Sources, ", ")
	if source == "" {
		source = "the graph"
	}
	for _, t := range r.evidence {
		text, err := t.write(p.Context, a)
		if err != nil {
			return nil, err
		}
		out = append(out, check.Proof(text, source, row.Observed, drover.GradeDeclared))
	}
	for _, name := range r.when.reads {
		if text, grade, ok := fact(a, name); ok {
			out = append(out, check.Proof(text, source, row.Observed, grade))
		}
	}
	if len(out) == 0 && len(r.when.asks) == 0 {
		out = append(out, check.Proof("the policy asks for it at "+r.Pos.String(), r.Pos.File, p.Now, drover.GradeDeclared))
	}
	return out, nil
}

// read are the fields that sources say themselves; everything else is concluded.
var read = map[string]bool{"alias": true, "type": true, "kind": true, "source": true, "created": true, "age": true, "rotated": true, "secret_age": true, "expires": true, "expires_in": true, "last_used": true,
	"unused_for": true, "used": true, "status": true, "exposure": true, "left": true}

// fact writes one field of a node as evidence.
func fact(a *activation, name string) (text string, grade drover.Grade, ok bool) {
	grade = drover.GradeInferred
	if key, isAttr := strings.CutPrefix(name, "attrs."); isAttr {
		all, _ := a.of.get(ptr("attrs")).(*attributes)
		if all == nil || all.m[key] == nil {
			return check.Clean(name) + " was not delivered", drover.GradeUnknown, true
		}
		return check.Clean(key) + " is " + say(valueOf(name, all.m[key]), a.now), drover.GradeProven, true
	}
	f, known := lookup(name)
	if !known || name == "name" || name == "ref" {
		return "", "", false
	}
	if read[name] {
		grade = drover.GradeProven
	}
	words := strings.ReplaceAll(name, "_", " ")
	v := a.of.get(&f)
	switch {
	case types.IsUnknown(v):
		return words + " is not known", drover.GradeUnknown, true
	case f.Type == "nodes" || f.Type == "texts":
		return words + ": " + say(v, a.now), grade, true
	}
	return words + " is " + say(v, a.now), grade, true
}

func pathProof(p *check.Pass, nodes []uint32, grade drover.Grade) drover.FindingProof {
	var names []string
	for i, n := range nodes {
		if i == 6 && len(nodes) > 8 {
			names = append(names, fmt.Sprintf("%d more", len(nodes)-7))
			n = nodes[len(nodes)-1]
			names = append(names, check.Clean(p.Effects.Name(n)))
			break
		}
		names = append(names, check.Clean(p.Effects.Name(n)))
	}
	return check.Proof("the way there: "+strings.Join(names, " -> "), "graph of effects", p.Now, grade)
}

// cure is the fix: the remedy of the house's choice, in its words.
func (r *Rule) cure(p *check.Pass, a *activation, i int) (drover.Fix, error) {
	f := fixOf(p.Estate, r.action(), i, r.Title)
	if s := r.sentence; s != nil && len(r.when.asks) > 0 && f.Action == "review" {
		target := r.when.asks[0].target
		f.Text = fmt.Sprintf("Cut the way from %s to %s.", p.Say(i), check.Clean(target))
		f.Command = "drover cut --from " + remedy.Quote(string(p.Graph.Ref(i))) + " --to " + remedy.Quote(target)
	}
	if r.fix == nil {
		return f, nil
	}
	text, err := r.fix.write(p.Context, a)
	if f.Text = text; r.fix.constant() {
		f.Text = p.Say(i) + ": " + text
	}
	return f, err
}

func fixOf(e *check.Estate, action string, i int, title string) drover.Fix {
	switch action {
	case "disable":
		return remedy.Disable(e, i)
	case "delete":
		return remedy.Delete(e, i)
	case "rotate":
		return remedy.Rotate(e, i)
	case "revoke":
		return remedy.Revoke(e, i)
	case "expire":
		return remedy.Expire(e, i)
	case "federate":
		return remedy.Federate(e, i)
	case "set_owner":
		return remedy.SetOwner(e, i)
	case "confirm_owner":
		return remedy.ConfirmOwner(e, i)
	case "hand_over":
		return remedy.HandOver(e, i)
	}
	return remedy.Ask(e, i, "Decide what to do about "+e.Say(i)+": "+check.Line(title))
}
