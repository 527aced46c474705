package kubernetes

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// serviceKinds say which hosts the names inside of the cluster stand for.
var serviceKinds = []*kind{
	{
		group: "discovery.k8s.io", version: "v1", resource: "endpointslices", name: "EndpointSlice", typ: "endpoint_slice", namespaced: true,
		scope: connector.Scope{Name: "endpointslices.discovery.k8s.io: list", Why: "the addresses outside of the cluster that a service without selector stands for"},
		emit:  nothing,
	},
	{
		version: "v1", resource: "services", name: "Service", typ: "service", namespaced: true,
		scope: connector.Scope{Name: "services: list", Why: "which database a host name in a connection string stands for, inside of the cluster or outside"},
		needs: []string{"endpoint_slice"},
		emit:  emitService,
	},
}

// hostNeeds are what hosts in connection strings are resolved by.
var hostNeeds = []string{"endpoint_slice", "service"}

// endpointsKind is what EndpointSlices have taken the place of; manifests still
// have some, and a live cluster mirrors them into slices.
var endpointsKind = &kind{version: "v1", resource: "endpoints", name: "Endpoints", typ: "endpoints", namespaced: true, emit: nothing}

// nothing is emitted of objects that are read for what others say by them.
func nothing(*cluster, *object, *connector.Out) {}

// services are the names inside of the cluster that stand for something else.
type services struct {
	external map[[2]string]string // ExternalName services: the name
	manual   map[[2]string]bool   // services without selector
	address  map[[2]string]string // the one address behind a service, where there is one
	several  map[[2]string]bool   // services with more addresses than one
}

func (s *services) learn(o *object) {
	var v struct {
		Spec struct {
			Type         string          `json:"type"`
			ExternalName string          `json:"externalName"`
			Selector     map[string]text `json:"selector"`
		} `json:"spec"`
	}
	if o.decode(&v) != nil {
		return // emit says so
	}
	key := [2]string{o.Meta.Namespace, o.Meta.Name}
	switch {
	case v.Spec.Type == "ExternalName":
		set(&s.external, key, hostOnly(v.Spec.ExternalName))
	case len(v.Spec.Selector) == 0:
		set(&s.manual, key, true)
	}
}

func (s *services) learnSlice(o *object) {
	var v struct {
		AddressType string `json:"addressType"`
		Endpoints   []struct {
			Addresses []string `json:"addresses"`
			Target    *struct {
				Kind string `json:"kind"`
			} `json:"targetRef"`
		} `json:"endpoints"`
	}
	if o.decode(&v) != nil {
		return
	}
	key := [2]string{o.Meta.Namespace, o.Meta.Labels["kubernetes.io/service-name"]}
	for _, e := range v.Endpoints {
		if e.Target == nil { // of a pod otherwise
			s.addresses(key, e.Addresses)
		}
	}
}

func (s *services) learnEndpoints(o *object) {
	var v struct {
		Subsets []struct {
			Addresses []struct {
				IP       string `json:"ip"`
				Hostname string `json:"hostname"`
				Target   *struct {
					Kind string `json:"kind"`
				} `json:"targetRef"`
			} `json:"addresses"`
		} `json:"subsets"`
	}
	if o.decode(&v) != nil {
		return
	}
	for _, sub := range v.Subsets {
		for _, a := range sub.Addresses {
			if a.Target == nil {
				s.addresses([2]string{o.Meta.Namespace, o.Meta.Name}, []string{a.IP})
			}
		}
	}
}

func (s *services) addresses(key [2]string, list []string) {
	for _, a := range list {
		a = hostOnly(a)
		switch was := s.address[key]; {
		case a == "" || was == a:
		case was != "":
			set(&s.several, key, true)
		default:
			set(&s.address, key, a)
		}
	}
}

func set[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[k] = v
}

// hostOnly is a host as aliases spell it.
func hostOnly(h string) string {
	h = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(h), "."))
	if a, err := netip.ParseAddr(strings.Trim(h, "[]")); err == nil {
		return a.String()
	}
	return cut(h, 253)
}

// maxChain is how many names one may lead to the next.
const maxChain = 8

// host is what a host in a connection string of a namespace stands for, as the
// cluster's DNS has it (Kubernetes documentation, DNS for Services and Pods):
// the target of an ExternalName service, the one address of a service without
// selector, <name>.<namespace>.svc for another service or for a short name, and
// the host itself where it lies outside.
func (s *services) host(ns, host string, known func(ns, name string) bool) string {
	h := hostOnly(host)
	for range maxChain {
		space, name, ok := serviceName(ns, h, known)
		if !ok {
			return h
		}
		key := [2]string{space, name}
		if to := s.external[key]; to != "" {
			ns, h = space, to
			continue
		}
		if a := s.address[key]; a != "" && s.manual[key] && !s.several[key] {
			return a
		}
		return name + "." + space + ".svc"
	}
	return h
}

// serviceName takes a name inside of the cluster apart. A name of two words may
// be one outside, too: it is one inside where such a service is known.
func serviceName(ns, h string, known func(ns, name string) bool) (space, name string, ok bool) {
	if _, err := netip.ParseAddr(h); err == nil || h == "" || h == "localhost" || strings.HasPrefix(h, "/") {
		return "", "", false
	}
	words := strings.Split(h, ".")
	if slices.Contains(words, "") {
		return "", "", false
	}
	switch {
	case len(words) == 1:
		return ns, words[0], ns != ""
	case len(words) == 2:
		return words[1], words[0], known(words[1], words[0])
	case words[2] == "svc" && (len(words) == 3 || len(words) == 5 && words[3] == "cluster" && words[4] == "local"):
		return words[1], words[0], true
	case words[len(words)-1] == "svc" || strings.HasSuffix(h, ".svc.cluster.local"):
		// A pod of a stateful set: its own name before that of its service.
		words = strings.Split(strings.TrimSuffix(strings.TrimSuffix(h, ".cluster.local"), ".svc"), ".")
		return words[len(words)-1], words[len(words)-2], len(words) >= 2
	}
	return "", "", false
}

// resolveHost turns the host, with or without port, in a connection string of a
// namespace into the host that means the same elsewhere.
func (c *cluster) resolveHost(ns, hostport string) string {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host, port = hostport, ""
	}
	h := c.services.host(ns, host, func(ns, name string) bool { _, ok := c.index.find("service", ns, name); return ok })
	if port != "" {
		return net.JoinHostPort(h, port)
	}
	return h
}

// emitService emits a name by which workloads call one another, or what lies
// outside of the cluster.
func emitService(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			Type string `json:"type"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	attrs := map[string]any{}
	setText(attrs, "type", v.Spec.Type, 64)
	key := [2]string{o.Meta.Namespace, o.Meta.Name}
	setText(attrs, "externalName", c.services.external[key], 253)
	if c.services.manual[key] && !c.services.several[key] {
		setText(attrs, "address", c.services.address[key], 253)
	}
	out.Node(c.node(o, drover.KindResource, "service", attrs))
}
