package check

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// Exempt says why nothing is asked of a row's owner whatever it is: its provider
// manages it, and nobody here can change it. A credential is exempt with the
// identities that it proves. The runner asks it about every hit, so checks need
// not.
func (e *Estate) Exempt(row int) (reason string, ok bool) {
	if reason, ok = e.provided(row); ok || e.Graph.Kind(row) != drover.KindCredential {
		return reason, ok
	}
	for h := range e.Graph.Out(row) {
		if h.Kind != drover.EdgeAuthenticates {
			continue
		}
		why, exempt := e.provided(h.Row)
		if !exempt {
			return "", false
		}
		reason = why
	}
	return reason, reason != ""
}

// provided says who manages a row that its organisation does not.
func (e *Estate) provided(row int) (string, bool) {
	ref := string(e.Graph.Ref(row))
	system := ref[:max(strings.IndexByte(ref, '/'), 0)]
	if rule := provided[system]; rule != nil {
		if reason := rule(e, row, e.Graph.Name(row)); reason != "" {
			return reason, true
		}
	}
	if managed, _ := e.Flag(row, "provider_managed"); managed {
		who := providers[system]
		if who == "" {
			who = "its provider"
		}
		return "managed by " + who + ": " + Clean(system) + " made it, and it cannot be changed here", true
	}
	return "", false
}

// providers are who stands behind a system, for what a connector marks
// provider_managed.
var providers = map[string]string{"aws": "AWS", "kubernetes": "Kubernetes", "postgres": "PostgreSQL or its hosting provider", "azure": "Microsoft", "entra": "Microsoft", "gcp": "Google", "github": "GitHub"}

// provided are the rules of each system, by the first segment of refs. Each
// returns one clause, or "".
var provided = map[string]func(e *Estate, row int, name string) string{
	"aws": byAWS, "kubernetes": byKubernetes, "postgres": byPostgres, "mysql": byMySQL, "gcp": byGoogle, "entra": byMicrosoft, "azure": byMicrosoft, "github": byGitHub, "gitlab": byGitLab,
	"ad": byActiveDirectory, "okta": byOkta, "slack": bySlack, "salesforce": bySalesforce, "snowflake": bySnowflake, "racf": byRACF, "ibmi": byIBMi, "machine": byOperatingSystem, "windows": byOperatingSystem,
}

// byAWS: service-linked roles can only be changed by the service, and roles of
// IAM Identity Center only there (IAM User Guide, Create a service-linked role;
// IAM Identity Center User Guide, Reference permission sets).
func byAWS(e *Estate, row int, name string) string {
	path := e.Str(row, "Path")
	if path == "" {
		path = e.Str(row, "path")
	}
	switch {
	case strings.HasPrefix(path, "/aws-service-role/") || path == "" && strings.HasPrefix(name, "AWSServiceRoleFor") && e.Graph.Type(row) == "aws.iam.role":
		return "managed by AWS: a service-linked role, which only its service can use and change"
	case strings.HasPrefix(path, "/aws-reserved/sso.amazonaws.com/") || path == "" && strings.HasPrefix(name, "AWSReservedSSO_") && e.Graph.Type(row) == "aws.iam.role":
		return "managed by IAM Identity Center: change its permission set there"
	case e.Graph.Type(row) == "aws.iam.policy" && strings.HasPrefix(string(e.Graph.Ref(row)), "aws/aws/"):
		return "managed by AWS: a policy that AWS writes"
	}
	return ""
}

// byKubernetes: what begins with system: is reserved for Kubernetes, and what is
// labelled bootstrapping is put back at every start of the API server
// (kubernetes.io, Using RBAC Authorization, Default roles and role bindings).
func byKubernetes(e *Estate, row int, name string) string {
	if strings.HasPrefix(name, "system:") && !strings.HasPrefix(name, "system:serviceaccount:") && !reservedPublic(name) {
		return "managed by Kubernetes: names that begin with system: are its own"
	}
	if v, _, ok := e.Tag(row, "kubernetes.io/bootstrapping"); ok {
		return "managed by Kubernetes: a default of its API server (" + Clean(v) + "), put back at every start"
	}
	if e.Graph.Type(row) != "kubernetes.service_account" || e.Str(row, "namespace") != "kube-system" {
		return ""
	}
	if slices.Contains(controllers, name) {
		return "managed by Kubernetes: the account of a controller of the control plane"
	}
	if slices.Contains(distribution, name) {
		return "managed by the Kubernetes distribution: a part of the cluster itself"
	}
	return ""
}

