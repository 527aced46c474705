package kubernetes

import (
	"encoding/json"
	"strconv"
	"time"
)

// mend makes of a manifest's object what its author meant, where the API server
// would refuse it: names, labels and annotations that YAML takes for a number or
// a boolean are texts, and a time that is none is absent.
func mend(o map[string]any) {
	mendLabels(o, 0)
	m, _ := o["metadata"].(map[string]any)
	for _, k := range []string{"name", "namespace", "uid", "generateName"} {
		if s, ok := scalarText(m[k]); ok {
			m[k] = s
		}
	}
	for _, k := range []string{"creationTimestamp", "deletionTimestamp"} {
		s, ok := m[k].(string)
		if _, err := time.Parse(time.RFC3339, s); m[k] != nil && (!ok || err != nil) {
			delete(m, k)
		}
	}
}

func mendLabels(v any, depth int) {
	if depth > maxRefDepth {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			mendLabels(e, depth+1)
		}
	case map[string]any:
		for k, e := range v {
			m, ok := e.(map[string]any)
			if !ok || k != "labels" && k != "annotations" && k != "matchLabels" {
				mendLabels(e, depth+1)
				continue
			}
			for name, x := range m {
				if s, ok := scalarText(x); ok {
					m[name] = s
				}
			}
		}
	}
}

// scalarText is the text of a number or boolean; ok is false for anything else.
func scalarText(v any) (s string, ok bool) {
	switch v := v.(type) {
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}
