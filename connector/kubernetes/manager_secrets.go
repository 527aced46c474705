package kubernetes

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

const externalSecrets = "external-secrets.io"

// secretStoreKinds bring secrets from outside into the cluster (External Secrets
// Operator, API; Sealed Secrets; Secrets Store CSI driver).
var secretStoreKinds = []*kind{
	managerKind("external-secretstores", externalSecrets, "v1", "secretstores", "SecretStore", "secret_store", true, "as whom secrets are fetched from a cloud or vault", []string{"secret", "service_account"}, emitSecretStore),
	managerKind("external-clustersecretstores", externalSecrets, "v1", "clustersecretstores", "ClusterSecretStore", "cluster_secret_store", false, "as whom secrets are fetched from a cloud or vault", []string{"secret", "service_account"}, emitSecretStore),
	managerKind("external-secrets", externalSecrets, "v1", "externalsecrets", "ExternalSecret", "external_secret", true, "which secrets come from which cloud or vault", []string{"secret", "service_account", "secret_store", "cluster_secret_store"}, emitExternalSecret),
	managerKind("sealedsecrets", "bitnami.com", "v1alpha1", "sealedsecrets", "SealedSecret", "sealed_secret", true, "which secrets come from a repository", []string{"secret"}, emitSealedSecret),
	managerKind("secretproviderclasses", "secrets-store.csi.x-k8s.io", "v1", "secretproviderclasses", "SecretProviderClass", "secret_provider_class", true, "which secrets of a cloud or vault are mounted into pods", []string{"secret"}, emitProviderClass),
}

// A storeSpec is the part of a store that says where secrets come from and as
// whom they are fetched.
type storeSpec struct {
	Spec struct {
		Provider struct {
			AWS *struct {
				Service string `json:"service"`
				Region  string `json:"region"`
				Role    string `json:"role"`
				Auth    struct {
					JWT *struct {
						Account *accountRef `json:"serviceAccountRef"`
					} `json:"jwt"`
				} `json:"auth"`
			} `json:"aws"`
			GCP *struct {
				Project string `json:"projectID"`
				Auth    struct {
					Workload *struct {
						Account *accountRef `json:"serviceAccountRef"`
					} `json:"workloadIdentity"`
				} `json:"auth"`
			} `json:"gcpsm"`
			Azure *struct {
				URL      string      `json:"vaultUrl"`
				Tenant   string      `json:"tenantId"`
				AuthType string      `json:"authType"`
				Identity string      `json:"identityId"`
				Account  *accountRef `json:"serviceAccountRef"`
			} `json:"azurekv"`
			Vault *vaultProvider `json:"vault"`
		} `json:"provider"`
	} `json:"spec"`
}

// A store is what the secrets that come from it need to know of it.
type store struct {
	spec storeSpec
	ref  drover.Ref
}

// emitSecretStore emits a way to a cloud or vault and as whom it is taken.
func emitSecretStore(c *cluster, o *object, out *connector.Out) {
	var v storeSpec
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	typ := storeType(o.Kind)
	home := or(o.Meta.Namespace, "default")
	p := v.Spec.Provider
	attrs := map[string]any{}
	switch {
	case p.AWS != nil:
		attrs["provider"] = "aws"
		setText(attrs, "service", p.AWS.Service, 64)
		setText(attrs, "region", p.AWS.Region, 64)
		setText(attrs, "role", p.AWS.Role, 2048)
	case p.GCP != nil:
		attrs["provider"] = "gcpsm"
		setText(attrs, "projectID", p.GCP.Project, 253)
	case p.Azure != nil:
		attrs["provider"] = "azurekv"
		setText(attrs, "vaultUrl", hostName(p.Azure.URL), 253)
		setText(attrs, "tenantId", p.Azure.Tenant, 64)
	case p.Vault != nil:
		attrs["provider"] = "vault"
		setText(attrs, "server", hostName(p.Vault.Server), 253)
	}
	n := c.node(o, drover.KindResource, typ, attrs)
	out.Node(n)
	c.specSecrets(o, n.Ref, home, out)
	if a := v.account(); a != nil && a.Name != "" {
		out.Edge(drover.Edge{From: n.Ref, To: c.accountOr(n.Ref, home, a), Kind: drover.EdgeRunsAs, Proof: o.where + " spec.provider"})
	}
	if p.AWS != nil && strings.HasPrefix(p.AWS.Role, "arn:") {
		out.Edge(drover.Edge{From: c.accountOr(n.Ref, home, v.account()), To: drover.UnseenRef(cut(p.AWS.Role, 2048)), Kind: drover.EdgeCanAssume, Part: cut(o.id(), 507), Grade: drover.GradeDeclared, Proof: o.where + " spec.provider.aws.role"})
	}
	if p.Azure != nil && p.Azure.Identity != "" && usable(p.Azure.Identity) {
		out.Edge(drover.Edge{From: n.Ref, To: drover.UnseenRef("azure-app:" + strings.ToLower(cut(p.Azure.Identity, 64))), Kind: drover.EdgeCanAssume, Grade: drover.GradeDeclared, Proof: o.where + " spec.provider.azurekv.identityId"})
	}
	if p.Vault != nil {
		c.vaultEdges(o, n.Ref, "spec.provider.vault", p.Vault, home, out)
	}
}

