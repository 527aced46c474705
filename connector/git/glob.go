package git

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/droverhq/drover"
)

// globs are path patterns: * and ? match within one name, ** across folders. A
// pattern without slash is asked of each name on the path; one that matches a
// folder matches all below it.
type globs struct {
	whole *regexp.Regexp // nil: none
}

// compileGlobs reads patterns; an error wraps drover.ErrInvalid.
func compileGlobs(patterns []string) (globs, error) {
	var parts []string
	for _, p := range patterns {
		p = strings.TrimSpace(p)
		if p == "" {
			continue
		}
		if len(p) > 1000 {
			return globs{}, fmt.Errorf("a pattern of %d bytes: %w", len(p), drover.ErrInvalid)
		}
		re := globRegexp(strings.Trim(p, "/"))
		if !strings.Contains(strings.TrimSuffix(p, "/"), "/") {
			re = "(?:.*/)?" + re
		}
		parts = append(parts, re+"(?:/.*)?")
	}
	if len(parts) == 0 {
		return globs{}, nil
	}
	re, err := regexp.Compile(`(?s)\A(?:` + strings.Join(parts, "|") + `)\z`)
	if err != nil {
		return globs{}, fmt.Errorf("patterns: %v: %w", err, drover.ErrInvalid)
	}
	return globs{re}, nil
}

func globRegexp(p string) string {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		switch {
		case strings.HasPrefix(p[i:], "**/"):
			b.WriteString("(?:.*/)?")
			i += 2
		case strings.HasPrefix(p[i:], "**"):
			b.WriteString(".*")
			i++
		case p[i] == '*':
			b.WriteString("[^/]*")
		case p[i] == '?':
			b.WriteString("[^/]")
		default:
			b.WriteString(regexp.QuoteMeta(p[i : i+1]))
		}
	}
	return b.String()
}

func (g globs) match(path string) bool { return g.whole != nil && g.whole.MatchString(path) }
