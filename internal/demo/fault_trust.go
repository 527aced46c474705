package demo

// trustFaults are about who is let in from outside.
var trustFaults = []faultKind{
	{"openoidc", func(g *garden) []Fault {
		i := g.in("prod", awsRole)
		i.attrs["trust"] = trustOf(object{"Federated": "arn:aws:iam::" + g.w.org.account + ":oidc-provider/" + githubIssuer}, "sts:AssumeRoleWithWebIdentity", object{"StringEquals": object{githubIssuer + ":aud": "sts.amazonaws.com"}})
		g.w.put(i)
		return i.on("openoidc", "every repository of the world may become it")
	}},
	{"looseoidc", func(g *garden) []Fault {
		i := g.in("prod", awsRole)
		i.attrs["trust"] = trustOf(object{"Federated": "arn:aws:iam::" + g.w.org.account + ":oidc-provider/" + githubIssuer}, "sts:AssumeRoleWithWebIdentity",
			object{"StringEquals": object{githubIssuer + ":aud": "sts.amazonaws.com"}, "StringLike": object{githubIssuer + ":sub": "repo:" + g.w.org.slug + "/*"}})
		g.w.put(i)
		return i.on("looseoidc", "every repository of the house may become it")
	}},
	{"noexternalid", func(g *garden) []Fault {
		i := g.in("prod", awsRole)
		i.attrs["trust"] = trustOf(object{"AWS": "arn:aws:iam::" + g.d.text("123456789", 12) + ":root"}, "sts:AssumeRole", nil)
		g.w.put(i)
		return i.on("noexternalid", "another account may become it, and no external id is asked for")
	}},
	{"anyprincipal", func(g *garden) []Fault {
		i := g.in("dev", awsRole)
		i.attrs["trust"] = trustOf(object{"AWS": "*"}, "sts:AssumeRole", nil)
		g.w.put(i)
		return i.on("anyprincipal", "everybody may become it")
	}},
}
