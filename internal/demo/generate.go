package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// Options say what estate to make.
type Options struct {
	Dir        string    // is made; what an earlier estate left there is written over
	Now        time.Time // from which ages are counted
	At         time.Time // the moment that sees it; zero: Now
	Seed       uint64
	Identities int // about how many; 0: the seed draws it
	Faults     int // how many are planted
}

func (o Options) check() (Options, error) {
	if o.At.IsZero() {
		o.At = o.Now
	}
	if o.Identities < 0 || o.Identities > 20_000_000 || o.Faults < 0 || o.Faults > 100_000 {
		return o, fmt.Errorf("make an estate of %d identities with %d faults: at most 20,000,000 and 100,000: %w", o.Identities, o.Faults, drover.ErrInvalid)
	}
	return o, nil
}

// An Estate is what was made.
type Estate struct {
	Name    string
	Sources []Source
	Truth   Truth
}

// Generate makes a random estate and plants faults in it: sizes, teams, names,
// platforms and where the faults lie are drawn by the seed. Everything else in it
// is clean, with what looks like a fault and is none. It needs the memory of one
// page of each vendor's form, whatever the size.
func Generate(o Options) (*Estate, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	w, err := newWorld(o.Dir, o.Now, o.At, o.Seed)
	if err != nil {
		return nil, err
	}
	d := w.dice.fork("estate")
	if o.Identities == 0 {
		o.Identities = d.between(250, 1500)
	}
	w.org = randomOrg(d, o.Identities)
	g := &garden{w: w, d: d, truth: Truth{Schema: "drover/v1/truth", Seed: o.Seed, Faults: []Fault{}, Clean: []drover.Ref{}}, weights: weights(d)}
	g.grow(o.Identities, o.Faults)
	return g.harvest()
}

// weights are the shares of the platforms, as one house has them.
func weights(d *dice) []int {
	out := make([]int, len(platforms))
	for k, p := range platforms {
		out[k] = p.share * d.between(2, 30) / 10
		if d.chance(10) {
			out[k] = 1 // hardly there
		}
	}
	return out
}

// randomOrg draws whose estate it is.
func randomOrg(d *dice, identities int) *org {
	firm := pick(d, firms)
	slug := strings.ToLower(firm[0] + firm[1])
	o := &org{name: firm[0] + " " + firm[1], slug: slug, domain: slug + ".example", style: pick(d, styles), account: d.text("123456789", 12), cluster: "k8s." + slug + ".example:6443",
		issuer: "oidc.eks.eu-central-1.amazonaws.com/id/" + strings.ToUpper(d.text(hexDigits, 32)), pg: d.text("123456789", 19), tenant: d.uuid(), ad: "corp." + slug + ".example",
		sid: "S-1-5-21-" + d.text("123456789", 10) + "-" + d.text("123456789", 10) + "-" + d.text("123456789", 9), regions: []string{"eu-central-1", "us-east-2", "eu-west-1"}}
	words := shuffled(d, products)
	names := shuffled(d, teamNames)
	teams := min(max(identities/60, 4), len(names))
	for k := range teams {
		var own []string
		for n := k; n < len(words); n += teams {
			own = append(own, words[n])
		}
		o.newTeam(names[k], pick(d, units), own)
	}
	var boss *person
	for k := range max(identities/50, teams*3) {
		if k >= 5000 {
			break // a house of a million machines has no more people than this
		}
		t := o.teams[k%teams]
		p := o.hire(t, pick(d, givenNames), pick(d, familyNames)+suffix(k), pick(d, []string{"Engineer", "Analyst", "Lead", "Administrator"}), boss, float64(d.between(100, 4000)))
		if k < teams {
			p.hired = 4500 // the one who is always there
		}
		if boss == nil {
			boss = p
		}
	}
	return o
}

// suffix tells namesakes apart, as mail addresses do.
func suffix(k int) string {
	if k < 20 {
		return ""
	}
	return "-" + strconv.Itoa(k)
}

func shuffled(d *dice, list []string) []string {
	out := append([]string(nil), list...)
	for k := len(out) - 1; k > 0; k-- {
		n := d.n(k + 1)
		out[k], out[n] = out[n], out[k]
	}
	return out
}

// A garden is an estate with faults among what grows well.
type garden struct {
	w       *world
	d       *dice
	weights []int
	truth   Truth
	serial  int
	order   []int   // of the kinds of faults
	leaver  *person // nil: one is made for each fault that needs one
}

// grow puts so many identities into the world, faults spread among them.
func (g *garden) grow(identities, faults int) {
	planted := 0
	for g.w.count < identities {
		for planted < faults && planted*identities <= g.w.count*faults {
			g.plant()
			planted++
		}
		g.clean()
	}
	for ; planted < faults; planted++ {
		g.plant()
	}
}

func (g *garden) team() *team { return pick(g.d, g.w.org.teams) }

// draw picks a platform by its weight.
func (g *garden) draw() *platform {
	sum := 0
	for _, n := range g.weights {
		sum += n
	}
	n := g.d.n(sum)
	for k, share := range g.weights {
		if n -= share; n < 0 {
			return platforms[k]
		}
	}
	return platforms[0]
}

// maxClean bounds how many clean refs the truth names.
const maxClean = 10_000

// clean puts one identity that nothing is wrong with; now and then it looks as if.
func (g *garden) clean() {
	i := g.w.good(g.draw(), g.team(), g.d)
	if g.d.chance(12) {
		pick(g.d, misses)(g, i)
	}
	if len(g.truth.Clean) < maxClean {
		g.truth.Clean = append(g.truth.Clean, i.ref)
	}
	g.w.put(i)
}

// harvest writes what belongs to the whole, and the truth.
func (g *garden) harvest() (*Estate, error) {
	if err := g.w.hr(); err != nil {
		return nil, err
	}
	g.w.groups()
	if err := g.w.end(); err != nil {
		return nil, err
	}
	g.truth.Identities, g.truth.Humans = g.w.count, len(g.w.org.people)
	e := &Estate{Name: g.w.org.name, Sources: g.w.configured(), Truth: g.truth}
	return e, e.write(g.w.dir)
}
