package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// asks is a check that fires on every account whose attribute "bad" is true.
func asks(fail *bool) *check.Check {
	return &check.Check{ID: "isbad", Title: "bad", Area: check.Lifecycle, Severity: drover.Medium, Controls: []string{"OWASP-NHI1:2025"}, Why: "It is bad.", How: "It says so.", False: "Never.",
		Kinds: []drover.Kind{drover.KindIdentity}, Each: func(p *check.Pass, row int) {
			if *fail {
				panic("cannot look")
			}
			if bad, _ := p.Graph.Attrs(row).Bool("bad"); !bad {
				return
			}
			h := check.Hit{Row: row, What: p.Say(row) + " is bad.", Evidence: []drover.FindingProof{check.Proof("bad is true", "scripted: bad", p.Now, "")}, Fix: remedy.Disable(p.Estate, row), Stops: []int{row}}
			if worse, _ := p.Graph.Attrs(row).Bool("worse"); worse {
				h.Severity = drover.Critical
			}
			p.Report(h)
		}}
}

// openWith opens a bench with checks.
func openWith(t *testing.T, yaml string, checks ...*check.Check) *bench {
	t.Helper()
	return openIn(t, t.TempDir(), yaml, checks...)
}

func openIn(t *testing.T, home, yaml string, checks ...*check.Check) *bench {
	t.Helper()
	b := &bench{clock: &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}}
	cfg := &config.Config{Version: 1, Path: "drover.yaml", Raw: []byte(yaml), Sources: []config.Source{{ID: "s", Kind: "scripted"}}}
	e, err := engine.Open(t.Context(), engine.Options{Connectors: []*connector.Connector{scripted(&b.run)}, Checks: checks, Config: cfg, Home: home, Now: b.clock.read, User: "tester"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	b.Engine = e
	return b
}

// estate scans accounts: "a" is good, "a!" bad, "a!!" worse.
func (b *bench) estate(t *testing.T, accounts ...string) {
	t.Helper()
	b.scan(t, func(_ context.Context, out *connector.Out) error {
		for _, a := range accounts {
			n := account(strings.TrimRight(a, "!"))
			n.Attrs = drover.Attrs(fmt.Sprintf(`{"bad":%t,"worse":%t}`, strings.HasSuffix(a, "!"), strings.HasSuffix(a, "!!")))
			out.Node(n)
		}
		return nil
	})
}

func (b *bench) check(t *testing.T) *engine.CheckResult {
	t.Helper()
	b.clock.advance()
	r, err := b.Check(t.Context(), engine.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// stands lists "name state severity" of what a filter keeps.
func (b *bench) stands(t *testing.T, filter string) []string {
	t.Helper()
	list, _, err := b.Findings(t.Context(), engine.FindingQuery{Filter: filter, Sort: "name"})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, f := range list {
		out = append(out, fmt.Sprintf("%s %s %s", f.Subject.Name, f.State, f.Severity))
	}
	return out
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: (-want +got)\n%s", what, d)
	}
}

const anyState = "state=open,regressed,accepted,fixed,unchecked"

// A finding has one life: opened, seen again, fixed with what closed it, back
// again; what its check could not look at is unknown and not fixed.
func TestFindingLife(t *testing.T) {
	fail := false
	b := openWith(t, "", asks(&fail))
	b.estate(t, "a!", "b!", "c")
	r := b.check(t)
	same(t, "changes", *r.Changes, engine.FindingChanges{New: 2})
	same(t, "counts", r.Counts, map[string]int{"medium": 2})
	first := r.List()[0].FirstSeen

	b.estate(t, "a!", "b", "c")
	r = b.check(t)
	same(t, "changes", *r.Changes, engine.FindingChanges{Fixed: 1})
	same(t, "all", b.stands(t, anyState), []string{"a open medium", "b fixed medium"})
	same(t, "held", b.stands(t, ""), []string{"a open medium"})
	if got := r.List()[0]; !got.FirstSeen.Equal(first) || !got.LastSeen.After(first) {
		t.Errorf("first seen %v, last %v; want %v and later", got.FirstSeen, got.LastSeen, first)
	}

	b.estate(t, "b!", "c")
	same(t, "changes", *b.check(t).Changes, engine.FindingChanges{Regressed: 1, Fixed: 1})
	same(t, "all", b.stands(t, anyState), []string{"a fixed medium", "b regressed medium"})
	f, err := b.FindFinding(t.Context(), "isbad "+string(account("a").Ref), time.Time{})
	if err != nil || f.FixedBy != "It is no longer listed by its source." {
		t.Errorf("closed by %q, %v", f.FixedBy, err)
	}

	fail = true
	r = b.check(t)
	if len(r.Failed) != 1 || r.Failed[0].ID != "isbad" || !strings.Contains(r.Failed[0].Error, "cannot look") {
		t.Errorf("failed: %v", r.Failed)
	}
	same(t, "not looked at", b.stands(t, anyState), []string{"a fixed medium", "b unchecked medium"})
}

// What is accepted counts, comes back when its day has come and when it changes;
// without reason, approver and end it is refused.
func TestFindingAccepted(t *testing.T) {
	fail := false
	b := openWith(t, "", asks(&fail))
	b.estate(t, "a!", "b!")
	b.check(t)
	list, _, err := b.Findings(t.Context(), engine.FindingQuery{Sort: "name"})
	if err != nil {
		t.Fatal(err)
	}
	now := b.clock.read()
	good := engine.Acceptance{Reason: "replaced soon", Approver: "grace", Until: now.Add(30 * drover.Day)}
	for what, bad := range map[string]engine.Acceptance{"reason": {Approver: "g", Until: good.Until}, "approver": {Reason: "because", Until: good.Until}, "end": {Reason: "because", Approver: "g"},
		"past": {Reason: "because", Approver: "g", Until: now.Add(-time.Hour)}, "for ever": {Reason: "because", Approver: "g", Until: now.Add(2 * drover.Year)}} {
		if err := b.Accept(t.Context(), list[:1], bad); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("without %s: got %v", what, err)
		}
	}
	if err := b.Accept(t.Context(), list, good); err != nil {
		t.Fatal(err)
	}
	same(t, "accepted", b.stands(t, anyState), []string{"a accepted medium", "b accepted medium"})
	r := b.check(t)
	if r.Findings != 2 || r.Accepted != 2 || len(r.Fixes) != 0 {
		t.Errorf("findings %d, accepted %d, fixes %d; want 2, 2, 0: accepted ones still count", r.Findings, r.Accepted, len(r.Fixes))
	}
	b.estate(t, "a!", "b!!")
	b.check(t)
	same(t, "b got worse", b.stands(t, anyState), []string{"a accepted medium", "b open critical"})
	if list, _, err = b.Findings(t.Context(), engine.FindingQuery{Filter: anyState, Sort: "name"}); err != nil {
		t.Fatal(err)
	}
	if err := b.Reopen(t.Context(), list[:1], "the vendor has a fix"); err != nil {
		t.Fatal(err)
	}
	same(t, "reopened", b.stands(t, anyState), []string{"a open medium", "b open critical"})
	if err := b.Reopen(t.Context(), []drover.Finding{list[1]}, ""); !errors.Is(err, drover.ErrConflict) {
		t.Errorf("reopen what is open: got %v", err)
	}
	if err := b.Accept(t.Context(), list[:1], good); err != nil {
		t.Fatal(err)
	}
	b.clock.now = good.Until.Add(time.Minute)
	same(t, "its day has come", b.stands(t, anyState), []string{"a open medium", "b open critical"})
}

// A critical finding wants a second opinion: neither its owner's nor that of who
// types. Of one that is less, everybody may decide.
func TestFindingSelfApproved(t *testing.T) {
	fail := false
	b := openWith(t, "", asks(&fail))
	b.estate(t, "a!!", "b!")
	if _, err := b.SetOwner(t.Context(), "a", engine.OwnerDecision{Owner: "Ann@x.example"}); err != nil {
		t.Fatal(err)
	}
	b.check(t)
	list, _, err := b.Findings(t.Context(), engine.FindingQuery{Sort: "name"})
	if err != nil || len(list) != 2 || list[0].Severity != drover.Critical {
		t.Fatalf("findings: %v %v", list, err)
	}
	until := b.clock.read().Add(30 * drover.Day)
	for _, who := range []string{"ann@x.example", "email:ann@x.example", "tester", "Tester", "tester, ann@x.example", ","} {
		err := b.Accept(t.Context(), list[:1], engine.Acceptance{Reason: "replaced soon", Approver: who, Until: until})
		if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), "is critical, and") || !strings.Contains(err.Error(), "--approver") {
			t.Errorf("critical, approved by %q: got %v", who, err)
		}
		if err := b.Accept(t.Context(), list[1:], engine.Acceptance{Reason: "replaced soon", Approver: who, Until: until}); err != nil {
			t.Errorf("medium, approved by %q: got %v", who, err)
		}
	}
	if err := b.Accept(t.Context(), list[:1], engine.Acceptance{Reason: "replaced soon", Approver: "tester and grace", Until: until}); err != nil {
		t.Errorf("approved by another: got %v", err)
	}
}

