package kubernetes

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

type authorization struct {
	Spec struct {
		istioSelector
		Action   string       `json:"action"`
		Provider *nameObject  `json:"provider"`
		Rules    []meshAccess `json:"rules"`
	} `json:"spec"`
}

type meshAccess struct {
	From []struct {
		Source meshSource `json:"source"`
	} `json:"from"`
	To   []any `json:"to"`
	When []any `json:"when"`
}

// A meshSource is who calls; all that is given must hold (Istio reference,
// Authorization Policy, Source).
type meshSource struct {
	Principals        []string `json:"principals"`
	NotPrincipals     []string `json:"notPrincipals"`
	RequestPrincipals []string `json:"requestPrincipals"`
	NotRequest        []string `json:"notRequestPrincipals"`
	Namespaces        []string `json:"namespaces"`
	NotNamespaces     []string `json:"notNamespaces"`
	Accounts          []string `json:"serviceAccounts"`
	NotAccounts       []string `json:"notServiceAccounts"`
	IPs               []string `json:"ipBlocks"`
	NotIPs            []string `json:"notIpBlocks"`
	RemoteIPs         []string `json:"remoteIpBlocks"`
	NotRemoteIPs      []string `json:"notRemoteIpBlocks"`
}

// maxSources bounds the edges of one policy.
const maxSources = 1000

// emitAuthorization emits a policy and, where it allows, whom its targets take
// calls from. What denies or asks elsewhere is only in its text.
func emitAuthorization(c *cluster, o *object, out *connector.Out) {
	var v authorization
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	action := strings.ToUpper(v.Spec.Action)
	if action == "" {
		action = "ALLOW"
	}
	attrs := map[string]any{"action": cut(action, 16), "rules": len(v.Spec.Rules)}
	if v.Spec.Selector != nil {
		attrs["selector"] = pairs(v.Spec.Selector.Labels)
	}
	if v.Spec.Provider != nil {
		setText(attrs, "provider", v.Spec.Provider.Name, 253)
	}
	targets := c.targets(o, v.Spec.istioSelector, out)
	c.policyNode(o, "authorization_policy", attrs, targets, out)
	if action != "ALLOW" {
		return
	}
	n := 0
	for i, r := range v.Spec.Rules {
		proof := fmt.Sprintf("%s spec.rules[%d]", o.where, i)
		part := fmt.Sprintf("%s rule %d", cut(o.id(), 507), i)
		for _, a := range c.allowed(r) {
			for _, t := range targets {
				if n++; n > maxSources {
					out.Note(o.where, fmt.Sprintf("allows more than %d pairs of caller and workload; the rest is in its text only", maxSources))
					return
				}
				out.Edge(drover.Edge{From: t, To: a.end, Kind: drover.EdgeTrusts, Part: part, Cond: a.cond, Grade: a.grade, Proof: proof})
			}
		}
	}
}

// An allowedCaller is whom a rule lets in, and what else must hold.
type allowedCaller struct {
	end   drover.Ref
	cond  drover.Attrs
	grade drover.Grade
}

// allowed lists the callers of a rule. One that names nobody lets in everybody.
func (c *cluster) allowed(r meshAccess) []allowedCaller {
	rest := map[string]any{}
	if len(r.To) > 0 {
		rest["to"] = withoutSecrets(firstOf(r.To), "", 0)
	}
	if len(r.When) > 0 {
		rest["when"] = withoutSecrets(firstOf(r.When), "", 0)
	}
	if len(r.From) == 0 {
		return []allowedCaller{{end: anybody, cond: conditions(rest)}}
	}
	var out []allowedCaller
	for _, f := range r.From {
		out = append(out, c.callers(f.Source, rest)...)
	}
	return out
}

// anybody is the end of an edge to whoever calls, known or not.
var anybody = drover.UnseenRef("kubernetes-any:*")

