package link_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode/trust"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/link"
)

// A country is the generated estate with edges whose ends are names and patterns,
// and the truth of where each leads.
type country struct {
	nodes []link.Node
	thing map[int64]int64 // by node
	last  int64           // thing
	refs  map[drover.Ref]int64
	edges []drover.Edge      // from a role; Part is their number
	truth []map[int64]bool   // of edges: the things that it must lead to
	may   []map[int64]bool   // of edges: those that it may lead to beside
	sas   map[string][]saint // by issuer and namespace
	repos map[string][]repo  // by organisation
}

type saint struct {
	name  string
	thing int64
}
type repo struct {
	name  string
	thing int64
}

func (c *country) add(n link.Node) int64 {
	c.last++
	n.ID = int64(1)<<62 + int64(len(c.nodes))
	n.Entity = n.ID
	c.nodes, c.thing[n.ID] = append(c.nodes, n), -c.last
	return -c.last
}

// edge says that an edge to a name leads to things, or may.
func (c *country) edge(alias string, cond drover.Attrs, truth, may []int64) {
	set := func(list []int64) map[int64]bool {
		m := map[int64]bool{}
		for _, t := range list {
			m[t] = true
		}
		return m
	}
	c.edges = append(c.edges, drover.Edge{From: "role/-/x/1", To: drover.UnseenRef(alias), Kind: drover.EdgeTrusts, Part: strconv.Itoa(len(c.edges)), Cond: cond})
	c.truth, c.may = append(c.truth, set(truth)), append(c.may, set(may))
}

