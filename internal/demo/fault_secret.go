package demo

import (
	"strconv"

	"github.com/droverhq/drover"
)

// secrets are the platforms whose credentials are values that may lie about.
func secrets() []*platform {
	return []*platform{postgresRole, githubApp, githubBot, slackBot, salesforceUser, snowflakeUser, vaultRole}
}

// leak makes an identity whose secret lies in a place since then; its secret is
// older than that.
func (g *garden) leak(p place) (*identity, *credential) {
	i := g.bad(secrets()...)
	c := i.creds[0]
	c.rotated = g.days(15, 26)
	c.place(p)
	return i, c
}

// line is a line of a repository that has been there for some days.
func (g *garden) line(exposure string, head bool) place {
	repo := pick(g.d, products) + "-" + pick(g.d, []string{"service", "infra", "scripts", "ui"})
	path := pick(g.d, []string{"config/settings.py", "deploy.sh", "src/main/resources/application.yml", "notebooks/load.ipynb", ".circleci/run.sh", "app/db.go", "README.md"})
	commit := g.d.text(hexDigits, 40)
	n := g.d.between(3, 400)
	id := path + ":" + strconv.Itoa(n) + "@" + commit[:12]
	since := awsTime(g.w.ago(g.days(3, 12)))
	return place{ref: drover.NewRef("git", repo, "place", id), typ: "git.line", name: id, attrs: object{"path": path, "line": n, "exposure": exposure, "repository": g.w.org.slug + "/" + repo, "remote": "https://github.com/" + g.w.org.slug + "/" + repo,
		"in_head": head, "commit": commit, "commit_time": since, "author_time": since}}
}

// lies is a place of any other sort.
func (g *garden) lies(typ, name string, attrs object) place {
	attrs["exposure"] = "internal"
	return place{ref: drover.NewRef("place", g.w.org.slug, "entry", name), typ: typ, name: name, attrs: attrs}
}

func (g *garden) host() string {
	return pick(g.d, []string{"build", "batch", "app", "web", "etl"}) + "-" + g.d.text(hexDigits, 4)
}

