package decode

import (
	"path"
	"slices"
	"strings"
)

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

// ParseMCP reads the MCP servers of a client's configuration: mcpServers
// (Claude, Cursor, Windsurf, Cline, Gemini, Kiro), servers (VS Code), mcp.servers
// (VS Code settings), context_servers (Zed), mcp_servers (Codex TOML), lists of
// named servers (Continue), and mcpServers below projects (~/.claude.json). The
// name or path of the file tells TOML and YAML from JSON. No servers at all is
// not an error.
func ParseMCP(name string, data []byte) ([]Server, error) {
	root, err := parseByName("MCP configuration", name, data)
	var out []Server
	for _, at := range mcpPlaces {
		out = append(out, servers(root.get(at...), "", at)...)
	}
	for project, p := range root.each("projects") {
		out = append(out, servers(p.get("mcpServers"), project, []string{"projects", project, "mcpServers"})...)
	}
	if len(out) == 0 && bare(root) {
		out = servers(root, "", nil)
	}
	return out, err
}

var mcpPlaces = [][]string{
	{"mcpServers"}, {"servers"}, {"mcp", "servers"}, {"mcp", "mcpServers"}, {"mcp.servers"}, {"mcp_servers"}, {"context_servers"},
	{"experimental", "modelContextProtocolServers"}, {"amp.mcpServers"}, {"extensions"}, {"powers", "mcpServers"}, {"mcp"},
}

// bare says whether a map's own values are servers, as some tools write them.
func bare(root *value) bool {
	if !root.is(kindMap) || len(root.vals) == 0 {
		return false
	}
	return !slices.ContainsFunc(root.vals, func(v *value) bool { return !isServer(v) })
}

func isServer(v *value) bool {
	if !v.is(kindMap) {
		return false
	}
	if t := v.child("transport"); t.is(kindMap) {
		return true
	}
	return v.first("command", "cmd", "url", "httpUrl", "serverUrl", "server_url", "uri") != nil
}

