package classify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/google/go-cmp/cmp"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func daysAgo(n int) time.Time { return now.AddDate(0, 0, -n) }

// TestPitfalls are the cases that make classifiers look foolish.
func TestPitfalls(t *testing.T) {
	tests := []struct {
		what string
		in   classify.Input
		want drover.Verdict
	}{
		{"a surname behind svc, nothing else", classify.Input{Type: "ad.user", Name: "svc.martin"}, drover.VerdictUnknown},
		{"the same with a manager and a number", classify.Input{Type: "ad.user", Name: "svc.martin", Attrs: []byte(`{"employeeID":"77","manager":"CN=x"}`)}, drover.VerdictHuman},
		{"the same with service principal names", classify.Input{Type: "ad.user", Name: "svc.martin", Attrs: []byte(`{"servicePrincipalName":["HTTP/x"]}`)}, drover.VerdictNHI},
		{"robot.smith in the directory of people", classify.Input{Type: "okta.user", Name: "robot.smith", Attrs: []byte(`{"profile":{"firstName":"Robot","lastName":"Smith","manager":"x"}}`)}, drover.VerdictHuman},
		{"robot.smith alone", classify.Input{Type: "x.thingy", Name: "robot.smith"}, drover.VerdictUnknown},
		{"an administrator's second account", classify.Input{Type: "ad.user", Name: "adm-jsmith"}, drover.VerdictHuman},
		{"a- second account", classify.Input{Type: "ad.user", Name: "a-jsmith"}, drover.VerdictHuman},
		{"-pa second account", classify.Input{Type: "ad.user", Name: "jsmith-pa"}, drover.VerdictHuman},
		{"shared", classify.Input{Type: "ad.user", Name: "shared-warehouse"}, drover.VerdictShared},
		{"kiosk", classify.Input{Type: "ad.user", Name: "kiosk-lobby-01"}, drover.VerdictShared},
		{"a room's mailbox", classify.Input{Type: "entra.user", Name: "berlin", Attrs: []byte(`{"recipientTypeDetails":"RoomMailbox"}`)}, drover.VerdictShared},
		{"several people", classify.Input{Type: "postgres.role", Name: "reporting", Rel: classify.Relations{UsedByPeople: 3}}, drover.VerdictShared},
		{"a contractor without an HR record", classify.Input{Type: "entra.user", Name: "ext-mary.jones", Attrs: []byte(`{"givenName":"Mary","surname":"Jones","jobTitle":"Contractor"}`)}, drover.VerdictHuman},
		{"a person who runs SDKs", classify.Input{Type: "aws.iam.user", Name: "jane.doe", Creds: classify.Creds{MFA: classify.Yes, Keys: 1}, Behaviour: classify.Behaviour{Days: 30, SDKAgents: classify.Yes}}, drover.VerdictHuman},
		{"a service account used at a page", classify.Input{Type: "gcp.service_account", Name: "svc@x.iam.gserviceaccount.com", Behaviour: classify.Behaviour{Days: 30, Browsers: classify.Yes}}, drover.VerdictNHI},
		{"a test user of a person", classify.Input{Type: "okta.user", Name: "test.user1@corp.example", Attrs: []byte(`{"profile":{"firstName":"Test","lastName":"User"}}`)}, drover.VerdictHuman},
		{"sso permission set", classify.Input{Type: "aws.iam.role", Name: "AWSReservedSSO_Admin_0123abcd"}, drover.VerdictHuman},
		{"a role for functions", classify.Input{Type: "aws.iam.role", Name: "x", Trusts: []string{"lambda.amazonaws.com"}}, drover.VerdictNHI},
		{"a role for people", classify.Input{Type: "aws.iam.role", Name: "engineers", Trusts: []string{"arn:aws:iam::1:saml-provider/okta"}}, drover.VerdictHuman},
		{"a login role with a service's name", classify.Input{Type: "postgres.role", Name: "svc_orders", Attrs: []byte(`{"rolcanlogin":true}`)}, drover.VerdictNHI},
		{"a login role with a person's name", classify.Input{Type: "postgres.role", Name: "alice", Attrs: []byte(`{"rolcanlogin":true}`)}, drover.VerdictUnknown},
		{"a database user of the directory", classify.Input{Type: "postgres.role", Name: "alice", Attrs: []byte(`{"auth_method":"ldap","rolcanlogin":true}`)}, drover.VerdictHuman},
		{"nothing known", classify.Input{}, drover.VerdictUnknown},
		{"dormant, no behaviour", classify.Input{Type: "x.thingy", Name: "zxqwv"}, drover.VerdictUnknown},
		{"a person record", classify.Input{Kind: drover.KindHuman, Name: "svc-prod-01"}, drover.VerdictHuman},
		{"the user's word wins", classify.Input{Type: "gcp.service_account", Name: "x", User: []classify.Label{{Key: "verdict", Value: "human", By: "ann"}}}, drover.VerdictHuman},
	}
	c := classifier(t)
	for _, tt := range tests {
		got := c.Classify(&tt.in, now)
		if got.Verdict.Value.Value != tt.want {
			t.Errorf("%s: got %s (%.2f, %.2f), want %s; %+v", tt.what, got.Verdict.Value.Value, got.Verdict.Score, got.Verdict.Confidence, tt.want, got.Verdict.Reasons)
		}
	}
}

