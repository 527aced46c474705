package judge_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/policy"
	"github.com/google/go-cmp/cmp"
)

var now = checktest.Now

func facts(t *testing.T, e *check.Estate, ref string) graph.Facts {
	t.Helper()
	row, ok := e.Graph.Find(drover.Ref(ref))
	if !ok {
		t.Fatalf("%s is no row", ref)
	}
	return e.Graph.Facts(row)
}

// What is concluded of an identity comes from all that is around it.
func TestFacts(t *testing.T) {
	e := checktest.Estate(t, `
hr/1/team/pay group name=payments
aws/1/iam.user/ci identity name=svc-prod-orders-01 created=-400d
aws/1/iam.access_key/A credential used=-200d by report attrs.Status=Active
aws/1/iam.access_key/B credential used=-3d by report attrs.Status=Inactive
aws/1/iam.access_key/A -authenticates-> aws/1/iam.user/ci
aws/1/iam.access_key/B -authenticates-> aws/1/iam.user/ci
aws/1/iam.access_key/A -stored_in-> git/g/line/1
git/g/line/1 place
hr/1/team/pay -owns-> aws/1/iam.user/ci
label aws/1/iam.user/ci regulation=PCI,SOX by asha
label aws/1/iam.user/ci pay by asha
`)
	f := facts(t, e, "aws/1/iam.user/ci")
	if f.Lifecycle != drover.LifecycleActive || !f.LastUsed.Equal(now.AddDate(0, 0, -3)) || !f.Monitored || f.Credentials != 2 || f.Places != 1 || f.Owner != "payments" || f.Env != "prod" {
		t.Errorf("%+v", f)
	}
	if d := cmp.Diff([]string{"regulation=PCI", "regulation=SOX", "pay"}, f.Tags); d != "" {
		t.Error(d)
	}
	if f.Until.IsZero() || f.Until.Before(now) {
		t.Errorf("it is to be judged again at %v, want when it becomes idle", f.Until)
	}
	if a := facts(t, e, "aws/1/iam.access_key/A"); a.Status != "active" || a.Identity != "aws/1/iam.user/ci" || a.Places != 1 || a.Owner != "payments" {
		t.Errorf("key: %+v", a)
	}
}

// Each system says in a field of its own that something is switched off.
func TestDisabled(t *testing.T) {
	for attrs, want := range map[string]classify.State{
		`{"DISABLED":"true"}`: classify.Yes, `{"DISABLED":"false"}`: classify.No, `{"REVOKE":"YES"}`: classify.Yes, `{"REVOKE":"NO"}`: classify.No, `{"STATUS":"*DISABLED"}`: classify.Yes,
		`{"suspended_at":"2026-01-02T00:00:00Z"}`: classify.Yes, `{"suspended_at":null}`: classify.StateUnknown,
		`{"disabled":true}`: classify.Yes, `{"disabled":false}`: classify.No, `{"disabled":"true"}`: classify.Yes, `{"accountEnabled":false}`: classify.Yes, `{"accountEnabled":true}`: classify.No,
		`{"userAccountControl":514}`: classify.Yes, `{"userAccountControl":512}`: classify.No, `{"suspended":true}`: classify.Yes, `{"revoked":true,"active":true}`: classify.Yes, `{"IsActive":false}`: classify.Yes,
		`{"Status":"Inactive"}`: classify.Yes, `{"status":"SUSPENDED"}`: classify.Yes, `{"state":"blocked"}`: classify.Yes, `{"status":"ACTIVE"}`: classify.StateUnknown, `{}`: classify.StateUnknown, ``: classify.StateUnknown,
		`{"about":"disabled: no"}`: classify.StateUnknown, `{"disabled":{"x":1}}`: classify.StateUnknown, `{"userAccountControl":"x"}`: classify.StateUnknown,
	} {
		if got := judge.Disabled(drover.Attrs(attrs)); got != want {
			t.Errorf("%s: %v, want %v", attrs, got, want)
		}
	}
	e := checktest.Estate(t, "ad/c/user/1 identity attrs.userAccountControl=514 used=-3d by dc\nentra/t/service_principal/2 identity attrs.accountEnabled=false")
	for _, ref := range []string{"ad/c/user/1", "entra/t/service_principal/2"} {
		if l := facts(t, e, ref).Lifecycle; l != drover.LifecycleQuarantined {
			t.Errorf("%s is %s, want quarantined", ref, l)
		}
	}
}

func TestStatus(t *testing.T) {
	for want, n := range map[string]drover.Node{
		"expired": {Expires: now}, "disabled": {Attrs: drover.Attrs(`{"status":"revoked"}`), Expires: now.Add(time.Hour)}, "active": {Expires: now.Add(time.Hour)}, "unknown": {},
	} {
		if got := judge.Status(n, now); got != want {
			t.Errorf("%+v is %s, want %s", n, got, want)
		}
	}
}

