package check

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
)

// A Power is something that a vendor's name of a role, scope or attribute gives,
// in systems of which no permissions are evaluated.
type Power struct {
	Says   string // "holds the directory role Global Administrator"
	Source string // the field or the role that says so
	Via    int    // the role or group; -1: an attribute of its own
	Admin  bool   // it administers the whole; else it can make itself, or others, administrators
}

// A word is one name of a vendor that gives much.
type word struct {
	admin bool
	of    string // in what: "the directory", "the domain"
}

// graphRoles are the application permissions of Microsoft Graph by which an
// application becomes an administrator or makes credentials of others (Microsoft,
// "Microsoft Graph permissions reference"; BloodHound edges AZMGGrantAppRoles and
// AZMGAddSecret).
var graphRoles = map[string]bool{
	"rolemanagement.readwrite.directory": true, "approleassignment.readwrite.all": true,
	"application.readwrite.all": false, "serviceprincipalendpoint.readwrite.all": false, "groupmember.readwrite.all": false, "group.readwrite.all": false, "directory.readwrite.all": false,
	"userauthenticationmethod.readwrite.all": false, "privilegedaccess.readwrite.azureadgroup": false, "policy.readwrite.permissiongrant": false, "domain.readwrite.all": false,
}

// roleNames are roles by the name that their vendor gives them, in lower case, by
// system.
var roleNames = map[string]map[string]word{
	"azure": entraRoles, "entra": entraRoles, "azuread": entraRoles,
	"gcp":       {"roles/owner": {true, "the project"}, "roles/iam.securityadmin": {false, "the project"}, "roles/iam.serviceaccountkeyadmin": {false, "the project"}, "roles/iam.serviceaccounttokencreator": {false, "the project"}, "roles/iam.serviceaccountadmin": {false, "the project"}, "roles/resourcemanager.organizationadmin": {true, "the organization"}, "roles/iam.workloadidentitypooladmin": {false, "the project"}},
	"github":    {"owner": {true, "the organization"}, "admin": {true, "the organization"}},
	"gitlab":    {"admin": {true, "the installation"}, "owner": {true, "the group"}},
	"okta":      {"super_admin": {true, "the tenant"}, "org_admin": {true, "the tenant"}, "app_admin": {false, "the tenant"}, "help_desk_admin": {false, "the tenant"}},
	"snowflake": {"accountadmin": {true, "the account"}, "securityadmin": {false, "the account"}, "orgadmin": {true, "the organization"}},
	"ad":        {"domain admins": {true, "the domain"}, "enterprise admins": {true, "the forest"}, "schema admins": {true, "the forest"}, "administrators": {true, "the domain"}, "account operators": {false, "the domain"}, "backup operators": {false, "the domain"}, "dnsadmins": {false, "the domain"}},
	"vault":     {"root": {true, "the vault"}},
}

var entraRoles = map[string]word{
	"global administrator": {true, "the directory"}, "company administrator": {true, "the directory"}, "privileged role administrator": {true, "the directory"}, "privileged authentication administrator": {true, "the directory"},
	"application administrator": {false, "the directory"}, "cloud application administrator": {false, "the directory"}, "authentication administrator": {false, "the directory"}, "user administrator": {false, "the directory"},
	"hybrid identity administrator": {false, "the directory"}, "owner": {true, "the subscription"}, "user access administrator": {false, "the subscription"},
}

// adSIDs are the ends of well-known security identifiers (Microsoft, "Security
// identifiers").
var adSIDs = map[string]word{
	"-512": {true, "the domain"}, "-519": {true, "the forest"}, "-518": {true, "the forest"}, "s-1-5-32-544": {true, "the domain"}, "s-1-5-32-548": {false, "the domain"}, "s-1-5-32-551": {false, "the domain"},
}

// roleFields are attributes that list a principal's roles or permissions.
var roleFields = []string{"appRoleAssignments", "appRoles", "directoryRoles", "roles", "role", "scopes", "token_policies", "DEFAULT_ROLE", "ROLES"}

// evaluatedSystem reports whether a system has an evaluator of its own.
func evaluatedSystem(system string) bool {
	return system == "aws" || system == "kubernetes" || system == "postgres"
}

// Powers lists what a row can by names that its vendor gave meaning to: roles,
// groups, scopes and attributes of systems without an evaluator.
func (e *Estate) Powers(row int) (out []Power) {
	system, _, _ := strings.Cut(e.Graph.Type(row), ".")
	if evaluatedSystem(system) {
		return nil
	}
	out = append(out, e.byMembership(row, system, 0, map[int]bool{})...)
	if a := e.Graph.Attrs(row); telling(system, a) {
		out = append(out, byAttribute(system, a.Map())...)
	}
	return out
}

