package rows

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// A Mapping says which column becomes which field. It is written in YAML; see
// mapping.schema.json for the form and the presets for examples.
//
// Wherever an expression is expected, text stands for itself and {column} for
// the column's value: {a,b} is the first of the columns that has one, and
// {a|lower|default:x} passes it through functions (see funcs). An expression of
// which a column is empty has no value, and what has no value is not set:
// unknown. Names and attributes are kinder: they need one column of several.
type Mapping struct {
	Schema   string `yaml:"mapping"`            // "drover/v1"
	Name     string `yaml:"name"`               // one word: the section, and half of its coverage key
	Doc      string `yaml:"doc,omitempty"`      // for people
	System   string `yaml:"system"`             // first segment of refs
	Tenant   string `yaml:"tenant,omitempty"`   // second segment of refs; "": "-"
	Complete bool   `yaml:"complete,omitempty"` // the input lists everything there is: what is missing is gone
	Declared bool   `yaml:"declared,omitempty"` // people say so; nobody has seen it yet
	Source   string `yaml:"source,omitempty"`   // what evidence names as its source; "": Name

	Format    Format   `yaml:"format,omitempty"`
	Items     string   `yaml:"items,omitempty"`     // JSON: dotted path to the rows; arrays are walked, "*" is every member (its key is column _key)
	Delimiter string   `yaml:"delimiter,omitempty"` // one character; "": the most frequent of , ; tab | in the header
	Encoding  string   `yaml:"encoding,omitempty"`  // utf-8, latin1, windows-1252, utf-16; "": utf-8, or by byte order mark
	Header    []string `yaml:"header,omitempty"`    // names of the columns when the input has no header row
	Ragged    bool     `yaml:"ragged,omitempty"`    // accept rows shorter than the header
	Unquote   bool     `yaml:"unquote,omitempty"`   // drop one leading ' from cells, which protects a spreadsheet from formulas

	Columns map[string][]string          `yaml:"columns,omitempty"` // our word for a column: the spellings it has in the wild
	Detect  []string                     `yaml:"detect,omitempty"`  // columns that tell this kind of file from its header: all entries must hold; of "a, b + c" one alternative is enough
	Times   []string                     `yaml:"times,omitempty"`   // layouts of times, in Go's notation, or unix, unix_ms, ldap, filetime
	Maps    map[string]map[string]string `yaml:"maps,omitempty"`    // tables for the function map; key "*" is the default
	Rows    []Row                        `yaml:"rows"`

	rules []rule
}

// A Row is one thing that every row is, or every row for which When holds.
type Row struct {
	When     []string          `yaml:"when,omitempty"` // all must hold: "col = a, b", "col != a", "col present" (several columns: one is enough), "col absent"
	System   string            `yaml:"system,omitempty"`
	Tenant   string            `yaml:"tenant,omitempty"`
	Kind     string            `yaml:"kind,omitempty"`     // an expression that gives one of drover.Kinds
	Type     string            `yaml:"type,omitempty"`     // "<vendor>.<thing>"
	RefType  string            `yaml:"ref_type,omitempty"` // third segment of the ref; "": Type without its vendor
	ID       string            `yaml:"id,omitempty"`       // the immutable id; without one "name:" and Name
	Name     string            `yaml:"name,omitempty"`
	Aliases  []string          `yaml:"aliases,omitempty"`
	Created  string            `yaml:"created,omitempty"`
	Rotated  string            `yaml:"rotated,omitempty"`
	Expires  string            `yaml:"expires,omitempty"`
	Attrs    map[string]string `yaml:"attrs,omitempty"`
	Edges    []EdgeRow         `yaml:"edges,omitempty"`
	Evidence []EvidenceRow     `yaml:"evidence,omitempty"`
	Secrets  []SecretRow       `yaml:"secrets,omitempty"`
}

// An EdgeRow is an edge from or to the row's node; the end that is left out is
// the node itself.
type EdgeRow struct {
	When  []string `yaml:"when,omitempty"`
	Kind  string   `yaml:"kind"`
	From  *End     `yaml:"from,omitempty"`
	To    *End     `yaml:"to,omitempty"`
	Part  string   `yaml:"part,omitempty"`
	Grade string   `yaml:"grade,omitempty"`
}

