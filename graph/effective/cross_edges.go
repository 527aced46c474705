package effective

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph"
)

// cross adds what joins rows that no stored edge joins: a key and its
// certificates, an authority and the clusters that take its certificates, a
// computer and what lies on it, a node and the machine it is.
func (b *builder) cross() {
	c := newCrossing(b.in.Snapshot)
	b.pushed = map[uint32]bool{}
	for _, fn := range []func(func(Edge) bool) bool{c.keys, c.authorities, c.anchors, c.computers, c.nodes, c.images} {
		if b.err != nil || !fn(func(e Edge) bool {
			if e.Technique == ImagePull {
				b.pushed[e.From] = true
			}
			return b.add(&e)
		}) {
			return
		}
	}
}

// A crossing is the rows of a snapshot that the base joins across systems.
type crossing struct {
	s         *graph.Snapshot
	certs     map[string][]int // by hash of the public key
	private   []int            // private keys
	hosts     map[string]int   // computers, by tenant
	accounts  map[string]int   // of computers, by tenant and name
	files     []int            // places on computers
	instances map[string]int   // virtual machines, by their id
	kubeNodes []int
	profiles  map[string][]int // of IAM Roles Anywhere, by account and region
	registry  []int            // repositories of images
	workloads []int            // those that say their image
}

func newCrossing(s *graph.Snapshot) *crossing {
	c := &crossing{s: s, certs: map[string][]int{}, hosts: map[string]int{}, accounts: map[string]int{}, instances: map[string]int{}, profiles: map[string][]int{}}
	for i := range s.Seen() {
		if s.IsMember(i) {
			continue
		}
		switch typ := s.Type(i); typ {
		case "x509.certificate":
			if k := s.Attrs(i).Str("spki_sha256"); k != "" {
				c.certs[k] = append(c.certs[k], i)
			}
		case "x509.private_key", "ssh.key":
			c.private = append(c.private, i)
		case "machine.host":
			c.hosts[tenantOf(s, i)] = i
		case "machine.account":
			c.accounts[tenantOf(s, i)+"/"+s.Name(i)] = i
		case "machine.file":
			c.files = append(c.files, i)
		case "aws.ec2.instance":
			c.instances[s.Attrs(i).Str("InstanceId")] = i
		case "aws.rolesanywhere.profile":
			c.profiles[regionOf(s, i)] = append(c.profiles[regionOf(s, i)], i)
		case "kubernetes.node":
			c.kubeNodes = append(c.kubeNodes, i)
		default:
			c.image(i, typ)
		}
	}
	return c
}

func tenantOf(s *graph.Snapshot, row int) string {
	_, rest, _ := strings.Cut(string(s.Ref(row)), "/")
	tenant, _, _ := strings.Cut(rest, "/")
	return tenant
}

// keys joins private keys to the certificates of their public halves.
func (c *crossing) keys(yield func(Edge) bool) bool {
	for _, k := range c.private {
		for _, a := range c.s.Aliases(k) {
			spki, ok := strings.CutPrefix(a, "spki:")
			if !ok {
				continue
			}
			for _, cert := range c.certs[spki] {
				if cert != k && !yield(Edge{From: uint32(k), To: uint32(cert), Kind: drover.EdgeAuthenticates, Move: true, Technique: KeyOfCertificate, Grade: drover.GradeProven,
					Proof: []access.Proof{{Ref: c.s.Ref(cert), Effect: "allow", Text: "the key's public half is that of the certificate: spki_sha256 " + spki}}}) {
					return false
				}
			}
		}
	}
	return true
}

// clientAuthority is the part of a cluster's trusts edge that says whose client
// certificates its API server takes.
const clientAuthority = "client-ca-file"

// authorities joins certificate authorities to the clusters that take their client
// certificates: one for O=system:masters does what it likes (Kubernetes,
// authenticating: X.509 client certificates).
func (c *crossing) authorities(yield func(Edge) bool) bool {
	for n := range c.s.Edges() {
		from, to := c.s.Ends(n)
		if c.s.Type(from) != "kubernetes.cluster" || c.s.Unseen(to) {
			continue
		}
		if e := c.s.Edge(n); e.Kind != drover.EdgeTrusts || e.Part != clientAuthority {
			continue
		}
		x := c.s.Edge(n)
		if !yield(Edge{From: uint32(to), To: uint32(from), Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: CAIssue, Grade: weaker(drover.GradeProven, x.Grade),
			Proof: []access.Proof{{Ref: c.s.Ref(from), Statement: statementOf(&x), Effect: "allow", Text: "the cluster takes client certificates of this authority, one for system:masters among them: " + x.Proof}}}) {
			return false
		}
	}
	return true
}

