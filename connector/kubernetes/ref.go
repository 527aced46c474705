package kubernetes

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

// system is the first segment of every ref of this connector.
const system = "kubernetes"

// ref names an object: by its uid, where a cluster gave it one, else by its name.
// The type is the last word of the node's type, "service_account".
func (c *cluster) ref(typ string, o *object) drover.Ref {
	if o.Meta.UID != "" && c.byUID() {
		return drover.NewRef(system, c.tenant, typ, o.Meta.UID)
	}
	return c.named(typ, o.id())
}

// byUID reports whether the uids of objects are those of the cluster.
func (c *cluster) byUID() bool { return c.live || c.uids }

// named is the ref of what has no uid: of a user, a group, an object of a manifest.
func (c *cluster) named(typ, name string) drover.Ref {
	return drover.NewRef(system, c.tenant, typ, drover.Named(name))
}

// end is the end of an edge to an object known by name: its node where it is
// read, else an alias that says which object it would be.
func (c *cluster) end(typ, ns, name string) drover.Ref {
	if ref, ok := c.index.find(typ, ns, name); ok {
		return ref
	}
	if typ == "service_account" {
		return drover.UnseenRef("k8s:" + c.name() + "/" + ns + "/" + name)
	}
	return drover.UnseenRef(c.objectAlias(c.name(), typ, ns, name))
}

// saEnd is the end of an edge to a service account known by name.
func (c *cluster) saEnd(ns, name string) drover.Ref { return c.end("service_account", ns, name) }

// names are what the cluster is called in aliases: its API server's hosts, then its
// tenant, by which manifests may know it that do not know a host.
func (c *cluster) names() []string {
	if usable(c.tenant) && !strings.ContainsAny(c.tenant, "/|") {
		return append(slices.Clip(c.hosts), c.tenant)
	}
	if len(c.hosts) > 0 {
		return c.hosts
	}
	return []string{"-"}
}

// name is the first of names.
func (c *cluster) name() string { return c.names()[0] }

// objectAlias names an object that other objects refer to by name.
func (c *cluster) objectAlias(host, typ, ns, name string) string {
	return "kubernetes-object:" + host + "/" + typ + "/" + join(ns, name)
}

// aliases are the sorted names of a thing: form makes one for each name of the
// cluster.
func (c *cluster) aliases(form func(host string) []string, more ...string) []string {
	var out []string
	for _, h := range c.names() {
		out = append(out, form(h)...)
	}
	out = append(out, more...)
	slices.Sort(out)
	return slices.Compact(out)
}

// hostName is the host of a server's URL, to be shown: lower case, without scheme,
// path, user and the port 443. In aliases hosts are spelled by decode.HostName.
func hostName(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if i := strings.Index(s, "://"); i >= 0 {
		s = s[i+3:]
	}
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	return strings.TrimSuffix(s, ":443")
}

// hosts spells names of the API server, those that are known everywhere first. A
// name that means another server elsewhere is left out.
func hosts(names ...string) []string {
	var out []string
	for _, n := range names {
		if h := decode.HostName(n, connector.ThisMachine()); h != "" {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(strings.Count(a, "[machine:")-strings.Count(b, "[machine:"), strings.Compare(a, b))
	})
	return slices.Compact(out)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func contains(list []string, s string) bool { return slices.Contains(list, s) }
