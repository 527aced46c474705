package demo

import (
	"maps"
	"strings"

	"github.com/droverhq/drover"
)

// A platform is one system that has identities: how a good one looks there, and
// how it is written down.
type platform struct {
	source string // of the scan, and the name of its file
	label  string // in sentences
	share  int    // its part of the identities, of a thousand

	make  func(w *world, i *identity, d *dice) // fills in a good one: ref, name, credentials, attributes
	write func(w *world, i *identity)          // nil: writePlain

	typ  string // of the node, where writePlain writes it
	tags string // attribute that holds the tags; "": it has none, the description tells
	note string // attribute of free text
	uses string // what says when it was used; "": nobody
	keys string // what says when its credentials were used; "": nobody

	off func(i *identity) // switches it off in the vendor's words; nil: it has no such switch
}

// platforms are all that an estate may have. The shares add up to a thousand.
var platforms = []*platform{awsUser, awsRole, kubernetesAccount, postgresRole, githubApp, githubBot, azurePrincipal, azureManaged, gcpAccount, directoryUser, directoryManaged, racfUser, ibmiUser,
	slackBot, salesforceUser, snowflakeUser, vaultRole, linuxAccount, linuxHost, oktaClient, device, agent, mcpServer}

// writePlain writes an identity as one node, with what hangs on it.
func writePlain(w *world, i *identity) {
	out := w.file(i.p.source)
	attrs := maps.Clone(i.attrs)
	if attrs == nil {
		attrs = map[string]any{}
	}
	if i.p.tags != "" {
		attrs[i.p.tags] = w.tagged(i)
	}
	if i.p.note != "" && attrs[i.p.note] == nil {
		attrs[i.p.note] = "service account: " + i.purpose
	}
	out.node(drover.Node{Ref: i.ref, Kind: drover.KindIdentity, Type: i.p.typ, Name: i.name, Aliases: i.aliases, Created: w.ago(i.born), Attrs: drover.NewAttrs(attrs)})
	w.owned(out, i)
	w.credentials(out, i, i.p.keys)
	w.used(out, i.ref, i.p.uses, i.use, i.born)
	if i.extra != nil {
		i.extra(w, out)
	}
}

// rotated makes a credential that is renewed every four weeks, and has an end.
func rotated(d *dice, ref drover.Ref, typ, name string, u use, born float64) *credential {
	return &credential{ref: ref, typ: typ, name: name, born: born, rotated: float64(d.between(2, 26)), every: 28, expires: float64(d.between(50, 80)), use: u}
}

var postgresRole = &platform{source: "postgres", label: "PostgreSQL", share: 60, typ: "postgres.role", note: "comment", uses: "pg_stat_activity",
	make: func(w *world, i *identity, d *dice) {
		i.name = strings.ReplaceAll(w.org.style.name(i.function, i.env, 0), "-", "_")
		i.id = itoa(16400 + w.number())
		i.ref = drover.NewRef("postgres", w.org.pg, "postgres.role", i.id)
		i.aliases = []string{"pg:" + w.org.pg + "/" + i.name}
		i.attrs = map[string]any{"rolsuper": false, "rolinherit": true, "rolcreaterole": false, "rolcreatedb": false, "rolcanlogin": true, "rolreplication": false, "rolbypassrls": false, "rolconnlimit": 20}
		c := rotated(d, drover.NewRef("postgres", w.org.pg, "postgres.password", i.id), "postgres.password", "password of "+i.name, i.use, i.born)
		c.attrs = map[string]any{"method": "scram-sha-256", "iterations": 4096}
		i.creds = []*credential{c}
	},
	off: func(i *identity) { i.attrs["rolcanlogin"] = false },
}

