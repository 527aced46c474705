package check

import (
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A Party is a third party behind an identity that works in our systems.
type Party struct {
	Vendor   string // as it is known; "": nobody said
	Node     int    // its record; -1: there is none
	Proof    string // how we know that it is a third party's
	Source   string // the field
	Reviewer string // who said that it was looked at; "": nobody
}

// microsoft are the organizations that own applications of Microsoft's own.
var microsoft = []string{"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"}

// Party says whose an identity is where it is a third party's: an application of
// another organization in Entra ID (appOwnerOrganizationId), an app of another
// owner in GitHub (owner), a grant to an OAuth client of Google Workspace, whatever
// a vendor's record leads to, and what an inventory calls third_party or gives a
// vendor. ok is false where it is ours, or where it is not known.
func (e *Estate) Party(row int) (Party, bool) {
	if k := e.Graph.Kind(row); k != drover.KindIdentity && k != drover.KindCredential {
		return Party{}, false
	}
	x := Party{Node: e.vendor(row)}
	if x.Node >= 0 {
		x.Vendor, x.Proof, x.Source = Clean(e.Graph.Name(x.Node)), "belongs to "+e.Say(x.Node), "vendor record"
	} else if !foreign(e, row, &x) {
		return Party{}, false
	}
	x.Reviewer = e.Reviewer(row)
	if x.Reviewer == "" && x.Node >= 0 {
		x.Reviewer = e.Reviewer(x.Node)
	}
	return x, true
}

// vendor is the vendor's record that a row is joined to, -1: none.
func (e *Estate) vendor(row int) int {
	for h := range e.Graph.In(row) {
		if e.Graph.Kind(h.Row) == drover.KindVendor {
			return h.Row
		}
	}
	for h := range e.Graph.Out(row) {
		if e.Graph.Kind(h.Row) == drover.KindVendor {
			return h.Row
		}
	}
	return -1
}

// foreign reads what attributes say of whose a row is.
func foreign(e *Estate, row int, x *Party) bool {
	typ := e.Graph.Type(row)
	system, _, _ := strings.Cut(typ, ".")
	a := e.Graph.Attrs(row)
	switch {
	case Mentions(a, `"third_party":true`):
		x.Vendor, x.Proof, x.Source = Clean(a.Str("vendor")), "is marked as a third party's", "third_party"
		return true
	case strings.HasSuffix(typ, ".service_principal") && Mentions(a, `"appOwnerOrganizationId"`):
		owner := strings.ToLower(e.Graph.Str(row, "appOwnerOrganizationId"))
		tenant := strings.ToLower(e.Graph.Ref(row).Tenant())
		if owner == "" || owner == tenant || slices.Contains(microsoft, owner) || !guid(tenant) {
			return false
		}
		x.Vendor = Clean(a.Str("verifiedPublisher", "displayName"))
		x.Proof, x.Source = "is an application of organization "+Clean(owner), "appOwnerOrganizationId"
		return true
	case system == "github" && (strings.HasSuffix(typ, "app") || strings.HasSuffix(typ, "installation")):
		owner := a.Str("owner", "login")
		if owner == "" {
			owner = a.Str("owner")
		}
		tenant := e.Graph.Ref(row).Tenant()
		if owner == "" || strings.EqualFold(owner, tenant) || tenant == "-" || strings.EqualFold(owner, "github") {
			return false
		}
		x.Proof, x.Source = "is an app of "+Clean(owner), "owner"
		return true
	case (system == "gworkspace" || system == "google") && (strings.HasSuffix(typ, ".oauth_grant") || strings.HasSuffix(typ, ".oauth_client")):
		x.Vendor = Clean(a.Str("displayText"))
		x.Proof, x.Source = "is an OAuth client that users let in", "clientId"
		return true
	}
	return false
}

func guid(s string) bool { return len(s) == 36 && strings.Count(s, "-") == 4 }

// Reviewer is who said that a row was looked at: by a tag of ours, or a field of an
// inventory.
func (e *Estate) Reviewer(row int) string {
	for _, k := range []string{"reviewer", "reviewed_by", "reviewed"} {
		if v, by, ok := e.Tag(row, k); ok && v != "" {
			return Clean(strings.TrimSpace(v + " " + by))
		}
	}
	if a := e.Graph.Attrs(row); Mentions(a, `"review`) {
		for _, k := range []string{"reviewer", "reviewed_by", "reviewed"} {
			if v := a.Str(k); v != "" {
				return Clean(v)
			}
		}
	}
	return ""
}

// Scopes are what an application was let do, in its vendor's words: scopes,
// delegated grants (oauth2PermissionGrants), application permissions
// (appRoleAssignments), permissions of a GitHub App as name:level.
func (e *Estate) Scopes(row int) (out []string) {
	a := e.Graph.Attrs(row).Map()
	for _, k := range []string{"scopes", "scope", "appRoleAssignments", "appRoles"} {
		out = append(out, valuesOf(a[k])...)
	}
	grants, _ := a["oauth2PermissionGrants"].([]any)
	for _, g := range grants {
		m, _ := g.(map[string]any)
		s, _ := m["scope"].(string)
		out = append(out, strings.Fields(s)...)
	}
	perms, _ := a["permissions"].(map[string]any)
	for k, v := range perms {
		if level, ok := v.(string); ok {
			out = append(out, k+":"+level)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// telltale are parts of scopes that read or write mail, files and people, or
// everything; by the vendors' permission references.
var telltale = []string{"mail.", "mail.google.com", "gmail", "files.", "sites.", "/auth/drive", "full_access", "directory.", "user.readwrite", "admin", "contents:write", "organization_", "secrets:", "channels:history", "groups:history",
	"im:history", "files:read", "files:write", "calendars.readwrite", "mailboxsettings", "contacts.readwrite", "notes.readwrite", "chat.read"}

// Sensitive are those of some scopes that reach mail, files, people or everything.
func Sensitive(scopes []string) (out []string) {
	for _, s := range scopes {
		low := strings.ToLower(s)
		if low == "full" || low == "api" || low == "root" || slices.ContainsFunc(telltale, func(t string) bool { return strings.Contains(low, t) }) && !harmless(low) {
			out = append(out, Clean(s))
		}
	}
	return out
}

// harmless are scopes that only name what telltale words are about.
func harmless(scope string) bool {
	return strings.HasSuffix(scope, ".selected") || strings.HasSuffix(scope, "drive.file") || scope == "metadata:read" || strings.HasSuffix(scope, ":read") && strings.HasPrefix(scope, "organization_")
}
