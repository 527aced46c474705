package connector

import (
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A Session is an open door to one configured source.
type Session struct {
	Source string // its id: "orders-db"
	Config Config
	HTTP   *http.Client // for all HTTP; another protocol dials for itself, with time limits and under ctx
	Log    *slog.Logger
	Now    time.Time // the moment of the scan; use no other clock

	// Fingerprints makes fingerprints of secret values with this installation's
	// key. Hand over the decoded value; keep nothing of it.
	Fingerprints *drover.Fingerprinter

	// Trusted is set when the configuration came from the configuration file, and
	// not from the API or page. What executes locally asks for it.
	Trusted bool
}

// Config holds a source's options, references resolved, defaults filled in. It
// prints and logs as REDACTED, for some of the values are secrets.
type Config struct{ values map[string][]string }

// NewConfig checks values against the options and fills in defaults. The error
// wraps drover.ErrInvalid and names each bad option.
func NewConfig(options []Option, values map[string][]string) (Config, error) {
	c := Config{map[string][]string{}}
	known := map[string]Option{}
	for _, o := range options {
		known[o.Name] = o
		if v, ok := values[o.Name]; ok && !(len(v) == 1 && v[0] == "") {
			c.values[o.Name] = v
		} else if o.Default != "" {
			c.values[o.Name] = []string{o.Default}
		} else if o.Required {
			return Config{}, fmt.Errorf("option %s is missing: %s: %w", o.Name, o.Help, drover.ErrInvalid)
		}
		if err := c.check(o); err != nil {
			return Config{}, err
		}
	}
	for name := range values {
		if _, ok := known[name]; !ok {
			return Config{}, fmt.Errorf("unknown option %q; known are %s: %w", name, strings.Join(optionNames(options), ", "), drover.ErrInvalid)
		}
	}
	return c, nil
}

func optionNames(options []Option) []string {
	var names []string
	for _, o := range options {
		names = append(names, o.Name)
	}
	return names
}

func (c Config) check(o Option) error {
	v, ok := c.values[o.Name]
	if !ok {
		return nil
	}
	if len(v) != 1 && o.Type != TypeList && o.Type != TypePaths {
		return fmt.Errorf("option %s takes one value, not %d: %w", o.Name, len(v), drover.ErrInvalid)
	}
	var err error
	switch o.Type {
	case TypeBool:
		_, err = strconv.ParseBool(v[0])
	case TypeInt:
		_, err = strconv.Atoi(v[0])
	case TypeDuration:
		_, err = drover.ParseDuration(v[0])
	}
	if err != nil {
		return fmt.Errorf("option %s: not a %s: %w", o.Name, o.Type, drover.ErrInvalid)
	}
	if len(o.Values) > 0 {
		for _, s := range v {
			if !contains(o.Values, s) {
				if o.Secret {
					s = "the value"
				}
				return fmt.Errorf("option %s: %q is none of %s: %w", o.Name, s, strings.Join(o.Values, ", "), drover.ErrInvalid)
			}
		}
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

func (Config) String() string       { return "REDACTED" }
func (Config) GoString() string     { return "REDACTED" }
func (Config) LogValue() slog.Value { return slog.StringValue("REDACTED") }

// Has reports whether the option was given or has a default.
func (c Config) Has(name string) bool { return len(c.values[name]) > 0 }

// Get returns the option's text, "" when it was not given.
func (c Config) Get(name string) string {
	if v := c.values[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Secret returns the option's text so that it cannot be printed by accident.
func (c Config) Secret(name string) drover.Secret { return drover.Secret(c.Get(name)) }

// List returns all values of the option.
func (c Config) List(name string) []string { return c.values[name] }

// Bool, Int and Duration return the parsed value; zero when it was not given.
func (c Config) Bool(name string) bool { v, _ := strconv.ParseBool(c.Get(name)); return v }
func (c Config) Int(name string) int   { v, _ := strconv.Atoi(c.Get(name)); return v }
func (c Config) Duration(name string) time.Duration {
	d, _ := drover.ParseDuration(c.Get(name))
	return d
}
