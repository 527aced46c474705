// Package publicresource finds buckets, secrets, keys, functions and queues that
// everybody may use.
package publicresource

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/graph"
)

// Check is the question.
var Check = &check.Check{
	ID: "publicresource", Title: "a resource that everybody may use", Area: check.Trust, Severity: drover.High,
	Controls: []string{"OWASP-NHI6:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-CSF-2.0:PR.DS-01", "NIST-800-53:AC-3", "NIST-800-53:AC-14", "CIS-AWS-3.0:2.1.4", "PCI-DSS-4.0:7.2.1", "ISO-27001-2022:A.8.3", "SOC2:CC6.1", "HIPAA:164.312(a)(1)"}, Fix: []string{"configure"}, Systems: []string{"aws"},
	Why:        "Nobody has to sign in to read it, call it or write to it, and nobody's name stands in the log.",
	How:        "A resource policy, or an access control list, lets in everybody (Principal *) without a condition that says who is meant (one that whoever asks can meet, such as MFA or TLS, says nothing); or a function's URL asks for no signature (`FunctionUrlConfigs.AuthType` NONE). A bucket counts only as far as its public access block and object ownership let the grant count, and not where S3 itself says that the policy is not public. Critical for secrets and keys, and where the data is restricted.",
	False:      "A website's bucket or a webhook's function is public on purpose: say so with a tag data_class=public, which ends the finding, or accept it.",
	References: []string{"https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html", "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html", "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-resources.html"},
	Kinds:      []drover.Kind{drover.KindResource, drover.KindWorkload, drover.KindCredential},
	Each: func(p *check.Pass, row int) {
		if !strings.HasPrefix(p.Graph.Type(row), "aws.") || p.Own(row) {
			return
		}
		if p.Graph.Facts(row).DataClass == "public" {
			return
		}
		var found []drover.FindingProof
		for h := range p.Graph.Out(row) {
			if h.Kind == drover.EdgeTrusts {
				found = open(p, row, h, found)
			}
		}
		found = url(p, row, found)
		if len(found) > 0 {
			report(p, row, found)
		}
	},
}

// open adds a statement or grant by which everybody is let in.
func open(p *check.Pass, row int, h graph.Hop, found []drover.FindingProof) []drover.FindingProof {
	ref := p.Graph.Ref(h.Row)
	if !ref.Unseen() || !strings.HasPrefix(ref.ID(), "aws-any:") {
		return found
	}
	x := p.Graph.Edge(h.Edge)
	list := strings.Contains(x.Part, "ACL")
	if x.Cond.Str("expired") != "" || check.Firmest(check.Bounds(x.Cond)) == check.Held || x.Cond.Get("NotPrincipal") != nil || blocked(p.Graph.Attrs(row), list) {
		return found
	}
	does := "everybody is let in"
	if a := x.Cond.Get("Action"); a != nil {
		does = "everybody may call " + actions(a)
	} else if list {
		does = "everybody has " + check.Clean(x.Cond.Str("Permission"))
	}
	return append(found, check.Proof(does, p.Say(row)+" "+check.Clean(x.Part), p.Now, x.Grade))
}

// blocked reports whether a bucket's settings keep a public grant from counting
// (Amazon S3 User Guide, "Blocking public access").
func blocked(a drover.Attrs, list bool) bool {
	if list {
		ignored, _ := a.Bool("PublicAccessBlockConfiguration", "IgnorePublicAcls")
		return ignored || a.Str("ObjectOwnership") == "BucketOwnerEnforced"
	}
	restricted, _ := a.Bool("PublicAccessBlockConfiguration", "RestrictPublicBuckets")
	public, known := a.Bool("PolicyStatus", "IsPublic")
	return restricted || known && !public
}

func actions(v any) string {
	switch v := v.(type) {
	case string:
		return check.Clean(v)
	case []any:
		var out []string
		for i, x := range v {
			if s, ok := x.(string); ok && i < 4 {
				out = append(out, check.Clean(s))
			}
		}
		if len(v) > 4 {
			out = append(out, check.Count(len(v)-4, "other"))
		}
		return check.List(out)
	}
	return "it"
}

// url adds the URLs of a function that ask for no signature.
func url(p *check.Pass, row int, found []drover.FindingProof) []drover.FindingProof {
	if p.Graph.Type(row) != "aws.lambda.function" || !check.Mentions(p.Graph.Attrs(row), `"AuthType":"NONE"`) {
		return found
	}
	return append(found, check.Proof("a URL of it asks for no signature", p.Say(row)+" FunctionUrlConfigs.AuthType", p.Now, ""))
}

func report(p *check.Pass, row int, found []drover.FindingProof) {
	f, typ := p.Graph.Facts(row), p.Graph.Type(row)
	h := check.Hit{Row: row, Evidence: found, Path: []int{row}, Stops: []int{row}, Loses: "use by whoever does not sign in"}
	data := ""
	if f.DataClass == "restricted" || f.DataClass == "confidential" || len(f.Regulation) > 0 {
		data = ", which holds " + words(f.DataClass, f.Regulation) + " data,"
	}
	if data != "" || strings.Contains(typ, "secret") || strings.HasPrefix(typ, "aws.kms.") {
		h.Severity = drover.Critical
	}
	h.What = fmt.Sprintf("%s%s is open to everybody: %s.", p.Say(row), data, found[0].Text)
	h.Fix = remedy.Configure(p.Estate, row, "a policy that names principals in the place of everybody")
	h.Unknowns = []string{"who uses it without signing in"}
	p.Report(h)
}

func words(class string, regulation []string) string {
	if len(regulation) > 0 {
		var out []string
		for _, r := range regulation {
			out = append(out, check.Clean(r))
		}
		return check.List(out)
	}
	return check.Clean(class)
}
