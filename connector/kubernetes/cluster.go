package kubernetes

import (
	"cmp"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A cluster is what the objects belong to.
type cluster struct {
	tenant      string   // uid of namespace kube-system when live, else option cluster
	hosts       []string // names of the API server that mean the same everywhere
	issuer      string   // of service account tokens; "" unknown, or a name that means nothing elsewhere
	ownIssuer   string   // such a name
	trustDomain string   // of the mesh's SPIFFE ids; "" unknown
	live        bool     // read from an API server; else from manifests
	uids        bool     // manifests are dumps of the cluster that tenant names, so that their uids hold

	now           time.Time // of the scan
	tokensTracked time.Time // since when the use of legacy tokens is; zero: unknown

	secrets string // what is read of Secrets: metadata, decode or skip
	prints  *drover.Fingerprinter
	index   index // objects that are read, by name

	services    services               // what names inside of the cluster stand for
	controllers map[[3]string]ownerRef // of what makes pods, by Kind, namespace and name
	pods        map[string][]labelled  // workloads by namespace, with the labels of their pods
	stores      map[[3]string]store    // of External Secrets, by type, namespace and name

	// resolve turns the host in a connection string of a namespace into the host
	// that means the same elsewhere; nil: hosts stay as they are written.
	resolve func(ns, host string) string
}

// What is read of Secrets, as the option secrets says it.
const (
	secretsMetadata = "metadata"
	secretsDecode   = "decode"
	secretsSkip     = "skip"
)

// An index finds the objects that are read by what other objects call them:
// namespace and name.
type index map[string]map[[2]string]drover.Ref

func (x index) add(typ, ns, name string, ref drover.Ref) {
	m := x[typ]
	if m == nil {
		m = map[[2]string]drover.Ref{}
		x[typ] = m
	}
	m[[2]string{ns, name}] = ref
}

func (x index) find(typ, ns, name string) (drover.Ref, bool) {
	ref, ok := x[typ][[2]string{ns, name}]
	return ref, ok
}

// node is what all objects have in common. The type is the last word of the
// node's type. Attributes are the vendor's own field names, extra among them.
func (c *cluster) node(o *object, kind drover.Kind, typ string, extra map[string]any) drover.Node {
	m := &o.Meta
	attrs := map[string]any{}
	set := func(k string, v any, ok bool) {
		if ok {
			attrs[k] = v
		}
	}
	set("namespace", cut(m.Namespace, 253), m.Namespace != "")
	if l := pairs(m.Labels); l != nil {
		attrs["labels"] = l
	}
	if a := pairs(m.Annotations); a != nil {
		attrs["annotations"] = a
	}
	set("managers", m.managers(), len(m.managers()) > 0)
	set("creator", m.creator(), m.creator() != "")
	set("deletionTimestamp", m.Deletion, !m.Deletion.IsZero())
	if owners := c.owners(m.OwnerRefs); len(owners) > 0 {
		attrs["ownerReferences"] = owners
	}
	if !c.live {
		attrs["manifest"] = o.where
	}
	for k, v := range extra {
		attrs[k] = v
	}
	var more []string
	if usable(m.UID) {
		more = append(more, "k8s-uid:"+m.UID)
	}
	name := cmp.Or(m.Name, m.Generate)
	return drover.Node{
		Ref: c.ref(typ, o), Kind: kind, Type: system + "." + typ, Name: name, Created: m.Created, Attrs: drover.NewAttrs(attrs),
		Aliases: c.objectAliases(typ, m.Namespace, m.Name, more), // the beginning of a name names nothing
	}
}

// objectAliases are the names by which other objects refer to one.
func (c *cluster) objectAliases(typ, ns, name string, more []string) []string {
	if !usable(name) || strings.Contains(ns+name, "/") {
		return more // no API server takes such a name
	}
	return c.aliases(func(h string) []string { return []string{c.objectAlias(h, typ, ns, name)} }, more...)
}

func (c *cluster) owners(refs []ownerRef) []map[string]any {
	var out []map[string]any
	for _, r := range refs {
		if len(out) == 16 {
			break
		}
		out = append(out, map[string]any{"kind": cut(r.Kind, 128), "name": cut(r.Name, 253), "uid": cut(r.UID, 64), "controller": r.Controller})
	}
	return out
}
