package kubernetes

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/secret"
)

// maxLeaves bounds the texts of one object that are searched.
const maxLeaves = 5000

// searchValues searches settings that are written into an object, such as the
// values of a Helm release, for secrets; what it finds is stored in the holder.
func (c *cluster) searchValues(at spot, path string, raw json.RawMessage, out *connector.Out) {
	var v any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return
	}
	left := maxLeaves
	c.searchTree(at, path, "", v, 0, &left, out)
	if left < 0 {
		out.Note(at.where+" "+path, fmt.Sprintf("more than %d values; the rest is not searched", maxLeaves))
	}
}

func (c *cluster) searchTree(at spot, path, key string, v any, depth int, left *int, out *connector.Out) {
	if depth > maxRefDepth || *left < 0 {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		// {name: x, value: y} names a value, too: parameters of Argo CD, variables.
		if name, ok := v["name"].(string); ok {
			if s, ok := v["value"].(string); ok {
				c.searchTree(at, path+"["+cut(name, 128)+"]", name, s, depth+1, left, out)
				return
			}
		}
		for _, k := range sortedKeys(v) {
			c.searchTree(at, path+"."+cut(k, 128), k, v[k], depth+1, left, out)
		}
	case []any:
		for i, e := range v {
			c.searchTree(at, fmt.Sprintf("%s[%d]", path, i), key, e, depth+1, left, out)
		}
	case string:
		if *left--; *left >= 0 && v != "" {
			at.where += " " + cut(path, 512)
			c.found(at, key[strings.LastIndexByte(key, '.')+1:], v, out)
		}
	}
}

// withoutSecrets is a value of JSON in which texts that are secrets, by their name
// or their shape, are REDACTED: policies compare headers with them.
func withoutSecrets(v any, key string, depth int) any {
	if depth > maxRefDepth {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		name, _ := v["key"].(string) // {key: request.headers[x-token], values: […]}
		if _, inner, ok := strings.Cut(name, "["); ok {
			name = strings.TrimSuffix(inner, "]")
		}
		for k, e := range v {
			as := k
			if name != "" && (k == "values" || k == "notValues") {
				as = name
			}
			out[k] = withoutSecrets(e, as, depth+1)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = withoutSecrets(e, key, depth+1)
		}
		return out
	case string:
		return secret.RedactNamed(key, v)
	}
	return v
}

// policyText is the spec of a policy as it is kept: canonical, without secrets; ""
// where it is too long or none.
func policyText(raw json.RawMessage) string {
	var v any
	if len(raw) == 0 || len(raw) >= maxPolicy || json.Unmarshal(raw, &v) != nil {
		return ""
	}
	m, ok := withoutSecrets(v, "", 0).(map[string]any)
	if !ok {
		return ""
	}
	return string(drover.NewAttrs(m))
}
