package effective

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph"
)

// A cause is one thing without which edges would not be: what a cut may take away.
type cause struct {
	key    string // the same cause has the same
	what   string // one sentence, in the imperative
	change Change
	gone   []uint32 // rows that the change removes
}

// causes lists what could be taken away so that an edge is gone, as far as its
// proofs tell. What only people or vendors decide (who made a thing, what lies in
// a container) is not among them.
func (g *Graph) causes(n uint32) []cause {
	e := g.Edge(n)
	if g.reach.Edge(n).Info.Proof == "" && e.Move {
		return g.storedCauses(&e)
	}
	var out []cause
	for _, p := range e.Proof {
		if p.Effect == "deny" {
			continue
		}
		out = append(out, g.proofCauses(&e, &p)...)
	}
	return out
}

// storedCauses are of an edge that stored edges give: each of them would do, so
// all have to go.
func (g *Graph) storedCauses(e *Edge) []cause {
	s := g.in.Snapshot
	from, to := g.Name(e.From), g.Name(e.To)
	if e.Kind == drover.EdgeAuthenticates {
		return []cause{g.withoutNode(e.From, "revoke "+from+", the credential of "+to)}
	}
	if e.Technique == CAIssue {
		return []cause{g.withoutNode(e.To, "revoke "+to+", which "+from+" issued")}
	}
	what := without(e.Kind, from, to)
	if what == "" {
		return nil
	}
	c := cause{what: what}
	between(s, int(e.From), int(e.To), func(k int) {
		x, ok := effect(s, k)
		if !ok || x.From != e.From || x.To != e.To || x.Kind != e.Kind {
			return
		}
		c.drop(s.Edge(k))
		c.key += fmt.Sprint(" edge ", k)
	})
	if c.key == "" {
		return nil
	}
	return []cause{c}
}

// drop adds the removal of one stored edge.
func (c *cause) drop(x drover.Edge) {
	part := x.Part
	c.change.Remove = append(c.change.Remove, Removal{From: string(x.From), To: string(x.To), Kind: x.Kind, Part: &part})
}

func (g *Graph) withoutNode(row uint32, what string) cause {
	ref := g.Ref(row)
	return cause{key: "node " + string(ref), what: what, change: Change{Remove: []Removal{{Ref: string(ref)}}}, gone: []uint32{row}}
}

// proofCauses are of an edge that an evaluator concluded: each of its proofs is
// needed. Nobody can edit a vendor's own policy, so that is only detached.
func (g *Graph) proofCauses(e *Edge, p *access.Proof) []cause {
	row, ok := g.in.row(p.Ref)
	if p.Ref == "" || !ok || int(row) >= g.in.Len() {
		return nil
	}
	var out []cause
	attrs := g.in.Attrs(int(row))
	if n, ok := position(p.Statement); ok && documentAttr(attrs) != "" {
		if vendors, _ := attrs.Bool("provider_managed"); !vendors {
			of := PolicyName(g.in.Snapshot, int(row))
			if documentAttr(attrs) == "trust_document" {
				of = "the trust policy of " + of
			}
			out = append(out, cause{key: fmt.Sprint("statement ", n, " ", p.Ref), what: fmt.Sprintf("remove %s %s of %s", clauseOf(g.Type(row)), p.Statement, of), change: Change{Remove: []Removal{{Ref: string(p.Ref), Statement: &n}}}})
		}
		if c, ok := g.detached(row, e.From); ok {
			out = append(out, c)
		}
		return out
	}
	if on, known := attrs.Bool(p.Statement); known && on {
		node := g.Node(row)
		node.Attrs = attrs.With(p.Statement, false)
		out = append(out, cause{key: "attribute " + p.Statement + " " + string(p.Ref), what: withoutAttribute(p.Statement, g.Name(row)), change: Change{Add: []drover.Record{{Node: &node}}}})
	}
	if c, ok := g.edgesOf(row, p.Statement, e); ok {
		out = append(out, c)
	}
	if p.Statement == "" && (g.Kind(row) == drover.KindPolicy || strings.HasSuffix(g.Type(row), "_binding")) {
		out = append(out, g.withoutNode(row, "remove "+g.Name(row)))
	}
	return out
}

