package kubernetes

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode/cert"
)

const admission = "admissionregistration.k8s.io"

// webhookKinds see, and may change, every object that is written.
var webhookKinds = []*kind{
	webhookKind("mutatingwebhookconfigurations", "MutatingWebhookConfiguration", "mutating_webhook_configuration"),
	webhookKind("validatingwebhookconfigurations", "ValidatingWebhookConfiguration", "validating_webhook_configuration"),
}

func webhookKind(resource, name, typ string) *kind {
	return &kind{group: admission, version: "v1", resource: resource, name: name, typ: typ, needs: []string{"service"},
		scope: connector.Scope{Name: scopeName(resource, admission), Why: "which programs see, and may change, every object that is written, secrets among them"},
		emit:  func(c *cluster, o *object, out *connector.Out) { emitWebhook(c, o, typ, out) }}
}

type webhook struct {
	Name    string `json:"name"`
	Failure string `json:"failurePolicy"`
	Client  struct {
		URL     string `json:"url"`
		CA      []byte `json:"caBundle"`
		Service *struct {
			Namespace string `json:"namespace"`
			Name      string `json:"name"`
			Path      string `json:"path"`
			Port      number `json:"port"`
		} `json:"service"`
	} `json:"clientConfig"`
	Rules []struct {
		Groups     []string `json:"apiGroups"`
		Operations []string `json:"operations"`
		Resources  []string `json:"resources"`
		Scope      string   `json:"scope"`
	} `json:"rules"`
}

// emitWebhook emits what the API server asks before it stores objects: whom, by
// which authority it knows him, for which objects, and what it does when he is
// silent.
func emitWebhook(c *cluster, o *object, typ string, out *connector.Out) {
	var v struct {
		Webhooks []webhook `json:"webhooks"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	list := v.Webhooks
	if len(list) > maxWords {
		out.Note(o.where, fmt.Sprintf("it has %d webhooks; the first %d are kept", len(list), maxWords))
		list = list[:maxWords]
	}
	var hooks []map[string]any
	for i := range list {
		hooks = append(hooks, list[i].attrs())
	}
	attrs := map[string]any{}
	if hooks != nil {
		attrs["webhooks"] = hooks
	}
	n := c.node(o, drover.KindResource, typ, attrs)
	out.Node(n)
	for i := range list {
		h := &list[i]
		proof := fmt.Sprintf("%s webhooks[%d].clientConfig", o.where, i)
		if s := h.Client.Service; s != nil {
			out.Edge(drover.Edge{From: n.Ref, To: c.end("service", cut(s.Namespace, 63), cut(s.Name, 253)), Kind: drover.EdgeTrusts, Part: cut(h.Name, 253), Proof: proof + ".service"})
		}
		if len(h.Client.CA) == 0 {
			continue
		}
		b, err := cert.Parse(h.Client.CA, cert.Options{})
		if err != nil {
			out.Note(proof+".caBundle", "it is no certificate")
		}
		for _, x := range b.Certs {
			ca := certificateNode(x)
			out.Node(ca)
			out.Edge(drover.Edge{From: n.Ref, To: ca.Ref, Kind: drover.EdgeTrusts, Part: cut(h.Name, 253), Proof: proof + ".caBundle"})
		}
	}
}

func (h *webhook) attrs() map[string]any {
	a := map[string]any{}
	setText(a, "name", h.Name, 253)
	setText(a, "failurePolicy", h.Failure, 32)
	setText(a, "url", hostName(h.Client.URL), 253)
	if s := h.Client.Service; s != nil {
		a["service"] = cut(join(s.Namespace, s.Name), 507)
	}
	var rules []map[string]any
	for _, r := range h.Rules {
		if len(rules) == maxWords {
			break
		}
		one := map[string]any{}
		for k, l := range map[string][]string{"apiGroups": r.Groups, "operations": r.Operations, "resources": r.Resources} {
			if len(l) > 0 {
				one[k] = bound(l)
			}
		}
		setText(one, "scope", r.Scope, 32)
		rules = append(rules, one)
	}
	if rules != nil {
		a["rules"] = rules
	}
	return a
}
