package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// mergeAttrs adds to the first object the keys that only later ones have. What
// would be over drover.MaxAttrs stays as the first object is.
func mergeAttrs(list []drover.Attrs) drover.Attrs {
	first := list[0]
	same := true
	for _, a := range list[1:] {
		same = same && (len(a) == 0 || bytes.Equal(a, first))
	}
	if same {
		return first
	}
	all := map[string]json.RawMessage{}
	for _, a := range list {
		var m map[string]json.RawMessage
		if len(a) == 0 || json.Unmarshal(a, &m) != nil {
			continue
		}
		for k, v := range m {
			if _, ok := all[k]; !ok {
				all[k] = v
			}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for i, k := range slices.Sorted(maps.Keys(all)) {
		b.WriteByte("{,"[min(i, 1)])
		_ = e.Encode(k) // a string always encodes
		b.Truncate(b.Len() - 1)
		b.WriteByte(':')
		b.Write(all[k])
	}
	b.WriteByte('}')
	if len(all) == 0 || b.Len() > drover.MaxAttrs {
		return first
	}
	return b.Bytes()
}

func compareStrings(a, b string) int { return strings.Compare(a, b) }

// sortBy sorts by a pair of strings.
func sortBy[T any](list []T, key func(T) [2]string) {
	slices.SortStableFunc(list, func(a, b T) int {
		x, y := key(a), key(b)
		return cmp.Or(strings.Compare(x[0], y[0]), strings.Compare(x[1], y[1]))
	})
}
