// Package publicrunner finds build machines of our own that builds of public
// repositories may run on.
package publicrunner

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "publicrunner", Title: "a self-hosted runner serves public repositories", Area: check.Trust, Severity: drover.High,
	Controls: []string{"OWASP-NHI6:2025", "NIST-CSF-2.0:PR.IR-01", "NIST-800-53:SC-7", "NIST-800-53:CM-7", "ISO-27001-2022:A.8.31", "SOC2:CC8.1"}, Fix: []string{"configure"}, Systems: []string{"github"},
	Why:        "Whoever opens a pull request to the repository runs code on your machine, inside your network, with what it may reach, and what the next build leaves there.",
	How:        "GitHub: a group of runners has `allows_public_repositories` true, or a runner belongs to a repository (contains) that is public (`visibility` public, or `private` false). GitHub's own hosted runners are left out.",
	False:      "A runner that is made for one build and thrown away, in a network of its own, risks less: accept it.",
	References: []string{"https://docs.github.com/en/actions/reference/security/secure-use#hardening-for-self-hosted-runners", "https://docs.github.com/en/rest/actions/self-hosted-runner-groups"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindGroup, drover.KindWorkload, drover.KindResource},
	Each: func(p *check.Pass, row int) {
		typ := p.Graph.Type(row)
		if !strings.HasPrefix(typ, "github.") || !strings.Contains(typ, "runner") || p.Off(row) {
			return
		}
		if on, _ := p.Graph.Attrs(row).Bool("allows_public_repositories"); on {
			report(p, row, "public repositories", check.Proof("lets in public repositories", "allows_public_repositories", p.Now, ""), nil)
			return
		}
		for _, repo := range p.In(row, drover.EdgeContains) {
			if field, ok := public(p.Graph.Attrs(repo)); ok {
				report(p, row, p.Say(repo)+", which everybody can see", check.Proof(p.Say(repo)+" is public", field, p.Now, ""), []int{repo})
				return
			}
		}
	},
}

func public(a drover.Attrs) (field string, ok bool) {
	if strings.EqualFold(a.Str("visibility"), "public") {
		return "visibility", true
	}
	private, known := a.Bool("private")
	return "private", known && !private
}

func report(p *check.Pass, row int, what string, proof drover.FindingProof, path []int) {
	p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s takes builds of %s.", p.Say(row), what), Evidence: []drover.FindingProof{proof}, Path: append([]int{row}, path...),
		Fix: remedy.Configure(p.Estate, row, "private repositories only"), Stops: []int{row}, Loses: "builds of public repositories on machines of your own"})
}
