package decode

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
)

// maxOwnerLines and maxLineOwners bound a CODEOWNERS file, and maxOwnerDepth the
// parts of a pattern or path that are compared.
const (
	maxOwnerLines = 20000
	maxLineOwners = 100
	maxOwnerDepth = 128
)

// CodeOwners is a file that says who owns which paths of a repository (GitHub
// "About code owners", GitLab "Code Owners").
type CodeOwners struct {
	Rules []CodeOwnersRule // in the order of their lines
}

// A CodeOwnersRule is one line: a pattern of paths and whom it names. Without
// owners it takes paths out of what an earlier line gave.
type CodeOwnersRule struct {
	Pattern  string
	Owners   []string // as written: "@org/team", "@user", "a@b.example"
	Line     int      // from 1
	Section  string   // GitLab's, in lower case; "" at GitHub and before the first
	Optional bool     // of a GitLab section that asks nobody's approval
}

// ParseCodeOwners reads a CODEOWNERS file. Of one with more lines than it reads it
// returns the first ones beside an error.
func ParseCodeOwners(data []byte) (CodeOwners, error) {
	var c CodeOwners
	var section string
	var optional bool
	var usual []string // owners of the section's lines that name nobody
	n := 0
	for line := range strings.Lines(string(data)) {
		if n++; n > maxOwnerLines {
			return c, fmt.Errorf("CODEOWNERS:%d: lines after %d are not read: %w", n, maxOwnerLines, drover.ErrInvalid)
		}
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if name, rest, opt, ok := ownersSection(line); ok {
			section, optional, usual = name, opt, ownerWords(strings.Fields(rest))
			continue
		}
		fields := strings.Fields(strings.ReplaceAll(line, `\ `, "\x00"))
		if len(fields) == 0 {
			continue
		}
		r := CodeOwnersRule{Pattern: strings.ReplaceAll(fields[0], "\x00", " "), Owners: ownerWords(fields[1:]), Line: n, Section: section, Optional: optional}
		if strings.HasPrefix(r.Pattern, `\#`) {
			r.Pattern = r.Pattern[1:]
		}
		if len(r.Owners) == 0 {
			r.Owners = usual
		}
		c.Rules = append(c.Rules, r)
	}
	return c, nil
}

// ownersSection reads a heading of GitLab: "[Name]", "^[Optional]", "[Name][2]
// @default".
func ownersSection(line string) (name, rest string, optional, ok bool) {
	line, optional = strings.CutPrefix(line, "^")
	body, found := strings.CutPrefix(line, "[")
	if !found {
		return "", "", false, false
	}
	name, rest, ok = strings.Cut(body, "]")
	if count, found := strings.CutPrefix(rest, "["); found {
		if digits, after, closed := strings.Cut(count, "]"); closed && strings.Trim(digits, "0123456789") == "" {
			rest = after
		}
	}
	return strings.ToLower(strings.TrimSpace(name)), rest, optional, ok
}

// ownerWords are the owners of a line, up to a comment.
func ownerWords(fields []string) (owners []string) {
	for _, f := range fields {
		if strings.HasPrefix(f, "#") || len(owners) == maxLineOwners {
			break
		}
		owners = append(owners, strings.ReplaceAll(f, "\x00", `\ `))
	}
	return owners
}

// Match returns the rules that decide for a path, which is written with slashes
// and without one at its beginning: of each section the last that covers it. A
// rule without owners means that nobody is named.
func (c *CodeOwners) Match(path string) (out []CodeOwnersRule) {
	at := map[string]int{}
	for _, r := range c.Rules {
		if !CodeOwnersCover(r.Pattern, path) {
			continue
		}
		if i, ok := at[r.Section]; ok {
			out[i] = r
			continue
		}
		at[r.Section] = len(out)
		out = append(out, r)
	}
	return out
}

// CodeOwnersCover reports whether a pattern of a CODEOWNERS file covers a path.
// Patterns are those of gitignore(5) without "!" and "[ ]", and "docs/*" covers
// what lies in docs, not below (GitHub "About code owners", syntax).
func CodeOwnersCover(pattern, path string) bool {
	pattern, rooted := strings.CutPrefix(pattern, "/")
	pattern, below := strings.CutSuffix(pattern, "/")
	path = strings.Trim(path, "/")
	if pattern == "" || path == "" || strings.HasPrefix(pattern, "!") {
		return pattern == "" && rooted && path != "" // "/" is the whole repository
	}
	p, t := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(p) > maxOwnerDepth || len(t) > maxOwnerDepth {
		return false
	}
	if !rooted && len(p) == 1 {
		p = append([]string{"**"}, p...)
	}
	switch last := p[len(p)-1]; {
	case below:
		p = append(p, "**", "*") // what lies in the folder
	case last != "*" && last != "**":
		return coverParts(p, t) || coverParts(append(p, "**", "*"), t)
	case last == "*" && len(p) == 2 && p[0] == "**":
		return true // "*" covers everything
	}
	return coverParts(p, t)
}

// coverParts matches parts of a pattern with those of a path, "**" with any
// number of them, in a table of one bit for each pair.
func coverParts(p, t []string) bool {
	row := make([]bool, len(t)+1)
	row[0] = true
	for _, part := range p {
		next := make([]bool, len(t)+1)
		if part == "**" {
			for i, reached := 0, false; i <= len(t); i++ {
				reached = reached || row[i]
				next[i] = reached
			}
		} else {
			for i := range t {
				next[i+1] = row[i] && coverPart(part, t[i])
			}
		}
		row = next
	}
	return row[len(t)]
}

// coverPart matches one part with * and ?.
func coverPart(p, t string) bool {
	i, j, star, back := 0, 0, -1, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, back = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i, j = i+1, j+1
		case star >= 0:
			back++
			i, j = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(p[i:], "*") == ""
}
