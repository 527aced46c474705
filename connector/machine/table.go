package machine

import (
	"slices"
	"strings"
)

// A row of the table says where one sort of file lies and how it is read.
//
// A pattern takes one of these forms; its segments match as path.Match does:
//
//	~/.aws/config            in every home that may be read
//	/etc/ssh/*               from the root of the system
//	%APPDATA%/Code/User/*    Windows: the roaming folder of every home; so %LOCALAPPDATA%
//	$KUBECONFIG              the files that an environment variable lists, this computer only
//	$DOCKER_CONFIG/x.json    a file below a folder named by a variable
//	*.tfstate, .github/w/*   anything else: found by searching the trees, by the end of its path, any case
type row struct {
	category string
	what     string // for people, on the consent screen
	paths
	format string // one of decode.CredentialFormats, for files that hold logins and nothing else
	read   func(*file) error
	limit  int64                               // for files that are rightly larger than max_file_size's default
	looks  func(path string, data []byte) bool // whether a file that is called so may be such a thing; nil: it is
	given  bool                                // only in a folder that the user named: too broad for a whole computer

	elsewhere bool // what it tells happens in a container or on a runner: "localhost" is there
}

// paths are a row's patterns: for every system, and for one each.
type paths struct{ all, linux, darwin, windows []string }

// A category is a section of the scan.
type category struct{ name, doc string }

const accountsCategory = "accounts"

// categories are in the order in which they are scanned: small and telling ones
// first, those that search trees later.
var categories = []category{
	{accountsCategory, "local accounts and who may become root"},
	{"aws", "AWS CLI profiles and cached sign-ins"},
	{"azure", "Azure CLI subscriptions, service principals and token caches"},
	{"netrc", "logins of .netrc"},
	{"systemd", "systemd units and timers, and the users they run as"},
	{"cron", "cron jobs, and the users they run as"},
	{"launchd", "launchd jobs, and the users they run as"},
	{"windows", "Windows services and scheduled tasks"},
	{"browser", "browser extensions with their permissions; no cookies, no passwords"},
	{"ide", "editor extensions"},
	{"ssh", "SSH private keys, authorized keys, host keys and certificates"},
	{"kubeconfig", "Kubernetes client configurations"},
	{"mcp", "AI agents and the MCP servers they may call"},
	{"gcloud", "Google Cloud CLI accounts and application credentials"},
	{"docker", "container registry logins"},
	{"git", "git credentials and remotes"},
	{"npm", "npm registry logins"},
	{"pip", "Python package index logins"},
	{"databases", "database client passwords"},
	{"tools", "logins of other command line tools"},
	{"env", ".env files"},
	{"certificates", "X.509 certificates, private keys and key stores"},
	{"ci", "CI pipelines: what they run as and which secrets they read"},
	{"terraform", "Terraform states"},
}

func categoryNames() []string {
	var names []string
	for _, c := range categories {
		names = append(names, c.name)
	}
	return names
}

// table is everything that this package knows the place of.
var table = slices.Concat(accountRows, cloudRows, toolRows, serviceRows, extensionRows, sshRows, agentRows, projectRows)

// patterns are the patterns that apply to the host, folders of Windows put in.
func (r *row) patterns(h *host) []string {
	list := slices.Clone(r.all)
	for _, os := range h.os {
		list = append(list, map[string][]string{"linux": r.linux, "darwin": r.darwin, "windows": r.windows}[os]...)
	}
	var out []string
	for _, p := range list {
		switch {
		case strings.HasPrefix(p, "%APPDATA%/"):
			p = p[len("%APPDATA%/"):]
			out = append(out, "~/AppData/Roaming/"+p, "$APPDATA/"+p)
		case strings.HasPrefix(p, "%LOCALAPPDATA%/"):
			p = p[len("%LOCALAPPDATA%/"):]
			out = append(out, "~/AppData/Local/"+p, "$LOCALAPPDATA/"+p)
		case strings.HasPrefix(p, "~/.config/"):
			out = append(out, p, "$XDG_CONFIG_HOME/"+p[len("~/.config/"):])
		default:
			out = append(out, p)
		}
	}
	return out
}

// anchored reports whether a pattern says where the file lies.
func anchored(p string) bool { return strings.ContainsAny(p[:1], "~/$%") }

// searches reports whether a row has a pattern that is found by searching.
func (r *row) searches(h *host) bool {
	return slices.ContainsFunc(r.patterns(h), func(p string) bool { return !anchored(p) })
}

// projectOnly reports whether all patterns are found by searching.
func (r *row) projectOnly() bool {
	return !slices.ContainsFunc(slices.Concat(r.all, r.linux, r.darwin, r.windows), anchored)
}
