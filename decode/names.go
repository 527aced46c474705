package decode

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const redacted = "REDACTED"

// words splits a name at case changes and at everything that is no letter or
// digit: "awsSecret_ACCESS-key" is aws, secret, access, key.
func words(name string) []string {
	if len(name) > 256 {
		name = name[:256]
	}
	var out []string
	var w []rune
	flush := func() {
		if len(w) > 0 {
			out = append(out, strings.ToLower(string(w)))
			w = w[:0]
		}
	}
	rs := []rune(name)
	for i, r := range rs {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1]) && unicode.IsUpper(rs[i-1])):
			flush()
		}
		w = append(w, r)
	}
	flush()
	return out
}

// notSecret are the last words of names that speak about a secret and are none.
var notSecret = strings.Fields(`id ids name names arn file files path paths type types expiry expires expiration ttl length
	count limit limits policy enabled disabled required endpoint version algorithm alg fingerprint prefix suffix header
	field env method ref store manager max min timeout size usage region in lifetime duration rotation mode format
	description label hint url uri host port source provider helper class status age days hours minutes seconds budget
	dir directory alias aliases exp at by group groups user username email issuer audience scope scopes`)

// notKey are words before "key" that make it a plain one.
var notKey = strings.Fields(`public primary foreign partition sort cache hash range route group row object index host map
	sshpublic pub kms unique natural composite registry dedup feature config i18n translation menu dictionary json`)

// LooksSecret says whether a variable, field, header or flag of this name holds
// a secret, and of which class. It knows names only: ask [LooksReference] about
// the value.
func LooksSecret(name string) (class string, yes bool) {
	w := words(name)
	if len(w) == 0 {
		return "", false
	}
	joined := strings.Join(w, "_")
	for _, known := range knownNames {
		if known.re.MatchString(joined) {
			return known.class, known.class != ""
		}
	}
	last := w[len(w)-1]
	if slices.Contains(notSecret, last) {
		return "", false
	}
	return classOfWords(w, last)
}

func classOfWords(w []string, last string) (string, bool) {
	has := func(list ...string) bool {
		return slices.ContainsFunc(w, func(s string) bool { return slices.Contains(list, s) })
	}
	switch {
	case has("password", "passwd", "pwd", "passphrase", "pass", "userpassword", "dbpassword", "pgpassword", "passcode") || strings.HasSuffix(last, "password"):
		return ClassPassword, true
	case last == "tokens" || has("tokenizer"):
		return "", false
	case has("token", "pat", "jwt", "authtoken", "accesstoken", "bearer") || strings.HasSuffix(last, "token"):
		return ClassToken, true
	case has("secret", "secrets", "clientsecret") || strings.HasSuffix(last, "secret"):
		if has("client", "oauth", "oauth2", "consumer", "clientsecret") {
			return ClassOAuthSecret, true
		}
		return ClassSecret, true
	case last == "apikey" || last == "apikeys" || last == "accesskey" || last == "secretkey":
		return ClassAPIKey, true
	case last == "privatekey":
		return ClassPrivateKey, true
	case last == "key" && len(w) > 1:
		before := w[len(w)-2]
		switch {
		case slices.Contains(notKey, before):
			return "", false
		case before == "private" || before == "ssh" || before == "pem":
			return ClassPrivateKey, true
		case before == "encryption" || before == "signing" || before == "master" || before == "encrypt":
			return ClassEncryptionKey, true
		}
		return ClassAPIKey, true
	case has("credential", "credentials", "creds"):
		return ClassSecret, true
	case last == "authorization" || last == "auth" && has("proxy", "basic", "x"):
		return ClassToken, true
	case last == "cookie" || last == "cookies":
		return ClassCookie, true
	}
	return "", false
}

// knownNames decide before the rules do; an empty class says no.
var knownNames = []struct {
	re    *regexp.Regexp
	class string
}{
	{regexp.MustCompile(`^(aws_)?access_key_id$|_access_key_id$|max_token|token_(url|endpoint|uri|count|limit|budget)|tokens_`), ""},
	{regexp.MustCompile(`^(ssh_)?(public|pub)_key|known_hosts|password_?less|secret_?name|secret_?ref|service_account$|key_vault|keyvault_name`), ""},
	{regexp.MustCompile(`aws_?secret_?access_?key|^secret_access_key$|^secret_key$|^aws_session_token$`), ClassAWSKey},
	{regexp.MustCompile(`refresh_token`), ClassRefreshToken},
	{regexp.MustCompile(`(^|_)(connection_?string|conn_?str|conn|dsn|jdbc_url|(database|db|postgres|postgresql|pg|mysql|mariadb|mongo|mongodb|redis|amqp|rabbitmq|broker|clickhouse|sqlalchemy_database)_(url|uri))$`), ClassConnection},
	{regexp.MustCompile(`(^|_)webhook(_url|_uri)$`), ClassWebhook},
	{regexp.MustCompile(`(?:account_key|shared_access_key|shared_key|sas_token)[0-9]*$`), ClassAzureKey},
	{regexp.MustCompile(`(^|_)vault_secret_id$|^secret_id_value$`), ClassSecret},
}

