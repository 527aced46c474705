package effective

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
)

// A stored edge is one that a connector saw, with what decides its effect.
type stored struct {
	s        *graph.Snapshot
	n        int // its number
	from, to int // rows
	e        drover.Edge
}

// effect is what follows from stored edge n by itself, whatever system it is of;
// ok is false where nothing does. docs/reference/effects.md has the table. Proof
// is not set: proofs finds it again.
func effect(s *graph.Snapshot, n int) (e Edge, ok bool) {
	from, to := s.Ends(n)
	x := stored{s: s, n: n, from: from, to: to, e: s.Edge(n)}
	cond, holds := residual(x.e.Cond)
	if !holds {
		return Edge{}, false
	}
	e, ok = x.effect()
	if !ok {
		return Edge{}, false
	}
	if cond != nil && x.podIdentity(cond) {
		cond, x.e.Grade = nil, drover.GradeProven
	}
	e.Grade = weaker(drover.GradeProven, x.e.Grade, e.Grade)
	if cond != nil {
		e.Cond, e.Grade = cond, weaker(e.Grade, drover.GradeInferred)
	}
	return e, true
}

func (x *stored) effect() (Edge, bool) {
	switch x.e.Kind {
	case drover.EdgeAuthenticates:
		return x.authenticates()
	case drover.EdgeMemberOf:
		return x.memberOf()
	case drover.EdgeCanAssume:
		return x.canAssume()
	case drover.EdgeRunsAs:
		return x.runsAs()
	case drover.EdgeDelegatesTo:
		return x.move(x.from, x.to, drover.EdgeDelegatesTo, ""), true
	case drover.EdgeEscalates:
		e := x.move(x.from, x.to, drover.EdgeEscalates, x.e.Technique)
		e.Level = access.LevelEscalate
		return e, true
	case drover.EdgeReadsSecret:
		return x.readsSecret()
	case drover.EdgeStoredIn:
		return x.storedIn()
	case drover.EdgeExposes:
		return x.exposes()
	case drover.EdgeIssuedBy:
		e := x.move(x.to, x.from, drover.EdgeEscalates, CAIssue)
		e.Level = access.LevelEscalate
		return e, x.s.Kind(x.to) == drover.KindCredential || x.s.Unseen(x.to)
	case drover.EdgeContains:
		// No administrator of an AWS account becomes its root user (IAM User Guide,
		// "AWS account root user").
		return x.move(x.from, x.to, drover.EdgeContains, ""), !strings.HasSuffix(x.s.Type(x.from), ".org_unit") && x.s.Type(x.to) != "aws.iam.root"
	case drover.EdgeOwns, drover.EdgeCreated:
		return x.human()
	case drover.EdgeCanAccess:
		return x.canAccess()
	}
	return Edge{}, false // trusts, attached, bounded_by, guarded_by: evaluators read them
}

func (x *stored) move(from, to int, kind drover.EdgeKind, technique string) Edge {
	return Edge{From: uint32(from), To: uint32(to), Kind: kind, Move: true, Technique: technique}
}

// authenticates: whoever holds a credential is the identity, unless its system no
// longer takes it. The key by which a computer proves itself to others lets its
// holder pass for the computer, not enter it.
func (x *stored) authenticates() (Edge, bool) {
	if spent(x.s, x.from) {
		return Edge{}, false
	}
	e := x.move(x.from, x.to, drover.EdgeAuthenticates, "")
	if x.s.Type(x.to) == "machine.host" {
		e.Move, e.Level = false, access.LevelEscalate
	}
	return e, true
}

// spent reports whether a credential is known to open nothing any more.
func spent(s *graph.Snapshot, row int) bool {
	status := s.Facts(row).Status
	return status == "expired" || status == "disabled"
}

