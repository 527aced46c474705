package demo

import (
	"strings"

	"github.com/droverhq/drover"
)

// stories are what happened at Harbour & Finch, in the order in which a tour of
// the demonstration goes through them.
var stories = []func(*harbour){fridayKey, leaver, revived, brokenRotation, legacy, agents, thirdParty, gateway, builds, mended, everyday}

// make makes a good identity of a platform, under a name of its own.
func (h *harbour) make(p *platform, t, env, name, function string) *identity {
	i := h.w.good(p, h.teams[t], h.d)
	i.env, i.function, i.purpose = env, function, function
	i.attrs, i.aliases, i.creds = nil, nil, nil
	p.make(h.w, i, h.d)
	i.rename(h.w, name)
	return i
}

// rename gives an identity the name that a story has for it.
func (i *identity) rename(w *world, name string) {
	old := i.name
	i.name = name
	for k, v := range i.attrs {
		if v == old {
			i.attrs[k] = name
		}
	}
	for k, a := range i.aliases {
		if a == "pg:"+w.org.pg+"/"+old {
			i.aliases[k] = "pg:" + w.org.pg + "/" + name
		}
	}
	for _, c := range i.creds {
		c.name = name
		if c.typ == "postgres.password" || c.typ == "ad.password" {
			c.name = "password of " + name
		}
	}
}

// ordersDB is the database that everything at Harbour & Finch depends on.
func (h *harbour) ordersDB(w *world, out *file) {
	cluster := drover.NewRef("postgres", w.org.pg, "postgres.cluster", w.org.pg)
	out.node(drover.Node{Ref: cluster, Kind: drover.KindResource, Type: "postgres.cluster", Name: "orders-db", Aliases: []string{"pg:" + w.org.pg, "dsn:postgres://orders-db.harbourfinch.example:5432"},
		Attrs: drover.NewAttrs(object{"server_version": "16.4", "server_version_num": 160004, "ssl": "on", "password_encryption": "scram-sha-256",
			"tags": object{"environment": "prod", "tier": "0", "data-class": "personal", "regulation": "PCI", "owner": "team-payments@" + w.org.domain}})})
	db := drover.NewRef("postgres", w.org.pg, "postgres.database", "16384")
	out.node(drover.Node{Ref: db, Kind: drover.KindResource, Type: "postgres.database", Name: "orders", Attrs: drover.NewAttrs(object{"datallowconn": true, "datistemplate": false, "comment": "4.1 million customers",
		"tags": object{"environment": "prod", "data-class": "personal", "regulation": "PCI"}})})
	out.edge(cluster, db, drover.EdgeContains, "")
}

// fridayKey: on a Friday in 2024 somebody gave the dashboard export the rights of
// an administrator, and wrote its password into a script.
func fridayKey(h *harbour) {
	i := h.make(postgresRole, "team-bi", "prod", "svc-bi-export", "bi-export")
	i.born, i.unowned, i.manual, i.creator = 971, true, true, h.who("Priya")
	i.attrs["rolsuper"], i.attrs["comment"] = true, "service account: export for the executive dashboard, every 15 minutes"
	i.attrs["tags"] = object{"environment": "prod", "service": "bi-export"}
	i.attrs["granted_permissions"], i.attrs["used_permissions"], i.attrs["usage_window"], i.attrs["usage_source"] = 212, []string{"SELECT on orders", "SELECT on order_lines", "SELECT on fx"}, "90d", "pg_stat_statements"
	i.use = use{ago: minutes(3), every: minutes(15)}
	c := i.creds[0]
	c.born, c.rotated, c.every, c.expires, c.endless = 971, 0, 0, 0, true
	host := drover.NewRef("machine", "bi-runner-2", "host", "bi-runner-2")
	jobs := []string{"exec-dashboard-export", "weekly-margin-report", "fx-rates-load", "quarter-end-close", "supplier-scorecard", "returns-heatmap"}
	var refs []drover.Ref
	for _, j := range jobs {
		refs = append(refs, drover.NewRef("machine", "bi-runner-2", "job", j))
	}
	c.place(place{ref: drover.NewRef("git", "bi", "place", "bi/export.py:14@4f1c9e0ab2d3"), typ: "git.line", name: "bi/export.py:14@4f1c9e0ab2d3", born: 968,
		attrs: object{"path": "bi/export.py", "line": 14, "exposure": "public", "exposure_because": "the remote is a public repository", "repository": "harbourfinch/bi", "remote": "https://github.com/harbourfinch/bi", "in_head": true, "commit": "4f1c9e0ab2d37788a0c1d2e3f405162738495a6b",
			"author_email": "priya.nair@harbourfinch.example"}})
	c.place(place{ref: drover.NewRef("machine", "bi-runner-2", "place", "/etc/bi/export.env#PGPASSWORD"), typ: "machine.file", name: "/etc/bi/export.env#PGPASSWORD", born: 700, of: refs,
		attrs: object{"file": "/etc/bi/export.env", "key": "PGPASSWORD", "exposure": "internal", "mode": "0640", "machine": "bi-runner-2"}})
	c.place(place{ref: drover.NewRef("kubernetes", h.w.org.cluster, "secret", drover.Named("bi/export")), typ: "kubernetes.secret", name: "bi/export", born: 400, attrs: object{"namespace": "bi", "secret": "bi/export", "exposure": "internal"}})
	i.extra = func(w *world, out *file) {
		h.ordersDB(w, out)
		hosts := w.file("hosts")
		hosts.node(drover.Node{Ref: host, Kind: drover.KindResource, Type: "machine.computer", Name: "bi-runner-2", Attrs: drover.NewAttrs(object{"os": "linux", "tags": object{"environment": "prod", "owner": "team-bi@harbourfinch.example"}})})
		for k, r := range refs {
			hosts.node(drover.Node{Ref: r, Kind: drover.KindWorkload, Type: "cron.job", Name: jobs[k], Attrs: drover.NewAttrs(object{"machine": "bi-runner-2", "schedule": "*/15 * * * *"})})
			grade, proof := drover.GradeProven, "connection log of orders-db"
			if k > 3 {
				grade, proof = drover.GradeInferred, "PGUSER in /etc/bi/export.env"
			}
			hosts.put(drover.Record{Edge: &drover.Edge{From: r, To: i.ref, Kind: drover.EdgeRunsAs, Grade: grade, Proof: proof}})
			hosts.edge(host, r, drover.EdgeContains, "")
		}
		for _, t := range []string{"SELECT public.orders", "SELECT public.order_lines", "SELECT public.fx"} {
			out.evidence(drover.Evidence{Subject: i.ref, Claim: drover.ClaimCalls, Source: "pg_stat_statements", At: w.at, Window: 90 * drover.Day, Count: 8640, Value: t})
		}
	}
	h.w.put(i)
}

