package demo

import "github.com/droverhq/drover"

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
	{"broadci", func(g *garden) []Fault {
		i := g.in("prod", awsRole)
		i.attrs["trust"] = g.w.trustGitHub("repo:" + g.w.org.slug + "/" + i.function + ":environment:prod")
		i.allowed(allow("*", "sqs:SendMessage", "sns:Publish", "kinesis:PutRecord", "dynamodb:PutItem", "events:PutEvents", "logs:PutLogEvents", "ses:SendEmail"))
		g.w.put(i)
		return i.on("broadci", "a build writes to everything of seven services")
	}},
	{"novendor", func(g *garden) []Fault {
		i := g.foreign()
		delete(i.attrs, "reviewed_by")
		g.w.put(i)
		return i.on("novendor", "is a third party's, and nobody looked at it")
	}},
	{"unverifiedpublisher", func(g *garden) []Fault {
		i := g.foreign()
		i.attrs["verifiedPublisher"] = object{"displayName": nil, "verifiedPublisherId": nil}
		i.attrs["scopes"] = []string{"Mail.Read", "offline_access"}
		g.w.put(i)
		return i.on("unverifiedpublisher", "reads mail, and nobody knows who made it")
	}},
	{"tenantconsent", func(g *garden) []Fault {
		i := g.foreign()
		i.attrs["oauth2PermissionGrants"] = []object{{"consentType": "AllPrincipals", "scope": "Files.Read.All User.Read"}}
		delete(i.attrs, "scopes")
		g.w.put(i)
		return i.on("tenantconsent", "may read the files of everybody")
	}},
	{"unusedscopes", func(g *garden) []Fault {
		i := g.foreign()
		i.attrs["scopes"], i.attrs["used_scopes"], i.attrs["usage_window"] = []string{"User.Read", "openid", "profile", "email"}, []string{"User.Read"}, "90d"
		g.w.put(i)
		return i.on("unusedscopes", "uses one of the four things that it was let do")
	}},
	{"stalegrant", func(g *garden) []Fault {
		i := g.foreign()
		i.born = max(i.born, 600)
		i.idle(use{ago: g.days(120, 300)})
		g.w.put(i)
		return append(i.on("stalegrant", "a third party is let in, and does not come"), i.on("dormant", "was used long ago, and is still enabled")...)
	}},
	{"unpinnedaction", func(g *garden) []Fault {
		ref := drover.NewRef("github", g.w.org.slug, "workflow", pick(g.d, products)+"/"+itoa(g.w.number())+".yml")
		i := g.bad(githubApp)
		i.extras(func(_ *world, out *file) {
			out.node(drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "github.workflow", Name: ref.ID(), Attrs: drover.NewAttrs(object{"uses": []string{"someone/deploy-action@v3"}})})
		})
		g.w.put(i)
		return at(ref, ref.ID(), "unpinnedaction", "runs whatever a tag points to")
	}},
	{"publicrunner", func(g *garden) []Fault {
		ref := drover.NewRef("github", g.w.org.slug, "runner_group", itoa(g.w.number()))
		i := g.bad(githubApp)
		i.extras(func(_ *world, out *file) {
			out.node(drover.Node{Ref: ref, Kind: drover.KindGroup, Type: "github.runner_group", Name: "self-hosted " + i.team.name, Attrs: drover.NewAttrs(object{"allows_public_repositories": true})})
		})
		g.w.put(i)
		return at(ref, "self-hosted "+i.team.name, "publicrunner", "runs builds of public repositories")
	}},
	{"publicresource", func(g *garden) []Fault {
		i := g.in("prod", awsRole)
		ref := drover.NewRef("aws", g.w.org.account, "lambda.function", i.function+"-"+itoa(g.w.number()))
		i.extras(func(_ *world, out *file) {
			out.node(drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "aws.lambda.function", Name: i.function, Attrs: drover.NewAttrs(object{"FunctionUrlConfigs": []object{{"AuthType": "NONE", "FunctionUrl": "https://" + i.id + ".lambda-url.eu-central-1.on.aws/"}}})})
			out.edge(ref, i.ref, drover.EdgeRunsAs, "Role")
		})
		g.w.put(i)
		return at(ref, i.function, "publicresource", "anybody may call it")
	}},
}

// foreign makes an application of somebody else's that is as it should be: its
// publisher is known, it was looked at, and it may do little.
func (g *garden) foreign() *identity {
	i := g.bad(azurePrincipal)
	firm := pick(g.d, []string{"Notewise", "Chartly", "Formbird", "Inboxer", "Slidecast", "Peoplegrid"})
	i.name = firm + " " + g.d.text(upperNum, 3)
	i.attrs["displayName"], i.attrs["appOwnerOrganizationId"] = i.name, g.d.uuid()
	i.attrs["verifiedPublisher"] = object{"displayName": firm, "verifiedPublisherId": g.d.text(digits, 7)}
	i.attrs["reviewed_by"], i.attrs["scopes"], i.creds = g.w.org.teams[0].mail(g.w.org), []string{"User.Read"}, nil
	return i
}
