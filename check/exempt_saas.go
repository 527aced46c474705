package check

import (
	"slices"
	"strings"
)

// byGoogle: service agents are Google's own accounts in a project, and keys of
// keyType SYSTEM_MANAGED are rotated by Google (Google Cloud documentation, Service
// agents; Service account keys).
func byGoogle(e *Estate, row int, name string) string {
	if e.Str(row, "keyType") == "SYSTEM_MANAGED" {
		return "managed by Google: it rotates the keys that it made itself"
	}
	mail := e.Str(row, "email")
	if mail == "" {
		mail = name
	}
	local, domain, ok := strings.Cut(mail, "@")
	project, google := strings.CutSuffix(domain, ".iam.gserviceaccount.com")
	switch {
	case !ok:
	case domain == "cloudservices.gserviceaccount.com" && digits(local):
		return "managed by Google: the service agent of the Google APIs"
	case google && strings.HasPrefix(local, "service-") && digits(local[len("service-"):]) && (strings.HasPrefix(project, "gcp-sa-") || slices.Contains(agentProjects, project)):
		return "managed by Google: a service agent"
	}
	return ""
}

// agentProjects are the projects of Google in which its service agents live, but
// for those whose names begin with gcp-sa- (Google Cloud documentation, Service
// agents reference).
var agentProjects = []string{"compute-system", "container-engine-robot", "containerregistry", "dataflow-service-producer-prod", "dataproc-accounts", "firebase-rules", "serverless-robot-prod",
	"gcf-admin-robot", "gs-project-accounts", "cloud-tpu", "service-networking", "sourcerepo-service-accounts", "cloudcomposer-accounts", "cloud-filer", "cloud-redis", "genomics-api", "endpoints-portal"}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// microsoftTenants own Microsoft's own applications (Microsoft Learn, Verify
// first-party Microsoft applications in sign-in reports).
var microsoftTenants = []string{"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"}

func byMicrosoft(e *Estate, row int, _ string) string {
	if slices.Contains(microsoftTenants, strings.ToLower(e.Str(row, "appOwnerOrganizationId"))) {
		return "managed by Microsoft: a first-party application, whose owner organisation is Microsoft"
	}
	return ""
}

// byGitHub: apps that GitHub owns itself, and the token that it makes for each
// run of a workflow.
func byGitHub(e *Estate, row int, name string) string {
	if a := e.Graph.Attrs(row); mentions(a, "github") {
		if a.Str("owner", "login") == "github" || a.Str("app", "owner", "login") == "github" {
			return "managed by GitHub: an app of its own"
		}
	}
	switch name {
	case "dependabot[bot]", "github-actions[bot]", "github-advanced-security[bot]", "github-merge-queue[bot]", "github-pages[bot]", "web-flow":
		return "managed by GitHub: an app of its own"
	case "GITHUB_TOKEN":
		return "managed by GitHub: a token that it makes for each run and that ends with it"
	}
	return ""
}

// byGitLab: internal users of the instance (GitLab documentation, Internal users).
func byGitLab(e *Estate, row int, _ string) string {
	switch e.Str(row, "user_type") {
	case "ghost", "alert_bot", "support_bot", "security_bot", "migration_bot", "automation_bot", "security_policy_bot", "admin_bot", "suggested_reviewers_bot", "duo_code_review_bot", "llm_bot", "placeholder", "import_user":
		return "managed by GitLab: an internal user of the instance"
	}
	return ""
}

// byActiveDirectory: accounts that the directory itself needs, by their well-known
// relative identifiers (Microsoft Learn, Active Directory accounts). The built-in
// Administrator is the organisation's to guard.
func byActiveDirectory(e *Estate, row int, name string) string {
	sid := e.Str(row, "objectSid")
	rid := sid[strings.LastIndexByte(sid, '-')+1:]
	switch {
	case rid == "502" || strings.EqualFold(name, "krbtgt") || strings.HasPrefix(strings.ToLower(name), "krbtgt_"):
		return "managed by Active Directory: the account of the key distribution centre, which nobody signs in to"
	case rid == "503" && strings.HasPrefix(sid, "S-1-5-21-") || strings.EqualFold(name, "DefaultAccount"):
		return "managed by Windows: a built-in account that is switched off"
	case strings.HasPrefix(sid, "S-1-5-") && !strings.HasPrefix(sid, "S-1-5-21-") && !strings.HasPrefix(sid, "S-1-5-32-"):
		return "managed by Windows: a well-known principal of the operating system"
	}
	return ""
}

func byOkta(e *Estate, row int, name string) string {
	switch e.Str(row, "name") {
	case "saasure", "okta_enduser", "okta_browser_plugin", "okta_flow_sso", "okta_iga":
		return "managed by Okta: an application of its own"
	}
	switch name {
	case "Okta Admin Console", "Okta Dashboard", "Okta Browser Plugin":
		return "managed by Okta: an application of its own"
	}
	return ""
}

func bySlack(_ *Estate, _ int, name string) string {
	if name == "slackbot" || name == "USLACKBOT" {
		return "managed by Slack: its own bot"
	}
	return ""
}

// bySalesforce: users that Salesforce acts as (Salesforce Help, Automated Process
// user).
func bySalesforce(e *Estate, row int, _ string) string {
	switch e.Str(row, "UserType") {
	case "AutomatedProcess", "CloudIntegrationUser":
		return "managed by Salesforce: a user that it acts as itself"
	}
	return ""
}

func bySnowflake(_ *Estate, _ int, name string) string {
	if name == "SNOWFLAKE" {
		return "managed by Snowflake: a user of its own"
	}
	return ""
}

// byRACF: entries of the data base that are no user (z/OS Security Server RACF
// Security Administrator's Guide).
func byRACF(_ *Estate, _ int, name string) string {
	switch strings.ToLower(name) {
	case "irrcerta", "irrsitec", "irrmulti":
		return "managed by RACF: an anchor of its certificates, which is no user"
	}
	return ""
}

// byIBMi: profiles that IBM supplies (IBM i documentation, IBM-supplied user
// profiles). QSECOFR and the service profiles have passwords, which are the
// organisation's to guard.
func byIBMi(e *Estate, row int, name string) string {
	if !strings.HasPrefix(name, "Q") || slices.Contains([]string{"QSECOFR", "QSYSOPR", "QPGMR", "QUSER", "QSRV", "QSRVBAS"}, name) {
		return ""
	}
	a := e.Graph.Attrs(row)
	if pw, _ := a.Get("PASSWORD").(string); strings.EqualFold(pw, "*NONE") || a.Str("no_password") == "*YES" {
		return "managed by IBM i: an IBM-supplied profile without a password"
	}
	return ""
}
