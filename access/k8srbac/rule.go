// Package k8srbac answers as the RBAC authorizer of the Kubernetes API server
// does: who may do what, by which binding and which rule of which role. It is a
// pure function of roles and bindings; it reads no cluster.
//
// The rules followed are those of Kubernetes documentation, Using RBAC
// Authorization, as the source of the authorizer has them
// (plugin/pkg/auth/authorizer/rbac, pkg/apis/rbac/v1 evaluation helpers,
// pkg/registry/rbac/validation, pkg/controller/clusterroleaggregation).
//
// RBAC only ever allows: there is no deny, and what no rule allows is refused.
// Other authorizers of a cluster (Node, Webhook, ABAC) may allow more: they are
// not evaluated here.
package k8srbac

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A Rule is one PolicyRule of a role. `*` in Verbs, APIGroups, Resources and
// NonResourceURLs stands for all; "" in APIGroups is the core group.
type Rule struct {
	Verbs           []string `json:"verbs"`
	APIGroups       []string `json:"apiGroups,omitempty"`
	Resources       []string `json:"resources,omitempty"`
	ResourceNames   []string `json:"resourceNames,omitempty"` // empty: objects of every name
	NonResourceURLs []string `json:"nonResourceURLs,omitempty"`
}

// A Request is what is asked for. Path set makes it one for a URL that is no
// resource ("/healthz"); then Verb is the HTTP method in lower case and the other
// fields mean nothing.
type Request struct {
	Verb        string // get, list, watch, create, update, patch, delete, deletecollection, or a special one (bind, escalate, impersonate, approve…)
	Group       string // API group, "" for the core
	Resource    string // plural, lower case: "pods"
	Subresource string // "exec"; "" for none
	Namespace   string // "": of a cluster-scoped resource, or of all namespaces
	Name        string // of the object; "": the request names none, as list and create do
	Path        string
}

// all is the wildcard of verbs, API groups, resources and URLs.
const all = "*"

// Allows reports whether the rule allows the request wherever its role is bound.
func (r *Rule) Allows(q *Request) bool {
	if !has(r.Verbs, q.Verb) {
		return false
	}
	if q.Path != "" {
		return r.url(q.Path)
	}
	return has(r.APIGroups, q.Group) && r.resource(q.Resource, q.Subresource) && (len(r.ResourceNames) == 0 || slices.Contains(r.ResourceNames, q.Name))
}

// has reports whether a list holds the wildcard or the word.
func has(list []string, word string) bool {
	for _, w := range list {
		if w == all || w == word {
			return true
		}
	}
	return false
}

// resource matches a resource, alone or with its subresource. The only patterns
// are `*` and `*/sub`: `pods/*` is a text like any other.
func (r *Rule) resource(resource, sub string) bool {
	for _, w := range r.Resources {
		switch {
		case w == all:
			return true
		case sub == "":
			if w == resource {
				return true
			}
		case len(w) == len(resource)+1+len(sub) && w[:len(resource)] == resource && w[len(resource)] == '/' && w[len(resource)+1:] == sub,
			len(w) == len(sub)+2 && w[:2] == "*/" && w[2:] == sub:
			return true
		}
	}
	return false
}

// url matches the path of a request. A final `*` matches any rest.
func (r *Rule) url(path string) bool {
	for _, w := range r.NonResourceURLs {
		if w == all || w == path || strings.HasSuffix(w, all) && strings.HasPrefix(path, strings.TrimRight(w, all)) {
			return true
		}
	}
	return false
}

// Bounds on one role's rules, past which it is refused.
const maxRules = 10_000

// ParseRules reads the document of a role: a JSON object with rules and
// aggregationRule as the API has them. An error wraps drover.ErrInvalid.
func ParseRules(body []byte) ([]Rule, *Aggregation, error) {
	var d struct {
		Rules       []Rule       `json:"rules"`
		Aggregation *Aggregation `json:"aggregationRule"`
	}
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, nil, fmt.Errorf("read the rules of a role: %v: %w", err, drover.ErrInvalid)
	}
	if len(d.Rules) > maxRules {
		return nil, nil, fmt.Errorf("read the rules of a role: %d rules are over the limit of %d: %w", len(d.Rules), maxRules, drover.ErrInvalid)
	}
	return d.Rules, d.Aggregation, nil
}
