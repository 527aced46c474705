package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/report"
)

// reported is an estate with something of everything that reports count, checked,
// with one finding accepted.
func reported(t *testing.T) *bench {
	fail := false
	b := openWith(t, "", asks(&fail))
	now := b.clock.now
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		human := drover.NewRef("hr", "", "person", "1")
		out.Node(drover.Node{Ref: human, Kind: drover.KindHuman, Type: "hr.person", Name: "Asha", Aliases: []string{"email:asha@acme.example"}})
		for i, name := range []string{"svc-a", "svc-b", "svc-c", "svc-d"} {
			ref := drover.NewRef("test", "", "service_account", name)
			out.Node(drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: "test.service_account", Name: name, Created: now.Add(-400 * drover.Day), Attrs: drover.NewAttrs(map[string]any{"bad": i < 2, "worse": i == 0})})
			if i < 3 {
				out.Edge(drover.Edge{From: human, To: ref, Kind: drover.EdgeOwns})
			}
			if i < 2 {
				out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimLastUsed, Source: "log", At: now.Add(-time.Hour)})
			}
			key := drover.NewRef("test", "", "key", name)
			out.Node(drover.Node{Ref: key, Kind: drover.KindCredential, Type: "test.key", Name: "key of " + name, Created: now.Add(-10 * drover.Day), Expires: now.Add([]time.Duration{-2, 5, 45, 400}[i] * drover.Day)})
			out.Edge(drover.Edge{From: key, To: ref, Kind: drover.EdgeAuthenticates})
		}
		return nil
	})
	b.check(t)
	list, _, err := b.Findings(t.Context(), engine.FindingQuery{Filter: "severity=medium"})
	if err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}
	if err := b.Accept(t.Context(), list, engine.Acceptance{Reason: "replaced in spring", Approver: "grace", Until: now.Add(60 * drover.Day)}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) report(t *testing.T, name string) *report.Report {
	t.Helper()
	r, err := b.Report(t.Context(), name, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// count runs the list that a report names and counts what it gives.
func (b *bench) count(t *testing.T, command string) int {
	t.Helper()
	if filter, ok := strings.CutPrefix(command, "drover finding list "); ok {
		list, _, err := b.Findings(t.Context(), engine.FindingQuery{Filter: filter})
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	filter, ok := strings.CutPrefix(command, "drover list identities ")
	if !ok {
		t.Fatalf("%q is no list", command)
	}
	s, err := b.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	noun, _ := engine.LookupNoun("identities")
	rows, err := s.List(engine.Query{Noun: noun, Filter: strings.Trim(filter, "'")})
	if err != nil {
		t.Fatal(err)
	}
	return len(rows)
}

// Every number of a report is that of the list which stands beside it.
func TestReportNumbers(t *testing.T) {
	b := reported(t)
	r := b.report(t, "executive")
	q := r.Questions
	for _, x := range []struct {
		what    string
		n       int
		command string
	}{
		{"how many", q.Many.N, q.Many.List}, {"how many, unknown", q.Many.Unknown, q.Many.Rest}, {"monitored", q.Monitored.N, q.Monitored.List}, {"not monitored", q.Monitored.Of - q.Monitored.N, q.Monitored.Rest}, {"owned", q.Owned.N, q.Owned.List},
	} {
		if got := b.count(t, x.command); got != x.n {
			t.Errorf("%s: the report says %d, %q lists %d", x.what, x.n, x.command, got)
		}
	}
	for _, s := range r.Posture.Severities {
		if got := b.count(t, s.List); got != s.Open {
			t.Errorf("%s: the report says %d, the list %d", s.Severity, s.Open, got)
		}
		if got := b.count(t, s.List+" state=accepted"); got != s.Accepted {
			t.Errorf("%s accepted: the report says %d, the list %d", s.Severity, s.Accepted, got)
		}
	}
	fixes, err := b.Fixes(t.Context(), engine.FindingQuery{})
	if err != nil || len(fixes) != r.Fixes.Total {
		t.Errorf("%d fixes, the list has %d, %v", r.Fixes.Total, len(fixes), err)
	}
	if got := b.report(t, "inventory").Inventory; got.Identities != q.Many.N || len(got.Items) != q.Many.N || got.Humans != q.Humans {
		t.Errorf("the inventory says %d identities, %d items, %d humans; the questions %d and %d", got.Identities, len(got.Items), got.Humans, q.Many.N, q.Humans)
	}
	if got := b.report(t, "four-questions").Questions; got.Owned.N != q.Owned.N || got.Appropriate.N != q.Appropriate.N {
		t.Error("the same question has two answers")
	}
	if got := b.report(t, "posture").Posture; got.Clean.N != r.Posture.Clean.N {
		t.Error("the same question has two answers")
	}
}

// The values that the estate above gives, by hand.
func TestReportValues(t *testing.T) {
	r := reported(t).report(t, "executive")
	q := r.Questions
	same(t, "shares", []string{q.Many.Says(), q.Monitored.Says(), q.Owned.Says(), q.Appropriate.Says(), r.Posture.Clean.Says()},
		// Of two nobody sees the use, and no system here has permissions that are worked out.
		[]string{"4 of 4", "2 of 4", "3 of 4", "0 of 4, 4 unknown", "3 of 4"})
	if q.Ratio == nil || *q.Ratio != 4 || q.Humans != 1 {
		t.Errorf("ratio %v of %d", q.Ratio, q.Humans)
	}
	var due []string
	for _, x := range r.Due.Items {
		due = append(due, x.Name+" "+x.Why+" "+x.Identity+" "+x.Owner)
		if x.Stops == "" || x.Dependents == 0 {
			t.Errorf("%s: nothing is said to stop", x.Name)
		}
	}
	same(t, "due", due, []string{"key of svc-a expires svc-a Asha", "key of svc-b expires svc-b Asha", "key of svc-c expires svc-c Asha", "key of svc-d rotate svc-d "})
	counts := []int{}
	for _, k := range r.Due.Buckets {
		counts = append(counts, k.Expire+k.Rotate)
	}
	same(t, "buckets", counts, []int{1, 1, 0, 1, 1})
	if len(r.Exceptions.Items) != 1 || r.Exceptions.Findings != 1 || r.Exceptions.Items[0].Until == nil {
		t.Errorf("exceptions %+v", r.Exceptions)
	}
	if last := r.Trend.Points[len(r.Trend.Points)-1]; last.Total != 2 || last.Open["critical"] != 1 || last.Open["medium"] != 1 {
		t.Errorf("trend %+v", r.Trend)
	}
	if len(r.Coverage.Sources) != 1 || r.Coverage.Sources[0].Stale {
		t.Errorf("coverage %+v", r.Coverage)
	}
}

// The trend remembers what was fixed since.
func TestReportTrend(t *testing.T) {
	b := reported(t)
	b.clock.now = b.clock.now.Add(30 * drover.Day)
	b.estate(t, "c")
	b.check(t)
	b.clock.now = b.clock.now.Add(10 * drover.Day)
	points := b.report(t, "executive").Trend.Points
	if first, last := points[0], points[len(points)-1]; first.Total != 2 || last.Total != 0 || len(points) != 2 {
		t.Errorf("points %+v", points)
	}
	for i := 1; i < len(points); i++ {
		if !points[i].At.After(points[i-1].At) {
			t.Errorf("point %d is not after the one before: %+v", i, points)
		}
	}
}

// A point is what the run of that moment recorded, with the severities of then, and
// the checks asked about that moment say the same; of a day between two runs, when
// secrets are older, they say what holds that day beside what was recorded.
func TestReportTrendIsRecorded(t *testing.T) {
	fail := false
	b := openWith(t, "", asks(&fail), ages())
	b.estate(t, "svc-a!", "svc-b!", "svc-c")
	first := b.check(t)
	b.clock.now = b.clock.now.Add(20 * drover.Day)
	b.estate(t, "svc-a!!", "svc-b!", "svc-c!") // svc-a is worse than it was
	second := b.check(t)
	b.clock.now = b.clock.now.Add(30 * drover.Day)
	b.estate(t, "svc-b!")
	third := b.check(t)
	b.clock.advance()
	if _, err := b.Check(t.Context(), engine.CheckOptions{IDs: []string{"isbad"}}); err != nil {
		t.Fatal(err)
	}
	b.clock.now = b.clock.now.Add(5 * drover.Day)
	points := b.report(t, "executive").Trend.Points
	if len(points) != 4 || points[3].Total != third.Findings { // of one check alone the others count on
		t.Fatalf("%d points, of 4 runs: %+v", len(points), points)
	}
	for i, run := range []*engine.CheckResult{first, second, third} {
		p := points[i]
		asOf, err := b.Check(t.Context(), engine.CheckOptions{AsOf: p.At})
		if err != nil {
			t.Fatal(err)
		}
		list, _, err := b.Findings(t.Context(), engine.FindingQuery{Filter: engine.HoldingFilter, AsOf: p.At})
		if err != nil {
			t.Fatal(err)
		}
		if !p.At.Equal(run.At) || p.Basis != report.Recorded || p.Total != run.Findings || asOf.Findings != p.Total || len(list) != p.Total || asOf.Recorded == nil || asOf.Recorded.Findings != p.Total {
			t.Errorf("run %d found %d at %s, the trend says %+v, as of then %d, %d listed, recorded %+v", i, run.Findings, run.At, p, asOf.Findings, len(list), asOf.Recorded)
		}
		for severity, n := range p.Open {
			if run.Counts[severity] != n || asOf.Counts[severity] != n {
				t.Errorf("run %d, %s: found %d, the trend says %d, as of then %d", i, severity, run.Counts[severity], n, asOf.Counts[severity])
			}
		}
	}
	between, err := b.Check(t.Context(), engine.CheckOptions{AsOf: second.At.Add(25 * drover.Day)})
	if err != nil {
		t.Fatal(err)
	}
	if between.Findings <= second.Findings || between.Recorded == nil || !between.Recorded.At.Equal(second.At) || between.Recorded.Findings != second.Findings {
		t.Errorf("between two runs %d hold, recorded %+v; the run before found %d", between.Findings, between.Recorded, second.Findings)
	}
}

// ages finds accounts of which the estate was read more than 30 days after the
// beginning of the test.
func ages() *check.Check {
	c := *asks(new(bool))
	c.ID, c.Title = "isold", "old"
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	c.Each = func(p *check.Pass, row int) {
		if p.Now.Sub(start) > 30*drover.Day {
			p.Report(check.Hit{Row: row, What: p.Say(row) + " is old.", Evidence: []drover.FindingProof{check.Proof("it is old", "scripted: age", p.Now, "")}, Fix: remedy.Disable(p.Estate, row), Stops: []int{row}})
		}
	}
	return &c
}

// Of an estate that nobody scanned or checked nothing is claimed.
func TestReportOfNothing(t *testing.T) {
	fail := false
	b := openWith(t, "", asks(&fail))
	for _, name := range report.Names {
		r := b.report(t, name)
		if q := r.Questions; q != nil && (q.Many.N != 0 || q.Ratio != nil) {
			t.Errorf("%s: %+v", name, q)
		}
		if p := r.Posture; p != nil && (p.CheckedAt != nil || len(r.Unknowns) == 0) {
			t.Errorf("%s: %+v %v", name, p, r.Unknowns)
		}
		for _, format := range report.Formats {
			var out strings.Builder
			if err := report.Write(&out, format, r); err != nil || out.Len() == 0 {
				t.Errorf("%s as %s: %v", name, format, err)
			}
		}
	}
	b.estate(t, "svc-a!")
	if q := b.report(t, "four-questions").Questions; q.Appropriate.Unknown != q.Appropriate.Of || q.Appropriate.N != 0 {
		t.Errorf("before any check the report says %s", q.Appropriate.Says())
	}
	if _, err := b.Report(t.Context(), "fortune", time.Time{}); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