// An exception of the policy holds for what it matches, until its day, and names
// its place.
func TestFindingExcepted(t *testing.T) {
	fail := false
	b := openWith(t, "exceptions:\n- {id: EX-1, match: 'name=a', rule: isbad, reason: known, approved_by: grace, until: 2026-12-31}\n", asks(&fail))
	b.estate(t, "a!", "b!")
	b.check(t)
	same(t, "excepted", b.stands(t, anyState), []string{"a accepted medium", "b open medium"})
	list, _, err := b.Findings(t.Context(), engine.FindingQuery{Filter: "state=accepted"})
	if err != nil || len(list) != 1 || !strings.Contains(list[0].Exception, "EX-1") || !strings.Contains(list[0].Exception, "drover.yaml:2") {
		t.Errorf("exception: %v %v", list, err)
	}
	if err := b.Reopen(t.Context(), list, ""); !errors.Is(err, drover.ErrConflict) {
		t.Errorf("reopen what the policy accepts: got %v", err)
	}
	b.clock.now = time.Date(2027, 1, 1, 0, 0, 1, 0, time.UTC)
	same(t, "over", b.stands(t, anyState), []string{"a open medium", "b open medium"})
}

// The past's findings are those that the checks give for it.
func TestFindingsAsOf(t *testing.T) {
	fail := false
	b := openWith(t, "", asks(&fail))
	b.estate(t, "a!", "b")
	b.check(t)
	then := b.clock.read()
	b.clock.advance()
	b.estate(t, "a", "b!")
	b.check(t)
	for at, want := range map[time.Time][]string{{}: {"b open medium"}, then: {"a open medium"}} {
		list, _, err := b.Findings(t.Context(), engine.FindingQuery{AsOf: at})
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, f := range list {
			got = append(got, fmt.Sprintf("%s %s %s", f.Subject.Name, f.State, f.Severity))
		}
		same(t, fmt.Sprint("as of ", at), got, want)
	}
}

