package link

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A Scheme says what sharing an alias of one scheme proves.
type Scheme struct {
	Name string

	// Kinds are the kinds of nodes that an alias of this scheme identifies: two
	// nodes of one of them that share it are one thing. Empty: it only names, and
	// never joins nodes.
	Kinds []drover.Kind

	// One is set where a thing has no more than one such name in all its life, so
	// that two nodes with different ones are different things.
	One bool

	// Reused is set where the name goes to another thing when its bearer is
	// deleted or renamed: an ARN, a user of a server.
	Reused bool

	// Patterns is set where systems match on such names with * and ?.
	Patterns bool

	// Family is the vendor whose identities and credentials bear such names. A
	// node that names things of two families is no proof for either.
	Family string

	Rule   string // what it proves and why, one sentence
	Source string // who says so
}

var (
	identity   = []drover.Kind{drover.KindIdentity}
	credential = []drover.Kind{drover.KindCredential}
	principals = []drover.Kind{drover.KindIdentity, drover.KindHuman, drover.KindGroup}
	logins     = []drover.Kind{drover.KindIdentity, drover.KindRole, drover.KindResource}
	resource   = []drover.Kind{drover.KindResource}
	things     = []drover.Kind{drover.KindIdentity, drover.KindCredential, drover.KindGroup, drover.KindRole, drover.KindResource, drover.KindWorkload, drover.KindPolicy}
)

