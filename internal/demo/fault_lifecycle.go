package demo

import (
	"github.com/droverhq/drover"
)

// watched are the platforms that say when an identity was used, and switched are
// those on which it can be switched off.
func watched() []*platform {
	return []*platform{postgresRole, githubApp, githubBot, azurePrincipal, gcpAccount, directoryUser, racfUser, ibmiUser, slackBot, snowflakeUser, vaultRole, awsUser, awsRole}
}

func switched() []*platform {
	return []*platform{githubApp, azurePrincipal, azureManaged, gcpAccount, directoryUser, slackBot, snowflakeUser, racfUser, ibmiUser}
}

// idle stops the use of an identity and of all of its credentials.
func (i *identity) idle(u use) {
	i.use = u
	for _, c := range i.creds {
		c.use = u
	}
}

var lifecycleFaults = []faultKind{
	{"dormant", func(g *garden) []Fault {
		i := g.bad(racfUser, ibmiUser, gcpAccount, awsRole, azureManaged, directoryManaged, linuxAccount, device)
		i.born = g.days(700, 1400)
		i.idle(use{ago: g.days(130, 500)})
		g.w.put(i)
		return i.on("dormant", "was used long ago, and is still enabled")
	}},
	{"dormantkey", func(g *garden) []Fault {
		i := g.bad(azurePrincipal, slackBot, snowflakeUser)
		i.born = g.days(900, 1400)
		i.idle(use{ago: g.days(130, 300)})
		c := i.creds[0]
		c.born, c.rotated, c.every, c.expires = i.born, i.use.ago+g.days(20, 200), 0, 900
		g.w.put(i)
		return append(i.on("dormant", "was used long ago, and is still enabled"), c.on(g.w, "longlived", "was not changed since")...)
	}},
	{"neverused", func(g *garden) []Fault {
		i := g.bad(postgresRole, githubApp, githubBot, azurePrincipal, gcpAccount, directoryUser, racfUser, ibmiUser, slackBot, snowflakeUser, vaultRole, awsRole)
		i.born = g.days(200, 700)
		i.idle(use{never: true})
		g.w.put(i)
		return i.on("neverused", "was made long ago and never used")
	}},
	{"revived", func(g *garden) []Fault {
		i := g.bad(directoryUser, snowflakeUser, salesforceUser)
		i.born = 1500
		i.idle(use{ago: g.days(200, 600)})
		c := i.creds[0]
		c.born, c.rotated, c.every, c.expires, c.use = 1500, g.days(3, 20), 0, 70, i.use
		g.w.put(i)
		return i.on("revived", "its secret was set anew after a long silence")
	}},
	{"stalekey", func(g *garden) []Fault {
		i := g.bad(githubApp, azurePrincipal, slackBot, vaultRole)
		i.born = 900
		c := i.creds[0]
		c.born, c.use = 900, use{ago: g.days(120, 400)}
		g.w.put(i)
		return c.on(g.w, "stalekey", "this credential is unused, its account is not")
	}},
	{"disabledused", func(g *garden) []Fault {
		i := g.bad(switched()...)
		g.runs(i, i.function+"-job")
		i.p.off(i)
		g.w.put(i)
		return i.on("disabledused", "is disabled, and a job still runs as it")
	}},
	{"brokenrotation", func(g *garden) []Fault {
		i := g.bad(postgresRole, snowflakeUser, azurePrincipal)
		old := *i.creds[0]
		old.ref, old.name, old.off, old.rotated, old.born, old.use, old.aliases = drover.Ref(string(old.ref)+"-old"), "former "+old.name, true, g.days(40, 60), max(old.born, 100), use{unknown: true}, nil
		job := drover.NewRef("machine", i.team.name+"-runner", "job", i.function)
		old.places = []place{g.vaulted(i, i.function+"-old", job)}
		i.creds = append(i.creds, &old)
		i.extras(func(w *world, _ *file) {
			w.file("hosts").node(drover.Node{Ref: job, Kind: drover.KindWorkload, Type: "cron.job", Name: i.function, Attrs: drover.NewAttrs(object{"machine": i.team.name + "-runner"})})
		})
		g.w.put(i)
		return old.on(g.w, "disabledused", "a job is still handed the password of before")
	}},
	{"zombie", func(g *garden) []Fault {
		i := g.bad(awsRole, awsUser, gcpAccount, snowflakeUser, device, linuxHost)
		i.mark(pick(g.d, []string{"expires-on", "end_date", "delete-after", "decommission-date"}), g.w.ago(g.days(40, 500)).Format("2006-01-02"))
		g.w.put(i)
		return i.on("zombie", "the day on which it was to end is over")
	}},
	{"unreviewed", func(g *garden) []Fault {
		i := g.bad(awsRole, gcpAccount, snowflakeUser, device, linuxHost)
		i.mark("last_reviewed", g.w.ago(g.days(400, 900)).Format("2006-01-02"))
		g.w.put(i)
		return i.on("unreviewed", "was last reviewed too long ago")
	}},
	{"retiredapp", func(g *garden) []Fault {
		i := g.bad(watched()...)
		app := drover.NewRef("cmdb", g.w.org.slug, "application", "APP"+g.d.text(digits, 5))
		when := awsTime(g.w.ago(g.days(60, 400)))
		name := title(i.function)
		i.extras(func(w *world, _ *file) {
			out := w.file("teams")
			out.node(drover.Node{Ref: app, Kind: drover.KindResource, Type: "servicenow.application", Name: name, Attrs: drover.NewAttrs(object{"operational_status": "retired", "retired_at": when})})
			out.edge(app, i.ref, drover.EdgeContains, "cmdb_rel_ci")
		})
		g.w.put(i)
		return i.on("retiredapp", "the application that it is of was retired")
	}},
	{"twin", func(g *garden) []Fault {
		a := g.bad(awsRole)
		b := g.w.good(pick(g.d, []*platform{gcpAccount, snowflakeUser}), a.team, g.d)
		for _, i := range []*identity{b} { // the same job, moved from one platform to the other
			i.function, i.env, i.purpose, i.owner = a.function, a.env, a.purpose, a.owner
			i.attrs, i.creds, i.aliases = nil, nil, nil
			i.p.make(g.w, i, g.d)
		}
		target := drover.NewRef("storage", g.w.org.slug, "bucket", a.function)
		a.born, b.born = g.days(800, 1300), g.days(130, 400)
		for _, i := range []*identity{a, b} {
			i.extras(func(w *world, out *file) {
				out.node(drover.Node{Ref: target, Kind: drover.KindResource, Type: "storage.bucket", Name: a.function})
				out.put(drover.Record{Edge: &drover.Edge{From: i.ref, To: target, Kind: drover.EdgeCanAccess, Part: "write"}})
			})
			g.w.put(i)
		}
		return a.on("twin", "has a twin on another platform: "+b.name)
	}},
	{"shadow", func(g *garden) []Fault {
		list := []*platform{awsRole, gcpAccount, snowflakeUser, device, linuxHost}
		p := pick(g.d, list)
		if g.w.made[p] < 12 {
			return nil // too few of its kind to say how they are made
		}
		i := g.bad(p)
		if i.p == linuxHost || i.p == gcpAccount {
			return nil // each host, and each project, is a tenant of its own
		}
		i.manual = true
		g.w.put(i)
		return i.on("shadow", "was made by hand where code makes the others")
	}},
}

// mark tags an identity.
func (i *identity) mark(key, value string) {
	if i.tags == nil {
		i.tags = map[string]string{}
	}
	i.tags[key] = value
}

// vaulted is an entry of the vault, and who is handed it.
func (g *garden) vaulted(i *identity, name string, readers ...drover.Ref) place {
	path := "kv/" + i.team.name + "/" + name
	return place{ref: drover.NewRef("vault", g.w.org.slug, "secret", path), typ: "vault.secret", name: path, attrs: object{"exposure": "internal", "path": path}, of: readers}
}