var githubApp = &platform{source: "github", label: "GitHub", share: 35, typ: "github.app", uses: "github audit log", keys: "github audit log", tags: "custom_properties", note: "description",
	make: func(w *world, i *identity, d *dice) {
		i.id, i.name = itoa(1000000+37*w.number()), strings.ReplaceAll(i.function, "_", "-")+"-app-"+i.env
		i.ref = drover.NewRef("github", w.org.slug, "app", i.id)
		i.attrs = map[string]any{"slug": i.name, "app_id": i.id, "repository_selection": "selected", "repositories": []string{w.org.slug + "/" + i.team.name}, "permissions": map[string]any{"contents": "read", "metadata": "read"},
			"events": []string{"push"}, "owner": w.org.slug, "suspended_at": nil}
		i.creds = []*credential{rotated(d, drover.NewRef("github", w.org.slug, "app_private_key", i.id), "github.app_private_key", i.name, i.use, i.born)}
	},
	off: func(i *identity) { i.attrs["suspended_at"] = "2026-01-01T00:00:00Z" },
}

var githubBot = &platform{source: "github", label: "GitHub", share: 25, typ: "github.user", uses: "github audit log", keys: "github audit log", note: "bio",
	make: func(w *world, i *identity, d *dice) {
		i.id, i.name = itoa(60000000+37*w.number()), w.org.slug+"-"+i.function+"-bot-"+i.env
		i.ref = drover.NewRef("github", "-", "user", i.id)
		i.attrs = map[string]any{"login": i.name, "type": "Bot", "site_admin": false, "two_factor_enabled": false}
		c := rotated(d, drover.NewRef("github", w.org.slug, "personal_access_token", itoa(2000000+w.number())), "github.personal_access_token", i.name, i.use, i.born)
		c.attrs = map[string]any{"repository_selection": "subset", "permissions": map[string]any{"repository": map[string]any{"contents": "read", "metadata": "read"}}, "fine_grained": true}
		i.creds = []*credential{c}
	},
	off: func(i *identity) { i.attrs["suspended_at"] = "2026-01-01T00:00:00Z" },
}

func azureGUID(w *world, i *identity, d *dice, kind string) {
	i.id = d.uuid()
	app := d.uuid()
	i.ref = drover.NewRef("azure", w.org.tenant, "service_principal", i.id)
	i.aliases = []string{"azure-object:" + i.id, "azure-app:" + app}
	i.attrs = map[string]any{"appId": app, "servicePrincipalType": kind, "accountEnabled": true, "appOwnerOrganizationId": w.org.tenant, "displayName": i.name}
}

var azurePrincipal = &platform{source: "entra", label: "Entra ID", share: 60, typ: "azure.service_principal", uses: "servicePrincipalSignInActivities", keys: "appCredentialSignInActivities", tags: "customSecurityAttributes", note: "notes",
	make: func(w *world, i *identity, d *dice) {
		i.name = w.org.style.name(i.function, i.env, 0)
		azureGUID(w, i, d, "Application")
		key := d.uuid()
		c := rotated(d, drover.NewRef("azure", w.org.tenant, "application_password", key), "azure.application_password", i.name, i.use, i.born)
		c.aliases = []string{"azure-key:" + key}
		c.attrs = map[string]any{"keyId": key, "displayName": "terraform"}
		i.creds = []*credential{c}
	},
	off: func(i *identity) { i.attrs["accountEnabled"] = false },
}

