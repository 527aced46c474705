package decode

import (
	"net/url"
	"strings"
)

// Repository is the repository behind a clone URL as host/path: without scheme,
// login, port and ".git", so that it has one name however it is cloned
// (git-clone(1), GIT URLS; the short form of scp included). The host is in lower
// case, and the path too at the hosts that take any case for one repository. ""
// for a URL that names none: a local path, a variable, a host without a path.
func Repository(address string) string {
	s := strings.TrimSpace(address)
	if len(s) > 2048 || strings.ContainsAny(s, " {}$<>\\\"'`|") || strings.ContainsFunc(s, unprintable) {
		return ""
	}
	host, path := "", ""
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil || u.Scheme == "file" {
			return ""
		}
		host, path = u.Hostname(), u.Path
	} else if h, p, ok := strings.Cut(s, ":"); ok && len(h) > 1 && !strings.Contains(h, "/") {
		host, path = h[strings.LastIndexByte(h, '@')+1:], p
	}
	path = strings.TrimSuffix(strings.Trim(path, "/"), ".git")
	if host == "" || path == "" || strings.ContainsFunc(path, unprintable) { // from %XX
		return ""
	}
	switch host = strings.ToLower(host); host {
	case "github.com", "gitlab.com", "bitbucket.org":
		path = strings.ToLower(path)
	}
	return host + "/" + path
}

func unprintable(r rune) bool { return r < 0x20 || r == 0x7f || r == '\uFFFD' }

// RepositoryAlias is the alias of the repository behind a clone URL:
// "github:<org>/<repo>" at github.com, "git:<host>/<path>" elsewhere, "" for none.
func RepositoryAlias(address string) string {
	r := Repository(address)
	if path, ok := strings.CutPrefix(r, "github.com/"); ok && strings.Count(path, "/") == 1 {
		return "github:" + path
	}
	if r == "" {
		return ""
	}
	return "git:" + r
}
