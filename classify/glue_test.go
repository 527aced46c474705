package classify_test

import (
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"pgregory.net/rapid"
)

// TestGluedNames: words written without a border decide only where the attributes
// of a person are missing.
func TestGluedNames(t *testing.T) {
	tests := []struct {
		name string
		want drover.Verdict
	}{
		{"SVCBUILD34", drover.VerdictNHI}, {"svccrm", drover.VerdictNHI}, {"tableausrv", drover.VerdictNHI}, {"zabbixldap", drover.VerdictNHI}, {"grafanareader", drover.VerdictNHI},
		{"sqlagent02", drover.VerdictNHI}, {"kioskcanteen", drover.VerdictShared},
		{"products", drover.VerdictUnknown}, {"devon", drover.VerdictUnknown}, {"appleton", drover.VerdictUnknown}, {"jobst", drover.VerdictUnknown}, {"xsvcx", drover.VerdictUnknown},
		{strings.Repeat("svc", 30), drover.VerdictUnknown},
	}
	c := classifier(t)
	for _, tt := range tests {
		if got := c.Classify(&classify.Input{Type: "x.thingy", Name: tt.name}, now); got.Verdict.Value.Value != tt.want {
			t.Errorf("%s: got %s, want %s; %+v", tt.name, got.Verdict.Value.Value, tt.want, got.Verdict.Reasons)
		}
	}
	if p := c.ParseName("SVCCRM27", nil); p.Type.Value != "svc" || p.Function.Value != "crm" || p.Instance.Value != "27" {
		t.Errorf("SVCCRM27: got %s", show(p))
	}
}

func TestAccountControl(t *testing.T) {
	tests := []struct {
		what, name, attrs string
		want              drover.Verdict
	}{
		{"no field of a person, password never expires", "qzwx", `{"userAccountControl":66048}`, drover.VerdictNHI},
		{"the same, as a string", "qzwx", `{"userAccountControl":"66048"}`, drover.VerdictNHI},
		{"the same with a person's fields", "qzwx", `{"userAccountControl":66048,"givenName":"Ann","sn":"Qzwx","department":"Sales","title":"Buyer"}`, drover.VerdictHuman},
		{"nothing but the flags of an ordinary account", "qzwx", `{"userAccountControl":512}`, drover.VerdictUnknown},
		{"a workstation", "qzwx", `{"userAccountControl":4096}`, drover.VerdictNHI},
		{"trusted for delegation", "qzwx", `{"userAccountControl":524800}`, drover.VerdictNHI},
		{"no number", "qzwx", `{"userAccountControl":"many"}`, drover.VerdictUnknown},
		{"over the range of a number", "qzwx", `{"userAccountControl":99999999999999999999}`, drover.VerdictUnknown},
	}
	c := classifier(t)
	for _, tt := range tests {
		got := c.Classify(&classify.Input{Type: "ad.user", Name: tt.name, Attrs: []byte(tt.attrs)}, now)
		if got.Verdict.Value.Value != tt.want {
			t.Errorf("%s: got %s (%.1f), want %s; %+v", tt.what, got.Verdict.Value.Value, got.Verdict.Score, tt.want, got.Verdict.Reasons)
		}
	}
}

// TestDisplayNames: the pitfalls of names that people are shown.
func TestDisplayNames(t *testing.T) {
	tests := []struct {
		typ, name, attrs string
		want             drover.Verdict
	}{
		{"ibmi.user", "PLINDGREN", `{"TEXT":"Per Lindgren, Yard"}`, drover.VerdictHuman},
		{"racf.user", "WEIDNERK", `{"NAME":"K WEIDNER"}`, drover.VerdictHuman},
		{"okta.user", "terraform@x.example", `{"profile":{"firstName":"Terraform","lastName":"Automation"}}`, drover.VerdictNHI},
		{"ad.user", "mbackup", `{"givenName":"Marianne","sn":"Backup","title":"Nurse"}`, drover.VerdictHuman},
		{"ad.user", "jack.daemon", `{}`, drover.VerdictUnknown},
		{"x.user", "田中太郎", `{}`, drover.VerdictHuman},
		{"gworkspace.user", "careers@x.example", `{}`, drover.VerdictShared},
		{"github.user", "careers", `{}`, drover.VerdictHuman},
	}
	c := classifier(t)
	for _, tt := range tests {
		got := c.Classify(&classify.Input{Type: tt.typ, Name: tt.name, Attrs: []byte(tt.attrs)}, now)
		if got.Verdict.Value.Value != tt.want {
			t.Errorf("%s %s: got %s (%.1f), want %s; %+v", tt.typ, tt.name, got.Verdict.Value.Value, got.Verdict.Score, tt.want, got.Verdict.Reasons)
		}
	}
}

