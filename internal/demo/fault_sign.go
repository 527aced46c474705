package demo

import (
	"strings"

	"github.com/droverhq/drover"
)

// signFaults are about how an identity signs in, and who does so.
var signFaults = []faultKind{
	flagged("asreproast", "needs no proof before it gets a ticket", 512|0x400000),
	flagged("unconstrained", "may pass for everybody who signs in to it", 512|0x80000),
	flagged("nopassword", "need not have a password", 512|0x20),
	{"weakkerberos", func(g *garden) []Fault {
		i := g.bad(directoryUser)
		i.attrs["msDS-SupportedEncryptionTypes"] = 4
		g.w.put(i)
		return i.on("weakkerberos", "has no AES")
	}},
	{"kerberoast", func(g *garden) []Fault {
		i := g.bad(directoryUser)
		i.attrs["servicePrincipalName"], i.attrs["msDS-SupportedEncryptionTypes"] = []string{"MSSQLSvc/" + i.function + "." + g.w.org.domain + ":1433"}, 28
		g.w.put(i)
		return i.on("kerberoast", "its ticket can be asked for and guessed at")
	}},
	{"defaultpassword", func(g *garden) []Fault {
		i := g.bad(ibmiUser)
		i.attrs["USER_DEFAULT_PASSWORD"], i.attrs["NO_PASSWORD_INDICATOR"], i.attrs["PASSWORD"] = "YES", "NO", "*SET"
		g.w.put(i)
		return i.on("nopassword", "has its own name as its password")
	}},
	{"apppassword", func(g *garden) []Fault {
		i := g.bad(salesforceUser, slackBot)
		c := *i.creds[0]
		c.ref, c.typ, c.name = drover.NewRef("google", g.w.org.slug, "app_password", i.id), "gworkspace.app_password", "app password of "+i.name
		i.creds = append(i.creds, &c)
		g.w.put(i)
		return c.on(g.w, "apppassword", "passes by the second factor")
	}},
	{"legacygrant", func(g *garden) []Fault {
		i := g.bad(azurePrincipal)
		i.attrs["isFallbackPublicClient"] = true
		g.w.put(i)
		return i.on("legacygrant", "may send the passwords of users")
	}},
	{"nopkce", func(g *garden) []Fault {
		i := g.bad(oktaClient)
		i.attrs["settings"] = object{"oauthClient": object{"application_type": "browser", "grant_types": []string{"authorization_code"}}}
		i.attrs["credentials"] = object{"oauthClient": object{"token_endpoint_auth_method": "none", "pkce_required": false}}
		i.creds = nil
		g.w.put(i)
		return i.on("nopkce", "its codes can be used by whoever catches them")
	}},
	{"implicitgrant", func(g *garden) []Fault {
		i := g.bad(oktaClient)
		i.attrs["settings"] = object{"oauthClient": object{"application_type": "service", "grant_types": []string{"client_credentials", "password"}}}
		g.w.put(i)
		return i.on("legacygrant", "may send the passwords of users")
	}},
	{"rootnomfa", func(g *garden) []Fault {
		if g.w.rootNoMFA {
			return nil
		}
		g.w.rootNoMFA = true
		return at(drover.NewRef("aws", g.w.org.account, "iam.root", g.w.org.account), "root of "+g.w.org.account, "consolenomfa", "the root user has no second factor")
	}},
	{"plaintext", func(g *garden) []Fault {
		p := g.lies("machine.file", "/etc/"+pick(g.d, products)+"-"+itoa(g.w.number())+".conf", object{"mode": "0600", "system": pick(g.d, []string{"http", "ftp", "telnet"}), "host": pick(g.d, products) + "." + g.w.org.domain})
		p.attrs["file"] = p.name
		i, c := g.leak(p)
		g.w.put(i)
		return c.on(g.w, "plaintext", "goes over the wire in clear")
	}},
	{"consolepassword", func(g *garden) []Fault {
		i := g.bad(snowflakeUser)
		i.attrs["TYPE"], i.attrs["HAS_PASSWORD"] = "LEGACY_SERVICE", "true"
		g.w.put(i)
		return i.on("consolepassword", "can be signed in to as a person does it")
	}},
	{"humanuse", func(g *garden) []Fault {
		i := g.bad(azurePrincipal, snowflakeUser, vaultRole)
		i.use = use{ago: g.days(1, 8), every: 9, word: pick(g.d, []string{"interactive browser session", "rdp session", "Mozilla/5.0 (X11; Linux x86_64)"})}
		for _, c := range i.creds {
			c.use = use{ago: 12, every: 1}
		}
		g.w.put(i)
		return i.on("humanuse", "a person sat at the other end")
	}},
	{"workstationuse", func(g *garden) []Fault {
		i := g.in("prod", postgresRole, snowflakeUser)
		i.use = use{ago: g.days(1, 8), every: 9, word: pick(g.d, []string{"DBeaver 24.1.0", "pgAdmin 4", "DataGrip 2025.2"})}
		i.creds[0].use = use{unknown: true}
		g.w.put(i)
		return i.on("workstationuse", "a program that people work with was used")
	}},
}

