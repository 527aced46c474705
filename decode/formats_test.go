package decode

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Each line of want is class account host line path of one credential.
func TestMoreCredentialFiles(t *testing.T) {
	for _, tc := range []struct{ path, text, want string }{
		{`C:\Users\u\AppData\Roaming\NuGet\NuGet.Config`, "<?xml version=\"1.0\"?>\n<configuration>\n <packageSources><add key=\"feed\" value=\"https://f\"/></packageSources>\n <packageSourceCredentials><feed>\n  <add key=\"Username\" value=\"bot\"/>\n  <add key=\"ClearTextPassword\" value=\"canary\"/>\n </feed></packageSourceCredentials>\n <apikeys><add key=\"https://www.nuget.org\" value=\"canary\"/></apikeys>\n</configuration>", "password bot  6 feed.ClearTextPassword; api-key  https://www.nuget.org 8 apikeys"},
		{".config/filezilla/sitemanager.xml", "<FileZilla3><Servers>\n<Folder>f<Server><Host>h</Host><Port>22</Port><User>u</User>\n<Pass encoding=\"base64\">Y2FuYXJ5</Pass><Name>n</Name></Server></Folder>\n<Server><Host>g</Host><Port>21</Port><User>v</User><Pass>canary</Pass></Server></Servers></FileZilla3>", "password u h:22 3 Server.Pass; password v g:21 4 Server.Pass"},
		{".snowflake/connections.toml", "[dev]\naccount = \"acc\"\nuser = \"bot\"\npassword = \"canary\"\n[prod]\nauthenticator = \"externalbrowser\"\nprivate_key_passphrase = \"canary\"\n", "password bot acc.snowflakecomputing.com 4 dev.password; password   7 prod.private_key_passphrase"},
		{".snowflake/config.toml", "[connections.a]\npassword = \"canary\"\ntoken_file_path = \"/x\"\n", "password   2 connections.a.password"},
		{".oci/config", "[DEFAULT]\nuser=ocid1.user.oc1..a\nfingerprint=20:3b\nkey_file=~/.oci/k.pem\npass_phrase=canary\ntenancy=ocid1.tenancy.oc1..b\n", "password ocid1.user.oc1..a  5 DEFAULT.pass_phrase"},
		{".config/doctl/config.yaml", "access-token: canary-dop\nauth-contexts:\n  prod: canary-2\n  dev: canary-3\ncontext: default\n", "token   1 access-token; token   3 auth-contexts.prod; token   4 auth-contexts.dev"},
		{".s3cfg", "[default]\naccess_key = AKIAFAKE\nsecret_key = canary\nhost_base = s3.amazonaws.com\ngpg_passphrase = canary\n", "aws-access-key AKIAFAKE  3 default.secret_key; password AKIAFAKE  5 default.gpg_passphrase"},
		{".boto", "[Credentials]\naws_access_key_id = AKIAFAKE\naws_secret_access_key = canary\ngs_oauth2_refresh_token = canary\n", "aws-access-key AKIAFAKE  3 Credentials.aws_secret_access_key; oauth-refresh-token AKIAFAKE  4 Credentials.gs_oauth2_refresh_token"},
		{".databrickscfg", "[DEFAULT]\nhost = https://x.cloud.databricks.com\ntoken = canary\n[m2m]\nhost = https://y\nclient_id = app\nclient_secret = canary\n", "token  https://x.cloud.databricks.com 3 DEFAULT.token; oauth-client-secret app https://y 7 m2m.client_secret"},
		{".yarnrc.yml", "npmScopes:\n  acme:\n    npmAuthToken: \"canary\"\nnpmRegistries:\n  \"https://r\":\n    npmAuthToken: \"${TOKEN}\"\n", "token   3 npmScopes.acme.npmAuthToken; token   6 npmRegistries.https://r.npmAuthToken ref"},
		{"msal_token_cache.json", `{"RefreshToken":{"k":{"credential_type":"RefreshToken","secret":"canary","home_account_id":"oid.tid","environment":"login.microsoftonline.com"}}}`, "oauth-refresh-token oid.tid login.microsoftonline.com 1 RefreshToken.k.secret"},
		{".pulumi/credentials.json", "{\"current\":\"https://api.pulumi.com\",\"accounts\":{\"https://api.pulumi.com\":{\n\"accessToken\":\"canary\",\"username\":\"bot\"}}}", `token bot  2 accounts."https://api.pulumi.com".accessToken`},
		{".config/helm/repositories.yaml", "repositories:\n- name: r\n  url: https://r\n  username: u\n  password: canary\n", "password   5 repositories[0].password"},
		{".gem/credentials", "---\n:rubygems_api_key: canary\n", "api-key   2 :rubygems_api_key"},
	} {
		format := CredentialFormat(tc.path)
		found, err := ParseCredentials(format, []byte(tc.text))
		if err != nil {
			t.Errorf("%s as %q: %v", tc.path, format, err)
		}
		var got []string
		for _, f := range found {
			s := fmt.Sprintf("%s %s %s %d %s", f.Class, f.Account, f.Host, f.Line, f.Path)
			if f.Ref {
				s += " ref"
			} else if !strings.HasPrefix(f.Value.Reveal(), "canary") {
				t.Errorf("%s: wrong value at line %d", tc.path, f.Line)
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "; "); s != tc.want {
			t.Errorf("%s as %q:\n got %s\nwant %s", tc.path, format, s, tc.want)
		}
	}
}

const plistScript = `
import plistlib, json, datetime, sys
d = {"Label": "com.example.agent", "UserName": "_svc", "GroupName": "staff", "ProgramArguments": ["/usr/bin/agent", "--token", "canary-1", "größe", "x" * 300],
     "RunAtLoad": True, "Disabled": False, "StartInterval": 70000, "StartCalendarInterval": [{"Hour": 3, "Minute": 5}, {"Weekday": 1}],
     "EnvironmentVariables": {"API_TOKEN": "canary-2", "PLAIN": "v", "N": "é" * 20}, "Float": 1.5, "Negative": -3, "Big": 2**40, "When": datetime.datetime(2026, 1, 2, 3, 4, 5), "Data": b"\x00\x01",
     "Same": ["v"] * 5, "Empty": {}, "Nested": {"a": [{"b": {"c": ["d"]}}]}}
open("b.plist", "wb").write(plistlib.dumps(d, fmt=plistlib.FMT_BINARY))
open("x.plist", "wb").write(plistlib.dumps(d, fmt=plistlib.FMT_XML))
for k in ("When", "Data"): del d[k]
def s(v):
    if isinstance(v, bool): return v
    if isinstance(v, dict): return {k: s(e) for k, e in v.items()}
    if isinstance(v, list): return [s(e) for e in v]
    return str(v)
json.dump(s(d), open("want.json", "w"))
`

// TestPlistEqualsPython: both forms of a property list hold what Python's
// plistlib put there, and are the same job.
func TestPlistEqualsPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 not present")
	}
	dir := t.TempDir()
	cmd := exec.Command(python, "-c", plistScript)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var want map[string]any
	data, _ := os.ReadFile(filepath.Join(dir, "want.json"))
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	var jobs []Program
	for _, form := range []string{"b.plist", "x.plist"} {
		data, _ := os.ReadFile(filepath.Join(dir, form))
		v, err := parsePlist(data)
		if err != nil {
			t.Fatal(form, err)
		}
		if got := v.str("When"); got != "2026-01-02T03:04:05Z" {
			t.Errorf("%s: date %q", form, got)
		}
		got := v.plain().(map[string]any)
		delete(got, "When")
		delete(got, "Data")
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", form, got, want)
		}
		job, err := ParseLaunchd(data)
		if err != nil || len(job.Secrets) != 2 || strings.Contains(fmt.Sprintf("%+v", job), "canary") {
			t.Errorf("%s: %+v, %v", form, job, err)
		}
		job.Secrets = nil
		jobs = append(jobs, job)
		for cut := range len(data) - 1 {
			_, _ = parsePlist(data[:cut])
		}
	}
	if !reflect.DeepEqual(jobs[0], jobs[1]) {
		t.Errorf("the two forms differ:\n%+v\n%+v", jobs[0], jobs[1])
	}
	if j := jobs[0]; j.Name != "com.example.agent" || j.User != "_svc" || !slices.Contains(j.Schedule, "StartInterval=70000") || !slices.Contains(j.Schedule, "StartCalendarInterval Hour=3 Minute=5") {
		t.Errorf("got %+v", j)
	}
}

