package demo

import "github.com/droverhq/drover"

// in makes a good identity of an environment, for what is wrong with it may be
// right in another.
func (g *garden) in(env string, list ...*platform) *identity {
	g.w.fixed = env
	defer func() { g.w.fixed = "" }()
	return g.bad(list...)
}

// inline is the ref of the policy that an AWS principal of this estate has of its own.
func (g *garden) inline(i *identity) drover.Ref {
	return drover.NewRef("aws", g.w.org.account, "iam.inline_policy", i.id+":"+i.function)
}

// allowed adds statements to what an AWS principal may do.
func (i *identity) allowed(statements ...object) {
	i.attrs["policy"] = policyDocument(statements...)
}

// database makes a thing of the PostgreSQL cluster.
func (g *garden) database(typ, name string, attrs object) drover.Node {
	return drover.Node{Ref: drover.NewRef("postgres", g.w.org.pg, typ, "16384."+itoa(20000+g.w.number())), Kind: drover.KindResource, Type: typ, Name: name, Attrs: drover.NewAttrs(attrs)}
}

var privilegeFaults = []faultKind{
	{"adminequivalent", func(g *garden) []Fault {
		i := g.in("prod", awsUser, awsRole, postgresRole, directoryUser, racfUser, ibmiUser, gcpAccount, azurePrincipal)
		i.use = use{ago: 0.5, every: 1}
		switch i.p {
		case awsUser, awsRole:
			i.grants = []string{"AdministratorAccess"}
		case postgresRole:
			i.attrs["rolsuper"] = true
		case directoryUser:
			group := drover.NewRef("ad", g.w.org.ad, "group", g.w.org.sid+"-512")
			i.extras(func(w *world, out *file) {
				out.node(drover.Node{Ref: group, Kind: drover.KindGroup, Type: "ad.group", Name: "Domain Admins", Aliases: []string{"sid:" + w.org.sid + "-512"}, Attrs: drover.NewAttrs(object{"objectSid": w.org.sid + "-512"})})
				out.edge(i.ref, group, drover.EdgeMemberOf, "memberOf")
			})
		case racfUser:
			i.attrs["SPECIAL"] = "YES"
		case ibmiUser:
			i.attrs["SPECIAL_AUTHORITIES"] = []string{"*ALLOBJ", "*SECADM"}
		case gcpAccount:
			i.attrs["roles"] = []string{"roles/owner"}
		case azurePrincipal:
			i.attrs["directoryRoles"] = []string{"Global Administrator"}
		}
		g.w.put(i)
		return i.on("adminequivalent", "may do everything")
	}},
	{"standingprivilege", func(g *garden) []Fault {
		i := g.in("prod", ibmiUser, racfUser, gcpAccount)
		i.idle(use{ago: g.days(40, 80), every: 30})
		switch i.p {
		case racfUser:
			i.attrs["SPECIAL"] = "YES"
		case ibmiUser:
			i.attrs["SPECIAL_AUTHORITIES"] = []string{"*ALLOBJ"}
		case gcpAccount:
			i.attrs["roles"] = []string{"roles/owner"}
		}
		g.w.put(i)
		return append(i.on("standingprivilege", "administers, and has not been used for weeks"), i.on("adminequivalent", "may do everything")...)
	}},
	{"mintscredentials", func(g *garden) []Fault {
		i := g.in("prod", azurePrincipal, gcpAccount)
		if i.p == azurePrincipal {
			i.attrs["appRoleAssignments"] = []string{"Application.ReadWrite.All"}
		} else {
			i.attrs["roles"] = []string{"roles/iam.serviceAccountKeyAdmin"}
		}
		g.w.put(i)
		return i.on("mintscredentials", "may make credentials of others")
	}},
	{"readsallsecrets", func(g *garden) []Fault {
		i := g.in("prod", awsRole)
		i.allowed(allow("*", "secretsmanager:GetSecretValue"))
		g.w.put(i)
		return i.on("readsallsecrets", "may read every secret of the account")
	}},
	{"wildcardgrant", func(g *garden) []Fault {
		i := g.in("prod", awsRole)
		i.allowed(allow("*", pick(g.d, []string{"sqs:*", "sns:*", "cloudwatch:*", "logs:*"})))
		g.w.put(i)
		return at(g.inline(i), i.function, "wildcardgrant", "allows all of a service, everywhere")
	}},
	{"databasepowers", func(g *garden) []Fault {
		i := g.in("prod", postgresRole)
		i.attrs["rolbypassrls"] = true
		g.w.put(i)
		return i.on("databasepowers", "passes by row security")
	}},
	{"publicgrant", func(g *garden) []Fault {
		table := g.database("postgres.table", "public."+pick(g.d, products), object{})
		public := drover.NewRef("postgres", g.w.org.pg, "postgres.public", "PUBLIC")
		i := g.in("prod", postgresRole)
		i.extras(func(_ *world, out *file) {
			out.node(drover.Node{Ref: public, Kind: drover.KindGroup, Type: "postgres.public", Name: "PUBLIC"})
			out.node(table)
			out.put(drover.Record{Edge: &drover.Edge{From: public, To: table.Ref, Kind: drover.EdgeCanAccess, Part: "SELECT", Proof: "pg_class.relacl"}})
		})
		g.w.put(i)
		return at(table.Ref, table.Name, "publicgrant", "every role may read the table")
	}},
	{"definersearchpath", func(g *garden) []Fault {
		fn := g.database("postgres.function", "app."+pick(g.d, tasks)+"()", object{"prosecdef": true, "proconfig": []string{}})
		i := g.in("prod", postgresRole)
		i.extras(func(_ *world, out *file) {
			out.node(fn)
			out.edge(i.ref, fn.Ref, drover.EdgeOwns, "")
		})
		g.w.put(i)
		return at(fn.Ref, fn.Name, "definersearchpath", "runs as its owner and finds names where its caller says")
	}},
	{"overprivileged", func(g *garden) []Fault {
		i := g.bad(snowflakeUser, salesforceUser, azurePrincipal)
		i.attrs["granted_permissions"], i.attrs["used_permissions"], i.attrs["usage_window"], i.attrs["usage_source"] = g.d.between(60, 300), g.d.between(1, 4), "180d", "audit log"
		i.born = max(i.born, 300)
		g.w.put(i)
		return i.on("overprivileged", "uses little of what it was given")
	}},
	{"trialtoprod", func(g *garden) []Fault {
		target := g.in("prod", gcpAccount)
		i := g.in("dev", azurePrincipal, snowflakeUser)
		i.extras(func(_ *world, out *file) {
			out.edge(i.ref, target.ref, drover.EdgeCanAssume, "roles/iam.serviceAccountTokenCreator")
		})
		g.w.put(target)
		g.w.put(i)
		return i.on("trialtoprod", "is of development, and becomes "+target.name)
	}},
	{"prodsecret", func(g *garden) []Fault {
		i := g.in("prod", postgresRole, snowflakeUser)
		reader := g.in("dev", azurePrincipal)
		c := i.creds[0]
		reader.extras(func(_ *world, out *file) { out.edge(reader.ref, c.ref, drover.EdgeReadsSecret, "configuration") })
		g.w.put(i)
		g.w.put(reader)
		found := c.on(g.w, "prodsecret", "is of production, and "+reader.name+" has it")
		return append(found, reader.on("trialtoprod", "is of development, and gets to "+i.name)...)
	}},
	{"bothenvironments", func(g *garden) []Fault {
		i := g.in("prod", azurePrincipal)
		a, b := g.bucket(i.function, "prod"), g.bucket(i.function, "dev")
		i.env = "prod"
		i.extras(func(_ *world, out *file) {
			for _, n := range []drover.Node{a, b} {
				out.node(n)
				out.put(drover.Record{Edge: &drover.Edge{From: i.ref, To: n.Ref, Kind: drover.EdgeCanAccess, Part: "write"}})
			}
		})
		g.w.put(i)
		return i.on("bothenvironments", "writes to production and to development")
	}},
	{"fulladminpolicy", func(g *garden) []Fault {
		i := g.in("prod", awsRole)
		i.allowed(allow("*", "*"))
		g.w.put(i)
		return append(at(g.inline(i), i.function, "fulladminpolicy", "allows everything on everything"), i.on("adminequivalent", "may do everything")...)
	}},
	{"noguardrail", func(g *garden) []Fault {
		i := g.in("prod", awsUser)
		i.allowed(allow("*", "iam:CreateRole", "iam:AttachRolePolicy"))
		g.w.put(i)
		return append(i.on("noguardrail", "makes roles of any strength"), i.on("tierzeropath", "and becomes them")...)
	}},
	{"tierzeropath", func(g *garden) []Fault {
		i := g.in("prod", awsUser)
		i.allowed(allow("*", "iam:PutUserPolicy"))
		g.w.put(i)
		return i.on("tierzeropath", "may give itself everything")
	}},
	{"beyondpurpose", func(g *garden) []Fault {
		i := g.in("prod", snowflakeUser, gcpAccount)
		i.function = "payroll-" + pick(g.d, tasks)
		i.attrs, i.creds, i.aliases, i.purpose = nil, nil, nil, "payroll"
		i.p.make(g.w, i, g.d)
		b := drover.Node{Ref: drover.NewRef("storage", g.w.org.slug, "bucket", "warehouse-stock-"+itoa(g.w.number())), Kind: drover.KindResource, Type: "storage.bucket", Attrs: drover.NewAttrs(object{"tags": object{"environment": "prod"}})}
		b.Name = b.Ref.ID()
		i.extras(func(_ *world, out *file) {
			out.node(b)
			out.put(drover.Record{Edge: &drover.Edge{From: i.ref, To: b.Ref, Kind: drover.EdgeCanAccess, Part: "read"}})
		})
		g.w.put(i)
		return i.on("beyondpurpose", "is for payroll, and gets to the warehouse")
	}},
}

// bucket is a store of an environment.
func (g *garden) bucket(of, env string) drover.Node {
	name := of + "-" + env + "-" + itoa(g.w.number())
	return drover.Node{Ref: drover.NewRef("storage", g.w.org.slug, "bucket", name), Kind: drover.KindResource, Type: "storage.bucket", Name: name, Attrs: drover.NewAttrs(object{"tags": object{"environment": env}})}
}
