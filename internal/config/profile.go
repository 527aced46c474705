package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/droverhq/drover"
)

// A Profile names a server that `--profile` asks. It holds no token, only where one
// is.
type Profile struct {
	Server    string `yaml:"server"`     // https://drover.example.com, unix:///run/drover/drover.sock
	CAFile    string `yaml:"ca_file"`    // PEM: roots beside those of the system; "": none
	TokenEnv  string `yaml:"token_env"`  // the variable that holds the token; "" is DROVER_TOKEN
	TokenFile string `yaml:"token_file"` // the file that holds it; "": none
}

// ProfilesFile is the file of a data directory that holds profiles.
const ProfilesFile = "profiles.yaml"

// Profile returns the profile of a name: that of the configuration, else of
// profiles.yaml in the data directory. The error wraps drover.ErrNotFound where
// there is none, and lists those that there are.
func (c *Config) Profile(home, name string) (Profile, error) {
	if p, ok := c.Profiles[name]; ok {
		return p, p.check(name)
	}
	path := filepath.Join(home, ProfilesFile)
	var own struct {
		Profiles map[string]Profile `yaml:"profiles"`
	}
	raw, err := read(path, true)
	switch {
	case errors.Is(err, fs.ErrNotExist) || missing(path):
	case err != nil:
		return Profile{}, err
	default:
		if err := refuseNested(path, raw); err != nil {
			return Profile{}, err
		}
		if err := yaml.UnmarshalWithOptions(raw, &own, yaml.Strict()); err != nil {
			return Profile{}, fmt.Errorf("%s: %s: %w", path, strings.TrimSpace(yaml.FormatError(err, false, false)), drover.ErrInvalid)
		}
	}
	if p, ok := own.Profiles[name]; ok {
		return p, p.check(name)
	}
	names := slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, m := range []map[string]Profile{c.Profiles, own.Profiles} {
			for n := range maps.Keys(m) {
				if !yield(n) {
					return
				}
			}
		}
	}))
	if len(names) == 0 {
		return Profile{}, fmt.Errorf("there is no profile %q, and no other: write profiles: {%s: {server: https://…}} to drover.yaml or %s: %w", name, name, path, drover.ErrNotFound)
	}
	return Profile{}, fmt.Errorf("there is no profile %q; there are %s: %w", name, strings.Join(names, ", "), drover.ErrNotFound)
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func (p Profile) check(name string) error {
	if p.Server == "" {
		return fmt.Errorf("profile %s: server is missing: %w", name, drover.ErrInvalid)
	}
	if p.TokenEnv != "" && p.TokenFile != "" {
		return fmt.Errorf("profile %s: token_env and token_file contradict each other: %w", name, drover.ErrInvalid)
	}
	return nil
}
