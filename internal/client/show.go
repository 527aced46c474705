package client

import (
	"fmt"
	"strings"
)

// curl is a request as a command line that does the same. The token stays a
// reference.
func (c *Client) curl(r request, body []byte) string {
	var b strings.Builder
	b.WriteString("curl -sS")
	if r.method != "GET" {
		fmt.Fprintf(&b, " -X %s", r.method)
	}
	base := c.base
	if base == "http://drover.local" {
		b.WriteString(` --unix-socket "$DROVER_HOME/drover.sock"`)
	} else {
		b.WriteString(` -H "Authorization: Bearer $DROVER_TOKEN"`)
	}
	if r.accept != "" {
		fmt.Fprintf(&b, " -H %s", quoted("Accept: "+r.accept))
	}
	if r.keyed {
		b.WriteString(` -H "Idempotency-Key: $(uuidgen)"`)
	}
	if r.match != "" {
		fmt.Fprintf(&b, " -H %s", quoted("If-Match: "+r.match))
	}
	if body != nil {
		fmt.Fprintf(&b, " -H 'Content-Type: application/json' --data %s", quoted(string(body)))
	}
	fmt.Fprintf(&b, " %s", quoted(c.url(r)))
	return b.String()
}

// quoted is a text as one word of a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
