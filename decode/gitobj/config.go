package gitobj

import (
	"strings"
)

// A Setting is one line of a git configuration file.
type Setting struct {
	Section    string // lower case
	Subsection string // as written: the name of a remote
	Key        string // lower case
	Value      string
	Line       int // counted from 1
}

// maxSettings bounds a configuration file.
const maxSettings = 100000

// ParseConfig reads a configuration file as git-config(1) describes its syntax:
// quotes, escapes, comments and continued lines included. Includes are not
// followed. What is no setting is passed over.
func ParseConfig(data []byte) []Setting {
	var out []Setting
	var s Setting
	lines := strings.Split(string(data), "\n")
	for i := 0; i < len(lines) && len(out) < maxSettings; i++ {
		line := strings.TrimSpace(lines[i])
		if strings.HasPrefix(line, "[") {
			s.Section, s.Subsection, line = parseHeading(line)
		}
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		s.Line, s.Key, s.Value = i+1, strings.ToLower(strings.TrimSpace(key)), ""
		if !ok {
			s.Value = "true" // a name alone
			out = append(out, s)
			continue
		}
		for strings.HasSuffix(value, `\`) && !strings.HasSuffix(value, `\\`) && i+1 < len(lines) {
			i++
			value = value[:len(value)-1] + lines[i]
		}
		s.Value = unquote(strings.TrimSpace(value))
		out = append(out, s)
	}
	return out
}

// parseHeading reads [section] and [section "sub"], and gives back what follows
// on the line.
func parseHeading(line string) (section, sub, rest string) {
	name := strings.TrimPrefix(line, "[")
	i := strings.IndexAny(name, " \t]\"")
	if i < 0 {
		return strings.ToLower(name), "", ""
	}
	section, name = strings.ToLower(name[:i]), strings.TrimLeft(name[i:], " \t")
	var b strings.Builder
	if strings.HasPrefix(name, `"`) {
		j := 1
		for ; j < len(name) && name[j] != '"'; j++ {
			if name[j] == '\\' && j+1 < len(name) {
				j++
			}
			b.WriteByte(name[j])
		}
		name = name[min(j+1, len(name)):]
	}
	if _, after, ok := strings.Cut(name, "]"); ok {
		rest = strings.TrimSpace(after)
	}
	return section, b.String(), rest
}

func unquote(v string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && i+1 < len(v):
			i++
			switch v[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			default:
				b.WriteByte(v[i])
			}
		case (c == '#' || c == ';') && !quoted:
			return strings.TrimRight(b.String(), " \t")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
