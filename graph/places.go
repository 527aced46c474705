package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/link"
)

// A private address and the name of a Service mean another server in each network
// and cluster. An end that has one leads somewhere only while one server is known
// by it, one network speaks of it and, of a Service, one cluster is known.

// ambiguous says why an address that means another server elsewhere may mean
// several; "" where no more than one is known.
func (r *resolver) ambiguous(place, alias string) string {
	if r.servers == nil {
		r.survey()
	}
	switch n := len(r.servers[place]); {
	case n > 1:
		return fmt.Sprintf("%d servers that were read have the address %s, each in a network of its own", n, place)
	case link.InCluster(alias) && len(r.clusters) > 1:
		return fmt.Sprintf("%d clusters are known, and each may have a Service of the name %s", len(r.clusters), place)
	}
	return ""
}

// survey finds whose the local addresses are, and the clusters.
func (r *resolver) survey() {
	r.servers, r.clusters = map[string]map[string]bool{}, map[string]bool{}
	for i := range r.s.seen {
		ref := r.s.Ref(i)
		if ref.Unseen() {
			continue
		}
		system, tenant := systemOf(ref)
		if system == "kubernetes" {
			for _, c := range r.tenant(i, system, tenant) {
				r.clusters[c] = true
			}
		}
		for _, a := range r.s.rows.aliases.spans(i) {
			place, ok := link.Local(link.Canon(r.s.rows.text.at(a)))
			if !ok {
				continue
			}
			if r.servers[place] == nil {
				r.servers[place] = map[string]bool{}
			}
			for _, c := range r.tenant(i, system, tenant) {
				r.servers[place][c] = true
			}
		}
	}
}

func systemOf(ref drover.Ref) (system, tenant string) {
	system, rest, _ := strings.Cut(string(ref), "/")
	tenant, _, _ = strings.Cut(rest, "/")
	return system, tenant
}

// tenant names what a row belongs to: its tenant, or each source where it says none.
func (r *resolver) tenant(i int, system, tenant string) (out []string) {
	if tenant != "" && tenant != "-" {
		return []string{system + "/" + tenant}
	}
	x := &r.s.rows
	for _, source := range strings.Split(x.sourceSets.words[x.sources[i]], "\x00") {
		out = append(out, system+"/-/"+source)
	}
	return out
}

// A placed is the networks and clusters that speak of each local address.
type placed map[string]map[string]bool

// placesOf finds who speaks of local addresses: what has an edge to a name with
// one, where that lies, and what is known by such a name alone.
func (b *Builder) placesOf(r *resolver) placed {
	out := placed{}
	local := map[uint32]string{} // places in missing
	for i, id := range b.missing {
		if ref := b.texts[id]; ref.Unseen() {
			if place, ok := link.Local(link.Canon(ref.ID())); ok {
				local[uint32(i)|isUnnamed] = place
			}
		}
	}
	if len(local) == 0 {
		return out
	}
	for i := range b.s.seen { // names that a source asserts
		if ref := b.s.Ref(i); ref.Unseen() {
			if place, ok := link.Local(link.Canon(ref.ID())); ok {
				local[uint32(i)] = place
			}
		}
	}
	speakers := map[uint32][]string{}
	b.eachEdge(func(from, to uint32, _ drover.EdgeKind) {
		for _, p := range [][2]uint32{{from, to}, {to, from}} {
			if place, ok := local[p[0]]; ok && !slices.Contains(speakers[p[1]], place) {
				speakers[p[1]] = append(speakers[p[1]], place)
			}
		}
	})
	lies := map[uint32][]string{}
	b.eachEdge(func(from, to uint32, kind drover.EdgeKind) {
		if kind == drover.EdgeStoredIn && len(speakers[from]) > 0 && to&isUnnamed == 0 {
			lies[from] = append(lies[from], r.network(to)...)
		}
	})
	for row, places := range speakers {
		scopes := lies[row]
		if len(scopes) == 0 && row&isUnnamed == 0 {
			scopes = r.network(row)
		}
		if len(scopes) == 0 && row&isUnnamed == 0 {
			scopes = r.tenant(int(row), "", "")
		}
		for _, p := range places {
			if out[p] == nil {
				out[p] = map[string]bool{}
			}
			for _, s := range scopes {
				out[p][s] = true
			}
		}
	}
	return out
}

func (b *Builder) eachEdge(fn func(from, to uint32, kind drover.EdgeKind)) {
	x := &b.s.edges
	for k := range x.from {
		fn(x.from[k], x.to[k], drover.EdgeKinds[x.kind[k]])
	}
}

// network is the cluster or computer that a row is part of.
func (r *resolver) network(i uint32) []string {
	system, tenant := systemOf(r.s.Ref(int(i)))
	if (system == "kubernetes" || system == "machine") && tenant != "" && tenant != "-" {
		return []string{system + "/" + tenant}
	}
	return nil
}

// settle takes back what ends with local addresses mean where several networks
// speak of the address.
func (b *Builder) settle(r *resolver, ends []end) {
	said := b.placesOf(r)
	for i := range ends {
		ref := b.texts[b.missing[i]]
		place, ok := link.Local(link.Canon(ref.ID()))
		if !ref.Unseen() || !ok || len(ends[i].rows) == 0 {
			continue
		}
		if n := len(said[place]); n > 1 {
			ends[i] = end{why: fmt.Sprintf("%d clusters, computers or sources speak of %s, which may be another server in each", n, place)}
			continue
		}
		ends[i].grade = weaker(ends[i].grade, drover.GradeInferred)
	}
}
