package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A Tag is what one person says of one identity with "drover tag". It wins over
// every other source, is versioned like any fact, and may end.
type Tag struct {
	Subject drover.Ref
	Key     string // one of TagKeys, or any other word of the house
	Value   string // "" takes the tag away
	By      string
	At      time.Time
	Until   time.Time // zero: no end
	Reason  string
}

// TagKeys are the keys that mean something to classification; every other key
// is a free tag.
var TagKeys = []string{"verdict", "nhi_type", "lifecycle", "purpose", "env", "function", "location", "instance", "data_class", "criticality", "regulation", "business_unit", "tier", "owner"}

// closed are the keys whose values are a closed list.
var closed = map[string][]string{
	"verdict":     {string(drover.VerdictNHI), string(drover.VerdictHuman), string(drover.VerdictShared), string(drover.VerdictUnknown)},
	"nhi_type":    words(drover.NHITypes),
	"lifecycle":   words(drover.Lifecycles),
	"data_class":  {"public", "internal", "confidential", "restricted"},
	"criticality": {"low", "medium", "high", "critical"},
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

const (
	maxKey   = 64
	maxValue = 1024
)

// ParseTag reads "key=value", or "key=" or "key-" to take a tag away. Keys are
// lower-case words of letters, digits, "_", "-", "." and ":". Errors wrap
// drover.ErrInvalid.
func ParseTag(s string) (key, value string, err error) {
	key, value, ok := strings.Cut(s, "=")
	if !ok {
		if k, cut := strings.CutSuffix(s, "-"); cut {
			key, ok = k, true
		}
	}
	if !ok {
		return "", "", fmt.Errorf("tag %q: write key=value, or key- to take it away: %w", bound(s), drover.ErrInvalid)
	}
	key = strings.TrimSpace(key)
	value = strings.TrimSpace(value)
	if err := ValidTag(key, value); err != nil {
		return "", "", err
	}
	return key, value, nil
}

// ValidTag checks a key and its value; "" as value takes the tag away.
func ValidTag(key, value string) error {
	if key == "" || len(key) > maxKey || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789_-.:") != "" {
		return fmt.Errorf("tag key %q: up to %d lower-case letters, digits, _ - . and : %w", bound(key), maxKey, drover.ErrInvalid)
	}
	if len(value) > maxValue {
		return fmt.Errorf("tag %s: its value of %d bytes is over the limit of %d: %w", key, len(value), maxValue, drover.ErrInvalid)
	}
	if value == "" {
		return nil
	}
	if key == "tier" {
		if n, err := strconv.Atoi(value); err != nil || n < 0 || n > 9 {
			return fmt.Errorf("tag tier: %q is no number from 0 to 9: %w", bound(value), drover.ErrInvalid)
		}
	}
	if list := closed[key]; list != nil && !slices.Contains(list, value) {
		return fmt.Errorf("tag %s: %q is none of %s%s: %w", key, bound(value), strings.Join(list, ", "), meant(value, list), drover.ErrInvalid)
	}
	return nil
}

// meant suggests the nearest word of a list, as ", did you mean …?", or "".
func meant(s string, list []string) string {
	best, at := "", 3
	if len(s) > 64 {
		return ""
	}
	for _, w := range list {
		if d := distance(strings.ToLower(s), w); d < at && d < max(len(w), 2) {
			best, at = w, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

// distance is the number of letters to insert, delete, replace or swap.
func distance(a, b string) int {
	prev2 := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur := make([]int, len(b)+1)
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev = prev, cur
	}
	return prev[len(b)]
}

func equalFold(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// bound cuts text for a message.
func bound(s string) string {
	if len(s) > 80 {
		return s[:80]
	}
	return s
}
