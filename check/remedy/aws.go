package remedy

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/droverhq/drover"
)

// aws writes commands of the AWS CLI (AWS CLI Command Reference, iam, iot,
// secretsmanager).
func aws(a act) step {
	if a.action == "tag" {
		return a.awsTag()
	}
	switch a.typ() {
	case "aws.iam.access_key":
		return a.awsKey()
	case "aws.iam.user", "aws.iam.role":
		return a.awsPrincipal()
	case "aws.iam.login_profile":
		s := a.awsEnds("aws iam delete-login-profile "+a.awsUser(), "disable", "delete", "revoke")
		if s.command != "" {
			s.text = "Delete " + a.e.Say(a.row) + ": a console password cannot be switched off, only deleted"
		}
		return s
	case "aws.iam.service_specific_credential":
		return a.awsSwitch("service-specific-credential", "--service-specific-credential-id", "reset-service-specific-credential")
	case "aws.iam.signing_certificate":
		return a.awsSwitch("signing-certificate", "--certificate-id", "")
	case "aws.iam.ssh_public_key":
		return a.awsSwitch("ssh-public-key", "--ssh-public-key-id", "")
	case "aws.iam.server_certificate":
		return a.awsEnds("aws iam delete-server-certificate "+flag("--server-certificate-name", a.name()), "delete", "revoke")
	case "aws.iot.certificate":
		return a.awsEnds("aws iot update-certificate "+flag("--certificate-id", a.id())+" --new-status INACTIVE", "disable", "revoke")
	case "aws.secretsmanager.secret":
		return a.awsEnds("aws secretsmanager rotate-secret "+flag("--secret-id", or(alias(a.e, a.row, "arn:"), a.name(), "arn:")), "rotate")
	case "aws.iam.inline_policy":
		return a.awsInline()
	case "aws.iam.policy":
		if a.action == "narrow" && a.arn() != "" {
			return step{command: "aws iam create-policy-version " + flag("--policy-arn", a.arn()) + " --policy-document file://policy.json --set-as-default",
				text: "Write what remains into policy.json (" + trim(a.text) + ") and make it the policy's default version: " + a.e.Say(a.row)}
		}
	}
	return step{}
}

// awsInline rewrites an inline policy, or takes it away, where it is known whose it
// is.
func (a act) awsInline() step {
	holders := a.e.Out(a.row, drover.EdgeAttached)
	if len(holders) != 1 {
		return step{}
	}
	sort, ok := strings.CutPrefix(a.e.Graph.Type(holders[0]), "aws.iam.")
	if !ok || sort != "user" && sort != "role" && sort != "group" {
		return step{}
	}
	which := flag("--"+sort+"-name", a.e.Graph.Name(holders[0])) + " " + flag("--policy-name", a.name())
	switch a.action {
	case "narrow":
		return step{command: "aws iam put-" + sort + "-policy " + which + " --policy-document file://policy.json",
			text: "Write what remains into policy.json (" + trim(a.text) + ") and put it in the place of " + a.e.Say(a.row) + " of " + a.e.Say(holders[0])}
	case "delete", "disable":
		return step{command: "aws iam delete-" + sort + "-policy " + which}
	}
	return step{}
}

// or writes prefix and v where v is not empty, else other.
func or(v, other, prefix string) string {
	if v == "" {
		return other
	}
	return prefix + v
}

// arn is the alias of the row that is an ARN; "": none is known.
func (a act) arn() string { return or(alias(a.e, a.row, "arn:"), "", "arn:") }

// awsUser is the option that names whose credential it is. The root user's have
// none: they are changed by the root user itself.
func (a act) awsUser() string {
	name := a.str("UserName")
	if row, ok := a.holder(); ok {
		if a.e.Graph.Type(row) == "aws.iam.root" {
			return ""
		}
		name = a.e.Graph.Name(row)
	}
	if name == "" {
		return ""
	}
	return flag("--user-name", name) + " "
}

// awsEnds gives one command for some actions.
func (a act) awsEnds(command string, actions ...string) step {
	for _, x := range actions {
		if x == a.action {
			return step{command: strings.TrimSpace(command)}
		}
	}
	return step{}
}

// keyID is what IAM calls an access key (IAM API Reference, AccessKey).
var keyID = regexp.MustCompile(`^\w+$`)

