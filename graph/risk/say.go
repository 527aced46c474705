package risk

import (
	"strconv"
	"strings"
	"time"

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
	if d < 2*drover.Day {
		return strconv.Itoa(int(max(d, 0)/time.Hour)) + " hours"
	}
	return strconv.Itoa(int(d/drover.Day)) + " days"
}

// list joins the names of regulations, which a policy of our users or a tag says.
func list(names []string) string {
	if len(names) > 4 {
		names = append(names[:4:4], strconv.Itoa(len(names)-4)+" more")
	}
	return strings.Join(names, ", ")
}
