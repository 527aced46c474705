package aws

import (
	"context"
	"encoding/json"
	"maps"
	"net"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/secret"
)

// What option secrets takes.
const (
	secretsMetadata = "metadata"
	secretsDecode   = "decode"
)

// valueScope is needed by secrets=decode alone, so it is no part of the policy
// that is pasted.
var valueScope = allow("secretsmanager:GetSecretValue", "only with secrets=decode: which credential a secret holds and whom it opens. This is the right to read every secret: narrow Resource, or leave it out")

// value reads what a secret holds: each value becomes its fingerprint and the
// identity that it opens, and is forgotten.
func (r *secrets) value(ctx context.Context, holder drover.Ref, arn, name string) {
	if r.a.scan.Config.Get("secrets") != secretsDecode {
		return
	}
	got, err := r.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		r.lost.of(ctx, holder, "value", err)
		return
	}
	at := under(r.out, holder, "value")
	for _, c := range held(r.a, awssdk.ToString(got.SecretString), name) {
		where := "the value of the secret"
		if c.key != "" {
			where = "key " + text(c.key) + " of the secret"
		}
		at.Node(c.node)
		at.Edge(drover.Edge{From: c.node.Ref, To: holder, Kind: drover.EdgeStoredIn, Part: text(c.key), Proof: where})
		for _, who := range c.opens {
			at.Node(who)
			at.Edge(drover.Edge{From: c.node.Ref, To: who.Ref, Kind: drover.EdgeAuthenticates, Grade: drover.GradeInferred, Proof: "its value, in " + where})
		}
	}
}

// heldCredential is a credential and the key of the secret that it stands under.
type heldCredential struct {
	credential
	key string
}

// held decodes the string of a secret: a JSON object of keys (Secrets Manager
// User Guide, "JSON structure of AWS Secrets Manager database credential
// secrets": engine, host, port, username, password, dbname), or one value.
func held(a *account, value, name string) []heldCredential {
	var object map[string]any
	if json.Unmarshal([]byte(value), &object) != nil {
		c, ok := heldValue(a, name, value)
		if !ok {
			return nil
		}
		return []heldCredential{{c, ""}}
	}
	texts := map[string]string{}
	for k, v := range object {
		switch v := v.(type) {
		case string:
			texts[k] = v
		case float64:
			raw, err := json.Marshal(v)
			if err == nil {
				texts[k] = string(raw)
			}
		}
	}
	env := environment{vars: texts}
	var out []heldCredential
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if key == "password" {
			if c, ok := databaseLogin(a, texts); ok {
				out = append(out, heldCredential{c, key})
				continue
			}
		}
		if _, err := decode.ParseDSN(texts[key]); err != nil && keyIDFor(key) != "" && texts[keyIDFor(key)] != "" {
			out = append(out, heldCredential{env.credential(a, "aws-secret-access-key", key), key})
			continue
		}
		if keyIDOf(key) {
			continue
		}
		if c, ok := heldValue(a, key, texts[key]); ok {
			out = append(out, heldCredential{c, key})
		}
	}
	return out
}

// heldValue is the credential that one value of a secret is: it lies in a store
// for secrets, so only what is plainly none is passed over.
func heldValue(a *account, key, value string) (credential, bool) {
	if d, err := decode.ParseDSN(strings.TrimSpace(value)); err == nil && d.Password != "" && len(d.Secrets) == 0 {
		env := environment{vars: map[string]string{key: value}}
		return env.credential(a, decode.ClassConnection, key), true
	}
	class, ok := secret.InStore(key, value)
	if !ok {
		return credential{}, false
	}
	return newCredential(class, strings.TrimSpace(value), a.scan.Fingerprints.Of([]byte(strings.TrimSpace(value)))), true
}

// databaseLogin puts together a login that is spelled out in the keys that
// Secrets Manager documents for databases.
func databaseLogin(a *account, v map[string]string) (credential, bool) {
	scheme := map[string]string{"postgres": "postgres", "aurora-postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "aurora": "mysql", "aurora-mysql": "mysql",
		"sqlserver": "mssql", "oracle": "oracle", "mongo": "mongodb", "redshift": "postgres"}[v["engine"]]
	ports := map[string]string{"postgres": "5432", "mysql": "3306", "mssql": "1433", "oracle": "1521", "mongodb": "27017"}
	port := v["port"]
	if scheme == "" {
		for s, p := range ports {
			if p == port {
				scheme = s
			}
		}
	}
	if port == "" {
		port = ports[scheme]
	}
	if scheme == "" || v["username"] == "" || v["host"] == "" || v["password"] == "" {
		return credential{}, false
	}
	c := newCredential(decode.ClassPassword, v["password"], a.scan.Fingerprints.Of([]byte(v["password"])))
	host, _, err := net.SplitHostPort(v["host"])
	if err != nil {
		host = v["host"]
	}
	if who := login(decode.DSN{Form: "url", Scheme: scheme, User: v["username"], Host: host, Port: port}); who != nil {
		c.opens = append(c.opens, *who)
	}
	return c, true
}
