// Package looseoidc finds identities that take tokens of more builds or workloads
// than the one they are for.
package looseoidc

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "looseoidc", Title: "takes tokens of more builds than it is for", Area: check.Trust, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI6:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-3", "NIST-800-53:AC-6", "ISO-27001-2022:A.5.15", "SOC2:CC6.1"}, Fix: []string{"restrict_trust"},
	Why:        "Whoever may change one of many repositories, open a pull request or push any branch becomes this identity without a second pair of eyes.",
	How:        "The subject that the trust asks for is wider than one branch, tag or environment of one repository. High where every repository of an owner fits, where a pull request does, or every service account of a cluster; medium where any branch of one repository or any account of one namespace fits; low where only the audience is not asked for. Read as for `openoidc`, which tells what strangers can use. Silent where another claim narrows it.",
	False:      "A repository that only its owners may push to makes little difference between its branches: accept that one. AWS itself compares the audience with the list of the provider, so a missing line matters where that list has several.",
	References: []string{"https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims", "https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html", "https://docs.gitlab.com/ci/cloud_services/"},
	Kinds:      []drover.Kind{drover.KindIdentity, drover.KindCredential},
	Each: func(p *check.Pass, row int) {
		for _, f := range p.Federations(row) {
			if f.Anybody() || f.Narrowed || p.Off(row) || p.Own(row) {
				continue
			}
			if who, severity := breadth(f); who != "" {
				report(p, row, f, who, severity)
			} else if !f.Audience && p.Graph.Type(row) == "aws.iam.role" {
				noAudience(p, row, f)
			}
		}
	},
}

// breadth says who fits a subject, "" where that is one build or workload.
func breadth(f check.Federation) (who string, severity drover.Severity) {
	if account, ok := strings.CutPrefix(f.Subject, "system:serviceaccount:"); ok || !known(f.Issuer) {
		namespace, name, _ := strings.Cut(account, ":")
		switch {
		case strings.Trim(f.Subject, "*") == "" || ok && check.Wild(namespace):
			return "every service account of the cluster", drover.High
		case ok && check.Wild(name):
			return "every service account of namespace " + check.Clean(namespace), drover.Medium
		}
		return "", 0
	}
	begins, _ := check.Shared(f.Issuer)
	rest, ok := strings.CutPrefix(f.Subject, begins)
	if begins == "" || !ok {
		return "", 0
	}
	repository, context, _ := strings.Cut(rest, ":")
	owner, name, _ := strings.Cut(repository, "/")
	switch {
	case begins == "organization:":
		if check.Wild(context) && !strings.Contains(context, "workspace:") {
			return "every workspace of " + check.Clean(repository), drover.High
		}
		return "", 0
	case check.Wild(name) && begins == "project_path:":
		return "every project whose path fits " + check.Clean(repository), drover.High
	case check.Wild(name):
		if strings.Trim(name, "*") == "" {
			return "every repository of " + check.Clean(owner), drover.High
		}
		return "every repository whose name fits " + check.Clean(repository), drover.High
	case context == "pull_request":
		return "every pull request to " + check.Clean(repository), drover.High
	case strings.Trim(context, "*") == "" || context == "ref:*" || strings.HasPrefix(context, "ref:refs/heads/*") || strings.HasPrefix(context, "ref_type:branch:ref:*"):
		return "every branch of " + check.Clean(repository), drover.Medium
	}
	return "", 0
}

func known(issuer string) bool { _, ok := check.Shared(issuer); return ok }

func report(p *check.Pass, row int, f check.Federation, who string, severity drover.Severity) {
	p.Report(check.Hit{Row: row, Part: f.Part, Severity: severity, What: fmt.Sprintf("%s lets in %s, by tokens of %s.", p.Say(row), who, check.Clean(f.Issuer)),
		Evidence: []drover.FindingProof{check.Proof("asks for the subject "+check.Clean(f.Subject), p.Say(row)+" "+check.Clean(f.Source), p.Now, f.Grade)},
		Fix:      remedy.Restrict(p.Estate, row, "the one subject that it is for (with its branch or environment)"), Stops: []int{row}, Loses: "sign-ins of builds and workloads that the new condition leaves out", Path: []int{row}})
}

func noAudience(p *check.Pass, row int, f check.Federation) {
	p.Report(check.Hit{Row: row, Part: f.Part, Severity: drover.Low, What: fmt.Sprintf("%s takes tokens of %s that were issued for others: it asks for no audience.", p.Say(row), check.Clean(f.Issuer)),
		Evidence: []drover.FindingProof{check.Proof("no condition on the audience", p.Say(row)+" "+check.Clean(f.Source), p.Now, f.Grade)},
		Fix:      remedy.Restrict(p.Estate, row, "the audience, as sts.amazonaws.com"), Stops: []int{row}, Loses: "sign-ins by tokens that were issued for another audience", Path: []int{row}})
}