var reference = regexp.MustCompile(`(?s)^(?:\$\{\{.*\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$[A-Za-z_][A-Za-z0-9_]*|%[A-Za-z_][A-Za-z0-9_]*%|=?\{\{.*\}\}|=\s*\$.*|\{env:[^}]*\}|\{file:[^}]*\}|!\w.*` +
	`|(?:op|vault|awssm|aws-sm|gcpsm|gcp-sm|azurekv|keyring|keychain|secretref|bws|doppler|infisical|ssm|secretsmanager|gopass|pass)://?.*` +
	`|(?:env|file|vault|keyring|keychain|ssm|secretsmanager|ref\+[a-z]+|cmd|exec):.*|arn:aws[a-z-]*:(?:secretsmanager|ssm):.*|projects/[^/]+/secrets/.*` +
	`|@Microsoft\.KeyVault\(.*\)|process\.env\..*|os\.(?:environ|getenv).*|env\(.*\)|secrets\.\w+|ENC\[.*\]|\$ANSIBLE_VAULT;.*)$`)

var scheme = regexp.MustCompile(`(?i)^(bearer|basic|token|key|apikey|api-key|digest|bot)[ :=]+`)

// LooksReference says whether a value only names where the real one is: a
// variable (${X}, $X, %X%, $(X)), a template ({{x}}, ${{ secrets.X }}), or a
// secret store (op://…, vault:…, a Secrets Manager ARN). "Bearer ${X}" is one.
func LooksReference(v string) bool {
	v = strings.TrimSpace(scheme.ReplaceAllString(strings.TrimSpace(v), ""))
	if len(v) > 4096 {
		v = v[:4096]
	}
	return reference.MatchString(v)
}

var placeholder = regexp.MustCompile(`(?i)^(?:<.*>|\[.*\]|\*+|x{3,}|\.{3,}|-+|(?:your|my|insert|enter|replace|paste|add|put|change)[-_ ].*|.*[-_ ](?:your|here|placeholder)(?:[-_ ].*)?|.*(?:your[-_ ]?(?:api|token|key|secret|password)|changeme|change-me|replace_?me|placeholder|redacted|todo).*|none|null|dummy|example|secret|password|token|test|foo|bar)$`)

// looksPlaceholder says whether a value stands for one to be filled in.
func looksPlaceholder(v string) bool {
	v = strings.TrimSpace(scheme.ReplaceAllString(strings.TrimSpace(v), ""))
	return len(v) <= 512 && placeholder.MatchString(v)
}

var shapes = []struct {
	re    *regexp.Regexp
	class string
}{
	{regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`), ClassPrivateKey},
	{regexp.MustCompile(`^eyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}\.`), ClassToken},
	{regexp.MustCompile(`^(?:gh[pousr]_|github_pat_|glpat-|gldt-|glrt-|xox[abeprs]-|xapp-|npm_|pypi-|hf_|dop_v1_|shp(?:at|ss|ca)_|ya29\.|atlasv1\.|hvs\.|hvb\.|dckr_pat_|ATATT|ntn_|figd_|lin_api_|pat-na|NRAK-|sbp_|vercel_|rnd_)[A-Za-z0-9_\-.]{10,}`), ClassToken},
	{regexp.MustCompile(`^(?:sk-[A-Za-z0-9_-]{16,}|sk_(?:live|test)_\w{10,}|rk_(?:live|test)_\w{10,}|AIza[\w-]{30,}|gsk_\w{20,}|SG\.[\w-]{10,}|key-[0-9a-f]{32}|tvly-\w{10,}|pplx-\w{10,}|r8_\w{10,}|xai-\w{20,}|fc-[0-9a-f]{20,}|BSA[\w-]{20,})`), ClassAPIKey},
	{regexp.MustCompile(`^(?i:bearer|basic|token) +[A-Za-z0-9+/_.=~-]{8,}$`), ClassToken},
	{regexp.MustCompile(`^https://(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks|[^/]*\.webhook\.office\.com)/.`), ClassWebhook},
	{regexp.MustCompile(`(?i)(?:AccountKey|SharedAccessKey|SharedSecretKey)=[A-Za-z0-9+/=]{16,}`), ClassConnection},
	{regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:(?://)?[^\s/?#]*:[^\s/?#@]+@[^\s]`), ClassConnection},
}

// judge decides about one named value: its class, and whether it is a secret in
// clear or a reference to one. Both are false for plain values.
func judge(name, v string) (class string, secret, ref bool) {
	if v == "" {
		return "", false, false
	}
	class, yes := LooksSecret(name)
	if LooksReference(v) {
		return class, false, true
	}
	head := v[:min(len(v), 4096)]
	for _, s := range shapes {
		if s.re.MatchString(head) {
			if s.class == ClassConnection && connectionRef(v) {
				return s.class, false, true
			}
			return s.class, true, false
		}
	}
	if !yes || class == ClassConnection && !strings.Contains(strings.ToLower(head), "password=") && !strings.Contains(strings.ToLower(head), "pwd=") {
		// A connection string without a password is an address.
		return "", false, false
	}
	switch strings.ToLower(v) {
	case "true", "false", "yes", "no", "on", "off", "0", "1", "null", "none", "required", "optional":
		return "", false, false
	}
	return class, true, false
}

// connectionRef says whether the password of a URL is a reference.
func connectionRef(v string) bool {
	at := strings.LastIndex(v, "@")
	if at < 0 {
		return false
	}
	head := v[:at]
	_, pw, _ := strings.Cut(head[strings.Index(head, "//")+1:], ":")
	return LooksReference(pw)
}
