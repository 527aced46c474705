package risk

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/droverhq/drover"
)

// count writes a number and its noun: "1 other", "3 others".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

func days(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return "less than 2 hours"
	case d < 2*drover.Day:
		return strconv.Itoa(int(max(d, 0)/time.Hour)) + " hours"
	}
	return strconv.Itoa(int(d/drover.Day)) + " days"
}

// clean makes a word of a tag, which may be any text, fit for a sentence.
func clean(s string) string {
	var b strings.Builder
	for i, r := range []rune(s) {
		if i == 40 {
			return b.String() + "…"
		}
		if !unicode.IsPrint(r) {
			r = '·'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// list joins the names of regulations, which a policy of our users or a tag says.
func list(names []string) string {
	names = slices.Clone(names)
	for i := range names {
		names[i] = clean(names[i])
	}
	if len(names) > 4 {
		names = append(names[:4:4], strconv.Itoa(len(names)-4)+" more")
	}
	return strings.Join(names, ", ")
}
