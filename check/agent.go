package check

import (
	"strings"

	"github.com/droverhq/drover"
)

// Agent reports whether a row acts by a model: an AI agent or assistant, or the
// client in which one runs. The servers that it calls as tools are none: see
// ToolServer.
func (e *Estate) Agent(row int) bool {
	return e.Graph.Kind(row) == drover.KindIdentity && e.Graph.Facts(row).NHIType == drover.NHIAIAgent && !e.ToolServer(row)
}

// ToolServer reports whether a row is a server that agents call: of the Model
// Context Protocol.
func (e *Estate) ToolServer(row int) bool {
	t := e.Graph.Type(row)
	return strings.HasPrefix(t, "mcp.") && t != "mcp.client" || strings.HasPrefix(t, "docker_mcp.")
}

// Sponsors are the people who answer for an agent: those whom a user named with
// the tag sponsor, those that its platform names as sponsors or owners, and whose
// computer it runs on. Said is what a tag says where no person was found by it.
func (e *Estate) Sponsors(row int) (people []int, said string) {
	for h := range e.Graph.In(row) {
		switch h.Kind {
		case drover.EdgeOwns, drover.EdgeDelegatesTo:
			if e.Graph.Kind(h.Row) == drover.KindHuman || h.Kind == drover.EdgeDelegatesTo && e.Graph.Facts(h.Row).Verdict == drover.VerdictHuman {
				people = append(people, h.Row)
			}
		}
	}
	for _, key := range []string{"sponsor", "owner"} {
		if v, _, ok := e.Tag(row, key); ok && v != "" {
			said = v
			break
		}
	}
	if said == "" {
		said = strings.Join(e.Graph.Attrs(row).Strings("sponsors"), ", ")
	}
	if said == "" {
		said = e.Graph.Attrs(row).Str("sponsor")
	}
	return people, said
}

// Tools are the names of what an agent or a tool server may use, as its platform
// or configuration lists them.
func (e *Estate) Tools(row int) []string {
	a := e.Graph.Attrs(row)
	return append(a.Strings("tools"), a.Strings("always_allow")...)
}
