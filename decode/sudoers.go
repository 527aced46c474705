package decode

import (
	"slices"
	"strings"
)

const (
	maxAlias  = 8     // how deep aliases inside aliases are unfolded
	maxUnfold = 10000 // members of one list, aliases unfolded
	// maxSteps is how many members all lists of a file are unfolded to; those
	// after it keep the names of their aliases.
	maxSteps = 1 << 20
)

// sudoAliases are the aliases of a file, and what is left for unfolding them.
type sudoAliases struct {
	members map[string][]string
	steps   int
}

// ParseSudoers reads sudoers(5): every user specification with its aliases
// unfolded. Defaults and includes are not followed.
func ParseSudoers(data []byte) ([]SudoRule, error) {
	data, err := clean("sudoers", data)
	if err != nil {
		return nil, err
	}
	all := continued(data)
	aliases := &sudoAliases{members: map[string][]string{}, steps: maxSteps}
	bads := complaints{format: "sudoers"}
	var out []SudoRule
	for pass := range 2 {
		for _, l := range all {
			t := sudoComment(l.text)
			if t == "" || strings.HasPrefix(t, "@") || strings.HasPrefix(t, "Defaults") {
				continue
			}
			kind, rest := fieldsOff(t, 1)
			if strings.HasSuffix(kind, "_Alias") {
				if pass == 0 {
					for def := range strings.SplitSeq(rest, ":") {
						if name, list, ok := strings.Cut(def, "="); ok {
							aliases.members[strings.TrimSpace(name)] = commaList(list)
						}
					}
				}
				continue
			}
			if pass == 1 {
				rules, ok := sudoRules(t, l.n, aliases)
				if !ok {
					bads.add(l.n, "not a user specification")
				}
				out = append(out, rules...)
			}
		}
	}
	if aliases.steps <= 0 {
		bads.add(0, "aliases that unfold to more than %d members are left as they are", maxSteps)
	}
	return out, bads.err()
}

// sudoComment drops comments; "#1000" is a user id and "#include" old grammar.
func sudoComment(s string) string {
	t := strings.TrimSpace(s)
	if strings.HasPrefix(t, "#") && (len(t) < 2 || t[1] < '0' || t[1] > '9') {
		return ""
	}
	for i := 1; i < len(t); i++ {
		if t[i] == '#' && t[i-1] != '\\' && (i+1 >= len(t) || t[i+1] < '0' || t[i+1] > '9') {
			return strings.TrimSpace(t[:i])
		}
	}
	return t
}

func commaList(s string) []string {
	var out []string
	for e := range strings.SplitSeq(s, ",") {
		if e = strings.TrimSpace(e); e != "" {
			out = append(out, e)
		}
	}
	return out
}

// unfold replaces aliases; a negated alias keeps its mark on every member.
func (a *sudoAliases) unfold(list []string, depth int) []string {
	var out []string
	for _, e := range list {
		name := strings.TrimLeft(e, "!")
		members, ok := a.members[name]
		if !ok || depth > maxAlias || a.steps <= 0 {
			out = append(out, e)
			continue
		}
		a.steps -= 1 + len(members)
		for _, m := range a.unfold(members, depth+1) {
			out = append(out, e[:len(e)-len(name)]+m)
		}
		if len(out) > maxUnfold {
			a.steps = 0
			return out[:maxUnfold]
		}
	}
	return out
}

// sudoRules reads "who hosts = (runas) TAG: command, … : hosts = …".
func sudoRules(t string, line int, aliases *sudoAliases) ([]SudoRule, bool) {
	var who []string
	var out []SudoRule
	for n, part := range sudoParts(t) {
		left, rest, ok := strings.Cut(part, "=")
		if n == 0 {
			i := strings.LastIndexAny(strings.TrimRight(left, " \t"), " \t")
			if !ok || i < 0 {
				return nil, false
			}
			who, left = aliases.unfold(commaList(strings.ReplaceAll(left[:i], `\ `, " ")), 0), left[i:]
		}
		rules, good := sudoSpec(SudoRule{Who: who, Hosts: aliases.unfold(commaList(left), 0), Line: line}, rest, aliases)
		out = append(out, rules...)
		if !ok || !good {
			return out, false
		}
	}
	return out, len(out) > 0
}

// sudoParts splits at the colons that begin another list of hosts: those that
// are neither escaped, nor in parentheses, nor behind a tag.
func sudoParts(t string) []string {
	var out []string
	depth, start, word := 0, 0, 0
	for i := 0; i < len(t); i++ {
		switch c := t[i]; c {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			depth = max(depth-1, 0)
			word = i + 1
		case ',', '=':
			word = i + 1
		case ':':
			if before := strings.TrimSpace(t[min(word, i):i]); depth == 0 && !sudoTag(before) && !strings.HasPrefix(before, "sha") {
				out = append(out, strings.TrimSpace(t[start:i]))
				start = i + 1
			}
			word = i + 1
		}
	}
	return append(out, strings.TrimSpace(t[start:]))
}

// sudoSpec reads "(runas) TAG: command, …" for one list of hosts.
func sudoSpec(base SudoRule, rest string, aliases *sudoAliases) ([]SudoRule, bool) {
	var out []SudoRule
	now := base
	emit := func() {
		if len(now.Commands) > 0 {
			now.Commands = aliases.unfold(now.Commands, 0)
			out = append(out, now)
		}
	}
	for _, c := range sudoCommands(rest) {
		next := now
		next.Commands = nil
		if strings.HasPrefix(c, "(") {
			run, after, ok := strings.Cut(c[1:], ")")
			if !ok {
				return out, false
			}
			users, groups, _ := strings.Cut(run, ":")
			next.RunAs, next.RunAsGroup = aliases.unfold(commaList(users), 0), aliases.unfold(commaList(groups), 0)
			c = strings.TrimSpace(after)
		}
		for {
			tag, after, ok := strings.Cut(c, ":")
			if tag = strings.TrimSpace(tag); !ok || !sudoTag(tag) {
				break
			}
			switch tag {
			case "NOPASSWD", "PASSWD":
				next.NoPasswd = tag == "NOPASSWD"
			case "SETENV", "NOSETENV":
				next.SetEnv = tag == "SETENV"
			}
			c = strings.TrimSpace(after)
		}
		if next.NoPasswd != now.NoPasswd || next.SetEnv != now.SetEnv || !slices.Equal(next.RunAs, now.RunAs) || !slices.Equal(next.RunAsGroup, now.RunAsGroup) {
			emit()
			now = next
		}
		if c != "" {
			now.Commands = append(now.Commands, c)
		}
	}
	emit()
	return out, len(out) > 0
}

// sudoTag reports a tag of sudoers(5), "Tag_Spec": other words in upper case are
// aliases.
func sudoTag(s string) bool {
	switch strings.TrimPrefix(s, "NO") {
	case "EXEC", "FOLLOW", "INTERCEPT", "LOG_INPUT", "LOG_OUTPUT", "MAIL", "PASSWD", "SETENV":
		return true
	}
	return false
}

// sudoCommands splits at commas that are neither escaped nor in parentheses.
func sudoCommands(s string) []string {
	var out []string
	var b strings.Builder
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
			continue
		case c == '(':
			depth++
		case c == ')':
			depth = max(depth-1, 0)
		case c == ',' && depth == 0:
			out = append(out, strings.TrimSpace(b.String()))
			b.Reset()
			continue
		}
		b.WriteByte(s[i])
	}
	return append(out, strings.TrimSpace(b.String()))
}
