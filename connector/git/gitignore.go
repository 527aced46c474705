package git

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// An ignore list holds the patterns of gitignore(5) that hold in a folder, those
// of the folders above first.
type ignoreList []ignorePattern

type ignorePattern struct {
	base   string // the folder that the pattern is from: "" or "a/b/"
	re     *regexp.Regexp
	negate bool
	dirs   bool // folders only
}

const (
	maxIgnoreFile = 1 << 20
	maxPatterns   = 20000
)

// with returns the list and the patterns of one more file, if it is there.
func (l ignoreList) with(file, base string) ignoreList {
	info, err := os.Lstat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxIgnoreFile {
		return l
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return l
	}
	l = l[:len(l):len(l)]
	for line := range strings.Lines(string(data)) {
		if p, ok := parseIgnore(strings.TrimRight(line, "\r\n"), base); ok && len(l) < maxPatterns {
			l = append(l, p)
		}
	}
	return l
}

func parseIgnore(line, base string) (ignorePattern, bool) {
	p := ignorePattern{base: base}
	if !strings.HasSuffix(line, `\ `) {
		line = strings.TrimRight(line, " ")
	}
	if line == "" || line[0] == '#' || len(line) > 1000 {
		return p, false
	}
	if line[0] == '!' {
		p.negate, line = true, line[1:]
	}
	line, p.dirs = strings.CutSuffix(line, "/")
	anchored := strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	re := ignoreRegexp(line)
	if !anchored {
		re = "(?:.*/)?" + re
	}
	var err error
	p.re, err = regexp.Compile(`(?s)\A` + re + `\z`)
	return p, err == nil && line != ""
}

// ignoreRegexp differs from globRegexp in sets and escapes.
func ignoreRegexp(p string) string {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		end := strings.IndexByte(p[min(i+2, len(p)):], ']')
		switch {
		case strings.HasPrefix(p[i:], "**/"):
			b.WriteString("(?:.*/)?")
			i += 2
		case p[i:] == "**":
			b.WriteString(".*")
			i++
		case p[i] == '*':
			b.WriteString("[^/]*")
		case p[i] == '?':
			b.WriteString("[^/]")
		case p[i] == '\\' && i+1 < len(p):
			i++
			b.WriteString(regexp.QuoteMeta(p[i : i+1]))
		case p[i] == '[' && end >= 0:
			set := p[i+1 : i+2+end]
			if set[0] == '!' {
				set = "^" + set[1:]
			}
			b.WriteString("[" + strings.ReplaceAll(set, `\`, `\\`) + "]")
			i += end + 2
		default:
			b.WriteString(regexp.QuoteMeta(p[i : i+1]))
		}
	}
	return b.String()
}

// ignores reports whether the path, relative to the working tree, is ignored:
// the last pattern that matches decides.
func (l ignoreList) ignores(path string, dir bool) bool {
	for i := len(l) - 1; i >= 0; i-- {
		p := l[i]
		if rel, ok := strings.CutPrefix(path, p.base); ok && (dir || !p.dirs) && p.re.MatchString(rel) {
			return !p.negate
		}
	}
	return false
}

// excludes returns what a repository ignores beside its .gitignore files.
func excludes(common string) ignoreList {
	return ignoreList(nil).with(filepath.Join(common, "info", "exclude"), "")
}
