package remedy

import (
	"net/url"
	"strings"

	"github.com/droverhq/drover"
)

// microsoft writes commands of the Azure CLI (az ad app, az ad sp, az ad user, az
// ad group). Applications and service principals are named by their appId.
func microsoft(a act) step {
	g := a.e.Graph
	app := a.str("appId", "app_id")
	switch t := a.typ()[strings.IndexByte(a.typ(), '.')+1:]; {
	case g.Kind(a.row) == drover.KindCredential && strings.Contains(t, "federated"):
		return step{}
	case g.Kind(a.row) == drover.KindCredential:
		return a.entraCredential()
	case t == "user":
		return a.entraUser()
	case t == "application":
		id := flag("--id", or(app, a.id(), ""))
		switch a.action {
		case "delete":
			return step{command: "az ad app delete " + id}
		case "disable":
			return step{command: "az ad sp update " + id + " --set accountEnabled=false", text: "Switch off the service principal of " + a.e.Say(a.row) + ": tokens that were issued stay valid until they end"}
		}
	case t == "service_principal", t == "managed_identity", t == "agent_identity":
		id := flag("--id", or(a.str("id"), or(app, a.id(), ""), ""))
		switch {
		case a.action == "disable" && t != "managed_identity":
			return step{command: "az ad sp update " + id + " --set accountEnabled=false"}
		case a.action == "disable":
			return step{text: "Take away the role assignments of " + a.e.Say(a.row) + ": a managed identity has no switch, and tokens are kept for up to a day"}
		case a.action == "delete" && t != "managed_identity":
			return step{command: "az ad sp delete " + id}
		case a.action == "detach" && g.Kind(a.what) == drover.KindGroup:
			return step{command: "az ad group member remove " + flag("--group", or(str(a.e, a.what, "id"), g.Name(a.what), "")) + " " + flag("--member-id", or(a.str("id"), a.id(), ""))}
		}
	}
	return step{}
}

// entraCredential is for the secrets and certificates of an application; its
// keyId names one.
func (a act) entraCredential() step {
	row, ok := a.holder()
	key, app := a.str("keyId", "key_id"), ""
	if ok {
		app = str(a.e, row, "appId", "app_id")
	}
	ends := a.action == "disable" || a.action == "delete" || a.action == "revoke"
	removed := "Remove " + a.e.Say(a.row) + " from its application: one secret or certificate cannot be switched off, only removed"
	switch {
	case ends && (app == "" || key == ""):
		return step{text: removed}
	case app == "":
		return step{}
	}
	cert := ""
	if t := a.typ(); strings.Contains(t, "cert") || strings.HasSuffix(t, "_key") || strings.Contains(t, "key_credential") {
		cert = " --cert"
	}
	switch a.action {
	case "disable", "delete", "revoke":
		return step{command: "az ad app credential delete " + flag("--id", app) + " " + flag("--key-id", key) + cert, text: removed}
	case "rotate", "expire", "vault":
		if cert == "" {
			return step{command: "az ad app credential reset " + flag("--id", app) + " --append --years 1",
				text: "Add a second secret to " + a.e.Say(row) + " that ends in a year, deliver it, then remove " + a.e.Say(a.row)}
		}
	case "federate":
		return step{command: "az ad app federated-credential create " + flag("--id", app) + " --parameters credential.json",
			text: "Write into credential.json the issuer, subject and audience of the workload of " + a.e.Say(row) + ", add it, then remove " + a.e.Say(a.row)}
	}
	return step{}
}

func (a act) entraUser() step {
	id := flag("--id", or(a.str("id", "userPrincipalName"), a.id(), ""))
	switch {
	case a.action == "disable":
		return step{command: "az ad user update " + id + " --account-enabled false"}
	case a.action == "delete":
		return step{command: "az ad user delete " + id}
	case a.action == "detach" && a.e.Graph.Kind(a.what) == drover.KindGroup:
		return step{command: "az ad group member remove " + flag("--group", or(str(a.e, a.what, "id"), a.e.Graph.Name(a.what), "")) + " " + flag("--member-id", or(a.str("id"), a.id(), ""))}
	}
	return step{}
}

