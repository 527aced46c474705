// Package noexternalid finds roles of AWS that an account of somebody else may
// assume without an external id.
package noexternalid

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "noexternalid", Title: "a foreign account is let in without an external id", Area: check.Trust, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI3:2025", "NIST-CSF-2.0:GV.SC-07", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-3", "NIST-800-53:SA-9", "ISO-27001-2022:A.5.19", "SOC2:CC9.2"}, Fix: []string{"restrict_trust"}, Systems: []string{"aws"},
	Why:        "A vendor that works for many customers can be talked into using this role for another one of them: it sees only that the role lets it in (the confused deputy).",
	How:        "A trust policy names an AWS account, or a principal in one, of which no source of yours says that it is yours, and asks neither for sts:ExternalId nor for an organization. An external id of any value (*), one that may be left out (IfExists, ForAllValues) or one that is only to be no other is none. High where the role administers its account, or gets there. Silent where the account is among those that were read, or of the same organization.",
	False:      "An account of your own that no source reads yet looks foreign: connect it, or list it as an account of the organization. Where people of a partner assume the role by hand, an external id helps little: ask for MFA instead, and accept it.",
	References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if p.Graph.Type(row) != "aws.iam.role" || p.Own(row) || p.Off(row) {
			return
		}
		for _, t := range p.Trusted(row) {
			account := accountOf(t.Alias)
			if account == "" || account == p.Graph.Ref(row).Tenant() || account == "aws" || ours(p, account, t.Row) || guarded(t) {
				continue
			}
			report(p, row, account, t)
		}
	},
}

// accountOf is the account of a principal's ARN, "" where it is of none.
func accountOf(alias string) string {
	f := strings.SplitN(alias, ":", 6)
	if len(f) != 6 || f[0] != "arn" || f[2] != "iam" && f[2] != "sts" || strings.Contains(f[5], "-provider/") {
		return ""
	}
	return f[4]
}

// ours reports whether a source says of an account that it is ours.
func ours(p *check.Pass, account string, end int) bool {
	if !p.Graph.Unseen(end) {
		return true
	}
	_, ok := p.Graph.Find(drover.NewRef("aws", account, "account", account))
	return ok
}

// guarded reports whether a condition asks for an external id, or for what another
// customer of the account cannot be, in a way that has to be met.
func guarded(t check.Trustee) bool {
	return slices.ContainsFunc(check.Bounds(t.Cond), func(b check.Bound) bool {
		k := b.Key
		return b.Hold > check.Open && (k == "sts:externalid" || strings.HasPrefix(k, "aws:principalorg") || strings.HasPrefix(k, "aws:sourceorg") || k == "aws:principalaccount" || k == "aws:principalarn")
	}) || t.Cond.Str("expired") != ""
}

func report(p *check.Pass, row int, account string, t check.Trustee) {
	h := check.Hit{Row: row, Part: account, Path: []int{row, t.Row}, Stops: []int{row}, Loses: "sign-ins of account " + check.Clean(account) + " until it sends the external id"}
	what := "cannot be told from here to be much"
	if a, ok := p.Admin(row); ok {
		h.Severity, what = drover.High, "administers "+a.Of
		h.Evidence = append(h.Evidence, a.Proof...)
	} else if w, ok := p.WayToTierZero(row); ok {
		h.Severity, what = drover.High, "gets to "+p.SayNode(w.End())
		h.Evidence = append(h.Evidence, p.Steps(w)...)
	}
	h.What = fmt.Sprintf("%s lets in account %s, which is none of yours as far as sources say, without an external id.", p.Say(row), check.Clean(account))
	if h.Severity == drover.High {
		h.What = strings.TrimSuffix(h.What, ".") + "; the role " + what + "."
	}
	asks := " and no sts:ExternalId"
	for _, b := range check.Bounds(t.Cond) {
		if b.Key == "sts:externalid" {
			asks = " and asks for " + b.Line + ", which any external id or none meets"
		}
	}
	h.Evidence = append([]drover.FindingProof{check.Proof("names "+check.Clean(t.Alias)+asks, p.Say(row)+" "+check.Clean(t.Part), p.Now, t.Grade), check.Proof("no source reads account "+check.Clean(account), "sources", p.Now, drover.GradeInferred)}, h.Evidence...)
	h.Fix = remedy.Restrict(p.Estate, row, "sts:ExternalId with a value that you agree on with the other side")
	p.Report(h)
}