// clauseOf is what a document of a type consists of.
func clauseOf(typ string) string {
	if strings.HasPrefix(typ, "kubernetes.") {
		return "rule"
	}
	return "statement"
}

// inline ends the types of policies that are part of their holder.
const inline = ".inline_policy"

// PolicyName is what a reader calls a policy: one that is part of its holder, as
// inline policies are, with whose it is, for many holders have one of that name.
func PolicyName(s *graph.Snapshot, row int) string {
	name := cmp.Or(s.Name(row), string(s.Ref(row)))
	if !strings.HasSuffix(s.Type(row), inline) {
		return name
	}
	for h := range s.Out(row) {
		if h.Kind == drover.EdgeAttached {
			return name + " of " + cmp.Or(s.Name(h.Row), string(s.Ref(h.Row)))
		}
	}
	return name
}

// position is the place of a statement: of "AllowRead (2)" and of "2" it is 2.
func position(statement string) (int, bool) {
	if i := strings.LastIndexByte(statement, '('); i >= 0 && strings.HasSuffix(statement, ")") {
		statement = statement[i+1 : len(statement)-1]
	}
	n, err := strconv.Atoi(statement)
	return n, err == nil && n >= 0
}

// detached takes a policy off an identity that has it attached, or the identity
// out of the group that has.
func (g *Graph) detached(policy, who uint32) (cause, bool) {
	s := g.in.Snapshot
	if int(who) >= s.Len() {
		return cause{}, false
	}
	c := cause{key: fmt.Sprint("attached ", policy, " ", who), what: "detach " + g.Name(policy) + " from " + g.Name(who)}
	if strings.HasSuffix(g.Type(policy), inline) { // it is nowhere but there
		c.what = "delete the inline policy " + g.Name(policy) + " of " + g.Name(who)
	}
	groups := []int{}
	for h := range s.Out(int(policy)) {
		if h.Kind != drover.EdgeAttached {
			continue
		}
		if h.Row == int(who) {
			c.drop(s.Edge(h.Edge))
		} else {
			groups = append(groups, h.Row)
		}
	}
	if len(c.change.Remove) > 0 {
		return c, true
	}
	for h := range s.Out(int(who)) {
		if h.Kind == drover.EdgeMemberOf && slices.Contains(groups, h.Row) {
			c.key, c.what = fmt.Sprint("member ", h.Row, " ", who), "take "+g.Name(who)+" out of "+g.Name(uint32(h.Row))
			c.drop(s.Edge(h.Edge))
		}
	}
	return c, len(c.change.Remove) > 0
}

// edgesOf reads a proof that names stored edges of a row: "<kind> <to> <part>" as
// the base spells them, "member <name>" for a membership in it, "OWNER", or a
// privilege on it.
func (g *Graph) edgesOf(row uint32, statement string, e *Edge) (cause, bool) {
	s := g.in.Snapshot
	c := cause{key: "proof " + statement + " " + string(g.Ref(row))}
	member, isMember := strings.CutPrefix(statement, "member ")
	for h := range s.Out(int(row)) {
		if x := s.Edge(h.Edge); statement == statementOf(&x) {
			c.what = removed(x.Kind, g.Name(row), g.Name(uint32(h.Row)))
			c.drop(x)
		}
	}
	for h := range s.In(int(row)) {
		x := s.Edge(h.Edge)
		name := s.Name(h.Row)
		switch {
		case isMember && h.Kind == drover.EdgeMemberOf && (name == member || strconv.Quote(name) == member):
			c.what = "take " + name + " out of " + g.Name(row)
		case statement == "OWNER" && h.Kind == drover.EdgeOwns && h.Row == int(e.From):
			c.what = "give " + g.Name(row) + " another owner than " + name
		case h.Kind == drover.EdgeCanAccess && h.Row == int(e.From) && statement != "" && privilege(x.Part, statement):
			c.what = "revoke " + x.Part + " on " + g.Name(row) + " from " + name
		default:
			continue
		}
		c.drop(x)
	}
	return c, len(c.change.Remove) > 0
}

// privilege reports whether a grant's part begins with the privilege that a
// proof names.
func privilege(part, statement string) bool {
	rest, ok := strings.CutPrefix(part, statement)
	return ok && (rest == "" || strings.ContainsAny(rest[:1], " (,/"))
}
