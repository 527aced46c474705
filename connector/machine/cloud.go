package machine

import (
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/decode/tfstate"
)

var cloudRows = []*row{
	{category: "aws", what: "AWS CLI profiles", paths: paths{all: []string{"~/.aws/credentials", "~/.aws/config", "$AWS_SHARED_CREDENTIALS_FILE", "$AWS_CONFIG_FILE"}}, read: readAWS},
	{category: "aws", what: "AWS single sign-on and session caches", paths: paths{all: []string{"~/.aws/sso/cache/*.json", "~/.aws/cli/cache/*.json"}}, format: jsonKeys},
	{category: "gcloud", what: "Google application credentials",
		paths: paths{all: []string{"$GOOGLE_APPLICATION_CREDENTIALS", "$CLOUDSDK_CONFIG/application_default_credentials.json", "$CLOUDSDK_CONFIG/legacy_credentials/*/adc.json",
			"~/.config/gcloud/application_default_credentials.json", "~/.config/gcloud/legacy_credentials/*/adc.json"},
			windows: []string{"%APPDATA%/gcloud/application_default_credentials.json", "%APPDATA%/gcloud/legacy_credentials/*/adc.json"}}, read: readGoogle},
	{category: "gcloud", what: "Google service account keys in project folders", paths: paths{all: []string{"*service-account*.json", "*service_account*.json", "*serviceaccount*.json", "*-sa.json", "*-sa-key.json", "gcp-key*.json", "*gcp*credentials*.json", "google-credentials*.json", "application_default_credentials.json"}}, read: readGoogle},
	{category: "gcloud", what: "gcloud configurations",
		paths: paths{all: []string{"~/.config/gcloud/configurations/config_*", "$CLOUDSDK_CONFIG/configurations/config_*"}, windows: []string{"%APPDATA%/gcloud/configurations/config_*"}}, read: readGcloud},
	{category: "azure", what: "Azure CLI subscriptions", paths: paths{all: []string{"~/.azure/azureProfile.json", "$AZURE_CONFIG_DIR/azureProfile.json"}}, read: readAzure},
	{category: "azure", what: "Azure CLI token caches and service principals",
		paths: paths{all: []string{"~/.azure/msal_token_cache.json", "~/.azure/accessTokens.json", "~/.azure/service_principal_entries.json", "$AZURE_CONFIG_DIR/msal_token_cache.json"}}, format: "msal"},
}

// readAWS emits the key of each profile, and the roles that profiles assume.
func readAWS(f *file) error {
	c, err := decode.ParseAWS(f.data)
	acts := f.actingProfiles(c.Profiles)
	for _, p := range c.Profiles {
		var from drover.Ref
		s := spot{key: p.Name, line: p.Line, attrs: map[string]any{"profile": p.Name, "region": p.Region, "mfa_serial": p.MFASerial}}
		if p.SecretKey != "" {
			from = f.awsKey(p.AccessKeyID, p.SecretKey, s)
		}
		if p.SSOAccountID != "" && p.SSORoleName != "" {
			set := f.known("aws.permission_set", p.SSORoleName+" in "+p.SSOAccountID, map[string]any{"account_id": p.SSOAccountID, "role_name": p.SSORoleName},
				"aws-sso:"+p.SSOAccountID+"/"+p.SSORoleName)
			f.edge(drover.EdgeCanAssume, f.known("aws.profile", p.Name, map[string]any{"user": f.user()}, f.profileAlias(p.Name)), set, p.Line)
		}
		if p.CredentialProcess != "" {
			f.place(spot{key: p.Name, line: p.Line, attrs: map[string]any{"profile": p.Name, "credential_process": true}})
		}
		if from != "" && acts(p.Name) {
			f.edge(drover.EdgeAuthenticates, from, drover.UnseenRef(f.profileAlias(p.Name)), p.Line)
		}
		if p.RoleARN == "" {
			continue
		}
		to := f.awsRole(p.RoleARN)
		source := nonEmpty(p.SourceProfile, p.Name)
		who := f.known("aws.profile", source, map[string]any{"user": f.user()}, f.profileAlias(source))
		f.out.Edge(drover.Edge{From: who, To: to, Kind: drover.EdgeCanAssume, Part: "profile " + clip(p.Name), Grade: drover.GradeDeclared, Proof: f.at(p.Line),
			Cond: safeAttrs(map[string]any{"profile": p.Name, "source_profile": p.SourceProfile, "credential_source": p.CredentialSource, "mfa_serial": p.MFASerial, "external_id_set": p.ExternalID != "",
				"web_identity_token_file": p.WebIdentityTokenFile})})
	}
	return err
}

