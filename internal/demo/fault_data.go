package demo

import "github.com/droverhq/drover"

// customers is a store of data about people, and nobody of the estate owns it.
func (g *garden) customers(attrs object) drover.Node {
	name := "customer-profiles-" + itoa(g.w.number())
	if attrs == nil {
		attrs = object{}
	}
	attrs["tags"] = object{"data-class": "personal", "environment": "prod", "service": "customer-profiles"}
	return drover.Node{Ref: drover.NewRef("storage", g.w.org.slug, "bucket", name), Kind: drover.KindResource, Type: "storage.bucket", Name: name, Attrs: drover.NewAttrs(attrs)}
}

// reads gives an identity a grant on a store.
func (i *identity) reads(n drover.Node) {
	i.extras(func(_ *world, out *file) {
		out.node(n)
		out.put(drover.Record{Edge: &drover.Edge{From: i.ref, To: n.Ref, Kind: drover.EdgeCanAccess, Part: "read", Proof: "grant"}})
	})
}

// dataFaults are about data of people, and data that a regulation protects.
var dataFaults = []faultKind{
	{"personaldata", func(g *garden) []Fault {
		i := g.in("prod", snowflakeUser, gcpAccount)
		i.function = "telemetry-" + pick(g.d, tasks)
		i.attrs, i.creds, i.aliases, i.purpose = nil, nil, nil, "telemetry"
		i.p.make(g.w, i, g.d)
		i.reads(g.customers(nil))
		g.w.put(i)
		return i.on("personaldata", "is for telemetry, and reads the profiles of customers")
	}},
	{"thirdpartydata", func(g *garden) []Fault {
		i := g.foreign()
		i.reads(g.customers(nil))
		g.w.put(i)
		return i.on("thirdpartydata", "is a third party's, and reads the profiles of customers")
	}},
	{"cleartextdata", func(g *garden) []Fault {
		n, i := g.customers(object{"encrypted": false}), g.in("prod", gcpAccount)
		i.extras(func(_ *world, out *file) { out.node(n) })
		g.w.put(i)
		return at(n.Ref, n.Name, "cleartextdata", "keeps the profiles of customers in the clear")
	}},
	{"regulatedreview", func(g *garden) []Fault {
		i := g.in("prod", gcpAccount, snowflakeUser, awsRole)
		i.mark("regulation", "PCI")
		i.mark("last_reviewed", g.w.ago(g.days(200, 340)).Format("2006-01-02"))
		g.w.put(i)
		return i.on("regulatedreview", "PCI asks for a look twice a year")
	}},
	{"crossenvkey", func(g *garden) []Fault {
		i := g.in("prod", snowflakeUser)
		other := g.in("dev", snowflakeUser)
		c := i.creds[0]
		other.creds = nil
		other.extras(func(_ *world, out *file) { out.edge(c.ref, other.ref, drover.EdgeAuthenticates, "same value") })
		g.w.put(i)
		g.w.put(other)
		return c.on(g.w, "crossenvkey", "opens production and development")
	}},
	{"crosstenant", func(g *garden) []Fault {
		i := g.bad(azurePrincipal)
		app := drover.NewRef("azure", g.w.org.tenant, "application", g.d.uuid())
		i.extras(func(_ *world, out *file) {
			out.node(drover.Node{Ref: app, Kind: drover.KindIdentity, Type: "azure.application", Name: i.name, Aliases: []string{}, Attrs: drover.NewAttrs(object{"signInAudience": "AzureADMultipleOrgs", "displayName": i.name})})
			out.edge(i.team.ref, app, drover.EdgeOwns, "owners of the application")
		})
		g.w.put(i)
		g.w.count++ // the registration beside the principal
		return at(app, i.name, "crosstenant", "takes sign-ins of any organization")
	}},
}
