package remedy

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// machine writes commands of the shadow suite, for accounts of a Linux computer
// (usermod(8), userdel(8), chage(1)).
func machine(a act) step {
	if a.typ() != "machine.account" {
		return step{}
	}
	switch a.action {
	case "disable":
		// A locked password keeps nobody out who signs in with a key; an account that
		// has expired does.
		return step{command: "usermod --lock --expiredate 1 " + flagSafe(a.name())}
	case "delete":
		return step{command: "userdel " + flagSafe(a.name())}
	case "expire":
		return step{command: "chage --expiredate " + a.e.Now.UTC().Add(90*drover.Day).Format("2006-01-02") + " " + flagSafe(a.name())}
	case "detach":
		if a.e.Graph.Type(a.what) == "machine.group" {
			return step{command: "gpasswd " + flag("--delete", a.name()) + " " + flagSafe(a.e.Graph.Name(a.what))}
		}
	}
	return step{}
}

// ssh: a key ends where its line in authorized_keys does.
func ssh(a act) step {
	if a.e.Graph.Type(a.row) == "x509.private_key" {
		return x509(a)
	}
	switch a.action {
	case "disable", "revoke", "delete":
		return step{text: "Put a # before the line of " + a.e.Say(a.row) + " in each authorized_keys that has it; a line in RevokedKeys ends it on all hosts that read that file"}
	case "rotate", "vault", "expire":
		return step{command: "ssh-keygen -t ed25519 -f new_key",
			text: "Make another key, append its public half to each authorized_keys that has " + a.e.Say(a.row) + ", sign in with it, then take the old line out; a certificate of an SSH CA would end by itself"}
	}
	return step{}
}

// x509: a certificate is renewed by whoever issued it.
func x509(a act) step {
	for _, p := range a.e.Places(a.row) {
		if a.e.Graph.Type(p) == "kubernetes.certificate" && (a.action == "rotate" || a.action == "expire") {
			return step{command: "cmctl renew " + flagSafe(a.e.Graph.Name(p)) + kubeNamespace(a, p), text: "Have cert-manager renew " + a.e.Say(a.row)}
		}
	}
	switch a.action {
	case "rotate", "expire", "vault":
		return step{text: "Make a new key and have the issuer of " + a.e.Say(a.row) + " sign it, install both on every endpoint that serves it, look at each for the new fingerprint, then retire the old"}
	case "revoke", "disable", "delete":
		return step{text: "Have the issuer of " + a.e.Say(a.row) + " revoke it, and take it out of whatever trusts it by name: many clients never ask for revocation"}
	}
	return step{}
}

func kubeNamespace(a act, row int) string {
	if ns := a.e.Graph.Str(row, "namespace"); ns != "" {
		return " -n " + Quote(ns)
	}
	return ""
}

// profile is a name that RACF and IBM i take: anything else is no user of theirs.
var profile = regexp.MustCompile(`^[A-Z#$@][A-Z0-9#$@_]{0,9}$`)

// racf writes TSO commands, run by tsocmd of z/OS UNIX (z/OS Security Server RACF
// Command Language Reference).
func racf(a act) step {
	who, ok := a.mainframeUser()
	if !ok {
		return step{}
	}
	switch a.action {
	case "disable", "revoke":
		return step{command: "tsocmd " + Quote("ALTUSER "+who+" REVOKE")}
	case "delete":
		return step{command: "tsocmd " + Quote("DELUSER "+who), text: "Give its data sets and profiles to others (IRRRID00 lists them), then delete " + a.e.Say(a.row)}
	case "configure", "narrow":
		if sort := regexp.MustCompile(`^NO(SPECIAL|OPERATIONS|AUDITOR|PASSWORD|PHRASE|OIDCARD)$`); sort.MatchString(a.text) {
			return step{command: "tsocmd " + Quote("ALTUSER "+who+" "+a.text)}
		}
	case "detach":
		if g := a.e.Graph.Name(a.what); a.e.Graph.Kind(a.what) == drover.KindGroup && profile.MatchString(g) {
			return step{command: "tsocmd " + Quote("REMOVE "+who+" GROUP("+g+")")}
		}
	case "rotate", "vault":
		return step{text: "Set a new password for " + a.e.Say(a.row) + " by ALTUSER, or make it a protected user (NOPASSWORD NOPHRASE) where only started tasks run as it"}
	}
	return step{}
}

// ibmi writes CL commands, run by system of Qshell (IBM i documentation, Control
// language).
func ibmi(a act) step {
	who, ok := a.mainframeUser()
	if !ok {
		return step{}
	}
	change := func(what string) step { return step{command: "system " + Quote("CHGUSRPRF USRPRF("+who+") "+what)} }
	switch a.action {
	case "disable", "revoke":
		return change("STATUS(*DISABLED)")
	case "delete":
		return step{command: "system " + Quote("DLTUSRPRF USRPRF("+who+") OWNOBJOPT(*NODLT)")}
	case "rotate", "vault":
		return step{text: "Set a new password for " + a.e.Say(a.row) + " by CHGUSRPRF, or PASSWORD(*NONE) where only jobs run as it"}
	case "configure", "narrow":
		if regexp.MustCompile(`^(PASSWORD\(\*NONE\)|SPCAUT\(\*NONE\)|LMTCPB\(\*YES\)|INLMNU\(\*SIGNOFF\))$`).MatchString(a.text) {
			return change(a.text)
		}
	}
	return step{}
}

func (a act) mainframeUser() (string, bool) {
	row := a.row
	if a.e.Graph.Kind(row) == drover.KindCredential {
		h, ok := a.holder()
		if !ok {
			return "", false
		}
		row = h
	}
	name := strings.ToUpper(or(str(a.e, row, "NAME", "AUTHORIZATION_NAME"), a.e.Graph.Name(row), ""))
	return name, profile.MatchString(name)
}

// registry: tokens of a registry are made and ended on its pages.
func registry(a act) step {
	switch a.action {
	case "revoke", "disable", "delete":
		return step{text: "Delete " + a.e.Say(a.row) + " under the access tokens of its account in the registry; docker logout only forgets the local copy"}
	}
	return step{}
}

// agent: what an assistant may use stands in its own configuration.
func agent(a act) step {
	switch a.action {
	case "disable", "delete":
		if a.typ() == "mcp.server" {
			return step{text: "Take " + a.e.Say(a.row) + " out of mcpServers in each client's configuration that names it, and restart the client"}
		}
		return step{text: "Stop " + a.e.Say(a.row) + " where it is hosted, and take away the identity that it acts as"}
	case "vault":
		return step{text: "Have the client read " + a.e.Say(a.row) + " from the environment or a vault in place of the literal in " + a.e.Say(a.what) + ", then rotate it"}
	}
	return step{}
}

// bySecret is for a value of which only the fingerprint is known: its issuer's
// pages find it by whose it is.
func bySecret(a act) step {
	switch a.action {
	case "revoke", "disable", "delete", "rotate":
		if issuer, _, ok := strings.Cut(a.typ(), "."); ok && issuer != "secret" {
			return step{text: strings.ToUpper(a.action[:1]) + a.action[1:] + " " + a.e.Say(a.row) + " at its issuer (" + trim(issuer) + "): only its fingerprint is known here, so find it there by its place and age"}
		}
	}
	return step{}
}
