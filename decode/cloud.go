package decode

import (
	"strings"

	"github.com/droverhq/drover"
)

// AWSConfig is ~/.aws/config or ~/.aws/credentials, which have one grammar.
type AWSConfig struct {
	Profiles []AWSProfile
	Sessions []AWSSession // [sso-session x]
}

// AWSProfile is one profile (AWS SDKs and Tools Reference Guide). Empty fields
// are not set in this file.
type AWSProfile struct {
	Name, AccessKeyID                                   string
	SecretKey, SessionToken                             drover.Secret
	RoleARN, SourceProfile, CredentialSource            string
	CredentialProcess, WebIdentityTokenFile, ExternalID string
	MFASerial, Region                                   string
	SSOSession, SSOStartURL, SSOAccountID, SSORoleName  string
	Line                                                int
	SecretLine                                          int // of the secret key; 0 none
}

// AWSSession is one sso-session section.
type AWSSession struct {
	Name, StartURL, Region string
	Line                   int
}

// ParseAWS reads the shared files of the AWS SDKs. The profile "[profile x]" of
// config and "[x]" of credentials are both named x.
func ParseAWS(data []byte) (AWSConfig, error) {
	pairs, err := ini("AWS configuration", data, true)
	var c AWSConfig
	place := map[string]int{}
	for _, p := range pairs {
		if name, ok := strings.CutPrefix(p.section, "sso-session "); ok {
			c.session(strings.TrimSpace(unquote(name)), p)
			continue
		}
		if strings.HasPrefix(p.section, "services ") || strings.HasPrefix(p.section, "plugins") || p.section == "preview" {
			continue
		}
		name := strings.TrimSpace(unquote(strings.TrimSpace(strings.TrimPrefix(p.section, "profile "))))
		i, ok := place[name]
		if !ok {
			i = len(c.Profiles)
			place[name] = i
			c.Profiles = append(c.Profiles, AWSProfile{Name: name, Line: p.line})
		}
		c.Profiles[i].set(p)
	}
	return c, err
}

func (c *AWSConfig) session(name string, p pair) {
	if p.first {
		c.Sessions = append(c.Sessions, AWSSession{Name: name, Line: p.line})
		return
	}
	s := &c.Sessions[len(c.Sessions)-1]
	switch p.key {
	case "sso_start_url":
		s.StartURL = p.value
	case "sso_region":
		s.Region = p.value
	}
}

func (a *AWSProfile) set(p pair) {
	fields := map[string]*string{
		"aws_access_key_id": &a.AccessKeyID, "role_arn": &a.RoleARN, "source_profile": &a.SourceProfile, "credential_source": &a.CredentialSource,
		"credential_process": &a.CredentialProcess, "web_identity_token_file": &a.WebIdentityTokenFile, "external_id": &a.ExternalID,
		"mfa_serial": &a.MFASerial, "region": &a.Region, "sso_session": &a.SSOSession, "sso_start_url": &a.SSOStartURL,
		"sso_account_id": &a.SSOAccountID, "sso_role_name": &a.SSORoleName,
	}
	switch key := strings.ToLower(p.key); key {
	case "aws_secret_access_key":
		a.SecretKey, a.SecretLine = drover.Secret(p.value), p.line
	case "aws_session_token", "aws_security_token":
		a.SessionToken = drover.Secret(p.value)
	default:
		if f := fields[key]; f != nil {
			*f = p.value
		}
	}
}

// GoogleCredential is a JSON file of Google application credentials.
type GoogleCredential struct {
	Type         string // service_account, authorized_user, external_account, impersonated_service_account, …
	ProjectID    string
	Email        string // client_email
	ClientID     string // the account's unique id, or the OAuth client
	KeyID        string // private_key_id
	Audience     string // external_account
	Impersonates string // service account email out of service_account_impersonation_url
	Source       string // external_account: "file …", "url …", "executable …", "aws"
	QuotaProject string
	Secrets      []Found
}

