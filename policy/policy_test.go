package policy_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/policy"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParse(t *testing.T) {
	src, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := policy.Parse("full.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	m := func(s string) policy.Match { return policy.Match{Text: s} }
	want := &policy.Policy{
		Thresholds: policy.Thresholds{Idle: 45 * drover.Day, Dormant: 180 * drover.Day},
		Naming: policy.Naming{Pattern: "{type}-{env}-{function}-{region}-{n}", OnMismatch: "finding",
			Vocabulary: map[string][]string{"type": {"bat", "ext"}, "env": {"int1"}}, Prefixes: []string{"acme"}},
		Classify: policy.Classify{
			Tier0:     []policy.Match{m("db/orders"), m("aws:*:admin")},
			Regulated: map[string][]policy.Match{"PCI": {m("tag:pci")}},
			Overrides: []policy.Override{{Match: m("name=ops-tv"), Set: map[string]string{"verdict": "shared", "tier": "2"}}},
		},
		Ownership:     policy.Ownership{Required: true, Sources: []string{"codeowners", "cloud_tags"}, ConfirmEvery: 180 * drover.Day, OnLeaver: "manager"},
		Owners:        []policy.Owner{{Match: m("source=orders-db"), Owner: "team:orders"}},
		Exceptions:    []policy.Exception{{ID: "EX-1", Match: m("name=legacy"), Rule: "key-age", Reason: "vendor box", ApprovedBy: "ann", Until: time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)}},
		Freezes:       []policy.Freeze{{First: time.Date(2026, 12, 18, 0, 0, 0, 0, time.UTC), Last: time.Date(2027, 1, 4, 0, 0, 0, 0, time.UTC)}},
		Criticality:   []policy.Rule{{Match: m("env=prod tag:pay"), Value: "critical"}},
		BusinessUnits: []policy.Unit{{Name: "Retail", Departments: []string{"Shops", "E-Commerce"}, CostCenters: []string{"4711"}}},
		Risk:          policy.Default().Risk,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(policy.Pos{}), cmpopts.IgnoreFields(policy.Policy{}, "Windows")); diff != "" {
		t.Error(diff)
	}
	if w := got.Windows["prod"]; !w.Contains(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)) { // Tuesday, 10:00 in Paris
		t.Errorf("window %s does not hold Tuesday at 10", w)
	}
	if p := got.Classify.Overrides[0].Match.Pos; p.Line == 0 || p.File != "full.yaml" {
		t.Errorf("place of the match: %v", p)
	}
	e := got.Exceptions[0]
	if !e.Active(time.Date(2027, 1, 31, 23, 59, 0, 0, time.UTC)) || e.Active(e.Until) {
		t.Error("an exception holds to the end of its last day and no longer")
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ src, want string }{
		{"thresholds:\n  idel: 30d\n", "x.yaml:2:3: thresholds: unknown key \"idel\", did you mean idle?"},
		{"thresholds: { idle: soon }\n", "x.yaml:1:21: thresholds.idle: duration \"soon\""},
		{"thresholds: { idle: 100d }\n", "idle is longer than dormant"},
		{"naming: { pattern: svc }\n", "want slots in braces"},
		{"naming:\n  on_mismatch: fnding\n", "x.yaml:2:16: naming.on_mismatch: \"fnding\" is none of finding, ignore, did you mean finding?"},
		{"classify:\n  overrides:\n    - match: a\n      verdict: humn\n", "x.yaml:4:16: tag verdict: \"humn\" is none of nhi, human, shared, unknown, did you mean human?"},
		{"classify: { overrides: [ { match: a } ] }\n", "it sets nothing"},
		{"classify: { overrides: [ { env: prod } ] }\n", "match is missing"},
		{"classify: { overrides: [ { match: a, tier: many } ] }\n", "no number from 0 to 9"},
		{"exceptions:\n  - { id: a, match: b, rule: c, reason: d }\n", "no exception is for ever"},
		{"exceptions: [ { id: a, match: b, rule: c, reason: d, until: 2027-13-01 } ]\n", "want a date"},
		{"windows: { prod: sometimes }\n", "want days, hours"},
		{"windows: { freeze: [ yesterday ] }\n", "freeze \"yesterday\""},
		{"ownership: { sources: [git_blam] }\n", "did you mean git_blame?"},
		{"ownership: { required: yes please }\n", "want true or false"},
		{"owners: { a: b }\n", "want a list"},
		{"thresholds: [1]\n", "want a mapping"},
		{"thresholds: {idle: 1d, idle: 2d}\n", "idle"},
		{"a: [", "x.yaml"},
		{"a: 1\n---\nb: 2\n", "2 documents"},
		{strings.Repeat("[", 10000), "nested too deeply"},
	}
	for _, tt := range tests {
		_, err := policy.Parse("x.yaml", []byte(tt.src))
		if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Parse(%.60q)\n got %v\nwant …%s…", tt.src, err, tt.want)
		}
	}
}

