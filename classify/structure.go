package classify

import "github.com/droverhq/drover"

// A typeRule says what a vendor's type, with a condition on its attributes,
// tells. All rules of the best matching type pattern whose condition holds are
// read in order: the first with a weight decides the group "type", the first
// with an nhi_type decides that.
//
// types is one or more patterns with "|" between; "*" at the end matches any
// ending, at the beginning any vendor. An exact type wins over a pattern, a
// longer pattern over a shorter one. cond is terms joined by " & ":
// "a.b" is set and not false; "!a" is not; "a=x|y" equals one, case folded;
// "a^=x" begins with, "a$=x" ends with, "a~=x" contains. "@name", "@trust" and
// "@alias" stand for the input's own fields, any member of the lists.
type typeRule struct {
	types   string
	cond    string
	nhi     drover.NHIType
	weight  float64
	text    string
	verdict drover.Verdict // VerdictShared where the structure itself says shared
	tier0   string         // why whoever holds this one holds everything; "": no statement
}

const decisive = 6

// structure is the table. Attribute names are the vendors' own.
var structure = []typeRule{
	// Amazon Web Services
	{types: "aws.iam.user", cond: "PasswordLastUsed", weight: -3, text: "signed in at the console"},
	{types: "aws.iam.user", cond: "password_enabled=true", weight: -2.5, text: "has a console password"},
	{types: "aws.iam.user", cond: "LoginProfile", weight: -2.5, text: "has a console password"},
	{types: "aws.iam.user", cond: "ConsoleAccess=true", weight: -2.5, text: "has a console password"},
	{types: "aws.iam.user", cond: "Path^=/service|/svc|/system|/bot|/automation|/ci|/app", nhi: drover.NHIServiceAccount, weight: 3, text: "lies under a path of service accounts"},
	{types: "aws.iam.user", cond: "password_enabled=false & access_key_1_active=true", nhi: drover.NHIServiceAccount, weight: 3, text: "has access keys and no console password"},
	{types: "aws.iam.user", cond: "ConsoleAccess=false", nhi: drover.NHIServiceAccount, weight: 3, text: "has no console password"},
	{types: "aws.iam.user", cond: "@name=<root_account>|root", verdict: drover.VerdictShared, text: "is the root of an account, nobody's own", tier0: "the root of an AWS account can do everything in it"},
	{types: "aws.iam.user", nhi: drover.NHIServiceAccount},
	{types: "aws.iam.root|aws.iam.root_user|aws.account.root", verdict: drover.VerdictShared, text: "is the root of an account, nobody's own", tier0: "the root of an AWS account can do everything in it"},
	{types: "aws.iam.role", cond: "@name^=AWSReservedSSO_", weight: -decisive, text: "is a permission set that people reach by single sign-on"},
	{types: "aws.iam.role", cond: "Path^=/aws-reserved/sso.amazonaws.com", weight: -decisive, text: "is a permission set that people reach by single sign-on"},
	{types: "aws.iam.role", cond: "Path^=/aws-service-role/", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a service-linked role"},
	{types: "aws.iam.role", cond: "@trust~=saml-provider", weight: -4, text: "trusts a SAML provider: people sign in to it"},
	{types: "aws.iam.role", cond: "AssumeRolePolicyDocument~=saml-provider|assumerolewithsaml", weight: -4, text: "trusts a SAML provider: people sign in to it"},
	{types: "aws.iam.role", cond: "@trust~=amazonaws.com|oidc|token.actions", nhi: drover.NHIServiceAccount, weight: decisive, text: "trusts a service or a workload issuer"},
	{types: "aws.iam.role", cond: "AssumeRolePolicyDocument~=.amazonaws.com|oidc|token.actions", nhi: drover.NHIServiceAccount, weight: decisive, text: "trusts a service or a workload issuer"},
	{types: "aws.iam.role", nhi: drover.NHIServiceAccount, weight: 2.5, text: "is a role: nobody signs in as it without another identity"},
	{types: "aws.iam.instance_profile", nhi: drover.NHIServiceAccount, weight: decisive, text: "is an instance profile"},
	{types: "aws.service|aws.service_principal", nhi: drover.NHIApplication, weight: decisive, text: "is a service of the provider"},
	{types: "aws.identitystore.user|aws.sso.user|aws.identitycenter.user", weight: -decisive, text: "is a person provisioned for single sign-on"},
	{types: "aws.bedrock.agent|aws.bedrock.agent*", nhi: drover.NHIAIAgent, weight: decisive, text: "is an AI agent"},
	{types: "aws.iot.thing", nhi: drover.NHIIoTDevice, weight: decisive, text: "is a device"},
	{types: "aws.acm.certificate", nhi: drover.NHICertificate, weight: decisive, text: "is a certificate"},
	{types: "aws.lambda.function", nhi: drover.NHIApplication, weight: decisive, text: "is a function"},
	{types: "aws.ec2.instance", nhi: drover.NHIMachine, weight: decisive, text: "is a virtual machine"},
	{types: "aws.ecs.task|aws.ecs.task*|aws.ecs.service", nhi: drover.NHIContainer, weight: decisive, text: "is a container task"},

	// Google Cloud and Workspace
	{types: "gcp.service_account|gcp.iam.service_account|gcp.serviceaccount", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a service account"},
	{types: "gcp.service_agent", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a service agent of the provider"},
	{types: "gcp.user|google.user|gworkspace.user|googleworkspace.user|google_workspace.user", cond: "isEnrolledIn2Sv=true", weight: -decisive, text: "is a user with a second factor"},
	{types: "gcp.user|google.user|gworkspace.user|googleworkspace.user|google_workspace.user", weight: -2, text: "is a user of the directory"},
	{types: "gcp.api_key|gcp.apikey", nhi: drover.NHIAPIClient, weight: decisive, text: "is an API key"},
	{types: "gcp.vertex.agent|gcp.dialogflow.agent|gcp.reasoning_engine", nhi: drover.NHIAIAgent, weight: decisive, text: "is an AI agent"},

	// Microsoft Entra ID and Azure
	{types: "entra.service_principal|azure.service_principal|azuread.service_principal|entra.serviceprincipal", cond: "servicePrincipalType=ManagedIdentity", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a managed identity"},
	{types: "entra.service_principal|azure.service_principal|azuread.service_principal|entra.serviceprincipal", cond: "servicePrincipalType=ServiceIdentity|AgentIdentity", nhi: drover.NHIAIAgent, weight: decisive, text: "is an agent identity"},
	{types: "entra.service_principal|azure.service_principal|azuread.service_principal|entra.serviceprincipal", cond: "tags~=agentic", nhi: drover.NHIAIAgent, weight: decisive, text: "is tagged as an agent by its platform"},
	{types: "entra.service_principal|azure.service_principal|azuread.service_principal|entra.serviceprincipal", nhi: drover.NHIApplication, weight: decisive, text: "is a service principal"},
	{types: "entra.application|azure.application|entra.app|azuread.application|entra.app_registration", nhi: drover.NHIApplication, weight: decisive, text: "is an app registration"},
	{types: "entra.managed_identity|azure.managed_identity|azure.user_assigned_identity|azure.system_assigned_identity", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a managed identity"},
	{types: "entra.agent_identity|entra.agentidentity|entra.agentIdentity|entra.agent*", nhi: drover.NHIAIAgent, weight: decisive, text: "is an agent identity"},
	{types: "entra.device|azure.device", nhi: drover.NHIMachine, weight: decisive, text: "is a device"},
	{types: "azure.vm|azure.virtual_machine|gcp.compute.instance|gcp.instance", nhi: drover.NHIMachine, weight: decisive, text: "is a virtual machine"},
	{types: "azure.container*|gcp.cloud_run*", nhi: drover.NHIContainer, weight: decisive, text: "is a container"},
	{types: "entra.user|azure.user|azuread.user|m365.user|exchange.mailbox", cond: "recipientTypeDetails=SharedMailbox|RoomMailbox|EquipmentMailbox", verdict: drover.VerdictShared, text: "is a shared, room or equipment mailbox"},
	{types: "entra.user|azure.user|azuread.user|m365.user", cond: "@name^=Sync_", nhi: drover.NHIServiceAccount, weight: decisive, text: "is the directory synchronisation account"},
	{types: "entra.user|azure.user|azuread.user|m365.user", cond: "userType=Guest", weight: -3, text: "is an invited guest"},
	{types: "entra.user|azure.user|azuread.user|m365.user", weight: -2, text: "is a user of the directory"},

	// Kubernetes
	{types: "k8s.service_account|kubernetes.service_account|k8s.serviceaccount|kubernetes.serviceaccount", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a service account"},
	{types: "k8s.pod|kubernetes.pod|k8s.container|kubernetes.container|docker.container|podman.container", nhi: drover.NHIContainer, weight: decisive, text: "is a container"},
	{types: "k8s.node|kubernetes.node", nhi: drover.NHIMachine, weight: decisive, text: "is a node"},
	{types: "k8s.user|kubernetes.user|kubeconfig.user", cond: "@name^=system:node:", nhi: drover.NHIMachine, weight: decisive, text: "is a node"},
	{types: "k8s.user|kubernetes.user|kubeconfig.user", cond: "@name^=system:serviceaccount:", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a service account"},
	{types: "k8s.user|kubernetes.user|kubeconfig.user", cond: "@name^=system:|eks:|aks:|gke:", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a component of the control plane"},
	{types: "k8s.user|kubernetes.user|kubeconfig.user", cond: "@name~=@", weight: -3, text: "is a user of an identity provider"},
	{types: "k8s.user|kubernetes.user|kubeconfig.user", nhi: drover.NHICertificate},

	// PostgreSQL and other databases
	{types: "mssql.login", cond: "@name^=##|NT SERVICE\\|NT AUTHORITY\\", nhi: drover.NHIServiceAccount, weight: decisive, text: "is an account of the system"},
	{types: "postgres.role", cond: "@name^=pg_", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a role of the system"},
	{types: "postgres.role", cond: "@name^=rds|cloudsql|azure_|azuresu|alloydb|google_|neon_|supabase_", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a role of the hosting provider"},
	{types: "postgres.role", cond: "rolreplication=true & !rolsuper", nhi: drover.NHIServiceAccount, weight: 4, text: "may replicate: a standby or a backup tool logs in as it"},
	{types: "postgres.role", cond: "@name=postgres", nhi: drover.NHIServiceAccount, weight: 2.5, text: "is the bootstrap superuser", tier0: "a superuser can do everything in the cluster"},
	{types: "postgres.role", cond: "auth_method=ldap|gss|sspi|oauth|oidc", weight: -2, text: "signs in by the directory"},
	{types: "postgres.role", cond: "auth_method=cert", nhi: drover.NHIServiceAccount, weight: 2, text: "signs in by certificate"},
	{types: "postgres.role", cond: "rolcanlogin=false", nhi: drover.NHIServiceAccount, weight: 1, text: "cannot log in"},
	{types: "postgres.role", cond: "rolsuper=true", nhi: drover.NHIServiceAccount, tier0: "a superuser can do everything in the cluster"},
	{types: "postgres.role|mysql.user|mariadb.user|mssql.login|oracle.user|mongodb.user|redis.user|clickhouse.user|cassandra.role|cockroachdb.role", nhi: drover.NHIServiceAccount, weight: 0.4, text: "is a database account: most are an application's"},
	{types: "snowflake.user", cond: "type=SERVICE|LEGACY_SERVICE", nhi: drover.NHIServiceAccount, weight: decisive, text: "is declared a service user"},
	{types: "snowflake.user", cond: "type=PERSON", weight: -decisive, text: "is declared a person"},
	{types: "snowflake.user", nhi: drover.NHIServiceAccount},

	// GitHub and GitLab, CI
	{types: "github.app|github.app_installation|github.installation|github.oauth_app|github.appinstallation", nhi: drover.NHIApplication, weight: decisive, text: "is an app"},
	{types: "github.user|github.member", cond: "type=Bot", nhi: drover.NHIBot, weight: decisive, text: "is flagged a bot by its platform"},
	{types: "github.user|github.member", cond: "@name$=[bot]", nhi: drover.NHIBot, weight: decisive, text: "is flagged a bot by its platform"},
	{types: "github.user|github.member|github.external_identity", weight: -2, text: "is a user account, made for people"},
	{types: "github.pat|github.personal_access_token|github.token|github.deploy_key|github.deploykey|gitlab.token|gitlab.access_token|gitlab.deploy_token|gitlab.deploy_key|gitlab.personal_access_token", nhi: drover.NHIAPIClient, weight: decisive, text: "is a token or key"},
	{types: "github.actions*|github.workflow|github.runner|gitlab.runner|jenkins.agent", nhi: drover.NHIBot, weight: 5, text: "is a build runner or workflow"},
	{types: "gitlab.user", cond: "bot=true", nhi: drover.NHIBot, weight: decisive, text: "is flagged a bot by its platform"},
	{types: "gitlab.user", cond: "user_type=service_account", nhi: drover.NHIServiceAccount, weight: decisive, text: "is declared a service account"},
	{types: "gitlab.user", cond: "user_type=project_bot|group_bot|alert_bot|support_bot|security_bot|automation_bot|ghost", nhi: drover.NHIBot, weight: decisive, text: "is declared a bot"},
	{types: "gitlab.user", cond: "email$=noreply.gitlab.com & email^=service_account", nhi: drover.NHIServiceAccount, weight: decisive, text: "has the address of a service account"},
	{types: "gitlab.user", cond: "@name^=service_account_", nhi: drover.NHIServiceAccount, weight: decisive, text: "has the reserved name of a service account"},
	{types: "gitlab.user", cond: "@name^=project_|group_ & @name~=_bot", nhi: drover.NHIBot, weight: decisive, text: "has the reserved name of an access token's bot"},
	{types: "gitlab.user", weight: -2, text: "is a user account, made for people"},
	{types: "git.author", cond: "@name$=[bot]", nhi: drover.NHIBot, weight: decisive, text: "is flagged a bot by its platform"},
	{types: "git.author", weight: -1, text: "is a commit author"},

	// Okta, Slack and other services
	{types: "okta.user", weight: -2, text: "is a user of the single sign-on, most are people"},
	{types: "okta.app|okta.application|okta.oauth_client", cond: "settings.oauthClient.application_type=service", nhi: drover.NHIAPIClient, weight: decisive, text: "is an OAuth service client"},
	{types: "okta.app|okta.application|okta.oauth_client", nhi: drover.NHIApplication, weight: decisive, text: "is an application"},
	{types: "okta.api_token|okta.apitoken|okta.token", nhi: drover.NHIAPIClient, weight: decisive, text: "is an API token"},
	{types: "okta.agent", nhi: drover.NHIApplication, weight: decisive, text: "is a directory agent"},
	{types: "okta.device", nhi: drover.NHIMachine, weight: decisive, text: "is a device"},
	{types: "slack.user", cond: "is_bot=true", nhi: drover.NHIBot, weight: decisive, text: "is flagged a bot by its platform"},
	{types: "slack.user", cond: "@alias=USLACKBOT", nhi: drover.NHIBot, weight: decisive, text: "is the platform's own bot"},
	{types: "slack.user", cond: "id=USLACKBOT", nhi: drover.NHIBot, weight: decisive, text: "is the platform's own bot"},
	{types: "slack.user", cond: "is_workflow_bot=true", nhi: drover.NHIBot, weight: decisive, text: "is flagged a bot by its platform"},
	{types: "slack.user", cond: "has_2fa=true", weight: -4, text: "has a second factor"},
	{types: "slack.user", weight: -2.5, text: "is a member account, made for people"},
	{types: "salesforce.user", cond: "UserType=AutomatedProcess|CloudIntegrationUser|PlatformIntegrationUser", nhi: drover.NHIServiceAccount, weight: decisive, text: "is an automated user of the platform"},
	{types: "salesforce.user", cond: "Profile.Name~=integration|api only", nhi: drover.NHIServiceAccount, weight: 4, text: "has an integration profile"},
	{types: "servicenow.user|servicenow.sys_user", cond: "web_service_access_only=true", nhi: drover.NHIServiceAccount, weight: decisive, text: "may use web services only"},
	{types: "servicenow.user|servicenow.sys_user", cond: "internal_integration_user=true", nhi: drover.NHIServiceAccount, weight: decisive, text: "is declared an integration user"},
	{types: "jira.user|atlassian.user|atlassian.account", cond: "accountType=app", nhi: drover.NHIApplication, weight: decisive, text: "is declared an app"},
	{types: "jira.user|atlassian.user|atlassian.account", cond: "accountType=atlassian", weight: -3, text: "is declared an account of a person"},
	{types: "keycloak.user", cond: "serviceAccountClientId", nhi: drover.NHIServiceAccount, weight: decisive, text: "is the service account of a client"},
	{types: "keycloak.client|auth0.client|oauth.client|oidc.client", nhi: drover.NHIAPIClient, weight: decisive, text: "is an OAuth client"},
	{types: "openai.user|anthropic.user|lastpass.user|pagerduty.user|zoom.user|duo.user|vercel.user|netlify.user|cloudflare.member|tailscale.user", weight: -3, text: "is a member account, made for people"},
	{types: "openai.service_account", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a service account"},
	{types: "databricks.service_principal", nhi: drover.NHIApplication, weight: decisive, text: "is a service principal"},
	{types: "databricks.user|jumpcloud.user|oci.user|oci.iam.user", weight: -2, text: "is a user account"},
	{types: "vault.approle|vault.role|vault.entity", cond: "@alias~=approle|kubernetes|aws", nhi: drover.NHIServiceAccount, weight: decisive, text: "signs in by a method of workloads"},
	{types: "vault.approle|vault.role|vault.kubernetes_role|vault.aws_role", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a role of workloads"},
	{types: "vault.entity", cond: "mount_type=approle|kubernetes|aws|gcp|azure|cert|jwt", nhi: drover.NHIServiceAccount, weight: decisive, text: "signs in by a method of workloads"},
	{types: "vault.entity", cond: "mount_type=oidc|ldap|okta|userpass|github|saml", weight: -3, text: "signs in by a method of people"},

	// Active Directory and LDAP
	{types: "ad.gmsa|ad.msa|ad.dmsa|ad.managed_service_account", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a managed service account"},
	{types: "ad.computer|ldap.computer|windows.computer", nhi: drover.NHIMachine, weight: decisive, text: "is a computer"},
	{types: "ad.user|ldap.user", cond: "objectClass~=managedserviceaccount", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a managed service account"},
	{types: "ad.user|ldap.user", cond: "gmsa=true", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a managed service account"},
	{types: "ad.user", cond: "@name^=krbtgt|krbtgt_", nhi: drover.NHIServiceAccount, weight: decisive, text: "is the account of the Kerberos service", tier0: "whoever has its key can be anybody in the domain"},
	{types: "ad.user", cond: "@name^=MSOL_|AAD_", nhi: drover.NHIServiceAccount, weight: decisive, text: "is the directory synchronisation account", tier0: "the synchronisation account can replicate the directory's secrets"},
	{types: "ad.user", cond: "@name^=HealthMailbox|SM_|IUSR_|IWAM_|ASPNET|SUPPORT_", nhi: drover.NHIServiceAccount, weight: decisive, text: "is an account that a product made for itself"},
	{types: "ad.user", cond: "msExchRecipientTypeDetails=4|16|32", verdict: drover.VerdictShared, text: "is a shared, room or equipment mailbox"},
	{types: "ad.user", cond: "@name$=$ & sAMAccountName$=$", nhi: drover.NHIServiceAccount, weight: decisive, text: "ends in $: a machine or managed service account"},
	{types: "ad.user", cond: "objectsid$=-500", verdict: drover.VerdictShared, text: "is the built-in administrator, nobody's own", tier0: "it administers the domain"},
	{types: "ad.user", cond: "objectSid$=-500", verdict: drover.VerdictShared, text: "is the built-in administrator, nobody's own", tier0: "it administers the domain"},
	{types: "ad.user", cond: "objectsid$=-501", verdict: drover.VerdictShared, text: "is the built-in guest, nobody's own"},
	{types: "ad.user", cond: "servicePrincipalName", nhi: drover.NHIServiceAccount, weight: 3, text: "has service principal names: a service runs as it"},
	{types: "ad.user", cond: "serviceprincipalnames", nhi: drover.NHIServiceAccount, weight: 3, text: "has service principal names: a service runs as it"},
	{types: "ad.user", cond: "hasspn=true", nhi: drover.NHIServiceAccount, weight: 3, text: "has service principal names: a service runs as it"},
	{types: "ad.user", nhi: drover.NHIServiceAccount},
	{types: "ldap.user|ldap.account|ldap.person", cond: "objectClass~=inetorgperson|organizationalperson", weight: -1.5, text: "is a person object"},
	{types: "ldap.application|ldap.application_process", nhi: drover.NHIApplication, weight: decisive, text: "is an application object"},
	{types: "windows.service_account|windows.virtual_account", nhi: drover.NHIServiceAccount, weight: decisive, text: "is an account that services run as"},
	{types: "windows.service", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a service"},

	// Machines, agents, certificates, devices, mainframes
	{types: "machine.account|unix.user|linux.user", cond: "login_shell=false & uid=0", nhi: drover.NHIServiceAccount, weight: 3, text: "is the superuser without a login shell"},
	{types: "machine.account|unix.user|linux.user", cond: "uid=0", verdict: drover.VerdictShared, text: "is the superuser, nobody's own", tier0: "it can do everything on the machine"},
	{types: "machine.account|unix.user|linux.user", cond: "shell$=nologin|/false|/sync|/shutdown|/halt", nhi: drover.NHIServiceAccount, weight: decisive, text: "has no login shell"},
	{types: "machine.account|unix.user|linux.user", cond: "uid<1000", nhi: drover.NHIServiceAccount, weight: 5, text: "has a number reserved for the system"},
	{types: "machine.account|unix.user|linux.user", cond: "home^=/home/|/Users/", weight: -2.5, text: "has a home folder and a login shell"},
	{types: "machine.account|unix.user|linux.user", nhi: drover.NHIServiceAccount},
	{types: "machine.host|machine.machine", nhi: drover.NHIMachine, weight: decisive, text: "is a machine"},
	{types: "systemd.unit|machine.unit|machine.service|machine.cron|machine.timer", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a unit that the system starts"},
	{types: "ssh.host_key|ssh.host", nhi: drover.NHIMachine, weight: decisive, text: "is a host key"},
	{types: "mcp.server|mcp.*", nhi: drover.NHIAIAgent, weight: decisive, text: "is a tool server of an AI agent"},
	{types: "a2a.agent|agent|agent.*|ai.agent|copilot.agent|crewai.agent|dify.app|n8n.agent|m365.agent|m365.declarative_agent", nhi: drover.NHIAIAgent, weight: decisive, text: "is an AI agent"},
	{types: "n8n.workflow", nhi: drover.NHIBot, weight: decisive, text: "is an automated workflow"},
	{types: "x509.*|certificate|tls.certificate|acm.certificate|pki.*", nhi: drover.NHICertificate, weight: decisive, text: "is a certificate"},
	{types: "spiffe.*|spire.entry", nhi: drover.NHIContainer, weight: decisive, text: "is a workload with a SPIFFE id"},
	{types: "iot.*|mqtt.client|lora.device|azure.iot*", nhi: drover.NHIIoTDevice, weight: decisive, text: "is a device"},
	{types: "racf.user|acf2.user|tss.user", cond: "protected=true", nhi: drover.NHIServiceAccount, weight: decisive, text: "is PROTECTED: no password can open it"},
	{types: "racf.user", cond: "base:protected=true", nhi: drover.NHIServiceAccount, weight: decisive, text: "is PROTECTED: no password can open it"},
	{types: "racf.user", cond: "attributes~=protected", nhi: drover.NHIServiceAccount, weight: decisive, text: "is PROTECTED: no password can open it"},
	{types: "racf.user", cond: "restricted=true", nhi: drover.NHIServiceAccount, weight: 2, text: "is RESTRICTED"},
	{types: "racf.user", cond: "tso", weight: -2, text: "has a TSO segment: somebody logs on as it"},
	{types: "racf.user", cond: "attributes~=special", nhi: drover.NHIServiceAccount, tier0: "SPECIAL administers the whole security database"},
	{types: "racf.user", nhi: drover.NHIServiceAccount},
	{types: "rpa.*|uipath.robot|blueprism.*", nhi: drover.NHIBot, weight: decisive, text: "is a robot"},

	// People
	{types: "hr.*|workday.*|sap.employee|personio.*|bamboohr.*", weight: -decisive, text: "is a record of a person"},

	// Any vendor, by the last word of the type
	{types: "*.service_account|*.serviceaccount|*.service-account|*.robot_account", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a service account"},
	{types: "*.service_principal|*.application|*.app|*.integration|*.oauth_app|*.connected_app|*.application_user", nhi: drover.NHIApplication, weight: decisive, text: "is an application"},
	{types: "*.bot|*.robot|*.bot_user", nhi: drover.NHIBot, weight: decisive, text: "is a bot"},
	{types: "*.agent|*.ai_agent|*.assistant", nhi: drover.NHIAIAgent, weight: 5, text: "is an agent"},
	{types: "*.api_key|*.apikey|*.api_token|*.token|*.access_token|*.deploy_key|*.api_client|*.oauth_client|*.client|*.consumer|*.webhook|*.pat|*.key", nhi: drover.NHIAPIClient, weight: decisive, text: "is an API client, key or token"},
	{types: "*.certificate|*.cert", nhi: drover.NHICertificate, weight: decisive, text: "is a certificate"},
	{types: "*.device|*.thing|*.sensor|*.gateway|*.camera", nhi: drover.NHIIoTDevice, weight: decisive, text: "is a device"},
	{types: "*.computer|*.host|*.machine|*.node|*.instance|*.vm|*.server|*.machine_account", nhi: drover.NHIMachine, weight: decisive, text: "is a machine"},
	{types: "*.pod|*.container|*.task", nhi: drover.NHIContainer, weight: decisive, text: "is a container"},
	{types: "*.managed_identity|*.instance_profile|*.workload_identity", nhi: drover.NHIServiceAccount, weight: decisive, text: "is a workload's identity"},
	{types: "*.person|*.employee|*.worker|*.contractor", weight: -decisive, text: "is a record of a person"},
	{types: "*.runner", nhi: drover.NHIBot, weight: decisive, text: "is a build runner"},
	{types: "*.user|*.member|*.account", cond: "is_bot=true", nhi: drover.NHIBot, weight: decisive, text: "is flagged a bot by its platform"},
	{types: "*.user|*.member|*.account", cond: "bot=true", nhi: drover.NHIBot, weight: decisive, text: "is flagged a bot by its platform"},
	{types: "*.user|*.member|*.account", cond: "type=bot|app|service|service_account|machine|robot", nhi: drover.NHIServiceAccount, weight: decisive, text: "is declared non-human by its platform"},
	{types: "*.user|*.member|*.account", cond: "service_account=true", nhi: drover.NHIServiceAccount, weight: decisive, text: "is declared a service account"},
	{types: "*.user|*.member|*.account", nhi: drover.NHIServiceAccount},
	{types: "*.role", nhi: drover.NHIServiceAccount, weight: 1, text: "is a role"},
}
