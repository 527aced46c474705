package decode

import "github.com/droverhq/drover"

// AWSConfig is ~/.aws/config and ~/.aws/credentials, which have one grammar.
type AWSConfig struct {
	Profiles []AWSProfile
	Sessions []AWSSession // [sso-session x]
}

// AWSProfile is one profile. Empty fields are not set in this file.
type AWSProfile struct {
	Name, AccessKeyID                                   string
	SecretKey, SessionToken                             drover.Secret
	RoleARN, SourceProfile, CredentialSource            string
	CredentialProcess, WebIdentityTokenFile, ExternalID string
	MFASerial, Region                                   string
	SSOSession, SSOStartURL, SSOAccountID, SSORoleName  string
	Line                                                int
}

// AWSSession is one sso-session section.
type AWSSession struct {
	Name, StartURL, Region string
	Line                   int
}

// GoogleCredential is a JSON file of Google application credentials.
type GoogleCredential struct {
	Type         string // service_account, authorized_user, external_account, impersonated_service_account, …
	ProjectID    string
	Email        string // client_email
	ClientID     string // the account's unique id, or the OAuth client
	KeyID        string // private_key_id
	Audience     string // external_account
	Impersonates string // service account email taken from service_account_impersonation_url
	Source       string // external_account: "file …", "url …", "executable …", "aws"
	QuotaProject string
	Secrets      []Found
}

// GcloudConfig is one file of gcloud's configurations folder.
type GcloudConfig struct{ Account, Project, Impersonate, CredentialFile string }

// AzureAccount is one subscription of azureProfile.json.
type AzureAccount struct {
	Subscription, Name, Tenant, User, UserType, State string // UserType: user, servicePrincipal
	Default                                           bool
	Line                                              int
}
