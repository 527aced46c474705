package machine

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/decode"
)

func TestRowsAreWellFormed(t *testing.T) {
	names := categoryNames()
	used := map[string]bool{}
	for _, r := range table {
		used[r.category] = true
		if !slices.Contains(names, r.category) {
			t.Errorf("row %q: category %q is not declared", r.what, r.category)
		}
		if r.what == "" || (r.read == nil) == (r.format == "") {
			t.Errorf("row of %s: what %q or reader is missing", r.category, r.what)
		}
		all := slices.Concat(r.all, r.linux, r.darwin, r.windows)
		if len(all) == 0 {
			t.Errorf("row %q has no pattern", r.what)
		}
		for _, p := range all {
			checkPattern(t, r, p)
		}
		for _, p := range slices.Concat(r.all, r.linux, r.darwin) {
			if strings.HasPrefix(p, "%") {
				t.Errorf("row %q: pattern %q is for Windows alone", r.what, p)
			}
		}
	}
	for _, c := range categories {
		if !used[c.name] || c.doc == "" {
			t.Errorf("category %s has no row or no doc", c.name)
		}
	}
}

func checkPattern(t *testing.T, r *row, p string) {
	t.Helper()
	if _, err := path.Match(p, "x"); err != nil {
		t.Errorf("row %q: pattern %q: %v", r.what, p, err)
	}
	if strings.Contains(p, "//") || strings.Contains(p, `\`) || strings.HasSuffix(p, "/") || strings.Contains(p, "..") {
		t.Errorf("row %q: pattern %q is not a clean slash-separated path of a file", r.what, p)
	}
	if strings.HasPrefix(p, "~") && !strings.HasPrefix(p, "~/") {
		t.Errorf("row %q: pattern %q: ~ stands before /", r.what, p)
	}
	if strings.HasPrefix(p, "%") && !strings.HasPrefix(p, "%APPDATA%/") && !strings.HasPrefix(p, "%LOCALAPPDATA%/") {
		t.Errorf("row %q: pattern %q begins with an unknown folder", r.what, p)
	}
	if !anchored(p) && p != strings.ToLower(p) {
		t.Errorf("row %q: pattern %q is matched without regard to case: write it in lower case", r.what, p)
	}
}

// What a person who asks "what does this computer hold" expects to be looked
// for, each with a path that must lead to a row on each system.
func TestEveryExpectedPlaceHasARow(t *testing.T) {
	const linux, mac, win = "linux", "darwin", "windows"
	for _, want := range []struct{ category, os, file string }{
		{"aws", linux, "~/.aws/credentials"}, {"aws", mac, "~/.aws/config"}, {"aws", win, "~/.aws/credentials"},
		{"gcloud", linux, "~/.config/gcloud/application_default_credentials.json"}, {"gcloud", win, "~/AppData/Roaming/gcloud/application_default_credentials.json"},
		{"azure", linux, "~/.azure/azureProfile.json"}, {"azure", mac, "~/.azure/msal_token_cache.json"}, {"azure", win, "~/.azure/service_principal_entries.json"},
		{"kubeconfig", linux, "$KUBECONFIG"}, {"kubeconfig", mac, "~/.kube/config"}, {"kubeconfig", win, "~/.kube/config"}, {"kubeconfig", linux, "/etc/kubernetes/admin.conf"},
		{"ssh", linux, "~/.ssh/id_rsa"}, {"ssh", mac, "~/.ssh/authorized_keys"}, {"ssh", win, "~/.ssh/id_ed25519"}, {"ssh", win, "/ProgramData/ssh/administrators_authorized_keys"},
		{"docker", linux, "~/.docker/config.json"}, {"npm", mac, "~/.npmrc"}, {"pip", win, "~/AppData/Roaming/pip/pip.ini"}, {"netrc", linux, "~/.netrc"}, {"git", linux, "~/.git-credentials"},
		{"env", linux, "proj/.env"}, {"env", mac, "proj/.env.production"}, {"env", win, "proj/.env"},
		{"systemd", linux, "/etc/systemd/system/x.service"}, {"systemd", linux, "/usr/lib/systemd/system/x.timer"}, {"systemd", linux, "~/.config/systemd/user/x.service"},
		{"cron", linux, "/etc/crontab"}, {"cron", linux, "/var/spool/cron/crontabs/alice"}, {"accounts", linux, "/etc/passwd"},
		{"certificates", linux, "proj/server.pem"}, {"certificates", mac, "proj/client.p12"}, {"certificates", win, "proj/key.jks"}, {"certificates", linux, "/etc/letsencrypt/live/x/privkey.pem"},
		{"ci", linux, "proj/.github/workflows/ci.yml"}, {"ci", mac, "proj/.gitlab-ci.yml"}, {"ci", win, "proj/Jenkinsfile"}, {"ci", linux, "proj/.circleci/config.yml"}, {"ci", linux, "proj/azure-pipelines.yml"},
		{"terraform", linux, "proj/terraform.tfstate"}, {"terraform", win, "proj/prod.tfstate"},
		{"browser", linux, "~/.config/google-chrome/Default/Extensions/a/1/manifest.json"}, {"browser", mac, "~/Library/Application Support/Google/Chrome/Default/Extensions/a/1/manifest.json"},
		{"browser", win, "~/AppData/Local/Google/Chrome/User Data/Default/Extensions/a/1/manifest.json"}, {"browser", win, "~/AppData/Roaming/Mozilla/Firefox/Profiles/p/extensions.json"},
		{"ide", linux, "~/.vscode/extensions/a.b-1/package.json"}, {"ide", mac, "~/.cursor/extensions/a.b-1/package.json"}, {"ide", win, "~/.vscode/extensions/a.b-1/package.json"},
		{"mcp", linux, "~/.config/Claude/claude_desktop_config.json"}, {"mcp", mac, "~/Library/Application Support/Claude/claude_desktop_config.json"}, {"mcp", win, "~/AppData/Roaming/Claude/claude_desktop_config.json"},
		{"mcp", linux, "~/.claude.json"}, {"mcp", linux, "~/.cursor/mcp.json"}, {"mcp", win, "~/AppData/Roaming/Code/User/mcp.json"}, {"mcp", mac, "~/.codeium/windsurf/mcp_config.json"},
		{"mcp", linux, "proj/.mcp.json"}, {"mcp", linux, "proj/.vscode/mcp.json"}, {"mcp", mac, "proj/mcp.json"}, {"mcp", linux, "proj/agent-card.json"}, {"mcp", linux, "proj/.well-known/agent.json"},
		{"launchd", mac, "/Library/LaunchDaemons/x.plist"}, {"launchd", mac, "~/Library/LaunchAgents/x.plist"}, {"windows", win, "/Windows/System32/Tasks/Vendor/Task"},
	} {
		h := &host{os: []string{want.os}, settings: settings{walk: true}}
		h.rows = table
		found := slices.ContainsFunc(table, func(r *row) bool {
			return r.category == want.category && slices.ContainsFunc(r.patterns(h), func(p string) bool {
				ok, _ := path.Match(p, want.file)
				return ok
			})
		})
		for _, r := range newIndex(h).match(want.file) {
			found = found || r.category == want.category
		}
		if !found {
			t.Errorf("%s: no row of %s leads to %s", want.os, want.category, want.file)
		}
	}
}

// A format that no parser knows would read nothing, silently.
func TestFormatsAreKnown(t *testing.T) {
	for _, r := range table {
		if r.format != "" && !slices.Contains(decode.CredentialFormats(), r.format) {
			t.Errorf("row %q: the parser knows no format %q", r.what, r.format)
		}
	}
}

func FuzzIndex(f *testing.F) {
	for _, s := range []string{"/home/a/.env", "/x/.github/workflows/a.yml", "/JENKINSFILE", "//", "", "/a/*[", "/\xff\xfe.pem", "/.tfstate"} {
		f.Add(s)
	}
	h := &host{os: []string{"linux", "darwin", "windows"}, rows: table}
	x := newIndex(h)
	f.Fuzz(func(t *testing.T, name string) {
		got := map[*row]bool{}
		for _, r := range x.match(name) {
			got[r] = true
		}
		// The index must find what trying every pattern finds.
		segs := strings.Split(strings.ToLower(strings.Trim(name, "/")), "/")
		for _, r := range table {
			want := false
			for _, p := range r.patterns(h) {
				if !anchored(p) && (pattern{segs: strings.Split(strings.ToLower(p), "/")}).match(segs) {
					want = true
				}
			}
			if want != got[r] {
				t.Errorf("%q: row %q: index says %v, its patterns say %v", name, r.what, got[r], want)
			}
		}
	})
}