func TestParseEmpty(t *testing.T) {
	for _, src := range []string{"", "# nothing\n", "store: { driver: sqlite }\n", "thresholds:\n"} {
		p, err := policy.Parse("x.yaml", []byte(src))
		if err != nil || p.Thresholds.Idle != policy.DefaultIdle || p.Naming.OnMismatch != "finding" {
			t.Errorf("Parse(%q) = %+v, %v", src, p, err)
		}
	}
}

func TestWindow(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	tests := []struct {
		window, at string
		want       bool
	}{
		{"Mon-Fri 07-20", "2026-11-23 07:00", true},
		{"Mon-Fri 07-20", "2026-11-23 20:00", false},
		{"Mon-Fri 07-20", "2026-11-22 10:00", false},
		{"Fri-Mon 00-24", "2026-11-22 23:59", true},
		{"daily 22:00-04:00", "2026-11-23 03:59", true},
		{"daily 22:00-04:00", "2026-11-23 04:00", false},
		{"Sun 22:00-04:00", "2026-11-23 03:00", true},
		{"Sun 22:00-04:00", "2026-11-22 03:00", false},
		{"Mon 00:00-01:00 America/New_York", "2026-11-23 05:30", true},
	}
	for _, tt := range tests {
		w, err := policy.ParseWindow(tt.window)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Contains(at(tt.at)); got != tt.want {
			t.Errorf("%s at %s: got %t", tt.window, tt.at, got)
		}
	}
	for _, bad := range []string{"", "Mon", "Mon 9", "Mon 09-09", "Mon 24-25", "Xyz 01-02", "Mon 01-02 Mars/Base", "Mon 01-02 Local", "a b c d"} {
		if _, err := policy.ParseWindow(bad); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("ParseWindow(%q): %v", bad, err)
		}
	}
}

func TestParseTag(t *testing.T) {
	tests := []struct {
		in, key, value string
		ok             bool
	}{
		{"env=prod", "env", "prod", true}, {"tier=0", "tier", "0", true}, {"env-", "env", "", true}, {"env=", "env", "", true},
		{"verdict=human", "verdict", "human", true}, {"verdict=alien", "", "", false}, {"tier=x", "", "", false}, {"nothing", "", "", false},
		{"Env=prod", "", "", false}, {"=x", "", "", false}, {"team=a=b", "team", "a=b", true}, {"k=" + strings.Repeat("x", 5000), "", "", false},
	}
	for _, tt := range tests {
		k, v, err := policy.ParseTag(tt.in)
		if k != tt.key || v != tt.value || (err == nil) != tt.ok {
			t.Errorf("ParseTag(%.40q) = %q, %q, %v", tt.in, k, v, err)
		}
	}
}

func TestUnitOf(t *testing.T) {
	p := policy.Policy{BusinessUnits: []policy.Unit{{Name: "Retail", Departments: []string{"Shops"}, CostCenters: []string{"4711"}}, {Name: "Bank", Departments: []string{"Cards", "Company"}}}}
	for _, tt := range []struct {
		cc   string
		path []string
		want string
	}{{"4711", nil, "Retail"}, {"", []string{"Tills", "shops", "Company"}, "Retail"}, {"", []string{"X", "Company"}, "Bank"}, {"", []string{"X"}, ""}, {"", nil, ""}} {
		if got := p.UnitOf(tt.cc, tt.path...); got != tt.want {
			t.Errorf("UnitOf(%q, %v) = %q, want %q", tt.cc, tt.path, got, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	full, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte(rules))
	f.Add([]byte("classify: &a [*a]"))
	f.Add([]byte("? {a: b}\n: c"))
	f.Add([]byte("exceptions:\n- id: !!binary x"))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := policy.Parse("x", src)
		if (p == nil) == (err == nil) {
			t.Fatalf("policy %v with error %v", p, err)
		}
	})
}

func FuzzParseWindow(f *testing.F) {
	for _, s := range []string{"Tue-Thu 09:00-16:00 Europe/Paris", "daily 22-04", "Sat,Sun 00-24", "Mon-Mon 1-2"} {
		f.Add(s)
	}
	at := time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		w, err := policy.ParseWindow(s)
		if err == nil && w.Zone == nil {
			t.Fatalf("ParseWindow(%q): no zone", s)
		}
		w.Contains(at)
	})
}

func FuzzParseTag(f *testing.F) {
	f.Add("env=prod")
	f.Add("tier-")
	f.Fuzz(func(t *testing.T, s string) {
		if k, v, err := policy.ParseTag(s); err == nil && policy.ValidTag(k, v) != nil {
			t.Fatalf("ParseTag(%q) gave an invalid tag", s)
		}
	})
}
