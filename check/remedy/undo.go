package remedy

import (
	"strings"

	"github.com/droverhq/drover"
)

// How remedies are taken back, by their id, where nothing else holds for what is
// changed.
var undone = map[string]string{
	"disable": switchedOn, "delete": "It cannot be brought back in every system: disable it first, and wait.",
	"rotate": "Until the old secret is ended, going back is using it again.", "revoke": "It cannot be undone: what used it needs the new one.",
	"expire": "A later end can be set at any time.", "vault": "Until the old secret is ended, going back is using it again.", "federate": "Until the old credential is ended, going back is using it again.",
	"detach": "It can be given back as it was.", "narrow": "What was taken can be given back.", "restrict_trust": "The former condition can be put back.",
	"split": "Until the shared one is ended, going back is using it again.", "configure": "The former setting can be put back.", "pin": "The former version can be put back.",
}

const (
	switchedOn = "It can be switched on again as it was."
	gone       = "It cannot be switched on again: it is removed, and what used it needs another."
	perhaps    = "It can be switched on again where its system has a switch for it; where it can only be removed, what used it needs another."
	manifest   = "It can be made again from its manifest: keep a copy of that first."
)

// undo says how what a remedy does to a row is taken back; "": nothing is to say.
func (a act) undo() string {
	switch {
	case a.action == "disable":
		return a.on()
	case a.action == "delete" && kubeKinds[a.typ()] != "":
		return manifest
	case a.action == "delete" && (a.typ() == "aws.iam.inline_policy" || a.typ() == "aws.iam.policy"):
		return "It can be made again from its document: keep a copy of that first."
	case a.action == "detach" && a.e.Graph.Type(a.what) == "aws.iam.inline_policy":
		return "It can be made again from its document: keep a copy of that first."
	}
	return undone[a.action]
}

// on says whether what Disable did can be taken back: by what the system has for
// things of the type.
func (a act) on() string {
	t := a.typ()
	if a.e.Graph.Kind(a.row) == drover.KindCredential {
		switch {
		case hasSwitch[t], hasSwitch[a.system()]:
			return switchedOn
		case noSwitch[a.system()]:
			return gone
		}
		return perhaps
	}
	if text := onAgain[t]; text != "" {
		return text
	}
	switch {
	case kubeKinds[t] != "":
		return manifest
	case strings.HasSuffix(t, ".managed_identity"):
		return "What was taken from it can be given back."
	case a.system() == "slack":
		return "It can be installed again, and is given other tokens then."
	}
	return switchedOn
}

// onAgain is what is said of identities and policies that have no switch.
var onAgain = map[string]string{
	"aws.iam.inline_policy": "It can be made again from its document: keep a copy of that first.", "kubernetes.service_account": "The setting can be put back, and its bindings be made again from their manifests.",
	"github.user": "The account can be invited again, and be put into its teams again.", "mcp.server": "It can be put back as it was.",
}

// hasSwitch are credentials that can be switched off and on, and systems in which
// it is the account that is: it has one password, and the switch is the account's.
var hasSwitch = map[string]bool{
	"aws.iam.access_key": true, "aws.iam.service_specific_credential": true, "aws.iam.signing_certificate": true, "aws.iam.ssh_public_key": true, "aws.iot.certificate": true,
	"gcp.service_account_key": true, "snowflake.programmatic_access_token": true,
	"postgres": true, "snowflake": true, "ad": true, "racf": true, "ibmi": true, "ssh": true, "machine": true,
}

// noSwitch are systems whose other credentials can only be removed.
var noSwitch = map[string]bool{"aws": true, "entra": true, "azure": true, "gcp": true, "github": true, "gitlab": true, "okta": true, "vault": true, "kubernetes": true, "slack": true, "salesforce": true, "docker": true, "registry": true, "x509": true, "secret": true}
