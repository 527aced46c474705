package kubernetes

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/k8srbac"
	"github.com/droverhq/drover/graph/effective"
)

// read finds the clusters of a snapshot.
func read(ctx context.Context, in *effective.Input) (*world, error) {
	w := &world{in: in, byTenant: map[string]*cluster{}, who: map[uint32]*identity{}}
	var mine []int
	for i := range in.Len() {
		if i%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		if !strings.HasPrefix(in.Type(i), system+".") || in.Unseen(i) {
			continue
		}
		sys, tenant, _, _, ok := in.Ref(i).Parts()
		if !ok || sys != system || w.stale(i) {
			continue
		}
		mine = append(mine, i)
		if w.byTenant[tenant] == nil {
			w.byTenant[tenant] = &cluster{in: in, tenant: tenant, row: none, spaces: map[string]*space{}, byName: map[string]*identity{}, groups: map[string]*identity{}, tokens: map[[2]string]bool{}}
		}
	}
	for _, i := range mine {
		w.object(w.byTenant[in.Ref(i).Tenant()], i)
	}
	for _, c := range w.byTenant {
		w.clusters = append(w.clusters, c)
	}
	slices.SortFunc(w.clusters, func(a, b *cluster) int { return cmp.Compare(a.tenant, b.tenant) })
	w.unseen()
	for _, c := range w.clusters {
		c.alone = len(w.clusters) == 1
		c.settle()
		w.rbac(c, mine)
		w.join(c)
		w.accounts(c)
	}
	return w, nil
}

// stale reports whether row i is another telling of what the live cluster says
// better: a manifest of an object that was read live, too.
func (w *world) stale(i int) bool {
	h := w.in.Head(i)
	return h != i && w.in.Type(h) == w.in.Type(i)
}

// meta is what every object has.
type meta struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
	Manifest  string            `json:"manifest"`
}

func (w *world) meta(i int) (m meta) {
	_ = json.Unmarshal(w.in.Attrs(i), &m) // what cannot be read is absent
	return m
}

// object takes in one row.
func (w *world) object(c *cluster, i int) {
	row, name := uint32(w.in.Head(i)), w.in.Name(i)
	switch lastWord(w.in.Type(i)) {
	case "cluster":
		c.row = row
		for _, a := range w.in.Aliases(i) {
			if name, ok := strings.CutPrefix(a, "kubernetes-cluster:"); ok {
				c.names = append(c.names, name)
			}
		}
	case "namespace":
		s := c.space(name)
		s.row, s.known, s.enforce = row, true, w.meta(i).Labels["pod-security.kubernetes.io/enforce"]
	case "service_account":
		var a struct {
			meta
			Automount *bool `json:"automountServiceAccountToken"`
		}
		_ = json.Unmarshal(w.in.Attrs(i), &a)
		w.account(c, row, a.Namespace, name).noToken = a.Automount != nil && !*a.Automount
	case "user":
		id := &identity{row: row, kind: "User", name: name, c: c, who: k8srbac.Who{User: name, Groups: []string{k8srbac.GroupAuthenticated}}}
		if name == k8srbac.UserAnonymous {
			id.who.Groups = []string{k8srbac.GroupUnauthenticated}
		}
		c.add(w, id)
	case "group":
		c.add(w, &identity{row: row, kind: "Group", name: name, c: c, who: k8srbac.Who{Groups: []string{name}}})
	case "node":
		m := &machine{row: row, name: name}
		for l := range w.meta(i).Labels {
			m.control = m.control || l == "node-role.kubernetes.io/control-plane" || l == "node-role.kubernetes.io/master"
		}
		c.machines = append(c.machines, m)
	case "secret":
		m := w.meta(i)
		c.listed = c.listed || m.Manifest == ""
		s := c.space(m.Namespace)
		s.secrets = append(s.secrets, thing{row, name})
	case "service_account_token":
		var a struct {
			meta
			Account string `json:"service_account"`
			Stale   bool   `json:"stale"`
			Invalid string `json:"invalid_since"`
		}
		_ = json.Unmarshal(w.in.Attrs(i), &a)
		if !a.Stale && a.Invalid == "" {
			c.tokens[[2]string{a.Namespace, a.Account}] = true
		}
	default:
		if w.in.Kind(i) == drover.KindWorkload {
			w.workload(c, i, row)
		}
	}
}

func (w *world) account(c *cluster, row uint32, ns, name string) *identity {
	id := &identity{row: row, kind: "ServiceAccount", namespace: ns, name: name, c: c, who: k8srbac.Account(ns, name)}
	if c.add(w, id) {
		s := c.space(ns)
		s.accounts = append(s.accounts, id)
	}
	return id
}

// add keeps an identity, unless one of its name is there.
func (c *cluster) add(w *world, id *identity) bool {
	m, key := c.byName, id.who.User
	if id.kind == "Group" {
		m, key = c.groups, id.name
	}
	if m[key] != nil {
		return false
	}
	m[key] = id
	c.people = append(c.people, id)
	if w.who[id.row] == nil {
		w.who[id.row] = id
	}
	return true
}

// unseen takes in the service accounts that objects name and no source has, such
// as the one called default.
func (w *world) unseen() {
	byName := map[string]*cluster{}
	for _, c := range w.clusters {
		byName[c.tenant] = c
		for _, name := range c.names {
			byName[name] = c
		}
	}
	for i := w.in.Seen(); i < w.in.Len(); i++ {
		_, _, scheme, alias, ok := w.in.Ref(i).Parts()
		if !ok || scheme != "k8s" {
			continue
		}
		f := strings.Split(strings.TrimPrefix(alias, "k8s:"), "/")
		if len(f) != 3 || f[1] == "" || f[2] == "" {
			continue
		}
		if c := byName[f[0]]; c != nil {
			w.account(c, uint32(i), f[1], f[2])
		}
	}
}
