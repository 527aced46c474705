package cert

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/droverhq/drover"
)

// maxKey is the largest private key that is taken apart, in bytes: an RSA key
// of 16384 bits. Larger ones are listed without their public half.
const maxKey = 16 << 10

// fill reads an unprotected private key and derives what is public of it.
func (k *Key) fill(der []byte) bool {
	if len(der) > maxKey {
		return false
	}
	var private any
	var err error
	if private, err = x509.ParsePKCS8PrivateKey(der); err == nil {
		k.Format = "pkcs8"
	} else if private, err = x509.ParsePKCS1PrivateKey(der); err == nil {
		k.Format = "pkcs1"
	} else if private, err = x509.ParseECPrivateKey(der); err == nil {
		k.Format = "sec1"
	} else {
		return k.lenient(der)
	}
	if s, ok := private.(interface{ Public() crypto.PublicKey }); ok {
		k.public(s.Public())
	}
	return true
}

// lenient names the algorithm of a PKCS#8 or DSA key that Go does not read.
func (k *Key) lenient(der []byte) bool {
	t, _, ok := readTLV(der)
	if !ok || t.tag != tagSequence {
		return false
	}
	m := t.members(6)
	switch {
	case len(m) >= 3 && m[1].tag == tagSequence && m[2].tag == tagOctets:
		k.Format, k.Alg = "pkcs8", algorithm(oid(m[1].first().body))
	case len(m) == 6 && m[0].tag == tagInteger && m[1].tag == tagInteger && k.Format == "dsa":
		k.Alg, k.Bits = "DSA", signed(m[1].body).BitLen()
	default:
		return false
	}
	return true
}

// public fills the fingerprints of a public key.
func (k *Key) public(pub crypto.PublicKey) {
	k.Alg, k.Bits = keyKind(pub)
	k.SPKI = spkiOf(pub)
	if s, err := ssh.NewPublicKey(pub); err == nil {
		k.SSH = ssh.FingerprintSHA256(s)
	}
}

func spkiOf(pub crypto.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(der)
	return hexOf(sum[:])
}

// openssh reads the format of ssh-keygen (PROTOCOL.key): the public half is in
// clear even when a passphrase protects the rest.
func (b *Bundle) openssh(raw []byte, value drover.Secret, line int) {
	k := Key{Format: "openssh", Line: line, Value: value}
	body, ok := strings.CutPrefix(string(raw), "openssh-key-v1\x00")
	r := sshReader{b: []byte(body)}
	cipher, kdf := r.str(), r.str()
	r.str()
	n := r.uint32()
	blob := r.str()
	if !ok || r.bad || n < 1 || n > 16 {
		b.defect(line, "an OpenSSH key that cannot be read")
		b.Keys = append(b.Keys, k)
		return
	}
	k.Encrypted = cipher != "none" || kdf != "none"
	if pub, err := ssh.ParsePublicKey([]byte(blob)); err == nil {
		k.ssh(pub)
	}
	for range n - 1 {
		r.str()
	}
	if private := r.str(); !k.Encrypted && !r.bad {
		k.Comment = opensshComment(private)
	}
	b.Keys = append(b.Keys, k)
}

// ssh fills what an SSH public key says; security keys keep their SSH type.
func (k *Key) ssh(pub ssh.PublicKey) {
	k.SSH = ssh.FingerprintSHA256(pub)
	k.Alg = pub.Type()
	if c, ok := pub.(ssh.CryptoPublicKey); ok {
		if alg, bits := keyKind(c.CryptoPublicKey()); alg != "" && !strings.HasPrefix(pub.Type(), "sk-") {
			k.Alg, k.Bits, k.SPKI = alg, bits, spkiOf(c.CryptoPublicKey())
		}
	}
}

// opensshComment returns the last string of the private part: after it comes
// padding 1, 2, 3, ….
func opensshComment(private string) string {
	r := sshReader{b: []byte(private)}
	r.uint32()
	r.uint32()
	last := ""
	for fields := 0; fields < 20 && len(r.b) > 0; fields++ {
		padding := true
		for i, c := range r.b {
			padding = padding && int(c) == (i+1)&0xff
		}
		if padding {
			break
		}
		s := r.str()
		if r.bad {
			return ""
		}
		last = s
	}
	return strings.ToValidUTF8(last, "\ufffd")
}

// sshReader takes length-prefixed strings (RFC 4251 section 5).
type sshReader struct {
	b   []byte
	bad bool
}

func (r *sshReader) uint32() uint32 {
	if len(r.b) < 4 {
		r.b, r.bad = nil, true
		return 0
	}
	n := uint32(r.b[0])<<24 | uint32(r.b[1])<<16 | uint32(r.b[2])<<8 | uint32(r.b[3])
	r.b = r.b[4:]
	return n
}

func (r *sshReader) str() string {
	n := r.uint32()
	if uint64(n) > uint64(len(r.b)) {
		r.b, r.bad = nil, true
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}