// marks are words of which one stands in the attributes of whatever has a power by
// them, by system: nearly all rows end at this look.
var marks = map[string][]string{
	"azure": entraMarks, "entra": entraMarks, "azuread": entraMarks, "gcp": {"roles/"}, "github": {`"write"`, `"admin"`, `"owner"`, `"site_admin":true`}, "gitlab": {"admin", "owner"}, "okta": {"admin"},
	"snowflake": {"admin"}, "slack": {`"admin`}, "salesforce": {"modifyalldata", "system administrator"}, "racf": {`"yes"`, `:true`}, "ibmi": {"*allobj", "*secadm"}, "vault": {`"root"`},
}

var entraMarks = []string{"administrator", ".readwrite.", `"owner"`}

// telling reports whether attributes may say of a power.
func telling(system string, a drover.Attrs) bool {
	for _, w := range marks[system] {
		if Mentions(a, w) {
			return true
		}
	}
	return false
}

// maxNesting is how deep groups are followed.
const maxNesting = 8

func (e *Estate) byMembership(row int, system string, depth int, seen map[int]bool) (out []Power) {
	for h := range e.Graph.Out(row) {
		var name string
		switch h.Kind {
		case drover.EdgeMemberOf:
			name = e.Graph.Name(h.Row)
		case drover.EdgeCanAccess:
			name = e.Graph.Edge(h.Edge).Part
		default:
			continue
		}
		if w, ok := e.meaning(h.Row, system, name, h.Kind); ok {
			verb := "holds " + Clean(name) + " of "
			if h.Kind == drover.EdgeMemberOf {
				verb = "is a member of " + e.Say(h.Row) + ", by which it has "
			}
			what := "control of " + w.of
			if !w.admin {
				what = "a way to take over " + w.of
			}
			if h.Kind == drover.EdgeCanAccess {
				what = e.Say(h.Row)
			}
			out = append(out, Power{Says: verb + what, Source: e.Say(h.Row), Via: h.Row, Admin: w.admin})
			continue
		}
		if h.Kind == drover.EdgeMemberOf && depth < maxNesting && !seen[h.Row] {
			seen[h.Row] = true
			out = append(out, e.byMembership(h.Row, system, depth+1, seen)...)
		}
	}
	return out
}

// meaning says what a role or group is worth.
func (e *Estate) meaning(row int, system, name string, kind drover.EdgeKind) (word, bool) {
	if kind == drover.EdgeMemberOf && row < e.Graph.Seen() {
		if f := e.Graph.Facts(row); f.Tier == 0 && f.Tier != filter.Unknown {
			return word{true, "tier 0"}, true
		}
		if system == "ad" {
			for _, a := range e.Graph.Aliases(row) {
				for end, w := range adSIDs {
					if sid, ok := strings.CutPrefix(strings.ToLower(a), "sid:"); ok && (sid == end || strings.HasPrefix(end, "-") && strings.HasSuffix(sid, end)) {
						return w, true
					}
				}
			}
		}
	}
	w, ok := roleNames[system][strings.ToLower(strings.TrimSpace(name))]
	return w, ok
}

// byAttribute reads what attributes say, in the vendors' own field names.
func byAttribute(system string, a map[string]any) (out []Power) {
	add := func(admin bool, field, says string) {
		out = append(out, Power{Says: says, Source: field, Via: -1, Admin: admin})
	}
	for _, field := range roleFields {
		for _, v := range valuesOf(a[field]) {
			low := strings.ToLower(v)
			if admin, ok := graphRoles[low]; ok && (system == "azure" || system == "entra" || system == "azuread") {
				add(admin, field, "has the application permission "+Clean(v)+" on Microsoft Graph")
			} else if w, ok := roleNames[system][low]; ok {
				add(w.admin, field, "holds the role "+Clean(v)+" of "+w.of)
			} else if system == "slack" && strings.HasPrefix(low, "admin") {
				add(true, field, "has the scope "+Clean(v)+" of the workspace's administration")
			}
		}
	}
	switch system {
	case "github":
		gitHubPowers(a, add)
	case "salesforce":
		if isTrue(a["PermissionsModifyAllData"]) || at(a, "Profile", "Name") == "System Administrator" {
			add(true, "PermissionsModifyAllData", "may modify all data of the organization")
		}
	case "racf":
		for _, f := range racfFields {
			if isTrue(a[f[0]]) {
				add(f[0] == "SPECIAL", f[0], f[1])
			}
		}
	case "ibmi":
		for _, v := range valuesOf(a["SPECIAL_AUTHORITIES"]) {
			switch v {
			case "*ALLOBJ":
				add(true, "SPECIAL_AUTHORITIES", "has the special authority *ALLOBJ, all objects")
			case "*SECADM":
				add(false, "SPECIAL_AUTHORITIES", "has the special authority *SECADM, user profiles")
			}
		}
	}
	return out
}

