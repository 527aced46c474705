package demo

import (
	"slices"
	"strconv"

	"github.com/droverhq/drover"
)

// A faultKind is one sort of thing that goes wrong. Plant puts it into the world
// as one of its many looks, and says what is to be found: mostly one finding. It
// returns nil where it has no place in this estate.
type faultKind struct {
	name  string
	plant func(g *garden) []Fault
}

// faultKinds are all that can be planted; a new one is a function and a line.
var faultKinds = slices.Concat(lifecycleFaults, ownerFaults, secretFaults, credentialFaults, signFaults, sharingFaults, privilegeFaults, clusterFaults, trustFaults, agentFaults, dataFaults)

// plant plants the next fault: every kind once, in an order that the dice draws,
// then all again.
func (g *garden) plant() {
	if len(g.order) == 0 {
		for k := range faultKinds {
			g.order = append(g.order, k)
		}
		for k := len(g.order) - 1; k > 0; k-- {
			n := g.d.n(k + 1)
			g.order[k], g.order[n] = g.order[n], g.order[k]
		}
	}
	for range len(faultKinds) {
		k := g.order[0]
		g.order = append(g.order[1:], k)
		if found := faultKinds[k].plant(g); found != nil {
			g.serial++
			for _, f := range found {
				f.ID, f.Kind = "fault-"+pad(g.serial), faultKinds[k].name
				g.truth.Faults = append(g.truth.Faults, f)
			}
			return
		}
	}
}

func pad(n int) string {
	s := strconv.Itoa(n)
	for len(s) < 3 {
		s = "0" + s
	}
	return s
}

// bad makes a good identity on one of some platforms, for something to be done to it.
func (g *garden) bad(list ...*platform) *identity {
	return g.w.good(pick(g.d, list), g.team(), g.d)
}

// on is what a check is to find on an identity.
func (i *identity) on(check, text string) []Fault {
	return []Fault{{Check: check, Subject: i.ref, Name: i.name, Text: text}}
}

// on is what a check is to find on a credential.
func (c *credential) on(w *world, check, text string) []Fault {
	ref := c.ref
	if c.id != "" && c.typ == "" { // an access key, whose ref changes when it is rotated
		ref = w.awsKey(c)
	}
	return []Fault{{Check: check, Subject: ref, Name: c.name, Text: text}}
}

func at(ref drover.Ref, name, check, text string) []Fault {
	return []Fault{{Check: check, Subject: ref, Name: name, Text: text}}
}

// days draws an age in days.
func (g *garden) days(lo, hi int) float64 { return float64(g.d.between(lo, hi)) }

// extras adds what else is to be written beside an identity.
func (i *identity) extras(fn func(w *world, out *file)) {
	before := i.extra
	i.extra = func(w *world, out *file) {
		if before != nil {
			before(w, out)
		}
		fn(w, out)
	}
}

// gone is a person who has left, as many days ago; where a story has one, that one.
func (g *garden) gone(t *team, ago float64) *person {
	if g.leaver != nil { // a story knows who it was
		if !slices.Contains(t.members, g.leaver) {
			t.members = append(t.members, g.leaver)
		}
		return g.leaver
	}
	p := g.w.org.hire(t, pick(g.d, givenNames), pick(g.d, familyNames)+"-"+strconv.Itoa(len(g.w.org.people)), "Engineer", nil, ago+float64(g.d.between(200, 2000)))
	p.left = ago
	return p
}

// quiet is a person who makes and owns nothing.
func (g *garden) quiet(t *team) *person {
	if k := slices.IndexFunc(g.w.org.people, func(p *person) bool { return p.quiet }); k >= 0 {
		return g.w.org.people[k]
	}
	p := g.w.org.hire(t, pick(g.d, givenNames), pick(g.d, familyNames)+"-"+strconv.Itoa(len(g.w.org.people)), "Intern", nil, 300)
	p.quiet = true
	return p
}

// runs puts a workload that runs as an identity.
func (g *garden) runs(i *identity, name string) drover.Ref {
	ref := drover.NewRef("machine", i.team.name+"-runner", "job", name)
	i.extras(func(w *world, _ *file) {
		out := w.file("hosts")
		out.node(drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "cron.job", Name: name, Attrs: drover.NewAttrs(object{"machine": i.team.name + "-runner", "schedule": "0 * * * *"})})
		out.edge(ref, i.ref, drover.EdgeRunsAs, "crontab of "+i.team.name+"-runner")
	})
	return ref
}
