package machine

import (
	"bytes"
	"encoding/base64"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
)

// aliases are those of all identities of a type.
func aliases(r *connectortest.Result, typ string) []string {
	var out []string
	for _, n := range r.Nodes {
		if n.Kind == drover.KindIdentity && n.Type == typ {
			out = append(out, n.Aliases...)
		}
	}
	slices.Sort(out)
	return out
}

// A user of a database has one name in every file that logs in as it, on every
// host that the file names; what means another computer elsewhere joins nothing.
func TestDatabaseUsers(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		want       []string
		accounts   int
	}{
		"several hosts":        {"app/.env", "DATABASE_URL=postgres://app:Zq81xkP0s7@a.example.com:6000,b.example.com/shop\n", []string{"dsn:postgres://a.example.com:6000/app", "dsn:postgres://b.example.com:5432/app"}, 2},
		"this computer":        {"app/.env", "DATABASE_URL=postgres://app:Zq81xkP0s7@localhost/shop\n", []string{"dsn:postgres://[machine:testhost]:5432/app"}, 1},
		"a socket":             {"app/.env", "DATABASE_URL='postgres:///shop?host=/run/pg&user=app&password=Zq81xkP0s7'\n", []string{"dsn:postgres://[machine:testhost%2Frun%2Fpg]:5432/app"}, 1},
		"variables":            {"app/.env", "PGHOST=127.0.0.1\nPGUSER=app\nPGPASSWORD=Zq81xkP0s7\n", []string{"dsn:postgres://[machine:testhost]:5432/app"}, 1},
		"a service of compose": {"app/.env", "DATABASE_URL=postgres://app:Zq81xkP0s7@db/shop\n", nil, 1},
		"in a container":       {"app/compose.yaml", "services:\n  a:\n    environment:\n      DATABASE_URL: postgres://app:Zq81xkP0s7@localhost/shop\n", nil, 1},
		"no known protocol":    {".netrc", "machine localhost login app password Zq81xkP0s7\n", []string{"login:[machine:testhost]/app"}, 1},
		"password file":        {".pgpass", "localhost:5432:*:app:Zq81xkP0s7\n", []string{"dsn:postgres://[machine:testhost]:5432/app"}, 1},
		"MySQL on its own":     {".my.cnf", "[client]\nuser=app\npassword=Zq81xkP0s7\n", []string{"dsn:mysql://[machine:testhost]:3306/app"}, 1},
	} {
		p := newPlanter(t)
		p.file(c.file, c.text)
		r := connectortest.Collect(t, Connector, p.config())
		if got := aliases(r, "login.account"); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		opened := 0
		for _, list := range authenticates(r, "login.account") {
			opened += len(list)
		}
		if opened != c.accounts {
			t.Errorf("%s: the password opens %d accounts, want %d", name, opened, c.accounts)
		}
	}
}

// The local clusters of two computers are two clusters, and a user whose cluster
// nobody knows is nobody else's.
func TestLocalClusters(t *testing.T) {
	var seen [][]string
	for _, machine := range []string{"one", "two"} {
		p := newPlanter(t)
		p.file(".kube/config", `{"apiVersion":"v1","kind":"Config","clusters":[{"name":"kind","cluster":{"server":"https://127.0.0.1:6443"}},{"name":"in","cluster":{"server":"https://kubernetes.default.svc"}}],
"contexts":[{"name":"a","context":{"cluster":"kind","user":"admin"}},{"name":"b","context":{"cluster":"in","user":"pod"}}],
"users":[{"name":"admin","user":{"token":"Zq81xkP0s7Zq81xk"}},{"name":"pod","user":{"token":"Zq81xkP0s7Zq81xl"}}]}`)
		r := connectortest.Collect(t, Connector, map[string][]string{"root": {p.root}, "machine": {machine}})
		got := aliases(r, "kubernetes.user")
		if want := []string{"k8s-user:[machine:" + machine + "]:6443/admin"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", machine, got, want)
		}
		if list := authenticates(r, "kubernetes.user"); len(list["pod"]) != 1 {
			t.Errorf("%s: who has no cluster is opened by %v", machine, list["pod"])
		}
		seen = append(seen, got)
	}
	if slices.Equal(seen[0], seen[1]) {
		t.Error("two computers' local clusters are one")
	}
}

// Certificates, keys and tokens in files are joined to the user like those in
// the kubeconfig itself, and shown before they are read.
func TestKubeconfigFiles(t *testing.T) {
	p := newPlanter(t)
	ca := p.certificate("cluster-ca", nil, authority)
	admin := p.certificate("kube-admin", ca, nil)
	p.file("pki/admin.crt", admin.pem)
	p.file("pki/admin.key", p.keyPEM(admin))
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"https://k.example.com","sub":"system:serviceaccount:shop:web"}`))
	p.file("pki/token", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`))+"."+claims+".c2lnbmF0dXJl\n")
	p.file(".kube/config", `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://k8s.example.com:6443"}}]
contexts: [{name: a, context: {cluster: c, user: admin}}, {name: b, context: {cluster: c, user: web}}, {name: d, context: {cluster: c, user: gone}}]
users:
- {name: admin, user: {client-certificate: ../pki/admin.crt, client-key: `+p.root+`/pki/admin.key}}
- {name: web, user: {tokenFile: ../pki/token}}
- {name: gone, user: {client-certificate: /nowhere/at/all.crt}}
`)
	r := connectortest.Collect(t, Connector, p.config())
	if got := authenticates(r, "kubernetes.user")["kube-admin"]; !slices.Equal(slices.Sorted(slices.Values(got)), []string{"x509.certificate", "x509.private_key"}) {
		t.Errorf("kube-admin is opened by %v", got)
	}
	if got, want := aliases(r, "kubernetes.service_account"), []string{"k8s-user:k8s.example.com:6443/system:serviceaccount:shop:web", "k8s:k8s.example.com:6443/shop/web"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	shown := map[string]bool{}
	if err := Connector.Reads(t.Context(), connectortest.Session(t, Connector, p.config(), new(bytes.Buffer)), func(x connector.Read) { shown[x.Where] = true }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pki/admin.crt", "pki/admin.key", "pki/token"} {
		if !shown[filepath.Join(p.root, filepath.FromSlash(name))] {
			t.Errorf("%s is read and not shown before", name)
		}
	}
	said := false
	for _, s := range r.Sections {
		for _, n := range s.Notes {
			said = said || strings.Contains(n.Text, "all.crt")
		}
		if s.Status != drover.StatusOK {
			t.Errorf("section %s is %s", s.Name, s.Status)
		}
	}
	if !said {
		t.Error("nothing says that a certificate outside of the scanned folder was not read")
	}
}