// flagged is an account of the directory with flags that it should not have.
func flagged(check, text string, flags int) faultKind {
	return faultKind{check, func(g *garden) []Fault {
		i := g.bad(directoryUser)
		i.attrs["userAccountControl"] = flags
		g.w.put(i)
		return i.on(check, text)
	}}
}

// sharingFaults are about what more than one thing uses.
var sharingFaults = []faultKind{
	{"sharedkey", func(g *garden) []Fault {
		i := g.in("prod", postgresRole, snowflakeUser)
		c := i.creds[0]
		a, b := g.in("prod", kubernetesAccount), g.in("prod", kubernetesAccount)
		for _, of := range []*identity{a, b} {
			ref := g.workload(of, of.name)
			of.extras(func(w *world, _ *file) { w.file("places").edge(ref, c.ref, drover.EdgeReadsSecret, "env of "+of.name) })
			g.w.put(of)
		}
		g.w.put(i)
		return c.on(g.w, "sharedkey", "two applications have it")
	}},
	{"clonedkey", func(g *garden) []Fault {
		a, b := g.bad(device), g.bad(device)
		c := a.creds[0]
		b.creds = nil
		b.extras(func(_ *world, out *file) { out.edge(c.ref, b.ref, drover.EdgeAuthenticates, "registry") })
		g.w.put(a)
		g.w.put(b)
		return c.on(g.w, "clonedkey", "two devices have it")
	}},
	{"duplicatesecret", func(g *garden) []Fault {
		i := g.bad(postgresRole, snowflakeUser, slackBot)
		c := i.creds[0]
		c.place(g.vaulted(i, i.function))
		c.place(g.vaulted(i, "copies/"+i.function))
		g.w.put(i)
		return c.on(g.w, "duplicatesecret", "lies in two entries of the vault")
	}},
	{"twokeys", func(g *garden) []Fault {
		i := g.in("dev", awsUser)
		i.born = max(i.born, 200)
		c := &credential{id: g.d.text(upperNum, 16), born: 45, use: use{ago: 1, every: 1}}
		i.creds[0].born, i.creds[0].rotated, i.creds[0].every, i.creds[0].use = 60, 0, 0, c.use
		i.creds = append(i.creds, c)
		g.w.put(i)
		return i.on("twokeys", "has two secrets that work")
	}},
	{"personalkey", func(g *garden) []Fault {
		i := g.in("prod", snowflakeUser, vaultRole)
		who := g.quiet(i.team)
		c := &credential{ref: drover.NewRef("github", g.w.org.slug, "personal_access_token", itoa(2000000+g.w.number())), typ: "github.personal_access_token", name: strings.ToLower(who.given) + "-laptop", born: 20, expires: 60}
		i.extras(func(w *world, out *file) {
			w.credential(out, c)
			out.edge(c.ref, who.ref(), drover.EdgeAuthenticates, "")
			out.edge(i.ref, c.ref, drover.EdgeReadsSecret, "configuration")
		})
		g.w.put(i)
		return c.on(g.w, "personalkey", "is a person's, and a program has it")
	}},
	{"impersonation", func(g *garden) []Fault {
		i := g.in("prod", gcpAccount)
		who := i.team.here(g.d.n(100))
		if who == nil {
			return nil
		}
		i.extras(func(_ *world, out *file) {
			out.edge(who.ref(), i.ref, drover.EdgeCanAssume, "roles/iam.serviceAccountTokenCreator")
		})
		g.w.put(i)
		return i.on("impersonation", "a person may become it")
	}},
}
