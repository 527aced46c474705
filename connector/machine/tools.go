package machine

// Formats of package decode that read any file of a grammar, and take as secret
// what its keys say is one.
const (
	jsonKeys = "msal"
	yamlKeys = "helm"
	tomlKeys = "cargo"
	iniKeys  = "databricks"
)

var toolRows = []*row{
	{category: "docker", what: "container registry logins", paths: paths{
		all:   []string{"~/.docker/config.json", "$DOCKER_CONFIG/config.json", "~/.dockercfg", "~/.config/containers/auth.json", ".docker/config.json"},
		linux: []string{"/etc/containers/auth.json", "/var/lib/kubelet/config.json", "/run/containers/*/auth.json"}}, format: "docker"},
	{category: "pip", what: "Python index logins", paths: paths{
		all:     []string{"~/.pip/pip.conf", "~/.config/pip/pip.conf", "$PIP_CONFIG_FILE", "pip.conf"},
		linux:   []string{"/etc/pip.conf", "/etc/xdg/pip/pip.conf"},
		darwin:  []string{"~/Library/Application Support/pip/pip.conf", "/Library/Application Support/pip/pip.conf"},
		windows: []string{"~/pip/pip.ini", "%APPDATA%/pip/pip.ini", "/ProgramData/pip/pip.ini"}}, format: "pip"},
	{category: "pip", what: "Python upload logins", paths: paths{all: []string{"~/.pypirc", ".pypirc"}}, format: "pypirc"},
	{category: "netrc", what: ".netrc logins", paths: paths{all: []string{"~/.netrc", "$NETRC", "/etc/netrc"}, windows: []string{"~/_netrc"}}, format: "netrc"},

	{category: "npm", what: "npm registry logins", paths: paths{
		all:   []string{"~/.npmrc", "$NPM_CONFIG_USERCONFIG", ".npmrc"},
		linux: []string{"/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc"}, windows: []string{"%APPDATA%/npm/etc/npmrc"}}, format: "npmrc"},
	{category: "npm", what: "Yarn registry logins", paths: paths{all: []string{"~/.yarnrc.yml", ".yarnrc.yml"}}, format: "yarnrc"},

	{category: "git", what: "stored git passwords", paths: paths{all: []string{"~/.git-credentials", "~/.config/git/credentials"}}, format: "git-credentials"},
	{category: "git", what: "git settings and remotes with a login in them", paths: paths{all: []string{"~/.gitconfig", "~/.config/git/config", "/etc/gitconfig", ".git/config"}}, read: readGitConfig},
	{category: "git", what: "GitHub CLI logins", paths: paths{all: []string{"~/.config/gh/hosts.yml", "$GH_CONFIG_DIR/hosts.yml"}, windows: []string{"%APPDATA%/GitHub CLI/hosts.yml"}}, format: "gh"},
	{category: "git", what: "GitLab CLI logins", paths: paths{all: []string{"~/.config/glab-cli/config.yml"}, darwin: []string{"~/Library/Application Support/glab-cli/config.yml"}, windows: []string{"%LOCALAPPDATA%/glab-cli/config.yml"}}, format: "glab"},
	{category: "git", what: "hub logins", paths: paths{all: []string{"~/.config/hub"}}, format: "gh"},

	{category: "databases", what: "PostgreSQL passwords", paths: paths{all: []string{"~/.pgpass", "$PGPASSFILE"}, windows: []string{"%APPDATA%/postgresql/pgpass.conf"}}, format: "pgpass"},
	{category: "databases", what: "PostgreSQL services", paths: paths{all: []string{"~/.pg_service.conf", "$PGSERVICEFILE"}, linux: []string{"/etc/postgresql-common/pg_service.conf"}}, format: "pg-service"},
	{category: "databases", what: "MySQL client passwords", paths: paths{all: []string{"~/.my.cnf", ".my.cnf"}, linux: []string{"/etc/mysql/debian.cnf", "/etc/my.cnf", "/etc/mysql/my.cnf", "/etc/my.cnf.d/*.cnf", "/etc/mysql/conf.d/*.cnf"}, windows: []string{"%APPDATA%/MySQL/my.cnf"}}, format: "mycnf"},
	{category: "databases", what: "Snowflake connections", paths: paths{all: []string{"~/.snowflake/connections.toml", "~/.snowflake/config.toml", "~/.config/snowflake/connections.toml"}}, format: "snowflake"},
	{category: "databases", what: "SnowSQL connections", paths: paths{all: []string{"~/.snowsql/config", "~/.snowsql.cnf"}, linux: []string{"/etc/snowsql.cnf"}}, format: "snowsql"},
	{category: "databases", what: "Databricks profiles", paths: paths{all: []string{"~/.databrickscfg", "$DATABRICKS_CONFIG_FILE"}}, format: "databricks"},
	{category: "databases", what: "dbt profiles", paths: paths{all: []string{"~/.dbt/profiles.yml"}}, format: yamlKeys},

	{category: "tools", what: "Terraform registry tokens", paths: paths{all: []string{"~/.terraform.d/credentials.tfrc.json"}, windows: []string{"%APPDATA%/terraform.d/credentials.tfrc.json"}}, format: "tfrc"},
	{category: "tools", what: "Terraform CLI settings", paths: paths{all: []string{"~/.terraformrc", "~/.tofurc", "$TF_CLI_CONFIG_FILE"}, windows: []string{"%APPDATA%/terraform.rc"}}, format: "tfvars"},
	{category: "tools", what: "Vault tokens", paths: paths{all: []string{"~/.vault-token"}}, format: "vault-token"},
	{category: "tools", what: "Helm repositories and registries", paths: paths{all: []string{"~/.config/helm/repositories.yaml"}, darwin: []string{"~/Library/Preferences/helm/repositories.yaml"}, windows: []string{"%APPDATA%/helm/repositories.yaml"}}, format: "helm"},
	{category: "tools", what: "Helm registry logins", paths: paths{all: []string{"~/.config/helm/registry/config.json"}, darwin: []string{"~/Library/Preferences/helm/registry/config.json"}, windows: []string{"%APPDATA%/helm/registry/config.json"}}, format: "docker"},
	{category: "tools", what: "Maven servers", paths: paths{all: []string{"~/.m2/settings.xml"}, linux: []string{"/etc/maven/settings.xml"}}, format: "maven"},
	{category: "tools", what: "Gradle properties", paths: paths{all: []string{"~/.gradle/gradle.properties", "gradle.properties"}}, format: "gradle"},
	{category: "tools", what: "Cargo registry tokens", paths: paths{all: []string{"~/.cargo/credentials.toml", "~/.cargo/credentials", "$CARGO_HOME/credentials.toml"}}, format: "cargo"},
	{category: "tools", what: "Composer logins", paths: paths{all: []string{"~/.composer/auth.json", "~/.config/composer/auth.json"}, windows: []string{"%APPDATA%/Composer/auth.json"}}, format: "composer"},
	{category: "tools", what: "NuGet sources", paths: paths{all: []string{"~/.nuget/NuGet/NuGet.Config", "~/.config/NuGet/NuGet.Config", "nuget.config"}, windows: []string{"%APPDATA%/NuGet/NuGet.Config"}}, format: "nuget"},
	{category: "tools", what: "RubyGems keys", paths: paths{all: []string{"~/.gem/credentials", "~/.local/share/gem/credentials"}}, format: "rubygems"},
	{category: "tools", what: "rclone remotes", paths: paths{all: []string{"~/.config/rclone/rclone.conf", "$RCLONE_CONFIG"}, windows: []string{"%APPDATA%/rclone/rclone.conf"}}, format: "rclone"},
	{category: "tools", what: "s3cmd settings", paths: paths{all: []string{"~/.s3cfg"}, windows: []string{"%APPDATA%/s3cmd.ini"}}, format: "s3cfg"},
	{category: "tools", what: "FileZilla sites", paths: paths{all: []string{"~/.config/filezilla/sitemanager.xml", "~/.config/filezilla/recentservers.xml"}, windows: []string{"%APPDATA%/FileZilla/sitemanager.xml", "%APPDATA%/FileZilla/recentservers.xml"}}, format: "filezilla"},
	{category: "tools", what: "Hugging Face tokens", paths: paths{all: []string{"~/.cache/huggingface/token", "~/.huggingface/token"}}, read: readBareToken},
	{category: "tools", what: "DigitalOcean CLI", paths: paths{all: []string{"~/.config/doctl/config.yaml"}, darwin: []string{"~/Library/Application Support/doctl/config.yaml"}, windows: []string{"%APPDATA%/doctl/config.yaml"}}, format: "doctl"},
	{category: "tools", what: "fly.io CLI", paths: paths{all: []string{"~/.fly/config.yml"}}, format: yamlKeys},
	{category: "tools", what: "CircleCI CLI", paths: paths{all: []string{"~/.circleci/cli.yml"}}, format: yamlKeys},
	{category: "tools", what: "Sentry CLI", paths: paths{all: []string{"~/.sentryclirc", ".sentryclirc"}}, format: iniKeys},
	{category: "tools", what: "Okta CLI and SDK", paths: paths{all: []string{"~/.okta/okta.yaml"}}, format: yamlKeys},
	{category: "tools", what: "Oracle Cloud CLI", paths: paths{all: []string{"~/.oci/config"}}, format: "oci"},
	{category: "tools", what: "Google Cloud Storage (boto)", paths: paths{all: []string{"~/.boto"}}, format: "s3cfg"},
	{category: "tools", what: "Hugging Face stored tokens", paths: paths{all: []string{"~/.cache/huggingface/stored_tokens"}}, format: iniKeys},
	{category: "tools", what: "Kaggle keys", paths: paths{all: []string{"~/.kaggle/kaggle.json", "~/.config/kaggle/kaggle.json"}}, format: jsonKeys},
	{category: "tools", what: "Wrangler (Cloudflare) logins", paths: paths{all: []string{"~/.wrangler/config/default.toml", "~/.config/.wrangler/config/default.toml"}}, format: tomlKeys},
	{category: "tools", what: "Pulumi logins", paths: paths{all: []string{"~/.pulumi/credentials.json"}}, format: "pulumi"},
	{category: "tools", what: "Ansible Galaxy tokens", paths: paths{all: []string{"~/.ansible/galaxy_token"}}, format: yamlKeys},
}
