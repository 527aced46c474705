package remedy

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
)

// plural begins the title of one act on several things, by remedy.
var plural = map[string]string{
	"set_owner": "Name an owner for", "confirm_owner": "Ask the owners to confirm", "hand_over": "Hand over", "tag": "Mend the labels of", "review": "Decide about",
	"disable": "Disable", "delete": "Delete", "rotate": "Rotate", "revoke": "Revoke and replace", "expire": "Set an end for", "vault": "Move into a vault", "federate": "Replace by federation",
	"narrow": "Restrict what they may do:", "restrict_trust": "Narrow who may become", "split": "Give each user its own instead of", "pin": "Pin versions in", "configure": "Change a setting of",
}

// GroupTitle names one act on several things: objects says how many and what
// they are, "14 access keys". Of a Detach, the title names what is taken away.
func GroupTitle(fixes []drover.Fix, objects string) string {
	if len(fixes) == 0 {
		return objects
	}
	same := fixes[0].Text
	for _, f := range fixes[1:] {
		for !strings.HasPrefix(f.Text, same) {
			same = same[:len(same)-1]
		}
	}
	if fixes[0].Action == "detach" {
		if i := strings.LastIndex(same, " from "); i > 0 {
			return strings.Replace(same[:i], "Take ", "Remove ", 1) + " from " + objects
		}
	}
	if w := plural[fixes[0].Action]; w != "" {
		return w + " " + objects
	}
	return strings.ToUpper(fixes[0].Action[:1]) + strings.ReplaceAll(fixes[0].Action[1:], "_", " ") + ": " + objects
}

// ByHand is how the findings of a check are ended by hand: pairs of a system and
// a text, in order of the systems. The best remedy that says something of a system
// counts; "" is any other system.
func ByHand(c *check.Check) (list [][2]string) {
	texts := map[string]string{}
	for _, id := range c.Fix {
		r, ok := Find(id)
		if !ok {
			continue
		}
		for system, text := range r.ByHand {
			if _, have := texts[system]; !have && (system == "" || len(c.Systems) == 0 || slices.Contains(c.Systems, system)) {
				texts[system] = text
			}
		}
	}
	systems := make([]string, 0, len(texts))
	for s := range texts {
		systems = append(systems, s)
	}
	slices.Sort(systems)
	for _, s := range systems {
		if s != "" {
			list = append(list, [2]string{s, texts[s]})
		}
	}
	if t := texts[""]; t != "" {
		list = append(list, [2]string{"", t})
	}
	return list
}

// Find is the remedy of an id.
func Find(id string) (*Remedy, bool) {
	i := slices.IndexFunc(All, func(r Remedy) bool { return r.ID == id })
	if i < 0 {
		return nil, false
	}
	return &All[i], true
}
