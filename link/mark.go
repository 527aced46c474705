package link

import (
	"hash/maphash"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A mark is something of which one thing has one value only: its immutable id in
// its system, its access key id, the family of systems it belongs to. Nodes with
// different values of one mark are different things, whatever names they share.
// Keys of families are odd, those of ids even: an id makes a node known for what
// it is, a family does not.

func (l *Linker) mark(key string, family bool, value string) {
	k := l.name("mark "+key) << 1
	if family {
		k |= 1
	}
	h := maphash.String(l.seed1, value)
	from := l.markStart(uint32(len(l.markEnds)))
	for i := from; i < len(l.markKeys); i++ {
		if l.markKeys[i] == k && l.markValues[i] == h {
			return
		}
	}
	l.markKeys, l.markValues = append(l.markKeys, k), append(l.markValues, h)
}

func (l *Linker) markStart(row uint32) int {
	if row == 0 {
		return 0
	}
	return int(l.markEnds[row-1])
}

// known reports whether a row has an id, so that it is one certain thing.
func (l *Linker) known(row uint32) bool {
	for i := l.markStart(row); i < int(l.markEnds[row]); i++ {
		if l.markKeys[i]&1 == 0 {
			return true
		}
	}
	return false
}

// families are the systems whose refs belong to one family, as Scheme.Family
// names them. A system that is not among them, such as a register that somebody
// keeps, may describe a thing of any.
var families = map[string]string{"aws": "aws", "azure": "azure", "entra": "azure", "gcp": "gcp", "kubernetes": "kubernetes", "postgres": "database", "okta": "okta", "vault": "vault"}

// marks notes what is unique about a node and registers its identifying aliases.
// A node that contradicts itself, with two access key ids or names of two
// families, is proof of nothing: the names in question do not count.
func (l *Linker) marks(row uint32, n *Node) {
	l.refMarks(n)
	kind := kindCode(n.Kind)
	family, mixed := "", false
	if system, _, _ := strings.Cut(string(n.Ref), "/"); familied(n.Kind) {
		family = families[system]
	}
	var ones, twice []*Scheme
	var use, scopes []string
	for _, a := range n.Aliases {
		s, rest := split(a)
		if !s.identifies(rest, n.Kind) || s.Patterns && wild(rest) {
			continue
		}
		c := Canon(a)
		if slices.Contains(use, c) {
			continue
		}
		if s.One && slices.Contains(ones, s) {
			twice = append(twice, s)
		}
		ones = append(ones, s)
		use, scopes = append(use, c), append(scopes, scope(c))
		if f := s.Family; f != "" && familied(n.Kind) {
			mixed = mixed || family != "" && family != f
			family = f
		}
	}
	if mixed {
		l.doubt(row, "", "it bears names of several systems, so that it cannot be one thing of any")
		return
	}
	if family != "" {
		l.mark("family", true, family)
	}
	for i, c := range use {
		s, rest := split(c)
		if slices.Contains(twice, s) || scopes[i] != "" && (slices.Contains(scopes[:i], scopes[i]) || slices.Contains(scopes[i+1:], scopes[i])) {
			l.doubt(row, c, "it bears several names of which a thing has one")
			continue
		}
		if s.One {
			l.mark("one "+s.Name, false, rest)
		}
		l.alias(row, kind, s.code(), c)
	}
}

// scope is within what a thing bears one name at a time: an IAM principal has one
// ARN, a user one name at one server. "": it may bear several.
func scope(alias string) string {
	s, rest := split(alias)
	switch s.Name {
	case "account", "pg", "k8s", "k8s-user", "k8s-group", "kubernetes-object":
		if at, name, ok := strings.Cut(rest, "/"); ok && name != "" {
			return s.Name + ":" + at
		}
	case "dsn":
		return "dsn:" + hostOfDSN(rest)
	case "arn":
		if f := strings.SplitN(rest, ":", 3); len(f) == 3 && f[1] == "iam" {
			return "arn:iam"
		}
	}
	return ""
}

func familied(k drover.Kind) bool { return k == drover.KindIdentity || k == drover.KindCredential }

// code is the place of a scheme in Schemes.
func (s *Scheme) code() uint32 {
	i, _ := slices.BinarySearchFunc(Schemes, s.Name, func(x Scheme, name string) int { return strings.Compare(x.Name, name) })
	return uint32(i)
}

// refMarks notes the immutable id in a node's own ref.
func (l *Linker) refMarks(n *Node) {
	system, tenant, typ, id, ok := n.Ref.Parts()
	if system == "kubernetes" {
		l.clusters[tenant] = true
		if tenant == "" || tenant == "-" { // it may be of any, and several of several
			l.clusters["-"], l.clusters["+"] = true, true
		}
	}
	if !ok || n.Ref.Unseen() || strings.HasPrefix(id, "name:") {
		return
	}
	key, value := "id "+system, typ+"\x00"+tenant+"\x00"+id
	switch system {
	case "secret":
		return // a value found somewhere: it is the credential that its names say
	case "key", "file", "exec":
		key += "/" + typ // one key has several hashes
	case "azure", "entra":
		key += "/" + typ // an application and its service principal are one thing in their tenant
		l.mark("tenant azure", false, tenant)
	case "kubernetes":
		if typ == "cluster" && !uuid(id) {
			return // a name that somebody chose for it
		}
		if uuid(id) {
			value = typ + "\x00" + id // a uid is unique whatever the cluster is called
		}
	}
	l.mark(key, false, value)
}

func uuid(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' && strings.Trim(strings.ToLower(s), "0123456789abcdef-") == ""
}
