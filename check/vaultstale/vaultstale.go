// Package vaultstale finds entries of secret managers that are never rotated.
package vaultstale

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "vaultstale",
	Title:    "a secret in a vault was never rotated",
	Area:     check.Secrets,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI7:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5", "PCI-DSS-4.0:8.6.3", "ISO-27001-2022:A.5.17"},
	Fix:      []string{"rotate"},
	Why:      "A vault keeps a secret well, but not young: whoever read it once, a leaver or a stolen laptop, has it as long as it is not changed.",
	How: "AWS Secrets Manager says that rotation is off (RotationEnabled false) and never ran (no LastRotatedDate), and the entry is older than the rotation interval; for a static role of Vault there is no last_vault_rotation. Medium where the entry is production's or of tier 0. " +
		"Silent where a service of AWS keeps the entry (OwningService), when it is marked for deletion, when it was not described, and for entries that are younger. That somebody may have changed the value by hand is not visible, and the finding says so.",
	False:      "The entry holds no credential (a setting, a licence text), or a person changes it by hand: tag it with the date, and accept the finding until the next change.",
	References: []string{"https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html", "https://docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html", "https://openbao.org/docs/secrets/databases/"},
	Kinds:      []drover.Kind{drover.KindResource},
	Each:       each,
}

func each(p *check.Pass, row int) {
	switch p.Graph.Type(row) {
	case "aws.secretsmanager.secret":
		if on, known := p.Graph.Flag(row, "RotationEnabled"); !known || on || p.Graph.Str(row, "OwningService") != "" || p.Graph.Str(row, "DeletedDate") != "" {
			return
		}
	case "vault.static_role", "openbao.static_role":
		if p.Graph.Str(row, "last_vault_rotation") != "" {
			return
		}
	default:
		return
	}
	n := p.Graph.Row(row)
	limit := p.Interval(row).Every
	if limit == 0 || !n.Node.Rotated.IsZero() || n.Node.Created.IsZero() || p.Now.Sub(n.Node.Created) <= limit {
		return
	}
	h := check.Hit{Row: row, What: p.Say(row) + " was made " + check.Ago(p.Now, n.Node.Created) + ", and nothing rotates it.",
		Evidence: []drover.FindingProof{check.Proof("made "+check.Day(n.Node.Created)+", rotation is off and never ran", p.Source(row), n.Observed, "")},
		Fix:      remedy.Rotate(p.Estate, row), Stops: []int{row}, Unknowns: []string{"whether somebody changed its value by hand"}}
	if f := p.Graph.Facts(row); f.Tier == 0 || f.Env == "prod" {
		h.Severity = drover.Medium
	}
	p.Report(h)
}
