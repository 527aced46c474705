package kubernetes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/effective"
)

// A builder makes the edges of one cluster.
type builder struct {
	*cluster
	edges []effective.Edge
	sets  map[string]uint32 // of hub: rows that stand for all of a kind
	held  map[[2]string]uint32
	queue []func() // what edges made so far ask for
	roles map[int]bool
}

func newBuilder(c *cluster) *builder {
	return &builder{cluster: c, sets: map[string]uint32{}, held: map[[2]string]uint32{}, roles: map[int]bool{}}
}

func (b *builder) build() {
	b.locate()
	b.contents()
	b.memberships()
	b.permissionSets()
	b.unions()
	b.pods()
	b.hosts()
	for len(b.queue) > 0 {
		next := b.queue[0]
		b.queue = b.queue[1:]
		next()
	}
}

// emit adds an edge, unless it leads nowhere.
func (b *builder) emit(e effective.Edge) {
	if e.From == e.To || e.From == none || e.To == none {
		return
	}
	if e.Grade == "" {
		e.Grade = drover.GradeProven
		if len(e.Cond) > 0 {
			e.Grade = drover.GradeInferred
		}
	}
	b.edges = append(b.edges, e)
}

// contents are what the cluster and its namespaces hold.
func (b *builder) contents() {
	in := func(from, to uint32, what string) {
		b.emit(effective.Edge{From: from, To: to, Kind: drover.EdgeContains, Move: true, Proof: []access.Proof{{Text: what}}})
	}
	for _, s := range b.order {
		if !s.known {
			in(b.row, s.row, "a namespace of the cluster")
		}
		for _, a := range s.accounts {
			in(s.row, a.row, "a service account of the namespace")
		}
		for _, x := range s.workloads {
			in(s.row, x.row, "it runs in the namespace")
		}
		for _, t := range s.secrets {
			in(s.row, t.row, "a Secret of the namespace")
		}
	}
	for _, m := range b.machines {
		in(b.row, m.row, "a node of the cluster")
	}
	for _, id := range b.people {
		if id.kind != "ServiceAccount" {
			in(b.row, id.row, "whoever controls the cluster signs in as anybody")
		}
	}
}

// memberships lead identities to their groups and to the bindings that name them.
func (b *builder) memberships() {
	for _, id := range b.people {
		for _, g := range id.groups {
			b.emit(effective.Edge{From: id.row, To: g.row, Kind: drover.EdgeMemberOf, Move: true, Proof: []access.Proof{{Ref: b.in.Ref(int(g.row)), Text: "a member has what the bindings of the group give"}}})
		}
		if id.kind == "Group" && id.name == "system:masters" {
			b.emit(effective.Edge{From: id.row, To: b.row, Kind: drover.EdgeCanAccess, Move: true, Proof: []access.Proof{{Ref: b.in.Ref(int(id.row)), Effect: "allow", Text: "members of system:masters pass by all authorization"}}})
		}
		for _, i := range id.bindings {
			if b.policy.Role(i) == nil {
				continue
			}
			bd := &b.policy.Bindings[i]
			b.emit(effective.Edge{From: id.row, To: b.bindings[i], Kind: drover.EdgeMemberOf, Move: true, Technique: "PERMISSION_DISCOVER",
				Proof: []access.Proof{{Ref: bd.Ref, Effect: "allow", Text: fmt.Sprintf("%s %s names %s %s", bd.Kind(), strconv.Quote(bd.Name), id.kind, strconv.Quote(id.name))}}})
		}
	}
}

// permissionSets are what single bindings give.
func (b *builder) permissionSets() {
	for i := range b.policy.Bindings {
		role := b.policy.RoleIndex(i)
		if role < 0 {
			continue
		}
		ns := b.policy.Bindings[i].Namespace
		s := &scope{b: b, rs: b.rightsOf(i, role, ns), ns: ns}
		s.single()
		b.effects(b.bindings[i], s.out)
	}
}

// unions are what takes rights of several bindings. Identities with the same
// bindings share the answer.
func (b *builder) unions() {
	done := map[string][]effect{}
	for _, id := range b.people {
		list := b.policy.Of(id.who)
		if len(list) < 2 {
			continue
		}
		key := fmt.Sprint(list)
		out, ok := done[key]
		if !ok {
			out = b.union(list)
			done[key] = out
		}
		b.effects(id.row, out)
	}
}