func regionOf(s *graph.Snapshot, row int) string {
	return tenantOf(s, row) + "/" + s.Attrs(row).Str("Region")
}

// anchors joins certificate authorities to the profiles of IAM Roles Anywhere that
// take certificates of a trust anchor with them: those of its account and region.
// What roles ask of a certificate's subject is not looked at.
func (c *crossing) anchors(yield func(Edge) bool) bool {
	if len(c.profiles) == 0 {
		return true
	}
	for n := range c.s.Edges() {
		from, to := c.s.Ends(n)
		if c.s.Type(from) != "aws.rolesanywhere.trust_anchor" {
			continue
		}
		x := c.s.Edge(n)
		if on, known := c.s.Attrs(from).Bool("enabled"); x.Kind != drover.EdgeTrusts || known && !on {
			continue
		}
		for _, p := range c.profiles[regionOf(c.s, from)] {
			if !yield(Edge{From: uint32(to), To: uint32(p), Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: CAIssue, Grade: drover.GradeInferred,
				Proof: []access.Proof{{Ref: c.s.Ref(from), Statement: statementOf(&x), Effect: "allow", Text: "the trust anchor takes certificates of this authority, with any profile of the region: " + x.Proof}}}) {
				return false
			}
		}
	}
	return true
}

// computers joins a computer to the places on it, for its administrator reads
// them all; each account to those that it owns or that all may read; and uid 0 to
// the computer.
func (c *crossing) computers(yield func(Edge) bool) bool {
	for _, row := range c.accounts {
		host, ok := c.hosts[tenantOf(c.s, row)]
		uid, known := c.s.Attrs(row).Int("uid")
		if !ok || !known || uid != 0 {
			continue
		}
		if !yield(Edge{From: uint32(row), To: uint32(host), Kind: drover.EdgeCanAssume, Move: true, Grade: drover.GradeProven,
			Proof: []access.Proof{{Ref: c.s.Ref(row), Effect: "allow", Text: "uid 0 is the computer's administrator"}}}) {
			return false
		}
	}
	for _, f := range c.files {
		if !c.file(f, yield) {
			return false
		}
	}
	return true
}

func (c *crossing) file(f int, yield func(Edge) bool) bool {
	tenant, attrs := tenantOf(c.s, f), c.s.Attrs(f)
	reads := func(who int, grade drover.Grade, text string) bool {
		return yield(Edge{From: uint32(who), To: uint32(f), Kind: drover.EdgeReadsSecret, Move: true, Level: access.LevelSecrets, Technique: PlaceRead, Grade: grade,
			Proof: []access.Proof{{Ref: c.s.Ref(f), Effect: "allow", Text: text}}})
	}
	if host, ok := c.hosts[tenant]; ok && !reads(host, drover.GradeProven, "the computer's administrator reads every file on it") {
		return false
	}
	owner := attrs.Str("owner")
	if who, ok := c.accounts[tenant+"/"+owner]; ok && owner != "" {
		return reads(who, drover.GradeProven, "the file is "+owner+"'s, mode "+attrs.Str("mode"))
	}
	return true
}

// nodes joins a node of Kubernetes to the virtual machine that it is, which its
// provider id names (Kubernetes, NodeSpec.providerID: aws:///zone/i-…).
func (c *crossing) nodes(yield func(Edge) bool) bool {
	for _, n := range c.kubeNodes {
		id := c.s.Attrs(n).Str("providerID")
		rest, ok := strings.CutPrefix(id, "aws://")
		if !ok {
			continue
		}
		instance, ok := c.instances[rest[strings.LastIndexByte(rest, '/')+1:]]
		if !ok {
			continue
		}
		if !yield(Edge{From: uint32(n), To: uint32(instance), Kind: drover.EdgeRunsAs, Move: true, Grade: drover.GradeProven,
			Proof: []access.Proof{{Ref: c.s.Ref(n), Effect: "allow", Text: "spec.providerID " + id}}}) {
			return false
		}
	}
	return true
}
