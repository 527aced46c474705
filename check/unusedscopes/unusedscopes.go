// Package unusedscopes finds third parties that use less than nearly all of the
// scopes that they were given.
package unusedscopes

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "unusedscopes", Title: "a third party holds scopes that it does not use", Area: check.Trust, Severity: drover.Low,
	Controls: []string{"OWASP-NHI3:2025", "OWASP-NHI5:2025", "NIST-CSF-2.0:GV.SC-07", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6(7)", "ISO-27001-2022:A.5.22", "SOC2:CC9.2"}, Fix: []string{"narrow"},
	Why:        "When the vendor is broken into, the thief has all of it, used or not.",
	How:        "The application is a third party's, as `novendor` tells, its system says which scopes it used (`used_scopes`, from the vendor's audit log or app governance) within at least 30 days (`usage_window`), and more than a tenth of those that it was given are not among them. Medium where one of the unused reaches mail, files, people or everything. Without such a list its use is unknown and the check is silent.",
	False:      "Scopes that are used at the end of a year or in an emergency lie outside of the window.",
	References: []string{"https://learn.microsoft.com/defender-cloud-apps/app-governance-visibility-insights-view-apps", "https://owasp.org/www-project-non-human-identities-top-10/2025/3-vulnerable-third-party-nhi/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindCredential},
	Each: func(p *check.Pass, row int) {
		if !check.Mentions(p.Graph.Attrs(row), "used_scopes") {
			return
		}
		x, ok := p.Party(row)
		a := p.Graph.Attrs(row)
		window, err := drover.ParseDuration(a.Str("usage_window"))
		if !ok || p.Off(row) || a.Get("used_scopes") == nil || err != nil || window < 30*drover.Day {
			return
		}
		given, used := p.Scopes(row), a.Strings("used_scopes")
		unused := slices.DeleteFunc(slices.Clone(given), func(s string) bool { return slices.Contains(used, s) })
		if len(given) == 0 || 10*len(unused) <= len(given) {
			return
		}
		h := check.Hit{Row: row, Path: []int{row}, Stops: []int{row}, Loses: check.Count(len(unused), "scope") + " that it was not seen to use", Unknowns: []string{"what it does less often than every " + check.Span(window)}}
		if len(check.Sensitive(unused)) > 0 {
			h.Severity = drover.Medium
		}
		h.What = fmt.Sprintf("%s did not use %d of its %s in %s.", p.Say(row), len(unused), check.Count(len(given), "scope"), check.Span(window))
		h.Evidence = []drover.FindingProof{check.Proof("not used: "+clean(unused), "used_scopes", p.Now, ""), check.Proof(x.Proof, x.Source, p.Now, "")}
		h.Fix = remedy.Narrow(p.Estate, row, clean(slices.DeleteFunc(given, func(s string) bool { return slices.Contains(unused, s) })))
		p.Report(h)
	},
}

func clean(list []string) string {
	var out []string
	for i, s := range list {
		if i == 6 {
			out = append(out, check.Count(len(list)-i, "other"))
			break
		}
		out = append(out, check.Clean(s))
	}
	return check.List(out)
}
