// Package remedy holds the ways in which findings are ended: one function each,
// which names the exact object and writes the exact command of the system that
// the object lives in. Commands are quoted for a shell, for names come from scanned
// systems. Where a system has no command for it, Command is "" and Text says in
// the system's words what to do.
package remedy

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
)

// Disable switches a credential or an identity off. Where its system has a switch
// for it that is reversible; Undo of the fix says whether it is.
func Disable(e *check.Estate, row int) drover.Fix {
	return fix(e, act{action: "disable", row: row}, "Disable "+e.Say(row))
}

// Delete takes it away for good, after it was disabled for a while; what has no
// switch, such as a binding, at once.
func Delete(e *check.Estate, row int) drover.Fix {
	if kubeKinds[e.Graph.Type(row)] != "" && e.Graph.Kind(row) == drover.KindPolicy {
		return fix(e, act{action: "delete", row: row}, "Delete "+e.Say(row)+", after a look at who needs it: a binding has no switch")
	}
	return fix(e, act{action: "delete", row: row}, "Delete "+e.Say(row)+", after it was switched off for a while and nothing missed it")
}

// Rotate puts a new secret in the place of a credential's, and ends the old one.
func Rotate(e *check.Estate, row int) drover.Fix {
	return fix(e, act{action: "rotate", row: row}, "Rotate "+e.Say(row))
}

// EndRotation ends the old one of two credentials, once what uses it has moved over
// to the newer one, which is there already.
func EndRotation(e *check.Estate, old, newer int) drover.Fix {
	f := Disable(e, old)
	f.Text = "End the rotation: move what still uses " + e.Say(old) + " to " + e.Say(newer) + ", or delete that one and begin again where nobody holds its secret; watch the old one go unused, then switch it off."
	return f
}

// Revoke ends a credential that others may hold, at once, and issues another.
func Revoke(e *check.Estate, row int) drover.Fix {
	return fix(e, act{action: "revoke", row: row}, "Revoke "+e.Say(row)+" and issue another")
}

// Expire gives a credential an end.
func Expire(e *check.Estate, row int) drover.Fix {
	return fix(e, act{action: "expire", row: row}, "Set an end for "+e.Say(row))
}

// Vault moves a secret from where it lies into a vault, and has it read from there.
func Vault(e *check.Estate, credential, place int) drover.Fix {
	return fix(e, act{action: "vault", row: credential, what: place, other: true},
		"Keep a new "+e.Say(credential)+" in a vault, have it read from there, take it out of "+e.Say(place)+", then end the old one")
}

// Federate replaces a static credential by tokens that the workload's own
// platform issues.
func Federate(e *check.Estate, credential int) drover.Fix {
	return fix(e, act{action: "federate", row: credential}, "Let the workload sign in with a token of its own platform in place of "+e.Say(credential)+", then end that")
}

// Detach takes a policy, role or membership (what) away from an identity.
func Detach(e *check.Estate, identity, what int) drover.Fix {
	f := fix(e, act{action: "detach", row: identity, what: what, other: true}, "Take "+e.Say(what)+" from "+e.Say(identity))
	f.Group = "detach " + string(e.Graph.Ref(what))
	return f
}

// Narrow replaces what an identity may do by less; to says by what: "SELECT on
// orders and order_lines".
func Narrow(e *check.Estate, identity int, to string) drover.Fix {
	return fix(e, act{action: "narrow", row: identity, text: to}, "Restrict "+e.Say(identity)+" to "+trim(to))
}

// Restrict narrows who is let in: the trust policy of a role, a federation, a
// binding. To says by what condition.
func Restrict(e *check.Estate, row int, to string) drover.Fix {
	return fix(e, act{action: "restrict_trust", row: row, text: to}, "Require "+trim(to)+" of who may become "+e.Say(row))
}

// SetOwner gives something an owner.
func SetOwner(e *check.Estate, row int) drover.Fix {
	return plain(e, "set_owner", row, "Name an owner for "+e.Say(row), "drover owner set "+Quote(string(e.Graph.Ref(row)))+" OWNER")
}

// ConfirmOwner asks an owner whether it still is theirs.
func ConfirmOwner(e *check.Estate, row int) drover.Fix {
	return plain(e, "confirm_owner", row, "Ask the owner to confirm "+e.Say(row), "drover owner confirm "+Quote(string(e.Graph.Ref(row))))
}

// HandOver gives what a leaver had to somebody else.
func HandOver(e *check.Estate, row int) drover.Fix {
	return plain(e, "hand_over", row, "Hand over "+e.Say(row), "drover owner transfer "+Quote(string(e.Graph.Ref(row)))+" --to OWNER")
}

// Split gives each of several users of one identity or credential its own.
func Split(e *check.Estate, row int, users []int) drover.Fix {
	return fix(e, act{action: "split", row: row}, "Give each of "+e.Says(users)+" its own instead of "+e.Say(row))
}