// google writes commands of gcloud (gcloud iam service-accounts).
func google(a act) step {
	const sa = "gcloud iam service-accounts "
	if a.e.Graph.Kind(a.row) == drover.KindCredential {
		row, ok := a.holder()
		if !ok || !strings.HasSuffix(a.typ(), "service_account_key") {
			return step{}
		}
		key, account := a.id(), flag("--iam-account", or(str(a.e, row, "email"), a.e.Graph.Name(row), ""))
		key = key[strings.LastIndexByte(key, '/')+1:]
		switch a.action {
		case "disable":
			return step{command: sa + "keys disable " + flagSafe(key) + " " + account}
		case "delete", "revoke":
			return step{command: sa + "keys delete " + flagSafe(key) + " " + account}
		case "rotate", "vault":
			if s, full := a.room(googleKeys, "Google Cloud", func(b act) string { return google(b).command }); full {
				return a.vaulted(s)
			}
			return step{command: sa + "keys create key.json " + account, text: "Make a second key for " + a.e.Say(row) + ", deliver it, then disable " + a.e.Say(a.row)}
		case "federate":
			return step{text: "Let the workload act as " + a.e.Say(row) + " by workload identity federation or an attached service account, then disable " + a.e.Say(a.row)}
		}
		return step{}
	}
	mail := or(a.str("email"), a.name(), "")
	switch {
	case !strings.Contains(mail, "gserviceaccount.com"):
	case a.action == "disable":
		return step{command: sa + "disable " + flagSafe(mail)}
	case a.action == "delete":
		return step{command: sa + "delete " + flagSafe(mail)}
	case a.action == "detach" && a.str("projectId") != "" && strings.HasPrefix(a.e.Graph.Name(a.what), "roles/"):
		return step{command: "gcloud projects remove-iam-policy-binding " + flagSafe(a.str("projectId")) + " " + flag("--member", "serviceAccount:"+mail) + " " + flag("--role", a.e.Graph.Name(a.what))}
	}
	return step{}
}

// activeDirectory writes cmdlets of the ActiveDirectory module, for PowerShell.
func activeDirectory(a act) step {
	who := a.row
	if a.e.Graph.Kind(a.row) == drover.KindCredential {
		row, ok := a.holder()
		if !ok {
			return step{}
		}
		who = row
	}
	id := " -Identity " + powerShell(or(str(a.e, who, "sAMAccountName", "samAccountName", "objectSid"), a.e.Graph.Name(who), ""))
	managed := strings.HasSuffix(a.e.Graph.Type(who), "gmsa") || strings.Contains(a.e.Graph.Type(who), "managed_service_account")
	switch a.action {
	case "disable", "revoke":
		return step{command: "Disable-ADAccount" + id}
	case "delete":
		if managed {
			return step{command: "Remove-ADServiceAccount" + id}
		}
		return step{command: "Remove-ADUser" + id}
	case "rotate", "vault":
		if managed {
			return step{command: "Reset-ADServiceAccountPassword" + id}
		}
		return step{command: "Set-ADAccountPassword" + id + " -Reset",
			text: "Find every host on which " + a.e.Say(who) + " runs a service or task, set a new password (the command asks for it), and set it on each; a group managed service account would change it by itself"}
	case "expire":
		return step{command: "Set-ADAccountExpiration" + id + " -DateTime " + a.e.Now.UTC().Add(90*drover.Day).Format("2006-01-02")}
	case "federate":
		return step{text: "Move the services of " + a.e.Say(who) + " to a group managed service account (New-ADServiceAccount), whose password Active Directory changes by itself"}
	case "detach":
		if a.e.Graph.Kind(a.what) == drover.KindGroup {
			group := or(str(a.e, a.what, "sAMAccountName", "distinguishedName"), a.e.Graph.Name(a.what), "")
			return step{command: "Remove-ADGroupMember -Identity " + powerShell(group) + " -Members " + strings.TrimPrefix(id, " -Identity ")}
		}
	case "configure":
		return a.adSetting(id)
	case "tag":
		if a.key == "description" {
			return step{command: "Set-ADUser" + id + " -Description " + powerShell(a.text)}
		}
	}
	return step{}
}

// adSetting knows the flags of userAccountControl that cmdlets have options for
// (Set-ADAccountControl).
func (a act) adSetting(id string) step {
	for words, option := range map[string]string{
		"DONT_EXPIRE_PASSWORD off": "-PasswordNeverExpires $false", "PASSWD_NOTREQD off": "-PasswordNotRequired $false", "DONT_REQ_PREAUTH off": "-DoesNotRequirePreAuth $false",
		"TRUSTED_FOR_DELEGATION off": "-TrustedForDelegation $false", "TRUSTED_TO_AUTH_FOR_DELEGATION off": "-TrustedToAuthForDelegation $false", "NOT_DELEGATED on": "-AccountNotDelegated $true",
	} {
		if a.text == words {
			return step{command: "Set-ADAccountControl" + id + " " + option}
		}
	}
	return step{}
}

