package remedy

import (
	"strings"

	"github.com/droverhq/drover"
)

// maxTitle is the length past which the text of a fix is too long for a list.
const maxTitle = 60

// Title names the fix of one thing in a few words: its own text where that is
// short, else what is done and to what; object names it, "access key AKIA…".
func Title(f drover.Fix, object string) string {
	text := strings.TrimSuffix(f.Text, ".")
	if len(text) <= maxTitle || object == "" {
		return text
	}
	switch f.Action {
	case "rotate":
		return "Rotate " + object
	case "revoke":
		return "Revoke " + object + " and issue another"
	case "vault":
		return "Move " + object + " into a vault"
	case "federate":
		return "Replace " + object + " by federation"
	case "expire":
		return "Set an end for " + object
	case "narrow":
		return "Restrict " + object
	case "restrict_trust":
		return "Narrow who may become " + object
	case "disable":
		return "Switch " + object + " off"
	case "delete":
		return "Delete " + object
	case "split":
		return "Give each user of " + object + " its own"
	}
	for _, turn := range []string{"; ", " ("} {
		if i := strings.Index(text, turn); i > 0 {
			text = text[:i]
		}
	}
	return text
}
