package kubernetes

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// clusterSection emits the cluster itself.
func (r *reader) clusterSection(_ context.Context, out *connector.Out) error {
	for _, where := range sortedKeys(r.notes) {
		out.Note(where, r.notes[where])
	}
	out.Node(r.clusterNode())
	// Everybody is in these, so bindings to them are for everybody.
	for _, g := range []string{groupAuthenticated, groupAccounts, groupMasters} {
		r.group(g, out)
	}
	return nil
}

func (r *reader) clusterNode() drover.Node {
	attrs := map[string]any{"hosts": r.hosts}
	if r.version != "" {
		attrs["gitVersion"] = r.version
	}
	if r.issuer != "" {
		attrs["issuer"] = r.issuer
	}
	if r.ownIssuer != "" {
		attrs["service_account_issuer"] = r.ownIssuer
	}
	return r.cluster.node0(attrs)
}

// node0 is the node of the cluster itself, the root of what it contains.
func (c *cluster) node0(attrs map[string]any) drover.Node {
	n := drover.Node{Ref: c.self(), Kind: drover.KindResource, Type: system + ".cluster", Name: "Kubernetes cluster " + c.name(), Attrs: drover.NewAttrs(attrs)}
	n.Aliases = c.aliases(func(h string) []string { return []string{"kubernetes-cluster:" + h} })
	return n
}

// reads lists what would be asked for, and asks nobody.
func reads(ctx context.Context, s *connector.Session, emit func(connector.Read)) error {
	if s.Config.Has("path") {
		return readsManifests(ctx, s, emit)
	}
	k, err := newClient(s)
	if err != nil {
		return err
	}
	where := "the API server at " + k.base.Host
	if only := s.Config.List("namespaces"); len(only) > 0 {
		where = fmt.Sprintf("namespaces %q of %s", only, where)
	}
	emit(connector.Read{What: "cluster", Where: "/apis, /version, /.well-known/openid-configuration, namespace kube-system of " + where, Found: true})
	emit(connector.Read{What: "configmaps", Where: "only " + strings.Join(configMaps, ", ") + " in kube-system of " + where, Found: true})
	for _, k := range kinds {
		what := k.path(k.version, "") + " of " + where
		if k == secretKind {
			switch s.Config.Get("secrets") {
			case secretsSkip:
				continue
			case secretsMetadata:
				what += ": names, types and metadata, without data; a copy that kubectl apply left in an annotation comes along and is dropped unread"
			case secretsDecode:
				what += ": with their values, which become fingerprints and the identities that they open"
			}
		}
		emit(connector.Read{What: k.sectionName(), Where: what, Found: true})
	}
	return nil
}

// probe asks for one object of each kind that every scan needs.
func probe(ctx context.Context, s *connector.Session) error {
	if s.Config.Has("path") {
		return probeManifests(ctx, s)
	}
	r, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer r.client.http.CloseIdleConnections()
	r.client.page = 1
	var denied []string
	for _, k := range kinds {
		if k == secretKind && r.secrets == secretsSkip {
			continue
		}
		version, err := r.served.version(ctx, k)
		if err != nil {
			return err
		}
		if version == "" {
			continue
		}
		err = r.client.get(ctx, k.path(version, r.spaces(k)[0])+"?limit=1", asMetadata, discard)
		switch {
		case refused(err) && r.outside(k):
		case refused(err):
			denied = append(denied, k.rule())
		case err != nil:
			return fmt.Errorf("list %s: %w", k.resource, err)
		}
	}
	if len(denied) > 0 {
		return fmt.Errorf("these may not be listed; grant\n%s\n%w", strings.Join(denied, "\n"), drover.ErrPermission)
	}
	return nil
}

var notID = regexp.MustCompile(`[^a-z0-9]+`)

// suggest names the contexts of the client configurations at hand, one for each
// cluster, the current context first.
func suggest(getenv func(string) string, home string) []connector.Suggestion {
	files := filepath.SplitList(getenv("KUBECONFIG"))
	if len(files) == 0 && home != "" {
		files = []string{filepath.Join(home, ".kube", "config")}
	}
	var found []connector.Suggestion
	ids := map[string]bool{}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() > maxSmall {
			continue
		}
		cfg, err := clientcmd.LoadFromFile(file)
		if err != nil {
			continue
		}
		clusters := map[string]bool{}
		for _, name := range append([]string{cfg.CurrentContext}, sortedKeys(cfg.Contexts)...) {
			k := cfg.Contexts[name]
			id := "k8s-" + strings.Trim(notID.ReplaceAllString(strings.ToLower(cut(name, 40)), "-"), "-")
			if k == nil || clusters[k.Cluster] || ids[id] || len(found) == 50 {
				continue
			}
			clusters[k.Cluster], ids[id] = true, true
			found = append(found, connector.Suggestion{ID: id, Options: map[string]string{"kubeconfig": file, "context": name}, Why: "a context of " + file})
		}
	}
	return found
}