// TestBinaryPlistOfOneStringManyTimes: the string is read once.
func TestBinaryPlistOfOneStringManyTimes(t *testing.T) {
	const size, refs = 1 << 16, 1 << 14
	b := []byte("bplist00\xaf\x11")
	b = append(b, byte(refs>>8), byte(refs&0xff))
	b = append(b, []byte(strings.Repeat("\x01", refs))...)
	text := len(b)
	b = append(b, 0x5f, 0x12, 0, 1, 0, 0)
	b = append(b, []byte(strings.Repeat("a", size))...)
	table := len(b)
	b = append(b, 0, 0, 0, 8, 0, 0, byte(text>>8), byte(text))
	trailer := make([]byte, 32)
	trailer[6], trailer[7], trailer[15] = 4, 1, 2
	trailer[28], trailer[29], trailer[30], trailer[31] = byte(table>>24), byte(table>>16), byte(table>>8), byte(table)
	b = append(b, trailer...)
	v, err := parsePlist(b)
	if err != nil || len(v.vals) != refs || len(v.vals[refs-1].text) != size {
		t.Fatal(err)
	}
	if _, bytes := cost(func(b []byte) { _, _ = parsePlist(b) }, b); bytes > 16<<20 {
		t.Errorf("%.0f bytes allocated for %d", bytes, len(b))
	}
}

