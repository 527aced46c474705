package connectortest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// NoCanary fails the test if text holds a canary: as it is, escaped as JSON or
// URLs do, in hex, in base64 at any offset, or as a plain hash (MD5, SHA-1,
// SHA-256, SHA-512, cut to no less than half of the shortest), which can be
// guessed offline. It never prints a canary.
func NoCanary(t testing.TB, text string, canaries []string) {
	t.Helper()
	lower := strings.ToLower(text)
	for i, c := range canaries {
		if how := leak(text, lower, c); how != "" {
			t.Errorf("canary %d came out %s", i, how)
		}
	}
}

// leak says how the canary stands in text, "" if it does not.
func leak(text, lower, canary string) string {
	if len(canary) < minCanary {
		return "" // so short that it stands anywhere
	}
	raw := []byte(canary)
	quoted, _ := json.Marshal(canary)
	for _, f := range [][2]string{
		{"as it is", canary}, {"in JSON", strings.Trim(string(quoted), `"`)}, {"percent-encoded", url.QueryEscape(canary)}, {"path-encoded", url.PathEscape(canary)},
	} {
		if strings.Contains(text, f[1]) {
			return f[0]
		}
	}
	if strings.Contains(lower, hex.EncodeToString(raw)) {
		return "in hex"
	}
	for _, form := range base64Forms(raw) {
		if strings.Contains(text, form) {
			return "in base64"
		}
	}
	for _, line := range []string{canary, canary + "\n"} {
		for how, sum := range sums([]byte(line)) {
			if strings.Contains(lower, hex.EncodeToString(sum)[:hashDigits]) {
				return "as its " + how + " in hex"
			}
			for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
				if strings.Contains(text, enc.EncodeToString(sum)[:hashDigits]) {
					return "as its " + how + " in base64"
				}
			}
		}
	}
	return ""
}

const (
	minCanary  = 6  // bytes
	hashDigits = 16 // of a hash: too many to stand somewhere by chance
)

// base64Forms are what raw looks like in base64 whatever stands before and after
// it: at each of the three offsets, without the characters that neighbours share.
func base64Forms(raw []byte) []string {
	var forms []string
	for offset := range 3 {
		bits := (offset + len(raw)) * 8
		first, last := (offset*8+5)/6, bits/6
		if last-first < minCanary {
			continue
		}
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			forms = append(forms, enc.EncodeToString(append(make([]byte, offset), raw...))[first:last])
		}
	}
	return forms
}

func sums(b []byte) map[string][]byte {
	m, s1, s2, s5 := md5.Sum(b), sha1.Sum(b), sha256.Sum256(b), sha512.Sum512(b)
	return map[string][]byte{"MD5": m[:], "SHA-1": s1[:], "SHA-256": s2[:], "SHA-512": s5[:]}
}
