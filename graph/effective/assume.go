package effective

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
)

// canAssume: of two AWS IAM principals the evaluator decides, for the policies of
// both sides have a say; so it does where one side only declares that it would
// like to be a role whose trust policy was read.
func (x *stored) canAssume() (Edge, bool) {
	e := x.move(x.from, x.to, drover.EdgeCanAssume, "")
	if !awsRole(x.s, x.to) {
		return e, true
	}
	if awsPrincipal(x.s, x.from) {
		return Edge{}, false
	}
	if ci(x.s, x.from) {
		e.Technique = CIOIDC
	}
	if service := x.through(); service != "" && !x.trusts(service) {
		return Edge{}, false
	}
	if x.e.Grade != drover.GradeDeclared || x.s.Attrs(x.to).Str("trust_document") == "" {
		return e, true
	}
	e.Grade = drover.GradeInferred
	return e, x.trusted()
}

// podIdentity reports whether a condition asks of a service account's token only
// what it says: its subject, by which the edge's end was found, and the audience
// that EKS gives to the tokens of accounts with the annotation role-arn (Amazon
// EKS User Guide, "IAM roles for service accounts").
func (x *stored) podIdentity(cond drover.Attrs) bool {
	if x.e.Kind != drover.EdgeCanAssume || x.s.Type(x.from) != "kubernetes.service_account" || x.s.EdgeJoined(x.n) == "" {
		return false
	}
	annotated := false
	between(x.s, x.from, x.to, func(n int) {
		e := x.s.Edge(n)
		annotated = annotated || e.Kind == drover.EdgeCanAssume && e.Grade == drover.GradeDeclared
	})
	if !annotated {
		return false
	}
	for operator, keys := range cond.Map() {
		m, ok := keys.(map[string]any)
		if !ok || operator != "StringEquals" && operator != "StringLike" {
			return false
		}
		for key, values := range m {
			switch {
			case strings.HasSuffix(key, ":sub"):
			case strings.HasSuffix(key, ":aud") && says(values, "sts.amazonaws.com"):
			default:
				return false
			}
		}
	}
	return true
}

// says reports whether a value of a condition, or one of several, is text.
func says(v any, text string) bool {
	if list, ok := v.([]any); ok {
		return slices.Contains(list, any(text))
	}
	return v == any(text)
}

// through is the service of AWS that hands a role out by its own configuration,
// which the role's trust policy has to name; "" for none.
func (x *stored) through() string {
	switch {
	case x.s.Type(x.from) == "aws.rolesanywhere.profile":
		return "rolesanywhere.amazonaws.com" // IAM Roles Anywhere User Guide, trust model
	case x.s.Type(x.from) == "aws.iot.role_alias":
		return "credentials.iot.amazonaws.com" // AWS IoT Core, authorizing direct calls to AWS services
	case strings.HasPrefix(x.e.Proof, "EKS Pod Identity association"):
		return "pods.eks.amazonaws.com" // Amazon EKS User Guide, EKS Pod Identity
	}
	return ""
}

// trusts reports whether the role at the edge's end trusts a service, or its trust
// policy was not read.
func (x *stored) trusts(service string) bool {
	if x.s.Attrs(x.to).Str("trust_document") == "" {
		return true
	}
	for h := range x.s.Out(x.to) {
		if h.Kind == drover.EdgeTrusts {
			switch x.s.Ref(h.Row).ID() {
			case "aws-service:" + service, "aws-service:*", "aws-any:*":
				return true
			}
		}
	}
	return false
}

// trusted reports whether the role at the edge's end takes tokens of a subject
// like the one at its beginning, of an issuer that could not be joined to it.
func (x *stored) trusted() bool {
	if system(x.s, x.from) != "kubernetes" {
		return false
	}
	for h := range x.s.In(x.to) {
		if h.Kind != drover.EdgeCanAssume || !x.s.Unseen(h.Row) {
			continue
		}
		_, pattern, ok := strings.Cut(x.s.Ref(h.Row).ID(), "|")
		if ok && slices.ContainsFunc(subjects(x.s, x.from), func(sub string) bool { return filter.Match(pattern, sub) }) {
			return true
		}
	}
	return false
}

// subjects are what a service account's tokens say it is (Kubernetes, Managing
// Service Accounts).
func subjects(s *graph.Snapshot, row int) (out []string) {
	for _, a := range s.Aliases(row) {
		if i := strings.Index(a, "/system:serviceaccount:"); i >= 0 {
			out = append(out, a[i+1:])
		}
		if rest, ok := strings.CutPrefix(a, "k8s:"); ok {
			if f := strings.Split(rest, "/"); len(f) == 3 {
				out = append(out, "system:serviceaccount:"+f[1]+":"+f[2])
			}
		}
	}
	return out
}

// awsPrincipal reports whether a row is an IAM user or role, read or only named.
func awsPrincipal(s *graph.Snapshot, row int) bool {
	switch s.Type(row) {
	case "aws.iam.user", "aws.iam.role", "aws.principal":
		return true
	case "unseen.arn":
		id := s.Ref(row).ID()
		return strings.Contains(id, ":iam::") && (strings.Contains(id, ":role/") || strings.Contains(id, ":user/") || strings.HasSuffix(id, ":root")) ||
			strings.Contains(id, ":sts::")
	}
	return strings.HasPrefix(s.Type(row), "unseen.aws-principal") || strings.HasPrefix(s.Type(row), "unseen.aws-any")
}

func awsRole(s *graph.Snapshot, row int) bool {
	return s.Type(row) == "aws.iam.role"
}

// ci reports whether a row is what builds run under: a repository, or a subject
// of the tokens of a build service.
func ci(s *graph.Snapshot, row int) bool {
	switch s.Type(row) {
	case "git.repository":
		return true
	case "unseen.oidc", "oidc.subject":
		id := strings.ToLower(s.Ref(row).ID())
		for _, issuer := range []string{"token.actions.", "gitlab", "bitbucket", "buildkite", "circleci", "/_services/token", "app.terraform.io", "agent.buildkite"} {
			if strings.Contains(id, issuer) {
				return true
			}
		}
	case "unseen.github", "unseen.git":
		return true
	}
	return false
}