// union is what a list of bindings gives that none of them does alone.
func (b *builder) union(list []int) []effect {
	var rs []right
	scopes := []string{""}
	alone := map[string]bool{}
	for _, i := range list {
		role := b.policy.RoleIndex(i)
		if role < 0 {
			continue
		}
		ns := b.policy.Bindings[i].Namespace
		own := b.rightsOf(i, role, ns)
		rs = append(rs, own...)
		if !slices.Contains(scopes, ns) {
			scopes = append(scopes, ns)
		}
		s := &scope{b: b, rs: own, ns: ns}
		if s.admin() {
			alone[fmt.Sprint("admin ", ns)] = true
		}
		s.several()
		for _, e := range s.out {
			alone[e.key()] = true
		}
	}
	var out []effect
	for _, ns := range scopes {
		if alone["admin "] || alone["admin "+ns] {
			continue
		}
		s := &scope{b: b, rs: rs, ns: ns}
		s.several()
		for _, e := range s.out {
			if !alone[e.key()] {
				alone[e.key()] = true
				out = append(out, e)
			}
		}
	}
	return out
}

// An effect is an edge that has no beginning yet.
type effect struct {
	to        uint32
	technique string
	kind      drover.EdgeKind // "": escalates
	touch     bool
	level     access.Level
	cond      drover.Attrs
	by        []right
}

func (e *effect) key() string {
	return fmt.Sprint(e.to, " ", e.technique, " ", e.kind, " ", string(e.cond))
}

// effects draws the edges of effects, each once. Those that rest on the same
// rights share one proof.
func (b *builder) effects(from uint32, list []effect) {
	type key struct {
		to              uint32
		technique, cond string
		kind            drover.EdgeKind
	}
	seen := make(map[key]bool, len(list))
	var proof []access.Proof
	for i, e := range list {
		if last := max(0, i-1); i == 0 || len(e.by) == 0 || len(e.by) != len(list[last].by) || &e.by[0] != &list[last].by[0] {
			proof = b.proof(e.by)
		}
		k := key{e.to, e.technique, string(e.cond), e.kind}
		if seen[k] {
			continue
		}
		seen[k] = true
		x := effective.Edge{From: from, To: e.to, Kind: e.kind, Move: !e.touch, Level: e.level, Technique: e.technique, Cond: e.cond, Proof: proof}
		if x.Kind == "" {
			x.Kind = drover.EdgeEscalates
		}
		if x.Level == "" && x.Kind == drover.EdgeEscalates {
			x.Level = access.LevelEscalate
		}
		b.emit(x)
	}
}

// hub is the row that stands for all of a kind in the cluster; it leads to each.
func (b *builder) hub(name, title string, members func(add func(uint32))) uint32 {
	if row, ok := b.sets[name]; ok {
		return row
	}
	row := b.in.Node(drover.Node{Ref: b.ref("set", name), Kind: drover.KindGroup, Type: system + ".set", Name: title + b.suffix()})
	b.sets[name] = row
	b.queue = append(b.queue, func() {
		members(func(to uint32) {
			b.emit(effective.Edge{From: row, To: to, Kind: drover.EdgeContains, Move: true, Proof: []access.Proof{{Text: "one of " + title}}})
		})
	})
	return row
}

// suffix tells things of one cluster from those of another where there are several.
func (b *builder) suffix() string {
	switch {
	case b.alone:
		return ""
	case int(b.row) < b.in.Len():
		return " of " + strings.TrimPrefix(b.in.Name(int(b.row)), "Kubernetes ")
	}
	return " of cluster " + b.tenant
}

func (b *builder) everyAccount() uint32 {
	return b.hub("service_accounts", "every service account", func(add func(uint32)) {
		for _, s := range b.order {
			for _, a := range s.accounts {
				add(a.row)
			}
		}
	})
}

func (b *builder) everyWorkload() uint32 {
	return b.hub("workloads", "every workload", func(add func(uint32)) {
		for _, s := range b.order {
			for _, x := range s.workloads {
				add(x.row)
			}
		}
	})
}

func (b *builder) everySecret() uint32 {
	return b.hub("secrets", "every Secret", func(add func(uint32)) {
		for _, s := range b.order {
			for _, t := range s.secrets {
				add(t.row)
			}
		}
	})
}

func (b *builder) everySpace() uint32 {
	return b.hub("namespaces", "every namespace", func(add func(uint32)) {
		for _, s := range b.order {
			add(s.row)
		}
	})
}

// everybody is whom a client certificate can name.
func (b *builder) everybody() uint32 {
	return b.hub("identities", "every identity that a certificate names", func(add func(uint32)) {
		for _, id := range b.people {
			if id.name != "system:masters" {
				add(id.row)
			}
		}
	})
}

func itoa(i int) string { return strconv.Itoa(i) }
