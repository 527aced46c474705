package cert

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/droverhq/drover"
)

// Parse reads any certificate, key or key store file; the format is told by its
// bytes. What could be read is returned even beside an error. A key store whose
// password is not known is no error: Locked is set. An error wraps
// [drover.ErrInvalid] and means that nothing in the file was recognised.
func Parse(data []byte, o Options) (Bundle, error) {
	var b Bundle
	if len(data) > MaxSize {
		return b, fmt.Errorf("read certificate file: %d bytes are over the limit of %d: %w", len(data), MaxSize, drover.ErrInvalid)
	}
	switch {
	case bytes.Contains(data, []byte("-----BEGIN ")):
		b.Format = "pem"
		b.pem(data)
	case bytes.HasPrefix(data, []byte("PuTTY-User-Key-File-")):
		b.Format = "putty"
		b.putty(data)
	case bytes.HasPrefix(data, jksMagic), bytes.HasPrefix(data, jceksMagic):
		b.jks(data)
	default:
		b.binary(data, o)
	}
	if len(b.Certs)+len(b.Keys)+b.Requests+b.CRLs+len(b.Aliases) == 0 && !b.Locked && b.PublicKeys == 0 {
		why := "nothing in it is a certificate or a key"
		if len(b.Defects) > 0 {
			why = b.Defects[0]
		}
		return b, fmt.Errorf("read certificate file: %s: %w", why, drover.ErrInvalid)
	}
	b.link()
	return b, nil
}

func (b *Bundle) defect(line int, why string, args ...any) {
	why = fmt.Sprintf(why, args...)
	if line > 0 {
		why = fmt.Sprintf("line %d: %s", line, why)
	}
	if len(b.Defects) < 100 {
		b.Defects = append(b.Defects, why)
	}
}

func (b *Bundle) full() bool { return len(b.Certs)+len(b.Keys) >= MaxItems }

// pem reads every block, in any order, whatever text stands around it.
func (b *Bundle) pem(data []byte) {
	line, begin := 1, []byte("-----BEGIN ")
	for {
		i := bytes.Index(data, begin)
		if i < 0 {
			return
		}
		if b.full() {
			b.defect(line, "more than %d blocks, the rest was not read", MaxItems)
			return
		}
		line += bytes.Count(data[:i], []byte("\n"))
		data = data[i:]
		label, _, ok := strings.Cut(string(data[len(begin):min(len(data), len(begin)+80)]), "-----")
		if !ok || strings.ContainsAny(label, "\n") {
			b.defect(line, "a BEGIN line that does not end")
			data = data[len(begin):]
			continue
		}
		end := []byte("-----END " + label + "-----")
		block := data
		if next := bytes.Index(data[len(begin):], begin); next >= 0 {
			block = data[:len(begin)+next]
		}
		j := bytes.Index(block, end)
		if j < 0 {
			b.defect(line, "%s block without its end", clip(label))
			data = data[len(begin):]
			continue
		}
		b.block(label, data[:j+len(end)], line)
		line += bytes.Count(data[:j], []byte("\n"))
		data = data[j+len(end):]
	}
}

// clip bounds a label before it is shown.
func clip(s string) string {
	if len(s) > 40 {
		s = s[:40]
	}
	return fmt.Sprintf("%q", s)
}

// block decodes one PEM block and hands it to its reader.
func (b *Bundle) block(label string, text []byte, line int) {
	headers, der, ok := unarmor(text)
	if !ok {
		b.defect(line, "%s block that is not base64", clip(label))
		if strings.HasSuffix(label, "PRIVATE KEY") {
			b.Keys = append(b.Keys, Key{Format: "unreadable", Line: line, Value: drover.Secret(text)})
		}
		return
	}
	value := drover.Secret(text)
	switch label {
	case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
		b.cert(der, line, "")
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		b.Requests++
	case "X509 CRL":
		b.CRLs++
	case "PKCS7", "CMS", "PKCS #7 SIGNED DATA":
		b.pkcs7(der, line)
	case "PUBLIC KEY", "RSA PUBLIC KEY", "SSH2 PUBLIC KEY":
		b.PublicKeys++
	case "OPENSSH PRIVATE KEY":
		b.openssh(der, value, line)
	case "ENCRYPTED PRIVATE KEY":
		b.Keys = append(b.Keys, Key{Format: "pkcs8-encrypted", Encrypted: true, Line: line, Value: value})
	case "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "PRIVATE KEY", "ANY PRIVATE KEY":
		k := Key{Format: pemFormat[label], Line: line, Value: value}
		if strings.Contains(headers["Proc-Type"], "ENCRYPTED") || headers["DEK-Info"] != "" {
			k.Encrypted, k.Format, k.Alg = true, "pem-encrypted", strings.TrimSuffix(strings.TrimSuffix(label, "PRIVATE KEY"), " ")
		} else if !k.fill(der) {
			b.defect(line, "%s that cannot be read", clip(label))
		}
		b.Keys = append(b.Keys, k)
	default:
		if strings.HasSuffix(label, "PRIVATE KEY") || strings.HasSuffix(label, "PRIVATE KEY BLOCK") {
			b.Keys = append(b.Keys, Key{Format: strings.ToLower(label), Line: line, Value: value})
		}
	}
}

