package connectortest

import (
	"slices"
	"strings"
	"testing"
)

// A Scheme is one spelling of aliases that connectors share. Two systems join
// only where both spell the same thing the same way.
type Scheme struct {
	Name  string // what stands before the colon
	Form  string // the whole alias
	Names string // what it names, and what makes it unique
}

// Schemes are the shared spellings, sorted. What only one system has a name for
// starts with that system's own name ("acme:", "acme-key:") and is not listed
// here. The page docs/reference/aliases.md is made
// from this list.
var Schemes = []Scheme{
	{"account", "account:<machine>/<user>", "an account of one computer; the machine is its machine-id, or the option machine"},
	{"arn", "arn:<partition>:<service>:<region>:<account>:<resource>", "anything of AWS, as AWS spells it"},
	{"aws-account", "aws-account:<account>", "an account of AWS, by its 12 digits; its root user is arn:<partition>:iam::<account>:root"},
	{"aws-any", "aws-any:*", "everybody, as policies of AWS say it"},
	{"aws-canonical-user", "aws-canonical-user:<64 hex>", "an account of AWS, as Amazon S3 names it"},
	{"aws-key", "aws-key:<AKIA… or ASIA…>", "an access key, by its public id"},
	{"aws-key-principal", "aws-key-principal:<AKIA…>", "whoever an access key belongs to, while nobody has said who"},
	{"aws-principal-id", "aws-principal-id:<AIDA… or AROA…>", "an IAM user or role, by the id that CloudTrail logs"},
	{"aws-profile", "aws-profile:<machine>/<user>/<profile>", "a profile of the AWS CLI in one home"},
	{"aws-service", "aws-service:<service principal>", "a service of AWS, as trust policies name it; lower case"},
	{"aws-sso", "aws-sso:<account>/<permission set>", "a permission set in an account"},
	{"azure-app", "azure-app:<client id>", "an application, or its service principal; lower-case UUID"},
	{"azure-key", "azure-key:<key id>", "a password or certificate of an application; lower-case UUID"},
	{"azure-object", "azure-object:<object id>", "an object of Entra ID; lower-case UUID"},
	{"azure-subscription", "azure-subscription:<id>", "a subscription; lower-case UUID"},
	{"dsn", "dsn:<scheme>://<host>:<port>/<user>", "a user of a server, as connection strings name it: canonical scheme, port always (an SRV name has none: dsn:mongodb+srv://<host>/<user>), user percent-encoded, no database; the host as below"},
	{"email", "email:<address>", "a mailbox: a person, or a service account of Google Cloud; lower case"},
	{"gcp-audience", "gcp-audience:<audience>", "a workload identity federation provider"},
	{"gcp-id", "gcp-id:<unique id>", "a service account, by its number"},
	{"gcp-key", "gcp-key:<key id>", "a key of a service account"},
	{"git", "git:<host>/<path>", "a repository, without scheme, user and .git"},
	{"github", "github:<org>/<repo>", "a repository, or what runs in it"},
	{"group", "group:<machine>/<group>", "a group of one computer"},
	{"k8s", "k8s:<cluster>/<namespace>/<service account>", "a ServiceAccount; the cluster is the host of its API server, as below, with its port unless that is 443"},
	{"k8s-group", "k8s-group:<cluster>/<group>", "a group, as the cluster's bindings name it"},
	{"k8s-uid", "k8s-uid:<uid>", "any object of a cluster, by its uid"},
	{"k8s-user", "k8s-user:<cluster>/<user>", "a user, as the cluster's audit log names it"},
	{"ldap-uid", "ldap-uid:<uid>", "an entry that memberUid names"},
	{"login", "login:<host>/<user>", "an account at a host, where no protocol says more; the host as below, without port 443"},
	{"machine", "machine:<machine>", "a computer"},
	{"nt", `nt:<domain>\<user>`, "a Windows account by name; lower case"},
	{"oidc", "oidc:<issuer>|<sub>", "the subject of a token; as the end of an edge * and ? make it a pattern of subjects, and %2A and %3F are the characters themselves"},
	{"okta-client", "okta-client:<client id>", "an OAuth client of Okta"},
	{"pg", "pg:<system identifier>/<role>", "a role of a PostgreSQL cluster, or without /<role> the cluster; the identifier is initdb's"},
	{"pg-system-user", "pg-system-user:<name>", "whoever pg_ident.conf lets in under this name: a user of the operating system, of Kerberos or of a certificate"},
	{"secret", "secret:hs256:<32 hex>", "a secret value, by its fingerprint in this installation"},
	{"sid", "sid:S-1-…", "a Windows principal, by its security identifier"},
	{"spiffe", "spiffe://<trust domain>/<path>", "a workload, as SPIFFE spells it"},
	{"spki", "spki:<sha256>", "a public key, by the hash of its SubjectPublicKeyInfo, lower-case hex"},
	{"ssh", "ssh:SHA256:<base64>", "an SSH key, as ssh-keygen -l prints it"},
	{"systemd", "systemd:<machine>/<unit>", "a unit of one computer"},
	{"upn", "upn:<user@domain>", "a user of Active Directory or Entra ID; lower case"},
	{"vault-role-id", "vault-role-id:<role id>", "an AppRole"},
	{"x509", "x509:<sha256>", "a certificate, by the hash of its DER form, lower-case hex"},
	{"x509-cn", "x509-cn:<common name>", "whoever holds a certificate with this common name: no proof of which"},
	{"x509-ski", "x509-ski:<hex>", "a certificate authority's key, by its subject key identifier"},
}

// HostForm says how hosts are spelled in aliases. Package decode does it: HostName
// and ServerName.
const HostForm = `A name in lower case without final dot, that of a Service of Kubernetes without the domain of its cluster (` + "`db.shop.svc`" + `); an address in its shortest form (RFC 5952), IPv6 in brackets.
What each computer means differently is a host of that computer alone: ` + "`[machine:<machine>]`" + ` for its loopback addresses, ` + "`[machine:<machine>%2Frun%2Fpostgresql]`" + ` for a socket, the machine as in ` + "`machine:<machine>`" + `,
percent-encoded. No URL has such a host. A name without a dot is another computer in every network, and the names by which a pod calls the API server of its own cluster mean every cluster: they make no alias.`

// schemes checks that aliases are spelled in a scheme that others share, or in
// one of the connector's own. Each wrong scheme is said once.
type schemes struct {
	t         testing.TB
	connector string
	said      map[string]bool
}

func (c schemes) check(where, alias string) {
	c.t.Helper()
	scheme, rest, ok := strings.Cut(alias, ":")
	shared := slices.ContainsFunc(Schemes, func(s Scheme) bool { return s.Name == scheme })
	switch {
	case c.said[scheme]:
		return
	case !ok || rest == "":
		c.t.Errorf("%s: alias %q is not <scheme>:<value>", where, alias)
	case !shared && scheme != c.connector && !strings.HasPrefix(scheme, c.connector+"-"):
		c.t.Errorf("%s: alias %q: scheme %q is neither shared (docs/reference/aliases.md) nor the connector's own (%s, %s-…)", where, alias, scheme, c.connector, c.connector)
	default:
		return
	}
	c.said[scheme] = true
}
