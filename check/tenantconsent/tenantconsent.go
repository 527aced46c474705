// Package tenantconsent finds applications of third parties that act for every
// user of the organization because an administrator agreed for all.
package tenantconsent

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "tenantconsent", Title: "a third party may act for every user", Area: check.Trust, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI3:2025", "OWASP-NHI5:2025", "NIST-CSF-2.0:GV.SC-07", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "NIST-800-53:SA-9", "ISO-27001-2022:A.5.19", "SOC2:CC9.2"}, Fix: []string{"detach", "narrow"},
	Why:        "One click for all: whoever holds that company's application reads the mail or files of every user, those who never heard of it as well.",
	How:        "A delegated grant for all users (`oauth2PermissionGrants` with consentType AllPrincipals) of an application that is a third party's, or an application permission (`appRoleAssignments`), with a scope that reaches mail, files, people or everything; Google Workspace: domain-wide delegation (`domain_wide_delegation` true). High where it may write. Applications of your own and of Microsoft's are left out.",
	False:      "Tools that serve everybody (a backup of mailboxes) need it: name the reviewer, limit it to groups where the vendor can, and accept it with an end.",
	References: []string{"https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent", "https://learn.microsoft.com/graph/auth-limit-mailbox-access", "https://developers.google.com/cloud-search/docs/guides/delegation"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindCredential},
	Each: func(p *check.Pass, row int) {
		a := p.Graph.Attrs(row)
		if !mentions(a) || p.Off(row) || p.Own(row) {
			return
		}
		x, ok := p.Party(row)
		if !ok {
			return
		}
		far, field := forAll(a.Map())
		if len(far) == 0 {
			return
		}
		h := check.Hit{Row: row, Path: []int{row}, Stops: []int{row}, Loses: "acting for users who did not agree themselves"}
		list := check.List(far[:min(len(far), 5)])
		if strings.Contains(strings.ToLower(list), "write") || strings.Contains(strings.ToLower(list), "full") {
			h.Severity = drover.High
		}
		h.What = fmt.Sprintf("%s of a third party may act for every user with %s.", p.Say(row), list)
		h.Evidence = []drover.FindingProof{check.Proof("was given "+list+" for all users", field, p.Now, ""), check.Proof(x.Proof, x.Source, p.Now, "")}
		h.Fix = remedy.Narrow(p.Estate, row, "the users and scopes that it serves")
		p.Report(h)
	},
}

// mentions is a quick look that no grant for all users passes by.
func mentions(a drover.Attrs) bool {
	return check.Mentions(a, `"AllPrincipals"`) || check.Mentions(a, `"appRoleAssignments"`) || check.Mentions(a, `"domain_wide_delegation":true`)
}

// forAll are scopes for all users that reach far, and the field that says so.
func forAll(a map[string]any) (far []string, field string) {
	if on, _ := a["domain_wide_delegation"].(bool); on {
		return check.Sensitive(texts(a["scopes"])), "domain_wide_delegation"
	}
	grants, _ := a["oauth2PermissionGrants"].([]any)
	for _, g := range grants {
		m, _ := g.(map[string]any)
		if s, _ := m["scope"].(string); m["consentType"] == "AllPrincipals" {
			far = append(far, check.Sensitive(strings.Fields(s))...)
		}
	}
	if len(far) > 0 {
		return far, "oauth2PermissionGrants"
	}
	return check.Sensitive(texts(a["appRoleAssignments"])), "appRoleAssignments"
}

func texts(v any) (out []string) {
	list, _ := v.([]any)
	for _, x := range list {
		switch x := x.(type) {
		case string:
			out = append(out, x)
		case map[string]any:
			if s, ok := x["value"].(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}