// Tag adds or mends a label or name in the system: key and what it is to say.
func Tag(e *check.Estate, row int, key, value string) drover.Fix {
	return fix(e, act{action: "tag", row: row, key: key, text: value}, "Set "+check.Clean(key)+" to "+trim(value)+" on "+e.Say(row))
}

// Pin fixes the version of what is run or trusted: a package, an action, an image.
func Pin(e *check.Estate, row int, what string) drover.Fix {
	return fix(e, act{action: "pin", row: row, text: what}, "Pin "+trim(what)+" in "+e.Say(row))
}

// Configure changes a setting of the system: setting in the system's words.
func Configure(e *check.Estate, row int, setting string) drover.Fix {
	return fix(e, act{action: "configure", row: row, text: setting}, "Set "+trim(setting)+" on "+e.Say(row))
}

// Review asks a person to decide, where a program cannot: what they are to look at.
func Review(e *check.Estate, row int, what string) drover.Fix {
	return plain(e, "review", row, "Decide "+trim(what)+" for "+e.Say(row), "")
}

// An act is what a system is asked to write a command for.
type act struct {
	e         *check.Estate
	action    string
	row, what int  // what: the policy, role or place, where other is set
	other     bool // there is one
	key, text string
}

// A step is what a system writes: a command, and a sentence that says more than
// the remedy's own. Both "": nothing is known.
type step struct {
	command, text string
	place         string // where the command is to be run, in words, where it does not see to it
}

// writers are the systems' ways, by the first segment of refs.
var writers = map[string]func(act) step{
	"aws": aws, "kubernetes": kubernetes, "postgres": postgres, "mysql": mysql, "snowflake": snowflake, "github": github, "gitlab": gitlab, "entra": microsoft, "azure": microsoft,
	"gcp": google, "ad": activeDirectory, "okta": okta, "vault": vault, "salesforce": salesforce, "slack": slack, "machine": machine, "ssh": ssh, "key": ssh, "x509": x509,
	"racf": racf, "ibmi": ibmi, "docker": registry, "registry": registry, "mcp": agent, "ai": agent, "agent": agent, "secret": bySecret,
}

func fix(e *check.Estate, a act, text string) drover.Fix {
	a.e = e
	s := a.write()
	if s.text != "" {
		text = s.text
	}
	f := plain(e, a.action, a.row, strings.TrimSuffix(text, ".")+s.place, s.command)
	f.Undo = a.undo()
	return f
}

// write asks the system of the row, and those of the other members of its entity
// where that one knows no command.
func (a act) write() (best step) {
	for _, row := range a.e.Graph.MemberRows(a.row) {
		a.row = row
		w := writers[a.system()]
		if w == nil {
			continue
		}
		if s := w(a); s.command != "" || best == (step{}) {
			best = a.guarded(s)
		}
		if best.command != "" {
			return best
		}
	}
	return best
}

func plain(e *check.Estate, action string, row int, text, command string) drover.Fix {
	ref := e.Graph.Ref(row)
	return drover.Fix{Undo: undone[action], Text: strings.TrimSuffix(text, ".") + ".", Command: oneLine(command), Action: action, Object: ref, Group: action + " " + string(ref)}
}

// oneLine refuses a command that would be more than one line, or would change the
// terminal that it is pasted into: names with such characters are no names that
// the systems take, and a person must look at them.
func oneLine(command string) string {
	for _, r := range command {
		if r < ' ' || r == 0x7f || r == '\uFFFD' || 0x80 <= r && r < 0xa0 || 0x2028 <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 || 0x200b <= r && r <= 0x200f || r == 0xfeff {
			return ""
		}
	}
	if len(command) > maxCommand {
		return ""
	}
	return command
}

// maxCommand bounds a command, in bytes: a longer one is made of a name that is
// none.
const maxCommand = 4096

func trim(s string) string { return check.Line(strings.TrimSuffix(s, ".")) }

// system, typ, name and id are of the row that is acted on.
func (a act) system() string { return a.e.Graph.Ref(a.row).System() }
func (a act) tenant() string { return a.e.Graph.Ref(a.row).Tenant() }
func (a act) typ() string    { return a.e.Graph.Type(a.row) }
func (a act) name() string   { return a.e.Graph.Name(a.row) }
func (a act) id() string     { return strings.TrimPrefix(a.e.Graph.Ref(a.row).ID(), "name:") }

// str is the first of several attributes that the row has.
func (a act) str(keys ...string) string { return str(a.e, a.row, keys...) }

func str(e *check.Estate, row int, keys ...string) string {
	for _, k := range keys {
		if v := e.Graph.Str(row, k); v != "" {
			return v
		}
	}
	return ""
}

// holder is the identity that a credential proves, where it proves one.
func (a act) holder() (row int, ok bool) {
	rows := a.e.Holders(a.row)
	if len(rows) != 1 {
		return 0, false
	}
	return rows[0], true
}

// alias is the first name of a row that begins with a prefix, without it.
func alias(e *check.Estate, row int, prefix string) string {
	for _, x := range e.Graph.Aliases(row) {
		if v, ok := strings.CutPrefix(x, prefix); ok {
			return v
		}
	}
	return ""
}
