package cert

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// The tags that occur in certificates (X.690).
const (
	tagBoolean  = 0x01
	tagInteger  = 0x02
	tagBits     = 0x03
	tagOctets   = 0x04
	tagOID      = 0x06
	tagUTCTime  = 0x17
	tagTime     = 0x18
	tagSequence = 0x30
	tagSet      = 0x31
)

// A tlv is one encoded value. The reader takes any definite length, minimal or
// not: it describes what is there and judges nothing.
type tlv struct {
	tag        byte
	body, full []byte
}

func readTLV(b []byte) (t tlv, rest []byte, ok bool) {
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return tlv{}, nil, false
	}
	n, head := int(b[1]), 2
	if n&0x80 != 0 {
		k := n & 0x7f
		if k == 0 || k > 4 || len(b) < 2+k {
			return tlv{}, nil, false
		}
		n = 0
		for _, c := range b[2 : 2+k] {
			n = n<<8 | int(c)
		}
		head += k
	}
	if n > len(b)-head {
		return tlv{}, nil, false
	}
	return tlv{b[0], b[head : head+n], b[:head+n]}, b[head+n:], true
}

// members returns the first limit values inside, as far as they can be read.
func (t tlv) members(limit int) []tlv {
	var out []tlv
	for rest := t.body; len(rest) > 0 && len(out) < limit; {
		e, after, ok := readTLV(rest)
		if !ok {
			break
		}
		out, rest = append(out, e), after
	}
	return out
}

func (t tlv) first() tlv {
	e, _, _ := readTLV(t.body)
	return e
}

// small returns a small integer, -1 when it is none.
func (t tlv) small() int64 {
	if t.tag != tagInteger || len(t.body) == 0 || len(t.body) > 7 {
		return -1
	}
	return signed(t.body).Int64()
}

// signed reads two's complement.
func signed(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
	}
	return n
}

// oid prints an object identifier in dots; "" when it is broken.
func oid(b []byte) string {
	if len(b) == 0 || len(b) > 64 || b[len(b)-1]&0x80 != 0 {
		return ""
	}
	var out []string
	n := uint64(0)
	for _, c := range b {
		if n > 1<<56 {
			return ""
		}
		n = n<<7 | uint64(c&0x7f)
		if c&0x80 != 0 {
			continue
		}
		if out == nil {
			top := min(n/40, 2)
			out = append(out, strconv.FormatUint(top, 10))
			n -= top * 40
		}
		out = append(out, strconv.FormatUint(n, 10))
		n = 0
	}
	return strings.Join(out, ".")
}

// text decodes a string of any ASN.1 string type into valid UTF-8.
func (t tlv) text() string {
	switch t.tag {
	case 0x1e: // BMPString
		u := make([]uint16, 0, len(t.body)/2)
		for i := 0; i+1 < len(t.body); i += 2 {
			u = append(u, uint16(t.body[i])<<8|uint16(t.body[i+1]))
		}
		return string(utf16.Decode(u))
	case 0x1c: // UniversalString
		var b strings.Builder
		for i := 0; i+3 < len(t.body); i += 4 {
			b.WriteRune(rune(t.body[i])<<24 | rune(t.body[i+1])<<16 | rune(t.body[i+2])<<8 | rune(t.body[i+3]))
		}
		return b.String()
	case 0x14: // TeletexString, in practice Latin-1
		r := make([]rune, len(t.body))
		for i, c := range t.body {
			r[i] = rune(c)
		}
		return string(r)
	}
	return strings.ToValidUTF8(string(t.body), "\ufffd")
}

// name reads a distinguished name: its RFC 4514 form and the values by OID.
func (t tlv) name() (string, map[string][]string) {
	var rdns pkix.RDNSequence
	values := map[string][]string{}
	for _, set := range t.members(200) {
		var rdn pkix.RelativeDistinguishedNameSET
		for _, pair := range set.members(50) {
			m := pair.members(2)
			if len(m) < 2 {
				continue
			}
			id := oid(m[0].body)
			rdn = append(rdn, pkix.AttributeTypeAndValue{Type: toOID(id), Value: m[1].text()})
			values[id] = append(values[id], m[1].text())
		}
		rdns = append(rdns, rdn)
	}
	return rdns.String(), values
}

func toOID(s string) asn1.ObjectIdentifier {
	var out asn1.ObjectIdentifier
	for p := range strings.SplitSeq(s, ".") {
		n, _ := strconv.Atoi(p)
		out = append(out, n)
	}
	return out
}

// time reads UTCTime and GeneralizedTime, with or without seconds, with Z, with
// an offset or (against the rules) with nothing. Zero when it cannot be read.
func (t tlv) time() time.Time {
	s := string(t.body)
	if t.tag == tagUTCTime && len(s) > 2 {
		// RFC 5280 section 4.1.2.5.1: 50 and above is the last century.
		if s[0] >= '5' {
			s = "19" + s
		} else {
			s = "20" + s
		}
	}
	for _, layout := range []string{"20060102150405Z0700", "200601021504Z0700", "20060102150405", "200601021504", "20060102150405.999Z0700"} {
		if v, err := time.Parse(layout, s); err == nil {
			return v.UTC()
		}
	}
	return time.Time{}
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
