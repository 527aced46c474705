package secret

import "strings"

// Redact returns b with every secret that the default rules find replaced by
// [REDACTED:<class>]. Text without secrets comes back as it is, not copied. A
// comment or path that allows a secret in a repository does not keep it here.
func Redact(b []byte) []byte {
	hits := Default().scan(&Input{Data: b}, false)
	if len(hits) == 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	at := 0
	for _, h := range hits {
		if h.End <= h.Start || h.End <= at {
			continue
		}
		if h.Start >= at {
			out = append(out, b[at:h.Start]...)
			out = append(out, "[REDACTED:"+h.Class+"]"...)
		}
		at = h.End
	}
	return append(out, b[at:]...)
}

// RedactString is Redact for a string.
func RedactString(s string) string {
	if len(s) < shortest || strings.TrimSpace(s) == "" {
		return s
	}
	b := Redact([]byte(s))
	if len(b) == len(s) && string(b) == s {
		return s
	}
	return string(b)
}

// shortest is less than the length of any value that a rule can find together
// with what makes it a secret.
const shortest = 6
