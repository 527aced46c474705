package kubernetes

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A folder is one scan of manifests.
type folder struct {
	*cluster
	survey
	only    []string       // namespaces; nil: all
	notRead map[string]int // objects by Kind that nothing is made of
	made    string         // what the tenant is made of, where nothing says which cluster it is
}

// openFolder finds the files; it reads none.
func openFolder(ctx context.Context, s *connector.Session) (*folder, error) {
	for _, name := range []string{"kubeconfig", "server", "in_cluster"} {
		if s.Config.Has(name) && (name != "in_cluster" || s.Config.Bool(name)) {
			return nil, fmt.Errorf("options path and %s: a source reads manifests or a live cluster; configure two: %w", name, drover.ErrInvalid)
		}
	}
	c := &cluster{index: index{}, secrets: secretsDecode, prints: s.Fingerprints, now: s.Now, tenant: s.Config.Get("cluster"), issuer: s.Config.Get("issuer"), trustDomain: s.Config.Get("trust_domain")}
	if v := s.Config.Get("secrets"); v == secretsSkip {
		c.secrets = v
	}
	c.hosts = hosts(s.Config.List("hosts")...)
	c.resolve = c.resolveHost
	f := &folder{cluster: c, notRead: map[string]int{}, only: slices.Sorted(slices.Values(s.Config.List("namespaces")))}
	if err := f.look(ctx, s.Config.List("path")); err != nil {
		return nil, err
	}
	return f, nil
}

// discoverManifests reads manifests: what they are of first, then what refers to
// what, then everything. Each file is a part of its section.
func discoverManifests(ctx context.Context, s *connector.Scan) error {
	f, err := openFolder(ctx, s.Session)
	if err != nil {
		return err
	}
	if err := f.identify(ctx); err != nil {
		return err
	}
	if err := f.each(ctx, f.files, func(_ *manifestFile, k *kind, o *object) { f.learn(k.typ, o) }); err != nil {
		return err
	}
	for i, root := range f.roots {
		coverage := system + ":" + url.PathEscape(cmp.Or(f.tenant, "-")) + "/" + f.narrowed() + "@" + root
		err := s.Section(ctx, "manifests", coverage, func(ctx context.Context, out *connector.Out) error { return f.section(ctx, i, out) })
		if err != nil {
			return err
		}
	}
	return nil
}

// narrowed is what is read of the files, for the key that absence speaks of: a
// source that is asked for less must not remove the rest.
func (f *folder) narrowed() string {
	what := "manifests"
	if f.secrets == secretsSkip {
		what += "-secrets"
	}
	for _, ns := range f.only {
		what += "/" + url.PathEscape(ns)
	}
	return what
}

// identify learns which cluster dumps are of: the uid of its namespace
// kube-system, when one dump has it. With it objects are named by their uids, as
// a scan of the live cluster names them.
func (f *folder) identify(ctx context.Context) error {
	systems := map[string]bool{}
	err := f.each(ctx, f.files, func(_ *manifestFile, k *kind, o *object) {
		switch {
		case k.typ == "namespace" && o.Meta.Name == "kube-system" && o.Meta.UID != "":
			systems[o.Meta.UID] = true
		case k.typ == "config_map" && o.Meta.Namespace == istioRoot && o.Meta.Name == "istio" && f.trustDomain == "":
			var m configMap
			if o.decode(&m) == nil {
				f.trustDomain = meshDomain(m.Data)
			}
		}
	})
	if err != nil {
		return err
	}
	if f.tenant == "" && len(systems) == 1 {
		f.tenant = sortedKeys(systems)[0]
	}
	f.uids = f.tenant != ""
	defer func() {
		if f.tenant == "" {
			f.tenant, f.made = f.unnamed()
		}
	}()
	if len(systems) > 1 && f.tenant == "" {
		f.notes = append(f.notes, drover.Note{Where: "namespace kube-system", Text: "these are dumps of several clusters, so objects are named by their names; read each in a source of its own"})
	}
	return nil
}

// clusterNode is the cluster that the objects are meant for.
func (f *folder) clusterNode() drover.Node {
	attrs := map[string]any{}
	if len(f.hosts) > 0 {
		attrs["hosts"] = f.hosts
	}
	setText(attrs, "issuer", f.issuer, 1024)
	setText(attrs, "made_of", f.made, 2048)
	n := f.node0(attrs)
	if f.made != "" && len(f.hosts) == 0 {
		n.Name = "Kubernetes manifests in " + cut(f.made, 1024)
	}
	return n
}

// section emits what one of the configured paths holds.
func (f *folder) section(ctx context.Context, root int, out *connector.Out) error {
	for _, n := range f.notes {
		out.Note(n.Where, n.Text)
	}
	for _, p := range f.problems {
		if p.root == root {
			p.tell(out)
		}
	}
	clear(f.notRead)
	mine := slices.DeleteFunc(slices.Clone(f.files), func(m *manifestFile) bool { return m.root != root })
	read, others := 0, 0
	defined := map[string]int{} // objects of one file
	var last *manifestFile
	err := f.each(ctx, mine, func(m *manifestFile, k *kind, o *object) {
		if m != last {
			clear(defined)
			last = m
		}
		at := out.At(m.part)
		key := k.typ + " " + o.id()
		if defined[key]++; defined[key] == 2 {
			at.Note(o.where, fmt.Sprintf("%s %s is defined twice in this file", k.name, cut(o.id(), 507)))
		}
		if k == secretKind && f.secrets == secretsSkip || k.namespaced && len(f.only) > 0 && !contains(f.only, o.Meta.Namespace) {
			return // not asked for
		}
		read++
		k.emit(f.cluster, o, at)
		f.managed(k.typ, o, at)
	})
	if read > 0 {
		out.Node(f.clusterNode())
	}
	for _, m := range mine {
		for _, p := range m.problems {
			p.tell(out.At(m.part))
		}
		others += m.others
		for kind, n := range m.notRead {
			f.notRead[kind] += n
		}
	}
	if others > 0 {
		out.Note(f.roots[root], fmt.Sprintf("%d YAML and JSON documents are no objects of Kubernetes", others))
	}
	if len(f.notRead) > 0 {
		out.Note(f.roots[root], "objects of kinds that are not read: "+counted(f.notRead))
	}
	return err
}

// counted lists how many there are of what, the first ones by name.
func counted(m map[string]int) string {
	var b strings.Builder
	for i, k := range sortedKeys(m) {
		if i == 100 {
			fmt.Fprintf(&b, " and %d further kinds", len(m)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d %s", m[k], k)
	}
	return b.String()
}

func readsManifests(ctx context.Context, s *connector.Session, emit func(connector.Read)) error {
	f, err := openFolder(ctx, s)
	if err != nil {
		return err
	}
	for _, m := range f.files {
		emit(connector.Read{What: "Kubernetes manifests", Where: m.path, Found: true})
	}
	if len(f.files) == 0 {
		for _, r := range f.roots {
			emit(connector.Read{What: "Kubernetes manifests", Where: r})
		}
	}
	return ctx.Err()
}

// probeManifests checks that there is something to read.
func probeManifests(ctx context.Context, s *connector.Session) error {
	f, err := openFolder(ctx, s)
	if err != nil || len(f.files) > 0 {
		return err
	}
	for _, p := range f.problems {
		return fmt.Errorf("look for manifests: %s: %w", p.where, p.err)
	}
	return fmt.Errorf("no YAML or JSON file in %q: %w", f.roots, drover.ErrNotFound)
}