// trust adds the edges of a trust policy, of which every subject is in truth.
func (c *country) trust(provider, condition, more string, truth []int64) {
	body := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/%s"},"Condition":%s}%s]}`, provider, condition, more)
	list, err := trust.Parse(body, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	if err != nil {
		panic(err)
	}
	if len(list) == 0 && len(truth) > 0 {
		c.edge("nobody:"+body, nil, truth, nil) // missed
	}
	for _, p := range list {
		c.edge(p.Alias, p.Cond, truth, nil)
	}
}

// populate makes an estate of n nodes and the edges through it.
func populate(n int, seed uint64) *country {
	c := &country{thing: map[int64]int64{}, refs: map[drover.Ref]int64{}, sas: map[string][]saint{}, repos: map[string][]repo{}}
	users, dsns := map[string]int64{}, map[string]int64{}
	again := map[string]bool{}
	link.Generate(n, seed, func(n link.Node, thing int64) {
		n.ID >>= 2
		n.Entity = n.ID
		c.nodes, c.thing[n.ID] = append(c.nodes, n), thing
		for _, a := range n.Aliases {
			switch sub, ok := strings.CutPrefix(a, "oidc:https://"); {
			case ok && n.Type == "kubernetes.service_account":
				issuer, sa, _ := strings.Cut(sub, "|system:serviceaccount:")
				ns, name, _ := strings.Cut(sa, ":")
				c.sas[issuer+"|"+ns] = append(c.sas[issuer+"|"+ns], saint{name, thing})
			case n.Type == "postgres.role" && strings.HasPrefix(a, "dsn:"):
				dsns[a] = thing
			case n.Type == "aws.iam.user" && strings.HasPrefix(a, "arn:") && n.Ref.System() == "aws":
				again[a] = again[a] || users[a] != 0 && users[a] != thing
				users[a] = thing // the newest comes last
			}
		}
	})
	c.add(link.Node{Ref: "role/-/x/1", Kind: drover.KindRole, Type: "x"})
	for i := range n / 50 {
		org, name := fmt.Sprintf("org%d", i%(n/2500+1)), fmt.Sprintf("r%d", i)
		if i%7 == 0 {
			name = "admin-" + name
		}
		c.repos[org] = append(c.repos[org], repo{name, c.add(link.Node{Ref: drover.NewRef("git", "", "repository", org+"/"+name), Kind: drover.KindResource, Type: "git.repository", Aliases: []string{"github:" + org + "/" + name, "git:github.com/" + org + "/" + name}})})
	}
	c.clusters()
	c.builds()
	for dsn, t := range dsns {
		c.edge(strings.Replace(strings.ToUpper(dsn[:4]), "DSN:", "dsn:", 1)+strings.Replace(dsn[4:], ".example.com:5432", ".Example.com.", 1), nil, []int64{t}, nil)
		c.edge(strings.Replace(dsn, "/app", "/ap", 1), nil, nil, nil)
		c.edge("dsn:postgres://localhost:5432/app", nil, nil, nil)
	}
	for arn, t := range users {
		if again[arn] {
			c.edge(arn, nil, nil, []int64{t})
		} else {
			c.edge(arn, nil, []int64{t}, nil)
		}
		c.edge(arn+"x", nil, nil, nil)
	}
	// Names that mean another server in each network.
	for i := range 50 {
		svc, address, only := fmt.Sprintf("dsn:postgres://pg.ns%d.svc:5432/app", i), fmt.Sprintf("dsn:postgres://10.0.0.%d:5432/app", i), fmt.Sprintf("dsn:postgres://192.168.0.%d:5432/app", i)
		t := c.add(link.Node{Ref: drover.NewRef("postgres", fmt.Sprint("9", i), "postgres.role", "1"), Kind: drover.KindIdentity, Type: "postgres.role", Aliases: []string{svc, address, only}})
		c.add(link.Node{Ref: drover.NewRef("postgres", fmt.Sprint("8", i), "postgres.role", "1"), Kind: drover.KindIdentity, Type: "postgres.role", Aliases: []string{fmt.Sprintf("dsn:postgres://10.0.0.%d:5432/other", i)}})
		c.edge(svc, nil, nil, nil)
		c.edge(address, nil, nil, nil)
		c.edge(only, nil, []int64{t}, nil)
	}
	return c
}

// clusters are roles for ServiceAccounts, with and without those of a name.
func (c *country) clusters() {
	n := 0
	for place, list := range c.sas {
		if n++; n > 4000 {
			break
		}
		issuer, ns, _ := strings.Cut(place, "|")
		key := `"` + issuer + `:sub"`
		var all, rest, one []int64
		for _, sa := range list {
			all = append(all, sa.thing)
			if !strings.HasPrefix(sa.name, "sa1") {
				rest = append(rest, sa.thing)
			}
			if sa.name == list[0].name {
				one = append(one, sa.thing)
			}
		}
		in := "system:serviceaccount:" + ns + ":"
		c.trust(issuer, `{"StringLike":{`+key+`:"`+in+`*"}}`, "", all)
		c.trust(issuer, `{"StringLike":{`+key+`:"`+in+`*"},"StringNotLike":{`+key+`:"`+in+`sa1*"}}`, "", rest)
		c.trust(issuer, `{"StringLike":{`+key+`:"`+in+`*"}}`, `,{"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringLike":{`+key+`:"*:sa1*"}}}`, rest)
		c.trust(issuer, `{"StringEquals":{`+key+`:"`+in+list[0].name+`"}}`, "", one)
		c.trust(issuer, `{"StringEquals":{`+key+`:"`+in+list[0].name+`"},"StringNotEquals":{`+key+`:"`+in+list[0].name+`"}}`, "", nil)
		c.trust(issuer, `{"StringLike":{`+key+`:"`+in+`*"},"StringNotLike":{`+key+`:"system:serviceaccount:`+ns+`*"}}`, "", nil)
	}
}

// builds are roles for the builds of an organisation's repositories.
func (c *country) builds() {
	const provider = "token.actions.githubusercontent.com"
	sub := func(v string) string { return `"` + provider + `:sub":"` + v + `"` }
	for org, list := range c.repos {
		var all, plain, admin []int64
		for _, r := range list {
			if all = append(all, r.thing); strings.HasPrefix(r.name, "admin-") {
				admin = append(admin, r.thing)
			} else {
				plain = append(plain, r.thing)
			}
		}
		deny := func(condition string) string {
			return `,{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":` + condition + `}`
		}
		like := `{"StringLike":{` + sub("repo:"+org+"/*") + `}`
		c.trust(provider, like+`}`, "", all)
		c.trust(provider, like+`,"StringNotLike":{`+sub("repo:"+org+"/admin-*")+`}}`, "", plain)
		c.trust(provider, like+`}`, deny(`{"StringLike":{`+sub("repo:"+org+"/admin-*")+`}}`), plain)
		c.trust(provider, like+`}`, deny(`{"StringNotLike":{`+sub("repo:"+org+"/admin-*")+`}}`), admin)
		c.trust(provider, like+`,"ForAnyValue:StringLike":{`+sub("repo:*/admin-*:ref:refs/heads/main")+`}}`, "", admin)
		c.trust(provider, like+`,"ForAllValues:StringLike":{`+sub("repo:nobody/*")+`}}`, "", nil)
		c.trust(provider, `{"StringLike":{`+sub("repo:org*")+`},"StringEquals":{"`+provider+`:repository_owner":"`+org+`"}}`, "", all)
		c.trust(provider, `{"StringEquals":{"`+provider+`:repository":"`+org+`/`+list[0].name+`"}}`, "", []int64{list[0].thing})
		c.trust(provider, like+`,"StringEquals":{"`+provider+`:job_workflow_ref":"x"}}`, "", nil)
		c.trust(provider, `{"StringEquals":{`+sub("repo:"+org+"/"+list[0].name+":environment:prod")+`}}`, "", []int64{list[0].thing})
		c.trust(provider, `{"StringEquals":{`+sub("repo:"+org+"/"+list[0].name+"x:environment:prod")+`}}`, "", nil)
	}
}

// follow links the nodes, joins the ends, and compares both with the truth.
func (c *country) follow() (falsely, missed, ends, joined int) {
	slices.SortFunc(c.nodes, func(a, b link.Node) int { return int(min(max(a.ID-b.ID, -1), 1)) })
	l := link.New()
	entity := map[int64]int64{}
	for _, n := range c.nodes {
		l.Add(n)
		entity[n.ID] = n.ID
	}
	for _, j := range l.Joins() {
		entity[j.ID] = j.Entity
	}
	is := map[int64]int64{} // entity -> thing
	b := graph.NewBuilder(1, time.Now())
	for _, n := range c.nodes {
		e := entity[n.ID]
		if t, ok := is[e]; ok && t != c.thing[n.ID] {
			falsely++
		}
		is[e], c.refs[n.Ref] = c.thing[n.ID], n.ID
		b.Node(graph.Row{ID: n.ID, Entity: e, Sources: []string{"s"}, Node: drover.Node{Ref: n.Ref, Kind: n.Kind, Type: n.Type, Aliases: n.Aliases, Created: n.Created}})
	}
	names := map[int64]drover.Ref{}
	for i := range c.edges {
		e := &c.edges[i]
		id, ok := c.refs[e.To]
		if !ok {
			id = -int64(len(names) + 1)
			c.refs[e.To], names[id] = id, e.To
		}
		b.Edge(c.refs[e.From], id, e)
	}
	b.Name(names)
	s := b.Index()
	found := make([]map[int64]bool, len(c.edges))
	for i := range s.Edges() {
		e := s.Edge(i)
		row, ok := s.Find(e.To)
		if !ok || s.Unseen(row) {
			continue
		}
		k, _ := strconv.Atoi(e.Part)
		t := is[s.Entity(row)]
		if found[k] == nil {
			found[k] = map[int64]bool{}
		}
		if found[k][t] = true; !c.truth[k][t] && !c.may[k][t] {
			falsely++
		} else {
			joined++
		}
	}
	for k := range c.edges {
		for t := range c.truth[k] {
			if !found[k][t] {
				missed++
			}
		}
	}
	return falsely, missed, len(c.edges), joined
}

// On an estate with known truth no edge leads to what it does not mean, and none
// that must lead somewhere is lost.
func TestEndsTruth(t *testing.T) {
	for seed := range uint64(2) {
		falsely, missed, ends, joined := populate(20_000, seed).follow()
		t.Logf("seed %d: %d ends, %d joined, %d falsely, %d missed", seed, ends, joined, falsely, missed)
		if falsely+missed > 0 || joined < 5000 {
			t.Errorf("seed %d: %d of %d ends falsely joined, %d missed, %d joined", seed, falsely, ends, missed, joined)
		}
	}
}

// BenchmarkEnds joins the ends of an estate of DROVER_BENCH_N nodes, a million
// unless told, and compares them with the truth.
func BenchmarkEnds(b *testing.B) {
	n := 1_000_000
	if v, err := strconv.Atoi(os.Getenv("DROVER_BENCH_N")); err == nil && v > 0 {
		n = v
	}
	c := populate(n, 1)
	for b.Loop() {
		falsely, missed, ends, joined := c.follow()
		b.ReportMetric(float64(len(c.nodes)), "nodes")
		b.ReportMetric(float64(ends), "ends")
		b.ReportMetric(float64(joined), "joined")
		b.ReportMetric(float64(missed), "missed")
		if b.ReportMetric(float64(falsely), "false"); falsely+missed > 0 {
			b.Fatalf("%d falsely joined, %d missed", falsely, missed)
		}
	}
}
