package cert

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/droverhq/drover"
)

// ParseAuthorizedKeys reads authorized_keys (sshd(8)) and *.pub files, line by
// line. Lines that cannot be read are in the error; the others are returned.
func ParseAuthorizedKeys(data []byte) ([]SSHKey, error) {
	return sshLines("authorized_keys", data, func(line []byte) (SSHKey, error) {
		pub, comment, options, _, err := ssh.ParseAuthorizedKey(line)
		if err != nil {
			return SSHKey{}, err
		}
		k := sshKey(pub, comment)
		k.Options = options
		for _, o := range options {
			name, v, _ := strings.Cut(o, "=")
			v = strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(v, `"`), `"`), `\"`, `"`)
			switch strings.ToLower(name) {
			case "command":
				k.Command = v
			case "from":
				k.From = strings.Split(v, ",")
			case "principals":
				k.Principals = strings.Split(v, ",")
			case "restrict":
				k.Restrict = true
			case "cert-authority":
				k.CA = true
			case "expiry-time":
				k.Expires = expiry(v)
			}
		}
		return k, nil
	})
}

// expiry reads YYYYMMDD[HHMM[SS]][Z]; without Z it is the server's local time,
// which is taken as UTC.
func expiry(v string) time.Time {
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if t, err := time.Parse(layout, strings.TrimSuffix(v, "Z")); err == nil {
			return t
		}
	}
	return time.Time{}
}

// ParseKnownHosts reads known_hosts (sshd(8)).
func ParseKnownHosts(data []byte) ([]SSHKey, error) {
	return sshLines("known_hosts", data, func(line []byte) (SSHKey, error) {
		marker, hosts, pub, comment, _, err := ssh.ParseKnownHosts(line)
		if err != nil {
			return SSHKey{}, err
		}
		k := sshKey(pub, comment)
		k.Hosts, k.CA, k.Revoked = hosts, marker == "cert-authority", marker == "revoked"
		return k, nil
	})
}

func sshLines(format string, data []byte, parse func([]byte) (SSHKey, error)) ([]SSHKey, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("read %s: %d bytes are over the limit of %d: %w", format, len(data), MaxSize, drover.ErrInvalid)
	}
	var out []SSHKey
	var errs []error
	n := 0
	for line := range bytes.Lines(data) {
		n++
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		k, err := parse(line)
		if err != nil {
			if len(errs) < 100 {
				errs = append(errs, fmt.Errorf("read %s: line %d: not a key: %w", format, n, drover.ErrInvalid))
			}
			continue
		}
		k.Line = n
		if out = append(out, k); len(out) >= MaxItems {
			errs = append(errs, fmt.Errorf("read %s: line %d: more than %d keys, the rest was not read: %w", format, n, MaxItems, drover.ErrInvalid))
			break
		}
	}
	return out, errors.Join(errs...)
}

func sshKey(pub ssh.PublicKey, comment string) SSHKey {
	k := SSHKey{Type: pub.Type(), Comment: strings.ToValidUTF8(comment, "\ufffd")}
	if c, ok := pub.(*ssh.Certificate); ok {
		k.Cert = sshCert(c)
		pub = c.Key
	}
	k.Fingerprint = ssh.FingerprintSHA256(pub)
	if c, ok := pub.(ssh.CryptoPublicKey); ok {
		_, k.Bits = keyKind(c.CryptoPublicKey())
		k.SPKI = spkiOf(c.CryptoPublicKey())
	}
	return k
}

func sshCert(c *ssh.Certificate) *SSHCert {
	out := &SSHCert{KeyID: c.KeyId, Serial: c.Serial, Host: c.CertType == ssh.HostCert, Principals: c.ValidPrincipals,
		CriticalOptions: c.CriticalOptions, Extensions: slices.Sorted(maps.Keys(c.Extensions)), CA: ssh.FingerprintSHA256(c.SignatureKey)}
	if c.ValidAfter > 0 && c.ValidAfter < 1<<40 {
		out.ValidAfter = time.Unix(int64(c.ValidAfter), 0).UTC()
	}
	if c.ValidBefore != ssh.CertTimeInfinity && c.ValidBefore < 1<<40 {
		out.ValidBefore = time.Unix(int64(c.ValidBefore), 0).UTC()
	}
	return out
}
