package tfstate

import (
	"strings"

	"github.com/droverhq/drover"
)

// known says how the identities of a resource type are read: which attributes
// name it, and which make its aliases, each with the prefix of its scheme.
var known = map[string]struct {
	kind  drover.Kind
	typ   string
	name  []string // first that is set
	alias [][2]string
	owner []string
}{
	"aws_iam_user":                        {drover.KindIdentity, "aws.iam.user", []string{"name"}, [][2]string{{"", "arn"}, {"aws-principal-id:", "unique_id"}}, nil},
	"aws_iam_role":                        {drover.KindIdentity, "aws.iam.role", []string{"name"}, [][2]string{{"", "arn"}, {"aws-principal-id:", "unique_id"}}, nil},
	"aws_iam_group":                       {drover.KindGroup, "aws.iam.group", []string{"name"}, [][2]string{{"", "arn"}}, nil},
	"aws_iam_access_key":                  {drover.KindCredential, "aws.iam.access_key", []string{"id"}, [][2]string{{"aws-key:", "id"}}, []string{"user"}},
	"aws_iam_instance_profile":            {drover.KindResource, "aws.iam.instance_profile", []string{"name"}, [][2]string{{"", "arn"}}, nil},
	"aws_iam_user_login_profile":          {drover.KindCredential, "aws.iam.login_profile", []string{"user"}, nil, []string{"user"}},
	"aws_iam_service_specific_credential": {drover.KindCredential, "aws.iam.service_specific_credential", []string{"service_user_name"}, nil, []string{"user_name"}},
	"aws_iam_signing_certificate":         {drover.KindCredential, "aws.iam.signing_certificate", []string{"certificate_id"}, nil, []string{"user_name"}},
	"aws_iam_user_ssh_key":                {drover.KindCredential, "aws.iam.ssh_public_key", []string{"ssh_public_key_id"}, nil, []string{"username"}},
	"aws_iam_service_linked_role":         {drover.KindIdentity, "aws.iam.role", []string{"name"}, [][2]string{{"", "arn"}, {"aws-principal-id:", "unique_id"}}, nil},
	"aws_iam_openid_connect_provider":     {drover.KindResource, "aws.iam.oidc_provider", []string{"url"}, [][2]string{{"", "arn"}}, nil},
	"aws_iam_saml_provider":               {drover.KindResource, "aws.iam.saml_provider", []string{"name"}, [][2]string{{"", "arn"}}, nil},
	"aws_api_gateway_api_key":             {drover.KindCredential, "aws.apigateway.api_key", []string{"name"}, [][2]string{{"", "arn"}}, nil},
	"aws_transfer_user":                   {drover.KindIdentity, "aws.transfer.user", []string{"user_name"}, [][2]string{{"", "arn"}}, nil},
	"aws_db_instance":                     {drover.KindIdentity, "aws.rds.master_user", []string{"username"}, nil, nil},
	"aws_rds_cluster":                     {drover.KindIdentity, "aws.rds.master_user", []string{"master_username"}, nil, nil},
	"aws_acm_certificate":                 {drover.KindCredential, "aws.acm.certificate", []string{"domain_name"}, [][2]string{{"", "arn"}}, nil},
	"aws_key_pair":                        {drover.KindCredential, "aws.ec2.key_pair", []string{"key_name"}, [][2]string{{"", "arn"}}, nil},

	"google_service_account":                     {drover.KindIdentity, "gcp.service_account", []string{"email", "account_id"}, [][2]string{{"email:", "email"}, {"gcp-id:", "unique_id"}}, nil},
	"google_service_account_key":                 {drover.KindCredential, "gcp.service_account_key", []string{"name"}, nil, []string{"service_account_id"}},
	"google_iam_workload_identity_pool_provider": {drover.KindCredential, "gcp.workload_identity_provider", []string{"name"}, nil, nil},
	"google_sql_user":                            {drover.KindIdentity, "gcp.sql.user", []string{"name"}, nil, nil},

	"azuread_application":                               {drover.KindIdentity, "azure.application", []string{"display_name"}, [][2]string{{"azure-app:", "client_id"}, {"azure-app:", "application_id"}, {"azure-object:", "object_id"}}, nil},
	"azuread_application_registration":                  {drover.KindIdentity, "azure.application", []string{"display_name"}, [][2]string{{"azure-app:", "client_id"}, {"azure-object:", "object_id"}}, nil},
	"azuread_service_principal":                         {drover.KindIdentity, "azure.service_principal", []string{"display_name"}, [][2]string{{"azure-app:", "client_id"}, {"azure-app:", "application_id"}, {"azure-object:", "object_id"}}, nil},
	"azuread_application_password":                      {drover.KindCredential, "azure.application_password", []string{"display_name", "key_id"}, [][2]string{{"azure-key:", "key_id"}}, []string{"application_id", "application_object_id"}},
	"azuread_service_principal_password":                {drover.KindCredential, "azure.service_principal_password", []string{"display_name", "key_id"}, [][2]string{{"azure-key:", "key_id"}}, []string{"service_principal_id"}},
	"azuread_application_certificate":                   {drover.KindCredential, "azure.application_certificate", []string{"key_id"}, [][2]string{{"azure-key:", "key_id"}}, []string{"application_id", "application_object_id"}},
	"azuread_user":                                      {drover.KindHuman, "azure.user", []string{"user_principal_name"}, [][2]string{{"upn:", "user_principal_name"}, {"azure-object:", "object_id"}}, nil},
	"azuread_group":                                     {drover.KindGroup, "azure.group", []string{"display_name"}, [][2]string{{"azure-object:", "object_id"}}, nil},
	"azuread_application_federated_identity_credential": {drover.KindCredential, "azure.federated_credential", []string{"display_name"}, nil, []string{"application_id", "application_object_id"}},
	"azurerm_user_assigned_identity":                    {drover.KindIdentity, "azure.managed_identity", []string{"name"}, [][2]string{{"azure-app:", "client_id"}, {"azure-object:", "principal_id"}}, nil},
	"azurerm_storage_account":                           {drover.KindCredential, "azure.storage_account_key", []string{"name"}, nil, []string{"name"}},

	"github_repository_deploy_key":       {drover.KindCredential, "github.deploy_key", []string{"title"}, nil, []string{"repository"}},
	"github_actions_secret":              {drover.KindCredential, "github.actions_secret", []string{"secret_name"}, nil, []string{"repository"}},
	"github_user_ssh_key":                {drover.KindCredential, "github.ssh_key", []string{"title"}, nil, nil},
	"github_app_installation_repository": {drover.KindIdentity, "github.app_installation", []string{"installation_id"}, nil, nil},
	"gitlab_project_access_token":        {drover.KindCredential, "gitlab.project_access_token", []string{"name"}, nil, []string{"project"}},
	"gitlab_group_access_token":          {drover.KindCredential, "gitlab.group_access_token", []string{"name"}, nil, []string{"group"}},
	"gitlab_deploy_token":                {drover.KindCredential, "gitlab.deploy_token", []string{"name"}, nil, []string{"project", "group"}},

	"postgresql_role":                 {drover.KindIdentity, "postgres.role", []string{"name"}, nil, nil},
	"mysql_user":                      {drover.KindIdentity, "mysql.user", []string{"user"}, nil, nil},
	"mongodbatlas_database_user":      {drover.KindIdentity, "mongodbatlas.database_user", []string{"username"}, nil, nil},
	"snowflake_user":                  {drover.KindIdentity, "snowflake.user", []string{"name"}, nil, nil},
	"vault_approle_auth_backend_role": {drover.KindIdentity, "vault.approle", []string{"role_name"}, [][2]string{{"vault-role-id:", "role_id"}}, nil},
	"vault_token":                     {drover.KindCredential, "vault.token", []string{"display_name", "id"}, nil, nil},
	"tls_private_key":                 {drover.KindCredential, "x509.private_key", []string{"id"}, [][2]string{{"ssh:", "public_key_fingerprint_sha256"}}, nil},
	"tls_self_signed_cert":            {drover.KindCredential, "x509.certificate", []string{"id"}, nil, nil},
	"tls_locally_signed_cert":         {drover.KindCredential, "x509.certificate", []string{"id"}, nil, nil},
	"okta_app_oauth":                  {drover.KindIdentity, "okta.app", []string{"label"}, [][2]string{{"okta-client:", "client_id"}}, nil},
	"datadog_api_key":                 {drover.KindCredential, "datadog.api_key", []string{"name"}, nil, nil},
	"datadog_service_account":         {drover.KindIdentity, "datadog.service_account", []string{"name"}, [][2]string{{"email:", "email"}}, nil},
	"digitalocean_ssh_key":            {drover.KindCredential, "digitalocean.ssh_key", []string{"name"}, nil, nil},
}

