package kubernetes

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
)

// emitted is what the emit functions say of objects, in a cluster of fixed names.
func emitted(t *testing.T, k *kind, objects ...map[string]any) []drover.Record {
	t.Helper()
	c := &cluster{tenant: "t", hosts: []string{"k.example"}, live: true, index: index{}, prints: drover.NewFingerprinter(bytes.Repeat([]byte{1}, 32)), secrets: secretsDecode, now: time.Unix(1e9, 0)}
	c.resolve = c.resolveHost
	return c.emitted(t, k, objects...)
}

func (c *cluster) emitted(t *testing.T, k *kind, objects ...map[string]any) (records []drover.Record) {
	t.Helper()
	s := &connector.Scan{Session: &connector.Session{}, Open: func(context.Context, string, string) (connector.Sink, error) {
		return watch{t, func(r drover.Record) { records = append(records, r) }}, nil
	}}
	err := s.Section(t.Context(), "x", "kubernetes:x", func(_ context.Context, out *connector.Out) error {
		for _, v := range objects {
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			o, err := parseObject(raw, "here")
			if err != nil {
				t.Fatal(err)
			}
			k.emit(c, o, out)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func secretOf(typ string, text map[string]string) map[string]any {
	return map[string]any{"metadata": map[string]string{"name": "s", "namespace": "n", "uid": "u"}, "type": typ, "stringData": text}
}

// authenticated are the ends of the edges by which credentials authenticate, and
// types the types of nodes.
func authenticated(records []drover.Record) (ends, types []string) {
	for _, r := range records {
		if r.Edge != nil && r.Edge.Kind == drover.EdgeAuthenticates {
			ends = append(ends, r.Edge.To.ID())
		}
		if r.Node != nil {
			types = append(types, r.Node.Type)
		}
	}
	slices.Sort(ends)
	slices.Sort(types)
	return slices.Compact(ends), slices.Compact(types)
}

// tlsPair is a certificate with a SPIFFE id and its key.
func tlsPair(t *testing.T) (certificate, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := &url.URL{Scheme: "spiffe", Host: "example.org", Path: "/ns/n/sa/web"}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "web"}, NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(2e9, 0), URIs: []*url.URL{id}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw}))
}

// The values of Secrets become what they open, and none of them comes out.
func TestContents(t *testing.T) {
	certificate, key := tlsPair(t)
	const canary = "CANARYb7Qd92LmXz41"
	for name, c := range map[string]struct {
		secret map[string]any
		opens  []string // ends that must be there
		types  []string // types of nodes that must be there
		not    []string // ends that must not
	}{
		"a URL": {secretOf("Opaque", map[string]string{"DATABASE_URL": "postgresql://app:" + canary + "@db.example.com/x"}),
			[]string{"dsn:postgres://db.example.com:5432/app"}, []string{"secret.password"}, nil},
		"a URL of a Service": {secretOf("Opaque", map[string]string{"url": "mysql://app:" + canary + "@db/x"}),
			[]string{"dsn:mysql://db.n.svc:3306/app"}, nil, nil},
		"the pod's own": {secretOf("Opaque", map[string]string{"url": "mysql://app:" + canary + "@127.0.0.1/x"}),
			nil, []string{"secret.password"}, []string{"dsn:mysql://127.0.0.1:3306/app"}},
		"spelled out": {secretOf("Opaque", map[string]string{"username": "app", "password": canary, "host": "db.example.com", "port": "5432"}),
			[]string{"dsn:postgres://db.example.com:5432/app"}, nil, nil},
		"an AWS key": {secretOf("Opaque", map[string]string{"aws_access_key_id": "AKIA2OGYBAH6STMMNXQQ", "aws_secret_access_key": canary + "aaaaBBBBccccDDDDeeee99"}),
			[]string{"aws-key-principal:AKIA2OGYBAH6STMMNXQQ"}, []string{"aws.iam.access_key"}, nil},
		"TLS": {secretOf(typeTLS, map[string]string{"tls.crt": certificate, "tls.key": key}),
			[]string{"spiffe://example.org/ns/n/sa/web"}, []string{"x509.certificate", "x509.private_key"}, nil},
		"a registry": {secretOf("kubernetes.io/dockerconfigjson", map[string]string{".dockerconfigjson": `{"auths":{"https://registry.example.com/v1/":{"username":"u","password":"` + canary + `"}}}`}),
			[]string{"login:registry.example.com/u"}, nil, nil},
		"another cluster": {secretOf("Opaque", map[string]string{"kubeconfig": `{"apiVersion":"v1","kind":"Config","clusters":[{"name":"c","cluster":{"server":"https://other.example.com:6443"}}],"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"users":[{"name":"u","user":{"token":"` + canary + `"}}]}`}),
			[]string{"k8s-user:other.example.com:6443/u"}, nil, nil},
		"opaque":  {secretOf("Opaque", map[string]string{"foo": canary}), nil, []string{"secret.secret"}, nil},
		"a token": {secretOf("Opaque", map[string]string{"GITHUB_TOKEN": "ghp_" + strings.Repeat("a1B2", 9)}), nil, []string{"kubernetes.secret"}, nil},
		"a bootstrap token": {map[string]any{"metadata": map[string]string{"name": "bootstrap-token-abcdef", "namespace": "kube-system", "uid": "u"}, "type": typeBootstrap, "stringData": map[string]string{"token-id": "abcdef", "token-secret": canary}},
			[]string{"name:system:bootstrap:abcdef"}, []string{"kubernetes.bootstrap_token"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			records := emitted(t, secretKind, c.secret)
			ends, types := authenticated(records)
			for _, want := range c.opens {
				if !slices.Contains(ends, want) {
					t.Errorf("opens %q, want %q", ends, want)
				}
			}
			for _, want := range c.types {
				if !slices.Contains(types, want) {
					t.Errorf("types %q, want %q", types, want)
				}
			}
			for _, not := range c.not {
				if slices.Contains(ends, not) {
					t.Errorf("opens %q", not)
				}
			}
			text, err := json.Marshal(records)
			if err != nil {
				t.Fatal(err)
			}
			connectortest.NoCanary(t, string(text), []string{canary, key})
		})
	}
}

