package awsiam

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/droverhq/drover/access"
)

//go:embed data/actions.tsv.gz
var actionsData []byte

// An Action is one row of AWS's "Service Authorization Reference".
type Action struct {
	Name          string // "s3:GetObject"
	AccessLevel   string // AWS's word: List, Read, Write, Tagging, Permissions management
	Level         access.Level
	Resources     []ActionResource // empty: takes only "*"
	ConditionKeys []string         // as spelled there: "aws:ResourceTag/${TagKey}"
}

// An ActionResource is a type of resource that an action takes.
type ActionResource struct {
	Type     string
	Required bool
	ARN      string // template: "arn:${Partition}:s3:::${BucketName}"
}

// Catalogue names the table of actions and the day it was taken.
func Catalogue() (name, date string) { c := catalogue(); return c.name, c.date }

// Actions is the number of actions in the catalogue; their ids are 0 to
// Actions()-1, in the order of their lower-case names.
func Actions() int { return len(catalogue().actions) }

// ActionAt returns the action with an id, which must be one.
func ActionAt(id int) Action { return catalogue().describe(id) }

// ActionID finds an action, in any case of letters; -1: the catalogue does not
// know it.
func ActionID(action string) int { id, _ := catalogue().find(action); return id }

// KnownAction reports whether the catalogue has action, in any case of letters.
func KnownAction(action string) bool { return ActionID(action) >= 0 }

// ActionLevel is what action lets its holder do, "" for an action that the
// catalogue does not know.
func ActionLevel(action string) access.Level {
	if id := ActionID(action); id >= 0 {
		return catalogue().actions[id].Level
	}
	return ""
}

// ResourceTypes lists what action takes; nil where it takes only "*" or is not
// known.
func ResourceTypes(action string) []ActionResource {
	if id := ActionID(action); id >= 0 {
		return catalogue().describe(id).Resources
	}
	return nil
}

// Expand is the set of actions that a pattern of an Action element matches:
// "s3:Get*".
func Expand(pattern string) Bitset {
	s := newActionSet([]string{pattern}, false)
	return s.bits()
}

// Names lists the actions of a set in the order of their ids.
func (b Bitset) Names() []string {
	var out []string
	for id := range catalogue().actions {
		if b.Has(id) {
			out = append(out, catalogue().actions[id].Name)
		}
	}
	return out
}

type actionTable struct {
	name, date string
	lower      []string // sorted
	actions    []actionRow
	ids        map[string]uint16
	arns       map[string]string // "service/type" -> ARN template
	rcps       map[string]bool   // services whose resources RCPs bind
}

type actionRow struct {
	Name  string
	Level access.Level
	rest  string // the columns that are seldom asked for
}

var catalogue = sync.OnceValue(func() *actionTable {
	t := &actionTable{ids: map[string]uint16{}, arns: map[string]string{}, rcps: map[string]bool{}}
	text := unzip(actionsData)
	for line := range strings.Lines(text) {
		t.add(strings.TrimSuffix(line, "\n"))
	}
	return t
})

// unzip decompresses embedded data, which a test reads.
func unzip(b []byte) string {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		panic("awsiam: embedded data: " + err.Error())
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic("awsiam: embedded data: " + err.Error())
	}
	return string(text)
}

// add reads a line: "# name date", "P service", "R service/type arn", or
// "A name level accesslevel resources conditions", by tabs.
func (t *actionTable) add(line string) {
	kind, rest, _ := strings.Cut(line, "\t")
	a, rest, _ := strings.Cut(rest, "\t")
	switch kind {
	case "#":
		t.name, t.date = a, rest
	case "R":
		t.arns[a] = rest
	case "P":
		t.rcps[a] = true
	case "A":
		low := strings.ToLower(a)
		t.ids[low] = uint16(len(t.lower))
		t.lower = append(t.lower, low)
		level, rest, _ := strings.Cut(rest, "\t")
		t.actions = append(t.actions, actionRow{a, access.Level(level), rest})
	}
}

// find returns the id of an action, or -1, and its lower-case name.
func (t *actionTable) find(action string) (int, string) {
	var buf [96]byte
	if len(action) > len(buf) {
		return -1, strings.ToLower(action)
	}
	for i := range len(action) {
		c := action[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	if id, ok := t.ids[string(buf[:len(action)])]; ok {
		return int(id), t.lower[id]
	}
	return -1, strings.ToLower(action)
}

func (t *actionTable) describe(id int) Action {
	row := t.actions[id]
	service, _, _ := strings.Cut(t.lower[id], ":")
	f := strings.Split(row.rest, "\t")
	a := Action{Name: row.Name, Level: row.Level, AccessLevel: f[0], ConditionKeys: list(f[2])}
	for _, r := range list(f[1]) {
		name, required := strings.CutSuffix(r, "!")
		a.Resources = append(a.Resources, ActionResource{Type: name, Required: required, ARN: t.arns[service+"/"+name]})
	}
	return a
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return slices.Clip(strings.Split(s, ","))
}