// leaver: Priya Nair left. What she owned, what she made, and what she could read
// is still there.
func leaver(h *harbour) {
	priya := h.who("Priya")
	owned := h.make(azurePrincipal, "team-bi", "prod", "svc-forecast-refresh", "forecast-refresh")
	owned.owner, owned.creator = priya, priya
	owned.sole = true
	h.w.put(owned)

	made := h.make(githubBot, "team-platform", "prod", "ci-deploy-legacy", "ci-deploy")
	made.born, made.unowned, made.manual, made.creator, made.use = 402, true, true, priya, use{unknown: true}
	c := made.creds[0]
	c.born, c.rotated, c.every, c.expires, c.endless, c.use = 402, 0, 0, 0, true, use{unknown: true}
	c.attrs = object{"fine_grained": false, "scopes": []string{"repo", "admin:org", "workflow"}}
	h.w.put(made)

	readable := h.make(snowflakeUser, "team-bi", "prod", "SVC_BI_LOADER", "bi-loader")
	entry := drover.NewRef("vault", h.w.org.slug, "secret", "kv/bi/warehouse")
	readable.creds[0].rotated, readable.creds[0].every = 20, 28
	readable.creds[0].place(place{ref: entry, typ: "vault.secret", name: "kv/bi/warehouse", attrs: object{"exposure": "internal", "path": "kv/bi/warehouse", "mount": "kv"}})
	readable.extra = func(w *world, out *file) {
		w.file("places").edge(entry, priya.ref(), drover.EdgeExposes, "policy bi-engineers allows read on kv/bi/*")
	}
	h.w.put(readable)
}

// revived: an account that nobody had used for over a year got a new password
// from the help desk, and signed in the next day.
func revived(h *harbour) {
	i := h.make(directoryUser, "team-it", "prod", "svc-legacy-reports", "legacy-reports")
	i.born = 2900
	c := i.creds[0]
	c.born, c.rotated, c.every = 2900, 6, 1430
	i.use = use{ago: 5, every: 417}
	i.attrs["pwdLastSetBy"] = "lior.azoulay"
	i.attrs["previousLastLogonTimestamp"] = awsTime(h.w.ago(422))
	h.w.put(i)
}

