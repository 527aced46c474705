package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// idPrefix is the beginning of the short ids of a kind.
var idPrefix = map[drover.Kind]string{
	drover.KindIdentity: "idn", drover.KindCredential: "crd", drover.KindHuman: "hum", drover.KindGroup: "grp", drover.KindRole: "rol", drover.KindResource: "res",
	drover.KindWorkload: "wrk", drover.KindPolicy: "pol", drover.KindVendor: "ven", drover.KindPlace: "plc",
}

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// ShortID writes an entity id as people see it: the kind's prefix and 13 digits
// of Crockford's base 32, "idn_0k2m9qf3xw8zt".
func ShortID(kind drover.Kind, entity int64) string {
	b := []byte(idPrefix[kind] + "_0000000000000")
	for i, v := len(b)-1, uint64(entity); v > 0; i, v = i-1, v>>5 {
		b[i] = crockford[v&31]
	}
	return string(b)
}

// ParseShortID reads the digits of a short id, or of the beginning of one, as the
// range of entity ids that begin so. ok is false when text is no short id.
func ParseShortID(text string) (lo, hi int64, ok bool) {
	prefix, digits, found := strings.Cut(strings.ToLower(text), "_")
	known := false
	for _, p := range idPrefix {
		known = known || p == prefix
	}
	if !found || !known || digits == "" || len(digits) > 13 || digits[0] > '7' {
		return 0, 0, false
	}
	var v uint64
	for _, c := range digits {
		d := strings.IndexRune(crockford, c)
		if d < 0 {
			return 0, 0, false
		}
		v = v<<5 | uint64(d)
	}
	shift := uint(5 * (13 - len(digits)))
	low := v << shift
	return int64(low), int64(low | (1<<shift - 1)), true
}

// Facet counts the values of one column over the rows, most frequent first;
// unknown is "".
func (s *Snapshot) Facet(name string, rows []uint32) ([]Count, error) {
	col := s.Table().Columns[name]
	if col == nil || col.Codes == nil {
		return nil, fmt.Errorf("%s cannot be counted: %w", name, drover.ErrInvalid)
	}
	n := make([]int, len(col.Dict))
	for _, r := range rows {
		if col.Ends == nil {
			n[col.Codes[r]]++
			continue
		}
		from := uint32(0)
		if r > 0 {
			from = col.Ends[r-1]
		}
		for _, code := range col.Codes[from:col.Ends[r]] {
			n[code]++
		}
	}
	var out []Count
	for code, k := range n {
		if k > 0 {
			out = append(out, Count{col.Dict[code], k})
		}
	}
	slices.SortFunc(out, func(a, b Count) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return strings.Compare(a.Value, b.Value)
	})
	return out, nil
}

// A Count is one value of a facet.
type Count struct {
	Value string
	N     int
}
