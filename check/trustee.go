package check

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A Trustee is somebody whom an identity or a resource lets in by a statement of
// its own policy.
type Trustee struct {
	Alias string // as the policy spells it, see package trust: "oidc:https://…|repo:org/app:*", "arn:aws:iam::1:root", "aws-any:*"
	Part  string // "trust policy statement 0"
	Cond  drover.Attrs
	Row   int // of the first that it means
	Grade drover.Grade
}

// schemes are how aliases of trustees begin.
var schemes = []string{"oidc:", "aws-any:", "aws-service:", "aws-account:", "aws-principal-id:", "aws-canonical-user:", "arn:", "email:"}

// Trusted lists whom a row lets in: each statement and spelling once, however many
// rows a pattern means.
func (e *Estate) Trusted(row int) (out []Trustee) {
	for h := range e.Graph.Out(row) {
		if h.Kind != drover.EdgeTrusts {
			continue
		}
		x := e.Graph.Edge(h.Edge)
		t := Trustee{Alias: e.spelling(h.Edge, h.Row), Part: x.Part, Cond: x.Cond, Row: h.Row, Grade: x.Grade}
		if !slices.ContainsFunc(out, func(o Trustee) bool { return o.Alias == t.Alias && o.Part == t.Part }) {
			out = append(out, t)
		}
	}
	return out
}

// spelling is what a source called the end of an edge.
func (e *Estate) spelling(edge, row int) string {
	how := e.Graph.EdgeJoined(edge)
	for _, s := range schemes {
		if i := strings.Index(how, s); i >= 0 {
			return how[i:]
		}
	}
	if ref := e.Graph.Ref(row); ref.Unseen() {
		return ref.ID()
	}
	for _, a := range e.Graph.Aliases(row) {
		if strings.HasPrefix(a, "arn:") {
			return a
		}
	}
	return string(e.Graph.Ref(row))
}

// A Federation lets in whoever has a token of an issuer whose subject fits.
type Federation struct {
	Issuer   string // without https://
	Subject  string // a pattern: * any text
	Audience bool   // the token's audience is asked for
	Narrowed bool   // something else is asked for that a subject does not tell
	Part     string // which statement
	Source   string // the field
	Grade    drover.Grade
}

// Federations are the ways in by token of an identity, or of a federated
// credential: trust policies of AWS, federated identity credentials of Entra ID
// (issuer, subject, audiences, claimsMatchingExpression), providers of Google
// Cloud's workload identity pools (issuerUri, attributeCondition).
func (e *Estate) Federations(row int) (out []Federation) {
	switch typ := e.Graph.Type(row); {
	case typ == "aws.iam.role":
		for _, t := range e.Trusted(row) {
			if f, ok := federated(t); ok {
				out = append(out, f)
			}
		}
	case strings.HasSuffix(typ, ".federated_identity_credential") || strings.HasSuffix(typ, ".workload_identity_pool_provider"):
		if f, ok := federation(e.Graph.Attrs(row)); ok {
			out = append(out, f)
		}
	}
	return out
}

func federated(t Trustee) (Federation, bool) {
	rest, ok := strings.CutPrefix(t.Alias, "oidc:")
	issuer, subject, cut := strings.Cut(rest, "|")
	if !ok || !cut || t.Cond.Str("expired") != "" {
		return Federation{}, false
	}
	f := Federation{Issuer: bareIssuer(issuer), Subject: subject, Part: t.Part, Source: t.Part, Grade: t.Grade}
	conditions, _ := t.Cond.Get("Condition").(map[string]any)
	for _, keys := range conditions {
		m, _ := keys.(map[string]any)
		for key := range m {
			f.Audience = f.Audience || strings.HasSuffix(strings.ToLower(key), ":aud") || strings.HasSuffix(strings.ToLower(key), ":app_id")
		}
	}
	demands, _ := t.Cond.Get("subject", "demands").([]any)
	undecided, _ := t.Cond.Get("undecided").([]any)
	f.Narrowed = len(demands) > 0 || len(undecided) > 0
	return f, true
}

func bareIssuer(s string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://"), "/")
}

