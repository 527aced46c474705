package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/droverhq/drover"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var fields = []Field{
	{Name: "name"}, {Name: "type", Enum: true}, {Name: "env", Enum: true}, {Name: "owner"}, {Name: "tag", Type: List},
	{Name: "last_used", Type: Time}, {Name: "expires", Type: Future}, {Name: "tier", Type: Number}, {Name: "attrs", Type: Attrs},
}

// rows is the estate of these tests, one line a row.
var rows = []struct {
	name, typ, nhi, env, owner string
	tags                       []string
	used, expires              int // days ago, days ahead; 999 unknown
	tier                       int64
	attrs                      string
}{
	{"svc-api", "postgres.role", "service_account", "prod", "ann", []string{"pci", "team:a"}, 3, 10, 0, `{"rolsuper":true,"rolconnlimit":5}`},
	{"bot a", "github.app", "bot", "dev", "", nil, 200, 999, 2, `{"rolsuper":false,"list":["x","y"]}`},
	{"ETL", "aws.iam.user", "service_account", "", "bob", []string{"pci"}, 999, -5, Unknown, ``},
	{"über", "aws.iam.role", "", "prod", "", nil, 40, 400, 1, `{"arn":"arn:aws:iam::1:role/x"}`},
}

func table() *Table {
	dict := func(get func(i int) string) *Column {
		c := &Column{Dict: []string{""}}
		for i := range rows {
			v := get(i)
			k := slices.Index(c.Dict, v)
			if k < 0 {
				k = len(c.Dict)
				c.Dict = append(c.Dict, v)
			}
			c.Codes = append(c.Codes, uint32(k))
		}
		return c
	}
	ints := func(get func(i int) int64) *Column {
		c := &Column{}
		for i := range rows {
			c.Ints = append(c.Ints, get(i))
		}
		return c
	}
	days := func(d int, sign int) int64 {
		if d == 999 {
			return Unknown
		}
		return now.AddDate(0, 0, sign*d).Unix()
	}
	tags := &Column{Dict: []string{""}}
	for _, r := range rows {
		for _, tag := range r.tags {
			tags.Dict = append(tags.Dict, tag)
			tags.Codes = append(tags.Codes, uint32(len(tags.Dict)-1))
		}
		tags.Ends = append(tags.Ends, uint32(len(tags.Codes)))
	}
	typ, owner := dict(func(i int) string { return rows[i].typ }), dict(func(i int) string { return rows[i].owner })
	typ.Bare, owner.None = dict(func(i int) string { return rows[i].nhi }), true
	return &Table{
		Rows: len(rows),
		Columns: map[string]*Column{
			"name": {Text: func(i int) string { return rows[i].name }}, "type": typ, "owner": owner, "tag": tags,
			"env":       dict(func(i int) string { return rows[i].env }),
			"last_used": ints(func(i int) int64 { return days(rows[i].used, -1) }),
			"expires":   ints(func(i int) int64 { return days(rows[i].expires, 1) }),
			"tier":      ints(func(i int) int64 { return rows[i].tier }),
		},
		Words: func(i int) []string { return []string{rows[i].name, rows[i].typ} },
		Attr: func(path []string) func(int) []byte {
			return func(i int) []byte {
				v := drover.Attrs(rows[i].attrs).Get(path...)
				if v == nil {
					return nil
				}
				raw, err := json.Marshal(v)
				if err != nil {
					panic(err)
				}
				return raw
			}
		},
	}
}

// Text and codes of one field answer alike, also where nothing is an answer.
func TestTextAsCodes(t *testing.T) {
	coded, plain := table(), table()
	for _, field := range []string{"owner", "env"} {
		c := coded.Columns[field]
		plain.Columns[field] = &Column{Text: func(i int) string { return c.Dict[c.Codes[i]] }, None: c.None}
	}
	for _, text := range []string{"owner:none", "owner=none", "owner=NONE", "owner!=none", "NOT owner:none", "-owner:none", "owner:unknown", "NOT owner:unknown", "owner=none,nobody", "owner:*", "env:none", "env:unknown", "NOT env:prod"} {
		f, err := Parse(text, fields, now)
		if err != nil {
			t.Fatal(err)
		}
		want, err := f.Eval(coded)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Eval(plain)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: text finds %v, %v; codes %v", text, got, err, want)
		}
	}
}

