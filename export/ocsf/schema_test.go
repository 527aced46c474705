package ocsf

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

// A schema is the OCSF schema as its repository holds it: objects and classes
// name their attributes, the dictionary says what those are.
type schema struct {
	t          *testing.T
	files      fs.FS
	dictionary struct {
		Attributes map[string]attribute
		Types      struct {
			Attributes map[string]struct{ Type string }
		}
	}
}

type attribute struct {
	Type        string
	IsArray     bool `json:"is_array"`
	Requirement string
	Enum        map[string]struct{}
}

type object struct {
	Extends     string
	Attributes  map[string]json.RawMessage
	Constraints map[string][]string
}

func openSchema(t *testing.T, dir string) *schema {
	s := &schema{t: t, files: os.DirFS(dir)}
	s.read("dictionary.json", &s.dictionary)
	return s
}

func (s *schema) read(name string, v any) {
	b, err := fs.ReadFile(s.files, name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		s.t.Fatalf("schema %s: %v", name, err)
	}
}

// attributes are those of an object or class, with those that it inherits.
func (s *schema) attributes(folder, name string) (all map[string]attribute, atLeast []string) {
	all = map[string]attribute{}
	for name != "" {
		var o object
		s.read(s.path(folder, name), &o)
		for key, raw := range o.Attributes {
			var a attribute
			if key == "$include" || json.Unmarshal(raw, &a) != nil {
				continue
			}
			d := s.dictionary.Attributes[key]
			known, there := all[key]
			if !there {
				known = attribute{Type: d.Type, IsArray: d.IsArray, Enum: maps.Clone(d.Enum)}
			}
			if known.Requirement == "" {
				known.Requirement = a.Requirement
			}
			for k := range a.Enum {
				if known.Enum == nil {
					known.Enum = map[string]struct{}{}
				}
				known.Enum[k] = struct{}{}
			}
			all[key] = known
		}
		if atLeast == nil {
			atLeast = o.Constraints["at_least_one"]
		}
		name = o.Extends
	}
	return all, atLeast
}

func (s *schema) path(folder, name string) string {
	for _, p := range []string{folder + "/" + name + ".json", "events/findings/" + name + ".json", "events/" + name + ".json"} {
		if _, err := fs.Stat(s.files, p); err == nil && (folder == "events" || strings.HasPrefix(p, "objects/")) {
			return p
		}
	}
	s.t.Fatalf("the schema has no %s in %s", name, folder)
	return ""
}

// check returns what breaks the schema in an object or event.
func (s *schema) check(folder, name, at string, v map[string]any) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, at+fmt.Sprintf(format, args...)) }
	attributes, atLeast := s.attributes(folder, name)
	for key, a := range attributes {
		if _, there := v[key]; a.Requirement == "required" && !there {
			bad("%s is required", key)
		}
	}
	if len(atLeast) > 0 && !slices.ContainsFunc(atLeast, func(k string) bool { return v[k] != nil }) {
		bad("none of %v", atLeast)
	}
	for key, x := range v {
		a, ok := attributes[key]
		if key == "class_uid" || key == "category_uid" {
			a.Enum = nil // made from the classes, not written in the dictionary
		}
		if !ok {
			bad("%s is no attribute of %s", key, name)
			continue
		}
		list, isList := x.([]any)
		if isList != a.IsArray {
			bad("%s: array %v, want %v", key, isList, a.IsArray)
			continue
		}
		if !isList {
			list = []any{x}
		}
		for _, item := range list {
			faults = append(faults, s.value(a, at+key+": ", item)...)
		}
	}
	return faults
}

func (s *schema) value(a attribute, at string, v any) []string {
	kind, isType := s.dictionary.Types.Attributes[a.Type]
	if !isType && a.Type != "object" {
		o, ok := v.(map[string]any)
		if !ok {
			return []string{at + "no object"}
		}
		return s.check("objects", a.Type, at, o)
	}
	base := a.Type
	if kind.Type != "" {
		base = kind.Type
	}
	n, isNumber := v.(float64)
	_, isText := v.(string)
	switch base {
	case "string_t":
		if !isText {
			return []string{at + "no string"}
		}
	case "integer_t", "long_t":
		if !isNumber || n != math.Trunc(n) {
			return []string{at + "no integer"}
		}
		if _, ok := a.Enum[strconv.Itoa(int(n))]; len(a.Enum) > 0 && !ok {
			return []string{at + fmt.Sprintf("%v is none of the values", n)}
		}
	}
	return nil
}

func checkAll(t *testing.T, s *schema) {
	classes := map[float64]string{2003: "compliance_finding", 2004: "detection_finding"}
	for i, line := range lines(t, 200) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		for _, fault := range s.check("events", classes[v["class_uid"].(float64)], "", v) {
			t.Errorf("event %d: %s", i, fault)
		}
		if v["type_uid"].(float64) != v["class_uid"].(float64)*100+v["activity_id"].(float64) {
			t.Errorf("event %d: type_uid %v", i, v["type_uid"])
		}
	}
	bad := map[string]any{"class_uid": 2003.0, "severity_id": 42.0, "time": "now", "owner": "x"}
	faults := strings.Join(s.check("events", "compliance_finding", "", bad), "\n")
	for _, want := range []string{"finding_info is required", "severity_id: 42 is none", "time: no integer", "owner is no attribute"} {
		if !strings.Contains(faults, want) {
			t.Errorf("the schema does not say %q: %s", want, faults)
		}
	}
}

// Every event keeps the schema: attributes that are there, of their types, with
// the values that are listed, and all that is required.
func TestSchema(t *testing.T) { checkAll(t, openSchema(t, "testdata/schema")) }

// The same against the whole of the schema, where it lies beside the checkout.
func TestWholeSchema(t *testing.T) {
	checkAll(t, openSchema(t, realtest.SharedData(t, "siem/ocsf-schema")))
}