func (c *cluster) callers(s meshSource, rest map[string]any) []allowedCaller {
	cond := map[string]any{}
	for k, v := range rest {
		cond[k] = v
	}
	add := func(k string, list []string) {
		if len(list) > 0 {
			cond[k] = list[:min(len(list), maxWords)]
		}
	}
	add("notPrincipals", s.NotPrincipals)
	add("notRequestPrincipals", s.NotRequest)
	add("notNamespaces", s.NotNamespaces)
	add("notServiceAccounts", s.NotAccounts)
	add("ipBlocks", s.IPs)
	add("notIpBlocks", s.NotIPs)
	add("remoteIpBlocks", s.RemoteIPs)
	add("notRemoteIpBlocks", s.NotRemoteIPs)
	// The narrowest field names the callers; the others remain conditions.
	var ends []drover.Ref
	switch {
	case len(s.Principals) > 0:
		for _, p := range s.Principals {
			ends = append(ends, c.spiffe(p))
		}
		add("serviceAccounts", s.Accounts)
		add("namespaces", s.Namespaces)
		add("requestPrincipals", s.RequestPrincipals)
	case len(s.Accounts) > 0:
		for _, a := range s.Accounts {
			ns, name, ok := strings.Cut(a, "/")
			if ok {
				ends = append(ends, c.saEnd(cut(ns, 63), cut(name, 253)))
			}
		}
		add("namespaces", s.Namespaces)
		add("requestPrincipals", s.RequestPrincipals)
	case len(s.Namespaces) > 0:
		for _, ns := range s.Namespaces {
			ends = append(ends, drover.UnseenRef("spiffe://*/ns/"+cut(ns, 253)+"/sa/*"))
		}
		add("requestPrincipals", s.RequestPrincipals)
	case len(s.RequestPrincipals) > 0:
		for _, p := range s.RequestPrincipals {
			ends = append(ends, requestPrincipal(p))
		}
	default:
		ends = append(ends, anybody)
	}
	var out []allowedCaller
	for _, e := range ends[:min(len(ends), maxSources)] {
		out = append(out, allowedCaller{end: e, cond: conditions(cond)})
	}
	return out
}

// requestPrincipal is the subject of a token, which Istio writes <issuer>/<sub>.
func requestPrincipal(p string) drover.Ref {
	p = cut(p, 1024)
	if p == "*" {
		return drover.UnseenRef("oidc:*")
	}
	if i := strings.LastIndexByte(p, '/'); i > 0 {
		return drover.UnseenRef("oidc:" + p[:i] + "|" + p[i+1:])
	}
	return drover.UnseenRef("oidc:" + p + "|*")
}

func conditions(m map[string]any) drover.Attrs {
	if len(m) == 0 {
		return nil
	}
	return drover.NewAttrs(m)
}

func firstOf(list []any) []any { return list[:min(len(list), maxWords)] }

// emitPeerAuthentication emits which workloads ask callers for a certificate of
// the mesh.
func emitPeerAuthentication(c *cluster, o *object, out *connector.Out) {
	type mode struct {
		Mode string `json:"mode"`
	}
	var v struct {
		Spec struct {
			istioSelector
			MTLS  *mode           `json:"mtls"`
			Ports map[string]mode `json:"portLevelMtls"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{}
	if v.Spec.MTLS != nil {
		attrs["mtls"] = map[string]any{"mode": cut(v.Spec.MTLS.Mode, 32)}
	}
	ports := map[string]any{}
	for _, p := range sortedKeys(v.Spec.Ports)[:min(len(v.Spec.Ports), maxWords)] {
		ports[cut(p, 16)] = cut(v.Spec.Ports[p].Mode, 32)
	}
	if len(ports) > 0 {
		attrs["portLevelMtls"] = ports
	}
	c.policyNode(o, "peer_authentication", attrs, c.targets(o, v.Spec.istioSelector, out), out)
}

// emitRequestAuthentication emits whose tokens workloads take.
func emitRequestAuthentication(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			istioSelector
			Rules []struct {
				Issuer    string   `json:"issuer"`
				JWKS      string   `json:"jwksUri"`
				Audiences []string `json:"audiences"`
			} `json:"jwtRules"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	targets := c.targets(o, v.Spec.istioSelector, out)
	c.policyNode(o, "request_authentication", map[string]any{}, targets, out)
	for i, r := range v.Spec.Rules[:min(len(v.Spec.Rules), maxWords)] {
		if r.Issuer == "" {
			continue
		}
		cond := map[string]any{}
		if len(r.Audiences) > 0 {
			cond["audiences"] = r.Audiences[:min(len(r.Audiences), maxWords)]
		}
		setText(cond, "jwksUri", r.JWKS, 1024)
		for _, t := range targets {
			out.Edge(drover.Edge{From: t, To: drover.UnseenRef("oidc:" + cut(r.Issuer, 1024) + "|*"), Kind: drover.EdgeTrusts, Part: cut(o.id(), 507), Cond: conditions(cond),
				Proof: fmt.Sprintf("%s spec.jwtRules[%d]", o.where, i)})
		}
	}
}
