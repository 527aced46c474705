package aws_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/aws"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/internal/realtest"
)

// An organization is what testdata/build_iam.py made in an emulator: three
// accounts, enforcement on.
type organization struct {
	moto     *realtest.MotoServer
	front    *front
	Accounts []string
	Secrets  []string
	Counters map[string][]string // account -> key id and secret of an administrator
	Key      []string            // of the user that drover signs as
}

// leastPrivilege is the policy that `source perms` prints, which allows what its
// single statements do.
func leastPrivilege(t testing.TB) string {
	t.Helper()
	whole, each := aws.Connector.Scopes[0], aws.Connector.Scopes[1:]
	var doc struct {
		Version   string
		Statement []struct {
			Effect, Resource string
			Action           []string
		}
	}
	if err := json.Unmarshal([]byte(whole.Grant), &doc); err != nil || len(doc.Statement) != 1 || doc.Statement[0].Effect != "Allow" {
		t.Fatalf("scope %s: its grant is no policy of one statement: %v: %s", whole.Name, err, whole.Grant)
	}
	var actions []string
	for _, s := range each {
		var one struct{ Effect, Action, Resource string }
		if err := json.Unmarshal([]byte(s.Grant), &one); err != nil || one.Effect != "Allow" || one.Action != s.Name {
			t.Fatalf("scope %s: its grant is no statement: %s", s.Name, s.Grant)
		}
		if one.Action == "secretsmanager:GetSecretValue" {
			continue // only option secrets asks for it, so it is not in what is pasted
		}
		actions = append(actions, one.Action)
	}
	if d := cmp.Diff(actions, doc.Statement[0].Action); d != "" {
		t.Fatalf("the policy and the statements differ (-statements +policy):\n%s", d)
	}
	return whole.Grant
}

func build(t *testing.T, users, roles int) *organization {
	t.Helper()
	o := &organization{moto: realtest.Moto(t)}
	cert, key, pub := keyFiles(t)
	out := o.moto.Run(t, "testdata/build_iam.py", []string{fmt.Sprint("USERS=", users), fmt.Sprint("ROLES=", roles)}, leastPrivilege(t), cert, key, pub)
	if err := json.Unmarshal(out, o); err != nil {
		t.Fatal(err)
	}
	o.moto.Enforce(t, 0)
	o.front = newFront(t, o.moto.URL)
	return o
}

// config reads all accounts as drover's own user.
func (o *organization) config(more ...string) map[string][]string {
	c := map[string][]string{"endpoint": {o.front.URL}, "access_key_id": {o.Key[0]}, "secret_access_key": {o.Key[1]}, "role": {"DroverRead"}, "accounts": {"all"}, "regions": {"us-east-1"}, "retry_wait": {"1ms"}}
	for i := 0; i+1 < len(more); i += 2 {
		c[more[i]] = []string{more[i+1]}
	}
	return c
}

