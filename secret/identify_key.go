package secret

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// privateKey reads a PEM or OpenSSH private key and names it by its public half:
// ssh:SHA256:... as ssh-keygen -l prints it and spki:<hex SHA-256> of the PKIX
// encoding, which a certificate for the same key holds too.
func privateKey(value string, id *Identity) bool {
	if !strings.Contains(value, "PRIVATE KEY") {
		return false
	}
	value = strings.NewReplacer(`\r\n`, "\n", `\n`, "\n").Replace(value)
	block, _ := pem.Decode([]byte(strings.TrimLeft(value[strings.Index(value+"-----BEGIN", "-----BEGIN"):], " \t")))
	if block == nil || !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		return false
	}
	id.Type = "private key"
	key, err := ssh.ParseRawPrivateKey(pem.EncodeToMemory(block))
	if missing, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
		id.Facts["encrypted"] = "true"
		if missing.PublicKey != nil {
			id.nameSSH(missing.PublicKey)
		}
		return true
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		id.Facts["encrypted"] = "true"
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return true // a key, but of a kind that we cannot name
	}
	if pub, err := ssh.NewPublicKey(signer.Public()); err == nil {
		id.nameSSH(pub)
	}
	if der, err := x509.MarshalPKIXPublicKey(signer.Public()); err == nil {
		sum := sha256.Sum256(der)
		id.alias("spki", hex.EncodeToString(sum[:]))
	}
	return true
}

func (id *Identity) nameSSH(pub ssh.PublicKey) {
	id.Facts["algorithm"] = pub.Type()
	id.Subject = ssh.FingerprintSHA256(pub)
	id.alias("ssh", id.Subject)
}

// legacyKubernetes is what the legacy tokens of every cluster call their issuer
// (Kubernetes, Managing Service Accounts, and package serviceaccount): its
// subjects are others in each.
const legacyKubernetes = "kubernetes/serviceaccount"

// jsonWebToken reads header and claims (RFC 7519) without asking whether the
// signature holds.
func jsonWebToken(value string, id *Identity) bool {
	parts := strings.Split(value, ".")
	if len(parts) != 3 || !strings.HasPrefix(value, "ey") {
		return false
	}
	var header struct{ Alg, Kid, Typ string }
	var c map[string]any
	if !decodePart(parts[0], &header) || !decodePart(parts[1], &c) {
		return false
	}
	str := func(name string) string { s, _ := c[name].(string); return s }
	at := func(name string) time.Time {
		n, ok := c[name].(float64)
		if !ok || n < 1 || n > 1<<40 {
			return time.Time{}
		}
		return time.Unix(int64(n), 0).UTC()
	}
	id.System, id.Type, id.Account, id.Subject = "oidc", "JSON Web Token", str("iss"), str("sub")
	id.Issued, id.Expires = at("iat"), at("exp")
	id.Facts["alg"], id.Facts["kid"] = header.Alg, header.Kid
	for _, name := range []string{"azp", "client_id", "appid", "tid", "oid", "scope"} {
		id.Facts[name] = str(name)
	}
	switch aud := c["aud"].(type) {
	case string:
		id.Facts["aud"] = aud
	case []any:
		if len(aud) > 0 {
			id.Facts["aud"], _ = aud[0].(string)
		}
	}
	if id.Account != "" && id.Subject != "" && id.Account != legacyKubernetes {
		id.alias("oidc", id.Account+"|"+id.Subject)
	}
	if strings.HasPrefix(id.Subject, "system:serviceaccount:") {
		id.System, id.Type = "kubernetes", "service account token"
	}
	if email := str("email"); strings.Contains(email, "@") {
		id.alias("email", strings.ToLower(email))
	}
	return true
}

func decodePart(part string, to any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	return err == nil && json.Unmarshal(raw, to) == nil
}
