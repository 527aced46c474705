// Package shadow holds the check for accounts made by hand beside what code manages.
package shadow

import (
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check finds accounts that people made by hand where code makes the others.
var Check = &check.Check{
	ID:       "shadow",
	Title:    "made by hand where code makes the others",
	Area:     check.Lifecycle,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:ID.AM-01", "NIST-800-53:AC-2", "NIST-800-53:CM-3", "ISO-27001-2022:A.8.32", "SOC2:CC8.1", "SOX-ITGC:change"},
	Fix:      []string{"tag", "review"},

	Why: "It went past review, past the record of changes and past the code that would take it away again, so nobody knows that it is there when it matters.",
	How: "Of the accounts of the same type in the same account, tenant or cluster, at least five and at least 80 % bear the mark of a tool that makes things from code: tags such as managed-by, terraform, aws:cloudformation:stack-name, yor_trace, Helm's and Argo CD's labels, or an edge created from a Helm release, an Argo CD or Flux application or a repository. " +
		"This one bears none, or says managed-by: manual, and the record names the person who made it (created). " +
		"It stays silent where nothing says who made it, where a tool made it, where code does not make the others, for disabled accounts, for break-glass accounts and for those that a provider manages.",
	False: "An account that has to exist before the code can run, such as the one that runs it. Label it managed-by=bootstrap.",
	References: []string{
		"https://developer.hashicorp.com/terraform/cli/import",
		"https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html",
		"https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/",
		"https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/",
	},
	Run: run,
}

const (
	leastManaged = 5
	leastPercent = 80
)

type group struct{ system, tenant, typ string }

type tally struct{ all, managed int }

func run(p *check.Pass) error {
	count := map[group]*tally{}
	var loose []int
	for row := range p.Graph.Rows(drover.KindIdentity) {
		if made(p, row) && !p.Graph.IsMember(row) && p.NonHuman(row) && !p.Off(row) && !p.Managed(row) {
			loose = append(loose, row)
			count[groupOf(p, row)] = &tally{}
		}
	}
	if len(loose) == 0 {
		return nil
	}
	for row := range p.Graph.Rows(drover.KindIdentity) {
		t := count[groupOf(p, row)]
		if t == nil || p.Graph.IsMember(row) || !p.NonHuman(row) || p.Off(row) {
			continue
		}
		managed := p.Managed(row)
		if _, ok := p.Exempt(row); !managed && ok {
			continue
		}
		t.all++
		if managed {
			t.managed++
		}
	}
	for _, row := range loose {
		t := count[groupOf(p, row)]
		if t.managed >= leastManaged && t.managed*100 >= t.all*leastPercent && !p.Emergency(row) {
			report(p, row, t)
		}
	}
	return nil
}

// made reports whether the record names a person who made it.
func made(p *check.Pass, row int) bool {
	for h := range p.Graph.In(row) {
		if h.Kind == drover.EdgeCreated && p.Human(h.Row) {
			return true
		}
	}
	return false
}

func groupOf(p *check.Pass, row int) group {
	system, tenant, _, _, _ := p.Graph.Ref(row).Parts()
	return group{system, tenant, p.Graph.Type(row)}
}

func report(p *check.Pass, row int, t *tally) {
	for h := range p.Graph.In(row) {
		if h.Kind != drover.EdgeCreated || !p.Human(h.Row) {
			continue
		}
		base := fmt.Sprintf("%d of %d of its kind are made by code", t.managed, t.all)
		evidence := p.WithEdge(nil, h.Edge)
		if n := p.Graph.Node(row); !n.Created.IsZero() {
			evidence[0].At = n.Created
		}
		p.Report(check.Hit{
			Row: row, Severity: p.Weigh(row, p.Check.Severity),
			What:     p.Say(row) + " was made by hand by " + p.Who([]int{h.Row}) + ", where " + base + ".",
			Evidence: append(evidence, check.Proof(base, "tags and created edges of "+string(p.Graph.Ref(row).System())+" "+check.Clean(p.Graph.Ref(row).Tenant()), time.Time{}, drover.GradeInferred)),
			Fix:      remedy.Ask(p.Estate, row, "Ask "+p.Who([]int{h.Row})+" whether "+p.Say(row)+" is needed; then take it into the code that makes the others, or delete it"),
			Stops:    []int{row}, Keeps: true, Path: []int{h.Row, row},
		})
		return
	}
}