// brokenRotation: nine days ago a password was changed. Six jobs still have the
// old one.
func brokenRotation(h *harbour) {
	i := h.make(postgresRole, "team-payments", "prod", "svc-ledger-sync", "ledger-sync")
	c := i.creds[0]
	c.rotated, c.every = 9, 90
	c.place(place{ref: drover.NewRef("vault", h.w.org.slug, "secret", "kv/payments/ledger-sync"), typ: "vault.secret", name: "kv/payments/ledger-sync", attrs: object{"exposure": "internal", "path": "kv/payments/ledger-sync", "mount": "kv"}})
	old := &credential{ref: drover.NewRef("postgres", h.w.org.pg, "postgres.password", i.id+"-before"), typ: "postgres.password", name: "former password of svc-ledger-sync", born: 300, rotated: 99, off: true,
		attrs: object{"method": "scram-sha-256", "revoked_at": awsTime(h.w.ago(9))}, use: use{ago: 9, every: 0.1}, expires: 60}
	jobs := []string{"ledger-nightly", "ledger-hourly", "payout-match", "refund-export", "chargeback-import", "vat-return"}
	var refs []drover.Ref
	for _, j := range jobs {
		r := drover.NewRef("machine", "pay-runner-1", "job", j)
		refs = append(refs, r)
		old.place(place{ref: drover.NewRef("machine", "pay-runner-1", "place", "/etc/"+j+".env#PGPASSWORD"), typ: "machine.file", name: "/etc/" + j + ".env#PGPASSWORD", of: []drover.Ref{r},
			attrs: object{"file": "/etc/" + j + ".env", "key": "PGPASSWORD", "exposure": "internal", "mode": "0640", "machine": "pay-runner-1"}})
	}
	i.creds = append(i.creds, old)
	i.extra = func(w *world, _ *file) {
		hosts := w.file("hosts")
		for k, r := range refs {
			hosts.node(drover.Node{Ref: r, Kind: drover.KindWorkload, Type: "cron.job", Name: jobs[k], Attrs: drover.NewAttrs(object{"machine": "pay-runner-1", "last_exit": "password authentication failed"})})
			hosts.edge(r, i.ref, drover.EdgeRunsAs, "PGUSER in /etc/"+jobs[k]+".env")
		}
	}
	h.w.put(i)
}

// legacy: a profile of the AS/400 has a password that cannot be changed without
// stopping the warehouse. It is held down by other means.
func legacy(h *harbour) {
	i := h.make(ibmiUser, "team-fulfilment", "prod", "SVCORDERS1", "orders-picklist")
	i.born, i.owner = 4200, h.who("Farid")
	for k, v := range map[string]any{"NO_PASSWORD_INDICATOR": "NO", "PASSWORD": "*SET", "rotation": "manual", "legacy": true, "compensating_controls": []string{"network_pin", "daily_review"},
		"TEXT_DESCRIPTION": "service account: pick lists for the warehouse; the password is compiled into 14 RPG programs", "PASSWORD_CHANGE_DATE": awsTime(h.w.ago(1460)), "SET_PASSWORD_TO_EXPIRE": "NO"} {
		i.attrs[k] = v
	}
	i.creds = []*credential{{ref: drover.NewRef("ibmi", h.w.org.slug, "password", i.id), typ: "ibmi.password", name: "password of SVCORDERS1", born: 4200, rotated: 1460, endless: true, use: use{unknown: true},
		attrs: object{"rotation": "manual", "legacy": true, "compensating_controls": []string{"network_pin", "daily_review"}}}}
	h.w.put(i)
}

// agents: an agent made another one, gave it the right to send mail, and no person
// was asked.
func agents(h *harbour) {
	triage := h.make(agent, "team-agents", "prod", "agent-triage", "ticket-triage")
	triage.born, triage.owner, triage.sole = 210, h.who("Priya"), true
	triage.attrs["sponsor"] = h.who("Priya").mail(h.w.org)
	triage.attrs["tools"] = []string{"search_docs", "read_ticket", "create_agent"}
	triage.attrs["autonomy"] = "autonomous"
	triage.creds[0].born, triage.creds[0].rotated = 210, 12
	mailer := h.make(agent, "team-agents", "prod", "agent-mailer", "mail-replies")
	mailer.born, mailer.owner, mailer.unowned, mailer.creator, mailer.manual = 19, nil, true, nil, true
	mailer.attrs["sponsor"], mailer.attrs["autonomy"] = nil, "autonomous"
	mailer.attrs["tools"], mailer.attrs["scopes"] = []string{"mail.send"}, []string{"Mail.Send"}
	mailer.creds[0].born, mailer.creds[0].rotated = 19, 0
	mail := drover.NewRef("azure", h.w.org.tenant, "mailboxes", "tenant")
	mailer.extra = func(w *world, out *file) {
		out.edge(triage.ref, mailer.ref, drover.EdgeCreated, "agent gateway log: create_agent")
		out.edge(triage.ref, mailer.ref, drover.EdgeDelegatesTo, "agent gateway log: delegate, no person approved")
		out.node(drover.Node{Ref: mail, Kind: drover.KindResource, Type: "azure.mailboxes", Name: "tenant mail", Attrs: drover.NewAttrs(object{"tags": object{"tier": "0", "data-class": "personal", "environment": "prod"}})})
		out.put(drover.Record{Edge: &drover.Edge{From: mailer.ref, To: mail, Kind: drover.EdgeCanAccess, Part: "Mail.Send", Proof: "oauth2PermissionGrants Mail.Send"}})
	}
	h.w.put(triage)
	h.w.put(mailer)
}