func TestExtensions(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want Extension
	}{
		"version 3": {`{"manifest_version":3,"name":"X","version":"1.2","permissions":["tabs","nativeMessaging"],"optional_permissions":["history"],"host_permissions":["*://*/*"],"content_scripts":[{"matches":["https://a/*","*://*/*"]}],"update_url":"https://u","author":"me"}`,
			Extension{Kind: "browser", Name: "X", Version: "1.2", ManifestVersion: 3, Permissions: []string{"tabs", "nativeMessaging"}, Optional: []string{"history"}, Hosts: []string{"*://*/*", "https://a/*"}, UpdateURL: "https://u", Publisher: "me", NativeMessaging: true}},
		"version 2, Firefox": {`{"manifest_version":2,"name":"Y","version":"0","permissions":["cookies","<all_urls>","http://b/*"],"browser_specific_settings":{"gecko":{"id":"y@example.org"}},"developer":{"name":"dev"}}`,
			Extension{Kind: "browser", ID: "y@example.org", Name: "Y", Version: "0", ManifestVersion: 2, Permissions: []string{"cookies"}, Hosts: []string{"<all_urls>", "http://b/*"}, Publisher: "dev"}},
		"VS Code": {`{"name":"z","displayName":"Zed","publisher":"acme","version":"3.0.0","engines":{"vscode":"^1.80.0"},"activationEvents":["*"],"enabledApiProposals":["chat"]}`,
			Extension{Kind: "vscode", ID: "acme.z", Name: "Zed", Publisher: "acme", Version: "3.0.0", Activation: []string{"*"}, Permissions: []string{"chat"}}},
	} {
		got, err := ParseExtension([]byte(tc.text))
		if err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s:\n got %+v (%v)\nwant %+v", name, got, err, tc.want)
		}
	}
	for _, in := range []string{`{}`, `{"name":"npm package"}`, `[]`} {
		if _, err := ParseExtension([]byte(in)); err == nil {
			t.Errorf("%s: no error", in)
		}
	}
}

func TestCloudProfiles(t *testing.T) {
	g, err := ParseGcloud([]byte("[core]\naccount = bot@p.iam.gserviceaccount.com\nproject = p\n[auth]\nimpersonate_service_account = x@p\ncredential_file_override = /k.json\n[compute]\nzone = a\n"))
	if want := (GcloudConfig{"bot@p.iam.gserviceaccount.com", "p", "x@p", "/k.json"}); err != nil || g != want {
		t.Errorf("got %+v, %v", g, err)
	}
	// az writes a byte order mark in front.
	a, err := ParseAzureProfile([]byte("\xef\xbb\xbf{\"installationId\":\"i\",\"subscriptions\":[\n{\"id\":\"s1\",\"name\":\"One\",\"state\":\"Enabled\",\"user\":{\"name\":\"app-id\",\"type\":\"servicePrincipal\"},\"isDefault\":true,\"tenantId\":\"t\"},\n{\"id\":\"s2\",\"user\":{\"name\":\"u@x\",\"type\":\"user\"},\"isDefault\":false}]}"))
	want := []AzureAccount{{Subscription: "s1", Name: "One", Tenant: "t", User: "app-id", UserType: "servicePrincipal", State: "Enabled", Default: true, Line: 2}, {Subscription: "s2", User: "u@x", UserType: "user", Line: 3}}
	if err != nil || !reflect.DeepEqual(a, want) {
		t.Errorf("got %+v, %v", a, err)
	}
}