// memberOf: a member has what its group has. Where the permission language has
// its own rule (AWS policies of a group, rules of a Kubernetes binding, INHERIT
// and SET of PostgreSQL) the system's evaluator makes the edges.
func (x *stored) memberOf() (Edge, bool) {
	from, to := system(x.s, x.from), system(x.s, x.to)
	switch {
	case from == to && (to == "aws" || to == "kubernetes" || to == "postgres"):
		return Edge{}, false
	case strings.HasSuffix(x.s.Type(x.to), ".org_unit"):
		return Edge{}, false // a department is no bundle of rights
	}
	return x.move(x.from, x.to, drover.EdgeMemberOf, ""), true
}

// canAssume: of two AWS IAM principals the evaluator decides, for the policies of
// both sides have a say; so it does where one side only declares that it would
// like to be a role whose trust policy was read.
func (x *stored) canAssume() (Edge, bool) {
	e := x.move(x.from, x.to, drover.EdgeCanAssume, "")
	if !awsRole(x.s, x.to) {
		return e, true
	}
	if awsPrincipal(x.s, x.from) {
		return Edge{}, false
	}
	if ci(x.s, x.from) {
		e.Technique = CIOIDC
	}
	if service := x.through(); service != "" && !x.trusts(service) {
		return Edge{}, false
	}
	if x.e.Grade != drover.GradeDeclared || x.s.Attrs(x.to).Str("trust_document") == "" {
		return e, true
	}
	e.Grade = drover.GradeInferred
	return e, x.trusted()
}

// podIdentity reports whether a condition asks of a service account's token only
// what it says: its subject, by which the edge's end was found, and the audience
// that EKS gives to the tokens of accounts with the annotation role-arn (Amazon
// EKS User Guide, "IAM roles for service accounts").
func (x *stored) podIdentity(cond drover.Attrs) bool {
	if x.e.Kind != drover.EdgeCanAssume || x.s.Type(x.from) != "kubernetes.service_account" || x.s.EdgeJoined(x.n) == "" {
		return false
	}
	annotated := false
	between(x.s, x.from, x.to, func(n int) {
		e := x.s.Edge(n)
		annotated = annotated || e.Kind == drover.EdgeCanAssume && e.Grade == drover.GradeDeclared
	})
	if !annotated {
		return false
	}
	for operator, keys := range cond.Map() {
		m, ok := keys.(map[string]any)
		if !ok || operator != "StringEquals" && operator != "StringLike" {
			return false
		}
		for key, values := range m {
			switch {
			case strings.HasSuffix(key, ":sub"):
			case strings.HasSuffix(key, ":aud") && says(values, "sts.amazonaws.com"):
			default:
				return false
			}
		}
	}
	return true
}

// says reports whether a value of a condition, or one of several, is text.
func says(v any, text string) bool {
	if list, ok := v.([]any); ok {
		return slices.Contains(list, any(text))
	}
	return v == any(text)
}

// through is the service of AWS that hands a role out by its own configuration,
// which the role's trust policy has to name; "" for none.
func (x *stored) through() string {
	switch {
	case x.s.Type(x.from) == "aws.rolesanywhere.profile":
		return "rolesanywhere.amazonaws.com" // IAM Roles Anywhere User Guide, trust model
	case x.s.Type(x.from) == "aws.iot.role_alias":
		return "credentials.iot.amazonaws.com" // AWS IoT Core, authorizing direct calls to AWS services
	case strings.HasPrefix(x.e.Proof, "EKS Pod Identity association"):
		return "pods.eks.amazonaws.com" // Amazon EKS User Guide, EKS Pod Identity
	}
	return ""
}

// trusts reports whether the role at the edge's end trusts a service, or its trust
// policy was not read.
func (x *stored) trusts(service string) bool {
	if x.s.Attrs(x.to).Str("trust_document") == "" {
		return true
	}
	for h := range x.s.Out(x.to) {
		if h.Kind == drover.EdgeTrusts {
			switch x.s.Ref(h.Row).ID() {
			case "aws-service:" + service, "aws-service:*", "aws-any:*":
				return true
			}
		}
	}
	return false
}