// ParseGoogle reads service account keys, application default credentials and
// workload identity federation files (AIP-4110 and on).
func ParseGoogle(data []byte) (GoogleCredential, error) {
	v, err := parseJSON("Google credential", data)
	g := GoogleCredential{Type: v.str("type"), ProjectID: v.str("project_id"), Email: v.str("client_email"), ClientID: v.str("client_id"),
		KeyID: v.str("private_key_id"), Audience: v.str("audience"), QuotaProject: v.str("quota_project_id")}
	if err == nil && g.Type == "" && v.first("installed", "web") == nil {
		err = bad("Google credential", 0, "no type")
	}
	url := v.str("service_account_impersonation_url")
	if i := strings.LastIndex(url, "/serviceAccounts/"); i >= 0 {
		g.Impersonates, _, _ = strings.Cut(url[i+len("/serviceAccounts/"):], ":")
	}
	switch src := v.get("credential_source"); {
	case src.str("file") != "":
		g.Source = "file " + src.str("file")
	case src.get("executable") != nil:
		g.Source = "executable " + siftCommand(&g.Secrets, src.str("executable", "command"), "credential_source.executable.command", src.at())
	case src.str("environment_id") != "":
		g.Source = "aws"
	case src.str("url") != "":
		g.Source = "url " + siftURL(&g.Secrets, src.str("url"), "credential_source.url", src.at())
	}
	place := []string{}
	in := v
	for _, k := range []string{"installed", "web"} {
		if c := v.get(k); c != nil {
			in, place, g.Type = c, []string{k}, "oauth_client"
			g.ClientID, g.ProjectID = c.str("client_id"), c.str("project_id")
		}
	}
	for k, class := range map[string]string{"private_key": ClassGCPKey, "client_secret": ClassOAuthSecret, "refresh_token": ClassRefreshToken} {
		if f, ok := secretOf(class, k, in.str(k), joinPath(append(place, k)...), in.get(k).at()); ok {
			f.Account = g.Email
			if f.Account == "" {
				f.Account = g.ClientID
			}
			g.Secrets = append(g.Secrets, f)
		}
	}
	if src := v.get("source_credentials"); src != nil {
		if f, ok := secretOf(ClassRefreshToken, "refresh_token", src.str("refresh_token"), "source_credentials.refresh_token", src.get("refresh_token").at()); ok {
			f.Account = src.str("client_id")
			g.Secrets = append(g.Secrets, f)
		}
	}
	sortFound(g.Secrets)
	return g, err
}

// GcloudConfig is one file of gcloud's configurations folder.
type GcloudConfig struct{ Account, Project, Impersonate, CredentialFile string }

// ParseGcloud reads a gcloud configuration ("configurations/config_default").
func ParseGcloud(data []byte) (GcloudConfig, error) {
	pairs, err := ini("gcloud configuration", data, false)
	var g GcloudConfig
	for _, p := range pairs {
		switch p.section + "/" + p.key {
		case "core/account":
			g.Account = p.value
		case "core/project":
			g.Project = p.value
		case "auth/impersonate_service_account":
			g.Impersonate = p.value
		case "auth/credential_file_override":
			g.CredentialFile = p.value
		}
	}
	return g, err
}

// AzureAccount is one subscription of azureProfile.json.
type AzureAccount struct {
	Subscription, Name, Tenant, User, UserType, State string // UserType: user, servicePrincipal
	Default                                           bool
	Line                                              int
}

// ParseAzureProfile reads the subscriptions that az has signed in to.
func ParseAzureProfile(data []byte) ([]AzureAccount, error) {
	v, err := parseJSON("azureProfile.json", data)
	var out []AzureAccount
	for _, s := range v.each("subscriptions") {
		def, _ := s.yes("isDefault")
		out = append(out, AzureAccount{Subscription: s.str("id"), Name: s.str("name"), Tenant: s.str("tenantId"),
			User: s.str("user", "name"), UserType: s.str("user", "type"), State: s.str("state"), Default: def, Line: s.line})
	}
	return out, err
}