// parseByName reads JSON with comments, TOML or YAML, as the file is called.
func parseByName(format, name string, data []byte) (*value, error) {
	switch strings.ToLower(path.Ext(strings.ReplaceAll(name, `\`, "/"))) {
	case ".toml":
		return parseTOML(format, data)
	case ".yaml", ".yml":
		return oneYAML(format, data)
	}
	return parseJSON(format, data)
}

// servers reads a map of servers by name, or a list of servers with names.
// What cannot be started or reached is none and left out.
func servers(v *value, project string, at []string) []Server {
	if v == nil {
		return nil
	}
	var out []Server
	for k, e := range v.each() {
		name := k
		if v.kind == kindList {
			name = e.first("name", "id").str()
		}
		// A settings map may have other things beside servers: "mcp": {"inputs": …}.
		if isServer(e) || e.is(kindMap) && (at[len(at)-1] == "mcpServers" || at[len(at)-1] == "servers" || at[len(at)-1] == "mcp_servers") {
			out = append(out, server(name, project, e, append(slices.Clone(at), k)))
		}
	}
	return out
}

func server(name, project string, v *value, at []string) Server {
	s := Server{Name: name, Project: project, Line: v.line, EnvFile: v.first("envFile", "env_file").str()}
	place := joinPath(at...)
	in := v
	if t := v.get("transport"); t.is(kindMap) {
		in = t
	}
	s.command(v, in, place)
	for _, k := range []string{"env", "envs", "environment"} {
		s.Env = merge(s.Env, siftMap(&s.Secrets, v.get(k), place+"."+k))
	}
	for _, k := range []string{"headers", "http_headers", "requestOptions"} {
		h := in.get(k)
		if k == "requestOptions" {
			h = in.get(k, "headers")
		}
		s.Headers = merge(s.Headers, siftHeaders(&s.Secrets, h, place+"."+k))
	}
	s.references(v, place)
	if u := in.first("url", "httpUrl", "serverUrl", "server_url", "uri"); u != nil {
		s.URL = siftURL(&s.Secrets, u.str(), place+".url", u.line)
	}
	s.Transport = transport(v, in, s)
	disabled, _ := v.yes("disabled")
	enabled, known := v.first("enabled", "isActive").yes()
	s.Disabled = disabled || known && !enabled
	for _, k := range []string{"alwaysAllow", "autoApprove", "autoapprove", "trusted_tools"} {
		s.Tools = append(s.Tools, v.strs(k)...)
	}
	if trust, _ := v.yes("trust"); trust {
		s.Tools = append(s.Tools, "*")
	}
	s.Package = packageOf(s.Command, s.Args)
	for i := range s.Secrets {
		if s.Secrets[i].Host == "" {
			s.Secrets[i].Host = hostOfURL(s.URL)
		}
	}
	return s
}

// command fills the program and its arguments; Zed nests both under command.
func (s *Server) command(v, in *value, place string) {
	c := in.first("command", "cmd")
	args := in.get("args")
	if args == nil {
		args = v.get("args")
	}
	switch {
	case c.is(kindMap):
		s.Env = siftMap(&s.Secrets, c.get("env"), place+".command.env")
		c, args = c.get("path"), c.get("args")
	case c.is(kindList):
		c, args = c.get("0"), &value{kind: kindList, line: c.line, vals: c.vals[min(1, len(c.vals)):]}
	}
	s.Args, _ = siftArgs(&s.Secrets, args, place+".args")
	s.Command = c.str()
	// "npx -y pkg" in one string is how hurried people write it; a path with
	// spaces is not.
	if f := strings.Fields(s.Command); len(f) > 1 && len(s.Args) == 0 && !strings.ContainsAny(f[0], `/\`) {
		redactArgs(&s.Secrets, f, place+".command", func(int) int { return c.line })
		s.Command, s.Args = f[0], f[1:]
	} else {
		s.Command = siftCommand(&s.Secrets, s.Command, place+".command", c.at())
	}
}

// siftHeaders sorts HTTP headers: an authorization header is a secret unless it
// only names one.
func siftHeaders(found *[]Found, v *value, place string) map[string]string {
	if !v.is(kindList) {
		return siftMap(found, v, place)
	}
	out := map[string]string{}
	for k, h := range v.each() {
		name, text, ok := strings.Cut(h.str(), ":")
		if h.kind == kindMap {
			name, text, ok = h.first("name", "key").str(), h.str("value"), true
		}
		if ok {
			out[name] = sift(found, name, strings.TrimSpace(text), place+"["+k+"]", h.line)
		}
	}
	return out
}

// references records secrets that are named and not held: Codex's
// bearer_token_env_var and env_http_headers, env_vars that are passed on.
func (s *Server) references(v *value, place string) {
	if e := v.get("bearer_token_env_var"); e.str() != "" {
		s.ref(ClassToken, "Authorization", e.str(), place+".bearer_token_env_var", e.line)
	}
	for h, e := range v.each("env_http_headers") {
		s.ref(ClassToken, h, e.str(), place+".env_http_headers", e.line)
	}
	for _, e := range v.each("env_vars") {
		if class, yes := LooksSecret(e.str()); yes {
			s.ref(class, e.str(), e.str(), place+".env_vars", e.line)
		}
	}
	for k, e := range v.each("oauth") {
		if _, yes := LooksSecret(k); yes {
			if f, ok := secretOf(ClassOAuthSecret, k, e.str(), place+".oauth."+k, e.line); ok {
				s.Secrets = append(s.Secrets, f)
			}
		}
	}
}

func (s *Server) ref(class, name, variable, place string, line int) {
	s.Secrets = append(s.Secrets, Found{Class: class, Name: name, Path: place, Line: line, Ref: true, Extra: map[string]string{"ref": "${" + variable + "}"}})
}

func transport(v, in *value, s Server) string {
	t := strings.ToLower(v.first("type", "transport").str())
	if t == "" {
		t = strings.ToLower(in.first("type", "transport").str())
	}
	base, _, _ := strings.Cut(s.URL, "?")
	switch {
	case strings.Contains(t, "http"):
		return "http"
	case t == "sse" || t == "stdio" || t == "ws" || t == "websocket":
		return strings.TrimSuffix(strings.Replace(t, "websocket", "ws", 1), " ")
	case s.Command != "":
		return "stdio"
	case strings.HasPrefix(s.URL, "ws:"), strings.HasPrefix(s.URL, "wss:"):
		return "ws"
	case strings.HasSuffix(strings.TrimRight(base, "/"), "/sse"):
		return "sse"
	case s.URL != "":
		return "http"
	}
	return ""
}

func merge(a, b map[string]string) map[string]string {
	if a == nil {
		return b
	}
	for k, v := range b {
		a[k] = v
	}
	return a
}
