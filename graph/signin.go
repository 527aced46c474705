package graph

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// What a certificate proves is written in it, but not at whom: that follows from
// who takes certificates of its issuer.

// clientAuthority is the part of a cluster's trusts edge that says whose client
// certificates its API server takes (Kubernetes, ConfigMap kube-system/
// extension-apiserver-authentication).
const clientAuthority = "client-ca-file"

// maxChain is over how many authorities a certificate is followed.
const maxChain = 4

// A signing finds whom the certificates of the estate sign in as.
type signing struct {
	b       *Builder
	r       *resolver
	issuers map[uint32][]uint32 // certificate -> authorities
	takers  map[uint32][]uint32 // authority -> clusters that take its client certificates
}

// signIns adds an inferred edge from each certificate to the identities that it
// signs in as: the user of its common name at every cluster that takes client
// certificates of its issuer (Kubernetes, authenticating, X.509 client
// certificates), and the workload of its SPIFFE ID (X509-SVID, 2). It returns
// the rows that have new edges.
func (b *Builder) signIns(r *resolver) []uint32 {
	s := signing{b, r, map[uint32][]uint32{}, map[uint32][]uint32{}}
	x := &b.s.edges
	for k := range x.from {
		switch drover.EdgeKinds[x.kind[k]] {
		case drover.EdgeIssuedBy:
			s.issuers[x.from[k]] = append(s.issuers[x.from[k]], x.to[k])
		case drover.EdgeTrusts:
			if x.words.words[x.part[k]] == clientAuthority && b.s.Type(int(x.from[k])) == "kubernetes.cluster" {
				s.takers[x.to[k]] = append(s.takers[x.to[k]], x.from[k])
			}
		}
	}
	var touched []uint32
	for i := range b.s.seen {
		if b.s.Type(i) == "x509.certificate" && b.s.Head(i) == i {
			touched = append(touched, s.certificate(uint32(i))...)
		}
	}
	return touched
}

// certificate adds the edges of one certificate, and returns the rows they reach.
func (s *signing) certificate(i uint32) (touched []uint32) {
	attrs := s.b.s.Attrs(int(i))
	if ca, _ := attrs.Bool("ca"); ca {
		return nil
	}
	for _, uri := range attrs.Strings("uris") {
		if strings.HasPrefix(strings.ToLower(uri), "spiffe://") {
			touched = append(touched, s.add(i, uri, "SPIFFE ID", "URI of the certificate: "+uri)...)
		}
	}
	usages := attrs.Strings("ext_key_usage")
	client := len(usages) == 0 || slices.ContainsFunc(usages, func(u string) bool {
		u = strings.ToLower(u)
		return strings.Contains(u, "client") || u == "any"
	})
	cn := commonName(attrs.Str("subject"))
	if !client || cn == "" || len(s.takers) == 0 {
		return touched
	}
	for _, ca := range s.chain(i) {
		for _, cluster := range s.takers[ca] {
			for _, name := range s.names(cluster) {
				touched = append(touched, s.add(i, "k8s-user:"+name+"/"+cn, "common name", "the cluster takes client certificates of "+s.b.s.Name(int(ca)))...)
			}
		}
	}
	return touched
}

// names are what a cluster is called in aliases of its users: the hosts of its
// API server, or its tenant.
func (s *signing) names(cluster uint32) []string {
	if hosts := s.b.s.Attrs(int(cluster)).Strings("hosts"); len(hosts) > 0 {
		return hosts
	}
	return []string{s.b.s.Ref(int(cluster)).Tenant()}
}

// chain lists the authorities above a certificate.
func (s *signing) chain(i uint32) (above []uint32) {
	level := []uint32{i}
	for range maxChain {
		var next []uint32
		for _, c := range level {
			for _, ca := range s.issuers[c] {
				if ca != i && !slices.Contains(above, ca) {
					above, next = append(above, ca), append(next, ca)
				}
			}
		}
		level = next
	}
	return above
}

// add adds the edge from a certificate to the one thing that has an alias.
func (s *signing) add(cert uint32, alias, how, proof string) []uint32 {
	to := s.r.named(alias)
	if len(to) != 1 || to[0] == cert {
		return nil
	}
	x := &s.b.s.edges
	x.from, x.to, x.kind = append(x.from, cert), append(x.to, to[0]), append(x.kind, s.b.edges[drover.EdgeAuthenticates])
	x.part, x.cond, x.technique = append(x.part, 0), append(x.cond, 0), append(x.technique, 0)
	x.grade = append(x.grade, x.words.code(string(drover.GradeInferred)))
	x.proof = append(x.proof, s.b.s.rows.text.keep(proof))
	x.joined = append(x.joined, x.words.code(how+", alias "+alias))
	return []uint32{cert, to[0]}
}

// commonName is the value of the first CN of a distinguished name (RFC 4514).
func commonName(dn string) string {
	for _, rdn := range splitUnescaped(dn, ",+") {
		key, value, ok := strings.Cut(strings.TrimLeft(rdn, " "), "=")
		if ok && strings.EqualFold(key, "CN") {
			return unescapeDN(value)
		}
	}
	return ""
}

func splitUnescaped(s, seps string) (parts []string) {
	from := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case strings.IndexByte(seps, s[i]) >= 0:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

// unescapeDN undoes \<special> and \<hex pair>.
func unescapeDN(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		if i+2 < len(s) {
			if h, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				b.WriteByte(h[0])
				i += 2
				continue
			}
		}
		i++
		b.WriteByte(s[i])
	}
	return b.String()
}
