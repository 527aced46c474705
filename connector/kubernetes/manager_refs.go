package kubernetes

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/secret"
)

// Bounds on the search of a spec for references.
const (
	maxRefDepth = 24
	maxRefs     = 256
)

// A secretUse is a Secret that a spec refers to.
type secretUse struct{ path, ns, name, key string }

// specSecrets joins an object of an operator to every Secret that its spec refers
// to by the fields that all operators call alike: …SecretRef, credentialsRef,
// …secretName. Home is the namespace of those that name none.
func (c *cluster) specSecrets(o *object, from drover.Ref, home string, out *connector.Out) {
	var v struct {
		Spec any `json:"spec"`
	}
	if o.decode(&v) != nil {
		return // emit says so
	}
	for _, u := range secretUses(v.Spec) {
		ns := or(u.ns, home)
		proof := o.where + " spec." + u.path
		if u.key != "" {
			proof += " key " + u.key
		}
		out.Edge(drover.Edge{From: from, To: c.end("secret", ns, u.name), Kind: drover.EdgeReadsSecret, Part: u.path, Proof: proof})
	}
}

// secretUses finds the references, in the order of their paths.
func secretUses(spec any) []secretUse {
	var out []secretUse
	var walk func(path string, v any, depth int)
	walk = func(path string, v any, depth int) {
		if depth > maxRefDepth || len(out) >= maxRefs {
			return
		}
		switch v := v.(type) {
		case []any:
			for i, e := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), e, depth+1)
			}
		case map[string]any:
			for _, k := range sortedKeys(v) {
				at := strings.TrimPrefix(path+"."+cut(k, 128), ".")
				if u, ok := secretUseOf(k, v[k]); ok {
					u.path = at
					out = append(out, u)
					continue
				}
				walk(at, v[k], depth+1)
			}
		}
	}
	walk("", spec, 0)
	return out
}

func secretUseOf(key string, v any) (secretUse, bool) {
	low := strings.ToLower(key)
	if s, ok := v.(string); ok {
		return secretUse{name: cut(s, 253)}, strings.HasSuffix(low, "secretname") && s != ""
	}
	m, ok := v.(map[string]any)
	if !ok {
		return secretUse{}, false
	}
	name, _ := m["name"].(string)
	if name == "" || !strings.HasSuffix(low, "secretref") && !strings.HasSuffix(low, "secretkeyref") && low != "credentialsref" && low != "secretkeyselector" && low != "accesskeyidsecretref" &&
		!(strings.HasSuffix(low, "secret") && (m["key"] != nil || len(m) == 1)) {
		return secretUse{}, false
	}
	if kind, _ := m["kind"].(string); kind != "" && kind != "Secret" {
		return secretUse{}, false
	}
	ns, _ := m["namespace"].(string)
	k, _ := m["key"].(string)
	return secretUse{name: cut(name, 253), ns: cut(ns, 63), key: cut(k, 253)}, true
}

// A vaultProvider is a way into Vault as cert-manager and External Secrets write
// it.
type vaultProvider struct {
	Server    string `json:"server"`
	Path      string `json:"path"`
	Namespace string `json:"namespace"`
	Auth      struct {
		AppRole *struct {
			Path   string `json:"path"`
			RoleID string `json:"roleId"`
		} `json:"appRole"`
		Kubernetes *struct {
			Mount   string      `json:"mountPath"`
			Role    string      `json:"role"`
			Account *accountRef `json:"serviceAccountRef"`
		} `json:"kubernetes"`
		JWT *struct {
			Path  string `json:"path"`
			Role  string `json:"role"`
			Token *struct {
				Account *accountRef `json:"serviceAccountRef"`
			} `json:"kubernetesServiceAccountToken"`
		} `json:"jwt"`
	} `json:"auth"`
}

type accountRef struct {
	Name      string   `json:"name"`
	Namespace string   `json:"namespace"`
	Audiences []string `json:"audiences"`
}

// vaultEdges join who logs in to Vault to the role that it gets: the service
// account where one is named, else the object itself.
func (c *cluster) vaultEdges(o *object, from drover.Ref, field string, v *vaultProvider, home string, out *connector.Out) {
	login := vaultLogin{address: v.Server, namespace: v.Namespace}
	edge := func(who, to drover.Ref, at string) {
		out.Edge(drover.Edge{From: who, To: to, Kind: drover.EdgeCanAssume, Part: cut(o.id(), 507), Grade: drover.GradeDeclared, Proof: o.where + " " + field + ".auth." + at})
	}
	if a := v.Auth.AppRole; a != nil && a.RoleID != "" && usable(a.RoleID) {
		edge(from, drover.UnseenRef("vault-role-id:"+cut(a.RoleID, 253)), "appRole.roleId")
	}
	if k := v.Auth.Kubernetes; k != nil && k.Role != "" {
		login.mount, login.role = strings.TrimPrefix(strings.TrimPrefix(or(k.Mount, "kubernetes"), "/v1/"), "auth/"), k.Role
		edge(c.accountOr(from, home, k.Account), login.roleEnd(), "kubernetes.role")
	}
	if j := v.Auth.JWT; j != nil && j.Role != "" {
		login.mount, login.role = or(j.Path, "jwt"), j.Role
		var account *accountRef
		if j.Token != nil {
			account = j.Token.Account
		}
		edge(c.accountOr(from, home, account), login.roleEnd(), "jwt.role")
	}
}

// accountOr is the service account that is referred to, or else from.
func (c *cluster) accountOr(from drover.Ref, home string, a *accountRef) drover.Ref {
	if a == nil || a.Name == "" {
		return from
	}
	return c.saEnd(or(cut(a.Namespace, 63), home), cut(a.Name, 253))
}

// repository is the repository behind a URL as host/path, to be shown; "" for a
// URL that names none.
func repository(address string) string { return secret.RedactString(decode.Repository(address)) }

// repositoryEnd is the end of an edge to a repository; ok is false for a URL that
// names none.
func repositoryEnd(address string) (end drover.Ref, ok bool) {
	alias := secret.RedactString(decode.RepositoryAlias(address))
	return drover.UnseenRef(alias), alias != ""
}
