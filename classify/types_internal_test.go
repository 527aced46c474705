package classify

import (
	"math"
	"slices"
	"testing"

	"github.com/droverhq/drover"
)

// TestStructureTable holds the table to its form: known types, bounded weights,
// a text for each weight, and no shared verdict without a reason.
func TestStructureTable(t *testing.T) {
	for i, r := range structure {
		if r.nhi != "" && !slices.Contains(drover.NHITypes, r.nhi) {
			t.Errorf("rule %d (%s): nhi_type %q", i, r.types, r.nhi)
		}
		if math.Abs(r.weight) > decisive {
			t.Errorf("rule %d (%s): weight %v", i, r.types, r.weight)
		}
		if (r.weight != 0 || r.verdict != "") && r.text == "" {
			t.Errorf("rule %d (%s): no text", i, r.types)
		}
		if r.weight == 0 && r.nhi == "" && r.verdict == "" && r.tier0 == "" {
			t.Errorf("rule %d (%s) says nothing", i, r.types)
		}
	}
	table := compileTypes(structure)
	for _, typ := range []string{"aws.iam.user", "AWS.IAM.Role", "mcp.server", "acme.service_account", "x509.certificate", "workday.worker"} {
		if len(table.rules(typ)) == 0 {
			t.Errorf("no rules for %s", typ)
		}
	}
	if r := table.rules("acme.unheard"); r != nil {
		t.Errorf("rules for a type that says nothing: %v", r)
	}
}

func TestFields(t *testing.T) {
	var x fields
	x.load([]byte(`{"a":"x","b":{"c":{"d":"deep"},"e":[1,{"f":2}]},"g.h":"dotted","n":null,"s":"q\"}"}`))
	for path, want := range map[string]string{"a": "x", "b.c.d": "deep", "g.h": "dotted", "n": "", "b": "", "b.zz": "", "zz": "", "s": `q\"}`} {
		if got := x.str(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	big := []byte(`{`)
	for i := range 100 {
		big = append(big, []byte(`"k`+string(rune('A'+i%26))+string(rune('a'+i/26))+`":1,`)...)
	}
	x.load(append(big, []byte(`"last":"found"}`)...))
	if got := x.str("last"); got != "found" {
		t.Errorf("past the index: got %q", got)
	}
}
