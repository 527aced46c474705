package export_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/export/exporttest"
)

// The ranking is that of the whole stream, whatever its order: counts are of all,
// and what is kept is the worst.
func TestRank(t *testing.T) {
	const n, keep = 1_000, 50
	var list []drover.Record
	severities, fixes, fixed := map[drover.Severity]int{}, map[string]int{}, 0
	for r := range exporttest.Findings(n) {
		list = append(list, r)
		if r.Finding.State == drover.FindingFixed {
			fixed++
			continue
		}
		severities[r.Finding.Severity]++
		fixes[r.Finding.Fix.Group]++
	}
	got, err := export.Rank(t.Context(), &export.Head{}, exporttest.Seq(list), keep)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(severities, got.Severity); diff != "" || got.Total != n-fixed || got.Fixes != len(fixes) || got.State[drover.FindingFixed] != fixed {
		t.Errorf("total %d, fixes %d, fixed %d, severities %s", got.Total, got.Fixes, got.State[drover.FindingFixed], diff)
	}
	kept := 0
	for _, g := range got.Groups {
		kept += len(g.Findings)
		if g.Ends != fixes[g.Fix.Group] {
			t.Errorf("%s ends %d, want %d", g.Fix.Group, g.Ends, fixes[g.Fix.Group])
		}
		for _, f := range g.Findings {
			if f.Severity < drover.Critical {
				t.Errorf("a finding of severity %s is kept while there are %d critical", f.Severity, severities[drover.Critical])
			}
		}
	}
	if kept != keep || got.Kept != keep {
		t.Errorf("%d kept", kept)
	}
	slices.Reverse(list)
	again, err := export.Rank(t.Context(), &export.Head{}, exporttest.Seq(list), keep)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, again, cmp.AllowUnexported(export.Group{})); diff != "" {
		t.Errorf("another order of the stream gives another ranking: %s", diff)
	}
}

func TestPlaceOf(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	for id, want := range map[string]export.Place{
		"bi/export.py:14@" + commit: {Repository: "github.com/acme/bi", File: "bi/export.py", Line: 14, Commit: commit},
		"C#/a:b.cs:3@" + commit:     {Repository: "github.com/acme/bi", File: "C#/a:b.cs", Line: 3, Commit: commit},
		".env#0123456789ab":         {Repository: "github.com/acme/bi", File: ".env"},
	} {
		f := drover.Finding{Subject: drover.Subject{Ref: drover.NewRef("git", "github.com/acme/bi", "place", id)}}
		if got, ok := export.PlaceOf(&f); !ok || got != want {
			t.Errorf("%s: got %+v, want %+v", id, got, want)
		}
	}
	f := drover.Finding{Subject: drover.Subject{Ref: drover.NewRef("machine", "h", "place", "/etc/app.env#KEY")}}
	if got, ok := export.PlaceOf(&f); !ok || got.File != "/etc/app.env" {
		t.Errorf("got %+v", got)
	}
	f.Subject.Ref = drover.NewRef("aws", "1", "iam.user", "ci")
	if got, ok := export.PlaceOf(&f); ok {
		t.Errorf("an IAM user is at %+v", got)
	}
}

// Where the head tells the fixes, they stand in its order with its words; what is
// none of them comes after.
func TestRankByFixes(t *testing.T) {
	var list []drover.Record
	for r := range exporttest.Findings(100) {
		list = append(list, r)
	}
	held := func(f *drover.Finding) bool { return f.State != drover.FindingFixed }
	head := export.Head{Fixes: []export.Fix{{ID: "X-1", Title: "First", Ends: 70, RiskRemoved: 40}, {ID: "X-2", Title: "Second", Ends: 3}}, FixOf: func(f *drover.Finding) string {
		switch {
		case f.Severity == drover.Low && held(f):
			return "X-1"
		case f.Severity == drover.Info && held(f):
			return "X-2"
		}
		return ""
	}}
	got, err := export.Rank(t.Context(), &head, exporttest.Seq(list), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := got.Groups[0], got.Groups[1]; got.Fixes != 2 || a.Title() != "First" || a.Ends != 70 || a.RiskRemoved != 40 || b.Title() != "Second" || len(got.Groups) < 3 {
		t.Errorf("%d fixes, first %q of %d, then %q, %d groups", got.Fixes, a.Title(), a.Ends, b.Title(), len(got.Groups))
	}
}
