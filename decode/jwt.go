package decode

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// JWT is a JSON Web Token (RFC 7519), read and not verified: everything in it
// is what its bearer says.
type JWT struct {
	Alg, KeyID, Type           string
	Issuer, Subject, ID        string
	Audience                   []string
	Issued, NotBefore, Expires time.Time    // zero: the claim is absent or no number
	Header, Claims             drover.Attrs // numbers as strings, spelled as written
	Signed                     bool         // has a signature part that is not empty
	Encrypted                  bool         // a JWE (RFC 7516): only the header can be read
}

// maxJWT is the largest token taken, in bytes; header lines end well before.
const maxJWT = 64 << 10

// ParseJWT reads the header and claims of a token in compact form, with or
// without the word Bearer before it.
func ParseJWT(s string) (JWT, error) {
	s = strings.TrimSpace(s)
	if len(s) > 7 && strings.EqualFold(s[:7], "bearer ") {
		s = strings.TrimSpace(s[7:])
	}
	if len(s) > maxJWT {
		return JWT{}, bad("JWT", 0, "%d bytes are over the limit of %d", len(s), maxJWT)
	}
	parts := strings.Split(s, ".")
	if len(parts) != 3 && len(parts) != 5 {
		return JWT{}, bad("JWT", 0, "%d parts between dots, want 3, or 5 when encrypted", len(parts))
	}
	header, err := jwtPart(parts[0])
	if err != nil {
		return JWT{}, err
	}
	t := JWT{Alg: header.str("alg"), KeyID: header.str("kid"), Type: header.str("typ"), Header: attrsOf(header)}
	if len(parts) == 5 {
		t.Encrypted = true
		return t, nil
	}
	t.Signed = parts[2] != ""
	claims, err := jwtPart(parts[1])
	if err != nil {
		return t, err
	}
	t.Issuer, t.Subject, t.ID = claims.str("iss"), claims.str("sub"), claims.str("jti")
	t.Audience = claims.strs("aud")
	t.Issued, t.NotBefore, t.Expires = unixTime(claims.str("iat")), unixTime(claims.str("nbf")), unixTime(claims.str("exp"))
	t.Claims = attrsOf(claims)
	return t, nil
}

func jwtPart(part string) (*value, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil {
		return nil, bad("JWT", 0, "a part is not base64url")
	}
	v, err := parseJSON("JWT", raw)
	if err != nil {
		return nil, err
	}
	if v.kind != kindMap {
		return nil, bad("JWT", 0, "a part is not a JSON object")
	}
	return v, nil
}

// attrsOf makes attributes of a map; nil when it is too large for them.
func attrsOf(v *value) drover.Attrs {
	a := drover.NewAttrs(v.plain())
	if a.Valid() != nil {
		return nil
	}
	return a
}

// unixTime reads seconds since 1970, fractions allowed (RFC 7519 section 2).
// Milliseconds, which some issuers write, are told by their size.
func unixTime(s string) time.Time {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f <= 0 || f > 1e15 {
		return time.Time{}
	}
	if f > 1e11 {
		f /= 1000
	}
	return time.Unix(int64(f), 0).UTC()
}
