package demo

import (
	"github.com/droverhq/drover"
)

// lone makes an agent that a team owns and no person answers for.
func (g *garden) lone() *identity {
	i := g.in("prod", agent)
	i.owner = nil
	i.attrs["sponsor"] = nil
	i.mark("owner", "")
	return i
}

var agentFaults = []faultKind{
	{"agentsponsor", func(g *garden) []Fault {
		i := g.lone()
		g.w.put(i)
		return i.on("agentsponsor", "no person answers for it")
	}},
	{"agentgranted", func(g *garden) []Fault {
		boss, i := g.in("prod", agent), g.lone()
		i.creator = nil
		i.extras(func(_ *world, out *file) {
			out.edge(boss.ref, i.ref, drover.EdgeCreated, "agent gateway log")
			out.edge(boss.ref, i.ref, drover.EdgeDelegatesTo, "agent gateway log")
		})
		g.w.put(boss)
		g.w.put(i)
		return append(i.on("agentgranted", "an agent let it in, and no person did"), i.on("agentsponsor", "no person answers for it")...)
	}},
	{"agentreach", func(g *garden) []Fault {
		i := g.in("prod", agent)
		b := g.bucket(i.function, "prod")
		i.extras(func(_ *world, out *file) {
			out.node(b)
			out.put(drover.Record{Edge: &drover.Edge{From: i.ref, To: b.Ref, Kind: drover.EdgeCanAccess, Part: "write", Proof: "tool " + b.Name}})
		})
		g.w.put(i)
		return i.on("agentreach", "writes to production")
	}},
	{"agentshell", func(g *garden) []Fault {
		i := g.bad(mcpServer)
		i.attrs["tools"], i.attrs["always_allow"] = []string{"run_shell_command"}, []string{"run_shell_command"}
		i.extras(func(w *world, out *file) {
			c := &credential{ref: drover.NewRef("vault", w.org.slug, "token", i.name), typ: "vault.token", name: "token for " + i.name, born: 10, rotated: 3, expires: 60}
			w.credential(out, c)
			out.edge(i.ref, c.ref, drover.EdgeReadsSecret, "secret_references")
		})
		g.w.put(i)
		return i.on("agentshell", "runs commands, and is handed a secret")
	}},
	{"mcpinsecure", func(g *garden) []Fault {
		i := g.bad(mcpServer)
		i.attrs["transport"], i.attrs["url"], i.attrs["command"], i.attrs["args"], i.attrs["package"] = "http", "http://"+i.name+"."+g.w.org.domain+"/mcp", "", []string{}, nil
		g.w.put(i)
		return i.on("mcpinsecure", "is reached without encryption")
	}},
	{"mcpunpinned", func(g *garden) []Fault {
		i := g.bad(mcpServer)
		i.attrs["args"] = []string{"-y", i.name}
		i.attrs["package"] = object{"manager": "npm", "name": i.name, "pinned": false}
		g.w.put(i)
		return i.on("mcpunpinned", "runs whatever version is newest")
	}},
}
