package demo

import (
	"slices"

	"github.com/droverhq/drover"
)

// misses make a clean identity look as if something were wrong with it. Nothing
// may be found there.
var misses = []func(g *garden, i *identity){
	// It is new, and was not used yet.
	func(g *garden, i *identity) {
		i.born = g.days(1, 20)
		for _, c := range i.creds {
			c.born, c.rotated = i.born, 0
		}
		i.idle(use{never: true})
	},
	// Nobody watches its use.
	func(_ *garden, i *identity) { i.idle(use{unknown: true}) },
	// It was not used for long, and was switched off for that.
	func(g *garden, i *identity) {
		if !slices.Contains(switched(), i.p) {
			return
		}
		i.idle(use{ago: g.days(120, 400)})
		for _, c := range i.creds {
			c.off = true
		}
		i.p.off(i)
	},
	// It has not been used for weeks, which is less than months.
	func(g *garden, i *identity) { i.idle(use{ago: g.days(32, 80), every: 30}) },
	// Its name says test, and it is in use.
	func(g *garden, i *identity) {
		if i.p == githubApp || i.p == snowflakeUser {
			i.name = "test-" + i.name
		}
	},
	// Its secret lies where secrets belong, and its workload reads it there.
	func(g *garden, i *identity) {
		if len(i.creds) == 0 || i.creds[0].typ == "x509.certificate" {
			return
		}
		i.creds[0].place(g.vaulted(i, i.function))
	},
	// It will end one day.
	func(g *garden, i *identity) {
		i.mark("expires-on", g.w.ago(-g.days(60, 300)).Format("2006-01-02"))
	},
	// Its owner left, and its team still owns it.
	func(g *garden, i *identity) {
		if !i.unowned && g.d.chance(20) {
			i.owner = g.gone(i.team, g.days(30, 200))
		}
	},
	// Its secret lay in code for a day, and was changed since.
	func(g *garden, i *identity) {
		if !slices.Contains([]*platform{postgresRole, azurePrincipal, snowflakeUser, slackBot}, i.p) {
			return
		}
		p := g.line("internal", false)
		p.attrs["commit_time"], p.attrs["author_time"] = awsTime(g.w.ago(300)), awsTime(g.w.ago(300))
		c := i.creds[0]
		old := *c
		old.ref, old.name, old.off, old.places, old.use = drover.Ref(string(c.ref)+"-leaked"), "former "+c.name, true, nil, use{unknown: true}
		old.aliases = nil
		old.born, old.rotated = max(old.born, 310), 305
		old.place(p)
		i.creds = append(i.creds, &old)
	},
}
