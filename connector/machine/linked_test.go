package machine

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// authenticates are the credentials that open an identity of this type.
func authenticates(r *connectortest.Result, typ string) map[string][]string {
	nodes := map[drover.Ref]drover.Node{}
	for _, n := range r.Nodes {
		nodes[n.Ref] = n
	}
	out := map[string][]string{}
	for _, e := range r.Edges {
		if to := nodes[e.To]; e.Kind == drover.EdgeAuthenticates && to.Type == typ {
			out[to.Name] = append(out[to.Name], nodes[e.From].Type)
		}
	}
	return out
}

// The certificate and the key of a client are joined to who it is, also where it
// signed its own certificate as an authority.
func TestClientCertificates(t *testing.T) {
	p := newPlanter(t)
	ca := p.certificate("cluster-ca", nil, authority)
	for cn, c := range map[string]*planted{"kube-admin": p.certificate("kube-admin", ca, nil), "own-admin": p.certificate("own-admin", nil, authority)} {
		p.file(".kube/"+cn+".yaml", fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: https://k8s.example.com:6443}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {client-certificate-data: %s, client-key-data: %s}}]\n",
			base64.StdEncoding.EncodeToString([]byte(c.pem)), base64.StdEncoding.EncodeToString([]byte(p.keyPEM(c)))))
	}
	r := connectortest.Collect(t, Connector, p.config())
	got := authenticates(r, "kubernetes.user")
	for _, cn := range []string{"kube-admin", "own-admin"} {
		if len(got[cn]) != 2 {
			t.Errorf("%s is opened by %v; want its certificate and its key", cn, got[cn])
		}
	}
	if len(got) != 2 {
		t.Errorf("users %v, want 2", got)
	}
}

// A token in the settings of an MCP server is what the server is known by.
func TestServersOwnTokens(t *testing.T) {
	p := newPlanter(t)
	p.file(".cursor/mcp.json", `{"mcpServers":{"tickets":{"command":"npx","args":["-y","tickets-mcp"],"env":{"TICKETS_API_TOKEN":"`+p.secret("secret.token", 36)+`","REGION":"eu"}}}}`)
	r := connectortest.Collect(t, Connector, p.config())
	if got := authenticates(r, "mcp.server")["tickets"]; len(got) != 1 {
		t.Errorf("the server is known by %v, want its token", got)
	}
}

// A connection string is one credential, its password, at one place.
func TestConnectionStringIsItsPassword(t *testing.T) {
	for _, form := range []string{"DATABASE_URL=postgres://app:%s@db.example.com:5432/orders\n", "DATABASE_URL='postgresql+psycopg2://app:%s@db.example.com/orders?sslmode=require'\n", "export REDIS_URL=\"rediss://app:%s@cache.example.com:6380/0\"\n"} {
		p := newPlanter(t)
		p.file("app/.env", fmt.Sprintf(form, p.secret("secret.password", 24)))
		r := connectortest.Collect(t, Connector, p.config())
		var creds, places []string
		for _, n := range r.Nodes {
			switch n.Kind {
			case drover.KindCredential:
				creds = append(creds, n.Type)
			case drover.KindPlace:
				places = append(places, n.Name)
			}
		}
		if got := p.got(r); len(creds) != 1 || len(places) != 1 {
			t.Errorf("%s: credentials %v at %v, want one password at one place: %v", form, creds, places, got)
		}
		for w := range p.want {
			if !p.got(r)[w] {
				t.Errorf("%s: missing %s, have %v", form, w, p.got(r))
			}
		}
	}
}

// What containers are given in clear is found, references are not.
func TestVariablesOfContainers(t *testing.T) {
	p := newPlanter(t)
	p.file("app/docker-compose.yml", "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: "+p.secret("secret.password", 20)+"\n      OTHER_PASSWORD: ${OTHER}\n")
	p.file("app/k8s/web.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    env:\n    - {name: DB_PASSWORD, value: "+p.secret("secret.password", 20)+"}\n    - name: API_TOKEN\n      valueFrom: {secretKeyRef: {name: a, key: b}}\n")
	p.file("app/chart/templates/web.yaml", "{{- if .Values.x }}\ncontainers: [{{ .y }}]\n{{ end }}\n")
	p.check()
}