func TestNameAloneIsNeverDecisive(t *testing.T) {
	got := classifier(t).Classify(&classify.Input{Type: "x.thingy", Name: "svc-prod-backup-01"}, now)
	if got.Verdict.Automatable || got.Verdict.Grade == drover.GradeProven || got.Verdict.Confidence >= 0.9 {
		t.Errorf("got %+v", got.Verdict)
	}
	got = classifier(t).Classify(&classify.Input{Type: "gcp.service_account", Name: "jane.doe"}, now)
	if got.Verdict.Value.Value != drover.VerdictNHI || !got.Verdict.Automatable {
		t.Errorf("structure against name: got %+v", got.Verdict)
	}
}

func TestNHIType(t *testing.T) {
	tests := []struct {
		typ, name, attrs string
		want             drover.NHIType
	}{
		{"aws.iam.user", "ci-deploy", `{}`, drover.NHIServiceAccount},
		{"github.user", "dependabot[bot]", `{}`, drover.NHIBot},
		{"github.user", "x", `{"type":"Bot"}`, drover.NHIBot},
		{"github.app", "x", `{}`, drover.NHIApplication},
		{"github.deploy_key", "x", `{}`, drover.NHIAPIClient},
		{"entra.service_principal", "x", `{"servicePrincipalType":"ManagedIdentity"}`, drover.NHIServiceAccount},
		{"entra.service_principal", "x", `{"servicePrincipalType":"Application"}`, drover.NHIApplication},
		{"entra.agentIdentity", "x", `{}`, drover.NHIAIAgent},
		{"ad.computer", "WIN10$", `{}`, drover.NHIMachine},
		{"x509.certificate", "x", `{}`, drover.NHICertificate},
		{"mcp.server", "x", `{}`, drover.NHIAIAgent},
		{"mcp.client", "x", `{}`, drover.NHIAIAgent},
		{"docker_mcp.server", "x", `{}`, drover.NHIAIAgent},
		{"ad.user", "DESKTOP-AB12$", `{}`, drover.NHIMachine},
		{"x.thingy", "DESKTOP-AB12$", `{}`, drover.NHIMachine},
		{"x.thingy", "claude-agent", `{}`, drover.NHIAIAgent},
		{"okta.user", "claude-agent", `{}`, drover.NHIAIAgent},
		{"x.thingy", "gpt-support-agent", `{}`, drover.NHIAIAgent},
		{"x.thingy", "mssql-agent-02", `{}`, drover.NHIServiceAccount},
		{"iot.thing", "x", `{}`, drover.NHIIoTDevice},
		{"k8s.pod", "x", `{}`, drover.NHIContainer},
		{"newvendor.service_account", "x", `{}`, drover.NHIServiceAccount},
		{"newvendor.user", "x", `{"is_bot":true}`, drover.NHIBot},
		{"racf.user", "CICSPROD", `{"protected":true}`, drover.NHIServiceAccount},
		{"machine.account", "sshd", `{"shell":"/usr/sbin/nologin","uid":109}`, drover.NHIServiceAccount},
		{"okta.user", "jane.doe", `{}`, ""},
	}
	c := classifier(t)
	for _, tt := range tests {
		got := c.Classify(&classify.Input{Type: tt.typ, Name: tt.name, Attrs: []byte(tt.attrs)}, now)
		if got.NHIType.Value != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.typ, tt.name, got.NHIType.Value, tt.want)
		}
	}
}

