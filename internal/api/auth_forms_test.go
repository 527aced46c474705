package api_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
)

// forms are the ways in which a value could lie about: as it is, its random part,
// and encoded.
func forms(v string) map[string]string {
	_, random, _ := strings.Cut(v, "_")
	return map[string]string{
		"as it is": random, "in base64": base64.StdEncoding.EncodeToString([]byte(v))[4:40], "in base64 for URLs": base64.RawURLEncoding.EncodeToString([]byte(random)),
		"in hex": hex.EncodeToString([]byte(random)), "in upper hex": strings.ToUpper(hex.EncodeToString([]byte(random))), "quoted for URLs": url.QueryEscape(random), "backwards": backwards(random),
	}
}

func backwards(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
