package machine

import (
	"net/url"
	"slices"
	"strings"

	"github.com/droverhq/drover/decode"
)

// gitRemotes are the URLs of a repository's remotes as host/path, without
// scheme, login and ".git", so that one repository has one name however it is
// cloned.
func gitRemotes(config []byte) []string {
	var out []string
	remote := false
	for line := range strings.Lines(string(config)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			remote = strings.HasPrefix(line, "[remote ")
			continue
		}
		k, v, ok := strings.Cut(line, "=")
		if !remote || !ok || strings.TrimSpace(k) != "url" {
			continue
		}
		if r := gitRemote(strings.TrimSpace(v)); r != "" {
			out = append(out, r)
		}
	}
	return out
}

// gitRemote reads a URL, or the short form of ssh, user@host:path.
func gitRemote(s string) string {
	host, dir := "", ""
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" {
			return ""
		}
		host, dir = u.Hostname(), u.Path
	} else if h, p, ok := strings.Cut(s, ":"); ok && !strings.ContainsAny(h, "/\\") {
		host, dir = h[strings.LastIndexByte(h, '@')+1:], p
	}
	dir = strings.TrimSuffix(strings.Trim(dir, "/"), ".git")
	if host == "" || dir == "" {
		return ""
	}
	return clip(strings.ToLower(host) + "/" + dir)
}

func sortedUnique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

func names(list []decode.CIName) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.Name)
	}
	return sortedUnique(out)
}
