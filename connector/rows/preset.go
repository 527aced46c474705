package rows

import (
	"embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

//go:embed preset/*.yaml
var presetFS embed.FS

// Presets names the mappings that are built in, sorted.
func Presets() []string {
	entries, _ := presetFS.ReadDir("preset")
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(out)
	return out
}

// PresetText returns the YAML of a built-in mapping, to read or to start one's
// own from. The error wraps drover.ErrNotFound.
func PresetText(name string) ([]byte, error) {
	text, err := presetFS.ReadFile("preset/" + name + ".yaml")
	if err != nil || strings.ContainsAny(name, "/\\") {
		return nil, fmt.Errorf("there is no built-in mapping %q; there are %s: %w", cut(name, 60), strings.Join(Presets(), ", "), drover.ErrNotFound)
	}
	return text, nil
}

// Preset returns a built-in mapping. The error wraps drover.ErrNotFound.
func Preset(name string) (*Mapping, error) {
	text, err := PresetText(name)
	if err != nil {
		return nil, err
	}
	return ParseMapping("preset "+name, text)
}

// DetectPreset returns the one built-in mapping that the header fits. The error
// wraps drover.ErrInvalid and says whether none does, or which several do.
func DetectPreset(header []string) (*Mapping, error) { return detect(header, "") }

// detect is DetectPreset with what to do in the error.
func detect(header []string, advice string) (*Mapping, error) {
	var fit []*Mapping
	var names []string
	for _, name := range Presets() {
		m, err := Preset(name)
		if err != nil {
			return nil, err
		}
		if m.Fits(header) {
			fit, names = append(fit, m), append(names, name)
		}
	}
	switch len(fit) {
	case 1:
		return fit[0], nil
	case 0:
		return nil, fmt.Errorf("the columns are those of no built-in mapping%s: %w", advice, drover.ErrInvalid)
	}
	return nil, fmt.Errorf("the columns fit several built-in mappings (%s)%s: %w", strings.Join(names, ", "), advice, drover.ErrInvalid)
}

// LoadMapping returns the mapping that an option names: a built-in one by its
// word, or a file by its path, in which a leading ~ is the home folder. It
// returns nil for "".
func LoadMapping(name string) (*Mapping, error) {
	if name == "" {
		return nil, nil
	}
	if !strings.ContainsAny(name, "/\\.") {
		return Preset(name)
	}
	path := name
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, rest)
		}
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the mapping %s is no file that can be read: %w", name, drover.ErrNotFound)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the mapping: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxMapping+1))
	if err != nil {
		return nil, fmt.Errorf("read the mapping %s: %w", name, err)
	}
	return ParseMapping(name, text)
}