func storeType(kind string) string {
	if kind == "ClusterSecretStore" {
		return "cluster_secret_store"
	}
	return "secret_store"
}

// account is the service account that the store acts as; nil where it names none.
func (s *storeSpec) account() *accountRef {
	p := s.Spec.Provider
	switch {
	case p.AWS != nil && p.AWS.Auth.JWT != nil:
		return p.AWS.Auth.JWT.Account
	case p.GCP != nil && p.GCP.Auth.Workload != nil:
		return p.GCP.Auth.Workload.Account
	case p.Azure != nil:
		return p.Azure.Account
	case p.Vault != nil && p.Vault.Auth.Kubernetes != nil:
		return p.Vault.Auth.Kubernetes.Account
	}
	return nil
}

// learnStore remembers a store for the secrets that come from it.
func (c *cluster) learnStore(typ string, o *object) {
	var v storeSpec
	if o.decode(&v) != nil {
		return // emit says so
	}
	set(&c.stores, [3]string{typ, o.Meta.Namespace, o.Meta.Name}, store{v, c.ref(typ, o)})
}

// remoteEnd is a secret outside of the cluster by the name that its own system
// has for it. AWS adds six characters to the names of secrets; where the account
// is not known only a name of our own is left.
func (s *storeSpec) remoteEnd(key string) drover.Ref {
	p, key := s.Spec.Provider, cut(key, 1024)
	switch {
	case strings.HasPrefix(key, "arn:"):
		return drover.UnseenRef(key)
	case p.AWS != nil:
		f := strings.Split(p.AWS.Role, ":")
		if len(f) == 6 && f[0] == "arn" && accountID.MatchString(f[4]) && p.AWS.Region != "" {
			if p.AWS.Service == "ParameterStore" {
				return drover.UnseenRef("arn:" + f[1] + ":ssm:" + p.AWS.Region + ":" + f[4] + ":parameter/" + strings.TrimPrefix(key, "/"))
			}
			return drover.UnseenRef("arn:" + f[1] + ":secretsmanager:" + p.AWS.Region + ":" + f[4] + ":secret:" + key + "-??????")
		}
		return drover.UnseenRef("kubernetes-external-secret:aws/" + or(p.AWS.Region, "-") + "/" + key)
	case p.GCP != nil:
		return drover.UnseenRef("kubernetes-external-secret:gcp/projects/" + or(p.GCP.Project, "-") + "/secrets/" + key)
	case p.Azure != nil:
		return drover.UnseenRef("kubernetes-external-secret:azure/" + or(hostName(p.Azure.URL), "-") + "/" + key)
	case p.Vault != nil:
		login := vaultLogin{address: p.Vault.Server, namespace: p.Vault.Namespace}
		if p.Vault.Path != "" && !strings.HasPrefix(key, p.Vault.Path+"/") {
			key = p.Vault.Path + "/" + key
		}
		return login.secretEnd(key)
	}
	return drover.UnseenRef("kubernetes-external-secret:-/" + key)
}

type remoteRef struct {
	Key      string `json:"key"`
	Property string `json:"property"`
}