// trusted reports whether the role at the edge's end takes tokens of a subject
// like the one at its beginning, of an issuer that could not be joined to it.
func (x *stored) trusted() bool {
	if system(x.s, x.from) != "kubernetes" {
		return false
	}
	for h := range x.s.In(x.to) {
		if h.Kind != drover.EdgeCanAssume || !x.s.Unseen(h.Row) {
			continue
		}
		_, pattern, ok := strings.Cut(x.s.Ref(h.Row).ID(), "|")
		if ok && slices.ContainsFunc(subjects(x.s, x.from), func(sub string) bool { return filter.Match(pattern, sub) }) {
			return true
		}
	}
	return false
}

// subjects are what a service account's tokens say it is (Kubernetes, Managing
// Service Accounts).
func subjects(s *graph.Snapshot, row int) (out []string) {
	for _, a := range s.Aliases(row) {
		if i := strings.Index(a, "/system:serviceaccount:"); i >= 0 {
			out = append(out, a[i+1:])
		}
		if rest, ok := strings.CutPrefix(a, "k8s:"); ok {
			if f := strings.Split(rest, "/"); len(f) == 3 {
				out = append(out, "system:serviceaccount:"+f[1]+":"+f[2])
			}
		}
	}
	return out
}

// runsAs: whoever controls a workload is what it runs as. PostgreSQL's functions
// run as their owners for whoever may call them, which its evaluator judges.
func (x *stored) runsAs() (Edge, bool) {
	if system(x.s, x.from) == "postgres" {
		return Edge{}, false
	}
	technique := ""
	if x.s.Type(x.from) == "aws.ec2.instance" {
		technique = InstanceMetadata
		if x.s.Attrs(x.from).Str("MetadataOptions", "HttpEndpoint") == "disabled" {
			return Edge{}, false // the role's keys are served nowhere
		}
	}
	return x.move(x.from, x.to, drover.EdgeRunsAs, technique), true
}

// readsSecret: what a workload or identity is handed, its holder has. A secret
// that is only named for the kubelet (pull secrets) or for mounting is not.
func (x *stored) readsSecret() (Edge, bool) {
	if x.e.Part == "imagePullSecrets" || x.e.Part == "secrets" && x.s.Type(x.from) == "kubernetes.service_account" {
		return Edge{}, false
	}
	if x.s.Type(x.from) == "postgres.public" {
		return Edge{}, false // its user mappings serve whoever may use the server, which the evaluator judges
	}
	return x.secret(x.from, x.to, SecretRead), true
}

func (x *stored) secret(from, to int, technique string) Edge {
	e := x.move(from, to, drover.EdgeReadsSecret, technique)
	e.Level = access.LevelSecrets
	return e
}

// storedIn: whoever reads a place has the credential in it, save where only its
// public half lies there.
func (x *stored) storedIn() (Edge, bool) {
	if publicHalf(x.s, x.from, x.to) {
		return Edge{}, false
	}
	technique := SecretRead
	if x.s.Kind(x.to) == drover.KindPlace {
		technique = PlaceRead
	}
	return x.secret(x.to, x.from, technique), true
}

// publicHalf reports whether a place holds of a key pair what everybody may see:
// a certificate (its private key is another credential), a line of
// authorized_keys, an SSH certificate. Of a private key's file the machine
// connector says its format.
func publicHalf(s *graph.Snapshot, credential, place int) bool {
	switch s.Type(credential) {
	case "x509.certificate":
		return true
	case "ssh.key":
		return s.Type(place) == "machine.file" && s.Attrs(place).Str("format") == ""
	}
	return false
}

// exposes: who can read a place has what lies in it.
func (x *stored) exposes() (Edge, bool) {
	if s := x.s; s.Kind(x.from) != drover.KindPlace || s.Unseen(x.to) && !strings.HasPrefix(s.Type(x.to), "unseen.email") {
		return Edge{}, false // a resource that names an account is no reader
	}
	switch x.s.Kind(x.to) {
	case drover.KindIdentity, drover.KindHuman, drover.KindGroup, drover.KindRole:
		return x.secret(x.to, x.from, PlaceRead), true
	}
	return Edge{}, false
}

