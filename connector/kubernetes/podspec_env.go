package kubernetes

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

// Bounds on the texts of one container that are searched.
const (
	maxEnv  = 1000
	maxArgs = 1000
)

// literals searches the variables and arguments that are written out in the
// template for secrets. Each that holds one is a place; the value is forgotten.
func (t *template) literals(c *cluster, out *connector.Out) {
	for _, n := range t.all() {
		t.variables(c, n, out)
		t.arguments(c, n, "command", n.Command, out)
		t.arguments(c, n, "args", n.Args, out)
	}
}

func (t *template) variables(c *cluster, n namedContainer, out *connector.Out) {
	values, refs := map[string]string{}, map[string]*keyRef{}
	for i, e := range n.Env {
		switch {
		case i == maxEnv:
			out.Note(t.proof(n.path()), fmt.Sprintf("more than %d variables; the rest is not searched", maxEnv))
		case i > maxEnv:
		case e.From != nil && e.From.Secret != nil:
			refs[e.Name] = e.From.Secret
		case e.From == nil && e.Value != "":
			values[e.Name] = expand(string(e.Value), values)
		}
	}
	all := t.place(c, n, "env", "")
	done := c.pairsOf(all.spot, values, out)
	if len(done) > 0 {
		all.emit(out)
	}
	for _, name := range sortedKeys(values) {
		v := values[name]
		if done[name] || unbound(v) {
			continue
		}
		if p := t.place(c, n, "env", name); c.found(p.spot, name, v, out) {
			p.emit(out)
		}
	}
	t.databaseLogin(c, n, values, refs, out)
}

// arguments searches a command line; "--key=value" and "--key value" name what
// they hold.
func (t *template) arguments(c *cluster, n namedContainer, field string, args []text, out *connector.Out) {
	flag := ""
	for i, a := range args[:min(len(args), maxArgs)] {
		v, key := string(a), strings.TrimLeft(flag, "-")
		flag = ""
		if name, value, ok := strings.Cut(v, "="); ok && strings.HasPrefix(v, "-") && !strings.ContainsAny(name, " \t\n") {
			key, v = strings.TrimLeft(name, "-"), value
		} else if strings.HasPrefix(v, "-") {
			flag = v
			if !strings.ContainsAny(v, " \t\n") {
				continue
			}
		}
		if unbound(v) {
			continue
		}
		if p := t.place(c, n, field, fmt.Sprint(i)); c.found(p.spot, or(cut(key, 128), field), v, out) {
			p.emit(out)
		}
	}
}

// A place is a variable or argument of a container that holds a secret.
type place struct {
	spot
	node  drover.Node
	from  drover.Ref
	proof string
}

// place names one variable or argument, or with no name the whole environment of
// a container.
func (t *template) place(c *cluster, n namedContainer, field, name string) place {
	at := n.path() + "." + field
	if name != "" {
		at += "[" + cut(name, 128) + "]"
	}
	proof := t.proof(at)
	ref := drover.NewRef(system, c.tenant, "place", t.from.Type()+"/"+t.from.ID()+"/"+at)
	attrs := map[string]any{"namespace": cut(t.object.Meta.Namespace, 253), "workload": cut(t.object.Meta.Name, 253), "container": cut(n.Name, 63), "field": field, "exposure": "internal"}
	setText(attrs, "name", name, 128)
	return place{
		spot:  spot{ns: t.object.Meta.Namespace, holder: ref, where: t.where + " " + t.field + "." + n.path()},
		node:  drover.Node{Ref: ref, Kind: drover.KindPlace, Type: system + ".pod_template", Name: cut(join(t.object.Meta.Namespace, t.object.Meta.Name), 507) + " " + at, Attrs: drover.NewAttrs(attrs)},
		from:  t.from,
		proof: proof,
	}
}

func (p place) emit(out *connector.Out) {
	out.Node(p.node)
	out.Edge(drover.Edge{From: p.from, To: p.node.Ref, Kind: drover.EdgeReadsSecret, Proof: p.proof})
}