// A moment that has not come is no proof of use, of never the last look counts.
func TestAddEvidence(t *testing.T) {
	var u graph.Use
	for _, v := range []drover.Evidence{
		{Claim: drover.ClaimLastUsed, Source: "a", At: now.Add(-3 * drover.Day)}, {Claim: drover.ClaimLastUsed, Source: "b", At: now.Add(-9 * drover.Day)}, {Claim: drover.ClaimLive, Source: "c", At: now.Add(-2 * drover.Day)},
		{Claim: drover.ClaimDeclared, Source: "d"},
	} {
		if judge.AddEvidence(&u, v, now, now) {
			t.Errorf("%+v is early", v)
		}
	}
	if u.LastUsedSource != "c" || !u.Live.Equal(now.Add(-2*drover.Day)) || !u.Declared || !u.Monitored {
		t.Errorf("%+v", u)
	}
	var later graph.Use
	if !judge.AddEvidence(&later, drover.Evidence{Claim: drover.ClaimLastUsed, Source: "x", At: now.Add(9 * drover.Day)}, now, now) || !later.LastUsed.IsZero() {
		t.Errorf("use in nine days: %+v", later)
	}
}

// A policy says more of what it matches; what it says is no tag, and what a person
// says counts before it.
func TestPolicy(t *testing.T) {
	e := checktest.Estate(t, `-- graph --
aws/1/iam.user/a identity name=pay-a
aws/1/iam.user/b identity name=pay-b
label aws/1/iam.user/b criticality=low by asha
-- policy --
classify:
  tier0: ["pay-*"]
  overrides: [{match: pay-a, env: staging}]
criticality: [{match: "pay-*", level: critical}]
owners: [{match: "pay-*", owner: "team:payments"}]
`)
	a, b := facts(t, e, "aws/1/iam.user/a"), facts(t, e, "aws/1/iam.user/b")
	if a.Tier != 0 || a.Env != "staging" || a.Criticality != "critical" || len(a.Tags) != 0 || !strings.Contains(a.Owner, "payments") {
		t.Errorf("a: %+v", a)
	}
	if b.Tier != 0 || b.Criticality != "low" || len(b.Tags) != 1 {
		t.Errorf("b: %+v", b)
	}
}

// A rule that cannot be understood is an error when the policy is read, with its
// place.
func TestNewSettings(t *testing.T) {
	for _, src := range []string{"classify: {tier0: ['colour:red AND']}", "naming: {pattern: '{env}{env}{'}"} {
		p, err := policy.Parse("drover.yaml", []byte(src))
		if err == nil {
			_, err = judge.NewSettings(p, nil, now)
		}
		if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), "drover.yaml:1") {
			t.Errorf("%s: %v", src, err)
		}
	}
	for src, want := range map[string]bool{"classify: {tier0: ['pay-*']}": false, "classify: {tier0: ['created<30d']}": true, "": false} {
		p, err := policy.Parse("drover.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		s, err := judge.NewSettings(p, nil, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Timed(now); got != want {
			t.Errorf("%q matches on ages: %t, want %t", src, got, want)
		}
	}
}

// Of a service account's tokens not all leave a trace, so one that was not used
// proves nothing of the account.
func TestUse(t *testing.T) {
	e := checktest.Estate(t, `
kubernetes/c/service_account/s identity created=-400d
kubernetes/c/service_account_token/t credential used=-200d by label
kubernetes/c/service_account_token/t -authenticates-> kubernetes/c/service_account/s
aws/1/iam.user/u identity
aws/1/iam.access_key/a credential used=-200d by report
aws/1/iam.access_key/b credential used=-9d by report
aws/1/iam.access_key/a -authenticates-> aws/1/iam.user/u
aws/1/iam.access_key/b -authenticates-> aws/1/iam.user/u
aws/1/iam.user/none identity
`)
	use := func(ref drover.Ref) (graph.Use, bool) {
		row, _ := e.Graph.Find(ref)
		return judge.Use(e.Graph, row)
	}
	if u, ok := use("kubernetes/c/service_account/s"); !ok || !u.Partial || u.Monitored {
		t.Errorf("service account: %+v", u)
	}
	if u, _ := use("aws/1/iam.user/u"); u.Partial || !u.Monitored || !u.LastUsed.Equal(now.AddDate(0, 0, -9)) {
		t.Errorf("user: %+v", u)
	}
	if _, ok := use("aws/1/iam.user/none"); ok {
		t.Error("there is evidence of use of what nobody watches")
	}
}