// actingProfiles tells which profiles something acts as: those that a profile
// names as the source of its role, or that take a role or a permission set
// themselves. The configuration of one user is two files, config and credentials,
// and either may say it. Where the other is there and cannot be read, it may name
// any of them.
func (f *file) actingProfiles(own []decode.AWSProfile) func(name string) bool {
	named, unknown := map[string]bool{}, false
	note := func(list []decode.AWSProfile) {
		for _, p := range list {
			if p.RoleARN != "" {
				named[nonEmpty(p.SourceProfile, p.Name)] = true
			}
			if p.SSOAccountID != "" && p.SSORoleName != "" {
				named[p.Name] = true
			}
		}
	}
	note(own)
	for _, name := range f.awsFiles() {
		data, _, err := f.disk.read(name, f.maxSize)
		if err != nil {
			unknown = unknown || !errors.Is(err, fs.ErrNotExist)
			continue
		}
		c, _ := decode.ParseAWS(data)
		note(c.Profiles)
	}
	return func(name string) bool { return unknown || named[name] }
}

// awsFiles are the other files of the configuration that a file is part of: those
// beside it, those of the home, and those that the environment names.
func (f *file) awsFiles() []string {
	dirs := []string{path.Dir(f.path)}
	if f.home != nil {
		dirs = append(dirs, path.Join(f.home.dir, ".aws"))
	}
	var list []string
	for _, dir := range dirs {
		list = append(list, path.Join(dir, "config"), path.Join(dir, "credentials"))
	}
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		if in, ok := f.disk.inside(f.env(name)); ok && f.env(name) != "" {
			list = append(list, in)
		}
	}
	for i, name := range list {
		if in, _, err := f.disk.resolve(name); err == nil {
			list[i] = in
		}
	}
	return slices.DeleteFunc(sortedUnique(list), func(name string) bool { return name == f.path })
}

// profileAlias names a profile of one user's AWS configuration.
func (f *file) profileAlias(name string) string {
	return "aws-profile:" + f.tenant + "/" + f.whose() + "/" + name
}

// profile is a named way in that a client's configuration offers to its user.
func (f *file) profile(typ, name string) drover.Ref {
	owner := f.user()
	ref := f.ref(strings.ReplaceAll(typ, ".", "_"), drover.Named(f.whose()+"/"+name))
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindIdentity, Type: typ, Name: clip(name), Attrs: safeAttrs(map[string]any{"user": owner})})
	return ref
}

// awsKey emits an access key and the principal that it is a key of.
func (f *file) awsKey(id string, secret drover.Secret, s spot) drover.Ref {
	c := credential{class: decode.ClassAWSKey, value: secret, typ: secretType(decode.ClassAWSKey), name: id}
	if id == "" {
		return f.credential(c, s)
	}
	c.aliases = []string{"aws-key:" + id}
	c.node.Attrs = safeAttrs(map[string]any{"account_id": awsAccount(id), "temporary": strings.HasPrefix(id, "ASIA")})
	ref := f.credential(c, s)
	who := f.known("aws.principal", "principal of "+id, map[string]any{"account_id": awsAccount(id)}, "aws-key-principal:"+id)
	f.edge(drover.EdgeAuthenticates, ref, who, s.line)
	return ref
}

// awsAccount is the account number that an access key id holds: the 5 bytes
// after its prefix, less the lowest 7 and the highest bit, for keys made since
// 2019 (published by Tal Be'ery, "A short note on AWS key ID"). "" for others.
func awsAccount(id string) string {
	if len(id) != 20 || !strings.HasPrefix(id, "AKIA") && !strings.HasPrefix(id, "ASIA") {
		return ""
	}
	b, err := base32.StdEncoding.DecodeString(id[4:])
	if err != nil || len(b) < 6 || id[4] < 'Q' && (id[4] < '2' || id[4] > '7') {
		return "" // older key ids hold no account
	}
	var n uint64
	for _, c := range b[:6] {
		n = n<<8 | uint64(c)
	}
	return fmt.Sprintf("%012d", (n&0x7fffffffff80)>>7)
}

