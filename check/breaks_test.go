package check_test

import (
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/remedy"
)

const shop = `
kubernetes/c/service_account/ci identity name=ci used=-3d by audit
kubernetes/c/secret/s place name=ci-token
vault/v/token/t credential name=key
vault/v/token/t -authenticates-> kubernetes/c/service_account/ci
vault/v/token/t -stored_in-> kubernetes/c/secret/s
`

// disable is a check that wants one row switched off.
func disable(ref string, keeps bool) *check.Check {
	return &check.Check{ID: "off", Area: check.Lifecycle, Severity: drover.Low, Why: "because", Kinds: drover.Kinds, Each: func(p *check.Pass, row int) {
		if string(p.Graph.Ref(row)) == ref {
			p.Report(check.Hit{Row: row, What: p.Say(row) + " is on.", Evidence: []drover.FindingProof{p.Said(row, "on")}, Fix: remedy.Disable(p.Estate, row), Stops: []int{row}, Keeps: keeps})
		}
	}}
}

func breaks(t *testing.T, text, ref string) drover.Breaks {
	t.Helper()
	var out drover.Breaks
	n := 0
	if err := check.Run(t.Context(), checktest.Estate(t, text), []*check.Check{disable(ref, false)}, check.Options{Finding: func(f drover.Finding) error { out, n = f.Breaks, n+1; return nil }}); err != nil {
		t.Fatal(err)
	}
	if n != 1 {
		t.Fatalf("%d findings on %s", n, ref)
	}
	return out
}

// Who depends is counted and named, with how it is known; more of them change what
// is said, with the graph of effects and without.
func TestBreaksDependents(t *testing.T) {
	for _, effects := range []string{"", "\n-- effects --\non\n"} {
		wrap := func(graph string) string { return "-- graph --\n" + graph + effects }
		base := breaks(t, wrap(shop), "kubernetes/c/service_account/ci")
		more := breaks(t, wrap(shop+`
kubernetes/c/deployment/web workload name=web
kubernetes/c/deployment/web -runs_as-> kubernetes/c/service_account/ci
kubernetes/c/service_account/bot identity name=bot
kubernetes/c/service_account/bot -can_assume-> kubernetes/c/service_account/ci grade=inferred
`), "kubernetes/c/service_account/ci")
		if more.Dependents != base.Dependents+1 { // who only may become it is counted apart
			t.Errorf("effects %q: %d dependents, then %d with one more", effects, base.Dependents, more.Dependents)
		}
		for _, want := range []string{"Deployment web runs as it", "1 thing is permitted to use service account ci, and nothing seen shows that one does: service account bot may assume it (inferred)", "last used 2025-12-29 (3 days ago), says audit"} {
			if !strings.Contains(more.Text, want) {
				t.Errorf("effects %q: %q does not say %q", effects, more.Text, want)
			}
		}
		if !strings.Contains(strings.Join(more.Unknowns, "\n"), "who reads Secret ci-token") {
			t.Errorf("effects %q: unknowns %q do not say that nobody knows who reads the secret", effects, more.Unknowns)
		}
		if said := strings.Contains(strings.Join(more.Unknowns, "\n"), "effects were not computed"); said != (effects == "") {
			t.Errorf("effects %q: unknowns %q", effects, more.Unknowns)
		}
	}
}

// A right to become a role is no use of it; what another system sets up to become it
// depends on it.
func TestBreaksPermission(t *testing.T) {
	const graph = `-- graph --
aws/1/iam.role/R identity name=orders
aws/1/iam.role/A identity name=batch
aws/1/iam.role/A -can_assume-> aws/1/iam.role/R
kubernetes/c/service_account/s identity name=web
`
	for _, effects := range []string{"", "-- effects --\non\n"} {
		got := breaks(t, graph+effects, "aws/1/iam.role/R")
		if got.Dependents != 0 || !strings.Contains(got.Text, "Nothing is known to depend on IAM role orders. 1 thing is permitted") || !strings.Contains(got.Text, "IAM role batch may assume it") {
			t.Errorf("effects %q: a right: %+v", effects, got)
		}
		if !strings.Contains(strings.Join(got.Unknowns, "\n"), "no source tells who becomes or opens it") {
			t.Errorf("effects %q: unknowns %q", effects, got.Unknowns)
		}
		got = breaks(t, graph+"kubernetes/c/service_account/s -can_assume-> aws/1/iam.role/R grade=declared\n"+effects, "aws/1/iam.role/R")
		if got.Dependents != 1 || !strings.Contains(got.Text, "service account web assumes it (declared)") || !strings.Contains(got.Text, "1 thing is permitted") {
			t.Errorf("effects %q: set up by another system: %+v", effects, got)
		}
	}
}

