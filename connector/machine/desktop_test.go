package machine

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// plantMac is a Mac's disk with one person and the places that only macOS has.
func plantMac(t *testing.T) *planter {
	p := newPlanter(t)
	p.identity("machine.host", "machine testhost~"+shortHash("drover root", p.root)[:8])
	p.identity("machine.account", "root")
	p.identity("machine.account", "carol")
	lib := "Users/carol/Library/Application Support/"
	p.file(lib+"Claude/claude_desktop_config.json", `{"mcpServers":{"slack":{"command":"docker","args":["run","-i","--rm","-e","SLACK_BOT_TOKEN","mcp/slack"],"env":{"SLACK_BOT_TOKEN":"`+p.secret("secret.token", 44)+`"}}}}`)
	p.identity("mcp.client", "Claude Desktop of carol")
	p.identity("mcp.server", "slack")
	p.file(lib+"Code/User/mcp.json", `{"servers":{"fetch":{"type":"stdio","command":"uvx","args":["mcp-server-fetch"]}}}`)
	p.identity("mcp.client", "VS Code of carol")
	p.identity("mcp.server", "fetch")
	p.file(lib+"Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json", `{"mcpServers":{"time":{"command":"uvx","args":["mcp-server-time"],"autoApprove":["get_current_time"]}}}`)
	p.identity("mcp.client", "Cline of carol")
	p.identity("mcp.server", "time")
	p.file("Users/carol/.codeium/windsurf/mcp_config.json", `{"mcpServers":{"sentry":{"serverUrl":"https://mcp.sentry.dev/sse"}}}`)
	p.identity("mcp.client", "Windsurf of carol")
	p.identity("mcp.server", "sentry")
	p.file(lib+"Google/Chrome/Profile 1/Extensions/bcdefghijklmnopabcdefghijklmnopa/1.0_0/manifest.json", `{"manifest_version":2,"name":"Coupons","version":"1.0","permissions":["<all_urls>","webRequest"]}`)
	p.identity("browser.extension", "Coupons")
	p.file(lib+"Firefox/Profiles/a.default-release/extensions.json", `{"addons":[{"id":"x@y","version":"1","type":"extension","location":"app-profile","defaultLocale":{"name":"Notes"}}]}`)
	p.identity("browser.extension", "Notes")
	p.file(lib+"pip/pip.conf", "[global]\nextra-index-url = https://ci:"+p.secret("secret.password", 20)+"@py.example.com/simple\n")
	p.login("py.example.com", "ci")
	p.file(lib+"JetBrains/GoLand2026.1/plugins/envfile/META-INF/plugin.xml", `<idea-plugin><id>net.ashald.envfile</id><name>EnvFile</name><version>3.4</version><vendor>ashald</vendor></idea-plugin>`)
	p.identity("ide.extension", "EnvFile")
	plist := func(label, extra string) string {
		return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>Label</key><string>` + label + `</string><key>ProgramArguments</key><array><string>/usr/local/bin/x</string></array>` + extra + `</dict></plist>`
	}
	p.file("Library/LaunchDaemons/com.example.agent.plist", plist("com.example.agent", ""))
	p.file("Library/LaunchDaemons/com.example.sync.plist", plist("com.example.sync", "<key>UserName</key><string>_sync</string>"))
	p.file("Users/carol/Library/LaunchAgents/com.example.tray.plist", plist("com.example.tray", "<key>EnvironmentVariables</key><dict><key>TRAY_API_TOKEN</key><string>"+p.secret("secret.token", 30)+"</string></dict>"))
	p.expect("workload", "launchd.daemon", "com.example.agent")
	p.expect("workload", "launchd.daemon", "com.example.sync")
	p.expect("workload", "launchd.agent", "com.example.tray")
	p.identity("machine.account", "_sync")
	id, secret := p.aws()
	p.file("Users/carol/.aws/credentials", "[default]\naws_access_key_id="+id+"\naws_secret_access_key="+secret+"\n")
	text, _ := p.sshPrivate("carol@mac", "")
	p.file("Users/carol/.ssh/id_ed25519", text)
	p.file("Users/carol/.docker/config.json", p.json(map[string]any{"auths": map[string]any{"registry.example.com": map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte("carol:" + p.secret("secret.password", 16)))}}}))
	p.login("registry.example.com", "carol")
	p.file("Users/carol/work/app/.env.production", "SESSION_SECRET="+p.secret("secret.secret", 30)+"\n")
	return p
}

// plantWindows is a Windows system drive with one person.
func plantWindows(t *testing.T) *planter {
	p := newPlanter(t)
	p.identity("machine.host", "machine testhost~"+shortHash("drover root", p.root)[:8])
	p.identity("machine.account", "dave")
	p.identity("machine.account", "SYSTEM")
	roaming, local := "Users/dave/AppData/Roaming/", "Users/dave/AppData/Local/"
	p.file("Windows/System32/Tasks/Example/Nightly", `<?xml version="1.0"?><Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><RegistrationInfo><URI>\Example\Nightly</URI></RegistrationInfo><Principals><Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals><Actions Context="Author"><Exec><Command>C:\x.exe</Command></Exec></Actions></Task>`)
	p.expect("workload", "windows.task", `\Example\Nightly`)
	p.file("Windows/System32/Tasks/Report", `<?xml version="1.0"?><Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><RegistrationInfo><URI>\Report</URI></RegistrationInfo><Principals><Principal id="Author"><UserId>S-1-5-21-1004336348-1177238915-682003330-1105</UserId><LogonType>Password</LogonType></Principal></Principals><Actions><Exec><Command>C:\r.exe</Command></Exec></Actions></Task>`)
	p.expect("workload", "windows.task", `\Report`)
	p.identity("windows.account", "sid:S-1-5-21-1004336348-1177238915-682003330-1105")
	p.file(roaming+"Claude/claude_desktop_config.json", `{"mcpServers":{"excel":{"command":"cmd","args":["/c","npx","-y","excel-mcp"],"env":{"EXCEL_API_KEY":"`+p.secret("secret.api_key", 32)+`"}}}}`)
	p.identity("mcp.client", "Claude Desktop of dave")
	p.identity("mcp.server", "excel")
	p.file(roaming+"Code/User/mcp.json", `{"servers":{"azure":{"command":"npx","args":["-y","@azure/mcp@latest","server","start"]}}}`)
	p.identity("mcp.client", "VS Code of dave")
	p.identity("mcp.server", "azure")
	p.file(local+"Microsoft/Edge/User Data/Default/Extensions/cdefghijklmnopabcdefghijklmnopab/2.2_0/manifest.json", `{"manifest_version":3,"name":"Shopper","version":"2.2","host_permissions":["https://*/*"]}`)
	p.identity("browser.extension", "Shopper")
	p.file(roaming+"Mozilla/Firefox/Profiles/b.default/extensions.json", `{"addons":[{"id":"z@y","version":"1","type":"extension","location":"app-profile","defaultLocale":{"name":"Zoomer"}}]}`)
	p.identity("browser.extension", "Zoomer")
	p.file(roaming+"postgresql/pgpass.conf", "pg.example.com:5432:*:etl:"+p.secret("secret.password", 22)+"\n")
	p.dsn("postgres", "pg.example.com:5432", "etl")
	p.file(roaming+"GitHub CLI/hosts.yml", "github.com:\n    user: dave\n    oauth_token: "+p.secret("secret.token", 40)+"\n")
	p.login("github.com", "dave")
	p.file(roaming+"gcloud/configurations/config_default", "[core]\naccount = robot@acme.iam.gserviceaccount.com\n")
	p.identity("gcp.service_account", "email:robot@acme.iam.gserviceaccount.com")
	p.file("Users/dave/pip/pip.ini", "[global]\nindex-url = https://pipbot:"+p.secret("secret.password", 20)+"@pip.example.com/simple\n")
	p.login("pip.example.com", "pipbot")
	p.file("Users/dave/_netrc", "machine ftp.example.com login feed password "+p.secret("secret.password", 14)+"\n")
	p.login("ftp.example.com", "feed")
	text, _ := p.sshPrivate("dave@pc", "")
	p.file("Users/dave/.ssh/id_ed25519", text)
	admin, _ := p.sshPublic(p.ed25519())
	p.file("ProgramData/ssh/administrators_authorized_keys", admin+" admin\r\n")
	p.identity("machine.account", "Administrators")
	p.file("Users/dave/.cursor/extensions/anysphere.remote-ssh-1.0.9/package.json", `{"name":"remote-ssh","displayName":"Remote SSH","publisher":"anysphere","version":"1.0.9","engines":{"vscode":"^1.9.0"}}`)
	p.identity("ide.extension", "Remote SSH")
	p.file("Users/dave/export/services.csv", "#TYPE Selected.CimInstance\r\n\"Name\",\"StartName\",\"PathName\"\r\n\"Spooler\",\"LocalSystem\",\"C:\\Windows\\spoolsv.exe\"\r\n\"Orders\",\"ACME\\svc-orders\",\"C:\\o.exe --password "+p.value(20)+"\"\r\n\"Sync\",\".\\sync\",\"C:\\s.exe\"\r\n")
	p.file("Users/dave/export/schtasks.csv", "\"HostName\",\"TaskName\",\"Run As User\",\"Task To Run\"\r\n\"PC\",\"\\Backup\",\"SYSTEM\",\"C:\\b.exe\"\r\n\"HostName\",\"TaskName\",\"Run As User\",\"Task To Run\"\r\n")
	p.file("Users/dave/export/services-price-list.csv", "service,price\r\nwash,10\r\n")
	for _, n := range []string{"Spooler", "Orders", "Sync"} {
		p.expect("workload", "windows.service", n)
	}
	p.expect("workload", "windows.task", `\Backup`)
	p.identity("windows.account", `nt:acme\svc-orders`)
	p.identity("machine.account", "sync")
	id, secret := p.aws()
	p.file("Users/dave/.aws/credentials", fmt.Sprintf("[ci]\r\naws_access_key_id=%s\r\naws_secret_access_key=%s\r\n", id, secret))
	return p
}

func TestMac(t *testing.T)     { plantMac(t).check() }
func TestWindows(t *testing.T) { plantWindows(t).check() }

// The three trees together are what the recall of this connector is stated for.
func TestPlantedEnough(t *testing.T) {
	n := len(plantLinux(t).want) + len(plantMac(t).want) + len(plantWindows(t).want)
	if n < 120 {
		t.Errorf("%d identities and credentials are planted, want 120 at least", n)
	}
}

// A tree that is the root of a system is named as that system: a disk mounted
// elsewhere is the same computer.
func TestMountedElsewhere(t *testing.T) {
	a, b := plantLinux(t), plantLinux(t)
	refs := func(p *planter) map[drover.Ref]bool {
		out := map[drover.Ref]bool{}
		for _, n := range connectortest.Collect(t, Connector, map[string][]string{"root": {p.root}}).Nodes {
			out[n.Ref] = true
		}
		return out
	}
	x, y := refs(a), refs(b)
	for r := range x {
		if !y[r] {
			t.Errorf("%s is not seen where the same disk is mounted elsewhere", r)
		}
	}
	if len(x) != len(y) {
		t.Errorf("%d things at one place, %d at another", len(x), len(y))
	}
}
