// Package awsiam evaluates AWS IAM: it reads policy documents, and says for one
// request whether they allow it, under which condition, and which statements
// decide. It follows the "Policy evaluation logic" and the "IAM JSON policy
// element reference" chapters of the IAM User Guide; docs/reference/access_aws.md
// lists the rules one by one.
//
// [Parse] reads one document. [Compile] turns the documents that decide for a
// principal into a [Profile], which all principals with the same documents share
// and which is safe for concurrent use. [Profile.Decide] answers fast,
// [Profile.Explain] with the residual condition and the proof, [Evaluate] does
// the same once. [Trusts] and [Profile.Assume] answer for trust policies.
//
// What a request holds is known, absent or unknown ([Context]). What is unknown
// never decides by itself: it stays in the decision as a condition.
package awsiam

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// Attached is a document in the place where it decides.
type Attached struct {
	Ref  drover.Ref // the policy's node; of an inline policy its holder's, or its own
	Name string     // for a reader: "AdministratorAccess", "inline policy deploy"
	Doc  *Document  // nil: was not read. What only it could allow is Unknown; what others allow is Conditional on its not denying it
}

// Policies is what decides on the side of one principal.
type Policies struct {
	Identity []Attached // inline, attached, of groups
	Boundary *Attached  // nil: none

	// SCPs and RCPs hold one list per level of the organization, root first, the
	// account last. Nil: no organization is known, or none binds. An SCP level
	// that is there and empty allows nothing; RCPs always allow beside what they
	// deny (RCPFullAWSAccess cannot be detached). The RCPs here bind resources of
	// the principal's own account.
	SCPs, RCPs [][]Attached

	// Session is the session policies, which allow together. Nil: none, which binds
	// nothing, but leaves a FederatedUser without permissions. Empty: allows nothing.
	Session []Attached

	// Management says that the account is the organization's management account,
	// whose principals no SCP binds and whose resources no RCP does.
	Management bool
}

// PrincipalType is what kind of principal makes a request.
type PrincipalType string

const (
	User          PrincipalType = "user"
	Role          PrincipalType = "role" // some session of the role: its session name is unknown
	Root          PrincipalType = "root"
	AssumedRole   PrincipalType = "assumed-role"
	FederatedUser PrincipalType = "federated-user" // a session of sts:GetFederationToken
	Federated     PrincipalType = "federated"      // a user of an OIDC or SAML provider, before it is anybody in AWS
	Service       PrincipalType = "service"
	Anonymous     PrincipalType = "anonymous"
)

// Principal is who makes a request. Tags and organization go into the Context
// (aws:PrincipalTag/…, aws:PrincipalOrgID).
type Principal struct {
	ARN     string        // of Federated the provider's ARN or domain, of Service its name ("lambda.amazonaws.com")
	Account string        // "": the ARN's
	Type    PrincipalType // "": follows from the ARN; without an ARN it is Anonymous
	ID      string        // unique id: AIDA…, AROA…, of a session AROA…:name; "": unknown
	Role    string        // of an AssumedRole the ARN of its role, with path; "": follows from the ARN, without path where the name does not tell of one

	// ServiceLinked roles are bound by no SCP and no RCP. It follows from the path
	// /aws-service-role/ where the ARN shows it.
	ServiceLinked bool
}

// Request is one question.
type Request struct {
	Principal Principal
	Action    string // "s3:GetObject", in any case
	Resource  string // an ARN, or "*" for an action that takes none

	// ResourceAccount is the account that owns Resource; "": the ARN's, and where
	// it has none, the principal's.
	ResourceAccount string

	ResourcePolicy *Attached // of a role its trust policy; nil: there is none
	// ResourceUnread says that a resource policy may exist that was not read: the
	// answer is Unknown unless something denies.
	ResourceUnread   bool
	EndpointPolicies []Attached   // of the VPC endpoint that the request goes through; nil: none
	RCPs             [][]Attached // of the resource's account, when it is not the principal's

	Context Context
}

// Evaluate answers r for a principal under p. It is deterministic. Nil p stands
// for no policies at all.
func Evaluate(p *Policies, r *Request) access.Decision { return Compile(p).Explain(r) }
