package connectortest

import (
	"regexp"
	"slices"
	"strings"
)

// Types are the types of node that several connectors emit, sorted. A type is
// "<vendor>.<thing>" as the vendor's API calls the thing, in snake case; a thing
// has one type, whoever tells of it. What only one connector tells of is not
// listed here.
var Types = []string{
	"aws.account", "aws.codebuild.project", "aws.ec2.instance", "aws.ecs.task_definition",
	"aws.iam.access_key", "aws.iam.group", "aws.iam.inline_policy", "aws.iam.instance_profile", "aws.iam.login_profile", "aws.iam.oidc_provider", "aws.iam.policy", "aws.iam.role", "aws.iam.root",
	"aws.iam.saml_provider", "aws.iam.service_specific_credential", "aws.iam.signing_certificate", "aws.iam.ssh_public_key", "aws.iam.user", "aws.lambda.function", "aws.principal",
	"azure.application", "azure.group", "azure.managed_identity", "azure.service_principal", "azure.user",
	"gcp.service_account", "gcp.service_account_key", "gcp.user",
	"git.repository", "github.app", "github.user",
	"kubernetes.group", "kubernetes.namespace", "kubernetes.node", "kubernetes.pod", "kubernetes.secret", "kubernetes.service_account", "kubernetes.service_account_token", "kubernetes.user",
	"login.account", "machine.account", "machine.group", "machine.host", "mail.address", "oidc.subject", "postgres.role", "spiffe.id", "ssh.key", "x509.certificate", "x509.private_key",
}

// typeForm is the form of a type that is written in source. Those that are made
// of what a secret says of itself are connector.SecretType.
var typeForm = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9][a-z0-9_]*)+$`)

// vendors are other words for a vendor, by the one that types have.
var vendors = map[string]string{"k8s": "kubernetes", "entra": "azure", "azuread": "azure", "msft": "azure", "google": "gcp", "postgresql": "postgres", "amazon": "aws", "tls": "x509"}

// thing is what a type names, whatever its spelling: without separators, with one
// word for the vendor, and without the part of a cloud that holds its principals.
func thing(typ string) string {
	vendor, rest, _ := strings.Cut(strings.ToLower(typ), ".")
	if v := vendors[vendor]; v != "" {
		vendor = v
	}
	return vendor + strings.NewReplacer(".", "", "_", "", "-", "").Replace(strings.TrimPrefix(rest, "iam."))
}

// typeFault says what is wrong with a type; "" nothing.
func typeFault(typ string) string {
	if slices.Contains(Types, typ) {
		return ""
	}
	for _, t := range Types {
		if thing(t) == thing(typ) {
			return "others call the same thing " + t
		}
	}
	if vendor, rest, _ := strings.Cut(typ, "."); vendor == "" || rest == "" {
		return "is not <vendor>.<thing>"
	}
	return ""
}
