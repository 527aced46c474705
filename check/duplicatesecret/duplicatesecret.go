// Package duplicatesecret holds the check for one secret that several stores keep.
package duplicatesecret

import (
	"fmt"
	"slices"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds secrets that were entered into several stores by hand.
var Check = &check.Check{
	ID:       "duplicatesecret",
	Title:    "one secret is kept in several stores",
	Area:     check.Isolation,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI9:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5", "ISO-27001-2022:A.5.17", "PCI-DSS-4.0:8.6.3"},
	Fix:      []string{"review", "split"},

	Why: "When it is changed in one store, the others go on handing out the old one: jobs fail, or the change is put off because nobody knows all the places.",
	How: "The same value, by its fingerprint or by its id, lies in at least two stores that are made for secrets: entries of vaults and cloud secret managers, Secrets of clusters, secrets and variables of build systems. " +
		"A copy that a tool keeps in step does not count: one made by an external secret, a sealed secret, a secret provider class or the like (created). Copies in files, code and chats are for the checks of secrets; a value in two environments is crossenvkey, and this check is then silent. " +
		"From four stores on it is medium. It stays silent for certificates and public keys, and for what is disabled or expired.",
	False: "A tool keeps the copies in step and leaves no mark of it: give the copies a label managed-by with its name, or accept the finding.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/9-nhi-reuse/",
		"https://external-secrets.io/latest/introduction/overview/",
		"https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
	},
	Kinds: []drover.Kind{drover.KindCredential},
	Each:  each,
}

const many = 4

func each(p *check.Pass, row int) {
	if p.Graph.Facts(row).Places < 2 || p.Off(row) || !p.Opens(row) {
		return
	}
	var stores []int
	var evidence []drover.FindingProof
	for h := range p.Graph.Out(row) {
		if h.Kind != drover.EdgeStoredIn || slices.Contains(stores, h.Row) || p.Synced(h.Row) || p.Managed(h.Row) {
			continue
		}
		switch p.Storage(h.Row) {
		case check.InVault, check.InCluster, check.InPipeline:
			stores = append(stores, h.Row)
			evidence = p.WithEdge(evidence, h.Edge)
		}
	}
	if len(stores) < 2 {
		return
	}
	if prod, lower := p.Sides(row); len(prod) > 0 && len(lower) > 0 {
		return
	}
	slices.Sort(stores)
	severity := p.Check.Severity
	if len(stores) >= many {
		severity = drover.Medium
	}
	p.Report(check.Hit{
		Row: row, Severity: severity,
		What:     fmt.Sprintf("%s is kept in %d stores: %s.", p.Say(row), len(stores), p.Says(stores)),
		Evidence: evidence, Fix: remedy.Ask(p.Estate, row, "Keep "+p.Say(row)+" in one of "+p.Says(stores)+", and have the others read it from there"), Stops: []int{row}, Keeps: true, Path: append([]int{row}, stores...),
	})
}
