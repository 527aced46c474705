package remedy

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
)

// GroupTitle names one act on several things: objects says how many and what
// they are, "14 access keys".
func GroupTitle(fixes []drover.Fix, objects string) string {
	words := map[string]string{"set_owner": "Name an owner for", "confirm_owner": "Ask the owners to confirm", "hand_over": "Hand over", "tag": "Mend the labels of", "review": "Decide about",
		"disable": "Disable", "delete": "Delete", "rotate": "Rotate", "revoke": "Revoke", "expire": "Set an end for"}
	if w := words[fixes[0].Action]; w != "" {
		return w + " " + objects
	}
	text := strings.TrimSuffix(fixes[0].Text, ".")
	if i := strings.LastIndex(text, " from "); i > 0 {
		return text[:i] + " from " + objects
	}
	return text + ", and the like on " + objects
}

// ByHand is how the findings of a check are ended by hand: pairs of a system and
// a text, in order of the systems.
func ByHand(c *check.Check) (list [][2]string) { return nil }
