package kubernetes

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

// await asks kubectl until it prints something.
func await(t *testing.T, e *estate, args ...string) (printed string) {
	t.Helper()
	realtest.Await(t, fmt.Sprintf("kubectl %v prints something", args), func() bool {
		printed = strings.TrimSpace(e.Kubectl(t, "", args...))
		return printed != ""
	})
	return printed
}

// What the controllers make: a legacy token that is used, a client certificate
// that is signed and outlives its request, the token of an account that was made
// anew.
func TestControllers(t *testing.T) {
	k := realtest.NewKube(t)
	e := fill(t, k)
	e.Controllers(t)
	tenant := await(t, e, "get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
	e.Kubectl(t, `
apiVersion: v1
kind: Namespace
metadata: {name: issued}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: issued}
---
apiVersion: v1
kind: Secret
metadata: {name: robot-token, namespace: issued, annotations: {kubernetes.io/service-account.name: robot}}
type: kubernetes.io/service-account-token
---
apiVersion: v1
kind: Secret
metadata: {name: idle-token, namespace: issued, annotations: {kubernetes.io/service-account.name: robot}}
type: kubernetes.io/service-account-token
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: issued}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: robot, containers: [{name: web, image: web}]}
`, "apply", "-f", "-")
	raw := await(t, e, "get", "secret", "-n", "issued", "robot-token", "-o", "jsonpath={.data.token}")
	await(t, e, "get", "secret", "-n", "issued", "idle-token", "-o", "jsonpath={.data.token}")
	token, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		t.Fatal(err)
	}
	// It is used, and the API server says so in a label.
	e.Do(t, string(token), "GET", "/api", "")
	used := await(t, e, "get", "secret", "-n", "issued", "robot-token", "-o", `jsonpath={.metadata.labels.kubernetes\.io/legacy-token-last-used}`)

	requestCertificate(t, e.KubeServer, "ann", "ann", "team:a", "team:b")
	e.Kubectl(t, "", "certificate", "approve", "ann")
	await(t, e, "get", "csr", "ann", "-o", "jsonpath={.status.certificate}")

	r := connectortest.Collect(t, Connector, e.config("secrets", secretsDecode))
	if r.Err != nil || r.Status() != drover.StatusOK {
		t.Fatalf("%v %v", r.Err, bad(r))
	}
	uid := func(args ...string) string {
		return await(t, e, append(append([]string{"get"}, args...), "-o", "jsonpath={.metadata.uid}")...)
	}
	robot := drover.NewRef(system, tenant, "service_account", uid("serviceaccount", "-n", "issued", "robot"))
	legacy := drover.NewRef(system, tenant, "service_account_token", uid("secret", "-n", "issued", "robot-token"))
	idle := drover.NewRef(system, tenant, "service_account_token", uid("secret", "-n", "issued", "idle-token"))
	says := func(what string, subject drover.Ref, ok func(v drover.Evidence) bool) {
		t.Helper()
		if !slices.ContainsFunc(r.Evidence, func(v drover.Evidence) bool { return v.Subject == subject && ok(v) }) {
			t.Errorf("no evidence that %s", what)
		}
	}
	says("the token was used today", legacy, func(v drover.Evidence) bool {
		return v.Claim == drover.ClaimLastUsed && v.At.Format(time.DateOnly) == used
	})
	for _, v := range r.Evidence {
		if v.Subject == idle && v.Claim == drover.ClaimLastUsed {
			t.Errorf("the idle token is called used: %v", v)
		}
	}
	edge := func(from drover.Ref, kind drover.EdgeKind, to drover.Ref) bool {
		return slices.ContainsFunc(r.Edges, func(x drover.Edge) bool { return x.From == from && x.Kind == kind && x.To == to })
	}
	named := func(typ, name string) drover.Ref {
		return drover.NewRef(system, tenant, typ, drover.Named(name))
	}
	var certificate drover.Node
	for _, n := range r.ByType("x509.certificate") {
		if n.Name == "ann" {
			certificate = n
		}
	}
	if certificate.Expires.IsZero() || certificate.Attrs.Str("requested_by") != "admin" || !edge(certificate.Ref, drover.EdgeAuthenticates, named("user", "ann")) {
		t.Errorf("the certificate of ann: %+v", certificate)
	}
	for _, g := range []string{"team:a", "team:b"} {
		if !edge(named("user", "ann"), drover.EdgeMemberOf, named("group", g)) {
			t.Errorf("ann is not in %s", g)
		}
	}
	if !edge(legacy, drover.EdgeAuthenticates, robot) {
		t.Error("the legacy token does not authenticate its account")
	}
	if !slices.ContainsFunc(r.Kept, func(k string) bool { return strings.HasSuffix(k, "#"+issued) }) {
		t.Errorf("certificates that were issued are not kept when their request is gone: %v", r.Kept)
	}
	connectortest.NoCanary(t, r.Logs, []string{string(token)})

	// An account of the same name is another one: an old token is none of its.
	e.Kubectl(t, "", "delete", "serviceaccount", "-n", "issued", "robot", "--cascade=orphan")
	e.Kubectl(t, "", "create", "serviceaccount", "-n", "issued", "robot")
	again := connectortest.Collect(t, Connector, e.config())
	for _, x := range again.Edges {
		if x.Kind == drover.EdgeAuthenticates && strings.Contains(string(x.From), "/service_account_token/") && x.To == robot {
			t.Errorf("a token of the account that is gone: %v", x)
		}
	}
}
