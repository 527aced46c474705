package decode

// Pipeline is what a CI file says about identities: names and references only.
type Pipeline struct {
	System      string // github, gitlab, jenkins, circleci, azure, bitbucket
	Name        string
	Triggers    []string
	Permissions map[string]string // of the built-in token: "contents": "write"; "*" for read-all and write-all; nil not set
	IDToken     bool              // can mint an OIDC token
	Audiences   []string          // of the OIDC tokens it asks for
	Secrets     []CIName          // secrets used by name
	Variables   []CIName
	Actions     []CIName // actions, orbs, pipes, images used, as written with their ref
	Logins      []CILogin
	Contexts    []string // CircleCI contexts, GitHub environments, GitLab environments
	Connections []CIName // Azure service connections, Jenkins credential ids
	Runners     []string
	Found       []Found // literal secrets
}

// CIName is a name used at a line.
type CIName struct {
	Name string
	Job  string
	Line int
}

// CILogin is a step that logs in to another system.
type CILogin struct {
	Action   string // as written, with its ref
	System   string // aws, gcp, azure, docker, vault, …
	Role     string // role-to-assume, service_account, client-id
	Provider string // workload identity provider, tenant
	Audience string
	OIDC     bool // no long-lived secret: the pipeline's own identity
	Secrets  []string
	Job      string
	Line     int
}
