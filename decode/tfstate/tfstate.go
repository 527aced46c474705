// Package tfstate reads Terraform and OpenTofu state files of every version.
package tfstate

import "github.com/droverhq/drover"

// MaxSize is the largest state taken, in bytes.
const MaxSize = 128 << 20

// State is one state file.
type State struct {
	Version   int
	Terraform string // version that wrote it
	Lineage   string
	Serial    int64
	Encrypted bool // OpenTofu client-side encryption: nothing else can be read
	Resources []Resource
	Outputs   []Output
}

// Resource is one instance of a resource or data source.
type Resource struct {
	Address      string // module.a["x"].aws_iam_user.this[0]
	Module       string
	Mode         string // managed, data
	Type, Name   string
	Index        string // as in the address, without brackets: 0, "x"; "" none
	Provider     string // hashicorp/aws, or as the old format spells it: aws
	Deposed      string
	Tainted      bool
	ID           string       // attribute id, or what stands for it
	Attributes   drover.Attrs // sensitive values are "REDACTED"; nil when too large
	Secrets      []Secret
	Identities   []Identity
	Dependencies []string
}

// Secret is one sensitive value.
type Secret struct {
	Path  string // "secret", "triggers.password", "master_auth[0].client_key"
	Class string // as the classes of package decode
	Value drover.Secret
	Known bool // marked by the state itself (sensitive_attributes); false: by its name
}

// Identity is something in a resource that can authenticate, or its credential.
type Identity struct {
	Kind    drover.Kind // identity, credential, group, role
	Type    string      // aws.iam.user, gcp.service_account, …
	Name    string
	ID      string   // the id that is never given again: AIDA…; "" none or not known
	Aliases []string // arn:…, aws-key:…, email:…
	Owner   string   // for a credential: the identity's name or alias as written
}

// Output is one root output.
type Output struct {
	Name      string
	Sensitive bool
	Secrets   []Secret
}