// Schemes lists what every shared scheme of aliases proves, sorted by name. A
// scheme that is not listed, such as a connector's own, only names.
var Schemes = []Scheme{
	{Name: "account", Kinds: identity, Reused: true, Patterns: true, Rule: "an account of one computer", Source: "passwd(5)"},
	{Name: "arn", Kinds: things, Reused: true, Patterns: true, Family: "aws", Rule: "names one resource at a time; a deleted user's ARN goes to the next of that name", Source: "AWS IAM User Guide, IAM identifiers"},
	{Name: "aws-account", Kinds: resource, One: true, Rule: "an account, by its number", Source: "AWS Account Management, account identifiers"},
	{Name: "aws-any", Rule: "everybody: no thing at all", Source: "AWS IAM User Guide, JSON policy elements: Principal"},
	{Name: "aws-canonical-user", Kinds: resource, One: true, Rule: "an account, by the id that Amazon S3 gave it", Source: "Amazon S3 User Guide, access control list overview"},
	{Name: "aws-key", Kinds: credential, One: true, Family: "aws", Rule: "an access key id is never given twice", Source: "AWS IAM User Guide, Understanding unique ID prefixes"},
	{Name: "aws-key-principal", Kinds: identity, Family: "aws", Rule: "an access key belongs to one principal for ever", Source: "AWS IAM API Reference, AccessKeyMetadata"},
	{Name: "aws-principal-id", Kinds: principals, One: true, Family: "aws", Rule: "a unique id is never given again, not even to a principal of the same name", Source: "AWS IAM User Guide, IAM identifiers"},
	{Name: "aws-profile", Kinds: identity, Reused: true, Rule: "a section of one user's files on one computer", Source: "AWS CLI User Guide, configuration and credential file settings"},
	{Name: "aws-service", Rule: "a service of AWS: no thing of the estate", Source: "AWS IAM User Guide, JSON policy elements: Principal"},
	{Name: "aws-sso", Kinds: identity, Reused: true, Family: "aws", Rule: "a permission set has one role in an account", Source: "AWS IAM Identity Center User Guide, permission sets"},
	{Name: "azure-app", Kinds: identity, One: true, Family: "azure", Rule: "a client id is that of one application and of its one service principal in a tenant", Source: "Microsoft Entra, application and service principal objects"},
	{Name: "azure-key", Kinds: credential, One: true, Family: "azure", Rule: "a key id is that of one password or certificate", Source: "Microsoft Graph, passwordCredential and keyCredential"},
	{Name: "azure-object", Kinds: principals, Family: "azure", Rule: "an object id is that of one directory object for ever", Source: "Microsoft Graph, directoryObject"},
	{Name: "azure-subscription", Kinds: resource, One: true, Rule: "a subscription, by its id", Source: "Azure Resource Manager, subscriptions"},
	{Name: "dsn", Kinds: logins, Reused: true, Family: "database", Rule: "the server at a host and port knows one user of a name", Source: "PostgreSQL, 34.1.1 Connection Strings, and those of other systems"},
	{Name: "email", Kinds: identity, Reused: true, Family: "gcp", Rule: "a mailbox is shared by people and programs and joins nothing; the address of a Google service account is its name", Source: "Google Cloud IAM, service account types"},
	{Name: "gcp-audience", Kinds: []drover.Kind{drover.KindIdentity, drover.KindResource}, Reused: true, Family: "gcp", Rule: "a workload identity provider's resource name", Source: "Google Cloud IAM, workload identity federation"},
	{Name: "gcp-id", Kinds: identity, One: true, Family: "gcp", Rule: "a service account's number is never given again", Source: "Google Cloud IAM, service accounts overview"},
	{Name: "gcp-key", Kinds: credential, One: true, Family: "gcp", Rule: "a key id is that of one key", Source: "Google Cloud IAM, service account keys"},
	{Name: "git", Kinds: resource, Reused: true, Patterns: true, Rule: "a host has one repository at a path", Source: "git-clone(1), GIT URLS"},
	{Name: "github", Kinds: resource, Reused: true, Patterns: true, Rule: "github.com has one repository of a name, in whatever case it is written", Source: "GitHub REST API, repositories"},
	{Name: "group", Kinds: []drover.Kind{drover.KindGroup}, Reused: true, Rule: "a group of one computer", Source: "group(5)"},
	{Name: "k8s", Kinds: identity, Reused: true, Family: "kubernetes", Rule: "an API server knows one ServiceAccount of a name in a namespace", Source: "Kubernetes, object names and IDs"},
	{Name: "k8s-group", Kinds: []drover.Kind{drover.KindGroup}, Reused: true, Family: "kubernetes", Rule: "a group is its name at one API server", Source: "Kubernetes, authenticating"},
	{Name: "k8s-uid", Kinds: things, One: true, Family: "kubernetes", Rule: "a uid is unique over all objects of all time", Source: "Kubernetes, object names and IDs"},
	{Name: "k8s-user", Kinds: identity, Reused: true, Patterns: true, Family: "kubernetes", Rule: "a user is its name at one API server; user names of sessions are patterns", Source: "Kubernetes, authenticating; Amazon EKS User Guide, aws-auth ConfigMap and access entries"},
	{Name: "kubernetes-cluster", Kinds: resource, Reused: true, Rule: "a cluster, by an address of its API server or by what the source calls it", Source: "Kubernetes, cluster architecture"},
	{Name: "kubernetes-object", Kinds: things, Reused: true, Family: "kubernetes", Rule: "an API server knows one object of a type and name in a namespace; a deleted one's name goes to the next", Source: "Kubernetes, object names and IDs"},
	{Name: "ldap-uid", Rule: "memberUid has no domain: any directory may mean another", Source: "RFC 2307, 2.2"},
	{Name: "login", Rule: "an account that a file mentions; nothing says of which system behind that host", Source: "RFC 7617, realm"},
	{Name: "machine", Kinds: identity, One: true, Rule: "machine-id is drawn once per installation", Source: "machine-id(5)"},
	{Name: "nt", Rule: "a NetBIOS domain name is unique in its network only", Source: "[MS-ADTS] 6.1.1.2.2.1"},
	{Name: "oidc", Kinds: identity, Reused: true, Patterns: true, Rule: "an issuer calls one thing by a subject", Source: "OpenID Connect Core 1.0, 2 and 5.7"},
	{Name: "okta-client", Kinds: identity, One: true, Family: "okta", Rule: "a client id is that of one application", Source: "Okta API, applications"},
	{Name: "pg", Kinds: logins, Reused: true, Patterns: true, Family: "database", Rule: "a cluster, known by the identifier that initdb drew, has one role of a name", Source: "PostgreSQL, 54.9 pg_roles and 9.28 pg_control_system"},
	{Name: "pg-system-user", Rule: "a name of another system, which pg_ident.conf does not say", Source: "PostgreSQL, 21.2 User Name Maps"},
	{Name: "secret", Kinds: credential, Rule: "one value is one credential, in however many places it lies", Source: "HMAC-SHA-256 with a key of the installation"},
	{Name: "sid", Kinds: principals, Rule: "the SID of a domain's or a directory's principal is never given again; well-known SIDs are the same everywhere and join nothing", Source: "[MS-DTYP] 2.4.2"},
	{Name: "spiffe", Kinds: identity, Reused: true, Patterns: true, Rule: "a trust domain calls one workload by a path", Source: "SPIFFE-ID, 2"},
	{Name: "spki", Kinds: credential, One: true, Rule: "a public key has one hash", Source: "RFC 7469, 2.4"},
	{Name: "ssh", Kinds: credential, One: true, Rule: "a public key has one fingerprint", Source: "RFC 4253, 6.6; ssh-keygen(1) -l"},
	{Name: "systemd", Kinds: things, Reused: true, Rule: "a computer has one unit of a name", Source: "systemd.unit(5)"},
	{Name: "upn", Rule: "a name that people's accounts are given and that wanders between them", Source: "[MS-ADTS] 5.1.1.1.1"},
	{Name: "vault-role-id", Kinds: identity, One: true, Family: "vault", Rule: "a role id is that of one AppRole", Source: "Vault, AppRole auth method"},
	{Name: "x509", Kinds: credential, One: true, Rule: "a certificate is its bytes", Source: "RFC 5280, 4.1"},
	{Name: "x509-cn", Rule: "any authority may write any common name", Source: "RFC 5280, 4.1.2.6"},
	{Name: "x509-ski", Rule: "authorities with one key have several certificates; the identifier is a hint and proves nothing", Source: "RFC 5280, 4.2.1.2"},
}