// thirdParty: somebody let a notes service with AI read mail and files.
func thirdParty(h *harbour) {
	i := h.make(azurePrincipal, "team-storefront", "prod", "Notewise AI", "notewise")
	i.born, i.manual, i.creator, i.owner, i.unowned = 64, true, h.who("Uma"), nil, true
	vendor := drover.NewRef("vendor", "-", "company", "notewise.example")
	for k, v := range map[string]any{"appOwnerOrganizationId": "5b2f7a10-1111-4c4c-8e8e-0a1b2c3d4e5f", "verifiedPublisher": object{"displayName": nil, "verifiedPublisherId": nil}, "publisherName": "Notewise Labs", "homepage": "https://notewise.example",
		"consentType": "Principal", "oauth2PermissionGrants": []string{"Mail.Read", "Mail.Send", "Files.ReadWrite.All", "offline_access"}, "scopes": []string{"Mail.Read", "Mail.Send", "Files.ReadWrite.All", "offline_access"}, "third_party": true} {
		i.attrs[k] = v
	}
	i.creds = nil
	i.extra = func(w *world, out *file) {
		out.node(drover.Node{Ref: vendor, Kind: drover.KindVendor, Type: "vendor.company", Name: "Notewise Labs", Attrs: drover.NewAttrs(object{"domain": "notewise.example", "reviewed": false})})
		out.edge(i.ref, vendor, drover.EdgeTrusts, "publisher of the application")
		for _, s := range []string{"Mail.Read", "Mail.Send", "Files.ReadWrite.All"} {
			mail := drover.NewRef("azure", w.org.tenant, "mailboxes", "tenant")
			out.put(drover.Record{Edge: &drover.Edge{From: i.ref, To: mail, Kind: drover.EdgeCanAccess, Part: s, Proof: "oauth2PermissionGrants " + s}})
		}
	}
	h.w.put(i)
}

// gateway has nothing wrong but shows what a name says.
func gateway(h *harbour) {
	i := h.make(awsRole, "team-platform", "prod", "svc-prod-api-gateway-east-2a", "api-gateway")
	i.attrs["trust"] = trustOf(object{"Service": "ecs-tasks.amazonaws.com"}, "sts:AssumeRole", nil)
	h.w.put(i)
}

// builds: fourteen pipelines were given everything, for it was quick.
func builds(h *harbour) {
	for _, what := range strings.Fields("catalog checkout carts search sessions images reviews coupons invoices refunds payouts vouchers shipping labels") {
		i := h.make(awsRole, "team-platform", "prod", "ci-"+what+"-deploy", "ci-"+what)
		i.attrs["trust"] = h.w.trustGitHub("repo:harbourfinch/" + what + ":environment:prod")
		i.grants = []string{"AdministratorAccess"}
		h.w.put(i)
	}
}

// mended are things that were wrong and were put right in the last three months,
// each on its day.
func mended(h *harbour) {
	before := func(day float64) bool { return h.w.age() > day }
	for n, what := range strings.Fields("tax-filing budget-sync supplier-feed contract-scan purchase-match") {
		i := h.make(snowflakeUser, "team-finance", "prod", "SVC_"+strings.ToUpper(strings.ReplaceAll(what, "-", "_")), what)
		i.born = 500
		if before(float64(20 + 12*n)) {
			i.unowned, i.owner = true, nil
		}
		h.w.put(i)
	}
	for n, what := range strings.Fields("route-planner dock-scheduler customs-feed label-queue") {
		i := h.make(azurePrincipal, "team-fulfilment", "prod", "svc-"+what, what)
		i.born = 700
		if c := i.creds[0]; before(float64(5 + 15*n)) {
			c.born, c.rotated, c.every, c.expires = 700, 0, 0, 400
		}
		h.w.put(i)
	}
	for n, what := range strings.Fields("nightly-index nightly-prices") {
		i := h.make(awsRole, "team-storefront", "prod", what, what)
		i.attrs["trust"] = trustOf(object{"Service": "lambda.amazonaws.com"}, "sts:AssumeRole", nil)
		if before(float64(18 + 20*n)) {
			i.grants = []string{"AdministratorAccess"}
		}
		h.w.put(i)
	}
}

// everyday are the faults that every house has: one of each kind.
func everyday(h *harbour) {
	before := h.d
	for k := range faultKinds {
		h.d = h.w.dice.fork(faultKinds[k].name)
		for _, f := range faultKinds[k].plant(h.garden) {
			f.ID, f.Kind = "fault-"+pad(k+1), faultKinds[k].name
			h.truth.Faults = append(h.truth.Faults, f)
		}
	}
	h.d = before
}
