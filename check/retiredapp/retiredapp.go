// Package retiredapp holds the check for accounts of applications that are gone.
package retiredapp

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/graph"
)

// Check finds accounts that outlived their application.
var Check = &check.Check{
	ID:       "retiredapp",
	Title:    "its application is retired, it still works",
	Area:     check.Lifecycle,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:ID.AM-08", "NIST-800-53:AC-2", "CIS-8.1:5.3", "ISO-27001-2022:A.5.18", "SOC2:CC6.2"},
	Fix:      []string{"disable", "delete"},

	Why: "The application is gone and nobody works on it any more, but what it was allowed to do is still open to whoever kept its keys.",
	How: "Every application that the account belongs to says that it is retired: what runs as it (runs_as), what it is part of or is owned by (contains, owns, from an application, component, service, system, product or project), and the repository that it is made from (created). " +
		"Retired is said by lifecycle, life_cycle_stage, operational_status, install_status or status (retired, decommissioned, end of life, obsolete, archived), by archived=true of a repository, or by a label of yours. " +
		"The day is read from retired_at, decommissioned_at, end_of_life_date or archived_at: the first 30 days after it are for taking away what is left, and are silent. " +
		"It stays silent as soon as one of its applications lives or says nothing, where it belongs to none, and where the account is disabled.",
	False: "The account was given to another application and the record was not changed. Enter the new application, or label the account with lifecycle=active.",
	References: []string{
		"https://owasp.org/www-project-non-human-identities-top-10/2025/1-improper-offboarding/",
		"https://backstage.io/docs/features/software-catalog/descriptor-format/#speclifecycle-required",
		"https://docs.github.com/en/repositories/archiving-a-github-repository/archiving-repositories",
	},
	Kinds: []drover.Kind{drover.KindIdentity},
	Each:  each,
}

// grace is the time to take away what is left of an application (OWASP NHI1).
const grace = 30 * drover.Day

var (
	stage = check.NewWord([]string{"lifecycle", "life_cycle", "status", "stage"},
		"lifecycle", "lifecyclestage", "lifecyclestatus", "lifecyclestagestatus", "operationalstatus", "installstatus", "status")
	since = check.NewWord([]string{"retire", "decommission", "end", "archiv"},
		"retiredat", "retiredon", "retireddate", "decommissionedat", "decommissionedon", "decommissiondate", "endoflifedate", "endoflife", "archivedat")
)

func each(p *check.Pass, row int) {
	if !p.NonHuman(row) || p.Off(row) {
		return
	}
	var gone []int
	for h := range p.Graph.In(row) {
		if !application(p, h) {
			continue
		}
		if _, ok := retired(p, h.Row); !ok {
			return
		}
		gone = append(gone, h.Row)
	}
	if len(gone) == 0 || p.Emergency(row) {
		return
	}
	var last time.Time
	var evidence []drover.FindingProof
	for _, app := range gone {
		proof, _ := retired(p, app)
		if s, ok := p.Mark(app, since); ok {
			if t, ok := check.ParseDay(s.Value); ok {
				proof.Text += " since " + check.Day(t)
				proof.At = t
				if t.After(last) {
					last = t
				}
			}
		}
		if len(evidence) < 5 {
			evidence = append(evidence, proof)
		}
	}
	if !last.IsZero() && p.Now.Sub(last) < grace {
		return
	}
	are := " is"
	if len(gone) > 1 {
		are = " are"
	}
	when := ""
	if !last.IsZero() {
		when = " since " + check.Day(last)
	}
	h := check.Hit{
		Row: row, Severity: p.Weigh(row, p.Check.Severity),
		What:     p.Say(row) + " still works" + p.KeysLeft(row) + ", and " + p.Says(gone) + ", which it was made for," + are + " retired" + when + ".",
		Evidence: append(evidence, p.EnabledProof(row)),
		Fix:      remedy.Disable(p.Estate, row), Stops: []int{row}, Path: append([]int{row}, gone...),
	}
	if proof, ok := p.LastUse(row); ok {
		h.Evidence = append(h.Evidence, proof)
	}
	p.Report(h)
}

// application reports whether the other end of an edge is what an account is for.
func application(p *check.Pass, h graph.Hop) bool {
	switch h.Kind {
	case drover.EdgeRunsAs:
		return true
	case drover.EdgeCreated:
		return strings.HasSuffix(p.Graph.Type(h.Row), ".repository")
	case drover.EdgeContains, drover.EdgeOwns:
		typ := p.Graph.Type(h.Row)
		switch typ[strings.LastIndexByte(typ, '.')+1:] {
		case "application", "app", "component", "service", "system", "product", "project", "business_application", "application_service":
			return p.Graph.Kind(h.Row) == drover.KindResource || p.Graph.Kind(h.Row) == drover.KindWorkload
		}
	}
	return false
}

func retired(p *check.Pass, app int) (proof drover.FindingProof, ok bool) {
	if on, _ := p.Graph.Attrs(app).Bool("archived"); on {
		return check.Proof(p.Say(app)+" is archived", "archived", time.Time{}, ""), true
	}
	s, ok := p.Mark(app, stage)
	if !ok {
		return proof, false
	}
	switch strings.ToLower(strings.NewReplacer("-", " ", "_", " ").Replace(s.Value)) {
	case "retired", "decommissioned", "end of life", "eol", "obsolete", "archived", "sunset":
		return check.Proof(p.Say(app)+" is "+check.Clean(s.Value), s.By, time.Time{}, drover.GradeDeclared), true
	}
	return proof, false
}