func federation(a drover.Attrs) (Federation, bool) {
	f := Federation{Issuer: bareIssuer(a.Str("issuer")), Subject: a.Str("subject"), Audience: len(a.Strings("audiences")) > 0, Source: "subject"}
	if f.Issuer == "" {
		for _, path := range [][]string{{"issuerUri"}, {"oidc", "issuerUri"}} {
			if s := a.Str(path...); s != "" {
				f = Federation{Issuer: bareIssuer(s), Subject: "*", Audience: true, Source: "attributeCondition"}
				f.Narrowed = a.Str("attributeCondition") != ""
			}
		}
	}
	if x := a.Str("claimsMatchingExpression"); x == "" {
		x = a.Str("claimsMatchingExpression", "value")
		f.expression(x)
	} else {
		f.expression(x)
	}
	return f, f.Issuer != "" && f.Subject != ""
}

// expression reads the subject out of claims['sub'] matches 'repo:org/*' (Microsoft
// Entra, "Flexible federated identity credentials").
func (f *Federation) expression(x string) {
	i := strings.Index(x, "claims['sub']")
	if i < 0 {
		return
	}
	quoted := strings.Split(x[i+len("claims['sub']"):], "'")
	if len(quoted) > 1 {
		f.Subject, f.Source = quoted[1], "claimsMatchingExpression"
		f.Narrowed = f.Narrowed || strings.Contains(x, " and ")
	}
}

// shared are issuers that give tokens to whoever has an account there, with how
// the part of a subject begins that says whose it is.
var shared = map[string]string{
	"token.actions.githubusercontent.com": "repo:", "gitlab.com": "project_path:", "app.terraform.io": "organization:", "agent.buildkite.com": "organization:", "vstoken.dev.azure.com": "", "accounts.google.com": "",
	"cognito-identity.amazonaws.com": "", "www.amazon.com": "", "graph.facebook.com": "", "api.pulumi.com/oidc": "pulumi:", "oidc.vercel.com": "owner:", "auth.bitbucket.org": "",
}

// Shared reports whether strangers get tokens of an issuer, and how the part of a
// subject begins that tells them from us.
func Shared(issuer string) (begins string, ok bool) {
	begins, ok = shared[issuer]
	return begins, ok
}

// Wild reports whether a pattern stands for more than one text.
func Wild(pattern string) bool { return strings.ContainsAny(pattern, "*?") }

// Anybody reports whether strangers have a token that fits: the issuer gives
// tokens to everybody, and the subject does not say whose.
func (f Federation) Anybody() bool {
	begins, ok := shared[f.Issuer]
	if !ok {
		return false
	}
	if strings.Trim(f.Subject, "*") == "" {
		return true
	}
	rest, ok := strings.CutPrefix(f.Subject, begins)
	if begins == "" || !ok {
		return false
	}
	whose, _, _ := strings.Cut(rest, "/")
	if f.Issuer == "app.terraform.io" || f.Issuer == "agent.buildkite.com" {
		whose, _, _ = strings.Cut(rest, ":")
	}
	return Wild(whose)
}

// Strangers are the trustees of a role of AWS that let in whoever has an account
// at AWS, as far as conditions leave that so: Open or Told, not what is held.
func (e *Estate) Strangers(row int) (out []Stranger) {
	if e.Graph.Type(row) != "aws.iam.role" {
		return nil
	}
	for _, t := range e.Trusted(row) {
		if !strings.HasPrefix(t.Alias, "aws-any:") || t.Cond.Str("expired") != "" {
			continue
		}
		bounds := Bounds(t.Cond)
		if h := Firmest(bounds); h != Held {
			out = append(out, Stranger{t, h, bounds})
		}
	}
	return out
}

// A Stranger is a statement that names everybody and does not say who is meant.
type Stranger struct {
	Trustee
	Hold   Hold // Open or Told
	Bounds []Bound
}

// Outside says how far anybody outside can become an identity by what its own trust
// says, in percent, and who: all of it where they have to know nothing, less where
// they were told a value; 0: nobody can. It is for the part of risk that is exposure.
func (e *Estate) Outside(row int) (percent int, says string) {
	for _, s := range e.Strangers(row) {
		if s.Hold == Open {
			return 100, "anybody with an AWS account"
		}
		percent, says = outsideTold, "anybody who was told a value"
	}
	if e.Graph.Type(row) != "aws.iam.role" {
		return percent, says
	}
	for _, f := range e.Federations(row) {
		if f.Anybody() && !f.Narrowed {
			return 100, "anybody with a token of its issuer"
		}
	}
	return percent, says
}

// outsideTold is what it counts that a value has to be known, which is passed on in
// the open: as much as a credential in a place that many people read.
const outsideTold = 70