// reservedPublic are groups of Kubernetes that let everybody in: what is granted
// to them is the organisation's doing.
func reservedPublic(name string) bool {
	return name == "system:anonymous" || name == "system:unauthenticated" || name == "system:authenticated" || strings.HasPrefix(name, "system:serviceaccounts")
}

// controllers are the accounts that kube-controller-manager makes for its loops
// (kubernetes/kubernetes, cmd/kube-controller-manager/names).
var controllers = []string{
	"attachdetach-controller", "certificate-controller", "clusterrole-aggregation-controller", "cronjob-controller", "daemon-set-controller", "deployment-controller", "device-taint-eviction-controller",
	"disruption-controller", "endpoint-controller", "endpointslice-controller", "endpointslicemirroring-controller", "ephemeral-volume-controller", "expand-controller", "generic-garbage-collector",
	"horizontal-pod-autoscaler", "job-controller", "legacy-service-account-token-cleaner", "namespace-controller", "node-controller", "persistent-volume-binder", "pod-garbage-collector",
	"podautoscaler", "pv-protection-controller", "pvc-protection-controller", "replicaset-controller", "replication-controller", "resourcequota-controller", "resource-claim-controller",
	"root-ca-cert-publisher", "route-controller", "selinux-warning-controller", "service-account-controller", "service-cidrs-controller", "service-controller", "statefulset-controller", "storage-version-migrator-controller",
	"taint-eviction-controller", "tokens-controller", "token-cleaner", "bootstrap-signer", "ttl-after-finished-controller", "ttl-controller", "validatingadmissionpolicy-status-controller", "volumeattributesclass-protection-controller",
}

// distribution are accounts of parts without which a cluster is none, as the usual
// distributions name them.
var distribution = []string{"coredns", "kube-dns", "kube-proxy", "konnectivity-agent", "cloud-controller-manager", "aws-cloud-provider", "eks-vpc-resource-controller", "tagging-controller", "cloud-provider", "azure-cloud-provider"}

// byPostgres: names that begin with pg_ are reserved, and hosting providers keep
// roles of their own.
func byPostgres(e *Estate, row int, name string) string {
	switch e.Graph.Type(row) {
	case "postgres.role", "postgres.user":
	default:
		return ""
	}
	switch {
	case strings.HasPrefix(name, "pg_"):
		return "managed by PostgreSQL: names that begin with pg_ are predefined roles"
	case strings.HasPrefix(name, "rds_") || name == "rdsadmin" || name == "rdsrepladmin" || name == "rdswriteforwarduser" || name == "rdstopmgr":
		return "managed by Amazon RDS: a role of its own"
	case name == "cloudsqladmin" || name == "cloudsqlagent" || name == "cloudsqlreplica" || name == "cloudsqlimportexport" || name == "cloudsqlsuperuser" || name == "cloudsqliamserviceaccount" || name == "cloudsqliamuser" || name == "cloudsqllogical" || name == "cloudsqlinactiveuser":
		return "managed by Google Cloud SQL: a role of its own"
	case name == "azuresu" || name == "azure_superuser" || name == "azure_pg_admin" || name == "azuresu_replication":
		return "managed by Azure Database for PostgreSQL: a role of its own"
	}
	return ""
}

// byMySQL: accounts that the server reserves, locked at installation (MySQL 8
// Reference Manual, Reserved Accounts).
func byMySQL(_ *Estate, _ int, name string) string {
	user, _, _ := strings.Cut(name, "@")
	if u := strings.Trim(user, "'`\""); u == "mysql.sys" || u == "mysql.session" || u == "mysql.infoschema" || u == "rdsadmin" {
		return "managed by MySQL or its hosting provider: a reserved account"
	}
	return ""
}

// byOperatingSystem: accounts that exist so that files have owners, and that
// nobody can sign in to.
func byOperatingSystem(e *Estate, row int, name string) string {
	if e.Graph.Type(row) == "machine.account" {
		system, known := e.Flag(row, "system")
		login, said := e.Flag(row, "login")
		if known && system && said && !login && name != "root" && !e.HasOut(row, drover.EdgeCanAssume) && !e.HasIn(row, drover.EdgeRunsAs) && !e.HasIn(row, drover.EdgeAuthenticates) {
			return "made by the operating system: nobody can sign in to it, nothing runs as it and nothing is given to it"
		}
	}
	switch strings.ToUpper(name) {
	case `NT AUTHORITY\SYSTEM`, `NT AUTHORITY\LOCAL SERVICE`, `NT AUTHORITY\NETWORK SERVICE`, "DEFAULTACCOUNT", "WDAGUTILITYACCOUNT":
		return "managed by Windows: a built-in account without a password"
	}
	return ""
}