func TestLifecycle(t *testing.T) {
	tests := []struct {
		what string
		in   classify.Input
		want drover.Lifecycle
		says string
	}{
		{"nothing known", classify.Input{Created: daysAgo(900)}, drover.LifecycleUnknown, "No source of usage"},
		{"used", classify.Input{Use: classify.Use{LastUsed: daysAgo(3), LastUsedSource: "credential_report"}}, drover.LifecycleActive, "credential_report"},
		{"idle", classify.Input{Use: classify.Use{LastUsed: daysAgo(30), LastUsedSource: "s"}}, drover.LifecycleIdle, "idle after 30 days"},
		{"dormant", classify.Input{Use: classify.Use{LastUsed: daysAgo(90), LastUsedSource: "s"}}, drover.LifecycleDormant, "90 days ago"},
		{"last use from a source read long ago", classify.Input{Use: classify.Use{LastUsed: daysAgo(200), LastUsedSource: "s", ObservedAt: daysAgo(100)}}, drover.LifecycleUnknown, "use since then is unknown"},
		{"last use of unknown grade", classify.Input{Use: classify.Use{LastUsed: daysAgo(200), LastUsedSource: "s", LastUsedGrade: drover.GradeUnknown}}, drover.LifecycleUnknown, "no proof"},
		{"new and never used", classify.Input{Created: daysAgo(2), Use: classify.Use{NeverSource: "s", NeverWindow: 100 * drover.Day}}, drover.LifecycleUnknown, "too new"},
		{"never used, old, seen far", classify.Input{Created: daysAgo(400), Use: classify.Use{NeverSource: "s", NeverWindow: 100 * drover.Day}}, drover.LifecycleDormant, "100 days that s covers"},
		{"never used, old, window too short", classify.Input{Created: daysAgo(400), Use: classify.Use{NeverSource: "s", NeverWindow: 7 * drover.Day}}, drover.LifecycleUnknown, "too short"},
		{"never used in forty days", classify.Input{Created: daysAgo(400), Use: classify.Use{NeverSource: "s", NeverWindow: 40 * drover.Day}}, drover.LifecycleIdle, "40 days"},
		{"never used, age unknown", classify.Input{Use: classify.Use{NeverSource: "s", NeverWindow: 400 * drover.Day}}, drover.LifecycleUnknown, "created is unknown"},
		{"never used, first seen long ago", classify.Input{FirstSeen: daysAgo(120), Use: classify.Use{NeverSource: "s", NeverWindow: 400 * drover.Day}}, drover.LifecycleDormant, "at least"},
		{"running now", classify.Input{Use: classify.Use{Live: daysAgo(0), LiveSource: "pg_stat_activity", LastUsed: daysAgo(300)}}, drover.LifecycleActive, "pg_stat_activity"},
		{"disabled", classify.Input{Disabled: classify.Yes, Use: classify.Use{LastUsed: now}}, drover.LifecycleQuarantined, "Disabled"},
		{"gone", classify.Input{Deleted: classify.Yes, Disabled: classify.Yes}, drover.LifecycleRetired, "Gone"},
		{"expired", classify.Input{Expires: daysAgo(1)}, drover.LifecycleQuarantined, "Expired"},
		{"owner left", classify.Input{Rel: classify.Relations{OwnerLeft: classify.Yes}, Use: classify.Use{LastUsed: now}}, drover.LifecycleOrphaned, "has left"},
		{"declared", classify.Input{Declared: classify.Yes}, drover.LifecycleRequested, "Announced"},
		{"clock ahead", classify.Input{Use: classify.Use{LastUsed: now.Add(time.Hour), LastUsedSource: "s"}}, drover.LifecycleActive, "less than a day"},
	}
	c := classifier(t)
	for _, tt := range tests {
		got := c.Classify(&tt.in, now).Lifecycle
		if got.Value != tt.want || !strings.Contains(got.Reason, tt.says) {
			t.Errorf("%s: got %s, %q; want %s, …%s…", tt.what, got.Value, got.Reason, tt.want, tt.says)
		}
	}
	strict, err := classify.New(classify.Settings{Idle: drover.Day, Dormant: 2 * drover.Day, UnownedIsOrphan: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := strict.Classify(&classify.Input{Use: classify.Use{LastUsed: daysAgo(3)}}, now).Lifecycle.Value; got != drover.LifecycleDormant {
		t.Errorf("own thresholds: got %s", got)
	}
	if got := strict.Classify(&classify.Input{Rel: classify.Relations{HasOwner: classify.No}}, now).Lifecycle.Value; got != drover.LifecycleOrphaned {
		t.Errorf("unowned: got %s", got)
	}
}

func TestPrecedence(t *testing.T) {
	c := classifier(t)
	in := classify.Input{Type: "aws.iam.role", Name: "svc-dev-payment-01"}
	env := func() string { v := c.Classify(&in, now).Env; return v.Value + " " + string(v.Source) }
	var got []string
	got = append(got, env())
	in.Containers = []string{"acme-staging"}
	got = append(got, env())
	in.Attrs = []byte(`{"Tags":[{"Key":"Environment","Value":"Production"}]}`)
	got = append(got, env())
	in.User = []classify.Label{{Key: "env", Value: "uat"}}
	got = append(got, env())
	if diff := cmp.Diff([]string{"dev name", "staging structure", "prod tag", "uat user"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestContext(t *testing.T) {
	c := classifier(t)
	r := c.Classify(&classify.Input{Type: "ad.user", Name: "svc-prod-payment-pci-01", Tags: []classify.Label{{Key: "business-unit", Value: "Retail"}, {Key: "data_classification", Value: "PII"}, {Key: "compliance", Value: "sox, GDPR"}},
		Rel: classify.Relations{MemberOf: []string{"Domain Admins"}}}, now)
	got := map[string]any{"purpose": r.Purpose.Value, "class": r.DataClass.Value, "crit": r.Criticality.Value, "reg": r.Regulation.Value, "bu": r.BusinessUnit.Value, "tier": r.Tier.Value, "tierKnown": r.Tier.Known()}
	want := map[string]any{"purpose": "payment", "class": "restricted", "crit": "critical", "reg": []string{"SOX", "GDPR"}, "bu": "Retail", "tier": 0, "tierKnown": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r := c.Classify(&classify.Input{Name: "x"}, now); r.Tier.Known() || r.DataClass.Known() || r.Regulation.Known() {
		t.Errorf("nothing known: got %+v", r)
	}
}

func FuzzClassify(f *testing.F) {
	f.Add("ad.user", "svc.martin", []byte(`{"description":"service account","tags":[{"Key":"env","Value":"prod"}]}`))
	f.Add("slack.user", "x", []byte(`{"tags":["env:prod"],"a":{"b":[[{`))
	f.Add("", "", []byte(`{"labels":{"env":"`))
	f.Add("aws.iam.role", "a.b", []byte(`{"Tags":[,]}`))
	c := classifier(f)
	f.Fuzz(func(t *testing.T, typ, name string, attrs []byte) {
		r := c.Classify(&classify.Input{Type: typ, Name: name, Attrs: attrs}, now)
		checkSpans(t, r.Name)
		if r.Verdict.Confidence < 0.5 || r.Verdict.Confidence > 1 {
			t.Fatalf("confidence %v", r.Verdict.Confidence)
		}
	})
}

func BenchmarkClassifyDirectory(b *testing.B) {
	c := classifier(b)
	in := classify.Input{Kind: drover.KindIdentity, Type: "ad.user", Name: "jhartmann", Attrs: []byte(`{"userAccountControl":512,"givenName":"Jutta","sn":"Hartmann","displayName":"Hartmann, Jutta","mail":"jutta.hartmann@corp.example","manager":"CN=Kurt Weiss,OU=Users,DC=corp","department":"Finance","title":"Controller","distinguishedName":"CN=Jutta Hartmann,OU=Users,DC=corp","description":"Accounts payable","objectClass":["top","person","user"]}`)}
	b.ReportAllocs()
	for b.Loop() {
		c.Classify(&in, now)
	}
}

func BenchmarkClassify(b *testing.B) {
	c := classifier(b)
	in := classify.Input{Kind: drover.KindIdentity, Type: "postgres.role", Name: "svc-prod-api-gateway-us-east-2a", Attrs: []byte(`{"oid":12,"rolcanlogin":true,"rolconnlimit":-1,"rolcreatedb":false,"rolreplication":false,"rolsuper":false}`),
		Use: classify.Use{LastUsed: daysAgo(40), LastUsedSource: "pg_stat_activity"}, Containers: []string{"orders"}}
	b.ReportAllocs()
	for b.Loop() {
		c.Classify(&in, now)
	}
}

// The account that we read a database with is in our own inventory, as what it is.
func TestOwnReader(t *testing.T) {
	c, err := classify.New(classify.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for attrs, want := range map[string]drover.Verdict{`{"drover_reader":true,"rolcanlogin":true,"rolsuper":false}`: drover.VerdictNHI, `{"rolcanlogin":true,"rolsuper":false}`: drover.VerdictUnknown} {
		in := classify.Input{Kind: drover.KindIdentity, Type: "postgres.role", Name: "drover", Attrs: drover.Attrs(attrs)}
		if got := c.Classify(&in, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)).Verdict.Value.Value; got != want {
			t.Errorf("%s: got %s, want %s", attrs, got, want)
		}
	}
}
