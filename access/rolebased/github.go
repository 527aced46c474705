package rolebased

import "github.com/droverhq/drover/access"

// GitHub is the table of GitHub organizations. Scopes are "org" and "org/repo".
// Repository roles are ordered, each with all that the one before it may do; of
// the roles that a member has through teams, directly, as owner and by the
// organization's base permission, all count, so that the highest wins. A custom
// repository role includes the role that it extends.
//
// https://docs.github.com/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization,
// https://docs.github.com/organizations/managing-peoples-access-to-your-organization-with-roles/roles-in-an-organization,
// https://docs.github.com/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/setting-base-permissions-for-an-organization
func GitHub() *Table {
	role := func(name, includes string, actions ...string) Role {
		r := Role{Name: name, Permissions: []Permission{{Actions: actions}}}
		if includes != "" {
			r.Includes = []string{includes}
		}
		return r
	}
	return &Table{
		System: "github", Fold: true, Levels: githubLevels,
		Source: "GitHub Docs, repository roles for an organization",
		Roles: map[string]Role{
			"read": role("read", "", "repo.pull", "repo.fork", "repo.read_issues", "repo.open_issue", "repo.comment", "repo.open_pull_request", "repo.review",
				"repo.view_actions_runs", "repo.view_releases", "repo.view_wiki", "repo.install_package"),
			"triage": role("triage", "read", "repo.apply_label", "repo.close_issue", "repo.assign_issue", "repo.request_review", "repo.mark_duplicate", "repo.hide_comment"),
			"write": role("write", "triage", "repo.push", "repo.merge_pull_request", "repo.approve_pull_request", "repo.run_workflow", "repo.cancel_workflow", "repo.create_release",
				"repo.edit_wiki", "repo.edit_release", "repo.manage_label", "repo.lock_conversation", "repo.create_status", "repo.publish_package", "repo.view_code_scanning",
				"repo.dismiss_code_scanning", "repo.create_secret"),
			"maintain": role("maintain", "write", "repo.edit_description", "repo.manage_topics", "repo.enable_wiki", "repo.manage_pages", "repo.configure_merges", "repo.push_protected_branch",
				"repo.manage_interaction_limits", "repo.create_protected_tag"),
			"admin": role("admin", "maintain", "repo.manage_access", "repo.manage_branch_protection", "repo.manage_deploy_keys", "repo.manage_webhooks", "repo.manage_secrets",
				"repo.manage_runners", "repo.manage_environments", "repo.manage_actions_settings", "repo.manage_security_settings", "repo.view_secret_scanning", "repo.rename", "repo.archive",
				"repo.transfer", "repo.change_visibility", "repo.delete", "repo.manage_apps", "repo.bypass_branch_protection"),
			"org_owner":            {Name: "organization owner", Permissions: []Permission{{Actions: []string{"*"}}}},
			"org_member":           role("organization member", "", "org.view_members", "org.view_teams", "org.create_team"),
			"org_billing_manager":  role("billing manager", "", "org.manage_billing"),
			"org_security_manager": role("security manager", "read", "repo.view_secret_scanning", "repo.view_code_scanning", "repo.dismiss_code_scanning", "repo.manage_security_settings", "org.view_security_overview"),
		},
	}
}

var githubLevels = []Level{
	{"org.manage_members", access.LevelEscalate}, {"org.manage_apps", access.LevelEscalate}, {"org.manage_sso", access.LevelEscalate},
	{"repo.manage_access", access.LevelPermissions}, {"repo.manage_branch_protection", access.LevelPermissions}, {"repo.manage_environments", access.LevelPermissions},
	{"repo.manage_apps", access.LevelPermissions}, {"repo.manage_actions_settings", access.LevelPermissions},
	{"repo.change_visibility", access.LevelPermissions}, {"repo.manage_security_settings", access.LevelPermissions}, {"repo.bypass_branch_protection", access.LevelPermissions},
	{"repo.manage_deploy_keys", access.LevelEscalate}, {"repo.manage_runners", access.LevelExecute},
	{"repo.view_secret_scanning", access.LevelSecrets},
	{"repo.run_workflow", access.LevelExecute}, {"repo.push", access.LevelExecute},
	{"repo.delete", access.LevelDelete},
	{"*.pull", access.LevelRead}, {"*.view_*", access.LevelRead}, {"*.read_*", access.LevelRead}, {"*.fork", access.LevelRead}, {"repo.install_package", access.LevelRead},
	{"*", access.LevelWrite},
}