// uniqueIDs are the attributes with the id that a vendor never gives again (IAM
// User Guide, "IAM identifiers").
var uniqueIDs = map[string][]string{
	"aws_iam_user": {"unique_id"}, "aws_iam_role": {"unique_id"}, "aws_iam_service_linked_role": {"unique_id"}, "aws_iam_group": {"unique_id"}, "aws_iam_instance_profile": {"unique_id"},
	"google_service_account": {"unique_id"},
}

// identities reads what in a resource can authenticate, or proves it.
func identities(typ, mode string, attrs map[string]any) []Identity {
	if strings.HasPrefix(typ, "kubernetes_service_account") {
		return serviceAccount(attrs)
	}
	k, ok := known[typ]
	if !ok {
		return nil
	}
	id := Identity{Kind: k.kind, Type: k.typ, Name: first(attrs, k.name), Owner: first(attrs, k.owner), ID: first(attrs, uniqueIDs[typ])}
	for _, a := range k.alias {
		if v := text(attrs[a[1]]); v != "" {
			id.Aliases = append(id.Aliases, a[0]+v)
		}
	}
	if typ == "postgresql_role" {
		if login, is := attrs["login"].(bool); is && !login {
			id.Kind = drover.KindRole
		}
	}
	if id.Name == "" && len(id.Aliases) == 0 {
		return nil
	}
	return []Identity{id}
}

func first(attrs map[string]any, names []string) string {
	for _, n := range names {
		if v := text(attrs[n]); v != "" {
			return v
		}
	}
	return ""
}

// serviceAccount reads metadata[0] of a Kubernetes service account; the state
// does not say which cluster it is in.
func serviceAccount(attrs map[string]any) []Identity {
	list, _ := attrs["metadata"].([]any)
	if len(list) == 0 {
		return nil
	}
	m, _ := list[0].(map[string]any)
	name, ns := text(m["name"]), text(m["namespace"])
	if name == "" {
		return nil
	}
	if ns == "" {
		ns = "default"
	}
	id := Identity{Kind: drover.KindIdentity, Type: "kubernetes.service_account", Name: ns + "/" + name}
	if uid := text(m["uid"]); uid != "" {
		id.Aliases = []string{"k8s-uid:" + uid}
	}
	return []Identity{id}
}
