package kubernetes

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// manifestMapKind is a ConfigMap of a manifest: its values are there to be
// searched. Of a live cluster only the ConfigMaps that say who signs in are read.
var manifestMapKind = &kind{version: "v1", resource: "configmaps", name: "ConfigMap", typ: "config_map", namespaced: true, emit: emitManifestMap}

// emitManifestMap emits a ConfigMap that holds a secret in clear, and what those
// of the control plane say.
func emitManifestMap(c *cluster, o *object, out *connector.Out) {
	emitConfigMap(c, o, out)
	var m struct {
		Data map[string]text `json:"data"`
	}
	if err := o.decode(&m); err != nil {
		out.Lost(o.where, err)
		return
	}
	n := c.node(o, drover.KindResource, "config_map", map[string]any{"keys": len(m.Data)})
	at := spot{ns: o.Meta.Namespace, holder: n.Ref, where: o.where}
	values := map[string]string{}
	for k, v := range m.Data {
		values[k] = string(v)
	}
	done := c.pairsOf(at, values, out)
	found := len(done) > 0
	for _, k := range sortedKeys(values) {
		v := values[k]
		if done[k] || publicCertificate(v) {
			continue
		}
		found = c.found(at, k, v, out) || found
	}
	if found {
		out.Node(n)
	}
}

// publicCertificate reports whether a text is nothing but certificates, as trust
// bundles are.
func publicCertificate(v string) bool {
	return strings.Contains(v, "-----BEGIN CERTIFICATE-----") && !strings.Contains(v, "PRIVATE KEY")
}
