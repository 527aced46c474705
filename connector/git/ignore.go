package git

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// allowed are findings that somebody has looked at and wants left out. Each line
// of a .gitleaksignore names one as commit:file:rule:line, or, in every commit,
// as file:rule:line; our own allow file takes fingerprints beside them.
type allowed struct {
	lines  map[string]bool
	prints map[drover.Fingerprint]bool
}

const maxAllowFile = 16 << 20

func parseAllowed(data []byte) *allowed {
	a := &allowed{map[string]bool{}, map[drover.Fingerprint]bool{}}
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		switch line = strings.TrimSpace(line); {
		case line == "":
		case strings.HasPrefix(line, "hs256:"):
			a.prints[drover.Fingerprint(line)] = true
		default:
			a.lines[strings.ReplaceAll(line, `\`, "/")] = true
		}
	}
	return a
}

// readAllowFile reads the file of option allow_file; "" is an empty one.
func readAllowFile(path string) (*allowed, error) {
	if path == "" {
		return parseAllowed(nil), nil
	}
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = drover.ErrNotFound
		}
		return nil, fmt.Errorf("option allow_file: open %s: %w", clip(path), err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxAllowFile))
	if err != nil {
		return nil, fmt.Errorf("option allow_file: %w", err)
	}
	return parseAllowed(data), nil
}

// names reports whether the finding is listed. An empty commit is one that is
// not known or not made yet.
func (a *allowed) names(commit, path, rule string, line int, fp drover.Fingerprint) bool {
	if a == nil || len(a.lines) == 0 && len(a.prints) == 0 {
		return false
	}
	everywhere := path + ":" + rule + ":" + strconv.Itoa(line)
	return a.prints[fp] || a.lines[everywhere] || commit != "" && a.lines[commit+":"+everywhere]
}
