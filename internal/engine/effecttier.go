package engine

import "strings"

// asksTierZero reports whether a text asks for everything of tier 0.
func asksTierZero(text string) bool {
	switch strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text)), " ", "") {
	case "tier0", "tier=0", "tier:0", "tag:tier0", "tag=tier0":
		return true
	}
	return false
}

// tierZero is the filter that such a text means, or the text.
func tierZero(text string) string {
	if asksTierZero(text) {
		return "tier=0 OR tag:tier0"
	}
	return text
}
