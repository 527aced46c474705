// Package remedy holds the ways in which findings are ended: one function each,
// which names the exact object and writes the exact command of the system that
// the object lives in. Commands are quoted for a POSIX shell, for names come from
// scanned systems.
package remedy

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
)

// Disable switches a credential or an identity off, reversibly.
func Disable(e *check.Estate, row int) drover.Fix { return fix(e, "disable", row, "Disable ", "") }

// Delete takes it away for good, after it was disabled for a while.
func Delete(e *check.Estate, row int) drover.Fix { return fix(e, "delete", row, "Delete ", "") }

// Rotate puts a new secret in the place of a credential's, and ends the old one.
func Rotate(e *check.Estate, row int) drover.Fix { return fix(e, "rotate", row, "Rotate ", "") }

// Revoke ends a credential that others may hold, at once, and issues another.
func Revoke(e *check.Estate, row int) drover.Fix { return fix(e, "revoke", row, "Revoke ", "") }

// Expire gives a credential an end.
func Expire(e *check.Estate, row int) drover.Fix { return fix(e, "expire", row, "Set an end for ", "") }

// Vault moves a secret from where it lies into a vault, and has it read from there.
func Vault(e *check.Estate, credential, place int) drover.Fix {
	return fix(e, "vault", credential, "Move into a vault ", "")
}

// Federate replaces a static credential by tokens that the workload's own
// platform issues.
func Federate(e *check.Estate, credential int) drover.Fix {
	return fix(e, "federate", credential, "Replace by federation ", "")
}

// Detach takes a policy, role or membership (what) away from an identity.
func Detach(e *check.Estate, identity, what int) drover.Fix {
	f := fix(e, "detach", identity, "Take "+e.Say(what)+" from ", "")
	f.Group = "detach " + string(e.Graph.Ref(what))
	return f
}

// Narrow replaces what an identity may do by less; to says by what: "SELECT on
// orders and order_lines".
func Narrow(e *check.Estate, identity int, to string) drover.Fix {
	return fix(e, "narrow", identity, "Restrict to "+to+": ", "")
}

// Restrict narrows who is let in: the trust policy of a role, a federation, a
// binding. To says by what condition.
func Restrict(e *check.Estate, row int, to string) drover.Fix {
	return fix(e, "restrict_trust", row, "Require "+to+" of who may become ", "")
}

// SetOwner gives something an owner.
func SetOwner(e *check.Estate, row int) drover.Fix {
	return fix(e, "set_owner", row, "Name an owner for ", "drover owner set "+Quote(string(e.Graph.Ref(row)))+" OWNER")
}

// ConfirmOwner asks an owner whether it still is theirs.
func ConfirmOwner(e *check.Estate, row int) drover.Fix {
	return fix(e, "confirm_owner", row, "Ask the owner to confirm ", "drover owner confirm "+Quote(string(e.Graph.Ref(row))))
}

// HandOver gives what a leaver had to somebody else.
func HandOver(e *check.Estate, row int) drover.Fix {
	return fix(e, "hand_over", row, "Hand over ", "drover owner transfer "+Quote(string(e.Graph.Ref(row)))+" --to OWNER")
}

// Split gives each of several users of one identity or credential its own.
func Split(e *check.Estate, row int, users []int) drover.Fix {
	return fix(e, "split", row, "Give each of "+e.Says(users)+" its own instead of ", "")
}

// Tag adds or mends a label or name in the system: key and what it is to say.
func Tag(e *check.Estate, row int, key, value string) drover.Fix {
	return fix(e, "tag", row, "Set "+key+" to "+value+" on ", "")
}

// Pin fixes the version of what is run or trusted: a package, an action, an image.
func Pin(e *check.Estate, row int, what string) drover.Fix {
	return fix(e, "pin", row, "Pin "+what+" in ", "")
}

// Configure changes a setting of the system: setting in the system's words.
func Configure(e *check.Estate, row int, setting string) drover.Fix {
	return fix(e, "configure", row, "Set "+setting+" on ", "")
}

// Review asks a person to decide, where a program cannot: what they are to look at.
func Review(e *check.Estate, row int, what string) drover.Fix {
	return fix(e, "review", row, "Decide "+what+" for ", "")
}

func fix(e *check.Estate, action string, row int, before, command string) drover.Fix {
	ref := e.Graph.Ref(row)
	return drover.Fix{Text: before + e.Say(row) + ".", Command: command, Action: action, Object: ref, Group: action + " " + string(ref)}
}

// Quote writes one argument for a POSIX shell.
func Quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@=,+%") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
