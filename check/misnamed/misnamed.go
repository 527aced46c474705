// Package misnamed holds the check for names that do not follow the house's pattern.
package misnamed

import (
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/classify"
)

// Check finds accounts whose names leave the pattern of drover.yaml.
var Check = &check.Check{
	ID:       "misnamed",
	Title:    "its name does not follow the house's pattern",
	Area:     check.Lifecycle,
	Severity: drover.Info,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:ID.AM-08", "NIST-800-53:AC-2", "CIS-8.1:5.5", "NIST-800-53:IA-4", "ISO-27001-2022:A.5.16"},
	Fix:      []string{"review"},

	Why: "Names by one pattern say at a glance what an account is for, where it belongs and who to ask; rules and alarms that go by names miss the one that has another.",
	How: "drover.yaml has naming.pattern, naming.on_mismatch is not ignore, and the name of a non-human account leaves the pattern: at a slot whose word is not in the vocabulary, or where a part is missing. The finding says where. " +
		"Where fewer than half of the accounts of the same type in the same account or tenant follow it, the pattern is not in force there yet, and one finding on the first of them says so with the numbers. " +
		"It stays silent without a pattern, for people's accounts, for those that a provider manages or names, for computers and devices, and for disabled accounts.",
	False: "A system that does not let you choose names: leave the pattern as it is and accept the finding, or add the word to naming.vocabulary.",
	References: []string{
		"https://learn.microsoft.com/en-us/azure/cloud-adoption-framework/ready/azure-best-practices/resource-naming",
		"https://csf.tools/reference/nist-sp-800-53/r5/ia/ia-4/",
	},
	Run: run,
}

// least is how many accounts of one sort there are before their share says anything.
const least = 5

type sort struct{ system, tenant, typ string }

type tally struct {
	all, wrong int
	first      int
	why        string
}

func run(p *check.Pass) error {
	n := p.Policy.Naming
	if n.Pattern == "" || n.OnMismatch == "ignore" {
		return nil
	}
	c, err := classify.New(classify.Settings{Naming: classify.Naming{Pattern: n.Pattern, Vocabulary: n.Vocabulary, Prefixes: n.Prefixes}})
	if err != nil {
		return fmt.Errorf("read the naming pattern: %w", err)
	}
	count := map[sort]*tally{}
	var order []sort
	var wrong []int
	for row := range p.Graph.Rows(drover.KindIdentity) {
		if p.Graph.IsMember(row) || !named(p, row) {
			continue
		}
		k := sortOf(p, row)
		t := count[k]
		if t == nil {
			t = &tally{first: -1}
			count[k], order = t, append(order, k)
		}
		t.all++
		if ok, why := c.Conforms(p.Graph.Name(row)); !ok {
			t.wrong++
			if wrong = append(wrong, row); t.first < 0 {
				t.first, t.why = row, why
			}
		}
	}
	for _, row := range wrong {
		if t := count[sortOf(p, row)]; t.wrong*2 <= t.all || t.all < least {
			_, why := c.Conforms(p.Graph.Name(row))
			report(p, row, "", p.Say(row)+" does not follow the pattern "+check.Clean(n.Pattern)+": "+check.Clean(why)+".", why)
		}
	}
	for _, k := range order {
		if t := count[k]; t.wrong*2 > t.all && t.all >= least {
			report(p, t.first, "all", fmt.Sprintf("%s is one of %d of %d accounts of its kind that do not follow the pattern %s.", p.Say(t.first), t.wrong, t.all, check.Clean(n.Pattern)), t.why)
		}
	}
	return nil
}

func report(p *check.Pass, row int, part, what, why string) {
	at := check.Clean(p.Policy.Naming.PatternPos.String())
	p.Report(check.Hit{
		Row: row, Part: part, What: what,
		Evidence: []drover.FindingProof{check.Proof("the name leaves the pattern: "+check.Clean(why), at, time.Time{}, ""), check.Proof("naming.pattern is "+check.Clean(p.Policy.Naming.Pattern), at, time.Time{}, drover.GradeDeclared)},
		Fix:      remedy.Ask(p.Estate, row, "Give "+p.Say(row)+" a name by the pattern when it is next replaced, or add its words to naming.vocabulary"),
		Stops:    []int{row}, Keeps: true,
	})
}

// named reports whether somebody of the house chose the name.
func named(p *check.Pass, row int) bool {
	if !p.NonHuman(row) || p.Off(row) {
		return false
	}
	switch p.Graph.Facts(row).NHIType {
	case drover.NHIMachine, drover.NHIIoTDevice, drover.NHICertificate, drover.NHIContainer:
		return false
	}
	if _, ok := p.Exempt(row); ok {
		return false
	}
	return p.Graph.Facts(row).Verdict == drover.VerdictNHI
}

func sortOf(p *check.Pass, row int) sort {
	system, tenant, _, _, _ := p.Graph.Ref(row).Parts()
	return sort{system, tenant, p.Graph.Type(row)}
}