var pemFormat = map[string]string{"RSA PRIVATE KEY": "pkcs1", "EC PRIVATE KEY": "sec1", "DSA PRIVATE KEY": "dsa", "PRIVATE KEY": "pkcs8", "ANY PRIVATE KEY": "pkcs8"}

// unarmor decodes a block, first as RFC 7468 has it, then with indentation,
// overlong lines and missing line ends forgiven.
func unarmor(text []byte) (headers map[string]string, der []byte, ok bool) {
	if p, _ := pem.Decode(text); p != nil {
		return p.Headers, p.Bytes, len(p.Bytes) > 0
	}
	headers = map[string]string{}
	_, body, _ := strings.Cut(string(text[10:]), "-----")
	body, _, _ = strings.Cut(body, "-----END")
	var b64 strings.Builder
	for l := range strings.Lines(body) {
		if k, v, ok := strings.Cut(l, ":"); ok {
			headers[strings.TrimSpace(k)] = strings.TrimSpace(v)
			continue
		}
		for _, f := range strings.Fields(l) {
			b64.WriteString(f)
		}
	}
	der, err := base64.StdEncoding.DecodeString(b64.String())
	if err != nil {
		der, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(b64.String(), "="))
	}
	return headers, der, err == nil && len(der) > 0
}

// binary reads DER: certificates one after another, PKCS#7, PKCS#12, keys; and
// the same in base64 without armour.
func (b *Bundle) binary(data []byte, o Options) {
	if len(data) > 0 && data[0] != 0x30 {
		text := strings.Join(strings.Fields(string(data)), "")
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(der) < 2 || der[0] != 0x30 {
			return
		}
		data = der
	}
	for len(data) > 0 && !b.full() {
		t, rest, ok := readTLV(data)
		if !ok || t.tag != tagSequence {
			if len(bytes.Trim(data, "\x00\r\n \t")) > 0 {
				b.defect(0, "%d bytes at the end are no DER", len(data))
			}
			return
		}
		b.der(t, o)
		data = rest
	}
}

// der reads one DER structure, told by the tags of its first members.
func (b *Bundle) der(t tlv, o Options) {
	m := t.members(4)
	var tagBytes []byte
	for _, e := range m {
		tagBytes = append(tagBytes, e.tag)
	}
	tags := string(tagBytes)
	value := drover.Secret(t.full)
	switch {
	case strings.HasPrefix(tags, "\x06") && oid(m[0].body) == oidSignedData:
		b.Format = "pkcs7"
		b.pkcs7(t.full, 0)
	case strings.HasPrefix(tags, "\x02\x30") && len(m) <= 3 && m[0].small() == 3:
		b.Format = "pkcs12"
		b.pkcs12(t, o)
	case strings.HasPrefix(tags, "\x02\x30\x04"), strings.HasPrefix(tags, "\x02\x02\x02"), strings.HasPrefix(tags, "\x02\x04"):
		b.Format = "der"
		k := Key{Format: map[byte]string{0x30: "pkcs8", 0x02: "pkcs1", 0x04: "sec1"}[m[1].tag], Value: value}
		if !k.fill(t.full) {
			b.defect(0, "a private key that cannot be read")
		}
		b.Keys = append(b.Keys, k)
	case tags == "\x30\x04":
		b.Format = "der"
		b.Keys = append(b.Keys, Key{Format: "pkcs8-encrypted", Encrypted: true, Value: value})
	case tags == "\x30\x03":
		b.PublicKeys++
	case strings.HasPrefix(tags, "\x30\x30\x03"):
		b.Format = "der"
		switch in := m[0].members(6); {
		case len(in) < 5 && in != nil && in[0].tag == tagInteger && (len(in) == 3 || len(in) == 4 && in[3].tag == 0xa0):
			b.Requests++ // version, subject, key, attributes (RFC 2986)
		case isCRL(m[0]):
			b.CRLs++
		default:
			b.cert(t.full, 0, "")
		}
	default:
		b.defect(0, "a DER structure that is neither certificate nor key")
	}
}

// isCRL tells a revocation list from a version 1 certificate: its third or
// fourth member is a time (RFC 5280 section 5.1).
func isCRL(tbs tlv) bool {
	for i, e := range tbs.members(5) {
		if i >= 2 && (e.tag == tagUTCTime || e.tag == tagTime) {
			return true
		}
	}
	return false
}
