package effective

import (
	"strings"

	"github.com/droverhq/drover"
)

// without says in the imperative how an edge is taken away, as whoever does it would
// say it; empty: nobody takes such an edge away by itself.
func without(kind drover.EdgeKind, from, to string) string {
	switch kind {
	case drover.EdgeReadsSecret:
		return "take " + to + " away from " + from
	case drover.EdgeRunsAs:
		return "let " + from + " run as something else than " + to
	case drover.EdgeCanAssume:
		return "let " + from + " become " + to + " no more"
	case drover.EdgeMemberOf:
		return "take " + from + " out of " + to
	case drover.EdgeDelegatesTo:
		return "let " + from + " call " + to + " no more"
	case drover.EdgeOwns:
		return "give " + to + " another owner than " + from
	case drover.EdgeCanAccess, drover.EdgeEscalates:
		return "take from " + from + " its access to " + to
	}
	return ""
}

// removed is without for an edge that a proof names, of whatever kind it is.
func removed(kind drover.EdgeKind, from, to string) string {
	switch kind {
	case drover.EdgeAttached:
		return "detach " + from + " from " + to
	case drover.EdgeAuthenticates:
		return "let " + from + " sign in as " + to + " no more"
	case drover.EdgeTrusts:
		return "let " + from + " trust " + to + " no more"
	case drover.EdgeExposes:
		return "let " + from + " show " + to + " no more"
	case drover.EdgeStoredIn, drover.EdgeContains:
		if kind == drover.EdgeContains {
			from, to = to, from
		}
		return "take " + from + " out of " + to
	case drover.EdgeIssuedBy:
		return "let " + to + " issue " + from + " no more"
	case drover.EdgeBoundedBy, drover.EdgeGuardedBy:
		return "free " + from + " of " + to
	}
	if what := without(kind, from, to); what != "" {
		return what
	}
	return "end that " + from + " " + strings.ReplaceAll(string(kind), "_", " ") + " " + to
}

// attributeWords are what the vendors' documents call the columns of their catalogs
// that give power: ALTER ROLE and CREATE FUNCTION of PostgreSQL.
var attributeWords = map[string]string{
	"rolsuper": "SUPERUSER", "rolcreaterole": "CREATEROLE", "rolcreatedb": "CREATEDB", "rolreplication": "REPLICATION", "rolbypassrls": "BYPASSRLS",
	"rolcanlogin": "LOGIN", "rolinherit": "INHERIT", "prosecdef": "SECURITY DEFINER", "lanpltrusted": "TRUSTED",
}

// withoutAttribute says how an attribute that is on is taken from a thing.
func withoutAttribute(attr, name string) string {
	if word := attributeWords[attr]; word != "" {
		return "take " + word + " from " + name
	}
	return "turn off " + strings.ReplaceAll(attr, "_", " ") + " of " + name
}
