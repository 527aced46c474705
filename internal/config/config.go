// Package config reads drover.yaml: where the store is, which sources are read,
// and what the house has decided. It is strict: an unknown key is an error with
// its line, because a setting that is silently ignored is a promise that is
// silently broken.
//
// Values come, strongest first, from flags, from environment variables
// (DROVER__SECTION__KEY), from one file (the one that is named, else the
// project's, else the user's), from the defaults. Values tells which.
package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/droverhq/drover"
)

// A Config is the whole of drover.yaml.
type Config struct {
	Version int      `yaml:"version"`
	Store   Store    `yaml:"store"`
	Sources []Source `yaml:"sources"`

	// The sections that package policy reads; kept as they stand.
	Thresholds    any `yaml:"thresholds"`
	Naming        any `yaml:"naming"`
	Classify      any `yaml:"classify"`
	Ownership     any `yaml:"ownership"`
	Owners        any `yaml:"owners"`
	Exceptions    any `yaml:"exceptions"`
	Windows       any `yaml:"windows"`
	Criticality   any `yaml:"criticality"`
	BusinessUnits any `yaml:"business_units"`
	Rotation      any `yaml:"rotation"`
	Risk          any `yaml:"risk"`
	Regulation    any `yaml:"regulation"`
	Severity      any `yaml:"severity"`
	Checks        any `yaml:"checks"`
	Assertions    any `yaml:"assertions"`
	Policies      any `yaml:"policies"`

	Server   Server   `yaml:"server"`
	Schedule Schedule `yaml:"schedule"`
	Notify   []Notice `yaml:"notify"`
	UI       UI       `yaml:"ui"`

	Profiles map[string]Profile `yaml:"profiles"` // servers that --profile names
	Auth     Auth               `yaml:"auth"`
	Audit    Audit              `yaml:"audit"`

	// Sections of the schema that this version reads nothing from yet. They are
	// accepted, so that one file serves several versions; `drover doctor` says so.
	JIT       any `yaml:"jit"`
	Detection any `yaml:"detection"`

	Path string `yaml:"-"` // the file it was read from; "": none
	Raw  []byte `yaml:"-"` // its bytes, with what the environment set put in

	file    []byte            // its bytes as they are, where Raw is not
	origins map[string]string // what the environment set: key to variable
}

// Store says where everything is remembered.
type Store struct {
	Driver    string `yaml:"driver"`    // sqlite, postgres; "" is sqlite
	Path      string `yaml:"path"`      // of the SQLite file; "" is $DROVER_HOME/drover.db
	DSN       string `yaml:"dsn"`       // of PostgreSQL: a reference such as ${env:DROVER_PG_DSN}
	Retention string `yaml:"retention"` // how much history `store compact` keeps; "" is 400d
}

// A Source is one configured system. What is not named here is an option of
// its connector.
type Source struct {
	ID           string
	Kind         string
	Every        string
	Disabled     bool
	BusinessUnit string
	Env          string
	Options      map[string][]string
}

// Unused lists the sections that are set and that this version does not read.
func (c *Config) Unused() []string {
	var names []string
	for name, v := range map[string]any{"jit": c.JIT, "detection": c.Detection} {
		if v != nil {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// Load reads the configuration. An explicit path must exist; otherwise
// $DROVER_CONFIG, ./drover.yaml and the user's config.yaml are looked for in
// this order, and none of them is an empty configuration. environ is os.Environ().
// Errors wrap drover.ErrInvalid and name file, line and column.
func Load(explicit string, environ []string) (*Config, error) {
	if explicit == "" {
		explicit = variable(environ, "DROVER_CONFIG")
	}
	path, err := find(explicit)
	if err != nil {
		return nil, err
	}
	c := &Config{Version: 1, Path: path}
	if path != "" {
		if c.Raw, err = read(path, explicit == ""); err != nil {
			return nil, err
		}
		if err := refuseNested(path, c.Raw); err != nil {
			return nil, err
		}
		if err := decode(c.Raw, c); err != nil {
			return nil, placed(path, err)
		}
	}
	if c.Version != 1 {
		return nil, fmt.Errorf("%s: version %d is not known to this binary, which reads version 1; a newer drover may have written it: %w", path, c.Version, drover.ErrInvalid)
	}
	if err := c.literal(); err != nil {
		return nil, err
	}
	if err := c.overlay(environ); err != nil {
		return nil, err
	}
	return c, c.check()
}

const maxFile = 4 << 20

func variable(environ []string, name string) string {
	for _, kv := range environ {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v
		}
	}
	return ""
}

func find(explicit string) (string, error) {
	if explicit != "" {
		if _, err := os.Stat(explicit); err != nil {
			return "", fmt.Errorf("configuration file %s cannot be read: %w (%w)", explicit, err, drover.ErrInvalid)
		}
		return explicit, nil
	}
	candidates := []string{"drover.yaml"}
	if dir, err := os.UserConfigDir(); err == nil {
		candidates = append(candidates, filepath.Join(dir, "drover", "config.yaml"))
	}
	for _, p := range candidates {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("configuration file %s cannot be read: %w (%w)", p, err, drover.ErrInvalid)
		}
	}
	return "", nil
}

func read(path string, found bool) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s is not a regular file of at most %d MiB: %w", path, maxFile>>20, drover.ErrInvalid)
	}
	if found {
		// A file that merely lies in the working directory can name commands to
		// execute: it must be the caller's own.
		if err := owned(info); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return os.ReadFile(path)
}

