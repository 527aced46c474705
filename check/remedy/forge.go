package remedy

import (
	"net/url"
	"strings"
)

// github writes calls of the GitHub CLI. Paths are those of the REST API; where
// GitHub has no call that an administrator may make, Text says where to click.
func github(a act) step {
	id, org := url.PathEscape(a.str("id", "token_id", "pat_id", "key_id", "credential_id")), url.PathEscape(a.tenant())
	if id == "" {
		id = url.PathEscape(a.id())
	}
	api := func(method, path string, more ...string) step {
		return step{command: strings.Join(append([]string{"gh api --method " + method, Quote(path)}, more...), " ")}
	}
	ends := a.action == "disable" || a.action == "delete" || a.action == "revoke"
	switch t := strings.TrimPrefix(a.typ(), "github."); {
	case t == "deploy_key" && ends && a.repository() != "":
		return api("DELETE", "/repos/"+a.repository()+"/keys/"+id)
	case t == "fine_grained_pat" && ends, t == "fine_grained_personal_access_token" && ends, t == "personal_access_token" && ends && a.fineGrained():
		return api("POST", "/orgs/"+org+"/personal-access-tokens/"+id, "-f action=revoke")
	case t == "credential_authorization" && ends:
		return api("DELETE", "/orgs/"+org+"/credential-authorizations/"+id)
	case t == "personal_access_token" && ends:
		return step{text: "Have the owner of " + a.e.Say(a.row) + " delete it under Settings, Developer settings, Personal access tokens, or revoke its authorization for the organisation"}
	case t == "app_private_key" && (ends || a.action == "rotate"):
		return step{text: "Make a second private key under the settings of the app, deploy it, then delete " + a.e.Say(a.row) + " there: GitHub has no call for it"}
	case t == "installation" && a.action == "delete":
		return step{text: "Uninstall " + a.e.Say(a.row) + " under the organisation's settings, GitHub Apps"}
	case (t == "app" || t == "installation") && ends:
		return step{text: "Suspend " + a.e.Say(a.row) + " under the organisation's settings, GitHub Apps, Configure: it can be resumed there"}
	case t == "user" && a.action == "delete":
		return api("DELETE", "/orgs/"+org+"/members/"+url.PathEscape(a.login()))
	case t == "user" && a.action == "disable":
		return api("DELETE", "/orgs/"+org+"/memberships/"+url.PathEscape(a.login()))
	case (t == "actions_secret" || t == "actions.secret") && (a.action == "rotate" || a.action == "vault"):
		if a.repository() != "" {
			return step{command: "gh secret set " + flagSafe(a.name()) + " --repo " + Quote(a.repository())}
		}
		return step{command: "gh secret set " + flagSafe(a.name()) + " --org " + Quote(a.tenant())}
	case t == "actions_secret" && a.action == "delete" && a.repository() != "":
		return step{command: "gh secret delete " + flagSafe(a.name()) + " --repo " + Quote(a.repository())}
	case a.action == "detach" && t == "user" && a.e.Graph.Type(a.what) == "github.team":
		slug := str(a.e, a.what, "slug")
		if slug == "" {
			slug = a.e.Graph.Name(a.what)
		}
		return api("DELETE", "/orgs/"+org+"/teams/"+url.PathEscape(slug)+"/memberships/"+url.PathEscape(a.login()))
	}
	return step{}
}

func (a act) fineGrained() bool {
	fine, _ := a.e.Graph.Flag(a.row, "fine_grained")
	return fine
}

func (a act) login() string { return or(a.str("login"), a.name(), "") }

// repository is the owner and name of the repository that a row is of, escaped
// for a path; "" where that is not known.
func (a act) repository() string {
	full := a.str("repository", "repo", "full_name")
	owner, name, ok := strings.Cut(full, "/")
	if !ok || owner == "" || name == "" || strings.Contains(name, "/") {
		return ""
	}
	return url.PathEscape(owner) + "/" + url.PathEscape(name)
}

// flagSafe writes an argument that stands by itself: one that begins with a dash
// follows the mark that ends the options.
func flagSafe(s string) string {
	if strings.HasPrefix(s, "-") {
		return "-- " + Quote(s)
	}
	return Quote(s)
}

// gitlab writes calls of the GitLab CLI (GitLab documentation, REST API: Access
// tokens, Users, Deploy tokens).
func gitlab(a act) step {
	api := func(method, path string) step {
		return step{command: "glab api --method " + method + " " + Quote(path)}
	}
	id := url.PathEscape(a.id())
	ends := a.action == "disable" || a.action == "delete" || a.action == "revoke"
	project, group := url.PathEscape(a.number("project_id")), url.PathEscape(a.number("group_id"))
	switch t := strings.TrimPrefix(a.typ(), "gitlab."); {
	case t == "personal_access_token" && ends:
		return api("DELETE", "personal_access_tokens/"+id)
	case t == "project_access_token" && ends && project != "":
		return api("DELETE", "projects/"+project+"/access_tokens/"+id)
	case t == "group_access_token" && ends && group != "":
		return api("DELETE", "groups/"+group+"/access_tokens/"+id)
	case t == "deploy_token" && ends && project != "":
		return api("DELETE", "projects/"+project+"/deploy_tokens/"+id)
	case t == "deploy_key" && ends && project != "":
		return api("DELETE", "projects/"+project+"/deploy_keys/"+id)
	case t == "user" && a.action == "disable":
		return api("POST", "users/"+id+"/block")
	case t == "user" && a.action == "delete":
		return api("DELETE", "users/"+id)
	case strings.HasSuffix(t, "_token") && a.action == "rotate":
		return step{text: "Make a second token with the scopes of " + a.e.Say(a.row) + ", deliver it, then revoke the first: the rotate call of GitLab ends the old one at once"}
	}
	return step{}
}

// number is a whole number of the attributes as text, or the text that stands
// there.
func (a act) number(key string) string {
	if n, ok := a.e.Graph.Attrs(a.row).Int(key); ok {
		return itoa(n)
	}
	return a.str(key)
}