// human: what a person made or owns they probably can get into. That says a
// person's blast radius, and is never proven. Whom a person leads they do not
// become.
func (x *stored) human() (Edge, bool) {
	technique := HumanOwns
	if x.e.Kind == drover.EdgeCreated {
		technique = HumanCreated
	}
	e := x.move(x.from, x.to, x.e.Kind, technique)
	e.Grade = drover.GradeInferred
	return e, x.s.Kind(x.from) == drover.KindHuman && x.s.Kind(x.to) != drover.KindHuman
}

// clusterAdmin is the access policy of Amazon EKS that makes cluster-admin.
const clusterAdmin = "cluster-access-policy/AmazonEKSClusterAdminPolicy"

// canAccess: a touch, at the level of its words. PostgreSQL's grants hold only
// with CONNECT and USAGE, which its evaluator knows.
func (x *stored) canAccess() (Edge, bool) {
	if system(x.s, x.from) == "postgres" || system(x.s, x.to) == "postgres" {
		return Edge{}, false
	}
	e := x.move(x.from, x.to, drover.EdgeCanAccess, "")
	if strings.HasSuffix(x.e.Part, clusterAdmin) && x.e.Cond.Str("type") != "namespace" {
		e.Level = access.LevelPermissions
		return e, true
	}
	e.Move, e.Level = false, levelOf(x.e.Part)
	return e, true
}

// levelOf reads a privilege's words. Unknown words are read.
func levelOf(part string) access.Level {
	p := strings.ToLower(part)
	for _, w := range []struct {
		level access.Level
		words []string
	}{
		{access.LevelPermissions, []string{"admin", "owner", "grant", "full_control", "write_acp"}},
		{access.LevelDelete, []string{"delete", "drop"}},
		{access.LevelWrite, []string{"write", "edit", "insert", "update", "contributor"}},
		{access.LevelExecute, []string{"execute", "invoke"}},
		{access.LevelList, []string{"list"}},
	} {
		if slices.ContainsFunc(w.words, func(word string) bool { return strings.Contains(p, word) }) {
			return w.level
		}
	}
	return access.LevelRead
}

// told are what connectors keep beside an edge for a reader, which limits nothing.
var told = []string{"IamInstanceProfile", "namespace", "serviceAccount", "clusterName", "disableSessionTags", "ServicePrincipal", "DelegationEnabledDate", "Permission",
	"failed", "hosts", "runas", "nopasswd", "setenv", "restrict", "options", "principals", "tenant", "knowledgeBaseState", "Action", "subject"}