// awsRole emits the role that an ARN names: by its name in its account, which
// means one role at any time, or by the ARN where that is not of IAM.
func (f *file) awsRole(arn string) drover.Ref {
	id := tfstate.Identity{Type: "aws.iam.role", Aliases: []string{arn}}
	n := drover.Node{Ref: stateRef(id), Kind: drover.KindIdentity, Type: id.Type, Name: clip(roleName(arn)), Aliases: id.Aliases, Attrs: safeAttrs(map[string]any{"account_id": arnAccount(arn)})}
	f.out.Node(n)
	return n.Ref
}

// roleName is the name at the end of an ARN, without its path.
func roleName(arn string) string {
	if i := strings.LastIndexByte(arn, '/'); i >= 0 {
		return arn[i+1:]
	}
	return arn
}

func arnAccount(arn string) string {
	if p := strings.Split(arn, ":"); len(p) > 5 {
		return p[4]
	}
	return ""
}

// readGoogle emits the key or token of one credentials file and its account.
func readGoogle(f *file) error {
	c, err := decode.ParseGoogle(f.data)
	if err != nil && f.project {
		return nil // found by its name alone: some other JSON
	}
	var who drover.Ref
	switch {
	case c.Type == "service_account" && c.Email != "":
		who = f.google(c.Email)
	case c.Type == "external_account":
		who = f.known("gcp.workload_identity", c.Audience, map[string]any{"source": c.Source}, "gcp-audience:"+c.Audience)
	case c.Email != "":
		who = f.google(c.Email)
	}
	for _, s := range c.Secrets {
		cred := credential{class: s.Class, value: s.Value, typ: secretType(s.Class)}
		if s.Class == decode.ClassGCPKey || s.Class == decode.ClassPrivateKey {
			cred.class, cred.typ, cred.name = decode.ClassGCPKey, secretType(decode.ClassGCPKey), c.KeyID
			if c.KeyID != "" {
				cred.aliases = []string{"gcp-key:" + c.KeyID}
			}
			cred.node.Attrs = safeAttrs(map[string]any{"private_key_id": c.KeyID, "project_id": c.ProjectID})
		}
		if s.Ref || s.Value == "" {
			continue
		}
		at := f.spotOf(s)
		at.attrs["project_id"], at.attrs["client_id"] = c.ProjectID, c.ClientID
		ref := f.credential(cred, at)
		if who != "" && s.Class != decode.ClassOAuthSecret {
			f.edge(drover.EdgeAuthenticates, ref, who, s.Line)
		}
	}
	if c.Impersonates != "" {
		to := f.google(c.Impersonates)
		if who == "" {
			who = f.profile("gcp.credentials", f.base())
		}
		f.edge(drover.EdgeCanAssume, who, to, 0)
	}
	return err
}

// google is the account of an address; those of service accounts end in a domain
// that nothing else can have.
func (f *file) google(email string) drover.Ref {
	name, domain, _ := strings.Cut(email, "@")
	if !strings.HasSuffix(domain, "gserviceaccount.com") {
		return f.known("gcp.user", email, nil, "email:"+email)
	}
	project := ""
	if p, ok := strings.CutSuffix(domain, ".iam.gserviceaccount.com"); ok && name != "" {
		project = p
	}
	return f.known("gcp.service_account", email, map[string]any{"project_id": project}, "email:"+email)
}

// readGcloud emits the account that a configuration acts as.
func readGcloud(f *file) error {
	c, err := decode.ParseGcloud(f.data)
	if c.Account == "" {
		return err
	}
	who := f.google(c.Account)
	f.fileTime(who)
	f.place(spot{attrs: map[string]any{"account": c.Account, "project": c.Project}})
	if c.Impersonate != "" {
		f.edge(drover.EdgeCanAssume, who, f.google(c.Impersonate), 0)
	}
	return err
}

// readAzure emits the accounts that the Azure CLI is signed in as.
func readAzure(f *file) error {
	list, err := decode.ParseAzureProfile(f.data)
	for _, a := range list {
		if a.User == "" {
			continue
		}
		typ, alias := "azure.user", "upn:"+a.User
		if strings.EqualFold(a.UserType, "servicePrincipal") {
			typ, alias = "azure.service_principal", "azure-app:"+a.User
		}
		who := f.known(typ, a.User, nil, alias)
		f.fileTime(who)
		f.edge(drover.EdgeCanAccess, who, drover.UnseenRef("azure-subscription:"+a.Subscription), a.Line)
	}
	return err
}