// TestLastWordOfType: a type nobody listed is read by the words it ends in.
func TestLastWordOfType(t *testing.T) {
	c := classifier(t)
	for typ, want := range map[string]drover.NHIType{
		"acme.project_api_key": drover.NHIAPIClient, "acme.fine_grained_pat": drover.NHIAPIClient, "acme.build_runner": drover.NHIMachine, "acme.iot_sensor": drover.NHIIoTDevice, "acme.my_service_account": drover.NHIServiceAccount,
	} {
		if got := c.Classify(&classify.Input{Type: typ, Name: "x"}, now); got.NHIType.Value != want {
			t.Errorf("%s: got %q, want %q", typ, got.NHIType.Value, want)
		}
	}
}

// TestNoSlotInsideAWordProperty: letters alone, put around a word of environment,
// type or region, leave one word and one slot.
func TestNoSlotInsideAWordProperty(t *testing.T) {
	c := classifier(t)
	rapid.Check(t, func(t *rapid.T) {
		inner := rapid.SampledFrom([]string{"prod", "dev", "test", "staging", "uat", "svc", "app", "bot", "weu", "east"}).Draw(t, "inner")
		before := rapid.StringMatching(`[jqxz][aeiou]{1,3}`).Draw(t, "before")
		after := rapid.StringMatching(`[jqxz][aeiou]{1,3}`).Draw(t, "after")
		name := rapid.SampledFrom([]string{before + inner + after, before + inner, inner + after}).Draw(t, "name")
		p := c.ParseName(name, nil)
		if len(p.Spans) != 1 || p.Env.Known() || p.Type.Known() || p.Location.Known() || p.Instance.Known() {
			t.Fatalf("%q: got %s, spans %v", name, show(p), p.Spans)
		}
	})
}

// TestAmbiguityIsReportedProperty: of two environments none is chosen and both
// are reported.
func TestAmbiguityIsReportedProperty(t *testing.T) {
	c := classifier(t)
	envs := []string{"prod", "staging", "uat", "qa", "test", "dev", "sandbox"}
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SampledFrom(envs).Draw(t, "a")
		b := rapid.SampledFrom(envs).Filter(func(s string) bool { return s != a }).Draw(t, "b")
		sep := rapid.SampledFrom([]string{"-", "_", "."}).Draw(t, "sep")
		p := c.ParseName(strings.Join([]string{"svc", a, "mail", b}, sep), nil)
		if p.Env.Value != "" || len(p.Env.Alternatives) != 2 {
			t.Fatalf("%s and %s: got %+v", a, b, p.Env)
		}
	})
}

// TestConformsProperty: a name put together by the pattern conforms, and every
// other has a reason that is bounded whatever the name.
func TestConformsProperty(t *testing.T) {
	c, err := classify.New(classify.Settings{Naming: classify.Naming{Pattern: "{type}-{env}-{function}[-{n}]"}})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"svc", "sa", "bot"}).Draw(t, "type") + "-" + rapid.SampledFrom([]string{"prod", "dev"}).Draw(t, "env") + "-" + rapid.StringMatching(`[a-z]{3,12}`).Draw(t, "function")
		if n := rapid.StringMatching(`(-\d\d)?`).Draw(t, "n"); true {
			name += n
		}
		if ok, why := c.Conforms(name); !ok || why != "" {
			t.Fatalf("Conforms(%q) = %t, %q", name, ok, why)
		}
		any := rapid.String().Draw(t, "any")
		if ok, why := c.Conforms(any); ok != (why == "") || len(why) > 600 {
			t.Fatalf("Conforms(%q) = %t with the reason %q", any, ok, why)
		}
	})
	if ok, why := classifier(t).Conforms("anything at all"); !ok || why != "" {
		t.Errorf("without a pattern: got %t, %q", ok, why)
	}
}