var azureManaged = &platform{source: "entra", label: "Entra ID", share: 50, typ: "azure.service_principal", uses: "servicePrincipalSignInActivities", tags: "customSecurityAttributes", note: "notes",
	make: func(w *world, i *identity, d *dice) {
		i.name = "id-" + i.function + "-" + i.env
		azureGUID(w, i, d, "ManagedIdentity")
		i.attrs["alternativeNames"] = []string{"isExplicit=True", "/subscriptions/" + d.uuid() + "/resourcegroups/" + i.team.name + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/" + i.name}
	},
	off: azurePrincipal.off,
}

var gcpAccount = &platform{source: "gcp", label: "Google Cloud", share: 50, typ: "gcp.service_account", uses: "serviceAccountLastAuthentication", tags: "labels", note: "description",
	make: func(w *world, i *identity, d *dice) {
		i.name = "sa-" + i.function + "-" + i.env
		project := w.org.slug + "-" + i.env
		mail := i.name + "@" + project + ".iam.gserviceaccount.com"
		i.id = d.text(digits, 21)
		i.ref = drover.NewRef("gcp", project, "service_account", i.id)
		i.aliases = []string{"email:" + mail, "gcp-id:" + i.id}
		i.attrs = map[string]any{"email": mail, "uniqueId": i.id, "projectId": project, "disabled": false, "displayName": i.function}
	},
	off: func(i *identity) { i.attrs["disabled"] = true },
}

var directoryUser = &platform{source: "ad", label: "Active Directory", share: 60, typ: "ad.user", uses: "lastLogonTimestamp", note: "description",
	make: func(w *world, i *identity, d *dice) {
		i.name = w.org.style.name(i.function, i.env, 0)
		if !strings.HasPrefix(strings.ToLower(i.name), "svc") {
			i.name = "svc-" + i.name
		}
		sid := w.org.sid + "-" + itoa(1100+w.number())
		i.id = sid
		i.ref = drover.NewRef("ad", w.org.ad, "user", sid)
		short, _, _ := strings.Cut(w.org.ad, ".")
		i.aliases = []string{"sid:" + sid, "nt:" + strings.ToLower(short+"\\"+i.name), "upn:" + strings.ToLower(i.name+"@"+w.org.ad)}
		i.attrs = map[string]any{"sAMAccountName": i.name, "userAccountControl": 512, "distinguishedName": "CN=" + i.name + ",OU=Service Accounts,DC=" + strings.ReplaceAll(w.org.ad, ".", ",DC="), "objectSid": sid, "adminCount": 0,
			"msDS-SupportedEncryptionTypes": 24, "department": i.team.unit}
		c := rotated(d, drover.NewRef("ad", w.org.ad, "password", sid), "ad.password", "password of "+i.name, use{unknown: true}, i.born)
		i.creds = []*credential{c}
	},
	off: func(i *identity) { i.attrs["userAccountControl"] = 514 },
}

var directoryManaged = &platform{source: "ad", label: "Active Directory", share: 30, typ: "ad.gmsa", uses: "lastLogonTimestamp", note: "description",
	make: func(w *world, i *identity, d *dice) {
		directoryUser.make(w, i, d)
		i.name = "gmsa-" + i.function + "-" + i.env + "$"
		i.ref = drover.NewRef("ad", w.org.ad, "gmsa", i.id)
		i.creds = nil
		i.attrs["sAMAccountName"], i.attrs["objectClass"], i.attrs["userAccountControl"] = i.name, "msDS-GroupManagedServiceAccount", 4096
		i.attrs["msDS-ManagedPasswordInterval"] = 30
		i.aliases = []string{"sid:" + i.id}
	},
	off: func(i *identity) { i.attrs["userAccountControl"] = 4098 },
}

var racfUser = &platform{source: "mainframe", label: "RACF", share: 25, typ: "racf.user", uses: "LASTJOB", note: "PROGRAMMER",
	make: func(w *world, i *identity, d *dice) {
		i.name = pick(d, []string{"STC", "CIC", "DB2", "JOB", "BAT"}) + w.code(5)
		i.id = i.name
		i.ref = drover.NewRef("racf", w.org.slug, "user", drover.Named(i.name))
		i.attrs = map[string]any{"NAME": i.name, "NOPWD": "PRO", "protected": true, "SPECIAL": "NO", "OPER": "NO", "AUDITOR": "NO", "REVOKE": "NO", "DEFGRP": strings.ToUpper(i.team.name), "OWNER_ID": strings.ToUpper(i.team.name), "TRUSTED": "NO", "PRIVILEGED": "NO",
			"INSTALL_DATA": "environment=" + i.env}
	},
	off: func(i *identity) { i.attrs["REVOKE"] = "YES" },
}

var ibmiUser = &platform{source: "ibmi", label: "IBM i", share: 15, typ: "ibmi.user", uses: "LAST_USED_TIMESTAMP", note: "TEXT_DESCRIPTION",
	make: func(w *world, i *identity, d *dice) {
		i.name = "SVC" + w.code(6)
		i.id = i.name
		i.ref = drover.NewRef("ibmi", w.org.slug, "user", drover.Named(i.name))
		i.attrs = map[string]any{"AUTHORIZATION_NAME": i.name, "STATUS": "*ENABLED", "NO_PASSWORD_INDICATOR": "YES", "PASSWORD": "*NONE", "INITIAL_MENU": "*SIGNOFF", "LIMIT_CAPABILITIES": "*YES", "USER_CLASS_NAME": "*USER", "SPECIAL_AUTHORITIES": []string{},
			"USER_DEFAULT_PASSWORD": "NO", "environment": i.env}
	},
	off: func(i *identity) { i.attrs["STATUS"] = "*DISABLED" },
}

var slackBot = &platform{source: "saas", label: "Slack", share: 30, typ: "slack.bot", uses: "slack audit log", keys: "slack audit log", note: "description",
	make: func(w *world, i *identity, d *dice) {
		i.name, i.id = i.function+"-bot", "B"+d.text(upperNum, 9)
		i.ref = drover.NewRef("slack", w.org.slug, "bot", i.id)
		i.attrs = map[string]any{"is_bot": true, "scopes": []string{"chat:write"}, "status": "active", "environment": i.env, "app_id": "A" + d.text(upperNum, 9), "is_distributed": false}
		i.creds = []*credential{rotated(d, drover.NewRef("slack", w.org.slug, "bot_token", i.id), "slack.bot_token", i.name, i.use, i.born)}
	},
	off: func(i *identity) { i.attrs["status"] = "disabled" },
}

var salesforceUser = &platform{source: "saas", label: "Salesforce", share: 20, typ: "salesforce.user", uses: "LoginHistory", keys: "OauthToken.LastUsedDate", note: "Description",
	make: func(w *world, i *identity, d *dice) {
		i.name, i.id = i.function+".integration", "005"+d.text(upperNum, 12)
		i.ref = drover.NewRef("salesforce", w.org.slug, "user", i.id)
		i.attrs = map[string]any{"Username": i.name + "@" + w.org.domain, "UserType": "Standard", "IsActive": true, "Profile": map[string]any{"Name": "API Only Integration"}, "ApiOnly": true, "environment": i.env}
		i.creds = []*credential{rotated(d, drover.NewRef("salesforce", w.org.slug, "oauth_token", i.id), "salesforce.oauth_token", i.name, i.use, i.born)}
	},
	off: func(i *identity) { i.attrs["IsActive"] = false },
}

var snowflakeUser = &platform{source: "snowflake", label: "Snowflake", share: 30, typ: "snowflake.user", uses: "LOGIN_HISTORY", keys: "ACCOUNT_USAGE.CREDENTIALS", note: "COMMENT", tags: "tags",
	make: func(w *world, i *identity, d *dice) {
		i.name, i.id = strings.ToUpper(strings.ReplaceAll("SVC_"+i.function+"_"+i.env, "-", "_")), itoa(500+w.number())
		i.ref = drover.NewRef("snowflake", w.org.slug, "user", i.id)
		i.attrs = map[string]any{"NAME": i.name, "TYPE": "SERVICE", "DISABLED": "false", "HAS_PASSWORD": "false", "HAS_RSA_PUBLIC_KEY": "true", "DEFAULT_ROLE": "R_" + strings.ToUpper(i.team.name)}
		c := rotated(d, drover.NewRef("snowflake", w.org.slug, "programmatic_access_token", i.id), "snowflake.programmatic_access_token", i.name, i.use, i.born)
		i.creds = []*credential{c}
	},
	off: func(i *identity) { i.attrs["DISABLED"] = "true" },
}

var vaultRole = &platform{source: "vault", label: "Vault", share: 25, typ: "vault.approle", uses: "vault audit log", keys: "vault audit log", tags: "metadata", note: "description",
	make: func(w *world, i *identity, d *dice) {
		i.name, i.id = i.function+"-"+i.env, d.uuid()
		i.ref = drover.NewRef("vault", w.org.slug, "approle", i.id)
		i.aliases = []string{"vault-role-id:" + i.id}
		i.attrs = map[string]any{"mount_type": "approle", "token_policies": []string{i.team.name + "-" + i.function}, "token_ttl": 3600, "secret_id_num_uses": 10, "secret_id_ttl": 604800}
		i.creds = []*credential{rotated(d, drover.NewRef("vault", w.org.slug, "secret_id", i.id), "vault.secret_id", i.name, i.use, i.born)}
	},
}

var oktaClient = &platform{source: "okta", label: "Okta", share: 20, typ: "okta.app", uses: "okta system log", keys: "okta system log", note: "notes",
	make: func(w *world, i *identity, d *dice) {
		i.name, i.id = i.function+" "+i.env, "0oa"+d.text(upperNum, 17)
		i.ref = drover.NewRef("okta", w.org.slug, "app", i.id)
		i.aliases = []string{"okta-client:" + i.id}
		i.attrs = map[string]any{"label": i.name, "status": "ACTIVE", "signOnMode": "OPENID_CONNECT", "settings": object{"oauthClient": object{"application_type": "service", "grant_types": []string{"client_credentials"}}},
			"credentials": object{"oauthClient": object{"token_endpoint_auth_method": "client_secret_basic", "pkce_required": true}}, "environment": i.env}
		i.creds = []*credential{rotated(d, drover.NewRef("okta", w.org.slug, "client_secret", i.id), "okta.client_secret", i.name, i.use, i.born)}
	},
	off: func(i *identity) { i.attrs["status"] = "INACTIVE" },
}

var linuxAccount = &platform{source: "hosts", label: "Linux", share: 75, typ: "machine.account", uses: "systemd", note: "gecos",
	make: func(w *world, i *identity, d *dice) {
		host := i.team.name + "-" + i.env + "-" + d.text(hexDigits, 4)
		i.name = strings.ReplaceAll(i.function, "-", "")
		i.id = host + "/" + i.name
		i.ref = drover.NewRef("machine", host, "account", i.name)
		i.aliases = []string{"account:" + host + "/" + i.name}
		i.attrs = map[string]any{"uid": d.between(200, 900), "shell": "/usr/sbin/nologin", "login_shell": false, "home": "/var/lib/" + i.name, "machine": host, "environment": i.env}
	},
}

var linuxHost = &platform{source: "hosts", label: "Linux", share: 50, typ: "machine.host", uses: "agent heartbeat", tags: "tags",
	make: func(w *world, i *identity, d *dice) {
		i.name = i.team.name + "-" + i.env + "-" + d.text(hexDigits, 6)
		i.id = i.name
		i.ref = drover.NewRef("machine", i.name, "host", i.name)
		i.aliases = []string{"machine:" + i.name}
		i.attrs = map[string]any{"os": "linux", "hostname": i.name + "." + w.org.domain}
		i.creds = []*credential{certificate(d, i.name+"."+w.org.domain, i.use, i.born)}
	},
}

// certificate makes a certificate that is renewed in time, and is strong enough.
func certificate(d *dice, host string, u use, born float64) *credential {
	sum := d.text(hexDigits, 64)
	return &credential{ref: drover.NewRef("x509", "", "certificate", sum), typ: "x509.certificate", name: host, aliases: []string{"x509:" + sum}, born: min(born, float64(d.between(5, 40))), expires: float64(d.between(95, 150)), use: use{unknown: true},
		attrs: map[string]any{"subject": "CN=" + host, "issuer": "CN=Internal Issuing CA 2", "dns": []string{host}, "ca": false, "self_signed": false, "key_alg": "ECDSA", "key_bits": 256, "sig_alg": "ECDSA-SHA256",
			"key_usage": []string{"digitalSignature"}, "ext_key_usage": []string{"serverAuth"}, "serial": d.text(hexDigits, 16), "spki_sha256": d.text(hexDigits, 64)}}
}

var device = &platform{source: "devices", label: "IoT", share: 120, typ: "azure.iot_device", uses: "lastActivityTime", tags: "tags",
	make: func(w *world, i *identity, d *dice) {
		model := pick(d, []string{"scanner", "label-printer", "till", "shelf-sensor", "gateway", "scale", "camera"})
		i.name = model + "-" + d.text(hexDigits, 8)
		i.id = i.name
		i.ref = drover.NewRef("azure", w.org.slug+"-hub", "iot_device", i.name)
		i.attrs = map[string]any{"deviceId": i.name, "status": "enabled", "authentication": map[string]any{"type": "certificateAuthority"}, "model": model}
		c := certificate(d, i.name, i.use, i.born)
		c.attrs["ext_key_usage"] = []string{"clientAuth"}
		i.creds = []*credential{c}
	},
	off: func(i *identity) { i.attrs["status"] = "disabled" },
}

var agent = &platform{source: "agents", label: "AI agents", share: 15, typ: "agent.assistant", uses: "agent gateway log", keys: "agent gateway log", tags: "tags", note: "description",
	make: func(w *world, i *identity, d *dice) {
		i.name, i.id = "agent-"+i.function, d.uuid()
		i.ref = drover.NewRef("agent", w.org.slug, "assistant", i.id)
		i.owner = i.team.here(d.n(50))
		sponsor := ""
		if i.owner != nil {
			sponsor = i.owner.mail(w.org)
		}
		i.attrs = map[string]any{"framework": pick(d, []string{"langgraph", "autogen", "bedrock", "copilot-studio"}), "model": pick(d, []string{"claude-sonnet-4", "gpt-5", "llama-4", "mistral-large"}), "autonomy": "act_with_approval", "on_behalf_of": "own identity", "sponsor": sponsor,
			"tools": []string{"search_docs"}, "kill_procedure": "runbook agents/" + i.function, "authentication": "oauth2"}
		i.creds = []*credential{rotated(d, drover.NewRef("agent", w.org.slug, "client_secret", i.id), "agent.client_secret", i.name, i.use, i.born)}
	},
	off: func(i *identity) { i.attrs["status"] = "disabled" },
}

var mcpServer = &platform{source: "agents", label: "MCP", share: 15, typ: "mcp.server", uses: "agent gateway log", note: "description",
	make: func(w *world, i *identity, d *dice) {
		i.name = "mcp-" + i.function
		i.id = i.team.name + "#" + i.name
		i.ref = drover.NewRef("agent", w.org.slug, "mcp_server", i.id)
		version := itoa(d.n(4)) + "." + itoa(d.n(30)) + "." + itoa(d.n(10))
		i.attrs = map[string]any{"transport": "stdio", "command": "npx", "args": []string{"-y", "@" + w.org.slug + "/" + i.name + "@" + version}, "env": []string{"API_TOKEN"}, "secret_references": []string{"env.API_TOKEN ${API_TOKEN}"},
			"package": map[string]any{"manager": "npm", "name": "@" + w.org.slug + "/" + i.name, "version": version, "pinned": true}, "file": "~/.config/agents/" + i.team.name + ".json", "environment": i.env}
	},
}
