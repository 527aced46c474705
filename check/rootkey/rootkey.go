// Package rootkey finds keys of the owner of a whole account.
package rootkey

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "rootkey",
	Title:    "the root user of an account has an access key",
	Area:     check.Credentials,
	Severity: drover.Critical,
	Controls: []string{"OWASP-NHI5:2025", "OWASP-NHI7:2025", "CIS-AWS-3.0:1.4", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6(5)", "PCI-DSS-4.0:8.6.1", "ISO-27001-2022:A.8.2", "SOC2:CC6.3"},
	Fix:      []string{"delete"},
	Why:      "The key may do everything, no policy can hold it back, and it can close the account. No program needs it.",
	How: "The credential report lists an active access key of <root_account>, or the account summary counts one (AccountAccessKeysPresent). The finding is about the root user; each key is evidence. " +
		"Silent where neither could be read, and when all keys are inactive. Root users of member accounts count too.",
	False:      "None is known. In AWS China and GovCloud the first key of an account belongs to its root user: delete it after the first administrator is made.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user_manage_delete-key.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Systems:    []string{"aws"},
	Each:       each,
}

func each(p *check.Pass, row int) {
	if p.Graph.Type(row) != "aws.iam.root" {
		return
	}
	h := check.Hit{Row: row, Path: []int{row}}
	listed := false
	for _, key := range p.Credentials(row) {
		if p.Graph.Type(key) != "aws.iam.access_key" {
			continue
		}
		listed = true
		if p.Off(key) {
			continue
		}
		proof := p.Say(key) + " is active"
		at, known := p.Secret(key)
		if known {
			proof += ", last changed " + check.Day(at)
		}
		if u, ok := p.Graph.Use(key); ok && !u.LastUsed.IsZero() {
			proof += ", last used " + check.Day(u.LastUsed)
		}
		h.Evidence = append(h.Evidence, check.Proof(proof, p.Source(key), p.Graph.Row(key).Observed, ""))
		h.Stops, h.Path = append(h.Stops, key), append(h.Path, key)
	}
	n := len(h.Stops)
	if counted, known := p.Graph.Number(row, "AccountAccessKeysPresent"); known && counted > 0 && !listed {
		n = int(counted)
		h.Evidence = append(h.Evidence, check.Proof("the account summary counts an access key of the root user", p.Source(row), p.Graph.Row(row).Observed, ""))
		h.Stops = []int{row}
		h.Unknowns = []string{"when the key was last used: the credential report was not read"}
	}
	if n == 0 {
		return
	}
	h.What = p.Say(row) + " has " + check.Count(n, "access key") + ", which no policy can restrict."
	if h.Fix = remedy.Delete(p.Estate, h.Stops[0]); h.Stops[0] == row {
		h.Fix = remedy.Review(p.Estate, row, "which access keys to delete")
	}
	p.Report(h)
}
