package link

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/droverhq/drover"
)

// An estate is generated nodes with the truth: which of them are one thing.
// Names are used again: users, ServiceAccounts and servers are deleted and made
// anew, and files from before still speak of the old ones.
type generated struct {
	rng   *rand.Rand
	emit  func(n Node, thing int64)
	n     int
	ids   map[int64]bool
	thing int64
}

var start = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// generate emits n nodes or a few more.
func generate(n int, seed uint64, emit func(n Node, thing int64)) {
	g := &generated{rng: rand.New(rand.NewPCG(seed, 1)), emit: emit, ids: map[int64]bool{}}
	for i := 0; g.n < n; i++ {
		switch i % 8 {
		case 0, 1, 2:
			g.user(i)
		case 3, 4:
			g.serviceAccount(i)
		case 5:
			g.role(i)
		case 6:
			g.certificate(i)
		default:
			g.people(i)
		}
	}
}

func (g *generated) add(thing int64, n Node) {
	for n.ID = g.rng.Int64(); g.ids[n.ID]; n.ID = g.rng.Int64() {
	}
	g.ids[n.ID] = true
	n.Entity = n.ID
	if n.FirstSeen.IsZero() {
		n.FirstSeen = start.Add(time.Duration(g.rng.IntN(1000)) * time.Hour)
	}
	g.n++
	g.emit(n, thing)
}

func (g *generated) new() int64 { g.thing++; return g.thing }

// user is an IAM user with a key that was found, some made again under their name.
func (g *generated) user(i int) {
	account := fmt.Sprintf("%012d", i%50)
	arn := fmt.Sprintf("arn:aws:iam::%s:user/u%d", account, i)
	made := start.Add(time.Duration(i%9000) * time.Hour)
	live := func(gen int, made time.Time) int64 {
		id, who := fmt.Sprintf("AIDA%d%d", i, gen), g.new()
		g.add(who, Node{Ref: drover.NewRef("aws", account, "iam.user", id), Kind: drover.KindIdentity, Type: "aws.iam.user", Aliases: []string{arn, "aws-principal-id:" + id, fmt.Sprintf("aws-key-principal:AKIA%d%d", i, gen)}, Created: made, Observed: now})
		key, k := fmt.Sprintf("AKIA%d%d", i, gen), g.new()
		fp := fmt.Sprintf("hs256:%d.%d", i, gen)
		g.add(k, Node{Ref: drover.NewRef("aws", account, "iam.access_key", key), Kind: drover.KindCredential, Type: "aws.iam.access_key", Aliases: []string{"aws-key:" + key}, Observed: now})
		g.add(k, Node{Ref: drover.NewRef("secret", "", "aws-key", fp), Kind: drover.KindCredential, Type: "aws.access_key", Aliases: []string{"aws-key:" + key, "secret:" + fp}, Observed: now})
		g.add(who, Node{Ref: drover.UnseenRef("aws-key-principal:" + key), Kind: drover.KindIdentity, Type: "aws.principal", Aliases: []string{"aws-key-principal:" + key}, Observed: now})
		return who
	}
	if i%10 != 0 {
		who := live(1, made)
		g.add(who, Node{Ref: drover.NewRef("aws", account, "iam.user", fmt.Sprintf("name:u%d", i)), Kind: drover.KindIdentity, Type: "aws.iam.user", Aliases: []string{arn}, Observed: now})
		return
	}
	old := live(1, made)
	again := made.Add(100 * 24 * time.Hour)
	newest := live(2, again)
	// A report of each time, a list from between, and one of today.
	g.add(old, Node{Ref: drover.NewRef("report", account, "user", "name:a"+arn), Kind: drover.KindIdentity, Type: "aws.iam.user", Aliases: []string{arn}, Created: made, Observed: now})
	g.add(newest, Node{Ref: drover.NewRef("report", account, "user", "name:b"+arn), Kind: drover.KindIdentity, Type: "aws.iam.user", Aliases: []string{arn}, Created: again, Observed: now})
	g.add(old, Node{Ref: drover.NewRef("list", account, "user", "name:"+arn), Kind: drover.KindIdentity, Type: "list.user", Aliases: []string{arn}, Observed: made.Add(50 * 24 * time.Hour)})
	g.add(newest, Node{Ref: drover.UnseenRef(arn), Kind: drover.KindIdentity, Type: "aws.principal", Aliases: []string{arn}, Observed: now})
}

