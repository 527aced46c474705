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
	{"manycredentials", func(g *garden) []Fault {
		i := g.bad(azurePrincipal, snowflakeUser, githubApp)
		for n := range 3 {
			c := *i.creds[0]
			c.ref, c.aliases, c.name = drover.Ref(string(c.ref)+"-"+itoa(n+2)), nil, c.name+" "+itoa(n+2)
			i.creds = append(i.creds, &c)
		}
		g.w.put(i)
		return i.on("manycredentials", "has four secrets of one kind")
	}},
	{"zombiecredential", func(g *garden) []Fault {
		i := g.bad(azurePrincipal, postgresRole)
		c := *i.creds[0]
		c.ref, c.aliases = drover.Ref(string(c.ref)+"-before"), nil
		i.creds[0].rotated, i.creds[0].every = 12, 0
		i.creds[0].use = use{ago: 0.5, every: 1}
		c.rotated, c.every, c.use = 50, 0, use{ago: g.days(14, 40)}
		i.env, i.born, c.born = "dev", max(i.born, 100), 100
		i.creds = append(i.creds, &c)
		if i.p == postgresRole { // whose system does not say when a password was used
			return nil
		}
		g.w.put(i)
		return c.on(g.w, "zombiecredential", "its former secret still works, and is used no more")
	}},
	{"weakhash", func(g *garden) []Fault {
		i := g.bad(postgresRole)
		c := i.creds[0]
		c.attrs = object{"method": "md5"}
		g.w.put(i)
		return c.on(g.w, "weakhash", "is stored as MD5")
	}},
	{"weaksshkey", func(g *garden) []Fault {
		i := g.bad(linuxAccount)
		c := g.sshKey(i, object{"alg": "RSA", "bits": 1024, "encrypted": true})
		g.w.put(i)
		return c.on(g.w, "weaksshkey", "is an RSA key of 1024 bits")
	}},
	{"nopassphrase", func(g *garden) []Fault {
		i := g.bad(linuxAccount)
		c := g.sshKey(i, object{"alg": "ED25519", "bits": 256, "encrypted": false})
		g.w.put(i)
		return c.on(g.w, "nopassphrase", "lies there without a passphrase")
	}},
	{"cakey", func(g *garden) []Fault {
		i := g.bad(linuxHost)
		spki, host := g.d.text(hexDigits, 64), i.name
		ca := certificate(g.d, g.w.org.name+" Root "+g.d.text(hexDigits, 4), use{}, 300)
		ca.attrs = object{"subject": "CN=" + ca.name, "issuer": "CN=" + ca.name, "ca": true, "self_signed": true, "key_alg": "ECDSA", "key_bits": 256, "sig_alg": "ECDSA-SHA256", "spki_sha256": spki, "key_usage": []string{"certSign"}, "serial": g.d.text(hexDigits, 16)}
		ca.born, ca.expires = 200, 3000
		key := &credential{ref: drover.NewRef("x509", "", "private_key", spki), typ: "x509.private_key", name: "key of " + ca.name, aliases: []string{"spki:" + spki}, born: 200, mute: true}
		path := "/root/ca/ca.key"
		key.place(place{ref: drover.NewRef("machine", host, "place", path), typ: "machine.file", name: path, attrs: object{"file": path, "exposure": "internal", "mode": "0600", "encrypted": false, "format": "PKCS#8", "machine": host}})
		i.extras(func(w *world, out *file) {
			w.credential(out, ca)
			w.credential(out, key)
		})
		g.w.put(i)
		return key.on(g.w, "cakey", "the key of an authority lies in a file")
	}},
	{"legacytoken", func(g *garden) []Fault {
		i := g.bad(kubernetesAccount)
		ref := drover.NewRef("kubernetes", g.w.org.cluster, "service_account_token", drover.Named(i.id+"-token"))
		i.extras(func(w *world, out *file) {
			out.node(drover.Node{Ref: ref, Kind: drover.KindCredential, Type: "kubernetes.service_account_token", Name: i.name + "-token", Created: w.ago(20), Attrs: drover.NewAttrs(object{"secret": i.id + "-token", "service_account": i.name, "no_expiry": true})})
			out.edge(ref, i.ref, drover.EdgeAuthenticates, "Secret "+i.id+"-token")
		})
		g.w.put(i)
		return at(ref, i.name+"-token", "legacytoken", "is a token without an end")
	}},
	{"rootkey", func(g *garden) []Fault {
		if g.w.rootKey {
			return nil
		}
		ref, name := drover.NewRef("aws", g.w.org.account, "iam.root", g.w.org.account), "root of "+g.w.org.account
		g.w.rootKey, g.w.rootUse = true, g.d.chance(50)
		found := at(ref, name, "rootkey", "the root user has a key")
		if g.w.rootUse {
			found = append(found, at(ref, name, "sharedaccount", "the root user was at work two days ago")...)
		}
		return found
	}},
	{"vaultstale", func(g *garden) []Fault {
		i := g.bad(postgresRole)
		ref := drover.NewRef("vault", g.w.org.slug, "static_role", i.name)
		i.extras(func(w *world, _ *file) {
			out := w.file("vault")
			out.node(drover.Node{Ref: ref, Kind: drover.KindResource, Type: "vault.static_role", Name: i.name, Created: w.ago(400), Attrs: drover.NewAttrs(object{"username": i.name, "rotation_period": 0})})
		})
		g.w.put(i)
		return at(ref, i.name, "vaultstale", "nothing rotates what it keeps")
	}},
}

// sshKey gives an account a key, in a file of its home.
func (g *garden) sshKey(i *identity, attrs object) *credential {
	print := "SHA256:" + g.d.text(upperNum+hexDigits, 43)
	c := &credential{ref: drover.NewRef("ssh", "", "key", print), typ: "ssh.key", name: print, aliases: []string{"ssh:" + print}, born: 20, mute: true, use: use{unknown: true}}
	file, host := "/var/lib/"+i.name+"/.ssh/id", i.ref.Tenant()
	attrs["file"], attrs["exposure"], attrs["mode"], attrs["format"], attrs["machine"] = file, "internal", "0600", "OpenSSH", host
	c.place(place{ref: drover.NewRef("machine", host, "place", file), typ: "machine.file", name: file, attrs: attrs})
	i.creds = append(i.creds, c)
	return c
}
