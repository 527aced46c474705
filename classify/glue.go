package classify

import "strings"

// Words written without any border are read by dictionary: "zabbixldap",
// "opsmgract", "svcbuild". Such a reading is a sign for the verdict only; the
// slots of a name are never read from inside a longer word, unless digits end it
// (splitGlued).

const (
	minGlued = 5  // shorter words are too often a person's
	maxGlued = 32 // longer ones are not written by hand
)

// marks are words nothing else begins or ends with in a person's name.
var marks = [...]string{"svc", "srv", "gmsa"}

// marked reports whether a lone word begins with a mark of services, or ends in
// one: "svccrm", "tableausrv".
func marked(s string) bool {
	if len(s) < minGlued || len(s) > maxGlued {
		return false
	}
	for _, m := range marks {
		if strings.HasPrefix(s, m) || strings.HasSuffix(s, m) {
			return true
		}
	}
	return false
}

// glued reports whether a word is nothing but words of services put together,
// one of which says a function or a sort of service.
func (v *vocab) glued(s string) bool {
	if len(s) < minGlued || len(s) > maxGlued {
		return false
	}
	// reach[i]: s[:i] is made of words; bit 1: one of them counts.
	var reach [maxGlued + 1]uint8
	reach[0] = 1
	for i := range len(s) - 1 {
		if reach[i] == 0 || !v.glueStart[s[i]][s[i+1]] {
			continue
		}
		for j := i + 2; j <= len(s) && j-i <= v.maxGlue; j++ {
			if how := v.glue[s[i:j]]; how != 0 {
				reach[j] |= reach[i]
				if how == strong {
					reach[j] |= 2
				}
			}
		}
	}
	return reach[len(s)]&2 != 0
}

// compileGlue gathers the words that may stand glued: those of services of three
// letters and more, environments, and the fillers of the vocabulary.
func (v *vocab) compileGlue(fillers []string) {
	v.glue = map[string]strength{}
	put := func(w string, how strength) {
		if len(w) < 2 || v.glue[w] == strong {
			return
		}
		v.glue[w] = how
		v.glueStart[w[0]][w[1]] = true
		v.maxGlue = max(v.maxGlue, len(w))
	}
	for w, t := range v.types {
		if len(w) >= 3 {
			if t.how == strong || t.how == left {
				put(w, strong)
			} else {
				put(w, weak)
			}
		}
	}
	for w := range v.purposes {
		if len(w) >= 3 && strings.IndexByte(w, '-') < 0 {
			put(w, strong)
		}
	}
	for w, e := range v.envs {
		if e.how == strong && len(w) >= 3 {
			put(w, weak)
		}
	}
	for _, w := range fillers {
		put(w, weak)
	}
}

// sharedPart reports whether a word begins or ends with one of a thing that
// people share: "kioskcanteen", "conferenceroom".
func sharedPart(s string) bool {
	if len(s) < 7 || len(s) > maxGlued {
		return false
	}
	for _, m := range [...]string{"kiosk", "confroom", "meetingroom", "breakglass", "frontdesk", "helpdesk", "sharedmailbox"} {
		if strings.HasPrefix(s, m) || strings.HasSuffix(s, m) {
			return true
		}
	}
	return false
}
