package machine

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
)

var extensionRows = []*row{
	{category: "browser", what: "extensions of Chromium browsers", paths: paths{
		linux:   chromium("~/.config/google-chrome", "~/.config/google-chrome-beta", "~/.config/chromium", "~/.config/BraveSoftware/Brave-Browser", "~/.config/microsoft-edge", "~/.config/vivaldi", "~/.config/opera", "~/snap/chromium/common/chromium"),
		darwin:  chromium("~/Library/Application Support/Google/Chrome", "~/Library/Application Support/Chromium", "~/Library/Application Support/BraveSoftware/Brave-Browser", "~/Library/Application Support/Microsoft Edge", "~/Library/Application Support/Arc/User Data", "~/Library/Application Support/Vivaldi"),
		windows: chromium("%LOCALAPPDATA%/Google/Chrome/User Data", "%LOCALAPPDATA%/Chromium/User Data", "%LOCALAPPDATA%/BraveSoftware/Brave-Browser/User Data", "%LOCALAPPDATA%/Microsoft/Edge/User Data", "%LOCALAPPDATA%/Vivaldi/User Data")}, read: readChromium},
	{category: "browser", what: "extensions of Firefox", paths: paths{
		linux:   []string{"~/.mozilla/firefox/*/extensions.json", "~/snap/firefox/common/.mozilla/firefox/*/extensions.json"},
		darwin:  []string{"~/Library/Application Support/Firefox/Profiles/*/extensions.json"},
		windows: []string{"%APPDATA%/Mozilla/Firefox/Profiles/*/extensions.json"}}, read: readFirefox},
	{category: "ide", what: "extensions of VS Code and its relatives", paths: paths{all: []string{
		"~/.vscode/extensions/*/package.json", "~/.vscode-insiders/extensions/*/package.json", "~/.vscode-server/extensions/*/package.json", "~/.vscode-oss/extensions/*/package.json",
		"~/.cursor/extensions/*/package.json", "~/.windsurf/extensions/*/package.json", "~/.antigravity/extensions/*/package.json", "~/.kiro/extensions/*/package.json", "~/.trae/extensions/*/package.json"}}, read: readEditor},
	{category: "ide", what: "plugins of JetBrains IDEs", paths: paths{
		linux:   []string{"~/.local/share/JetBrains/*/*/META-INF/plugin.xml"},
		darwin:  []string{"~/Library/Application Support/JetBrains/*/plugins/*/META-INF/plugin.xml"},
		windows: []string{"%APPDATA%/JetBrains/*/plugins/*/META-INF/plugin.xml"}}, read: readJetBrains},
}

func chromium(dirs ...string) []string {
	var out []string
	for _, d := range dirs {
		out = append(out, d+"/*/Extensions/*/*/manifest.json")
	}
	return out
}

// newest reports whether this version of an extension is the one in use: the
// last by version among its sibling folders with the same prefix.
func (f *file) newest(prefix string) bool {
	dir := path.Dir(f.path)
	entries, _, err := f.disk.list(path.Dir(dir), maxEntries)
	if err != nil {
		return true
	}
	own := strings.TrimPrefix(path.Base(dir), prefix)
	for _, e := range entries {
		v, ok := strings.CutPrefix(e.Name(), prefix)
		if !ok || v == "" || v[0] < '0' || v[0] > '9' || !newer(v, own) {
			continue
		}
		if _, err := f.disk.lstat(path.Join(path.Dir(dir), e.Name(), f.base())); err == nil {
			return false
		}
	}
	return true
}

// newer compares versions: numbers by value, the rest as text.
func newer(a, b string) bool {
	split := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	}
	x, y := split(a), split(b)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			if len(x[i]) != len(y[i]) && x[i] != "" && y[i] != "" && x[i][0] <= '9' && y[i][0] <= '9' {
				return len(x[i]) > len(y[i])
			}
			return x[i] > y[i]
		}
	}
	return len(x) > len(y)
}

func readChromium(f *file) error {
	if !f.newest("") {
		return nil
	}
	e, err := decode.ParseExtension(f.data)
	if err != nil {
		return err
	}
	up := func(n int) string { // the n-th folder above the manifest
		d := f.path
		for range n {
			d = path.Dir(d)
		}
		return path.Base(d)
	}
	e.ID = up(2)
	f.extension(e, browserOf(f.path), up(4))
	return nil
}