// An AWS access key is one credential under its id, as other sources call it,
// wherever its halves lie and however many there are.
func TestAWSKeys(t *testing.T) {
	const first, second = "AKIA2OGYBAH6STMMNXQQ", "AKIA2OGYBAH6QWERTYUA"
	value := func(c string) string { return "CANARY" + strings.Repeat(c, 34) }
	for name, c := range map[string]struct {
		text map[string]string
		want []string // names of access keys with the name of the value that each is of
	}{
		"a pair":       {map[string]string{"AWS_ACCESS_KEY_ID": first, "AWS_SECRET_ACCESS_KEY": value("a")}, []string{first + " AWS_SECRET_ACCESS_KEY"}},
		"other names":  {map[string]string{"user": first, "minio-secret-key": value("a")}, []string{first + " minio-secret-key"}},
		"two pairs":    {map[string]string{"A_ACCESS_KEY_ID": first, "B_ACCESS_KEY_ID": second, "A_SECRET_ACCESS_KEY": value("a"), "B_SECRET_ACCESS_KEY": value("b")}, []string{second + " B_SECRET_ACCESS_KEY", first + " A_SECRET_ACCESS_KEY"}},
		"one too many": {map[string]string{"x": first, "y": second, "AWS_SECRET_ACCESS_KEY": value("a")}, []string{second + " y", first + " x"}},
		"a file":       {map[string]string{"cloud": "[default]\naws_access_key_id = " + first + "\naws_secret_access_key = " + value("a") + "\n"}, []string{first + " cloud"}},
		"the id alone": {map[string]string{"AWS_ACCESS_KEY_ID": first}, []string{first + " AWS_ACCESS_KEY_ID"}},
	} {
		records := emitted(t, secretKind, secretOf("Opaque", c.text))
		parts := map[drover.Ref]string{}
		for _, r := range records {
			if r.Edge != nil && r.Edge.Kind == drover.EdgeStoredIn {
				parts[r.Edge.From] = r.Edge.Part
			}
		}
		var got []string
		for _, r := range records {
			if r.Node == nil || r.Node.Type != "aws.iam.access_key" {
				continue
			}
			got = append(got, r.Node.Name+" "+parts[r.Node.Ref])
			if !slices.Contains(r.Node.Aliases, "aws-key:"+r.Node.Name) || r.Node.Attrs.Str("account") == "" {
				t.Errorf("%s: %q %s", name, r.Node.Aliases, r.Node.Attrs)
			}
		}
		slices.Sort(got)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
		text, err := json.Marshal(records)
		if err != nil {
			t.Fatal(err)
		}
		connectortest.NoCanary(t, string(text), []string{value("a"), value("b")})
	}
}

