// Package rolebased evaluates systems that give access by assigning roles: a
// principal has a role at a scope, and what lies in the scope inherits it. One
// evaluator serves them all; what differs is data, a [Table]. [Azure], [Entra],
// [GCP], [GitHub] and [Vault] make tables with the vendor's rules and, where it
// can be had, its built-in roles; a connector adds what it read: custom roles,
// members, scopes and assignments.
//
// docs/reference/access_roles.md lists the rules of each system with the vendor's
// page that each follows.
package rolebased

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// A Table is what one system says about roles. The zero Table allows nothing.
type Table struct {
	System string // "azure"
	Source string // where the built-in roles are from, and their date; "": none are built in

	// Fold: actions, scopes and ids of roles are compared without regard to the case
	// of ASCII letters.
	Fold bool

	// Specific: permissions have Paths, and of all that a principal has, only those
	// of the path pattern that is closest to the resource count (Vault). Otherwise
	// all count, wherever their scope holds the resource.
	Specific bool

	Roles map[string]Role // by the id that assignments name
	// Members lists, for a principal or a group, the groups that it is directly in.
	Members map[string][]string
	// Parents lists, for a scope, those that it lies in beside the scopes that its
	// own path shows (the management group of a subscription, the folder of a
	// project).
	Parents map[string][]string

	Assignments []Assignment
	Levels      []Level // of actions, the first that matches
}

// A Role is a named list of permissions.
type Role struct {
	Name        string
	Permissions []Permission
	Includes    []string // roles whose permissions it has too
	// Unread: it exists, but its permissions are not known. Assignments of a role
	// that the table does not have count as such.
	Unread bool
}

// A Permission allows the actions that match one of Actions and none of
// NotActions, in patterns as access.Set has them. What NotActions leaves out is
// not denied: another permission may allow it.
type Permission struct {
	Actions    []string
	NotActions []string
	Paths      []string     // resources, in a Specific table only: "secret/data/+/x*"
	Condition  drover.Attrs // as access.Decision.Condition; empty: none
}

// An Assignment gives a role, or permissions directly, to principals at a scope.
type Assignment struct {
	Ref       drover.Ref // of its node, for proofs
	Statement string     // its place in Ref, "" where Ref is one assignment

	Principals []string // ids of principals or groups; Everyone
	Except     []string // principals or groups whom it does not reach after all

	Role        string // "": only Permissions
	Permissions []Permission

	Scope string // "" or "/": everything
	Here  bool   // only at Scope itself, not at what lies in it

	// Deny: its permissions are denied, whatever else allows them.
	Deny      bool
	Condition drover.Attrs
}

// Everyone is the principal that all are.
const Everyone = "*"

// Authenticated is the principal that all are who have an account.
const Authenticated = "authenticated"

// A Level says which access level actions of a pattern are.
type Level struct {
	Pattern string
	Level   access.Level
}

// A Principal is who asks. Groups are those known beside Table.Members.
type Principal struct {
	ID        string
	Groups    []string
	Anonymous bool // has no account: Authenticated does not reach it
}

// Evaluate answers whether who may do action at scope. It compiles the table
// each time: use Compile for more than one question.
func Evaluate(t *Table, who Principal, action, scope string) access.Decision {
	return Compile(t).Evaluate(who, action, scope)
}

// Grants lists what who is given: Compile(t).Grants.
func Grants(t *Table, id drover.Ref, who Principal) []access.Grant {
	return Compile(t).Grants(id, who)
}
