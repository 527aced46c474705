package demo

import (
	"github.com/droverhq/drover"
)

// certified makes an identity that has a certificate.
func (g *garden) certified() (*identity, *credential) {
	i := g.bad(linuxHost, device)
	return i, i.creds[0]
}

// served puts a certificate into a file of the machine that serves it.
func (i *identity) served(c *credential) {
	file := "/etc/ssl/" + i.name + ".crt"
	c.place(place{ref: drover.NewRef("machine", i.name, "place", file), typ: "machine.file", name: file, attrs: object{"file": file, "exposure": "internal", "mode": "0644", "machine": i.name}})
}

var credentialFaults = []faultKind{
	{"longlived", func(g *garden) []Fault {
		i := g.bad(postgresRole, azurePrincipal, slackBot, snowflakeUser, githubBot, awsUser)
		c := i.creds[0]
		c.born, c.rotated, c.every = 1300, g.days(200, 1200), 0
		i.born = max(i.born, 1300)
		c.expires = c.rotated // as far ahead as it lies back
		if c.expires < 95 {
			c.expires = 200
		}
		g.w.put(i)
		return c.on(g.w, "longlived", "was not changed for long")
	}},
	{"noexpiry", func(g *garden) []Fault {
		i := g.bad(postgresRole, azurePrincipal, slackBot, snowflakeUser, githubBot)
		c := i.creds[0]
		c.expires, c.endless = 0, true
		g.w.put(i)
		return c.on(g.w, "noexpiry", "has no end")
	}},
	{"expired", func(g *garden) []Fault {
		i, c := g.certified()
		c.born, c.expires = 400, -g.days(5, 100)
		i.born = max(i.born, 410)
		i.served(c)
		g.w.put(i)
		return c.on(g.w, "expired", "has expired, and is still in place")
	}},
	{"expiring", func(g *garden) []Fault {
		i, c := g.certified()
		c.born, c.expires = 360, g.days(2, 25)
		i.born = max(i.born, 370)
		i.served(c)
		g.w.put(i)
		return c.on(g.w, "expiring", "runs out soon")
	}},
	{"weakcertificate", func(g *garden) []Fault {
		i, c := g.certified()
		switch g.d.n(2) {
		case 0:
			c.attrs["key_alg"], c.attrs["key_bits"], c.attrs["sig_alg"] = "RSA", 1024, "SHA256-RSA"
		case 1:
			c.attrs["key_alg"], c.attrs["key_bits"], c.attrs["sig_alg"] = "RSA", 2048, "SHA1-RSA"
		}
		g.w.put(i)
		return c.on(g.w, "weakcertificate", "is of a kind that can be forged")
	}},
	{"longcertificate", func(g *garden) []Fault {
		i := g.bad(linuxHost)
		c := i.creds[0]
		c.born, c.expires = g.days(100, 300), 3000
		i.born = max(i.born, 310)
		g.w.put(i)
		return c.on(g.w, "longcertificate", "is valid for too long")
	}},
	{"certkeyreuse", func(g *garden) []Fault {
		a, b := g.bad(linuxHost), g.bad(linuxHost)
		a.creds[0].born, b.creds[0].born = 50, 10
		b.creds[0].attrs["spki_sha256"] = a.creds[0].attrs["spki_sha256"]
		g.w.put(a)
		g.w.put(b)
		return b.creds[0].on(g.w, "certkeyreuse", "has the key of another certificate")
	}},
}