// byName finds a scheme by its name.
var byName = func() map[string]*Scheme {
	m := make(map[string]*Scheme, len(Schemes))
	for i := range Schemes {
		m[Schemes[i].Name] = &Schemes[i]
	}
	return m
}()

// nothing is the scheme of aliases that only name.
var nothing = &Scheme{}

// split returns the scheme of an alias, never nil, and what follows its colon.
func split(alias string) (*Scheme, string) {
	name, rest, ok := strings.Cut(alias, ":")
	s := byName[name]
	if !ok || rest == "" || s == nil {
		return nothing, rest
	}
	return s, rest
}

// Identifies reports whether two nodes of that kind are one thing when both have
// the alias.
func Identifies(alias string, kind drover.Kind) bool {
	s, rest := split(alias)
	return s.identifies(rest, kind) && !Pattern(alias)
}

// identifiesAny reports whether an alias identifies nodes of any kind.
func identifiesAny(s *Scheme, rest string) bool {
	return slices.ContainsFunc(s.Kinds, func(k drover.Kind) bool { return s.identifies(rest, k) })
}

func (s *Scheme) identifies(rest string, kind drover.Kind) bool {
	if !slices.Contains(s.Kinds, kind) {
		return false
	}
	switch s.Name {
	case "email":
		return serviceAccountMail(rest)
	case "sid":
		return uniqueSID(rest)
	case "kubernetes-cluster":
		return !placeless(rest)
	case "k8s", "k8s-user", "k8s-group", "kubernetes-object":
		host, name, ok := strings.Cut(rest, "/")
		return ok && name != "" && !placeless(host) && !private(host)
	case "dsn":
		return !placelessDSN(rest) && !private(hostOfDSN(rest))
	case "oidc":
		return !private(hostOfOIDC(rest))
	}
	return true
}