func TestTaskXML(t *testing.T) {
	text := `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.4" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>d</Description><URI>\Acme\Sync</URI></RegistrationInfo>
  <Triggers><CalendarTrigger><StartBoundary>2026-01-01T00:00:00</StartBoundary></CalendarTrigger><BootTrigger/></Triggers>
  <Principals><Principal id="Author"><UserId>ACME\svc$</UserId><LogonType>Password</LogonType><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
  <Settings><Enabled>false</Enabled></Settings>
  <Actions Context="Author"><Exec><Command>C:\a b\x.exe</Command><Arguments>/user bot --password canary-pw</Arguments></Exec><Exec><Command>y.exe</Command></Exec></Actions>
</Task>`
	utf16 := []byte("\xff\xfe")
	for _, r := range text {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	for form, data := range map[string][]byte{"UTF-8": []byte(text), "UTF-16": utf16} {
		p, err := ParseTask(data)
		if err != nil || p.Name != `\Acme\Sync` || p.User != `ACME\svc$` || p.LogonType != "Password" || p.RunLevel != "HighestAvailable" || !p.Disabled || p.Description != "d" ||
			!slices.Equal(p.Schedule, []string{"CalendarTrigger", "BootTrigger"}) || len(p.Commands) != 2 || len(p.Secrets) != 1 || p.Secrets[0].Value.Reveal() != "canary-pw" || strings.Contains(fmt.Sprintf("%+v", p), "canary") {
			t.Errorf("%s: got %+v, %v", form, p, err)
		}
		if len(p.Commands) == 2 && !strings.Contains(p.Commands[0], `C:\a b\x.exe`) {
			t.Errorf("%s: command %q", form, p.Commands[0])
		}
	}
}

func TestSudoersGrammar(t *testing.T) {
	rules, err := ParseSudoers([]byte(`# comment
Defaults	env_reset
Host_Alias WEB = web1, web2
User_Alias OPS = alice, %ops : BOTS = #1000, +net
Runas_Alias DB = postgres, mysql
Cmnd_Alias SVC = /bin/systemctl restart a, \
                 /bin/systemctl stop a
OPS WEB=(DB : adm) NOPASSWD:SETENV: SVC, !/bin/su : web3 = /bin/ls
BOTS ALL = (ALL) NOPASSWD: ALL
%dom\ users ALL=/bin/a\,b, PASSWD: sudoedit /etc/x
bob ALL=(:grp) /bin/c # trailing
broken line
@includedir /etc/sudoers.d
`))
	if err == nil || !strings.Contains(err.Error(), "line 12") {
		t.Errorf("error %v", err)
	}
	var got []string
	for _, r := range rules {
		got = append(got, fmt.Sprintf("%d %q %q as %q %q: %q nopasswd=%v setenv=%v", r.Line, r.Who, r.Hosts, r.RunAs, r.RunAsGroup, r.Commands, r.NoPasswd, r.SetEnv))
	}
	want := []string{
		`8 ["alice" "%ops"] ["web1" "web2"] as ["postgres" "mysql"] ["adm"]: ["/bin/systemctl restart a" "/bin/systemctl stop a" "!/bin/su"] nopasswd=true setenv=true`,
		`8 ["alice" "%ops"] ["web3"] as [] []: ["/bin/ls"] nopasswd=false setenv=false`,
		`9 ["#1000" "+net"] ["ALL"] as ["ALL"] []: ["ALL"] nopasswd=true setenv=false`,
		`10 ["%dom users"] ["ALL"] as [] []: ["/bin/a,b" "sudoedit /etc/x"] nopasswd=false setenv=false`,
		`11 ["bob"] ["ALL"] as [] ["grp"]: ["/bin/c"] nopasswd=false setenv=false`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestSudoersBomb: aliases that would unfold to 10^9 members, or to none after
// as many steps, end early and say so.
func TestSudoersBomb(t *testing.T) {
	for _, last := range []string{"u", ""} {
		text := ""
		for i := range 8 {
			next := fmt.Sprintf("A%d,", i+1)
			text += fmt.Sprintf("User_Alias A%d = %s\n", i, strings.Repeat(next, 300))
		}
		text += "User_Alias A8 = " + last + "\n" + strings.Repeat("A0 ALL=ALL\n", 500)
		rules, err := ParseSudoers([]byte(text))
		n := 0
		for _, r := range rules {
			n += len(r.Who)
		}
		if err == nil || n > 3*maxSteps || len(rules) != 500 {
			t.Errorf("%q: %d rules, %d members, %v", last, len(rules), n, err)
		}
	}
}
