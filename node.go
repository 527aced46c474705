package drover

import (
	"fmt"
	"slices"
	"time"
)

// Kind is what a node is, in our words; Type is what its vendor calls it. The
// list is closed.
type Kind string

const (
	KindIdentity   Kind = "identity"   // can authenticate or be assumed: IAM user and role, ServiceAccount, LOGIN role, app registration, AI agent
	KindCredential Kind = "credential" // what proves an identity: key, token, password, certificate, federated trust; never listed among identities
	KindHuman      Kind = "human"      // a person record (HR, IdP); a verdict never changes a Kind
	KindGroup      Kind = "group"      // a set of members
	KindRole       Kind = "role"       // a bundle of permissions that nothing logs in as
	KindResource   Kind = "resource"   // what is reached: bucket, table, secret entry
	KindWorkload   Kind = "workload"   // what runs as an identity: pod, function, unit, timer
	KindPolicy     Kind = "policy"     // a document that grants or limits; its body is a Document
	KindVendor     Kind = "vendor"     // a third party
	KindPlace      Kind = "place"      // where a secret lies: file:line@commit, env, secret entry
)

// Kinds lists every Kind, in the order in which they are shown.
var Kinds = []Kind{KindIdentity, KindCredential, KindHuman, KindGroup, KindRole, KindResource, KindWorkload, KindPolicy, KindVendor, KindPlace}

// A Node is one thing a connector saw. Volatile facts do not live here: they
// are Evidence, so that a login does not make a new version of the node.
type Node struct {
	Ref  Ref    `json:"ref"`
	Kind Kind   `json:"kind"`
	Type string `json:"type"` // "<vendor>.<thing>", as the vendor's API says it: "aws.iam.user", "postgres.role"
	Name string `json:"name"` // as displayed by the vendor; hostile text

	// Aliases are the globally unique names by which other systems and logs call
	// this node, each in its native spelling where one exists, sorted:
	// "arn:aws:iam::…", "aws-key:AKIA…", "k8s:<cluster>/<ns>/<sa>",
	// "x509:<sha256>", "ssh:SHA256:…", "email:…", "secret:hs256:…".
	Aliases []string `json:"aliases,omitempty"`

	// Template is set on an ephemeral identity (a pod's, a build's, a session's):
	// the Ref of the workload, pipeline or role it comes from. The store counts
	// such a node under its template instead of keeping it.
	Template Ref `json:"template,omitempty"`

	Created time.Time `json:"created,omitzero"` // zero: unknown
	Rotated time.Time `json:"rotated,omitzero"` // when its secret last changed; zero: unknown
	Expires time.Time `json:"expires,omitzero"` // zero: unknown. No expiry at all is Attrs["no_expiry"]=true

	Attrs Attrs `json:"attrs,omitempty"` // the rest, in the vendor's own field names
}

// Valid returns nil, or an error wrapping ErrInvalid that names the bad field.
func (n *Node) Valid() error {
	if err := n.Ref.Valid(); err != nil {
		return fmt.Errorf("node: %w", err)
	}
	if !slices.Contains(Kinds, n.Kind) {
		return fmt.Errorf("node %s: kind %q is none of %v: %w", n.Ref, cut(string(n.Kind), 40), Kinds, ErrInvalid)
	}
	if n.Type == "" {
		return fmt.Errorf("node %s: type is empty: %w", n.Ref, ErrInvalid)
	}
	if n.Template != "" {
		if err := n.Template.Valid(); err != nil {
			return fmt.Errorf("node %s: template: %w", n.Ref, err)
		}
	}
	if err := n.Attrs.Valid(); err != nil {
		return fmt.Errorf("node %s: attrs: %w", n.Ref, err)
	}
	return nil
}

// Verdict says whether something behind an identity is a person.
type Verdict string

const (
	VerdictNHI     Verdict = "nhi"
	VerdictHuman   Verdict = "human"
	VerdictShared  Verdict = "shared" // used by people and programs both
	VerdictUnknown Verdict = "unknown"
)

// NHIType is the field's word for what sort of non-human identity something is.
type NHIType string

const (
	NHIServiceAccount NHIType = "service_account"
	NHIAPIClient      NHIType = "api_client"
	NHICertificate    NHIType = "certificate"
	NHIBot            NHIType = "bot"
	NHIApplication    NHIType = "application"
	NHIIoTDevice      NHIType = "iot_device"
	NHIContainer      NHIType = "container"
	NHIAIAgent        NHIType = "ai_agent"
	NHIMachine        NHIType = "machine"
)

// NHITypes lists every NHIType.
var NHITypes = []NHIType{NHIServiceAccount, NHIAPIClient, NHICertificate, NHIBot, NHIApplication, NHIIoTDevice, NHIContainer, NHIAIAgent, NHIMachine}

// Lifecycle is where an identity is between its request and its end.
type Lifecycle string

const (
	LifecycleRequested   Lifecycle = "requested"
	LifecycleActive      Lifecycle = "active"
	LifecycleIdle        Lifecycle = "idle"
	LifecycleDormant     Lifecycle = "dormant"
	LifecycleOrphaned    Lifecycle = "orphaned"
	LifecycleQuarantined Lifecycle = "quarantined"
	LifecycleRetired     Lifecycle = "retired"
	LifecycleUnknown     Lifecycle = "unknown"
)

// Lifecycles lists every Lifecycle.
var Lifecycles = []Lifecycle{LifecycleRequested, LifecycleActive, LifecycleIdle, LifecycleDormant, LifecycleOrphaned, LifecycleQuarantined, LifecycleRetired, LifecycleUnknown}