func decode(raw []byte, into any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict(), yaml.DisallowUnknownField())
	if err := d.DecodeContext(context.Background(), into); err != nil {
		// The lines around the error may hold a value that must not be told.
		return fmt.Errorf("%s: %w", strings.TrimSpace(yaml.FormatError(err, false, false)), drover.ErrInvalid)
	}
	return nil
}

// placed puts a file before an error that begins with "[line:column]".
func placed(path string, err error) error {
	if at, rest, ok := strings.Cut(err.Error(), "] "); ok && strings.HasPrefix(at, "[") {
		return fmt.Errorf("%s:%s: %s: %w", path, at[1:], strings.TrimSuffix(rest, ": "+drover.ErrInvalid.Error()), drover.ErrInvalid)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// lineOf is where the file says something, as "FILE:LINE: "; "" where it does not.
func (c *Config) lineOf(path string) string {
	p, err := yaml.PathString(path)
	if err != nil || c.Path == "" {
		return ""
	}
	n, err := p.ReadNode(bytes.NewReader(c.Raw))
	if err != nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d: ", c.Path, n.GetToken().Position.Line)
}

// passwords finds the password of a URL or of key=value pairs.
var passwords = regexp.MustCompile(`(?i)://[^/@:\s]*:([^@\s]+)@|\bpassword\s*=\s*('[^']*'|\S+)`)

// literal refuses a password that the file itself holds.
func (c *Config) literal() error {
	for _, m := range passwords.FindAllStringSubmatch(c.Store.DSN, -1) {
		if p := m[1] + m[2]; !strings.HasPrefix(strings.Trim(p, "'"), "${") {
			return fmt.Errorf("%s: store.dsn holds a password; keep secrets out of the file: write ${env:NAME} or ${file:PATH} in its place: %w", c.Path, drover.ErrInvalid)
		}
	}
	return nil
}

func (c *Config) check() error {
	switch c.Store.Driver {
	case "", "sqlite", "embedded", "postgres":
	default:
		return fmt.Errorf("store.driver %q is neither sqlite nor postgres: %w", c.Store.Driver, drover.ErrInvalid)
	}
	if c.Store.Driver == "postgres" && c.Store.DSN == "" {
		return fmt.Errorf("store.driver is postgres, and store.dsn is missing: write ${env:NAME} or ${file:PATH}: %w", drover.ErrInvalid)
	}
	if r := c.Store.Retention; r != "" {
		if _, err := drover.ParseDuration(r); err != nil {
			return fmt.Errorf("store.retention: %w", err)
		}
	}
	seen := map[string]bool{}
	for i, s := range c.Sources {
		switch {
		case s.ID == "" || s.Kind == "":
			return fmt.Errorf("sources[%d]: id and kind must be set: %w", i, drover.ErrInvalid)
		case seen[s.ID]:
			return fmt.Errorf("sources[%d]: id %q is used twice: %w", i, s.ID, drover.ErrInvalid)
		case !ValidID(s.ID):
			return fmt.Errorf("sources[%d]: id %q: use letters, digits, dot, dash and underscore, at most 64: %w", i, s.ID, drover.ErrInvalid)
		}
		if s.Every != "" {
			if _, err := drover.ParseDuration(s.Every); err != nil {
				return fmt.Errorf("sources[%d].every: %w", i, err)
			}
		}
		seen[s.ID] = true
	}
	if err := c.checkAuth(); err != nil {
		return err
	}
	return c.checkServer()
}

// ValidID reports whether an id may name a source.
func ValidID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, c := range id {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