// keyFiles writes a certificate, its key and an SSH key, and returns the files.
func keyFiles(t *testing.T) (cert, key, pub string) {
	t.Helper()
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "web.example.com"}, NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Unix(1_900_000_000, 0), DNSNames: []string{"web.example.com"}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &priv.PublicKey, priv)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(&priv.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{
		"cert.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), "key.pub": ssh.MarshalAuthorizedKey(public),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "key.pub")
}

// Three accounts of an Organization are read by role under the very policy that
// the scopes print; boto3's own paginators count the same sets.
func TestLive(t *testing.T) {
	o := build(t, 45, 28)
	first := connectortest.Collect(t, aws.Connector, o.config())
	if first.Err != nil {
		t.Fatal(first.Err)
	}
	for _, s := range first.Sections {
		if s.Status != drover.StatusOK && strings.HasPrefix(s.Name, "iam.") {
			t.Errorf("%s %s is %s: %s %.500v", s.Coverage, s.Name, s.Status, s.Error, s.Notes)
		}
	}
	principals := 0
	for _, account := range o.Accounts {
		var want map[string][]string
		k := o.Counters[account]
		if err := json.Unmarshal(o.moto.Run(t, "testdata/count_live.py", []string{"AWS_ACCESS_KEY_ID=" + k[0], "AWS_SECRET_ACCESS_KEY=" + k[1]}), &want); err != nil {
			t.Fatal(err)
		}
		got := counts(first, account)
		for _, set := range slices.Sorted(maps.Keys(want)) {
			if d := cmp.Diff(unique(want[set]), got[set]); d != "" {
				t.Errorf("account %s: %s (-boto3 +drover):\n%s", account, set, d)
			}
			t.Logf("account %s: %-20s boto3 %3d, drover %3d", account, set, len(want[set]), len(got[set]))
		}
		principals += len(want["users"]) + len(want["roles"])
	}
	t.Logf("%d principals in %d accounts, %d nodes, %d edges", principals, len(o.Accounts), len(first.Nodes), len(first.Edges))
	if principals < 200 {
		t.Errorf("%d principals, want 200 or more", principals)
	}
	specific := first.ByType("aws.iam.service_specific_credential")
	if len(specific) == 0 {
		t.Error("no service-specific credential")
	}
	for _, n := range specific {
		if bedrock := n.Attrs.Str("ServiceName") == "bedrock.amazonaws.com"; bedrock == n.Expires.IsZero() {
			t.Errorf("%s of %s ends %v", n.Ref, n.Attrs.Str("ServiceName"), n.Expires)
		}
	}
	t.Run("again", func(t *testing.T) {
		again := connectortest.Collect(t, aws.Connector, o.config())
		for name, pair := range map[string][2]any{"nodes": {first.Nodes, again.Nodes}, "edges": {first.Edges, again.Edges}, "documents": {first.Documents, again.Documents}} {
			if d := cmp.Diff(pair[0], pair[1]); d != "" {
				t.Errorf("%s of two scans differ:\n%s", name, d)
			}
		}
	})
	t.Run("secrets", func(t *testing.T) {
		all, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		connectortest.NoCanary(t, string(all), append(slices.Clone(o.Secrets), o.Key[1]))
	})
	t.Run("cannot write", func(t *testing.T) { cannotWrite(t, o) })
}

// counts gives what a scan saw of one account in the words of count_live.py.
func counts(r *connectortest.Result, account string) map[string][]string {
	arn, got := names(r), map[string][]string{}
	add := func(k string, v ...string) { got[k] = append(got[k], strings.Join(v, " ")) }
	in := func(ref drover.Ref) bool { return ref.System() == "aws" && ref.Tenant() == account }
	id := func(ref drover.Ref) string { return ref.ID() }
	inline := map[drover.Ref]string{}
	sets := map[string]string{"aws.iam.user": "users", "aws.iam.group": "groups", "aws.iam.role": "roles", "aws.iam.server_certificate": "server_certificates"}
	for _, n := range r.Nodes {
		if !in(n.Ref) {
			continue
		}
		if set, ok := sets[n.Type]; ok {
			add(set, id(n.Ref))
		}
		switch n.Type {
		case "aws.iam.policy": // by ARN: the emulator's authorization details leave the id out
			add("policies", arn[n.Ref])
			list, _ := n.Attrs.Get("PolicyVersionList").([]any)
			for _, v := range list {
				m := v.(map[string]any)
				add("versions", arn[n.Ref], m["VersionId"].(string), map[bool]string{true: "True", false: "False"}[m["IsDefaultVersion"].(bool)])
			}
		case "aws.iam.oidc_provider":
			add("oidc", arn[n.Ref])
		case "aws.iam.saml_provider":
			add("saml", arn[n.Ref])
		case "aws.iam.inline_policy":
			inline[n.Ref] = n.Name
		case "aws.account":
			got["aliases"] = append(got["aliases"], n.Attrs.Strings("AccountAliases")...)
		case "aws.iam.user":
			list, _ := n.Attrs.Get("MFADevices").([]any)
			for _, v := range list {
				add("mfa", id(n.Ref), v.(map[string]any)["SerialNumber"].(string))
			}
		case "aws.iam.instance_profile":
			words := []string{id(n.Ref)}
			for _, e := range r.Edges {
				if e.From == n.Ref && e.Kind == drover.EdgeRunsAs {
					words = append(words, id(e.To))
				}
			}
			add("profiles", words...)
		}
	}
	for _, e := range r.Edges {
		if !in(e.From) {
			continue
		}
		switch e.Kind {
		case drover.EdgeAuthenticates:
			n, _ := r.Node(e.From)
			switch n.Type {
			case "aws.iam.access_key":
				if e.To.Type() == "iam.user" {
					add("keys", id(e.From), id(e.To), n.Attrs.Str("Status"))
				}
			case "aws.iam.login_profile":
				add("logins", id(e.To))
			case "aws.iam.ssh_public_key":
				add("ssh", id(e.From), id(e.To))
			case "aws.iam.signing_certificate":
				add("certificates", id(e.From), id(e.To))
			}
		case drover.EdgeMemberOf:
			add("members", id(e.From), id(e.To))
		case drover.EdgeAttached:
			if name, ok := inline[e.From]; ok {
				add("inline", id(e.To), name)
			} else if strings.HasPrefix(e.To.Type(), "iam.") {
				add("attached", arn[e.From], id(e.To))
			}
		case drover.EdgeBoundedBy:
			add("bounded", id(e.From), arn[e.To])
		}
	}
	for _, e := range r.Evidence {
		if in(e.Subject) && e.Source == "iam.GetAccessKeyLastUsed" && e.Claim == drover.ClaimLastUsed {
			add("used", id(e.Subject))
		}
	}
	for k := range got {
		slices.Sort(got[k])
		got[k] = slices.Compact(got[k])
	}
	return got
}

// cannotWrite tries to change each account with the credentials that drover
// reads with.
func cannotWrite(t *testing.T, o *organization) {
	script := filepath.Join(t.TempDir(), "enter.py")
	if err := os.WriteFile(script, []byte(`
import boto3, json, os, runpy, sys
c = boto3.client("sts").assume_role(RoleArn=sys.argv[1], RoleSessionName="intruder")["Credentials"]
os.environ.update(AWS_ACCESS_KEY_ID=c["AccessKeyId"], AWS_SECRET_ACCESS_KEY=c["SecretAccessKey"], AWS_SESSION_TOKEN=c["SessionToken"])
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0])
`), 0o600); err != nil {
		t.Fatal(err)
	}
	try, err := filepath.Abs("testdata/try_write.py")
	if err != nil {
		t.Fatal(err)
	}
	key := []string{"AWS_ACCESS_KEY_ID=" + o.Key[0], "AWS_SECRET_ACCESS_KEY=" + o.Key[1]}
	for _, account := range o.Accounts {
		args := []string{"svc-" + account[8:] + "-01", "role-03", "arn:aws:iam::" + account + ":policy/team-1"}
		var tried map[string]string
		out := o.moto.Run(t, script, key, append([]string{"arn:aws:iam::" + account + ":role/DroverRead", try}, args...)...)
		if err := json.Unmarshal(out, &tried); err != nil {
			t.Fatal(err)
		}
		for call, answer := range tried {
			if answer != "AccessDenied" {
				t.Errorf("account %s: %s was answered %q, want AccessDenied", account, call, answer)
			}
		}
		t.Logf("account %s: %d of %d write calls refused", account, len(tried), len(tried))
	}
	var tried map[string]string
	if err := json.Unmarshal(o.moto.Run(t, try, key, "counter", "role-03", "arn:aws:iam::123456789012:policy/team-1"), &tried); err != nil {
		t.Fatal(err)
	}
	for call, answer := range tried {
		if answer != "AccessDenied" {
			t.Errorf("drover's own user: %s was answered %q, want AccessDenied", call, answer)
		}
	}
}
