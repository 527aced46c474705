// Package connector defines how we know a system. Everything we can read from
// it, hear from it and do to it lives in one folder under this one.
//
// A connector is a value, not a type to implement: data first, one function at
// the end. It never stores, compares, links or judges what it reads; it hands on
// what the system says, in the system's own words, section by section. See
// docs/extend/new_connector.md, and README.md beside this file for what a
// connector must not do.
package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/droverhq/drover"
)

// A Connector reads one kind of system.
type Connector struct {
	Name    string   // folder, config key ("kind"), doc page: "postgres"
	Title   string   // "PostgreSQL"
	Doc     string   // Markdown: what is read, what is not, how deep
	Options []Option // drives config validation, `source add` flags, web form and docs
	Scopes  []Scope  // least privilege for reading, in the order of granting

	// Verified says what the tests ran against: "real", "emulator" or "documented fake", and which.
	Verified string

	// Check says what is wrong with which options are given, each of them being
	// right: no way to the system, or two. It is asked before a source is configured.
	// Its note tells what will be used where nothing is said. Nil: Options says all.
	Check func(given func(option string) bool) (note string, err error)

	// Accepts reports whether `drover scan PATH` means this connector, and which
	// option takes the path. Nil: it takes no path. Paths says in words what it
	// takes: "any folder".
	Accepts func(path string, dir bool) (option string, ok bool)
	Paths   string

	// Within says of a file that Accepts does not take what it is, in the plural,
	// where this connector reads such files with the folder that they lie in:
	// "Terraform and OpenTofu states". "": it does not. It goes by the name. Nil:
	// there are no such files.
	Within func(path string) string

	// Wide says that Accepts takes any folder, so that beside connectors that
	// recognise what is in it this one is left out where it would read nothing.
	Wide bool

	// Last says that Accepts goes by a path's name alone, so that the connector
	// takes only what no other recognises by its content.
	Last bool

	// Staged searches what is about to be committed in the working tree at dir, for
	// a hook before the commit. allowFile lists findings to pass over; "": none.
	// Nil: there is no such thing in this system.
	Staged func(ctx context.Context, dir, allowFile string) ([]Leak, error)

	// Pushed is Staged for a hook before a push: it searches what the lines that the
	// hook is given say will be published. Nil: there is no such thing in this system.
	Pushed func(ctx context.Context, dir, allowFile string, lines io.Reader) ([]Leak, error)

	// Suggest names sources of this kind that seem to be at hand, for `drover
	// init`. It looks at the environment and at files, never at the network. Nil:
	// it suggests nothing.
	Suggest func(getenv func(string) string, home string) []Suggestion

	// Reads lists what Discover would read, without reading it: paths, queries,
	// calls. It backs --dry-run and the consent screen.
	Reads func(ctx context.Context, s *Session, emit func(Read)) error

	// Probe checks that the source can be reached and read, changing nothing. Its
	// error says what is missing and how to grant it.
	Probe func(ctx context.Context, s *Session) error

	// Discover reads the source, section by section. It returns an error only when
	// nothing could be read at all; what failed in part is in the sections.
	Discover func(ctx context.Context, s *Scan) error
}

// A Suggestion is a source that somebody may want to configure.
type Suggestion struct {
	ID      string
	Options map[string]string // secret ones as references: "${env:DATABASE_URL}"
	Why     string            // what was seen: "DATABASE_URL is set"
}

// A Leak is a secret that is about to be committed or pushed. Its value is not in it.
type Leak struct {
	Path   string // hostile text
	Commit string // that brings it; "" for what is staged
	Line   int    // counted from 1; 0 where the file as a whole is the secret
	Rule   string
	Class  string
	Unread string // why the file could not be searched to its end; a hook treats it as a finding
}

// A Read is one thing that Discover would read.
type Read struct {
	What  string // "AWS CLI profiles"
	Where string // path, query or call
	Found bool   // whether it is there; always true where that cannot be known beforehand
}

// A Scope is one privilege that reading needs.
type Scope struct {
	Name  string // "pg_read_all_settings"
	Why   string // what is not seen without it
	Grant string // the exact command or policy statement; {url} becomes the value of option url
}

// An Option is one setting of a source of this kind.
type Option struct {
	Name     string
	Help     string
	Default  string
	Example  string
	Type     OptionType // "": a string
	Required bool
	Secret   bool // takes only ${env:…}, ${file:…}, ${vault:…} references
	Advanced bool
	Values   []string // the only values allowed; empty: any
}

// OptionType says how an option's text is read.
type OptionType string

const (
	TypeString   OptionType = ""
	TypeBool     OptionType = "bool"
	TypeInt      OptionType = "int"
	TypeDuration OptionType = "duration" // "90d", "15m"
	TypeList     OptionType = "list"
	TypePath     OptionType = "path" // a leading ~ is the home folder
	TypePaths    OptionType = "paths"
)

var nameRE = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// Validate reports what is wrong with the values of a list of connectors. Main
// and the tests both call it.
func Validate(list []*Connector) error {
	seen := map[string]bool{}
	var errs []error
	bad := func(c *Connector, format string, args ...any) {
		errs = append(errs, fmt.Errorf("connector %q: %s: %w", c.Name, fmt.Sprintf(format, args...), drover.ErrInvalid))
	}
	for _, c := range list {
		if !nameRE.MatchString(c.Name) {
			bad(c, "the name must be one lower-case word")
		}
		if seen[c.Name] {
			bad(c, "listed twice")
		}
		seen[c.Name] = true
		if c.Title == "" || c.Doc == "" || c.Verified == "" {
			bad(c, "title, doc and verified must be set")
		}
		if c.Discover == nil || c.Reads == nil || c.Probe == nil {
			bad(c, "discover, reads and probe must be set")
		}
		if (c.Accepts == nil) != (c.Paths == "") {
			bad(c, "accepts and paths go together: paths says in words what is accepted")
		}
		if c.Within != nil && c.Accepts == nil {
			bad(c, "within is of files in folders that accepts takes")
		}
		if len(c.Scopes) == 0 {
			bad(c, "lists no scopes: say what privilege reading needs")
		}
		opts := map[string]bool{}
		for _, o := range c.Options {
			if o.Name == "" || o.Help == "" || opts[o.Name] {
				bad(c, "option %q has no name or help, or is listed twice", o.Name)
			}
			if reserved[o.Name] {
				bad(c, "option %q is a key that every source has", o.Name)
			}
			opts[o.Name] = true
		}
		for _, s := range c.Scopes {
			if s.Name == "" || s.Why == "" || s.Grant == "" {
				bad(c, "scope %q needs a name, a reason and a grant", s.Name)
			}
		}
	}
	return errors.Join(errs...)
}

// reserved are the keys of a source in drover.yaml that belong to the engine.
var reserved = map[string]bool{"id": true, "kind": true, "every": true, "disabled": true, "business_unit": true, "env": true, "owner": true}