var variable = regexp.MustCompile(`\$\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)`)

// maxExpanded is the longest text that variables are put into.
const maxExpanded = 64 << 10

// expand puts variables that are written out before into a value, as the kubelet
// does (Kubernetes documentation, Define Dependent Environment Variables). What
// comes from elsewhere stays as it is written.
func expand(v string, known map[string]string) string {
	if !strings.Contains(v, "$(") {
		return v
	}
	out := variable.ReplaceAllStringFunc(v, func(m string) string {
		if x, ok := known[m[2:len(m)-1]]; ok && len(x) <= maxExpanded {
			return x
		}
		return m
	})
	if len(out) > maxExpanded {
		return v
	}
	return out
}

// unbound reports whether a text is a connection string whose user or host is a
// variable that comes from elsewhere.
func unbound(v string) bool {
	if !strings.Contains(v, "$(") {
		return false
	}
	d, err := decode.ParseDSN(v)
	return err == nil && (strings.Contains(d.User, "$(") || strings.Contains(d.Host, "$("))
}

// databaseLogin joins a password that comes from a Secret to the database role
// that the variables beside it name: PGUSER, PGHOST and PGPASSWORD, DB_USER and
// the like.
func (t *template) databaseLogin(c *cluster, n namedContainer, values map[string]string, refs map[string]*keyRef, out *connector.Out) {
	for _, name := range sortedKeys(refs) {
		prefix, ok := passwordPrefix(name)
		if !ok {
			continue
		}
		get := func(words ...string) string {
			for _, w := range words {
				if v := strings.TrimSpace(values[prefix+w]); v != "" && !strings.Contains(v, "$(") {
					return v
				}
			}
			return ""
		}
		user, host, port := get("USER", "USERNAME"), get("HOST", "HOSTNAME", "SERVER", "SERVICE_HOST", "ADDRESS"), get("PORT")
		scheme := databaseScheme(prefix, port)
		if h, p, ok := strings.Cut(host, ":"); ok && port == "" {
			host, port = h, p
		}
		if user == "" || host == "" || scheme == "" {
			continue
		}
		if alias := c.dsnAlias(t.object.Meta.Namespace, scheme, host, or(port, databasePorts[scheme]), user); alias != "" {
			to := c.end("secret", t.object.Meta.Namespace, cut(refs[name].Name, 253))
			out.Edge(drover.Edge{From: to, To: drover.UnseenRef(alias), Kind: drover.EdgeAuthenticates, Grade: drover.GradeInferred, Part: cut(refs[name].Key, 253),
				Proof: t.proof(fmt.Sprintf("%s.env[%s] beside the user and host in %sUSER and %sHOST", n.path(), cut(name, 128), cut(prefix, 64), cut(prefix, 64)))})
		}
	}
}

// passwordPrefix is what stands before the word for a password: PG, DB_.
func passwordPrefix(name string) (string, bool) {
	for _, w := range []string{"PASSWORD", "PASS", "PASSWD"} {
		if p, ok := strings.CutSuffix(name, w); ok {
			return p, true
		}
	}
	return "", false
}

var databasePorts = map[string]string{"postgres": "5432", "mysql": "3306", "mongodb": "27017", "redis": "6379", "amqp": "5672", "mssql": "1433"}

// databaseScheme is the system that a variable's prefix, or else the port, speaks
// of; "" unknown.
func databaseScheme(prefix, port string) string {
	p := strings.ToLower(prefix)
	for _, w := range []struct{ word, scheme string }{{"postgres", "postgres"}, {"pg", "postgres"}, {"mysql", "mysql"}, {"mariadb", "mysql"}, {"mongo", "mongodb"}, {"redis", "redis"},
		{"rabbit", "amqp"}, {"amqp", "amqp"}, {"mssql", "mssql"}} {
		if strings.HasPrefix(p, w.word) || strings.Contains(p, "_"+w.word) {
			return w.scheme
		}
	}
	for s, n := range databasePorts {
		if n == port {
			return s
		}
	}
	return ""
}
