package classify_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/droverhq/drover/classify"
	"pgregory.net/rapid"
)

func classifier(t testing.TB) *classify.Classifier {
	t.Helper()
	c, err := classify.New(classify.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// show is the golden form of a name: type|env|function|location|zone|instance;
// an ambiguous slot shows its alternatives in parentheses.
func show(p classify.NameParts) string {
	f := func(x classify.Part) string {
		if x.Value == "" && len(x.Alternatives) > 0 {
			a := slices.Clone(x.Alternatives)
			slices.Sort(a)
			return "(" + strings.Join(a, ",") + ")"
		}
		return x.Value
	}
	return strings.Join([]string{f(p.Type), f(p.Env), f(p.Function), f(p.Location), f(p.Zone), f(p.Instance)}, "|")
}

func TestParseNameWorkedExamples(t *testing.T) {
	c := classifier(t)
	tests := []struct{ name, home, want string }{
		{"svc-prod-api-gateway-east-2a", "", "svc|prod|api-gateway|(ap-east-2,us-east-2)|a|"},
		{"svc-prod-api-gateway-east-2a", "us-east-2", "svc|prod|api-gateway|us-east-2|a|"},
		{"prd_etl_loader03_weu", "", "|prod|etl-loader|westeurope||03"},
		{"sa-k8s-prometheus-dev-europe-west1-b", "", "sa|dev|k8s-prometheus|europe-west1|b|"},
		{"AWSReservedSSO_Admin_0123abcd", "", "|||||"},
		{`CORP\svc_sqlprod01$`, "", "svc|prod|sql|||01"},
		{"productapi", "", "||productapi|||"},
		{"devicehub-test-2", "", "|test|devicehub|||2"},
		{"sa-east-1-backup-runner", "", "runner||backup|sa-east-1||"},
		{"usa-billing-int-01", "", "|(integration,internal)|billing|US||01"},
		{"github-actions[bot]", "", "bot||github-actions|||"},
		{"svc-orders-use1-az4", "", "svc||orders|us-east-1|az4|"},
		{"app-nonprod-mail", "", "app|nonprod|mail|||"},
		{"app-non-prod-mail", "", "app|nonprod|mail|||"},
		{"svc-dev-test-mail", "", "svc|(dev,test)|mail|||"},
		{"svcProdApiGateway", "", "svc|prod|api-gateway|||"},
		{"GitHubDeployer", "", "deployer||github|||"},
		{"DevOpsTeam", "", "||devops-team|||"},
		{"arn:aws:iam::123456789012:role/ci-deploy-prod", "", "ci|prod|deploy|||"},
		{"spiffe://corp/ns/x/sa/web-prod", "", "|prod|web|||"},
		{"ｓｖｃ-prod-mail", "", "svc|prod|mail|||"},
	}
	for _, tt := range tests {
		var home []string
		if tt.home != "" {
			home = []string{tt.home}
		}
		if got := show(c.ParseName(tt.name, home)); got != tt.want {
			t.Errorf("ParseName(%q, %q)\n got %s\nwant %s", tt.name, tt.home, got, tt.want)
		}
	}
}

// TestParseNameGolden reads names whose slots were written down with the names,
// not printed by the parser: name, tab, type|env|function|location|zone|instance.
func TestParseNameGolden(t *testing.T) {
	c := classifier(t)
	f, err := os.Open("testdata/names.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n, bad := 0, 0
	for sc := bufio.NewScanner(f); sc.Scan(); {
		name, want, ok := strings.Cut(sc.Text(), "\t")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		n++
		if got := show(c.ParseName(name, nil)); got != want {
			bad++
			t.Errorf("ParseName(%q)\n got %s\nwant %s", name, got, want)
		}
	}
	if n < 1000 {
		t.Errorf("the golden file has %d names, want 1000 or more", n)
	}
	t.Logf("%d names, %d differ", n, bad)
}

// checkSpans asserts that the spans cover the name in order, that no slot begins
// or ends inside a run of lower-case ASCII letters unless a digit stands behind
// the run (sqlprod01, svccrm27), and that slot texts are pieces of the name.
func checkSpans(t interface{ Fatalf(string, ...any) }, p classify.NameParts) {
	at, joined := 0, ""
	for _, s := range p.Spans {
		if s.Start != at || s.End <= s.Start || s.End > len(p.Raw) {
			t.Fatalf("spans of %q: %+v does not follow %d", p.Raw, s, at)
		}
		joined += p.Raw[s.Start:s.End]
		at = s.End
	}
	if joined != p.Raw {
		t.Fatalf("spans of %q join to %q", p.Raw, joined)
	}
	for _, part := range []classify.Part{p.Type, p.Env, p.Function, p.Location, p.Zone, p.Instance} {
		if !strings.Contains(p.Raw, part.Text) {
			t.Fatalf("%q does not hold %q", p.Raw, part.Text)
		}
	}
	lower := func(i int) bool { return p.Raw[i] >= 'a' && p.Raw[i] <= 'z' }
	digitAt := func(i int) bool { return i < len(p.Raw) && p.Raw[i] >= '0' && p.Raw[i] <= '9' }
	for i, s := range p.Spans {
		if i+1 < len(p.Spans) && p.Spans[i+1].Slot == classify.SlotEnv && digitAt(p.Spans[i+1].End) {
			continue // sqlprod01
		}
		if s.Slot != classify.SlotEnv && s.Slot != classify.SlotType && s.Slot != classify.SlotLocation {
			continue
		}
		if mark := p.Raw[s.Start:s.End]; mark == "svc" || mark == "srv" {
			end := s.End
			for end < len(p.Raw) && lower(end) {
				end++
			}
			if digitAt(end) {
				continue // svccrm27
			}
		}
		if s.End < len(p.Raw) && lower(s.End) && lower(s.End-1) {
			t.Fatalf("%q: %s ends inside a word at %d", p.Raw, s.Slot, s.End)
		}
		if s.Start > 0 && lower(s.Start-1) && lower(s.Start) && !digitAt(s.End) {
			t.Fatalf("%q: %s begins inside a word at %d", p.Raw, s.Slot, s.Start)
		}
	}
}

func TestParseNameSpansProperty(t *testing.T) {
	c := classifier(t)
	words := []string{"svc", "prod", "api", "gateway", "east", "2a", "us", "1", "dev", "device", "product", "sa", "weu", "01", "sqlprod", "int", "p", "Prod", "API", "a", "-", "_", ".", "/", "@x.org", "$", "[bot]", `CORP\`, "é", "\xff", "k8s", "europe-west1", "b", "non", "nbg1"}
	rapid.Check(t, func(t *rapid.T) {
		n := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 12).Draw(t, "words"), rapid.SampledFrom([]string{"", "-", "_"}).Draw(t, "sep"))
		checkSpans(t, c.ParseName(n, []string{"us-east-2"}))
	})
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"svc-prod-api-gateway-east-2a", `CORP\svc_sqlprod01$`, "\xff\xfe", "a\u0301b", "\u202esvc", "x@", "cn=,", "arn:", "[bot]", "$", "\x00", "ﬁle-prod", "İ-prod"} {
		f.Add(s)
	}
	c := classifier(f)
	f.Fuzz(func(t *testing.T, s string) {
		p := c.ParseName(s, nil)
		checkSpans(t, p)
		if utf8.ValidString(s) && !utf8.ValidString(p.Function.Value) {
			t.Fatalf("function of valid %q is invalid %q", s, p.Function.Value)
		}
	})
}

func TestHostileNames(t *testing.T) {
	c := classifier(t)
	for _, s := range []string{strings.Repeat("svc-prod-", 1<<17), strings.Repeat("e\u0301", 1<<16), strings.Repeat("a1", 250), strings.Repeat("-", 500), "\u202e\x00\x1b[31m=cmd()"} {
		in := classify.Input{Name: s, Type: s, Attrs: []byte(`{"description":"` + strings.Repeat("x", 1<<20) + `"`)}
		r := c.Classify(&in, now)
		checkSpans(t, r.Name)
	}
}

func TestConforms(t *testing.T) {
	c := classifier(t)
	g, err := c.CompileGrammar("{type}-{env}-{function}-{region}-{n}")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		ok   bool
		why  string
	}{
		{"svc-prod-api-gateway-east-2a", true, ""},
		{"svc-prod-orders-us-east-1-01", true, ""},
		{"svc-prd-orders-euw1-3", true, ""},
		{"orders-prod", false, "does not begin with {type}"},
		{"svc-orders-east-1", false, "has no {env}"},
		{"svc-prod-orders", false, "has no {region}"},
		{"svc_prod_orders_euw1_1", false, "has no {env}"},
		{strings.Repeat("x", 2000), false, "longer than"},
	}
	for _, tt := range tests {
		ok, why := g.Conforms(tt.name)
		if ok != tt.ok || !strings.Contains(why, tt.why) {
			t.Errorf("Conforms(%.60q) = %t, %q; want %t, …%s…", tt.name, ok, why, tt.ok, tt.why)
		}
	}
	for _, bad := range []string{"", "svc", "{env", "{env}-{env}", "[{env}", "{env}]", "{}", "{a-b}", strings.Repeat("{a}", 200)} {
		if _, err := c.CompileGrammar(bad); err == nil {
			t.Errorf("CompileGrammar(%.40q): no error", bad)
		}
	}
}

func FuzzCompileGrammar(f *testing.F) {
	f.Add("{type}-{env}-{function}[-{n}]", "svc-prod-x-1")
	f.Add("{a}{b}", "")
	f.Add("[[{x}]", "\xff")
	f.Add("(?:{x}", "(?:x")
	c := classifier(f)
	f.Fuzz(func(t *testing.T, pattern, name string) {
		g, err := c.CompileGrammar(pattern)
		if err != nil {
			return
		}
		if ok, why := g.Conforms(name); ok != (why == "") {
			t.Fatalf("Conforms(%q) = %t, %q", name, ok, why)
		}
	})
}

func TestLearnPrefixes(t *testing.T) {
	var names []string
	for range 30 {
		names = append(names, "globex-orders-prod", "svc-mail-prod", "jane.doe")
	}
	got := classifier(t).LearnPrefixes(names, 20)
	if want := []string{"globex"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