// residual is what of a stored edge's condition is left to hold; nil: nothing.
// Holds is false where it is known that it does not.
func residual(cond drover.Attrs) (left drover.Attrs, holds bool) {
	if len(cond) == 0 {
		return nil, true
	}
	m := cond.Map()
	if !empty(m["expired"]) {
		return nil, false // a trust policy's statement whose time is over
	}
	for k, v := range m {
		if on, ok := v.(bool); ok && k == "enabled" {
			if !on {
				return nil, false
			}
			delete(m, k)
		} else if slices.Contains(told, k) || empty(v) || k == "commands" && all(v) {
			delete(m, k)
		}
	}
	if len(m) == 0 {
		return nil, true
	}
	if c, ok := m["Condition"].(map[string]any); ok && len(m) == 1 {
		m = c // of a statement nothing else is left: in the vendor's own form
	}
	return drover.NewAttrs(m), true
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// all reports whether a list of sudo's commands is ALL.
func all(v any) bool {
	list, ok := v.([]any)
	return ok && len(list) == 1 && list[0] == "ALL"
}

// weaker is the weakest of grades; "" counts for nothing.
func weaker(grades ...drover.Grade) drover.Grade {
	worst := -1
	for _, g := range grades {
		worst = max(worst, slices.Index(drover.Grades, g))
	}
	if worst < 0 {
		return drover.GradeProven
	}
	return drover.Grades[worst]
}

// system is whose permission language decides about a row: "aws".
func system(s *graph.Snapshot, row int) string {
	name, _, _ := strings.Cut(s.Type(row), ".")
	if name != "unseen" {
		return name
	}
	switch scheme, _, _ := strings.Cut(s.Ref(row).ID(), ":"); {
	case scheme == "arn" || strings.HasPrefix(scheme, "aws-"):
		return "aws"
	case strings.HasPrefix(scheme, "k8s"):
		return "kubernetes"
	case scheme == "pg" || scheme == "dsn":
		return "postgres"
	}
	return "unseen"
}

// awsPrincipal reports whether a row is an IAM user or role, read or only named.
func awsPrincipal(s *graph.Snapshot, row int) bool {
	switch s.Type(row) {
	case "aws.iam.user", "aws.iam.role", "aws.principal":
		return true
	case "unseen.arn":
		id := s.Ref(row).ID()
		return strings.Contains(id, ":iam::") && (strings.Contains(id, ":role/") || strings.Contains(id, ":user/") || strings.HasSuffix(id, ":root")) ||
			strings.Contains(id, ":sts::")
	}
	return strings.HasPrefix(s.Type(row), "unseen.aws-principal") || strings.HasPrefix(s.Type(row), "unseen.aws-any")
}

func awsRole(s *graph.Snapshot, row int) bool {
	return s.Type(row) == "aws.iam.role"
}

// ci reports whether a row is what builds run under: a repository, or a subject
// of the tokens of a build service.
func ci(s *graph.Snapshot, row int) bool {
	switch s.Type(row) {
	case "git.repository":
		return true
	case "unseen.oidc", "oidc.subject":
		id := strings.ToLower(s.Ref(row).ID())
		for _, issuer := range []string{"token.actions.", "gitlab", "bitbucket", "buildkite", "circleci", "/_services/token", "app.terraform.io", "agent.buildkite"} {
			if strings.Contains(id, issuer) {
				return true
			}
		}
	case "unseen.github", "unseen.git":
		return true
	}
	return false
}

// proofs are the stored edges that give an effect of this key, as proofs.
func proofs(s *graph.Snapshot, want *Edge) []access.Proof {
	var out []access.Proof
	look := func(n int) {
		e, ok := effect(s, n)
		if ok && e.From == want.From && e.To == want.To && e.Kind == want.Kind && e.Technique == want.Technique {
			x := s.Edge(n)
			text := x.Proof
			if text == "" {
				text = string(x.Kind)
			}
			out = append(out, access.Proof{Ref: x.From, Statement: statementOf(&x), Effect: "allow", Text: text})
		}
	}
	between(s, int(want.From), int(want.To), look)
	return out
}

// statementOf spells a stored edge within the ref it comes from, so that a change
// can name it: "can_assume aws/1/iam.role/A part".
func statementOf(e *drover.Edge) string {
	return strings.TrimSuffix(string(e.Kind)+" "+string(e.To)+" "+e.Part, " ")
}

// between calls fn for the stored edges between two rows, in either direction,
// looking at the side that has fewer.
func between(s *graph.Snapshot, a, b int, fn func(n int)) {
	if degree(s, b) < degree(s, a) {
		a, b = b, a
	}
	var list []int
	for h := range s.Out(a) {
		if h.Row == b {
			list = append(list, h.Edge)
		}
	}
	for h := range s.In(a) {
		if h.Row == b && a != b {
			list = append(list, h.Edge)
		}
	}
	slices.Sort(list)
	for _, n := range list {
		fn(n)
	}
}

func degree(s *graph.Snapshot, row int) (n int) {
	for range s.Out(row) {
		n++
	}
	for range s.In(row) {
		n++
	}
	return n
}

// spell is canonical JSON of a list of proofs; "" for none.
func spell(list []access.Proof) string {
	if len(list) == 0 {
		return ""
	}
	raw, err := json.Marshal(list)
	if err != nil {
		panic("effective: proofs are plain text: " + err.Error())
	}
	return string(raw)
}
