package decode

import "github.com/droverhq/drover"

// Agent is the definition of an AI agent, or of a workflow that acts by itself.
type Agent struct {
	ID          string
	Name        string
	Kind        string // a2a, crewai, crewai-task, copilot-studio, m365-declarative, m365-plugin, dify, n8n, docker-mcp, …
	Version     string
	Description string
	Provider    string // who offers it
	URL         string
	URLs        []string // every endpoint
	Model       string   // first model named
	Models      []string
	Tools       []AgentTool
	Credentials []AgentCredential
	Connections []string // other agents, sub-workflows, connectors it calls
	Servers     []Server // MCP servers it uses
	Active      *bool    // nil unknown
	AI          bool     // has a language model or agent inside
	Signed      bool     // an A2A card with signatures
	Secrets     []Found  // literal secrets in the definition
	Attrs       drover.Attrs
	Line        int
}

// AgentTool is something an agent may use: a skill, a node, a function.
type AgentTool struct {
	ID, Name, Type string
	Line           int
}

// AgentCredential is a credential that a definition names without its value.
type AgentCredential struct {
	ID, Name, Type string // Type in the vendor's words: "openAiApi", "OAuthPluginVault", "oauth2"
	User           string // the node or tool that uses it
	Line           int
}
