package aws

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/droverhq/drover/connector"
)

// sharedKeys are the condition keys whose values work only as long as nobody else
// knows them: whoever knows an external id, or the referer or user agent that a
// policy waits for, can say the same (IAM User Guide, "Access to AWS accounts
// owned by third parties" and "Global condition keys").
var sharedKeys = []string{"sts:ExternalId", "aws:Referer", "aws:UserAgent"}

func sharedKey(name string) (string, bool) {
	i := slices.IndexFunc(sharedKeys, func(k string) bool { return strings.EqualFold(k, name) })
	if i < 0 {
		return "", false
	}
	return sharedKeys[i], true
}

// seal puts fingerprints in the place of the shared secrets in the conditions of
// a policy, and names the condition keys whose values it replaced, sorted. The
// same value has the same fingerprint everywhere, so that what shares one is
// seen to. All else stays byte by byte.
func (a *account) seal(body string) (sealed string, keys []string) {
	lower := strings.ToLower(body)
	if !strings.Contains(body, `\`) && !slices.ContainsFunc(sharedKeys, func(k string) bool { return strings.Contains(lower, strings.ToLower(k)) }) {
		return body, nil
	}
	var out bytes.Buffer
	done := 0
	d := jsontext.NewDecoder(strings.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		kind, depth := d.PeekKind(), d.StackDepth()
		t, err := d.ReadToken()
		if err != nil {
			break
		}
		if kind != '"' || depth == 0 {
			continue
		}
		if in, n := d.StackIndex(depth); in != '{' || n%2 != 1 {
			continue // a value
		}
		key, ok := sharedKey(t.String())
		if !ok {
			continue
		}
		v, err := d.ReadValue()
		if err != nil {
			break
		}
		if with := a.sealValue(v); !bytes.Equal(with, v) {
			out.WriteString(body[done : int(d.InputOffset())-len(v)])
			out.Write(with)
			done = int(d.InputOffset())
			keys = append(keys, key)
		}
	}
	out.WriteString(body[done:])
	sealed = out.String()
	if !json.Valid([]byte(body)) { // what cannot be told apart is not shown
		sealed = looseSecret.ReplaceAllStringFunc(sealed, func(s string) string {
			m := looseSecret.FindStringSubmatchIndex(s)
			key, _ := sharedKey(s[m[2]:m[3]])
			keys = append(keys, key)
			return s[:m[4]] + `"` + a.fingerprint(s[m[4]:]) + `"`
		})
	}
	return sealed, sorted(keys)
}

// looseSecret is a shared key and what follows it up to the end of its object.
var looseSecret = regexp.MustCompile(`(?is)["']?(sts:ExternalId|aws:Referer|aws:UserAgent)["']?\s*[:=]\s*([^}]*)`)

// sealValue replaces the texts in the value of a shared key. One that every value
// passes, a variable, and whether there must be one at all are no secrets.
func (a *account) sealValue(v jsontext.Value) []byte {
	var one any
	if in := json.NewDecoder(bytes.NewReader(v)); true {
		in.UseNumber() // of numbers, too, IAM takes the text
		if in.Decode(&one) != nil {
			return []byte(`"[REDACTED]"`)
		}
	}
	changed := false
	var walk func(any) any
	walk = func(x any) any {
		switch x := x.(type) {
		case string:
			if open := strings.Trim(x, "*?") == "" || x == "true" || x == "false" || strings.HasPrefix(x, "${") && strings.Count(x, "}") == 1 && strings.HasSuffix(x, "}"); !open {
				changed = true
				return a.fingerprint(x)
			}
		case []any:
			for i := range x {
				x[i] = walk(x[i])
			}
		case map[string]any:
			for k := range x {
				x[k] = walk(x[k])
			}
		case json.Number:
			changed = true
			return a.fingerprint(x.String())
		}
		return x
	}
	one = walk(one)
	if !changed {
		return v
	}
	b, err := json.Marshal(one)
	if err != nil {
		return []byte(`"[REDACTED]"`)
	}
	return b
}

// fingerprint stands for a secret value.
func (a *account) fingerprint(value string) string {
	if a.scan == nil || a.scan.Session == nil || a.scan.Fingerprints == nil {
		return "[REDACTED]"
	}
	return string(a.scan.Fingerprints.Of([]byte(value)))
}

// setDocument emits a policy and sets its hash as an attribute, and beside it
// whose values in the document are fingerprints.
func (a *account) setDocument(out *connector.Out, attrs map[string]any, key, body string) {
	if body == "" {
		return
	}
	hash, keys := a.document(out, body)
	attrs[key] = hash
	if len(keys) > 0 {
		attrs[key+"_fingerprinted"] = keys
	}
}

// sealed is seal for a policy that may not be there.
func (a *account) sealed(body *string) *string {
	if body == nil {
		return nil
	}
	s, _ := a.seal(*body)
	return &s
}

// fortyRun is what can be the secret half of an access key: 40 letters, digits,
// slashes and plus signs (IAM User Guide, "Manage access keys").
var fortyRun = regexp.MustCompile(`[A-Za-z0-9/+]{40,}`)

// bareKeys takes the secret halves of access keys out of a text in which nothing
// says what they are. The names of commits have no capitals.
func bareKeys(s string) string {
	return fortyRun.ReplaceAllStringFunc(s, func(run string) string {
		has := func(set string) bool { return strings.ContainsAny(run, set) }
		seen := map[rune]bool{}
		for _, r := range run {
			seen[r] = true
		}
		if len(run) != 40 || len(seen) < 18 || !has("ABCDEFGHIJKLMNOPQRSTUVWXYZ") || !has("abcdefghijklmnopqrstuvwxyz") || !has("0123456789") {
			return run
		}
		return "[REDACTED]"
	})
}
