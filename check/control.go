package check

import (
	"slices"
	"strings"
)

// benchmarks are catalogues of controls that speak of one kind of system: their
// prefix, and the systems.
var benchmarks = []struct {
	prefix  string
	systems []string
}{
	{"CIS-AWS-", []string{"aws"}},
	{"CIS-K8S-", []string{"kubernetes"}},
	{"CIS-PG-", []string{"postgres"}},
	{"CIS-GCP-", []string{"gcp"}},
	{"CIS-AZURE-", []string{"azure", "entra"}},
	{"CIS-M365-", []string{"azure", "entra", "m365"}},
	{"CIS-GITHUB-", []string{"github"}},
}

// controlsOf are the controls that a finding maps to: a benchmark of one system
// says nothing of the others.
func controlsOf(all []string, system string) []string {
	foreign := func(c string) bool {
		for _, b := range benchmarks {
			if strings.HasPrefix(c, b.prefix) {
				return !slices.Contains(b.systems, system)
			}
		}
		return false
	}
	if !slices.ContainsFunc(all, foreign) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), foreign)
}