// okta writes calls of its API, with the token in the environment (Okta API:
// Application Lifecycle, User Lifecycle, API Tokens).
func okta(a act) step {
	host := `"https://$OKTA_HOST"`
	if t := a.tenant(); strings.Contains(t, ".") && !strings.ContainsAny(t, `/?#@\ `) {
		host = Quote("https://" + t)
	}
	id := url.PathEscape(a.id())
	call := func(method, path string) step {
		return step{command: `curl --fail --request ` + method + ` --header "Authorization: SSWS $OKTA_API_TOKEN" ` + host + Quote("/api/v1/"+path)}
	}
	switch t := strings.TrimPrefix(a.typ(), "okta."); {
	case (t == "api_token" || t == "token") && (a.action == "revoke" || a.action == "delete" || a.action == "disable"):
		return call("DELETE", "api-tokens/"+id)
	case t == "api_token" && (a.action == "rotate" || a.action == "federate" || a.action == "expire"):
		return step{text: "Replace " + a.e.Say(a.row) + " by a service app that signs in with OAuth and a private key: tokens of a user cannot be renewed by a call, and end with that user"}
	case t == "user" && a.action == "disable":
		return call("POST", "users/"+id+"/lifecycle/suspend")
	case t == "user" && a.action == "delete":
		return call("POST", "users/"+id+"/lifecycle/deactivate")
	case (t == "app" || t == "application") && a.action == "disable":
		return call("POST", "apps/"+id+"/lifecycle/deactivate")
	case (t == "app" || t == "application") && a.action == "delete":
		return call("DELETE", "apps/"+id)
	}
	return step{}
}

// salesforce writes commands of the Salesforce CLI.
func salesforce(a act) step {
	user := a.row
	if a.e.Graph.Kind(a.row) == drover.KindCredential {
		return step{text: "Revoke " + a.e.Say(a.row) + " under Setup, Connected Apps OAuth Usage, and let the integration sign in anew"}
	}
	if a.action == "disable" || a.action == "delete" {
		return step{command: "sf data update record --sobject User " + flag("--record-id", strings.TrimPrefix(a.e.Graph.Ref(user).ID(), "name:")) + " --values IsActive=false"}
	}
	return step{}
}

// slack has no command line for this; its pages are named as Slack names them.
func slack(a act) step {
	switch a.action {
	case "disable", "revoke", "delete":
		return step{text: "Remove the app of " + a.e.Say(a.row) + " under the workspace's settings, Manage apps: its tokens end with it"}
	case "rotate", "vault", "expire":
		return step{text: "Turn on token rotation for the app of " + a.e.Say(a.row) + " under OAuth & Permissions, or reinstall the app to be given another token, then revoke the old one"}
	}
	return step{}
}

// vault writes commands of the Vault CLI; OpenBao's bao takes the same.
func vault(a act) step {
	g := a.e.Graph
	mount := strings.Trim(or(a.str("mount", "mount_path"), "approle", ""), "/")
	switch t := strings.TrimPrefix(a.typ(), "vault."); t {
	case "token":
		if accessor := or(a.str("accessor"), a.id(), ""); a.action == "disable" || a.action == "delete" || a.action == "revoke" {
			return step{command: "vault token revoke -accessor " + flagSafe(accessor)}
		}
	case "secret_id", "approle_secret_id":
		row, ok := a.holder()
		if !ok {
			return step{}
		}
		path := "auth/" + strings.TrimPrefix(mount, "auth/") + "/role/" + g.Name(row)
		switch a.action {
		case "disable", "delete", "revoke":
			return step{command: "vault write " + flagSafe(path+"/secret-id-accessor/destroy") + " " + Quote("secret_id_accessor="+or(a.str("secret_id_accessor", "accessor"), a.id(), ""))}
		case "rotate", "vault", "expire":
			return step{command: "vault write -force " + Quote(path+"/secret-id"), text: "Make a second secret id for " + a.e.Say(row) + ", sign in with it, then destroy " + a.e.Say(a.row) + " by its accessor"}
		}
	case "approle":
		path := "auth/" + strings.TrimPrefix(mount, "auth/") + "/role/" + a.name()
		if a.action == "delete" {
			return step{command: "vault delete " + flagSafe(path)}
		}
	case "entity":
		if a.action == "disable" {
			return step{command: "vault write " + Quote("identity/entity/id/"+a.id()) + " disabled=true"}
		}
	}
	return step{}
}
