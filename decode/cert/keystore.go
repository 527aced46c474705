package cert

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/droverhq/drover"
)

const (
	oidSignedData = "1.2.840.113549.1.7.2"
	// maxRounds bounds the key derivation of a PKCS#12 file, which its author
	// chooses and the reader pays for. Common tools write 1 to 600000.
	maxRounds = 2_000_000
)

var (
	jksMagic   = []byte{0xfe, 0xed, 0xfe, 0xed}
	jceksMagic = []byte{0xce, 0xce, 0xce, 0xce}
)

// pkcs7 takes the certificates out of SignedData (RFC 5652 section 5.1).
func (b *Bundle) pkcs7(der []byte, line int) {
	t, _, ok := readTLV(der)
	m := t.members(2)
	if !ok || len(m) < 2 || oid(m[0].body) != oidSignedData {
		b.defect(line, "PKCS#7 that is not signed data, or not in definite form")
		return
	}
	for _, e := range m[1].first().members(6) {
		switch e.tag {
		case 0xa0:
			for _, c := range e.members(MaxItems) {
				if c.tag == tagSequence {
					b.cert(c.full, line, "")
				}
			}
		case 0xa1:
			b.CRLs += len(e.members(MaxItems))
		}
	}
}

// pkcs12 opens a PFX with the empty password and those given.
func (b *Bundle) pkcs12(t tlv, o Options) {
	if rounds := maxIterations(t, 0); rounds > maxRounds {
		b.Locked = true
		b.defect(0, "key derivation of %d rounds is over the limit of %d: not opened", rounds, maxRounds)
		return
	}
	for _, pw := range append([]string{""}, o.Passwords...) {
		switch err := b.openPKCS12(t.full, pw); {
		case err == nil:
			return
		case !errors.Is(err, pkcs12.ErrIncorrectPassword):
			b.defect(0, "PKCS#12 that cannot be read")
			return
		}
	}
	b.Locked = true
}

func (b *Bundle) openPKCS12(pfx []byte, password string) error {
	key, leaf, chain, err := pkcs12.DecodeChain(pfx, password)
	if err == nil {
		for _, c := range append([]*x509.Certificate{leaf}, chain...) {
			if c != nil {
				b.cert(c.Raw, 0, "")
			}
		}
		b.privateKey(key)
		return nil
	}
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return err
	}
	certs, trustErr := pkcs12.DecodeTrustStore(pfx, password)
	if trustErr == nil {
		for _, c := range certs {
			b.cert(c.Raw, 0, "")
		}
		return nil
	}
	// Several keys, or bags that the two readers above refuse.
	blocks, pemErr := pkcs12.ToPEM(pfx, password) //nolint:staticcheck // deprecated for the PEM it makes, of which only the DER is used; no other reader returns every bag
	if pemErr != nil {
		return pemErr
	}
	for _, p := range blocks {
		switch p.Type {
		case "CERTIFICATE":
			b.cert(p.Bytes, 0, p.Headers["friendlyName"])
		default:
			k := Key{Format: "pkcs12", Alias: p.Headers["friendlyName"], Encrypted: true, Value: drover.Secret(p.Bytes)}
			k.fill(p.Bytes)
			k.Format = "pkcs12"
			b.Keys = append(b.Keys, k)
		}
	}
	return nil
}

// privateKey adds the key of an opened store. It counts as protected: the store
// is, if only by the empty password.
func (b *Bundle) privateKey(key any) {
	k := Key{Format: "pkcs12", Encrypted: true}
	if s, ok := key.(interface{ Public() crypto.PublicKey }); ok {
		k.public(s.Public())
	}
	if der, err := x509.MarshalPKCS8PrivateKey(key); err == nil {
		k.Value = drover.Secret(der)
	}
	b.Keys = append(b.Keys, k)
}

// maxIterations finds the largest integer that stands behind a salt, in the
// structure and in the octet strings that hold structures.
func maxIterations(t tlv, depth int) int64 {
	if depth > 16 {
		return maxRounds + 1
	}
	m := t.members(1000)
	most := int64(0)
	for i, e := range m {
		switch {
		case e.tag == tagInteger && i > 0 && m[i-1].tag == tagOctets:
			n := e.small()
			if n < 0 {
				n = maxRounds + 1
			}
			most = max(most, n)
		case e.tag&0x20 != 0:
			most = max(most, maxIterations(e, depth+1))
		case e.tag == tagOctets && len(e.body) > 2 && (e.body[0] == tagSequence || e.body[0] == tagSet):
			if in, _, ok := readTLV(e.body); ok {
				most = max(most, maxIterations(in, depth+1))
			}
		}
	}
	return most
}

