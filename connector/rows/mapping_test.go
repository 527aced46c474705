package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
)

// Every built-in mapping is right, and right by the published schema.
func TestPresets(t *testing.T) {
	schema := schema(t)
	if len(Presets()) < 6 {
		t.Fatalf("only %v", Presets())
	}
	for _, name := range Presets() {
		text, err := PresetText(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseMapping(name, text); err != nil {
			t.Error(err)
		}
		if err := schema.Validate(generic(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := schema.Validate(generic(t, []byte("mapping: drover/v1\nname: x\nsystem: y\nrows: []\nnope: 1\n"))); err == nil {
		t.Error("the schema accepts an unknown field")
	}
}

// The schema names the fields that the mapping has, no more and no fewer.
func TestSchemaFields(t *testing.T) {
	s := schema(t).Schema()
	for _, c := range []struct {
		of     any
		schema *jsonschema.Schema
	}{
		{Mapping{}, s}, {Row{}, s.Defs["row"]}, {EdgeRow{}, s.Defs["edge"]}, {End{}, s.Defs["end"]},
		{EvidenceRow{}, s.Defs["row"].Properties["evidence"].Items}, {SecretRow{}, s.Defs["row"].Properties["secrets"].Items},
	} {
		var want []string
		typ := reflect.TypeOf(c.of)
		for i := range typ.NumField() {
			if tag, _, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ","); tag != "" {
				want = append(want, tag)
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(c.schema.Properties))); diff != "" {
			t.Errorf("%v: %s", typ, diff)
		}
	}
}

func schema(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	raw, err := os.ReadFile("mapping.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func generic(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(v)
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// A mistake in a mapping is named with its line or field.
func TestMappingErrors(t *testing.T) {
	head := "mapping: drover/v1\nname: x\nsystem: s\n"
	row := "rows:\n- {kind: identity, type: s.a, id: '{id}'"
	for name, c := range map[string]struct{ text, want string }{
		"unknown field":     {head + "colour: red\n" + row + "}\n", "[4:1]"},
		"wrong kind":        {head + "rows: [{kind: robot, type: s.a, id: '{id}'}]", "robot"},
		"no id":             {head + "rows: [{kind: identity, type: s.a}]", "rows[0]"},
		"open brace":        {head + "rows: [{kind: identity, type: s.a, id: '{id'}]", "rows[0].id"},
		"unknown function":  {head + "rows: [{kind: identity, type: s.a, id: '{id|rot13}'}]", "rot13"},
		"missing map":       {head + "rows: [{kind: identity, type: s.a, id: '{id|map:none}'}]", "none"},
		"edge to nowhere":   {head + row + ", edges: [{kind: owns}]}", "from and to"},
		"secret read":       {head + "columns: {pw: [Pass Word]}\n" + row + ", attrs: {p: '{PASSWORD}'}, secrets: [{column: pass_word, class: password}]}", "secret"},
		"secret in synonym": {head + "columns: {pw: [Pass Word]}\n" + row + ", attrs: {p: '{pw}'}, secrets: [{column: password, class: password}]}", "secret"},
		"bomb":              {"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "anchors"},
		"deep":              {strings.Repeat("[", 5000), "deep"},
		"long":              {strings.Repeat("# x\n", MaxMapping), "limit"},
	} {
		_, err := ParseMapping("m.yaml", []byte(c.text))
		if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "m.yaml") {
			t.Errorf("%s: got %v, want the place and %q", name, err, c.want)
		}
	}
}

func TestExpressions(t *testing.T) {
	row := map[string][]string{"first": {"Ann"}, "last": {"Lee"}, "mail": {" ANN@X.example "}, "groups": {"a; b;;c"}, "many": {"1", "2"}, "flag": {"Yes"}, "n": {"42"}, "dn": {"UID = ann , OU=People"}, "st": {"Left"}}
	get := func(c string) []string { return row[c] }
	tables := map[string]map[string]string{"st": {"left": "leaver", "*": "other"}}
	for text, want := range map[string][]string{
		"{first} {last}":                        {"Ann Lee"},
		"{none} {last}":                         nil, // strict: one column is empty
		"{none,first}":                          {"Ann"},
		"{none|default:x}":                      {"x"},
		"email:{mail|trim|lower}":               {"email:ann@x.example"},
		"g:{groups|split:;}":                    {"g:a", "g:b", "g:c"},
		"{many}-{first}":                        {"1-Ann", "2-Ann"},
		"{st|map:st}":                           {"leaver"},
		"{first|map:st}":                        {"other"},
		"{mail|alias}":                          {"email:ann@x.example"},
		"{first|alias}":                         nil,
		"{dn|dn}":                               {"uid=ann,ou=people"},
		"{{{first}}}":                           {"{Ann}"},
		"{none} x // {first}":                   {"Ann"},
		"{n|drop:0,42}":                         nil,
		"constant":                              {"constant"},
		"{mail|trim|cut:@} {mail|trim|after:@}": {"ANN X.example"},
	} {
		e, err := parseExpr(text, tables)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, e.values(get, true)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	for text, want := range map[string]any{"{flag|bool}": true, "{n|int}": int64(42), "{n}": "42", "{first|list}": []string{"Ann"}, "{none} {last}": "Lee", "{first|bool}": nil, "{none}": nil} {
		e, _ := parseExpr(text, nil)
		if diff := cmp.Diff(want, e.attr(get)); diff != "" {
			t.Errorf("attribute %s: %s", text, diff)
		}
	}
}

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		want   string
		header []string
	}{
		{"hr", []string{"empNo", "firstName", "lastName", "department"}},
		{"hr", []string{"Employee", "Manager"}},
		{"hr", []string{"Employee", "Department", "Status"}},
		{"hr", []string{"Employee ID", "Name", "Email", "Manager", "Status"}},
		{"hr", []string{"Worker", "Employment Status"}},
		{"hr", []string{"Number", "GivenName", "Surname", "City"}},
		{"org", []string{"Org Number", "name", "parentOrgNum"}},
		{"org", []string{"Department ID", "Department Name", "Parent Department ID", "Manager"}},
		{"interview", Questionnaire},
		{"inventory", []string{"Account", "System", "Account Type", "Owner"}},
		{"inventory", []string{"guid", "uname", "firstname", "lastname", "disabled", "password"}},
		{"inventory", []string{"login", "firstname", "lastname", "disabled", "groups"}},
		{"nodes", []string{"ref_system", "ref_tenant", "ref_type", "ref_id", "kind", "type", "name", "aliases"}},
	} {
		m, err := DetectPreset(c.header)
		if err != nil || m.Name != c.want {
			t.Errorf("%v: got %v, %v, want %s", c.header, m, err, c.want)
		}
	}
	for _, header := range [][]string{
		{"a", "b"}, {"appid", "name", "description", "status", "deployment"}, {"Number", "Name", "Status"}, {"Login", "Status"}, {"Employee"}, {"Manager", "Department"}, {"", ""},
		{"id", "name", "owner", "department"}, {"Employee", "Manager", "Account", "System", "Account Type"}, {"first_name", "last_name", "email"},
	} {
		if m, err := DetectPreset(header); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%v: got %v, %v; want it told to be unclear", header, m, err)
		}
	}
}

func TestTimes(t *testing.T) {
	for text, want := range map[string]string{
		"2024-01-02": "2024-01-02T00:00:00Z", "2024-01-02T03:04:05+02:00": "2024-01-02T01:04:05Z", "2024-01-02 03:04:05": "2024-01-02T03:04:05Z",
		"20240102030405Z": "2024-01-02T03:04:05Z", "17-JUN-2003": "2003-06-17T00:00:00Z", "02/03/2024": "", "soon": "", "0": "",
	} {
		got, ok := parseTime(text, nil)
		if ok != (want != "") || ok && got.Format("2006-01-02T15:04:05Z07:00") != want {
			t.Errorf("%s: got %v, %v, want %q", text, got, ok, want)
		}
	}
	if got, ok := parseTime("133484544000000000", []string{"filetime"}); !ok || got.Format("2006-01-02") != "2023-12-31" {
		t.Errorf("file time: got %v, %v", got, ok)
	}
}

func FuzzParseMapping(f *testing.F) {
	for _, p := range Presets() {
		text, _ := PresetText(p)
		f.Add(text)
	}
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseMapping("m", text)
		if err == nil && (m.Name == "" || len(m.Rows) == 0) {
			t.Errorf("accepted %q", text)
		}
		if err != nil && !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("not invalid: %v", err)
		}
	})
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte(`{"node":{"ref":"a/-/b/c","kind":"identity","type":"a.b","name":"n"}}`))
	f.Add([]byte(`{"evidence":{"subject":"a/-/b/c","claim":"last_used","source":"s","window":5}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := DecodeRecord(line)
		if err == nil && r.Valid() != nil {
			t.Error("accepted what is not valid")
		}
	})
}

// What is wrong with a record is said by field, never with the value.
func TestDecodeRecordErrors(t *testing.T) {
	for line, want := range map[string]string{
		`{"node":{"ref":"a/-/b/c","kind":"identity","type":"t","name":"n","hunter2":1}}`:                                 "unknown field",
		`{"node":{"ref":"a/-/b/c","ref":"a/-/b/d","kind":"identity","type":"t","name":"hunter2"}}`:                       "twice",
		`{"node":{"ref":"a/-/b/c","kind":"identity","type":"t","name":7}}`:                                               "/node/name",
		`{"node":{"ref":"a/-/b/c","kind":"identity","type":"t","name":"n","created":"hunter2"}}`:                         "/node/created",
		`{"node":{"ref":"a/-/b/c","kind":"identity","type":"t","attrs":{"a":1,"a":2}}}`:                                  "twice",
		`{"node":{"ref":"a/-/b/c","kind":"identity","type":"t"},"edge":{"from":"a/-/b/c","to":"a/-/b/c","kind":"owns"}}`: "exactly one",
		`{"node":{"ref":"a/-/b/c","kind":"identity","type":"t","name":"` + "\xff" + `"}}`:                                "not JSON",
		`[]`: "", `{}`: "exactly one", ``: "", `{"node":null}`: "exactly one", `nonsense hunter2`: "",
	} {
		_, err := DecodeRecord([]byte(line))
		if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), `"hunter2"`) {
			t.Errorf("%s: got %v, want %q", line, err, want)
		}
	}
}

func TestQuestionnaire(t *testing.T) {
	var b bytes.Buffer
	if err := WriteQuestionnaire(&b, []map[string]string{{"team": "=cmd()", "account_name": "'quoted", "system": "a,b\n\"c\""}}); err != nil {
		t.Fatal(err)
	}
	c := newCSVReader(&b, ',')
	header, err := c.read()
	if diff := cmp.Diff(Questionnaire, header); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	got, err := c.read()
	if err != nil || got[0] != "'=cmd()" || got[5] != "''quoted" || got[4] != "a,b\n\"c\"" {
		t.Errorf("got %q, %v", got, err)
	}
}