// racfFields are attributes of a RACF user, and of the started task that runs as
// it (z/OS Security Server RACF, "RACF database unload utility", records 0200 and 0540).
var racfFields = [][2]string{
	{"SPECIAL", "administers the security database (SPECIAL)"}, {"OPER", "passes by the access lists of data sets (OPERATIONS)"},
	{"PRIVILEGED", "runs as a PRIVILEGED started task, past the access lists"}, {"TRUSTED", "runs as a TRUSTED started task, past the access lists"},
}

// gitHubPowers reads the permissions of an app's installation (GitHub REST API,
// "Permissions required for GitHub Apps").
func gitHubPowers(a map[string]any, add func(admin bool, field, says string)) {
	p, _ := a["permissions"].(map[string]any)
	for _, k := range []string{"organization_administration", "administration", "members", "organization_secrets", "secrets", "workflows", "organization_self_hosted_runners"} {
		if p[k] == "write" || p[k] == "admin" {
			add(k == "organization_administration" || k == "administration", "permissions."+k, "has write permission on "+strings.ReplaceAll(k, "_", " "))
		}
	}
	if isTrue(a["site_admin"]) {
		add(true, "site_admin", "is a site administrator")
	}
}

// valuesOf are the texts of an attribute that is one, a list of them, or a list of
// objects that name one under value, displayName, roleName or scope.
func valuesOf(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' && strings.Count(v, ".") > 1 })
	case []any:
		for _, x := range v {
			switch x := x.(type) {
			case string:
				out = append(out, x)
			case map[string]any:
				for _, k := range []string{"value", "roleName", "displayName", "scope", "role", "name"} {
					if s, ok := x[k].(string); ok {
						out = append(out, s)
						break
					}
				}
			}
		}
	}
	return out
}

func isTrue(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "yes") || strings.EqualFold(v, "true")
	case json.Number:
		return v.String() == "1"
	}
	return false
}

func at(m map[string]any, keys ...string) string {
	var v any = m
	for _, k := range keys {
		x, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = x[k]
	}
	s, _ := v.(string)
	return s
}

// An Admin is how a row administers a whole account, cluster, server, directory
// or organization by what it was given.
type Admin struct {
	Of     string // "AWS account 111122223333"
	Proof  []drover.FindingProof
	Rows   []int // that prove it, the row itself first
	Take   int   // what to take away: a policy, binding, role or group; -1: an attribute of its own
	Grade  drover.Grade
	Target uint32 // of the graph of effects, where Way is set
}

// Admin says what a row administers; ok is false where that is nothing, or where
// it is not known.
func (e *Estate) Admin(row int) (Admin, bool) {
	if w, ok := e.Administers(row); ok {
		take, _, _ := e.Decides(w)
		return Admin{Of: e.SayNode(w.End()), Proof: e.Steps(w), Rows: e.Rows(w), Take: take, Grade: w.Grade, Target: w.End()}, true
	}
	if e.Graph.Type(row) == "postgres.role" {
		if super, _ := e.Graph.Attrs(row).Bool("rolsuper"); super {
			return Admin{Of: "the whole database server", Rows: []int{row}, Take: -1, Grade: drover.GradeProven,
				Proof: []drover.FindingProof{Proof("is a superuser, who passes by every check", "pg_roles.rolsuper", time.Time{}, "")}}, true
		}
		return Admin{}, false
	}
	a := Admin{Rows: []int{row}, Take: -1, Grade: drover.GradeProven}
	for _, p := range e.Powers(row) {
		if !p.Admin {
			continue
		}
		a.Proof = append(a.Proof, Proof(p.Says, p.Source, time.Time{}, ""))
		if p.Via >= 0 {
			a.Rows, a.Take = append(a.Rows, p.Via), p.Via
		}
	}
	if len(a.Proof) == 0 {
		return Admin{}, false
	}
	a.Of = "the whole of " + e.systemWords(row)
	return a, true
}

// systemWords names the system that a row is of.
func (e *Estate) systemWords(row int) string {
	system, _, _ := strings.Cut(e.Graph.Type(row), ".")
	if w := systemNames[system]; w != "" {
		return w
	}
	return Clean(system)
}

var systemNames = map[string]string{
	"aws": "AWS", "azure": "Entra ID", "entra": "Entra ID", "azuread": "Entra ID", "gcp": "Google Cloud", "github": "GitHub", "gitlab": "GitLab", "okta": "Okta", "ad": "Active Directory", "racf": "RACF", "ibmi": "IBM i",
	"snowflake": "Snowflake", "slack": "Slack", "salesforce": "Salesforce", "vault": "Vault", "kubernetes": "Kubernetes", "postgres": "PostgreSQL", "gworkspace": "Google Workspace", "google": "Google Workspace",
}