// jks reads a Java key store. Its certificates and aliases are in clear; only
// the private keys are encrypted, so no password is asked for and the integrity
// digest at the end is not checked.
func (b *Bundle) jks(data []byte) {
	b.Format = "jks"
	if bytes.HasPrefix(data, jceksMagic) {
		b.Format = "jceks"
	}
	r := jksReader{b: data[4:]}
	version, count := r.uint32(), r.uint32()
	if version != 1 && version != 2 {
		b.defect(0, "key store of version %d", version)
		return
	}
	for i := range count {
		if r.bad || b.full() {
			break
		}
		tag, alias := r.uint32(), r.utf()
		r.take(8)
		if r.bad {
			break
		}
		b.Aliases = append(b.Aliases, alias)
		switch tag {
		case 1:
			key := r.take(int(r.uint32()))
			chain := r.uint32()
			for j := uint32(0); j < chain && !r.bad && !b.full(); j++ {
				b.jksCert(&r, version, alias)
			}
			b.Keys = append(b.Keys, Key{Format: b.Format, Alias: alias, Encrypted: true, Value: drover.Secret(key)})
			b.Locked = true
		case 2:
			b.jksCert(&r, version, alias)
		default:
			b.Locked = true
			if i+1 < count && !r.skipSealed() {
				b.defect(0, "entry %d is a sealed secret whose end is not found: %d entries after it were not read", i+1, count-i-1)
				return
			}
		}
	}
	if r.bad {
		b.defect(0, "the key store ends early")
	}
}

func (b *Bundle) jksCert(r *jksReader, version uint32, alias string) {
	kind := "X.509"
	if version == 2 {
		kind = r.utf()
	}
	der := r.take(int(r.uint32()))
	if !r.bad && kind == "X.509" {
		b.cert(der, 0, alias)
	}
}

// skipSealed goes to the entry that follows a sealed secret, which is a
// serialised Java object without a length: the next entry is where a tag, an
// alias and a time of a year that computers have stand in a row.
func (r *jksReader) skipSealed() bool {
	for ; len(r.b) > 14; r.b = r.b[1:] {
		if r.b[0]|r.b[1]|r.b[2] != 0 || r.b[3] < 1 || r.b[3] > 3 {
			continue
		}
		try := jksReader{b: r.b[4:]}
		alias, when := try.utf(), try.take(8)
		if try.bad || alias == "" || strings.ContainsRune(alias, '\ufffd') {
			continue
		}
		if ms := binary.BigEndian.Uint64(when); ms > 8e11 && ms < 4e12 { // 1995 to 2096
			return true
		}
	}
	return false
}

type jksReader struct {
	b   []byte
	bad bool
}

func (r *jksReader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *jksReader) uint32() uint32 {
	if p := r.take(4); p != nil {
		return binary.BigEndian.Uint32(p)
	}
	return 0
}

func (r *jksReader) utf() string {
	p := r.take(2)
	if p == nil {
		return ""
	}
	return strings.ToValidUTF8(string(r.take(int(binary.BigEndian.Uint16(p)))), "\ufffd")
}

// putty reads a PuTTY private key (version 2 or 3): its public half is in clear.
func (b *Bundle) putty(data []byte) {
	k := Key{Format: "putty", Line: 1, Value: drover.Secret(data)}
	lines := strings.Split(strings.ReplaceAll(string(data), "\r", ""), "\n")
	for i, l := range lines {
		name, v, _ := strings.Cut(l, ":")
		v = strings.TrimSpace(v)
		switch name {
		case "Encryption":
			k.Encrypted = v != "none"
		case "Comment":
			k.Comment = strings.ToValidUTF8(v, "\ufffd")
		case "Public-Lines":
			n := 0
			for _, c := range v {
				if c < '0' || c > '9' || n > 10000 {
					n = 0
					break
				}
				n = n*10 + int(c-'0')
			}
			blob, err := base64.StdEncoding.DecodeString(strings.Join(lines[min(i+1, len(lines)):min(i+1+n, len(lines))], ""))
			if err != nil {
				continue
			}
			if pub, err := ssh.ParsePublicKey(blob); err == nil {
				k.ssh(pub)
			}
		}
	}
	b.Keys = append(b.Keys, k)
}
