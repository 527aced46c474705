package kubernetes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// maxProofs is how many places of one pod template a proof names.
const maxProofs = 8

// A template is the pod template of a workload, or a pod itself.
type template struct {
	*podSpec
	object *object
	from   drover.Ref // the workload
	field  string     // where the pod spec stands: "spec.template.spec"
	where  string     // proof: where the object is
	meta   podMeta    // of the template

	runless bool // as whom the pods run is said elsewhere
}

type podMeta struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// proof names a field of the pod spec.
func (t *template) proof(field string) string { return t.where + " " + t.field + "." + field }

// emit says as whom the pods run, which secrets they get, and which secrets stand
// in their template in clear.
func (t *template) emit(c *cluster, out *connector.Out) {
	if !t.runless {
		t.runsAs(c, out)
	}
	t.secretEdges(c, out)
	t.annotated(c, out)
	t.literals(c, out)
}

func (t *template) runsAs(c *cluster, out *connector.Out) {
	name, field := t.account()
	var cond map[string]any
	if t.Automount.given && !t.Automount.yes && !t.projectsToken() {
		// Nobody in the pod holds the account's token then.
		cond = map[string]any{"automountServiceAccountToken": false}
	}
	e := drover.Edge{From: t.from, To: c.saEnd(t.object.Meta.Namespace, name), Kind: drover.EdgeRunsAs, Proof: t.proof(field)}
	if cond != nil {
		e.Cond = drover.NewAttrs(cond)
	}
	out.Edge(e)
}

// projectsToken reports whether a volume holds a token of the service account.
func (t *template) projectsToken() bool {
	for i := range t.Volumes {
		if p := t.Volumes[i].Projected; p != nil && slices.ContainsFunc(p.Sources, func(s projection) bool { return s.Token != nil }) {
			return true
		}
	}
	return false
}

// A use is one way in which pods get a Secret: how, and where that stands.
type use struct {
	typ, name, how string
}

// secretEdges join the workload to every Secret that its pods get, one edge for
// each way: mounted, in a variable, to pull images, by a driver.
func (t *template) secretEdges(c *cluster, out *connector.Out) {
	uses := map[use][]string{}
	var order []use
	add := func(typ, name, how, field string) {
		if name == "" {
			return
		}
		u := use{typ, name, how}
		if uses[u] == nil {
			order = append(order, u)
		}
		uses[u] = append(uses[u], field)
	}
	for _, n := range t.all() {
		for _, e := range n.Env {
			if e.From != nil && e.From.Secret != nil {
				add("secret", e.From.Secret.Name, "env", fmt.Sprintf("%s.env[%s] key %s", n.path(), cut(e.Name, 128), cut(e.From.Secret.Key, 128)))
			}
		}
		for _, e := range n.EnvFrom {
			if e.Secret != nil {
				add("secret", e.Secret.Name, "envFrom", n.path()+".envFrom")
			}
		}
	}
	for i := range t.Volumes {
		v := &t.Volumes[i]
		for _, s := range v.secrets() {
			add("secret", s, "volume", "volumes["+cut(v.Name, 63)+"]")
		}
		if v.CSI != nil && v.CSI.Driver == secretsStoreDriver {
			add("secret_provider_class", string(v.CSI.Attributes["secretProviderClass"]), "csi", "volumes["+cut(v.Name, 63)+"]")
		}
	}
	for _, p := range t.PullSecrets {
		add("secret", p.Name, "imagePullSecrets", "imagePullSecrets")
	}
	for _, u := range order {
		fields := uses[u]
		slices.Sort(fields)
		fields = slices.Compact(fields)
		more := ""
		if len(fields) > maxProofs {
			more = fmt.Sprintf(" and %d more", len(fields)-maxProofs)
			fields = fields[:maxProofs]
		}
		out.Edge(drover.Edge{From: t.from, To: c.end(u.typ, t.object.Meta.Namespace, cut(u.name, 253)), Kind: drover.EdgeReadsSecret, Part: u.how,
			Proof: t.proof(strings.Join(fields, ", ") + more)})
	}
}

// secretsStoreDriver is the Secrets Store CSI driver, which mounts secrets of
// clouds and vaults as a SecretProviderClass says.
const secretsStoreDriver = "secrets-store.csi.k8s.io"
