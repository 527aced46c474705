package aws

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/connector"
)

// A profile is suggested once for each account, and nothing of its keys.
func TestSuggest(t *testing.T) {
	home := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := file(".aws/config", "[profile prod]\nrole_arn = arn:aws:iam::123456789012:role/Audit\nsource_profile = default\n[profile prod-again]\nsso_account_id = 123456789012\nsso_session = s\n"+
		"[default]\nregion = eu-central-1\n[profile only region]\nregion = us-east-1\n[profile code]\nrole_arn = arn:aws:iam::210987654321:role/Audit\nmfa_serial = arn:aws:iam::1:mfa/x\n[sso-session s]\nsso_start_url = https://x\n")
	file(".aws/credentials", "[default]\naws_access_key_id = AKIA2OGYBAH6STMMNXQQ\naws_secret_access_key = CANARY-suggested-7Yq\n[Build Bot]\naws_access_key_id = AKIA2OGYBAH6QWERTYUA\naws_secret_access_key = CANARY-suggested-8Yq\n")
	none := func(string) string { return "" }
	got := suggest(none, home)
	want := []connector.Suggestion{
		{ID: "aws-default", Options: map[string]string{"profile": "default"}, Why: "a profile of " + config},
		{ID: "aws-prod", Options: map[string]string{"profile": "prod"}, Why: "a profile of " + config + ", for account 123456789012"},
		{ID: "aws-build-bot", Options: map[string]string{"profile": "Build Bot"}, Why: "a profile of " + filepath.Join(home, ".aws", "credentials")},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if d := cmp.Diff([]connector.Suggestion(nil), suggest(none, t.TempDir())); d != "" {
		t.Errorf("of an empty home: %s", d)
	}
	elsewhere := file("other", "[x]\naws_access_key_id = AKIA2OGYBAH6STMMNXQQ\n")
	got = suggest(func(name string) string { return map[string]string{"AWS_SHARED_CREDENTIALS_FILE": elsewhere}[name] }, "")
	if len(got) != 1 || got[0].ID != "aws-x" || !strings.HasSuffix(got[0].Why, "other") {
		t.Errorf("by the environment: %+v", got)
	}
}
