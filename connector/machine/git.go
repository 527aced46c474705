package machine

import (
	"slices"
	"strings"

	"github.com/droverhq/drover/decode"
)

// gitRemotes are the aliases of the repositories that a repository's remotes are,
// so that one repository has one name however it is cloned.
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
		if alias := decode.RepositoryAlias(v); alias != "" {
			out = append(out, redacted(alias))
		}
	}
	return sortedUnique(out)
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
