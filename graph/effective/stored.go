package effective

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
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
	if PublicHalf(x.s, x.from, x.to) {
		return Edge{}, false
	}
	technique := SecretRead
	if x.s.Kind(x.to) == drover.KindPlace {
		technique = PlaceRead
	}
	return x.secret(x.to, x.from, technique), true
}

// PublicHalf reports whether a place holds of a key pair what everybody may see:
// a certificate (its private key is another credential), a line of
// authorized_keys, an SSH certificate. Of a private key's file the machine
// connector says its format.
func PublicHalf(s *graph.Snapshot, credential, place int) bool {
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