var secretFaults = []faultKind{
	{"publicsecret", func(g *garden) []Fault {
		i, c := g.leak(g.line("public", g.d.chance(60)))
		g.w.put(i)
		return c.on(g.w, "publicsecret", "lies in a repository that anybody can read")
	}},
	{"leakedsecret", func(g *garden) []Fault {
		p := g.line("internal", true)
		switch g.d.n(3) {
		case 1:
			p = g.lies("slack.message", "#"+pick(g.d, products)+" "+g.d.text(digits, 10), object{"channel": "deploys", "ts": awsTime(g.w.ago(5))})
		case 2:
			p = g.lies("jira.ticket", "OPS-"+g.d.text(digits, 5), object{"created_at": awsTime(g.w.ago(4))})
		}
		i, c := g.leak(p)
		g.w.put(i)
		return c.on(g.w, "leakedsecret", "lies in front of people: "+p.name)
	}},
	{"leaknotrotated", func(g *garden) []Fault {
		i, c := g.leak(g.line("internal", false))
		g.w.put(i)
		return c.on(g.w, "leaknotrotated", "was taken out of the code, and not changed since")
	}},
	{"environmentsecret", func(g *garden) []Fault {
		name := "function " + pick(g.d, products) + " DB_PASSWORD"
		i, c := g.leak(g.lies("gcp.environment_variable", name, object{"name": "DB_PASSWORD"}))
		g.w.put(i)
		return c.on(g.w, "environmentsecret", "stands in the environment of a function")
	}},
	{"plainvariable", func(g *garden) []Fault {
		name := "variable " + pick(g.d, products) + " DEPLOY_TOKEN"
		i, c := g.leak(g.lies("github.actions_variable", name, object{"name": "DEPLOY_TOKEN"}))
		g.w.put(i)
		return c.on(g.w, "plainvariable", "is a variable of a build that anybody may read")
	}},
	{"manifestsecret", func(g *garden) []Fault {
		typ := pick(g.d, []string{"kubernetes.config_map", "docker.image"})
		i, c := g.leak(g.lies(typ, pick(g.d, products)+"/"+pick(g.d, tasks), object{"key": "password"}))
		g.w.put(i)
		return c.on(g.w, "manifestsecret", "stands in a "+typ)
	}},
	{"statesecret", func(g *garden) []Fault {
		host := g.host()
		file := "/srv/" + pick(g.d, products) + "/terraform.tfstate"
		i, c := g.leak(place{ref: drover.NewRef("machine", host, "place", file), typ: "machine.file", name: file, attrs: object{"file": file, "attribute": "password", "address": "db_instance.main", "exposure": "internal", "mode": "0600"}})
		g.w.put(i)
		return c.on(g.w, "statesecret", "stands in the state of Terraform")
	}},
	{"worldreadable", func(g *garden) []Fault {
		host := g.host()
		file := "/opt/" + pick(g.d, products) + "/credentials.json"
		i, c := g.leak(place{ref: drover.NewRef("machine", host, "place", file), typ: "machine.file", name: file, attrs: object{"file": file, "exposure": "internal", "mode": "0644", "machine": host}})
		g.w.put(i)
		return c.on(g.w, "worldreadable", "lies in a file that every user of the machine can read")
	}},
	{"copiedsecret", func(g *garden) []Fault {
		i := g.bad(postgresRole, githubBot, slackBot, snowflakeUser, vaultRole)
		c := i.creds[0]
		for range 4 {
			host := g.host()
			file := "/opt/" + pick(g.d, products) + "/" + g.d.text(hexDigits, 4) + ".json"
			c.place(place{ref: drover.NewRef("machine", host, "place", file), typ: "machine.file", name: file, attrs: object{"file": file, "exposure": "internal", "mode": "0600", "machine": host}})
		}
		g.w.put(i)
		return c.on(g.w, "copiedsecret", "was copied to four machines")
	}},
	{"historysecret", func(g *garden) []Fault {
		i, c := g.leak(g.line("internal", false))
		c.mute, c.expires, c.use = true, 0, use{unknown: true}
		g.w.put(i)
		return c.on(g.w, "historysecret", "is no longer in the code, but in its history")
	}},
	{"staticfederable", func(g *garden) []Fault {
		i := g.bad(awsUser)
		c := i.creds[0]
		repository := g.w.org.slug + "/" + i.team.name
		c.place(place{ref: drover.NewRef("github", g.w.org.slug, "actions_secret", i.team.name+"/AWS_KEY_"+g.d.text(upperNum, 4)), typ: "github.actions_secret", name: repository + " AWS_KEY", attrs: object{"repository": repository, "exposure": "internal"}})
		g.w.put(i)
		return c.on(g.w, "staticfederable", "is a key in a build that could sign in without")
	}},
	{"mcpsecret", func(g *garden) []Fault {
		i := g.bad(mcpServer)
		host, config := g.host(), "~/.cursor/mcp.json"
		c := &credential{ref: drover.NewRef("secret", "-", "api_key", "hs256:"+g.d.text(hexDigits, 32)), typ: "secret.api_key", name: "API_TOKEN", born: 10, mute: true}
		c.place(place{ref: drover.NewRef("machine", host, "place", config), typ: "machine.file", name: config, attrs: object{"file": config, "exposure": "internal", "mode": "0600"}})
		i.attrs["secret_references"] = []string{}
		i.extras(func(w *world, out *file) {
			w.credential(out, c)
			out.edge(i.ref, c.ref, drover.EdgeReadsSecret, config)
			out.edge(c.ref, i.ref, drover.EdgeAuthenticates, config)
		})
		g.w.put(i)
		return i.on("mcpsecret", "a secret is written in its configuration")
	}},
	{"describedsecret", func(g *garden) []Fault {
		i := g.bad(postgresRole, directoryUser)
		note := "service account: " + i.purpose + ", password=" + g.d.text(upperNum+hexDigits, 24)
		if i.p == postgresRole {
			i.attrs["comment"] = note
		} else {
			i.attrs["description"] = note
		}
		g.w.put(i)
		return i.on("describedsecret", "its password stands in its description")
	}},
}