// What could not be seen is said: no usage source, a window too short for rare
// jobs, a source that misses uses.
func TestBreaksUnknowns(t *testing.T) {
	for name, tt := range map[string]struct{ graph, want string }{
		"unwatched": {"aws/1/iam.user/u identity name=u", "whether IAM user u is used: no source of usage covers it"},
		"month":     {"aws/1/iam.user/u identity name=u created=-400d\nnever aws/1/iam.user/u by trail window=30d", "monthly and quarterly jobs: trail looks back only 30 days"},
		"year":      {"aws/1/iam.user/u identity name=u created=-400d\nnever aws/1/iam.user/u by trail window=100d", "yearly jobs: trail looks back only 100 days"},
		"nowhere":   {"aws/1/iam.user/u identity name=u\naws/1/iam.access_key/K credential attrs.Status=Active\naws/1/iam.access_key/K -authenticates-> aws/1/iam.user/u", "where access key K lies: no place that was scanned holds it"},
	} {
		got := breaks(t, tt.graph, "aws/1/iam.user/u")
		if !strings.Contains(strings.Join(got.Unknowns, "\n"), tt.want) {
			t.Errorf("%s: unknowns %q do not say %q", name, got.Unknowns, tt.want)
		}
	}
	whole := breaks(t, "aws/1/iam.user/u identity name=u created=-900d\nnever aws/1/iam.user/u by trail window=400d", "aws/1/iam.user/u")
	if strings.Contains(strings.Join(whole.Unknowns, "\n"), "jobs") || !strings.Contains(whole.Text, "trail saw no use of IAM user u in 400 days") {
		t.Errorf("a window of more than a year: %+v", whole)
	}
}

// A program that reads the place of a credential depends on the credential as surely
// as it does on the identity: by the same edge, one count of what is proven.
func TestBreaksReaders(t *testing.T) {
	const cron = `
postgres/1/role/r identity name=r
postgres/1/password/r credential name=password
host/h/file/env place name=env
host/h/cron/a workload name=a
host/h/cron/b workload name=b
postgres/1/password/r -authenticates-> postgres/1/role/r
postgres/1/password/r -stored_in-> host/h/file/env
host/h/cron/a -reads_secret-> host/h/file/env
host/h/cron/b -reads_secret-> host/h/file/env grade=inferred
`
	for _, effects := range []string{"", "\n-- effects --\non\n"} {
		got := breaks(t, "-- graph --"+cron+effects, "postgres/1/password/r")
		if strings.Contains(got.Text, "a reads it (") || !strings.Contains(got.Text, "b reads it (inferred)") {
			t.Errorf("effects %q: %s", effects, got.Text)
		}
	}
}

// An identity depends on a credential only where it has no other that works.
func TestBreaksOtherCredential(t *testing.T) {
	const two = `
aws/1/iam.user/u identity name=u
aws/1/iam.access_key/A credential attrs.Status=Active
aws/1/iam.access_key/B credential attrs.Status=%
aws/1/iam.access_key/A -authenticates-> aws/1/iam.user/u
aws/1/iam.access_key/B -authenticates-> aws/1/iam.user/u
`
	for status, want := range map[string]int{"Active": 0, "Inactive": 1} {
		for _, effects := range []string{"", "\n-- effects --\non\n"} {
			if got := breaks(t, "-- graph --"+strings.ReplaceAll(two, "%", status)+effects, "aws/1/iam.access_key/A"); got.Dependents != want {
				t.Errorf("the other key is %s, effects %q: %d dependents, want %d: %s", status, effects, got.Dependents, want, got.Text)
			}
		}
	}
}

// A fix that takes nothing away says so.
func TestBreaksKeeps(t *testing.T) {
	if err := check.Run(t.Context(), checktest.Estate(t, shop), []*check.Check{disable("kubernetes/c/service_account/ci", true)}, check.Options{Finding: func(f drover.Finding) error {
		if f.Breaks.Dependents != 0 || !strings.HasPrefix(f.Breaks.Text, "Nothing stops") {
			t.Errorf("%+v", f.Breaks)
		}
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
}
