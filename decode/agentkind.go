package decode

import (
	"path"
	"slices"
	"strings"
)

// The kind of a definition is believed only on several marks of its format that
// do not depend on each other: "kind", "name" or "skills" alone stand in half of
// all YAML and JSON files.

// isN8N: a graph whose nodes have types of n8n packages ("n8n-nodes-base.cron",
// "@n8n/n8n-nodes-langchain.agent", "n8n-nodes-someone.thing").
func isN8N(v *value) bool {
	if !v.get("nodes").is(kindList) {
		return false
	}
	for _, n := range v.each("nodes") {
		if strings.Contains(n.str("type"), "n8n-nodes-") {
			return true
		}
	}
	return false
}

// difyModes are the sorts of app that Dify has.
var difyModes = []string{"advanced-chat", "agent-chat", "chat", "completion", "workflow"}

// isDify: an app of one of Dify's modes, with its graph or its model.
func isDify(v *value) bool {
	return slices.Contains(difyModes, v.str("app", "mode")) && (v.get("workflow", "graph").is(kindMap) || v.get("model_config").is(kindMap) || v.str("kind") == "app")
}

// isDockerServer: an entry of the Docker MCP registry.
func isDockerServer(v *value) bool {
	return v.str("name") != "" && slices.Contains([]string{"server", "remote", "poci"}, v.str("type")) && v.get("about").is(kindMap) &&
		(v.get("meta").is(kindMap) || v.get("image") != nil || v.get("remote").is(kindMap) || v.get("tools") != nil)
}

// microsoftSchema says whether $schema is Microsoft's for this sort of manifest.
func microsoftSchema(v *value, sort string) bool {
	s := strings.ToLower(v.str("$schema"))
	return (strings.Contains(s, "://developer.microsoft.com/json-schemas/copilot") || strings.Contains(s, "://aka.ms/json-schemas/copilot")) && strings.Contains(s, sort)
}

// isM365Plugin: an API plugin of Microsoft 365 Copilot, or the manifest of the
// format's first version, which others use too.
func isM365Plugin(v *value) bool {
	if microsoftSchema(v, "plugin") {
		return true
	}
	return v.str("schema_version") != "" && v.str("name_for_human") != "" &&
		(v.get("runtimes").is(kindList) || v.get("functions").is(kindList) || v.get("api").is(kindMap) && v.str("description_for_model") != "")
}

// isM365Agent: a declarative agent. Name, description and instructions are what
// its schema demands.
func isM365Agent(v *value) bool {
	if microsoftSchema(v, "declarative-agent") {
		return true
	}
	if v.str("name") == "" || v.str("description") == "" || v.str("instructions") == "" || v.str("version") == "" {
		return false
	}
	for _, c := range v.each("capabilities") {
		if c.str("name") != "" {
			return true
		}
	}
	for _, c := range v.each("actions") {
		if c.str("id") != "" && c.str("file") != "" {
			return true
		}
	}
	return v.get("conversation_starters").is(kindList)
}

// copilotKinds are the components of Copilot Studio, each with the fields of
// which one is there in every such component.
var copilotKinds = map[string][]string{
	"AdaptiveDialog":                {"beginDialog"},
	"TaskDialog":                    {"action"},
	"AgentDialog":                   {"beginDialog", "settings", "inputType", "outputType"},
	"GptComponentMetadata":          {"instructions", "gptCapabilities", "aISettings", "conversationStarters", "displayName"},
	"KnowledgeSourceConfiguration":  {"source"},
	"ExternalTriggerConfiguration":  {"externalTriggerSource"},
	"GlobalVariableComponent":       {"variable", "aIVisibility"},
	"CopilotComponent":              {"components", "displayName"},
	"BotDefinition":                 {"components", "entity", "schemaName"},
	"ClosedListEntity":              {"items"},
	"RegexEntity":                   {"pattern"},
	"WorkflowDialog":                {"beginDialog", "action"},
	"KnowledgeSourceComponent":      {"configuration", "source"},
	"DialogComponent":               {"dialog"},
	"TranslationsComponent":         {"translations"},
	"CustomEntityComponent":         {"entity"},
	"ExternalTriggerComponent":      {"configuration"},
	"FileAttachmentComponentFolder": {"files"},
}

// botMarks are the fields of a configuration of a bot, told by several at once
// where it does not name its kind.
var botMarks = []string{"publishOnImport", "publishOnCreate", "isLightweightBot", "isAgentConnectable", "gPTSettings", "aISettings", "recognizer"}

// isCopilotStudio: a component or configuration of a Copilot Studio solution.
// Kubernetes objects have a kind too, with an apiVersion beside it.
func isCopilotStudio(file string, v *value) bool {
	if !v.is(kindMap) || v.get("apiVersion") != nil {
		return false
	}
	n := 0
	for _, k := range botMarks {
		if v.get(k) != nil {
			n++
		}
	}
	if n >= 3 || n >= 1 && v.str("$kind") == "BotConfiguration" {
		return true
	}
	marks, known := copilotKinds[v.str("kind")]
	if !known {
		return v.str("kind") != "" && strings.HasSuffix(strings.ToLower(file), ".mcs.yml") && !strings.ContainsAny(v.str("kind"), " /#")
	}
	return v.first(marks...) != nil
}

// isA2A: an agent card: a name, skills that have an id and a name each, and two
// more of the fields that the protocol demands. Where the file lies at the
// well-known place of cards, its address counts for the skills.
func isA2A(file string, v *value) bool {
	if v.str("name") == "" || v.get("apiVersion") != nil {
		return false
	}
	n := 0
	for _, k := range []string{"capabilities", "securitySchemes", "provider"} {
		if v.get(k).is(kindMap) {
			n++
		}
	}
	for _, k := range []string{"defaultInputModes", "defaultOutputModes", "supportedInterfaces"} {
		if v.get(k).is(kindList) {
			n++
		}
	}
	for _, k := range []string{"version", "url", "protocolVersion"} {
		if v.str(k) != "" {
			n++
		}
	}
	skills, named := 0, 0
	for _, s := range v.each("skills") {
		skills++
		if s.str("id") != "" && s.str("name") != "" {
			named++
		}
	}
	addressed := v.str("url") != "" || v.get("supportedInterfaces").is(kindList)
	if v.get("skills").is(kindList) && skills == named && (skills > 0 || addressed && v.get("capabilities").is(kindMap)) {
		return n >= 2 && (addressed || v.get("capabilities").is(kindMap))
	}
	return wellKnownCard(file) && addressed && n >= 2
}

// wellKnownCard says whether the path is where agents publish their cards
// (RFC 8615 names registered by A2A).
func wellKnownCard(file string) bool {
	p := "/" + strings.ToLower(strings.ReplaceAll(file, `\`, "/"))
	switch path.Base(p) {
	case "agent-card.json":
		return true
	case "agent.json":
		return path.Base(path.Dir(p)) == ".well-known"
	}
	return false
}
