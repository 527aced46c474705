package decode

import (
	"strings"
	"testing"
)

func TestContainers(t *testing.T) {
	got, err := ParseContainers([]byte(`services:
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: Tr0ub4dor-and-3
      POSTGRES_USER: app
      PGDATA: /var/lib/pg
  web:
    image: web
    environment:
      - DB_PASSWORD=c0rrect-h0rse
      - API_TOKEN=${API_TOKEN}
      - SECRET_KEY_FILE=/run/secrets/key
      - DATABASE_URL=postgres://app:Zq8vTn2LpW4k@db/orders
      - DEBUG
`))
	if err != nil {
		t.Fatal(err)
	}
	check(t, got, "services.db.environment.POSTGRES_PASSWORD=Tr0ub4dor-and-3", "services.web.environment.DB_PASSWORD=c0rrect-h0rse", "services.web.environment.DATABASE_URL=postgres://app:Zq8vTn2LpW4k@db/orders")
	got, err = ParseContainers([]byte(`apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      initContainers: [{name: init, env: [{name: DB_PASSWORD, value: 1n1t-Passw0rd}]}]
      containers:
      - name: web
        env:
        - {name: DB_PASSWORD, value: "pl4in-in-manifest"}
        - name: API_TOKEN
          valueFrom: {secretKeyRef: {name: s, key: k}}
        - {name: LOG_LEVEL, value: info}
        - {name: OTHER_PASSWORD, value: $(DB_PASSWORD)}
---
apiVersion: v1
kind: Service
metadata: {name: web}
`))
	if err != nil {
		t.Fatal(err)
	}
	check(t, got, "Deployment/web.init.env.DB_PASSWORD=1n1t-Passw0rd", "Deployment/web.web.env.DB_PASSWORD=pl4in-in-manifest")
	for _, other := range []string{"{}", "a: b\n", "services: [x]\n", `{"containers":[{"env":[{"name":"DB_PASSWORD","value":"x1y2z3"}]}]}`} {
		if got, err := ParseContainers([]byte(other)); err != nil || len(got) > 0 {
			t.Errorf("%s: got %d, %v; want nothing", other, len(got), err)
		}
	}
}

// check compares what is found, but for references, as path=value.
func check(t *testing.T, got []Found, want ...string) {
	t.Helper()
	var have []string
	for _, f := range got {
		if !f.Ref {
			have = append(have, strings.ReplaceAll(f.Path, `"`, "")+"="+f.Value.Reveal())
		}
	}
	missing := map[string]bool{}
	for _, w := range want {
		missing[w] = true
	}
	for _, h := range have {
		if !missing[h] {
			t.Errorf("extra %s", h)
		}
		delete(missing, h)
	}
	for w := range missing {
		t.Errorf("missing %s, have %q", w, have)
	}
}

func FuzzContainers(f *testing.F) {
	f.Add([]byte("services: {a: {environment: {DB_PASSWORD: x}}}"))
	f.Add([]byte("apiVersion: v1\nkind: Pod\nspec: {containers: [{env: [{name: A_TOKEN, value: b}]}]}"))
	f.Fuzz(func(_ *testing.T, data []byte) { ParseContainers(data) })
}
