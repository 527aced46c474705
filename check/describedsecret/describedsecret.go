// Package describedsecret finds secrets that people wrote into the description of
// an account or a thing.
package describedsecret

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "describedsecret",
	Title:    "a password stands in a description",
	Area:     check.Secrets,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI2:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(7)", "PCI-DSS-4.0:8.6.2", "ISO-27001-2022:A.5.17"},
	Fix:      []string{"rotate"},
	Why:      "Whoever may list the accounts reads it, in a directory that is everybody who works here. It is the first thing that somebody looks for who has broken in.",
	How: "Connectors take secrets out of free text before they keep it, and leave a mark where one stood. The mark stands in the description, comment, notes, info or GECOS field of an account, a group, a role or a thing. The secret itself is not kept, so whether it is this account's own and still good is not known. " +
		"High for accounts of a directory, whose descriptions every member can read. Silent for what is disabled, and where the rules that find secrets know no such form.",
	False:      "An example in a text, or a word that only looks like a password. Change the text; the finding ends with it.",
	References: []string{"https://attack.mitre.org/techniques/T1552/", "https://learn.microsoft.com/en-us/windows/win32/adschema/a-description"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindHuman, drover.KindGroup, drover.KindRole, drover.KindResource},
	Each:       each,
}

// fields are those that people write as they like.
var fields = [...]string{"description", "Description", "comment", "notes", "info", "gecos", "adminDescription"}

func each(p *check.Pass, row int) {
	field, class := marked(p, row)
	if field == "" || p.Off(row) {
		return
	}
	if bits, known := p.AccountControl(row); known && bits&check.UACDisabled != 0 {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " has a " + class + " in its " + field + ".", Evidence: []drover.FindingProof{p.Said(row, "a "+class+" stood in "+field+" and was taken out when it was read")},
		Fix: remedy.Undescribe(p.Estate, row, field, class), Stops: []int{row}, Loses: "the " + class + " that was written there", Unknowns: []string{"whether the " + class + " is its own, and still good"}}
	if p.Directory(row) {
		h.Severity = drover.High
	}
	p.Report(h)
}

// marked is the field in which a secret stood, and what sort of secret it was; ""
// where there is none. The mark is [REDACTED:sort], and REDACTED alone where the
// postgres connector wrote it.
func marked(p *check.Pass, row int) (field, class string) {
	bare := strings.HasPrefix(p.Graph.Type(row), "postgres.")
	for _, f := range fields {
		text := p.Graph.Str(row, f)
		if _, rest, ok := strings.Cut(text, "[REDACTED:"); ok {
			class, _, _ = strings.Cut(rest, "]")
			if class = strings.ReplaceAll(check.Clean(class), "-", " "); class != "unscanned" && class != "" {
				return f, class
			}
			continue
		}
		if strings.Contains(text, "[REDACTED]") || bare && strings.Contains(text, "REDACTED") {
			return f, "secret"
		}
	}
	return "", ""
}
