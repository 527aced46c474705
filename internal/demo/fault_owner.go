package demo

import (
	"strconv"

	"github.com/droverhq/drover"
)

var ownerFaults = []faultKind{
	{"unowned", func(g *garden) []Fault {
		p := pick(g.d, []*platform{postgresRole, githubApp, azurePrincipal, awsRole, awsUser, directoryUser, slackBot, snowflakeUser, device, vaultRole, kubernetesAccount})
		if g.w.made[p] < 12 {
			return nil // nobody knows what is usual
		}
		i := g.bad(p)
		i.unowned, i.owner = true, nil
		g.w.put(i)
		return i.on("unowned", "nobody owns it")
	}},
	{"leaverowned", func(g *garden) []Fault {
		i := g.bad(watched()...)
		i.owner, i.sole = g.gone(i.team, g.days(3, 300)), true
		g.w.put(i)
		return i.on("leaverowned", "its only owner has left")
	}},
	{"leaverread", func(g *garden) []Fault {
		i := g.bad(postgresRole, azurePrincipal, snowflakeUser, slackBot, githubApp)
		left := g.gone(i.team, g.days(3, 9))
		c := i.creds[0]
		c.rotated = g.days(14, 26)
		p := g.vaulted(i, i.function)
		c.place(p)
		i.extras(func(w *world, _ *file) {
			w.file("places").edge(p.ref, left.ref(), drover.EdgeExposes, "policy "+i.team.name+" allows read on "+p.name)
		})
		g.w.put(i)
		return c.on(g.w, "leaverread", "somebody who has left could read it, and it was not changed since")
	}},
	{"emptyowner", func(g *garden) []Fault {
		i := g.bad(postgresRole, githubApp, azurePrincipal, gcpAccount, directoryUser, slackBot, snowflakeUser, vaultRole, device)
		ghost := g.w.org.newTeam("former-"+i.team.name+"-"+strconv.Itoa(g.serial), i.team.unit, nil)
		g.w.org.teams = g.w.org.teams[:len(g.w.org.teams)-1] // nobody else belongs to it
		g.w.ghosts = append(g.w.ghosts, ghost)
		if g.d.chance(50) {
			g.gone(ghost, g.days(30, 400))
			g.gone(ghost, g.days(30, 400))
		}
		i.owner, i.team = nil, ghost
		g.w.put(i)
		return i.on("emptyowner", "nobody is left in the team that owns it")
	}},
	{"nhiowner", func(g *garden) []Fault {
		i := g.bad(azurePrincipal)
		other := g.w.good(i.p, i.team, g.d)
		g.w.put(other)
		i.unowned, i.owner = true, nil
		i.extras(func(_ *world, out *file) { out.edge(other.ref, i.ref, drover.EdgeOwns, "owners of the application") })
		g.w.put(i)
		return i.on("nhiowner", "only another automation owns it")
	}},
	{"ownerdisagrees", func(g *garden) []Fault {
		i := g.bad(azurePrincipal, postgresRole, githubApp, snowflakeUser)
		i.owner = nil
		other := g.team()
		if other == i.team {
			return nil
		}
		c := i.creds[0]
		i.extras(func(_ *world, out *file) { out.edge(other.ref, c.ref, drover.EdgeOwns, "tag owner") })
		g.w.put(i)
		return i.on("ownerdisagrees", "its credential belongs to another team than it does")
	}},
	{"soleowner", func(g *garden) []Fault {
		i := g.bad(awsRole, gcpAccount, snowflakeUser)
		i.owner, i.sole = i.team.here(g.d.n(100)), true
		i.mark("criticality", "critical")
		g.w.put(i)
		return i.on("soleowner", "is critical, and one person alone answers for it")
	}},
	{"unapprovedcreator", func(g *garden) []Fault {
		p := pick(g.d, []*platform{azurePrincipal, snowflakeUser, githubApp})
		maker := g.w.good(p, g.team(), g.d)
		maker.function = "provisioner"
		g.w.put(maker)
		for range 5 {
			i := g.w.good(p, g.team(), g.d)
			i.creator = nil
			i.extras(func(_ *world, out *file) { out.edge(maker.ref, i.ref, drover.EdgeCreated, "audit log") })
			g.w.put(i)
		}
		other := g.w.good(p, g.team(), g.d)
		g.w.put(other)
		i := g.w.good(p, g.team(), g.d)
		i.creator = nil
		i.extras(func(_ *world, out *file) { out.edge(other.ref, i.ref, drover.EdgeCreated, "audit log") })
		g.w.put(i)
		f := i.on("unapprovedcreator", "was made by an automation that is not meant to make any")
		f[0].Part = string(other.ref)
		return f
	}},
}
