package tfstate

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// maxDepth bounds how deep attributes may nest.
const maxDepth = 100

// A finder takes the secrets out of one resource's attributes.
type finder struct {
	typ     string
	marked  map[string]bool // paths that the state itself calls sensitive
	all     bool            // everything is sensitive
	secrets []Secret
}

// byType are attributes that are secret in one type and ordinary elsewhere.
var byType = map[string]map[string]string{
	"aws_iam_access_key":                        {"secret": "aws-access-key", "ses_smtp_password_v4": "password", "ses_smtp_password": "password"},
	"aws_secretsmanager_secret_version":         {"secret_string": "secret", "secret_binary": "secret"},
	"aws_ssm_parameter":                         {"value": "secret", "insecure_value": ""},
	"aws_api_gateway_api_key":                   {"value": "api-key"},
	"google_service_account_key":                {"private_key": "gcp-service-account-key"},
	"google_secret_manager_secret_version":      {"secret_data": "secret"},
	"azurerm_key_vault_secret":                  {"value": "secret"},
	"azuread_application_password":              {"value": "oauth-client-secret", "key_id": ""},
	"azuread_service_principal_password":        {"value": "oauth-client-secret", "key_id": ""},
	"random_password":                           {"result": "password", "bcrypt_hash": "password"},
	"random_string":                             {"result": ""},
	"tls_private_key":                           {"private_key_pem": "private-key", "private_key_pem_pkcs8": "private-key", "private_key_openssh": "private-key"},
	"vault_token":                               {"client_token": "token"},
	"vault_generic_secret":                      {"data_json": "secret", "data": "secret"},
	"vault_kv_secret_v2":                        {"data_json": "secret", "data": "secret"},
	"vault_approle_auth_backend_role_secret_id": {"secret_id": "secret", "wrapping_token": "token"},
	"kubernetes_secret":                         {"data": "secret", "binary_data": "secret"},
	"kubernetes_secret_v1":                      {"data": "secret", "binary_data": "secret"},
	"github_actions_secret":                     {"plaintext_value": "secret"},
	"github_actions_organization_secret":        {"plaintext_value": "secret"},
	"gitlab_project_variable":                   {"value": "secret"},
	"gitlab_group_variable":                     {"value": "secret"},
	"aws_cognito_user_pool_client":              {"client_secret": "oauth-client-secret"},
}

// names are attribute names that hold a secret in any type, whole or at the end.
var names = regexp.MustCompile(`(?:^|_)(?:(password|passwd|pwd|passphrase|admin_pass)|((?:auth|access|api|bearer|client|session|refresh|security|bot|user|private|join|registration|service|runner|agent|kubeadm)?_?token|jwt|personal_access_token)|((?:client|shared|app|oauth|webhook|consumer|hmac|ldap)_secret|secret|secret_data|secret_string|secret_value|secret_text)|(private_key|private_key_pem|private_key_openssh|private_key_pkcs8|client_key|ssh_private_key|server_key)|((?:primary|secondary)(?:_access|_shared|_master|_readonly|_readonly_master)?_key|account_key|storage_account_access_key|sas_token|sas_url_query_string|shared_access_key)|((?:primary_|secondary_|default_)?(?:blob_|master_|readonly_)*(?:connection_string|connection_strings)|connection_uri|database_url)|(api_key|apikey|secret_key|access_secret|secret_access_key|master_key|auth_key|signing_key|encryption_key|license_key)|(kube_config_raw|kube_admin_config_raw|kubeconfig|kube_config|credentials|credential|custom_data_secret))$`)

var classes = []string{"password", "token", "secret", "private-key", "azure-shared-key", "connection-string", "api-key", "secret"}

// plain are names the pattern would take and that hold no secret.
var plain = regexp.MustCompile(`^(?:next_token|continuation_token|page_token|token_type|id_token|has_.*|is_.*|.*_(?:enabled|required|policy|length|version)|public_key.*|secondary_key$|hash_key|range_key)$`)

var numbers = regexp.MustCompile(`^[0-9]+$`)

// classify says which class an attribute of this name has; "" none.
func classify(typ, name string) string {
	if t, ok := byType[typ]; ok {
		if c, ok := t[name]; ok {
			return c
		}
	}
	name = strings.ToLower(name)
	if i := strings.LastIndex(name, "."); i >= 0 {
		name = name[i+1:]
	}
	if plain.MatchString(name) {
		return ""
	}
	m := names.FindStringSubmatch(snake(name))
	for i, g := range m[min(1, len(m)):] {
		if g != "" {
			return classes[i]
		}
	}
	return ""
}

func snake(s string) string { return strings.NewReplacer("-", "_", " ", "_").Replace(s) }

// scrub copies v with its secrets replaced by REDACTED and notes them. Names go
// down to the elements of lists, and to the values of maps of a secret name.
func (f *finder) scrub(v any, path, class string, depth int) any {
	if depth > maxDepth {
		return nil
	}
	known := f.all || f.marked[path]
	if known && class == "" {
		class = "secret"
	}
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			at := k
			if path != "" {
				at = path + "." + k
			}
			c := classify(f.typ, k)
			if c == "" || depth > 0 && byTypeName(f.typ, k) && classify("", k) == "" {
				c = class
			}
			out[k] = f.scrubKnown(e, at, c, known, depth)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = f.scrubKnown(e, path+"["+strconv.Itoa(i)+"]", class, known, depth)
		}
		return out
	case string:
		return f.leaf(v, path, class, known)
	case json.Number:
		if class != "" && known {
			return f.leaf(v.String(), path, class, known)
		}
	}
	return v
}

// scrubKnown hands a mark down to everything below it.
func (f *finder) scrubKnown(v any, path, class string, known bool, depth int) any {
	if !known {
		return f.scrub(v, path, class, depth+1)
	}
	old := f.all
	f.all = true
	out := f.scrub(v, path, class, depth+1)
	f.all = old
	return out
}

// byTypeName says whether a name is secret for this type only.
func byTypeName(typ, name string) bool { return byType[typ][name] != "" }

func (f *finder) leaf(v, path, class string, known bool) any {
	if class == "" && strings.Contains(v, "PRIVATE KEY-----") {
		class = "private-key"
	}
	// A reference to a secret is none; neither is a flag in a string.
	if v == "" || class == "" || !known && (strings.HasPrefix(v, "arn:") || v == "true" || v == "false" || numbers.MatchString(v) && class != "password") {
		return v
	}
	f.secrets = append(f.secrets, Secret{Path: path, Class: class, Value: drover.Secret(v), Known: known})
	return "REDACTED"
}
