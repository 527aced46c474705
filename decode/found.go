package decode

import "github.com/droverhq/drover"

// Found is one credential in a configuration file, or one reference to where
// it is kept.
type Found struct {
	Class   string            // what sort: "aws-access-key", "password", "token", … see Class constants
	Name    string            // what the file calls it: profile, registry, variable
	Account string            // who logs in with it: user name, key id; not secret
	Host    string            // where it is good, as host[:port] or URL; "" unknown
	Scheme  string            // the system that Account is a user of, as DSN.Scheme; "" no protocol is known
	Value   drover.Secret     // the decoded value; "" when Ref
	Line    int               // first line is 1; 0 unknown
	Path    string            // key path inside the file: "auths.ghcr.io.auth"
	Ref     bool              // the file has no value, only where to get it: Extra["ref"] says how
	Extra   map[string]string // what else is known, never secret: "ref", "role_arn", "region", …
}

// The classes of Found and of secrets elsewhere in this package. A value whose
// class is not told by its place is ClassSecret.
const (
	ClassPassword      = "password"
	ClassToken         = "token"
	ClassSecret        = "secret"
	ClassAPIKey        = "api-key"
	ClassPrivateKey    = "private-key"
	ClassAWSKey        = "aws-access-key" // Account is the access key id
	ClassGCPKey        = "gcp-service-account-key"
	ClassOAuthSecret   = "oauth-client-secret"
	ClassRefreshToken  = "oauth-refresh-token"
	ClassConnection    = "connection-string"
	ClassAzureKey      = "azure-shared-key"
	ClassCookie        = "cookie"
	ClassWebhook       = "webhook-url"
	ClassEncryptionKey = "encryption-key"
)