// An End names another node: by id or name, or by an alias where only that is known.
// An expression of several values gives several edges.
type End struct {
	System string `yaml:"system,omitempty"`
	Tenant string `yaml:"tenant,omitempty"`
	Type   string `yaml:"type,omitempty"` // third segment of the ref
	ID     string `yaml:"id,omitempty"`
	Name   string `yaml:"name,omitempty"`
	Alias  string `yaml:"alias,omitempty"`
}

// An EvidenceRow is a volatile fact about the row's node. It is emitted when At
// or Value has a value.
type EvidenceRow struct {
	Claim string `yaml:"claim"`
	At    string `yaml:"at,omitempty"`
	Value string `yaml:"value,omitempty"`
	Grade string `yaml:"grade,omitempty"`
}

// A SecretRow is a column that holds a secret value: only its fingerprint is
// kept, and no other expression may use the column.
type SecretRow struct {
	Column string `yaml:"column"`
	Class  string `yaml:"class"` // "password", "token"
}

// MaxMapping is the size past which a mapping file is refused, in bytes.
const MaxMapping = 256 << 10

var wordRE = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

// ParseMapping reads a mapping. The error wraps drover.ErrInvalid and names
// place and line, or the field. Anchors and aliases are refused: a mapping has
// no use for them and they can make a small file huge.
func ParseMapping(place string, text []byte) (m *Mapping, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("%s: not YAML that can be read: %w", place, drover.ErrInvalid)
		}
	}()
	if len(text) > MaxMapping {
		return nil, fmt.Errorf("%s: a mapping of %d bytes is over the limit of %d: %w", place, len(text), MaxMapping, drover.ErrInvalid)
	}
	if err := safeYAML(place, string(text)); err != nil {
		return nil, err
	}
	m = &Mapping{}
	if err := yaml.UnmarshalWithOptions(text, m, yaml.Strict()); err != nil {
		what := strings.TrimSpace(strings.SplitN(yaml.FormatError(err, false, false), "\n", 2)[0])
		return nil, fmt.Errorf("%s: %s: %w", place, cut(what, 300), drover.ErrInvalid)
	}
	if err := m.compile(); err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	return m, nil
}

// safeYAML refuses what makes a parser work without bound.
func safeYAML(place, text string) error {
	depth, column := 0, 0
	for _, t := range lexer.Tokenize(text) {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType:
			return fmt.Errorf("%s:%d: anchors, aliases, tags and merge keys are not used in a mapping: %w", place, t.Position.Line, drover.ErrInvalid)
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.SequenceEntryType, token.MappingValueType:
			column = t.Position.Column
		}
		if depth > maxDepth || column > 40*maxDepth {
			return fmt.Errorf("%s:%d: nested too deep: %w", place, t.Position.Line, drover.ErrInvalid)
		}
	}
	return nil
}

// Coverage names what the absence of a row speaks of: "<system>:<tenant>/<name>".
func (m *Mapping) Coverage() string {
	tenant := m.Tenant
	if tenant == "" {
		tenant = "-"
	}
	return m.System + ":" + tenant + "/" + m.Name
}

// With returns the mapping with other defaults where they are not empty.
func (m *Mapping) With(system, tenant string, declared bool) *Mapping {
	c := *m
	if system != "" {
		c.System = system
	}
	if tenant != "" {
		c.Tenant = tenant
	}
	c.Declared = c.Declared || declared
	return &c
}

// spelling is how column names are compared: letters and digits, lower case.
func spelling(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r > 127:
			return r
		}
		return -1
	}, s)
}

// spellings lists how the column may be spelled, its own name first.
func (m *Mapping) spellings(column string) []string {
	out := []string{spelling(column)}
	for _, s := range m.Columns[column] {
		out = append(out, spelling(s))
	}
	return out
}

// has reports whether the header has the column under one of its spellings.
func (m *Mapping) has(header []string, column string) bool {
	want := m.spellings(column)
	return slices.ContainsFunc(header, func(h string) bool { s := spelling(h); return s != "" && slices.Contains(want, s) })
}

// Fits reports whether the header has the columns that tell the mapping.
func (m *Mapping) Fits(header []string) bool {
	for _, entry := range m.Detect {
		if !slices.ContainsFunc(strings.Split(entry, ","), func(columns string) bool {
			return !slices.ContainsFunc(strings.Split(columns, "+"), func(c string) bool { return !m.has(header, strings.TrimSpace(c)) })
		}) {
			return false
		}
	}
	return len(m.Detect) > 0
}