// serviceAccountMail reports whether an address can only be that of a service
// account of Google Cloud. Those of Google's own agents and of App Engine are
// among them (Google Cloud IAM, service account types).
func serviceAccountMail(a string) bool {
	return strings.HasSuffix(strings.ToLower(a), ".gserviceaccount.com") && strings.Count(a, "@") == 1 && a[0] != '@'
}

// uniqueSID reports whether a SID is that of one principal only: issued by a
// domain or a machine (S-1-5-21-…) or by Entra ID (S-1-12-1-…).
func uniqueSID(sid string) bool {
	u := strings.ToUpper(sid)
	return strings.HasPrefix(u, "S-1-5-21-") && strings.Count(u, "-") == 7 || strings.HasPrefix(u, "S-1-12-1-") && strings.Count(u, "-") == 7
}

// placeless reports whether a host means another computer on every computer.
func placeless(hostPort string) bool {
	h, _, ok := splitHost(hostPort)
	if !ok {
		return true
	}
	h = strings.Trim(h, "[]")
	switch h {
	case "", "?", "-", "localhost", "::1", "::", "0.0.0.0", "host.docker.internal", "kubernetes.docker.internal":
		return true
	}
	return strings.HasPrefix(h, "127.") && strings.Trim(h, "0123456789.") == "" || strings.HasSuffix(h, ".localhost") || strings.HasPrefix(h, "169.254.") || strings.HasPrefix(h, "fe80:")
}

// placelessDSN reports whether a server's address means another one elsewhere: a
// loopback address, or a name without a domain, which each network and each
// compose file resolves in its own way.
func placelessDSN(rest string) bool {
	host := hostOfDSN(rest)
	name, _, ok := splitHost(host)
	return !ok || placeless(host) || !strings.ContainsAny(name, ".:")
}

func hostOfDSN(rest string) string {
	_, at, _ := strings.Cut(rest, "://")
	host, _, _ := strings.Cut(at, "/")
	return host
}

func hostOfOIDC(rest string) string {
	issuer, _, _ := strings.Cut(rest, "|")
	_, at, _ := strings.Cut(issuer, "://")
	host, _, _ := strings.Cut(at, "/")
	return host
}

// private reports whether an address is one that every network gives out again:
// RFC 1918, RFC 6598 (carrier-grade NAT), RFC 4193 (unique local), RFC 3927 and
// RFC 4291 (link-local).
func private(hostPort string) bool {
	h, _, ok := splitHost(hostPort)
	if !ok {
		return false
	}
	a, err := netip.ParseAddr(strings.Trim(h, "[]"))
	if err != nil {
		return false
	}
	a = a.Unmap()
	return a.IsPrivate() || a.IsLinkLocalUnicast() || a.Is4() && shared4.Contains(a)
}

var shared4 = netip.MustParsePrefix("100.64.0.0/10")

// Local returns the host and port in an alias that means another server in each
// network or cluster: a private address, or the name of a Service. ok is false
// where it is none.
func Local(alias string) (place string, ok bool) {
	place = hostOf(alias)
	return place, place != "" && (private(place) || inCluster(place))
}

// InCluster reports whether an alias names a server by the name of a Service
// inside of a Kubernetes cluster: it means one thing while one cluster is known.
func InCluster(alias string) bool {
	place := hostOf(alias)
	return place != "" && inCluster(place)
}

func inCluster(hostPort string) bool {
	name, _, ok := splitHost(hostPort)
	return ok && (strings.HasSuffix(name, ".svc") || strings.HasSuffix(name, ".cluster.local"))
}

// hostOf is the host and port of the server that an alias names a user of, in the
// canonical spelling; "" where it names none.
func hostOf(alias string) string {
	s, rest := split(alias)
	switch s.Name {
	case "dsn":
		return hostOfDSN(rest)
	case "oidc":
		return hostOfOIDC(rest)
	case "k8s", "k8s-user", "k8s-group":
		host, _, _ := strings.Cut(rest, "/")
		return host
	}
	return ""
}