// Every line is a filter and the rows that it finds.
func TestEval(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "0 1 2 3",
		"svc":                                 "0",
		"SVC":                                 "0",
		"aws":                                 "2 3",
		`"bot a"`:                             "1",
		"ÜBER":                                "3",
		"s*api":                               "0",
		"name:API":                            "0",
		"name=svc-api":                        "0",
		"name=SVC-API":                        "",
		"name=svc-*":                          "0",
		`name="bot a"`:                        "1",
		"type=service_account":                "0 2",
		"type=service_account,bot":            "0 1 2",
		"type=postgres.role":                  "0",
		"type:aws.*":                          "2 3",
		"type:unknown":                        "",
		"env=prod":                            "0 3",
		"env=PROD":                            "0 3",
		"env:prod":                            "0 3",
		"env:pro":                             "",
		"-env:prod":                           "1",
		"NOT env=prod":                        "1",
		"env!=prod":                           "1",
		"env:unknown":                         "2",
		"NOT env:unknown":                     "0 1 3",
		"owner:none":                          "1 3",
		"NOT owner:none":                      "0 2",
		"owner=ann,bob":                       "0 2",
		"tag:pci":                             "0 2",
		"tag=pci":                             "0 2",
		"tag:team:a":                          "0",
		"tag:none":                            "1 3",
		"NOT tag:pci":                         "1 3",
		"last_used<90d":                       "0 3",
		"last_used>90d":                       "1",
		"NOT last_used>90d":                   "0 3",
		"last_used:unknown":                   "2",
		"last_used>=2026-11-01":               "0",
		"last_used:2026-11-19":                "0",
		"last_used=2026-11":                   "0",
		"last_used<2026-10":                   "1",
		"expires<30d":                         "0 2",
		"expires<0d":                          "2",
		"expires:unknown":                     "1",
		"tier<=1":                             "0 3",
		"tier:0":                              "0",
		"tier!=0":                             "1 3",
		"attrs.rolsuper=true":                 "0",
		"attrs.rolsuper=false":                "1",
		"NOT attrs.rolsuper=true":             "1",
		"attrs.rolsuper:unknown":              "2 3",
		"attrs.rolconnlimit>4":                "0",
		"attrs.list:y":                        "1",
		"attrs.arn=arn:aws:iam::1:role/x":     "3",
		"env=prod owner:none":                 "3",
		"env=prod AND owner:none":             "3",
		"env=dev OR owner=bob":                "1 2",
		"(env=prod OR env=dev) AND NOT svc":   "1 3",
		"env=prod (owner=ann OR last_used>9)": "error",
		"(env=prod OR last_used>90d)":         "0 1 3",
	} {
		f, err := Parse(text, fields, now)
		if err != nil {
			if want != "error" {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		got, err := f.Eval(table())
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if s := strings.Trim(fmt.Sprint(got), "[]"); s != want {
			t.Errorf("%s (%s): got rows %s, want %s", text, f.Explain(), s, want)
		}
	}
}

// An error says where, what and what to write instead.
func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"ownr:none":                    `column 1, at "ownr:none": unknown field "ownr", did you mean "owner"?`,
		"env=prod OR env=dev tag:pci":  "write `env=prod OR (env=dev AND tag:pci)` or `(env=prod OR env=dev) AND tag:pci`",
		"a AND b OR c":                 "write `(a AND b) OR c` or `a AND (b OR c)`",
		"(a":                           "the parenthesis is not closed",
		"a)":                           "a closing parenthesis without an opening one",
		`name="a`:                      "the quote is not closed",
		"name=":                        "want a value after name=",
		"env=prod AND":                 "want a field, a word or a parenthesis",
		"name<3":                       "name is text and has no order",
		"last_used<soon":               "last_used takes an age such as 90d, or a date such as 2026-01-31",
		"last_used=90d":                "compare last_used with a duration by",
		"tier=x":                       "tier takes a whole number",
		"a ! b":                        `"!" alone means nothing`,
		"attrs.x>y":                    "attrs.> takes a number",
		strings.Repeat("(", 200) + "a": "nested deeper than 100",
	} {
		_, err := Parse(text, fields, now)
		if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got error %v, want one that says %q", text, err, want)
		}
	}
}

// NOT never turns unknown into true: a row matches at most one of f and NOT f,
// and De Morgan holds.
func TestThreeValues(t *testing.T) {
	atoms := []string{"env=prod", "env=dev", "owner:none", "tag:pci", "last_used<90d", "expires<30d", "tier<=1", "attrs.rolsuper=true", "svc", "env:unknown"}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SampledFrom(atoms).Draw(t, "a"), rapid.SampledFrom(atoms).Draw(t, "b")
		find := func(text string) []uint32 {
			f, err := Parse(text, fields, now)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Eval(table())
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		for _, row := range find(a) {
			if slices.Contains(find("NOT "+a), row) {
				t.Fatalf("row %d matches both %s and its negation", row, a)
			}
		}
		if l, r := find("NOT ("+a+" AND "+b+")"), find("(NOT "+a+" OR NOT "+b+")"); !slices.Equal(l, r) {
			t.Fatalf("De Morgan: %v, %v", l, r)
		}
		if l, r := find("NOT NOT "+a), find(a); !slices.Equal(l, r) {
			t.Fatalf("double negation: %v, %v", l, r)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"env=prod", `a "b" -c:d,e`, "(a OR b) c", "last_used<90d", "attrs.a.b=1", "\x00\xff:", "a:b:c=d"} {
		f.Add(s)
	}
	tab := table()
	f.Fuzz(func(t *testing.T, s string) {
		flt, err := Parse(s, fields, now)
		if err != nil {
			if !errors.Is(err, drover.ErrInvalid) {
				t.Fatalf("%q: error %v does not wrap ErrInvalid", s, err)
			}
			return
		}
		if _, err := flt.Eval(tab); err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(flt.Explain()); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	const n = 1_000_000
	env := &Column{Dict: []string{"", "prod", "dev", "stage"}, Codes: make([]uint32, n)}
	used := &Column{Ints: make([]int64, n)}
	for i := range n {
		env.Codes[i] = uint32(i*7919) % 4
		used.Ints[i] = now.Unix() - int64(i%400)*86400
	}
	t := &Table{Rows: n, Columns: map[string]*Column{"env": env, "last_used": used}}
	f, err := Parse("env=prod last_used>90d", fields, now)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := f.Eval(t); err != nil {
			b.Fatal(err)
		}
	}
}