// browserOf is the browser's folder: the one above the profile.
func browserOf(name string) string {
	for range 5 {
		name = path.Dir(name)
	}
	if b := path.Base(name); b != "User Data" {
		return b
	}
	return path.Base(path.Dir(name))
}

// extension emits one. Its id is the store's, for one user, program and profile:
// the same extension in two profiles may hold different grants.
func (f *file) extension(e decode.Extension, program, profile string) {
	typ := "browser.extension"
	if e.Kind == "vscode" || e.Kind == "jetbrains" {
		typ = "ide.extension"
	}
	id := nonEmpty(e.ID, e.Name, f.show)
	name := e.Name
	if name == "" || strings.HasPrefix(name, "__MSG_") {
		name = id
	}
	ref := f.ref(strings.ReplaceAll(typ, ".", "_"), f.user()+"/"+program+"/"+profile+"/"+id)
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: typ, Name: clip(name), Attrs: safeAttrs(map[string]any{
		"id": id, "publisher": e.Publisher, "version": e.Version, "manifest_version": e.ManifestVersion, "permissions": e.Permissions, "optional_permissions": e.Optional, "host_permissions": e.Hosts,
		"activation_events": e.Activation, "update_url": e.UpdateURL, "native_messaging": e.NativeMessaging, "program": program, "profile": profile, "user": f.user()})})
	f.fileTime(ref)
	// It acts with the rights of the person whose program it runs in.
	if who := f.owner(f.user()); who != "" {
		f.edge(drover.EdgeDelegatesTo, who, ref, 0)
	}
}

// readFirefox reads the add-on database of a profile. Add-ons themselves are
// archives, which are not opened.
func readFirefox(f *file) error {
	var db struct {
		Addons []struct {
			ID, Version, Type, UpdateURL, Location string
			Active                                 bool
			ManifestVersion                        int
			DefaultLocale                          struct{ Name, Creator string }
			UserPermissions, OptionalPermissions   struct{ Permissions, Origins []string }
		}
	}
	if err := json.Unmarshal(f.data, &db); err != nil {
		return fmt.Errorf("read extensions.json: %w: %w", err, drover.ErrInvalid)
	}
	for _, a := range db.Addons {
		if a.Type != "extension" || strings.HasPrefix(a.Location, "app-builtin") || strings.HasPrefix(a.Location, "app-system") {
			continue // themes, languages, and what Firefox is itself made of
		}
		f.extension(decode.Extension{Kind: "browser", ID: a.ID, Name: a.DefaultLocale.Name, Publisher: a.DefaultLocale.Creator, Version: a.Version, ManifestVersion: a.ManifestVersion,
			Permissions: a.UserPermissions.Permissions, Optional: a.OptionalPermissions.Permissions, Hosts: a.UserPermissions.Origins, UpdateURL: a.UpdateURL}, "Firefox", path.Base(path.Dir(f.path)))
	}
	return nil
}

func readEditor(f *file) error {
	dir := path.Base(path.Dir(f.path))
	if i := strings.LastIndexByte(dir, '-'); i > 0 && !f.newest(editorPrefix(dir)) {
		return nil
	}
	e, err := decode.ParseExtension(f.data)
	if err != nil {
		return err
	}
	e.Kind = "vscode"
	if e.ID == "" {
		e.ID = strings.TrimSuffix(editorPrefix(dir), "-")
	}
	f.extension(e, strings.TrimPrefix(path.Base(path.Dir(path.Dir(path.Dir(f.path)))), "."), "")
	return nil
}

// editorPrefix is the part of "publisher.name-1.2.3-linux-x64" before the version.
func editorPrefix(dir string) string {
	for i := 0; i+1 < len(dir); i++ {
		if dir[i] == '-' && dir[i+1] >= '0' && dir[i+1] <= '9' && strings.Contains(dir[i+1:], ".") {
			return dir[:i+1]
		}
	}
	return dir
}

// readJetBrains reads a plugin that is unpacked; most are archives, of which
// only the folder's name would tell.
func readJetBrains(f *file) error {
	p, err := jetBrainsPlugin(f.data)
	if err != nil {
		return err
	}
	f.extension(p, path.Base(path.Dir(path.Dir(path.Dir(path.Dir(f.path))))), "")
	return nil
}
