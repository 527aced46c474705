package owner

import (
	"iter"
	"slices"
	"strings"
	"unicode"
)

// maxWords bounds how many words of a name are looked at: names are hostile text.
const maxWords = 24

// Words are the words of a name in lower case: "svc_BI-Export2" is svc, bi,
// export. Digits and signs part words, and so does a capital after a small
// letter.
func Words(name string) []string { return slices.Collect(EachWord(name)) }

// EachWord yields the words of a name, as Words lists them.
func EachWord(name string) iter.Seq[string] {
	name = name[:min(len(name), 512)]
	return func(yield func(string) bool) {
		n, from, small, plain := 0, -1, false, true
		end := func(to int) bool {
			w := ""
			if from >= 0 {
				w = name[from:to]
			}
			from = -1
			if w == "" {
				return true
			}
			if !plain {
				w = strings.ToLower(w)
			}
			plain = true
			n++
			return yield(w) && n < maxWords
		}
		for i, r := range name {
			if !unicode.IsLetter(r) {
				if !end(i) {
					return
				}
				small = false
				continue
			}
			upper := unicode.IsUpper(r)
			if upper && small && !end(i) {
				return
			}
			small = unicode.IsLower(r)
			plain = plain && !upper && r < unicode.MaxASCII
			if from < 0 {
				from = i
			}
		}
		end(len(name))
	}
}

// filler are words of team names that tell no team from another.
var filler = []string{"team", "teams", "squad", "group", "department", "dept", "the", "and", "of", "for", "eng", "engineering", "engineers", "developers", "devs", "dev", "ops", "operations", "services", "service",
	"unit", "org", "maintainers", "owners", "admins", "admin", "members", "users", "prod", "all", "staff", "global", "it", "core", "reviewers", "approvers", "writers"}

// TeamWords are the words by which a team is told from others: "team-bi" is bi,
// "Data Platform Engineering" is data, platform. All words where none would be
// left. Of "org/team" it is the team.
func TeamWords(team string) []string {
	if i := strings.LastIndexByte(team, '/'); i >= 0 && i+1 < len(team) {
		team = team[i+1:]
	}
	all := Words(team)
	own := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return slices.Contains(filler, w) })
	if len(own) == 0 {
		return all
	}
	return own
}

// InName reports whether the words of a team stand together in the words of a
// name, in their order: "data", "platform" in svc-data-platform-sync. A word of
// one letter is no word.
func InName(team, name []string) bool {
	if len(team) == 0 || len(team) == 1 && len(team[0]) < 2 {
		return false
	}
	for i := 0; i+len(team) <= len(name); i++ {
		if slices.EqualFunc(team, name[i:i+len(team)], sameWord) {
			return true
		}
	}
	return len(team) > 1 && slices.ContainsFunc(name, func(w string) bool { return w == strings.Join(team, "") })
}

// sameWord takes a plural for its singular: payment, payments.
func sameWord(a, b string) bool {
	return a == b || len(a) > 3 && len(b) > 3 && strings.TrimSuffix(a, "s") == strings.TrimSuffix(b, "s")
}
