package decode

// Server is one MCP server of a client's configuration: a program that an AI
// agent may call, and the credentials it is handed.
type Server struct {
	Name      string
	Project   string // the project path it is for; "" the whole user
	Transport string // stdio, http, sse, ws; "" unknown
	Command   string
	Args      []string          // secret arguments are REDACTED here and in Secrets
	Env       map[string]string // references and plain values; secrets are REDACTED here and in Secrets
	URL       string            // without user info and secret query values
	Headers   map[string]string // as Env
	EnvFile   string
	Package   Package
	Disabled  bool
	Tools     []string // tools allowed without asking ("alwaysAllow", "autoApprove", …)
	Secrets   []Found  // values (Ref false) and references (Ref true), each with its place
	Line      int
}

// Package is what a server's command downloads and runs.
type Package struct {
	Manager string // npm, pypi, docker, go, deno, …; "" a local program
	Name    string
	Version string // as pinned; "" none
	Digest  string // of a container image
	Pinned  bool   // an exact version or digest: the code cannot change under it
}