func (a act) awsKey() step {
	user, id := a.awsUser(), a.id()
	if !keyID.MatchString(id) { // a credential report names keys by their column
		return step{text: map[string]string{
			"disable": "Look up the id of " + a.e.Say(a.row) + " among the keys of its user, and set it to Inactive", "delete": "Look up the id of " + a.e.Say(a.row) + " among the keys of its user, and delete it",
			"revoke": "Look up the id of " + a.e.Say(a.row) + " among the keys of its user, and set it to Inactive at once",
		}[a.action]}
	}
	off := "aws iam update-access-key " + user + flag("--access-key-id", id) + " --status Inactive"
	switch a.action {
	case "disable", "revoke":
		return step{command: off}
	case "delete":
		return step{command: "aws iam delete-access-key " + user + flag("--access-key-id", id)}
	case "rotate", "vault":
		if s, full := a.room(awsKeys, "AWS", func(b act) string { return b.awsKey().command }); full {
			return a.vaulted(s)
		}
		if a.action == "vault" {
			return step{command: strings.TrimSpace("aws iam create-access-key " + user),
				text: "Make a second key, keep it in a vault and have it read from there, take " + a.e.Say(a.row) + " out of " + a.e.Say(a.what) + ", then set that key to Inactive"}
		}
		return step{command: strings.TrimSpace("aws iam create-access-key " + user),
			text: "Make a second key beside " + a.e.Say(a.row) + ", put it where the first is used, watch the first go unused, then set the first to Inactive"}
	case "expire":
		return step{text: "Replace " + a.e.Say(a.row) + " by a role: access keys have no end of their own, temporary credentials of a role have one"}
	case "federate":
		return step{text: "Let the workload assume a role with a token of its own platform (an OIDC provider, a workload's role) in place of " + a.e.Say(a.row) + ", then set the key to Inactive"}
	}
	return step{}
}

// awsSwitch is for credentials whose status can be set.
func (a act) awsSwitch(what, option, reset string) step {
	id := a.awsUser() + flag(option, a.id())
	switch {
	case a.action == "disable" || a.action == "revoke":
		return step{command: "aws iam update-" + what + " " + id + " --status Inactive"}
	case a.action == "delete":
		return step{command: "aws iam delete-" + what + " " + id}
	case a.action == "rotate" && reset != "":
		return step{command: "aws iam " + reset + " " + id}
	}
	return step{}
}

// denyAll is the policy that quarantines a principal: an explicit deny counts
// before every allow (IAM User Guide, Policy evaluation logic).
const denyAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`

func (a act) awsPrincipal() step {
	sort := strings.TrimPrefix(a.typ(), "aws.iam.") // user or role
	name := flag("--"+sort+"-name", a.name())
	switch a.action {
	case "disable":
		return step{command: "aws iam put-" + sort + "-policy " + name + " --policy-name DroverQuarantine --policy-document " + Quote(denyAll),
			text: "Deny everything to " + a.e.Say(a.row) + " by an inline policy: IAM has no switch for a principal, and deleting that policy undoes it"}
	case "delete":
		return step{command: "aws iam delete-" + sort + " " + name,
			text: "Delete " + a.e.Say(a.row) + " once its keys, password, policies, memberships and instance profiles are taken away: until then IAM refuses"}
	case "detach":
		return a.awsDetach(sort, name)
	case "restrict_trust":
		if sort == "role" {
			return step{command: "aws iam update-assume-role-policy " + name + " --policy-document file://trust.json",
				text: "Write into trust.json a trust policy that requires " + trim(a.text) + ", and set it on " + a.e.Say(a.row)}
		}
	case "narrow":
		if a.arn() == "" {
			return step{}
		}
		return step{command: "aws iam generate-service-last-accessed-details " + flag("--arn", a.arn()) + " --granularity ACTION_LEVEL",
			text: "Replace the policies of " + a.e.Say(a.row) + " by one that grants " + trim(a.text) + "; the command lists what was used of what it has"}
	}
	return step{}
}

func (a act) awsDetach(sort, name string) step {
	switch g := a.e.Graph; g.Type(a.what) {
	case "aws.iam.policy", "unseen.arn":
		if arn := alias(a.e, a.what, "arn:"); strings.Contains(arn, ":policy/") {
			return step{command: "aws iam detach-" + sort + "-policy " + name + " " + flag("--policy-arn", "arn:"+arn)}
		}
	case "aws.iam.inline_policy":
		return step{command: "aws iam delete-" + sort + "-policy " + name + " " + flag("--policy-name", g.Name(a.what))}
	case "aws.iam.group":
		return step{command: "aws iam remove-user-from-group " + name + " " + flag("--group-name", g.Name(a.what))}
	}
	return step{}
}

// awsTag writes tags as JSON, since the short form divides at commas.
func (a act) awsTag() step {
	pair, err := json.Marshal([]map[string]string{{"Key": a.key, "Value": a.text}})
	if err != nil {
		return step{}
	}
	switch a.typ() {
	case "aws.iam.user", "aws.iam.role":
		sort := strings.TrimPrefix(a.typ(), "aws.iam.")
		return step{command: "aws iam tag-" + sort + " " + flag("--"+sort+"-name", a.name()) + " --tags " + Quote(string(pair))}
	case "aws.iam.policy":
		if a.arn() == "" {
			return step{}
		}
		return step{command: "aws iam tag-policy " + flag("--policy-arn", a.arn()) + " --tags " + Quote(string(pair))}
	}
	if arn := alias(a.e, a.row, "arn:"); arn != "" && !strings.HasPrefix(a.typ(), "aws.iam.") {
		one, err := json.Marshal(map[string]string{a.key: a.text})
		if err == nil {
			return step{command: "aws resourcegroupstaggingapi tag-resources " + flag("--resource-arn-list", "arn:"+arn) + " --tags " + Quote(string(one))}
		}
	}
	return step{}
}
