package link

import (
	"fmt"
	"strings"
)

// Why says in plain words why the end of an edge stays a name, and what to do.
// Found is how many things the name may mean; known reports whether anything of a
// tenant of a system has been read, or of any where tenant is ""; a Kubernetes
// cluster is asked for by each of its addresses, too.
func Why(alias string, found int, known func(system, tenant string) bool) string {
	s, rest := split(alias)
	switch {
	case found > MaxShared:
		return fmt.Sprintf("more than %d things have this name: a fault of the source that says so; none is meant", MaxShared)
	case found > 1 && identifiesAny(s, rest):
		return fmt.Sprintf("%d different things have this name, and nothing says which is meant; see drover show of each for where it got the name", found)
	case found > 1:
		return fmt.Sprintf("%d things have this name, which is no proof of which is meant", found)
	case Pattern(alias) && s.Name == "k8s-user" && !known("kubernetes", clusterOf(rest)):
		return whyCluster(s.Name, rest, known)
	case Pattern(alias):
		return "a pattern that covers nothing which was read"
	}
	if why := whyScheme(s, rest, known); why != "" {
		return why
	}
	if s == nothing {
		if name, _, _ := strings.Cut(alias, ":"); strings.HasSuffix(name, "-any") {
			return "everybody: no thing can stand for it"
		}
	}
	return "nothing that was read has this name"
}

func whyScheme(s *Scheme, rest string, known func(system, tenant string) bool) string {
	switch s.Name {
	case "arn":
		return whyARN(rest, known)
	case "aws-any":
		return "everybody who has an AWS account, or none: no thing can stand for it"
	case "aws-service":
		return "a service of AWS, which acts for the account: it is no identity of the estate"
	case "aws-key", "aws-key-principal", "aws-principal-id", "aws-sso":
		if !known("aws", "") {
			return "no AWS account has been read: add one with drover source add aws"
		}
		return "no AWS account that was read has it: it belongs to another account, or is deleted"
	case "k8s", "k8s-user", "k8s-group", "kubernetes-object", "kubernetes-cluster":
		return whyCluster(s.Name, rest, known)
	case "oidc":
		return whyOIDC(rest)
	case "dsn":
		if placelessDSN(rest) {
			return "the address means another server on every computer, network or cluster: nothing can be found by it"
		}
		if place := hostOfDSN(rest); private(place) {
			return "the address " + place + " means another server in every network, and no server that was read is the only one that it can mean"
		}
		scheme, at, _ := strings.Cut(rest, "://")
		host, _, _ := strings.Cut(at, "/")
		return fmt.Sprintf("no %s server at %s has been read: add it as a source, with every address that programs use for it", scheme, host)
	case "pg":
		id, _, _ := strings.Cut(rest, "/")
		if known("postgres", id) {
			return "the cluster was read and has no such role: it is dropped, or the rule names nobody"
		}
		return "the PostgreSQL cluster " + id + " has not been read: add it with drover source add postgres"
	case "github", "git":
		return "the repository has not been read: add a clone of it with drover source add git"
	case "x509", "x509-ski":
		return "the authority's certificate has not been read: a file of it in a scanned folder is enough"
	case "azure-app", "azure-object", "azure-key", "azure-subscription":
		return "no Entra ID tenant that was read has it"
	case "account", "group", "systemd", "machine":
		computer, _, _ := strings.Cut(rest, "/")
		if known("machine", computer) {
			return "the computer was read and has none of that name"
		}
		return "the computer " + computer + " has not been read: scan it there, or a copy of its files"
	case "ssh", "spki":
		return "no key or certificate with this fingerprint has been read"
	case "spiffe":
		return "no workload with this SPIFFE ID has been read: the option trust_domain of a cluster gives its ServiceAccounts theirs"
	case "gcp-id", "gcp-key", "gcp-audience", "okta-client", "vault-role-id", "sid", "nt", "upn", "ldap-uid":
		return "the directory or project that it belongs to has not been read, or has none of that name"
	case "login", "pg-system-user", "x509-cn":
		return "nothing that was read has this name, which does not say of which system it is"
	case "email":
		if strings.HasSuffix(rest, ".gserviceaccount.com") {
			return "no Google Cloud project that was read has this service account"
		}
		return "nobody with this address has been read: a list of people with their addresses is enough"
	}
	return ""
}

func whyARN(rest string, known func(system, tenant string) bool) string {
	f := strings.SplitN(rest, ":", 5)
	if len(f) < 5 || f[3] == "" {
		return "nothing that was read has this ARN"
	}
	account, what := f[3], f[4]
	switch {
	case !known("aws", account):
		return fmt.Sprintf("AWS account %s has not been read: add it with drover source add aws", account)
	case f[1] == "iam" && what == "root":
		return fmt.Sprintf("it stands for all of account %s, whose root user was not read", account)
	}
	return fmt.Sprintf("account %s was read and has it no more, or reading it was denied: see drover source list", account)
}

func whyCluster(scheme, rest string, known func(system, tenant string) bool) string {
	host := clusterOf(rest)
	switch {
	case host == "?" || host == "":
		return "the file does not say which cluster it is for"
	case host == "-" || strings.HasPrefix(host, "folder-"):
		return "the manifests do not have it, and do not say which cluster they are for: give the options hosts, cluster and issuer"
	case placeless(host):
		return "the address " + host + " means another cluster on every computer: read the cluster with the option hosts set to an address of its own"
	case !known("kubernetes", ""):
		return "no Kubernetes cluster has been read: add it with drover source add kubernetes"
	case !known("kubernetes", host):
		return "no cluster that was read is known as " + host + ": name its addresses with the option hosts"
	case scheme == "k8s-group":
		return "what was read of the cluster " + host + " has no such group: whoever it is given to later has what is granted to it"
	case scheme == "kubernetes-object":
		return "what was read of the cluster " + host + " has no such object"
	}
	return "what was read of the cluster " + host + " has no such account: whoever can make one of that name there has what is granted to it"
}

// clusterOf is the cluster that a name is of, in its canonical spelling.
func clusterOf(rest string) string {
	host, _, _ := strings.Cut(rest, "/")
	return canonHost(host, "443")
}

func whyOIDC(rest string) string {
	issuer, sub, _ := strings.Cut(rest, "|")
	if _, _, ok := repoSubject(Canon("oidc:" + rest)); ok && strings.Contains(sub, ":") {
		return "the repository that the subject names has not been read: add a clone of it with drover source add git"
	}
	if strings.HasPrefix(sub, "system:serviceaccount:") {
		return "no cluster with the issuer " + issuer + " has been read, or it has no such ServiceAccount"
	}
	return "nothing that was read gets tokens of the issuer " + issuer + " with this subject"
}
