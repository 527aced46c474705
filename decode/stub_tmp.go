package decode

// ParseMCP: name is the file name or path; it tells TOML and YAML from JSON.
func ParseMCP(name string, data []byte) ([]Server, error) { return nil, nil }

// ParseAgents reads any agent definition; name is the file name.
func ParseAgents(name string, data []byte) ([]Agent, error) { return nil, nil }
func ParseAWS(data []byte) (AWSConfig, error)               { return AWSConfig{}, nil }
func ParseGoogle(data []byte) (GoogleCredential, error)     { return GoogleCredential{}, nil }
func ParseGcloud(data []byte) (GcloudConfig, error)         { return GcloudConfig{}, nil }
func ParseAzureProfile(data []byte) ([]AzureAccount, error) { return nil, nil }
func ParsePasswd(data []byte) ([]PasswdEntry, error)        { return nil, nil }
func ParseGroup(data []byte) ([]GroupEntry, error)          { return nil, nil }
func ParseSudoers(data []byte) ([]SudoRule, error)          { return nil, nil }

// ParseCrontab: system crontabs (/etc/crontab, /etc/cron.d) have a user column.
func ParseCrontab(data []byte, system bool) (Crontab, error) { return Crontab{}, nil }

// ParseUnit: name is the file name ("backup.timer", "override.conf").
func ParseUnit(name string, data []byte) (Program, error) { return Program{}, nil }
func ParseLaunchd(data []byte) (Program, error)           { return Program{}, nil }
func ParseTask(data []byte) (Program, error)              { return Program{}, nil }

// ParseCI: path is the path inside the repository; it tells the system.
func ParseCI(path string, data []byte) (Pipeline, error) { return Pipeline{}, nil }
func ParseExtension(data []byte) (Extension, error)      { return Extension{}, nil }

// ParseCredentials reads one of CredentialFormats.
func ParseCredentials(format string, data []byte) ([]Found, error) { return nil, nil }

// CredentialFormat says which format a file of this path has, by its name alone; "" none.
// Formats: aws, google, docker, npmrc, yarnrc, pypirc, pip, netrc, git-credentials, gitconfig, gh, glab, hub, pgpass, mycnf, dotenv,
// tfrc, vault-token, helm, maven, gradle, cargo, composer, rclone, s3cfg, filezilla, kubeconfig, msal, snowflake, databricks, ...
func CredentialFormat(path string) string { return "" }