type storeRef struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// emitExternalSecret emits what is fetched from where into which Secret.
func emitExternalSecret(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			Store  storeRef `json:"secretStoreRef"`
			Target struct {
				Name string `json:"name"`
			} `json:"target"`
			Data []struct {
				Remote remoteRef `json:"remoteRef"`
				Source *struct {
					Store *storeRef `json:"storeRef"`
				} `json:"sourceRef"`
			} `json:"data"`
			From []struct {
				Extract *remoteRef `json:"extract"`
			} `json:"dataFrom"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	ns := o.Meta.Namespace
	attrs := map[string]any{"secretStoreRef": cut(v.Spec.Store.Name, 253)}
	n := c.node(o, drover.KindResource, "external_secret", attrs)
	out.Node(n)
	out.Edge(drover.Edge{From: n.Ref, To: c.end("secret", ns, or(cut(v.Spec.Target.Name, 253), o.Meta.Name)), Kind: drover.EdgeCreated, Grade: drover.GradeDeclared, Proof: o.where + " spec.target"})
	read := func(r storeRef, key, field string) {
		if key == "" {
			return
		}
		s, who := c.storeOf(ns, r, n.Ref)
		out.Edge(drover.Edge{From: who, To: s.remoteEnd(key), Kind: drover.EdgeReadsSecret, Part: cut(o.id(), 507), Grade: drover.GradeDeclared, Proof: o.where + " " + field})
	}
	for i, d := range v.Spec.Data[:min(len(v.Spec.Data), maxRefs)] {
		r := v.Spec.Store
		if d.Source != nil && d.Source.Store != nil {
			r = *d.Source.Store
		}
		read(r, d.Remote.Key, fmt.Sprintf("spec.data[%d].remoteRef", i))
	}
	for i, d := range v.Spec.From[:min(len(v.Spec.From), maxRefs)] {
		if d.Extract != nil {
			read(v.Spec.Store, d.Extract.Key, fmt.Sprintf("spec.dataFrom[%d].extract", i))
		}
	}
}

// storeOf is the store that a reference names, and who reads through it: its role
// or service account where it says so, else the object that refers to it.
func (c *cluster) storeOf(ns string, r storeRef, from drover.Ref) (storeSpec, drover.Ref) {
	typ, home := storeType(r.Kind), ns
	key := [3]string{typ, ns, r.Name}
	if typ == "cluster_secret_store" {
		key[1] = ""
	}
	s, ok := c.stores[key]
	if !ok {
		return storeSpec{}, from
	}
	if p := s.spec.Spec.Provider; p.AWS != nil && strings.HasPrefix(p.AWS.Role, "arn:") {
		return s.spec, drover.UnseenRef(cut(p.AWS.Role, 2048))
	}
	return s.spec, c.accountOr(from, home, s.spec.account())
}

// emitSealedSecret emits a Secret that lies encrypted in a repository.
func emitSealedSecret(c *cluster, o *object, out *connector.Out) {
	n := c.node(o, drover.KindResource, "sealed_secret", nil)
	out.Node(n)
	out.Edge(drover.Edge{From: n.Ref, To: c.end("secret", o.Meta.Namespace, o.Meta.Name), Kind: drover.EdgeCreated, Grade: drover.GradeDeclared, Proof: o.where + " spec.encryptedData"})
}

// emitProviderClass emits which secrets of a cloud or vault pods may mount.
func emitProviderClass(c *cluster, o *object, out *connector.Out) {
	var v struct {
		Spec struct {
			Provider   string          `json:"provider"`
			Parameters map[string]text `json:"parameters"`
			Objects    []struct {
				Name string `json:"secretName"`
			} `json:"secretObjects"`
		} `json:"spec"`
	}
	if err := o.decode(&v); err != nil {
		out.Lost(o.where, err)
		return
	}
	p := v.Spec.Parameters
	attrs := map[string]any{}
	setText(attrs, "provider", v.Spec.Provider, 64)
	for _, k := range []string{"roleName", "vaultAddress", "keyvaultName", "tenantId", "clientID", "region"} {
		setText(attrs, k, string(p[k]), 512)
	}
	n := c.node(o, drover.KindResource, "secret_provider_class", attrs)
	out.Node(n)
	if id := string(p["clientID"]); id != "" && usable(id) {
		out.Edge(drover.Edge{From: n.Ref, To: drover.UnseenRef("azure-app:" + strings.ToLower(cut(id, 64))), Kind: drover.EdgeCanAssume, Grade: drover.GradeDeclared, Proof: o.where + " spec.parameters.clientID"})
	}
	login := vaultLogin{address: string(p["vaultAddress"]), namespace: string(p["vaultNamespace"]), mount: or(string(p["vaultKubernetesMountPath"]), "kubernetes"), role: string(p["roleName"])}
	if v.Spec.Provider == "vault" && login.role != "" {
		out.Edge(drover.Edge{From: n.Ref, To: login.roleEnd(), Kind: drover.EdgeCanAssume, Grade: drover.GradeDeclared, Proof: o.where + " spec.parameters.roleName"})
	}
	docs, _ := decode.Documents("objects", []byte(p["objects"]))
	for _, d := range docs {
		i := 0
		for _, e := range d.Each() {
			name := or(e.Str("objectName"), e.Str("secretPath"))
			to := drover.UnseenRef("kubernetes-external-secret:" + cut(v.Spec.Provider, 64) + "/" + cut(or(string(p["keyvaultName"]), string(p["region"])), 253) + "/" + cut(name, 1024))
			if strings.HasPrefix(name, "arn:") {
				to = drover.UnseenRef(cut(name, 2048))
			} else if v.Spec.Provider == "vault" {
				to = login.secretEnd(name)
			}
			if name != "" && i < maxRefs {
				out.Edge(drover.Edge{From: n.Ref, To: to, Kind: drover.EdgeReadsSecret, Grade: drover.GradeDeclared, Proof: o.where + " spec.parameters.objects"})
			}
			i++
		}
	}
	for i, s := range v.Spec.Objects[:min(len(v.Spec.Objects), maxWords)] {
		out.Edge(drover.Edge{From: n.Ref, To: c.end("secret", o.Meta.Namespace, cut(s.Name, 253)), Kind: drover.EdgeCreated, Grade: drover.GradeDeclared, Proof: fmt.Sprintf("%s spec.secretObjects[%d]", o.where, i)})
	}
}
