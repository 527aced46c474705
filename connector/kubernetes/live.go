package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

// A reader is one scan of one live cluster.
type reader struct {
	*cluster
	client  *client
	served  *catalogue
	version string            // of the server: "v1.36.3"
	indexed map[string]bool   // node types whose objects are all in the index
	missing map[string]error  // those that could not be indexed
	notes   map[string]string // what is worth knowing of the cluster, by place
	only    []string          // namespaces; nil: all
}

// open connects and learns which cluster this is.
func open(ctx context.Context, s *connector.Session) (*reader, error) {
	k, err := newClient(s)
	if err != nil {
		return nil, err
	}
	c := &cluster{live: true, index: index{}, secrets: s.Config.Get("secrets"), prints: s.Fingerprints, now: s.Now, hosts: hosts(append(k.names(s.Config), s.Config.List("hosts")...)...),
		tenant: s.Config.Get("cluster"), issuer: s.Config.Get("issuer"), trustDomain: s.Config.Get("trust_domain")}
	r := &reader{cluster: c, client: k, indexed: map[string]bool{}, missing: map[string]error{}, notes: map[string]string{}, only: s.Config.List("namespaces")}
	if r.served, err = discoverAPI(ctx, k); err != nil {
		return nil, err
	}
	if err := r.identify(ctx); err != nil {
		return nil, err
	}
	if err := r.findIssuer(ctx); err != nil {
		return nil, err
	}
	if err := r.findTrustDomain(ctx); err != nil {
		return nil, err
	}
	c.resolve = c.resolveHost
	var v struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := k.small(ctx, "/version", &v); err != nil && errors.Is(err, drover.ErrTransient) {
		return nil, fmt.Errorf("ask for the version: %w", err)
	}
	r.version = cut(v.GitVersion, 100)
	return r, nil
}

// identify learns the cluster's own name: the uid of the namespace that every
// cluster has and nobody can delete.
func (r *reader) identify(ctx context.Context) error {
	if r.tenant != "" {
		return nil
	}
	var ns object
	err := r.client.small(ctx, "/api/v1/namespaces/kube-system", &ns)
	switch {
	case errors.Is(err, errForbidden):
		return fmt.Errorf("which cluster this is, the uid of namespace kube-system tells: %w; grant\n%s\nor set the option cluster to a name", err, namespaceKind.rule())
	case err != nil:
		return fmt.Errorf("which cluster this is, the uid of namespace kube-system tells: %w", err)
	case ns.Meta.UID == "":
		return fmt.Errorf("namespace kube-system has no uid, so set the option cluster to a name: %w", drover.ErrInvalid)
	}
	r.tenant = ns.Meta.UID
	return nil
}

// findIssuer asks who issues the cluster's tokens. What clusters call themselves
// when nobody chose a name means nothing elsewhere and gives no alias.
func (r *reader) findIssuer(ctx context.Context) error {
	if r.issuer != "" {
		return nil
	}
	var d struct {
		Issuer string `json:"issuer"`
	}
	err := r.client.small(ctx, "/.well-known/openid-configuration", &d)
	switch {
	case errors.Is(err, drover.ErrPermission):
		r.notes["/.well-known/openid-configuration"] = "the issuer of service account tokens may not be read, so that clouds' trust in them is not linked; set the option issuer, or grant\n" + urlRule
	case errors.Is(err, drover.ErrNotFound):
	case err != nil:
		// A passing fault must not take the service accounts' names away.
		return fmt.Errorf("ask for the issuer of service account tokens: %w", err)
	case decode.HostName(d.Issuer, "") == "" || !usable(d.Issuer):
		r.ownIssuer = cut(d.Issuer, 512)
	default:
		r.issuer = d.Issuer
	}
	return nil
}

