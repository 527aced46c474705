package secret

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"hash/crc32"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
)

func jwtOf(claims string) string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"RS256","kid":"k1"}`) + "." + part(claims) + "." + part("not a signature")
}

// withChecksum ends body the way GitHub and npm end their tokens; written apart
// from the code under test.
func withChecksum(body string) string {
	sum, out := crc32.ChecksumIEEE([]byte(body)), ""
	for range 6 {
		d := byte(sum % 62)
		sum /= 62
		switch {
		case d < 10:
			out = string('0'+d) + out
		case d < 36:
			out = string('A'+d-10) + out
		default:
			out = string('a'+d-36) + out
		}
	}
	return body + out
}

func TestIdentify(t *testing.T) {
	body := fill("{a62:30}")
	for name, tc := range map[string]struct {
		value string
		want  Identity
	}{
		// The id and account that the finders of the encoding have published.
		"aws": {"ASIA" + "QNZGKIQY56JQ7WML", Identity{System: "aws", Type: "temporary access key", Account: "029608264753",
			Subject: "ASIA" + "QNZGKIQY56JQ7WML", Aliases: []string{"aws-key:ASIA" + "QNZGKIQY56JQ7WML"}}},
		"aws, old": {"AKIA" + "IOSFODNN7EXAMPLE", Identity{System: "aws", Type: "access key",
			Subject: "AKIA" + "IOSFODNN7EXAMPLE", Aliases: []string{"aws-key:AKIA" + "IOSFODNN7EXAMPLE"}}},
		"github":       {"ghp_" + withChecksum(body), Identity{System: "github", Type: "personal access token", Checksum: Valid}},
		"github, fake": {"ghs_" + body + "abcdef", Identity{System: "github", Type: "app installation token", Checksum: Invalid}},
		"npm":          {"npm_" + withChecksum(body), Identity{System: "npm", Type: "access token", Checksum: Valid}},
		"jwt": {jwtOf(`{"iss":"https://i.example","sub":"s1","aud":["a"],"exp":1893456000,"email":"A@example.com"}`), Identity{
			System: "oidc", Type: "JSON Web Token", Account: "https://i.example", Subject: "s1",
			Aliases: []string{"oidc:https://i.example|s1", "email:a@example.com"},
			Facts:   map[string]string{"alg": "RS256", "kid": "k1", "aud": "a"}, Expires: time.Unix(1893456000, 0).UTC()}},
		"jwt, kubernetes": {jwtOf(`{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:ns:app"}`), Identity{
			System: "kubernetes", Type: "service account token", Account: "kubernetes/serviceaccount", Subject: "system:serviceaccount:ns:app",
			Facts: map[string]string{"alg": "RS256", "kid": "k1"}}},
		"jwt, kubernetes, bound": {jwtOf(`{"iss":"https://oidc.example/1","sub":"system:serviceaccount:ns:app"}`), Identity{
			System: "kubernetes", Type: "service account token", Account: "https://oidc.example/1", Subject: "system:serviceaccount:ns:app",
			Aliases: []string{"oidc:https://oidc.example/1|system:serviceaccount:ns:app"}, Facts: map[string]string{"alg": "RS256", "kid": "k1"}}},
		"url": {"postgresql://app:" + body + "@DB.example.com:5432/shop", Identity{System: "postgres", Type: "password in a URL",
			Account: "db.example.com:5432", Subject: "app", Aliases: []string{"login:postgres:app@db.example.com:5432"}, Facts: map[string]string{"database": "shop"}}},
		"azure storage": {"DefaultEndpointsProtocol=https;AccountName=Acct;AccountKey=" + fill("{b64:86}") + "==", Identity{
			System: "azure", Type: "storage account key", Account: "Acct", Aliases: []string{"azure-storage:acct"}}},
		"sql server": {"Server=tcp:db,1433;Database=shop;User Id=app;Password=" + body, Identity{Type: "database password",
			Account: "tcp:db,1433", Subject: "app", Facts: map[string]string{"database": "shop"}}},
		"azure sas": {"https://acct.blob.core.windows.net/c?sv=2023-01-03&sr=c&se=2030-01-01&sp=rl&sig=" + body, Identity{
			System: "azure", Type: "shared access signature", Account: "acct", Aliases: []string{"azure-storage:acct"},
			Facts: map[string]string{"permissions": "rl", "resource": "c", "version": "2023-01-03"}, Expires: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}},
		"slack hook": {"https://hooks.slack.com/services/T0ABCDEFG/B0ABCDEFG/" + fill("{a62:24}"), Identity{System: "slack",
			Type: "incoming webhook", Account: "T0ABCDEFG", Subject: "B0ABCDEFG", Aliases: []string{"slack-team:T0ABCDEFG"}}},
		"slack app": {"xapp-1-A0ABCDEFG-123-" + body, Identity{System: "slack", Type: "app-level token", Subject: "A0ABCDEFG", Aliases: []string{"slack-app:A0ABCDEFG"}}},
		"gitlab":    {gitlabPAT, Identity{System: "gitlab", Type: "personal, project or group access token"}},
		"pypi": {"pypi-" + base64.RawURLEncoding.EncodeToString([]byte("\x02\x01\x08pypi.org\x02\x04uuid\x00\x02\x28"+
			`{"version":1,"permissions":{"projects":[`+"\x00\x00\x06\x02hi")), Identity{System: "pypi", Type: "API token",
			Account: "pypi.org", Subject: "uuid", Aliases: []string{"pypi-token:uuid"}}},
		"stripe":  {"sk_live_" + body, Identity{System: "stripe", Type: "live secret key"}},
		"nothing": {"just words", Identity{}},
	} {
		if diff := cmp.Diff(tc.want, Identify("", tc.value)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestIdentifyRoutableGitLab(t *testing.T) {
	value := "glpat-" + base64.RawURLEncoding.EncodeToString([]byte("o:1\nu:1a\n"+fill("{a62:20}"))) + ".01" + "0abcdef"
	got := Identify("", value)
	if got.Subject != "46" || got.Facts["organization_id"] != "1" {
		t.Errorf("got subject %q, facts %v; want user 46 of organization 1", got.Subject, got.Facts)
	}
}

// TestIdentifyRoutableGitLabChecksum: the newer form has the payload's length and
// a CRC-32, in base 36, behind it.
func TestIdentifyRoutableGitLabChecksum(t *testing.T) {
	payload := base64.RawURLEncoding.EncodeToString([]byte("c:2\no:1\nu:1a\n" + fill("{a62:17}")))
	body := "glpat-" + payload + ".01." + big.NewInt(int64(len(payload))).Text(36)
	sum := big.NewInt(int64(crc32.ChecksumIEEE([]byte(body)))).Text(36)
	value := body + strings.Repeat("0", 7-len(sum)) + sum
	got := Identify("", value)
	if got.Checksum != Valid || got.Facts["cell_id"] != "2" || got.Subject != "46" {
		t.Errorf("got %+v, want a valid token of user 46", got)
	}
	last := "0"
	if value[len(value)-1] == '0' {
		last = "1"
	}
	if got := Identify("", value[:len(value)-1]+last); got.Checksum != Invalid {
		t.Errorf("with another checksum: %v, want Invalid", got.Checksum)
	}
}

// TestIdentifyPrivateKey: the same key in PKCS#8, in OpenSSH form and inside a
// GCP key file has one name, which is that of its public half.
func TestIdentifyPrivateKey(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("pass"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := json.Marshal(map[string]string{"type": "service_account", "project_id": "p", "private_key_id": "kid",
		"private_key": pkcs8, "client_email": "a@p.iam.gserviceaccount.com"})
	if err != nil {
		t.Fatal(err)
	}
	want := "ssh:" + ssh.FingerprintSHA256(pub)
	for name, value := range map[string]string{
		"pkcs8": pkcs8, "escaped": strings.ReplaceAll(pkcs8, "\n", `\n`), "openssh": string(pem.EncodeToMemory(block)),
		"locked": string(pem.EncodeToMemory(locked)), "gcp": string(file),
	} {
		got := Identify("private-key", value)
		if len(got.Aliases) == 0 || got.Aliases[0] != want {
			t.Errorf("%s: aliases %v, want %s first", name, got.Aliases, want)
		}
		if (name == "locked") != (got.Facts["encrypted"] == "true") {
			t.Errorf("%s: encrypted = %q", name, got.Facts["encrypted"])
		}
	}
	if got := Identify("", string(file)); got.Subject != "a@p.iam.gserviceaccount.com" || got.Account != "p" {
		t.Errorf("gcp: got %+v", got)
	}
}

// FuzzIdentify: whatever the value, no panic, and only short printable facts.
func FuzzIdentify(f *testing.F) {
	f.Add("jwt", jwtOf(`{"iss":"\u202e","sub":"x"}`))
	f.Add("", "pypi-AgEIcHlwaS5vcmc")
	f.Add("", awsKeyID)
	f.Add("", "a://b:c@d/e?sig=1&sv=2")
	f.Add("", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
	f.Add("", `{"type":"service_account","private_key_id":"x"}`)
	f.Fuzz(func(t *testing.T, class, value string) {
		id := Identify(class, value)
		facts := append([]string{id.System, id.Type, id.Account, id.Subject}, id.Aliases...)
		for _, v := range id.Facts {
			facts = append(facts, v)
		}
		for _, s := range facts {
			if len(s) > maxFact || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("fact %q is too long or not printable", s)
			}
		}
	})
}