// A token of the API server is one credential, whether its value is read or not;
// the value is a name of it, and the issuer of legacy tokens no issuer.
func TestTokensOnce(t *testing.T) {
	jwt := "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:n:robot"}`)) + ".c2lnbmF0dXJl"
	prints := drover.NewFingerprinter(bytes.Repeat([]byte{1}, 32))
	for _, c := range []struct {
		typ   string
		meta  map[string]any
		text  map[string]string
		value string
	}{
		{typeToken, map[string]any{"name": "s", "namespace": "n", "uid": "u", "annotations": map[string]string{annotationAccount: "robot"}}, map[string]string{"token": jwt, "namespace": "n"}, jwt},
		{typeBootstrap, map[string]any{"name": "bootstrap-token-abcdef", "namespace": "kube-system", "uid": "u"}, map[string]string{"token-id": "abcdef", "token-secret": "canary0123456789"}, "abcdef.canary0123456789"},
	} {
		read := emitted(t, secretKind, map[string]any{"metadata": c.meta, "type": c.typ, "stringData": c.text})
		listed := emitted(t, secretKind, map[string]any{"metadata": c.meta, "cells": map[string]any{"Type": c.typ, "Data": 3}})
		want := credentials(listed)
		if got := credentials(read); len(got) != 1 || len(want) != 1 || got[0].Ref != want[0].Ref || len(want[0].Aliases) != 0 ||
			!slices.Equal(got[0].Aliases, []string{"secret:" + string(prints.Of([]byte(c.value)))}) {
			t.Errorf("%s: read as %+v, listed as %+v", c.typ, got, want)
		}
		for _, r := range read {
			if r.Edge != nil && strings.HasPrefix(r.Edge.To.ID(), "oidc:") {
				t.Errorf("%s: an edge to %s", c.typ, r.Edge.To)
			}
		}
	}
	// The same token in a Secret of another kind says whose it is by no issuer.
	ends, _ := authenticated(emitted(t, secretKind, secretOf("Opaque", map[string]string{"token": jwt})))
	if len(ends) != 0 {
		t.Errorf("a legacy token elsewhere opens %q", ends)
	}
}

func credentials(records []drover.Record) (out []drover.Node) {
	for _, r := range records {
		if r.Node != nil && r.Node.Kind == drover.KindCredential {
			out = append(out, *r.Node)
		}
	}
	return out
}

// A name that no API server takes, as a manifest may have it, is an alias of
// nothing.
func TestHostileNames(t *testing.T) {
	for _, name := range []string{"a/b", "*", "a\x00b", strings.Repeat("x", 5000), "a:b", "x|y"} {
		records := emitted(t, serviceAccountKind, map[string]any{"metadata": map[string]string{"name": name, "namespace": "n", "uid": "u"}})
		for _, r := range records {
			if r.Node == nil || r.Node.Type != "kubernetes.service_account" {
				continue
			}
			for _, a := range r.Node.Aliases {
				if !strings.HasPrefix(a, "k8s-uid:") {
					t.Errorf("%.20q has the alias %.60q", name, a)
				}
			}
		}
	}
}

// When a legacy token was last used is known to the day; that it was never used,
// only since that is tracked, and only if that is a day ago.
func TestLegacyTokenUse(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, c := range map[string]struct {
		label, created, tracked string
		want                    string // claim, day or window in days
	}{
		"used":                    {"2026-05-04", "2025-01-01", "2024-01-01", "last_used 2026-05-04"},
		"not since it is tracked": {"", "2024-01-01", "2026-05-11", "never_used 20"},
		"not since it was made":   {"", "2026-05-21", "2024-01-01", "never_used 10"},
		"made today":              {"", "2026-05-31", "2024-01-01", ""},
		"not tracked":             {"", "2024-01-01", "0001-01-01", ""},
		"a date that is none":     {"2026-99-99", "2024-01-01", "2024-01-01", ""},
	} {
		k := &cluster{tenant: "t", live: true, index: index{}, now: day("2026-05-31").Add(9 * time.Hour), tokensTracked: day(c.tracked)}
		meta := map[string]any{"name": "s", "namespace": "n", "uid": "u", "creationTimestamp": c.created + "T00:00:00Z", "labels": map[string]string{}}
		if c.label != "" {
			meta["labels"] = map[string]string{labelLastUsed: c.label}
		}
		got := ""
		for _, r := range k.emitted(t, secretKind, map[string]any{"metadata": meta, "cells": map[string]any{"Type": typeToken, "Data": 3}}) {
			if v := r.Evidence; v != nil {
				got = v.Claim + " " + v.At.Format(time.DateOnly)
				if v.Claim == drover.ClaimNeverUsed {
					got = fmt.Sprintf("%s %d", v.Claim, int(v.Window.Hours()/24))
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
