package decode

import (
	"slices"
	"strconv"
	"strings"
)

// Extension is a browser or editor extension.
type Extension struct {
	Kind            string // browser, vscode
	ID, Name        string
	Publisher       string
	Version         string
	ManifestVersion int
	Permissions     []string
	Optional        []string // permissions asked for later
	Hosts           []string // host permissions and content script matches
	Activation      []string // vscode
	UpdateURL       string
	NativeMessaging bool
}

// ParseExtension reads the manifest of a browser extension (Chromium and
// Firefox manifest.json) or the package.json of a VS Code extension.
func ParseExtension(data []byte) (Extension, error) {
	v, err := parseJSON("extension manifest", data)
	x := Extension{Name: v.str("name"), Version: v.str("version")}
	if v.get("manifest_version") == nil {
		x.Kind, x.Publisher = "vscode", v.str("publisher")
		if x.Publisher != "" {
			x.ID = x.Publisher + "." + x.Name
		}
		if d := v.str("displayName"); d != "" && !strings.HasPrefix(d, "%") {
			x.Name = d
		}
		x.Activation, x.Permissions = v.strs("activationEvents"), v.strs("enabledApiProposals")
		if err == nil && x.Publisher == "" && v.get("engines", "vscode") == nil {
			err = bad("extension manifest", 0, "neither a browser nor a VS Code extension")
		}
		return x, err
	}
	x.Kind, x.ManifestVersion = "browser", atoi(v.str("manifest_version"))
	x.Publisher, x.UpdateURL = v.first("author", "developer").str(), v.str("update_url")
	if x.Publisher == "" {
		x.Publisher = v.str("developer", "name")
	}
	for _, k := range []string{"browser_specific_settings", "applications"} {
		if id := v.str(k, "gecko", "id"); id != "" {
			x.ID = id
		}
	}
	for _, p := range v.strs("permissions") {
		// Manifest version 2 mixes both kinds.
		if strings.Contains(p, "://") || p == "<all_urls>" {
			x.Hosts = append(x.Hosts, p)
		} else {
			x.Permissions = append(x.Permissions, p)
		}
	}
	x.Optional = append(v.strs("optional_permissions"), v.strs("optional_host_permissions")...)
	x.Hosts = append(x.Hosts, v.strs("host_permissions")...)
	for _, c := range v.each("content_scripts") {
		x.Hosts = append(x.Hosts, c.strs("matches")...)
	}
	x.Hosts = distinct(x.Hosts)
	x.NativeMessaging = slices.Contains(x.Permissions, "nativeMessaging")
	return x, err
}

func atoi(s string) int { n, _ := strconv.Atoi(s); return n }
