package remedy

import "github.com/droverhq/drover/check"

// A Remedy is one way to end findings, as pages and lists show it.
type Remedy struct {
	ID    string // Fix.Action of what its function makes
	Title string
	Doc   string // what it does, and what is to be seen before and after

	// ByHand says how a person does it, by system; "": in any other one.
	ByHand map[string]string
	Closes []check.Area // the areas whose findings it ends
}

// All lists every Remedy, the gentlest first.
var All = []Remedy{
	{ID: "set_owner", Title: "Name an owner", Doc: "Somebody answers for it from now on: a person or, better, a team. Nothing that runs is touched.", Closes: []check.Area{check.Ownership, check.Lifecycle},
		ByHand: map[string]string{"": "`drover owner suggest REF` lists who is likely and why; `drover owner set REF OWNER` decides. A tag `owner` in the system itself is found by the next scan."}},
	{ID: "confirm_owner", Title: "Ask the owner", Doc: "The owner says that it is still theirs and still needed, or that it is not.", Closes: []check.Area{check.Ownership},
		ByHand: map[string]string{"": "Ask the owner, then `drover owner confirm REF`."}},
	{ID: "hand_over", Title: "Hand over", Doc: "What a person who left or moved had goes to somebody else, with its credentials renewed: the former owner may have copies.", Closes: []check.Area{check.Ownership, check.Lifecycle},
		ByHand: map[string]string{"": "Agree with the team or manager, then `drover owner transfer REF --to OWNER`; rotate what the former owner could read."}},
	{ID: "review", Title: "Decide", Doc: "A person looks at the facts and decides; the decision is kept as an exception with an end, or as a change.", Closes: check.Areas,
		ByHand: map[string]string{"": "Read the evidence with the owner. To accept it until a date: `drover finding accept`."}},
	{ID: "tag", Title: "Label", Doc: "A label, tag, description or name says what it is, whose, and where it belongs.", Closes: []check.Area{check.Lifecycle, check.Ownership},
		ByHand: map[string]string{
			"aws": "`aws iam tag-user` and `tag-role`; for other things `aws resourcegroupstaggingapi tag-resources`. Where infrastructure code made it, change the code.", "kubernetes": "`kubectl label`, or `kubectl annotate` for what is no label value. Where Helm, Argo or Flux made it, change the source.",
			"postgres": "`COMMENT ON ROLE name IS 'owner=…'`; the comment is replaced whole.", "entra": "Properties, Notes and Tags of the enterprise application.", "gcp": "Description and labels of the service account's project.", "ad": "`Set-ADUser -Description`, and ManagedBy.", "github": "Description of the app; topics of the repository.",
		}},
	{ID: "configure", Title: "Change a setting", Doc: "One setting of the system is changed and nothing else.", Closes: []check.Area{check.Sign, check.Credentials, check.Trust, check.Agents, check.Data, check.Privilege},
		ByHand: map[string]string{
			"aws": "The setting by its name in the console or `aws` of that service.", "kubernetes": "`kubectl patch` or, better, the manifest that it comes from.", "postgres": "`ALTER ROLE`, `ALTER SYSTEM`, or pg_hba.conf and a reload.", "ad": "`Set-ADAccountControl` for what userAccountControl holds; `Set-ADUser` for the rest.",
			"entra": "Properties of the application or user in the admin centre, or `az ad`.", "github": "Settings of the organisation or repository.", "racf": "`ALTUSER`.", "ibmi": "`CHGUSRPRF`.", "": "The settings page of the system.",
		}},
	{ID: "pin", Title: "Pin a version", Doc: "What is run or trusted is named by a version or a hash that cannot be moved.", Closes: []check.Area{check.Agents, check.Trust},
		ByHand: map[string]string{"mcp": "Write the package with its exact version (`npx -y package@1.2.3`, `uvx package==1.2.3`), an image with its digest.", "github": "Name actions by the full hash of a commit.", "kubernetes": "Name images by digest (`image@sha256:…`).", "": "Name the version or the hash where the thing is called."}},
	{ID: "expire", Title: "Set an end", Doc: "It ends by itself on a date; until then somebody renews it on purpose.", Closes: []check.Area{check.Credentials, check.Lifecycle},
		ByHand: map[string]string{
			"aws": "Access keys have no end of their own: use a role, whose credentials last hours. Service-specific credentials for Bedrock can be made with one.", "kubernetes": "Delete the Secret of a legacy token; `kubectl create token` and mounted tokens end by themselves.",
			"postgres": "`ALTER ROLE name VALID UNTIL '2027-01-31'`.", "entra": "Add a second secret with an end (`az ad app credential reset --append --years 1`), then remove the first.", "ad": "`Set-ADAccountExpiration`.", "github": "Make a fine-grained token with an expiration, then delete the old one.",
			"gcp": "Set the organisation policy that limits the life of keys, or stop using keys.", "gitlab": "Make a second token with an end, then revoke the first.", "snowflake": "Make a programmatic access token with DAYS_TO_EXPIRY.", "machine": "`chage --expiredate DATE account`.", "": "Make another one with an end, then end this one.",
		}},
	{ID: "rotate", Title: "Rotate", Doc: "A new secret is made and delivered, use of it is seen, the old one goes unused and is ended. Never end the old one first.", Closes: []check.Area{check.Credentials, check.Secrets},
		ByHand: map[string]string{
			"aws": "`aws iam create-access-key`, deliver, see the new key's last use, set the old key Inactive, wait, delete it. A user has two keys at most.", "kubernetes": "Mounted tokens are renewed by themselves; make a second Secret for a legacy token, move its users, delete the first.",
			"postgres": "Two login roles in turn, both members of one owner role; or `\\password role`, which interrupts.", "entra": "Add a second secret or certificate, see sign-ins with its key id, remove the first.", "gcp": "Make a second key, see it used, disable the first, wait, delete it.",
			"ad": "Find every host that has the password (logon events, services, tasks), then set it on one domain controller and on each host. A group managed service account needs none of this.", "github": "Make a second token or key, deliver, delete the first.", "gitlab": "Make a second token: the rotate call ends the old one at once.",
			"vault": "`vault write -force auth/approle/role/NAME/secret-id`, sign in, destroy the old accessor.", "snowflake": "`ALTER USER … ROTATE PROGRAMMATIC ACCESS TOKEN`, or RSA_PUBLIC_KEY_2 and then UNSET RSA_PUBLIC_KEY.", "okta": "Add a second client secret, verify, deactivate the old.", "slack": "Turn on token rotation for the app.",
			"ssh": "Append the new public key, sign in with it, take the old line out of every authorized_keys.", "x509": "New key and certificate beside the old on every endpoint; look at each for the new fingerprint.", "racf": "`ALTUSER`; protected users have no password to rotate.", "ibmi": "`CHGUSRPRF … PASSWORD`.", "": "Make a second one, deliver it, see it used, end the first.",
		}},
	{ID: "vault", Title: "Move into a vault", Doc: "A new value lies in a vault and is read from there at run time; the copy is taken out of where it was, and its value is ended, since whoever read it may have kept it.", Closes: []check.Area{check.Secrets, check.Agents},
		ByHand: map[string]string{"git": "End the value first: history keeps it. Then take it out of the file; `git filter-repo` rewrites history where it must be gone.", "kubernetes": "An operator for external secrets, or a CSI driver, in place of literals in manifests and ConfigMaps.", "aws": "Secrets Manager or a SecureString parameter, read by the role of the workload.",
			"machine": "A file that only its service can read, written at start from the vault; never the history of a shell.", "mcp": "An input or an environment variable in place of the literal in the configuration.", "": "Keep the new value in the vault of your house and give its reader a reference."}},
	{ID: "federate", Title: "Replace by federation", Doc: "The workload signs in with a short-lived token of the platform that runs it; no secret is kept.", Closes: []check.Area{check.Credentials, check.Secrets, check.Sign},
		ByHand: map[string]string{
			"aws": "A role whose trust policy names the OIDC provider with audience and subject; inside AWS the role of the function, task, instance or service account.", "gcp": "Workload identity federation, or the attached service account.", "azure": "A federated identity credential, or a managed identity.", "entra": "A federated identity credential with exact issuer, subject and audience.",
			"github": "`permissions: id-token: write` and the cloud's OIDC action in place of a stored key.", "kubernetes": "Projected service account tokens, and the cloud's workload identity.", "ad": "A group managed service account.", "snowflake": "Workload identity federation of the user.", "": "OIDC, workload identity or mutual TLS, whichever both sides speak.",
		}},
	{ID: "restrict_trust", Title: "Narrow who is let in", Doc: "Trust names exactly who may come in and under which condition.", Closes: []check.Area{check.Trust, check.Isolation},
		ByHand: map[string]string{
			"aws": "In the trust policy: for OIDC, StringEquals on `aud` and on `sub` down to repository and branch or environment; for another account, `sts:ExternalId`; for services, `aws:SourceAccount`.", "entra": "Exact subject in the federated credential; user assignment required.", "gcp": "An attribute condition of the provider, and bindings to one subject, not to the pool.",
			"kubernetes": "Bind named service accounts, never system:authenticated or all of a namespace.", "github": "Limit the app to named repositories; environments with required reviewers.", "": "Name the one subject that needs it.",
		}},
	{ID: "narrow", Title: "Restrict rights", Doc: "Rights are cut to what is used and what is known to be needed rarely; every use that was recorded must still be allowed.", Closes: []check.Area{check.Privilege, check.Isolation, check.Data, check.Agents},
		ByHand: map[string]string{
			"aws": "`aws iam generate-service-last-accessed-details --granularity ACTION_LEVEL` says what was used; Access Analyzer drafts a policy.", "kubernetes": "A Role with the verbs and resources that audit logs show, in the namespaces that need it.", "postgres": "`REVOKE`, then `GRANT` of the tables and verbs that are used; `ALTER ROLE … NOSUPERUSER`.",
			"entra": "Replace app roles and directory roles by narrower ones.", "azure": "A role of the resource group in place of one of the subscription.", "gcp": "The recommender's role in place of Owner or Editor.", "github": "Fewer repositories and permissions of the app; read where write was not seen.", "": "Give a role that holds what was seen used.",
		}},
	{ID: "detach", Title: "Take a right away", Doc: "A policy, role or membership is taken from an identity; it can be given back as it was.", Closes: []check.Area{check.Privilege, check.Isolation, check.Lifecycle},
		ByHand: map[string]string{
			"aws": "`aws iam detach-user-policy`, `detach-role-policy`, `remove-user-from-group`.", "kubernetes": "Delete the binding, or the subject from it.", "postgres": "`REVOKE role FROM name`.", "entra": "Remove the role assignment or the membership.", "gcp": "`gcloud projects remove-iam-policy-binding`.", "ad": "`Remove-ADGroupMember`.", "github": "Remove from the team or the repository.",
			"snowflake": "`REVOKE ROLE … FROM USER …`.", "racf": "`REMOVE user GROUP(group)`.", "machine": "`gpasswd --delete account group`.", "": "Remove the assignment.",
		}},
	{ID: "split", Title: "Give each its own", Doc: "Several users of one identity or credential get one each, so that a leak, a rotation and a log line concern one of them only.", Closes: []check.Area{check.Isolation, check.Sign, check.Secrets},
		ByHand: map[string]string{"aws": "A role for each workload.", "kubernetes": "A ServiceAccount for each workload.", "postgres": "A login role for each application, members of one role that holds the rights.", "x509": "A key and certificate for each endpoint or device, from the same issuer.", "": "Make one for each user, move them one by one, end the shared one."}},
	{ID: "disable", Title: "Switch off", Doc: "It stops working and can be switched on again as it was; after a while without complaint it is deleted.", Closes: []check.Area{check.Lifecycle, check.Credentials, check.Ownership, check.Sign},
		ByHand: map[string]string{
			"aws": "Keys: `aws iam update-access-key --status Inactive`. Users and roles: an inline policy that denies everything, since IAM has no switch; sessions that run last up to 36 hours.", "kubernetes": "Take away the bindings and set automountServiceAccountToken to false; there is no switch.", "postgres": "`ALTER ROLE name NOLOGIN`, then end its sessions with pg_terminate_backend.",
			"entra": "Sign-in off (`az ad sp update --set accountEnabled=false`); tokens stay valid until they end.", "gcp": "`gcloud iam service-accounts disable`; tokens are refused at once.", "ad": "`Disable-ADAccount`; tickets last up to ten hours.", "github": "Suspend the app's installation.", "gitlab": "Block the user.", "okta": "Suspend the user, deactivate the app.", "snowflake": "`ALTER USER … SET DISABLED = TRUE`.",
			"vault": "`vault write identity/entity/id/ID disabled=true`.", "salesforce": "Freeze or deactivate the user.", "machine": "`usermod --lock --expiredate 1 account`.", "ssh": "A # before its line in each authorized_keys.", "racf": "`ALTUSER user REVOKE`.", "ibmi": "`CHGUSRPRF … STATUS(*DISABLED)`.", "": "Whatever the system calls disabling, suspending or blocking.",
		}},
	{ID: "revoke", Title: "Revoke and replace", Doc: "A credential that others may hold is ended at once and another is made; what still used the old one stops.", Closes: []check.Area{check.Secrets, check.Agents},
		ByHand: map[string]string{
			"aws": "Set the key Inactive, and deny sessions made before now (`aws:TokenIssueTime`): temporary credentials outlive their key.", "github": "Delete the token or deploy key; for an organisation, revoke the fine-grained token or the authorization.", "gitlab": "`DELETE personal_access_tokens/ID`.", "entra": "Remove the secret; revoke sessions of a user.", "gcp": "Delete the key.", "slack": "Revoke the token under the app's settings.", "kubernetes": "Delete the Secret of the token.",
			"postgres": "NOLOGIN, end the sessions, new password.", "vault": "`vault token revoke -accessor`.", "snowflake": "Remove the token.", "okta": "Revoke the API token.", "x509": "Have the issuer revoke it.", "": "End it at its issuer, then look in the logs for use that was not yours.",
		}},
	{ID: "delete", Title: "Delete", Doc: "It is taken away for good, after it was switched off for long enough that nothing missed it: 30 days as a rule.", Closes: []check.Area{check.Lifecycle},
		ByHand: map[string]string{
			"aws": "`aws iam delete-access-key`; a user or role only once everything that hangs on it is gone. A role of the same name is another role.", "kubernetes": "`kubectl delete serviceaccount`; where a chart or an operator made it, take it out there.", "postgres": "`REASSIGN OWNED`, `DROP OWNED` in every database, then `DROP ROLE`.", "entra": "`az ad app delete`; it can be restored for 30 days, the service principal by itself.",
			"gcp": "`gcloud iam service-accounts delete`; it can be restored for 30 days.", "ad": "`Remove-ADUser`, with the Recycle Bin on.", "github": "Delete the key or token, uninstall the app.", "machine": "`userdel account`.", "racf": "`DELUSER`, after IRRRID00.", "ibmi": "`DLTUSRPRF`.", "": "Delete it in its system, after it was switched off.",
		}},
}