func (g *generated) serviceAccount(i int) {
	host := fmt.Sprintf("api%d.example.com", i%20)
	ns, name := fmt.Sprintf("ns%d", i%30), fmt.Sprintf("sa%d", i%3000)
	if i >= 3000 {
		ns += fmt.Sprint("-", i/3000)
	}
	names := []string{"k8s:" + host + "/" + ns + "/" + name, "k8s-user:" + host + "/system:serviceaccount:" + ns + ":" + name, "oidc:https://oidc.example.com/" + host + "|system:serviceaccount:" + ns + ":" + name}
	sa := g.new()
	uid := fmt.Sprintf("%08x-0000-4000-8000-000000000000", i)
	g.add(sa, Node{Ref: drover.NewRef("kubernetes", host, "service_account", uid), Kind: drover.KindIdentity, Type: "kubernetes.service_account", Aliases: append([]string{"k8s-uid:" + uid}, names...), Created: start, Observed: now})
	g.add(sa, Node{Ref: drover.UnseenRef(names[1]), Kind: drover.KindIdentity, Type: "kubernetes.service_account", Aliases: names[:2], Observed: now})
	g.add(sa, Node{Ref: drover.UnseenRef(names[2]), Kind: drover.KindIdentity, Type: "oidc.subject", Aliases: names[2:], Observed: now})
	pod := g.new()
	g.add(pod, Node{Ref: drover.NewRef("kubernetes", host, "deployment", uid), Kind: drover.KindWorkload, Type: "kubernetes.deployment", Aliases: []string{"k8s-uid:" + uid}, Observed: now})
}

// role is a user of a database; the same names are on every server.
func (g *generated) role(i int) {
	sys := fmt.Sprint(700000 + i%100)
	oid := fmt.Sprint(i)
	host := fmt.Sprintf("db%d.example.com:5432", i%100)
	who := g.new()
	dsn := "dsn:postgres://" + host + "/app" + fmt.Sprint(i/100)
	g.add(who, Node{Ref: drover.NewRef("postgres", sys, "postgres.role", oid), Kind: drover.KindIdentity, Type: "postgres.role", Aliases: []string{dsn, "pg:" + sys + "/app" + fmt.Sprint(i/100)}, Observed: now})
	g.add(who, Node{Ref: drover.UnseenRef(dsn), Kind: drover.KindIdentity, Type: "login.account", Aliases: []string{dsn}, Observed: now})
	g.add(g.new(), Node{Ref: drover.UnseenRef(dsn + "x"), Kind: drover.KindIdentity, Type: "login.account", Aliases: []string{"dsn:postgres://localhost:5432/app"}, Observed: now})
}

func (g *generated) certificate(i int) {
	cert, key := g.new(), g.new()
	sum := fmt.Sprintf("%064x", i)
	g.add(cert, Node{Ref: drover.NewRef("x509", "", "certificate", sum), Kind: drover.KindCredential, Type: "x509.certificate", Aliases: []string{"x509:" + sum, "x509-cn:admin", "x509-ski:00"}, Observed: now})
	g.add(cert, Node{Ref: drover.NewRef("aws", "000000000001", "iam.signing_certificate", fmt.Sprint("C", i)), Kind: drover.KindCredential, Type: "aws.iam.signing_certificate", Aliases: []string{"x509:" + sum}, Observed: now})
	g.add(key, Node{Ref: drover.NewRef("key", "", "spki", sum), Kind: drover.KindCredential, Type: "x509.private_key", Aliases: []string{"spki:" + sum, "ssh:SHA256:" + sum}, Observed: now})
	g.add(key, Node{Ref: drover.NewRef("key", "", "ssh", "SHA256:"+sum), Kind: drover.KindCredential, Type: "ssh.key", Aliases: []string{"ssh:SHA256:" + sum}, Observed: now})
}

// people share mailboxes, common names and secrets with accounts.
func (g *generated) people(i int) {
	mail := fmt.Sprintf("email:p%d@example.com", i/16)
	g.add(g.new(), Node{Ref: drover.NewRef("hr", "", "person", fmt.Sprint(i)), Kind: drover.KindHuman, Type: "hr.person", Aliases: []string{mail}, Observed: now})
	g.add(g.new(), Node{Ref: drover.NewRef("ldap", "", "entry", fmt.Sprint(i)), Kind: drover.KindIdentity, Type: "ldap.entry", Aliases: []string{mail, "ldap-uid:root"}, Observed: now})
	g.add(g.new(), Node{Ref: drover.NewRef("saas", "", "user", fmt.Sprint(i)), Kind: drover.KindIdentity, Type: "saas.user", Aliases: []string{mail, "upn:admin@example.com"}, Observed: now})
	secret, fp := g.new(), fmt.Sprint("hs256:p", i)
	for _, class := range []string{"password", "postgres.password"} {
		g.add(secret, Node{Ref: drover.NewRef("secret", "", class, fp), Kind: drover.KindCredential, Type: "secret." + class, Aliases: []string{"secret:" + fp}, Observed: now})
	}
}

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// score compares entities with the truth. A node is falsely joined when its
// entity holds a node of another thing, and missed when its thing is in several.
func score(entity, thing []int64) (falsely, missed int) {
	of, in := map[int64]int64{}, map[int64]int64{}
	for i, e := range entity {
		if t, ok := of[e]; ok && t != thing[i] {
			falsely++
		} else {
			of[e] = thing[i]
		}
		if x, ok := in[thing[i]]; ok && x != e {
			missed++
		} else {
			in[thing[i]] = e
		}
	}
	return falsely, missed
}
