package sarif

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/export/exporttest"
	"github.com/droverhq/drover/internal/realtest"
)

func render(t *testing.T, head export.Head, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(t.Context(), &b, head, exporttest.Findings(n)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Microsoft's validator finds neither an error nor a warning, by the standard's
// rules and GitHub's, in hostile findings and in none.
func TestMultitool(t *testing.T) {
	for _, n := range []int{0, 200} {
		for _, c := range realtest.SARIFMultitool(t, render(t, exporttest.Head(), n)) {
			t.Errorf("%d findings: %s %s: %s", n, c.Level, c.Rule, c.Text)
		}
	}
}

// The JSON Schema of the standard is kept.
func TestSchema(t *testing.T) {
	for _, n := range []int{0, 200} {
		for _, fault := range realtest.SARIFSchema(t, render(t, exporttest.Head(), n)) {
			t.Errorf("%d findings: %s", n, fault)
		}
	}
}

// The validators are ones that find faults.
func TestValidatorsFindFaults(t *testing.T) {
	whole := render(t, exporttest.Head(), 20)
	bad := bytes.Replace(whole, []byte(`"level":"error"`), []byte(`"level":"fatal"`), 1)
	if list := realtest.SARIFSchema(t, bad); len(list) == 0 {
		t.Error("a level that is none was not complained of")
	}
	bad = bytes.Replace(whole, []byte(`"ruleIndex":0`), []byte(`"ruleIndex":77`), 1)
	if list := realtest.SARIFMultitool(t, bad); len(list) == 0 {
		t.Error("the index of a rule that is not there was not complained of")
	}
}

// sarif-tools counts by level what was written.
func TestTools(t *testing.T) {
	want := map[string]int{"error": 0, "warning": 0, "note": 0}
	for r := range exporttest.Findings(200) {
		want[level(r.Finding.Severity)]++
	}
	got := realtest.SARIFTools(t, render(t, exporttest.Head(), 200))
	for l, n := range want {
		if got[l] != n {
			t.Errorf("%s: %d results, want %d", l, got[l], n)
		}
	}
}

// What a run holds is split where a code host takes no more.
func TestSplit(t *testing.T) {
	var v struct {
		Runs []struct {
			Results []struct {
				Fingerprints map[string]string `json:"partialFingerprints"`
				RuleID       string
				RuleIndex    int
			}
			Details struct{ ID string } `json:"automationDetails"`
			Tool    struct {
				Driver struct{ Rules []struct{ ID string } }
			}
		}
	}
	if err := json.Unmarshal(render(t, exporttest.Head(), perRun+10), &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Runs) != 2 || len(v.Runs[0].Results) != perRun || len(v.Runs[1].Results) != 10 {
		t.Fatalf("%d runs", len(v.Runs))
	}
	if a, b := v.Runs[0].Details.ID, v.Runs[1].Details.ID; a != "drover/" || b != "drover-2/" {
		t.Errorf("automation details %q and %q", a, b)
	}
	seen := map[string]bool{}
	for _, run := range v.Runs {
		for _, r := range run.Results {
			if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
				t.Fatalf("rule %d is not %s", r.RuleIndex, r.RuleID)
			}
			fp := r.Fingerprints["droverFinding/v1"]
			if len(fp) != 32 || seen[fp] {
				t.Fatalf("fingerprint %q is none of its own", fp)
			}
			seen[fp] = true
		}
	}
}

// The fingerprint of a finding is that of its key, whatever its text says.
func TestFingerprint(t *testing.T) {
	f := drover.Finding{Check: "stalekey", Subject: drover.Subject{Ref: drover.NewRef("aws", "1", "iam.user", "ci")}, Severity: drover.High, What: "a"}
	a := result(&f, newRules(nil), repositories{})
	f.What, f.Severity, f.Risk = "b", drover.Low, 7
	b := result(&f, newRules(nil), repositories{})
	if x, y := a.Fingerprints["droverFinding/v1"], b.Fingerprints["droverFinding/v1"]; x != y || x != f.Fingerprint() {
		t.Errorf("got %s and %s, want %s", x, y, f.Fingerprint())
	}
}

// A line of a file is a physical location, with its commit; all else is logical.
func TestLocations(t *testing.T) {
	f := drover.Finding{Check: "leakedsecret", Subject: drover.Subject{Ref: drover.NewRef("secret", "", "github-pat", "hs256:1"), Name: "token"}, Severity: drover.High, What: "a",
		Path: []drover.Ref{drover.NewRef("git", "github.com/acme/bi", "place", "src/a b.py:14@0123456789abcdef0123456789abcdef01234567")}}
	seen := repositories{}
	got := result(&f, newRules(nil), seen).Locations[0]
	if got.Physical == nil || got.Physical.Artifact != (artifact{"src/a%20b.py", "%SRCROOT%"}) || got.Physical.Region.StartLine != 14 || got.Properties["commit"] == "" || got.Logical[0].FullName != string(f.Subject.Ref) {
		t.Errorf("got %+v %+v", got, got.Physical)
	}
	if list := seen.list(); len(list) != 1 || list[0].URI != "https://github.com/acme/bi" {
		t.Errorf("repositories %v", list)
	}
	f.Path = nil
	if got := result(&f, newRules(nil), seen).Locations[0]; got.Physical != nil || len(got.Logical) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestBaseline(t *testing.T) {
	early, late := exporttest.Now.Add(-1), exporttest.Now
	for _, c := range []struct {
		f    drover.Finding
		want string
	}{
		{drover.Finding{FirstSeen: late, LastSeen: late}, "new"},
		{drover.Finding{FirstSeen: early, LastSeen: late}, "unchanged"},
		{drover.Finding{FirstSeen: early, LastSeen: late, State: drover.FindingRegressed}, "new"},
		{drover.Finding{FirstSeen: early, LastSeen: late, State: drover.FindingAccepted}, "unchanged"},
		{drover.Finding{FirstSeen: early, LastSeen: early, State: drover.FindingFixed}, "absent"},
	} {
		if got := baseline(&c.f); got != c.want {
			t.Errorf("%s: got %s, want %s", c.f.State, got, c.want)
		}
	}
}