func discover(ctx context.Context, s *connector.Scan) error {
	if s.Config.Has("path") {
		return discoverManifests(ctx, s)
	}
	r, err := open(ctx, s.Session)
	if err != nil {
		return err
	}
	defer r.client.http.CloseIdleConnections()
	if err := s.Section(ctx, "cluster", r.coverage("cluster", ""), r.clusterSection); err != nil {
		return err
	}
	if err := s.Section(ctx, "configmaps", r.coverage("configmaps", ""), r.configMapsSection); err != nil {
		return err
	}
	for _, k := range kinds {
		for _, ns := range r.spaces(k) {
			err := s.Section(ctx, k.sectionName(), r.coverage(k.sectionName(), ns), func(ctx context.Context, out *connector.Out) error {
				return r.section(ctx, k, ns, out)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// coverage names what a section reads: one kind of one cluster, or of one of its
// namespaces.
func (r *reader) coverage(section, ns string) string {
	key := system + ":" + url.PathEscape(r.tenant) + "/" + section
	if ns != "" {
		key += "/" + url.PathEscape(ns)
	}
	return key
}

// section reads one kind of objects, in one namespace or in all.
func (r *reader) section(ctx context.Context, k *kind, ns string, out *connector.Out) error {
	if k == secretKind && r.secrets == secretsSkip {
		return connector.Skip("the option secrets is skip; metadata shows which secrets there are, and needs the rule\n" + k.rule())
	}
	version, err := r.served.version(ctx, k)
	if err != nil {
		return err
	}
	if version == "" {
		if k.optional {
			return nil // the server says that it has none
		}
		return fmt.Errorf("the API server has no %s: %w", k.resource, drover.ErrNotFound)
	}
	needs := k.needs
	if k == secretKind && r.secrets == secretsDecode {
		needs = append(slices.Clone(needs), hostNeeds...) // hosts in connection strings
	}
	var unjoined []string
	var why []error
	for _, typ := range slices.Concat(needs, k.owners) {
		if err := r.need(ctx, typ); err != nil && !(refused(err) && contains(k.owners, typ)) {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if refused(err) {
				err = errForbidden // its own section says what to grant
			}
			unjoined = append(unjoined, typ)
			why = append(why, fmt.Errorf("what refers to a %s cannot be joined to it: %w", typ, err))
		}
	}
	if k == secretKind {
		r.trackedSince(ctx)
	}
	path := k.path(version, ns)
	accept := asObjects
	if k.table != nil && k.table(r.cluster) {
		accept = asTable
	}
	err = r.client.list(ctx, path, accept, func(text string) { out.Note(path, text) }, func(raw []byte) error {
		o, err := r.object(k, version, path, raw)
		if err != nil {
			out.Lost(path, err)
			return ctx.Err()
		}
		r.learn(k.typ, o)
		k.emit(r.cluster, o, out)
		r.managed(k.typ, o, out)
		return ctx.Err()
	})
	if err == nil && ns == "" {
		r.indexed[k.typ] = true
	}
	for i, typ := range unjoined {
		if !refused(err) { // else there is nothing that refers to anything
			out.Lost(typ, why[i])
		}
	}
	return r.explain(k, err)
}

// object decodes an item of a list, which says neither version nor kind of itself.
func (r *reader) object(k *kind, version, path string, raw []byte) (*object, error) {
	o, err := parseObject(raw, path)
	if err != nil {
		return nil, err
	}
	if o.Meta.UID == "" {
		return nil, fmt.Errorf("%s: an object without metadata.uid: %w", path, drover.ErrInvalid)
	}
	o.APIVersion, o.Kind = version, k.name
	if k.group != "" {
		o.APIVersion = k.group + "/" + version
	}
	o.where = k.objectPath(version, o)
	return o, nil
}

// objectPath is where the API has the object.
func (k *kind) objectPath(version string, o *object) string {
	return k.path(version, o.Meta.Namespace) + "/" + o.Meta.Name
}

// spaces are the namespaces that a kind is listed in, "" for all.
func (r *reader) spaces(k *kind) []string {
	if k.namespaced && len(r.only) > 0 {
		return r.only
	}
	return []string{""}
}

// outside reports whether the source is not meant to see the kind: it is of no
// namespace, and the option namespaces names some.
func (r *reader) outside(k *kind) bool { return len(r.only) > 0 && !k.namespaced }

// refused reports whether the right to list the kind is missing; that the
// credential is not known at all is another error.
func refused(err error) bool { return errors.Is(err, errForbidden) }

// explain says what to grant where a kind may not be listed, of all kinds in the
// same words, so that it is told once: what is missing is told by the sections that
// say so. Secrets can be left out for good. With the option namespaces a source is
// not meant to see what belongs to no namespace.
func (r *reader) explain(k *kind, err error) error {
	switch {
	case !refused(err):
		return err
	case r.outside(k):
		return connector.Skip("these belong to no namespace and may not be listed; to see them, grant\n" + oneRole)
	case k == secretKind:
		return fmt.Errorf("list secrets: %w; grant\n%s\nor set the option secrets to skip", err, k.rule())
	}
	return fmt.Errorf("these may not be listed: %w; grant\n%s", errForbidden, oneRole)
}

// oneRole is where the role is, in one line: written out it is longer than a screen.
const oneRole = "the ClusterRole that `drover source perms kubernetes` prints, or the rules of it that `drover source test` says are missing"

// need makes sure that all objects of a node type are in the index.
func (r *reader) need(ctx context.Context, typ string) error {
	if r.indexed[typ] || typ == secretKind.typ && r.secrets == secretsSkip {
		return nil
	}
	if err := r.missing[typ]; err != nil {
		return err
	}
	for _, k := range kinds {
		if k.typ != typ {
			continue
		}
		if err := r.indexKind(ctx, k); err != nil {
			r.missing[typ] = err
			return err
		}
	}
	r.indexed[typ] = true
	return nil
}

func (r *reader) indexKind(ctx context.Context, k *kind) error {
	version, err := r.served.version(ctx, k)
	if err != nil || version == "" {
		return err
	}
	accept := asMetadata
	if wholly(k.typ) {
		accept = asObjects
	}
	for _, ns := range r.spaces(k) {
		path := k.path(version, ns)
		err := r.client.list(ctx, path, accept, func(string) {}, func(raw []byte) error {
			o, err := r.object(k, version, path, raw)
			if err != nil {
				return err
			}
			r.learn(k.typ, o)
			return ctx.Err()
		})
		if refused(err) && r.outside(k) {
			return nil // not meant to be seen: what refers to it does so by name
		}
		if err != nil {
			return r.explain(k, err)
		}
	}
	return nil
}