// Acts that take nothing away are one piece of work; one that ends a thing closes
// all that was found on it.
func TestFixesGrouped(t *testing.T) {
	fail := false
	unowned := &check.Check{ID: "unowned", Title: "no owner", Area: check.Ownership, Severity: drover.Low, Controls: []string{"OWASP-NHI1:2025"}, Why: "w", How: "h", False: "f",
		Kinds: []drover.Kind{drover.KindIdentity}, Each: func(p *check.Pass, row int) {
			p.Report(check.Hit{Row: row, What: p.Say(row) + " has no owner.", Evidence: []drover.FindingProof{check.Proof("none", "graph", p.Now, "")}, Fix: remedy.SetOwner(p.Estate, row), Keeps: true})
		}}
	b := openWith(t, "", asks(&fail), unowned)
	b.estate(t, "a!", "b", "c", "d")
	b.check(t)
	fixes, err := b.Fixes(t.Context(), engine.FindingQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range fixes {
		got = append(got, fmt.Sprintf("%s %s closes %d of %d", f.Action, f.Severity, f.Findings, len(f.Objects)))
	}
	same(t, "fixes", got, []string{"disable medium closes 2 of 1", "set_owner low closes 3 of 3"})
	if x, err := b.FindFix(t.Context(), fixes[0].ID, engine.FindingQuery{}); err != nil || x.ID != fixes[0].ID {
		t.Errorf("find %s: %v", fixes[0].ID, err)
	}
	if _, err := b.FindFix(t.Context(), "X-FFFFFFFF", engine.FindingQuery{}); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("find what is not there: %v", err)
	}
}

// The findings of a check that is taken away are closed, and say so; a run of
// other checks by name leaves them.
func TestFindingsOfGoneCheck(t *testing.T) {
	fail := false
	other := asks(&fail)
	other.ID = "isworse"
	home := t.TempDir()
	b := openIn(t, home, "", asks(&fail), other)
	b.estate(t, "a!")
	b.check(t)
	b.clock.advance()
	if _, err := b.Check(t.Context(), engine.CheckOptions{IDs: []string{"isbad"}}); err != nil {
		t.Fatal(err)
	}
	same(t, "both", len(b.stands(t, "")), 2)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = openIn(t, home, "", asks(&fail))
	b.clock.now = b.clock.now.Add(time.Hour)
	same(t, "changes", *b.check(t).Changes, engine.FindingChanges{Fixed: 1})
	list, _, err := b.Findings(t.Context(), engine.FindingQuery{Filter: "state=fixed"})
	if err != nil || len(list) != 1 || list[0].FixedBy != "Its check is not asked any more." {
		t.Errorf("closed: %v, %v", list, err)
	}
}
