// Package cert reads what proves an identity by a key: X.509 certificates and
// private keys in PEM, DER, PKCS#7, PKCS#12, JKS and PuTTY files, and the files
// of SSH. It opens no file and trusts nobody: a certificate is described, never
// accepted.
//
// Certificates are read by a lenient reader of its own, so that those which
// crypto/x509 refuses (negative serials, broken names) are still counted and
// named; what is wrong with them stands in their Defects.
package cert

import (
	"time"

	"github.com/droverhq/drover"
)

// Bundle is everything found in one file.
type Bundle struct {
	Format     string // pem, der, pkcs7, pkcs12, jks, openssh
	Certs      []Certificate
	Keys       []Key
	Links      []Link // who issued whom, inside this bundle
	PublicKeys int    // bare public keys
	Requests   int    // certificate signing requests
	CRLs       int
	Locked     bool     // a password that was not given protects some or all of it
	Aliases    []string // of a key store
	Defects    []string // what could not be read, in words
}

// Certificate is one X.509 certificate. Fields that could not be read are zero
// and named in Defects.
type Certificate struct {
	Subject, Issuer       string // RFC 4514
	CommonName            string
	Organization          []string
	Serial                string // hex, lower case, sign kept
	DNS, IPs, Emails      []string
	URIs                  []string
	SPIFFE                string // the SPIFFE ID, "" none
	SHA256                string // of the DER, hex; the alias is "x509:" + SHA256
	SPKI                  string // SHA-256 of the public key info, hex
	NotBefore, NotAfter   time.Time
	KeyAlg                string // RSA, ECDSA, Ed25519, DSA, or an OID
	KeyBits               int
	SigAlg                string
	CA                    bool
	KeyUsage, ExtKeyUsage []string
	AKI, SKI              string // hex
	SelfSigned            bool   // subject equals issuer; when the key can be used, its signature was verified
	Alias                 string // in a key store
	Line                  int    // of the PEM block; 0 in binary files
	Defects               []string
	Raw                   []byte // DER
}

// Key is one private key.
type Key struct {
	Format    string // pkcs1, pkcs8, sec1, openssh, pkcs8-encrypted, pem-encrypted, putty, …
	Alg       string
	Bits      int
	SPKI      string // SHA-256 of its public key info, hex: equals that of its certificate; "" not derivable
	SSH       string // "SHA256:…" fingerprint; "" not derivable
	Comment   string
	Encrypted bool // a passphrase protects it
	Alias     string
	Line      int
	Value     drover.Secret // the PEM block or DER; fingerprint it, never show it
}

// Link says that Certs[Child] was issued by Certs[Parent].
type Link struct {
	Child, Parent int
	Verified      bool // by signature; otherwise by key identifiers or names
}

// MaxSize is the largest input taken, in bytes; MaxItems how many certificates
// and keys one file may have.
const (
	MaxSize  = 8 << 20
	MaxItems = 20000
)

// Options of Parse; the zero value is good.
type Options struct {
	Passwords []string // tried on key stores after the empty one
}

// SSHKey is a public key: of authorized_keys, known_hosts, *.pub, or inside a certificate.
type SSHKey struct {
	Type        string // ssh-ed25519, …
	Bits        int
	Fingerprint string // "SHA256:…"
	SPKI        string
	Comment     string
	Options     []string // authorized_keys: as written
	Command     string   // forced command
	From        []string
	Principals  []string
	Restrict    bool
	CA          bool // cert-authority
	Revoked     bool
	Hosts       []string  // known_hosts; hashed ones as written
	Cert        *SSHCert  // a certificate's own fields
	Expires     time.Time // expiry-time option; zero: none
	Line        int
}

// SSHCert is an OpenSSH certificate.
type SSHCert struct {
	KeyID           string
	Serial          uint64
	Host            bool
	Principals      []string
	ValidAfter      time.Time
	ValidBefore     time.Time // zero: for ever
	CriticalOptions map[string]string
	Extensions      []string
	CA              string // fingerprint of the signing key
}
