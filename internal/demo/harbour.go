package demo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// Harbour is how many of both Harbour & Finch has: fifty to one.
const (
	HarbourHumans     = 48
	HarbourIdentities = 2431
)

// HarbourSize is how many non-human identities the organisation has at so many to
// one human: 50 is the one of the story.
func HarbourSize(ratio int) int {
	if ratio == 50 {
		return HarbourIdentities
	}
	return HarbourHumans * ratio
}

// harbourSeed draws what the story leaves open, the same for everybody.
const harbourSeed = 1871

// HarbourHistory are the days before now at which the organisation is looked at,
// the first look first.
var HarbourHistory = []float64{90, 60, 30, 14, 7, 2, 0}

// Harbour writes the demonstration organisation as o.At saw it: the stories, some
// everyday faults, and a clean half. Seed and Faults of the options are not used.
func Harbour(o Options) (*Estate, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	w, err := newWorld(o.Dir, o.Now, o.At, harbourSeed)
	if err != nil {
		return nil, err
	}
	w.org = harbourOrg()
	g := &garden{w: w, d: w.dice.fork("harbour"), truth: Truth{Schema: "drover/v1/truth", Seed: harbourSeed, Faults: []Fault{}, Clean: []drover.Ref{}}}
	for _, p := range platforms {
		g.weights = append(g.weights, p.share)
	}
	want := o.Identities
	if want == 0 {
		want = HarbourIdentities
	}
	h := &harbour{garden: g, teams: map[string]*team{}}
	for _, t := range w.org.teams {
		h.teams[t.name] = t
	}
	g.leaver = h.who("Priya")
	for _, tell := range stories {
		tell(h)
	}
	if w.count > want {
		return nil, fmt.Errorf("the stories alone have %d identities, more than the %d asked for: %w", w.count, want, drover.ErrInvalid)
	}
	for w.count < want {
		g.clean()
	}
	return g.harvest()
}

// A harbour is the organisation while it is told.
type harbour struct {
	*garden
	teams map[string]*team
}

// who finds a person by given name.
func (h *harbour) who(given string) *person {
	k := slices.IndexFunc(h.w.org.people, func(p *person) bool { return p.given == given })
	return h.w.org.people[k]
}

func harbourOrg() *org {
	o := &org{name: "Harbour & Finch", slug: "harbourfinch", domain: "harbourfinch.example", style: styles[0], account: "111122223333", cluster: "k8s-prod.harbourfinch.example:6443",
		issuer: "oidc.eks.us-east-2.amazonaws.com/id/5F1B0C7E9A3D4E2F8A6B1C0D9E7F2A3B", pg: "7423019845610923847", tenant: "8d1f0c2e-77aa-4b1c-9d3e-5a6b7c8d9e0f", ad: "corp.harbourfinch.example",
		sid: "S-1-5-21-3623811015-3361044348-30300820", regions: []string{"us-east-2", "eu-central-1"}}
	for _, t := range []struct{ name, unit, products string }{
		{"team-platform", "Technology", "builds artifacts releases previews sandboxes gateways"},
		{"team-payments", "Commerce", "invoices refunds payouts ledger fraud chargebacks vouchers"},
		{"team-storefront", "Commerce", "catalog checkout carts search sessions images reviews coupons"},
		{"team-bi", "Technology", "lineage quality notebooks forecasts metrics dashboards"},
		{"team-fulfilment", "Operations", "shipping labels routing warehouse returns tracking customs fleets"},
		{"team-security", "Technology", "certificates audit secrets identities alerts"},
		{"team-finance", "Finance", "tax contracts purchasing suppliers budgets"},
		{"team-people", "People", "recruiting surveys payroll rosters"},
		{"team-it", "Technology", "backups snapshots archives telemetry logs mailboxes"},
		{"team-agents", "Technology", "chat tickets recommendations models embeddings"},
	} {
		o.newTeam(t.name, t.unit, strings.Fields(t.products))
	}
	for k, line := range strings.Split(strings.TrimSpace(harbourPeople), "\n") {
		f := strings.Split(strings.TrimSpace(line), ", ")
		t := o.teams[slices.IndexFunc(o.teams, func(t *team) bool { return t.name == f[2] })]
		var boss *person
		if k > 0 {
			boss = o.people[0]
			if len(t.members) > 0 {
				boss = t.members[0]
			}
		}
		o.hire(t, f[0], f[1], f[3], boss, float64(500+(k*173)%4000))
	}
	for _, p := range o.people {
		if p.given == "Priya" {
			p.left, p.hired = 12, 2200
		}
		p.quiet = p.given == "Tom" // an auditor makes nothing
	}
	return o
}

// harbourPeople are the 48 people; the first of a team leads it.
const harbourPeople = `
Ada, Finch, team-platform, Chief Executive
Ben, Tanaka, team-platform, Head of Platform
Diego, Reyes, team-platform, Platform Engineer
Hana, Ito, team-platform, Platform Engineer
Kofi, Mensah, team-platform, Platform Engineer
Lena, Brandt, team-platform, Release Engineer
Viktor, Petrov, team-platform, Site Reliability Engineer
Chloe, Keane, team-payments, Head of Payments
Jonas, Weber, team-payments, Engineer
Rosa, Dahl, team-payments, Engineer
Tariq, Haddad, team-payments, Engineer
Aoife, Byrne, team-payments, Engineer
Elif, Demir, team-storefront, Head of Storefront
Sven, Lindqvist, team-storefront, Engineer
Uma, Iyer, team-storefront, Engineer
Xavier, Moreau, team-storefront, Engineer
Yuki, Sato, team-storefront, Designer
Zoë, Castro, team-storefront, Engineer
Omar, Khalil, team-bi, Head of Business Intelligence
Priya, Nair, team-bi, Data Engineer
Dev, Fontaine, team-bi, Data Engineer
Nadia, Rossi, team-bi, Analyst
Ivo, Novák, team-bi, Analyst
Farid, Gupta, team-fulfilment, Head of Fulfilment
Wanda, Kowalski, team-fulfilment, Engineer
Bruno, Silva, team-fulfilment, Engineer
Ines, García, team-fulfilment, Warehouse Systems
Mats, Andersen, team-fulfilment, Warehouse Systems
Asha, Menon, team-security, Security Engineer
Mei, Chen, team-security, Security Analyst
Grace, Okafor, team-security, Chief Information Security Officer
Tom, Adler, team-security, Auditor
Carol, Whitfield, team-finance, Finance Operations
Quentin, Lefebvre, team-finance, Controller
Nia, Owusu, team-finance, Accountant
Pablo, Ortiz, team-finance, Accountant
Ruth, Berger, team-people, Head of People
Selma, Yılmaz, team-people, Recruiter
Theo, Papadakis, team-people, Payroll
Gil, Mizrahi, team-it, Head of IT
Hugo, Larsen, team-it, Systems Administrator
Ida, Nyström, team-it, Systems Administrator
Karim, Benali, team-it, Mainframe Operator
Lior, Azoulay, team-it, Help Desk
Mila, Horvat, team-it, Help Desk
Noor, Rahman, team-agents, Head of AI
Otis, Grant, team-agents, AI Engineer
Petra, Šimková, team-agents, AI Engineer
`

// minutes are a part of a day.
func minutes(n float64) float64 { return n / (24 * 60) }
