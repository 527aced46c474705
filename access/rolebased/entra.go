package rolebased

import (
	"slices"
	"strings"

	"github.com/droverhq/drover/access"
)

// Entra is the table of Microsoft Entra directory roles and of app roles
// (application permissions) of Microsoft Graph, both by their id. The action of an
// app role is its value: "Application.ReadWrite.All". The scope of a directory
// role assignment is its directoryScopeId: "/", an administrative unit, or one
// object; an object in an administrative unit has it as its parent.
//
// https://learn.microsoft.com/entra/identity/role-based-access-control/custom-overview,
// https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference,
// https://learn.microsoft.com/graph/permissions-reference
func Entra() *Table {
	t := entraRoles().table(Table{System: "entra", Fold: true, Levels: entraLevels})
	for id, r := range graphRoles().roles {
		t.Roles[id] = r
	}
	t.Source += "; " + graphRoles().source
	return t
}

// EntraPermissions makes the permissions of a directory role. In an action the
// words allEntities, allProperties and allTasks stand for every entity, property
// set and task ("Custom role permissions": namespace/entity/propertySet/action).
func EntraPermissions(actions []string) []Permission {
	if len(actions) == 0 {
		return nil
	}
	p := Permission{}
	for _, a := range actions {
		p.Actions = append(p.Actions, a)
		parts := strings.Split(a, "/")
		if !slices.ContainsFunc(parts, entraAll) {
			continue
		}
		for i, s := range parts {
			if entraAll(s) {
				parts[i] = "*"
			}
		}
		// A task may stand without a property set: applications/create.
		for len(parts) > 2 && parts[len(parts)-1] == "*" && parts[len(parts)-2] == "*" {
			parts = parts[:len(parts)-1]
		}
		p.Actions = append(p.Actions, strings.Join(parts, "/"))
	}
	return []Permission{p}
}

func entraAll(s string) bool {
	return s == "allEntities" || s == "allProperties" || s == "allTasks"
}

var entraLevels = []Level{
	{"microsoft.directory/*/credentials/update", access.LevelEscalate},
	{"microsoft.directory/servicePrincipals/managePasswordSingleSignOnCredentials", access.LevelSecrets},
	{"microsoft.directory/servicePrincipals/synchronizationCredentials/manage", access.LevelSecrets},
	{"microsoft.directory/users/password/update", access.LevelEscalate},
	{"microsoft.directory/users/authenticationMethods/*", access.LevelEscalate},
	{"microsoft.directory/roleAssignments/*", access.LevelEscalate},
	{"microsoft.directory/*RoleAssignable/*", access.LevelEscalate},
	{"microsoft.directory/*/appRoleAssignedTo/update", access.LevelEscalate},
	{"microsoft.directory/*/owners/update", access.LevelEscalate},
	{"microsoft.directory/*/permissions/update", access.LevelPermissions},
	{"microsoft.directory/bitlockerKeys/key/read", access.LevelSecrets},
	{"microsoft.directory/deviceLocalCredentials/password/read", access.LevelSecrets},
	{"microsoft.*/read", access.LevelRead},
	{"microsoft.*/delete", access.LevelDelete},
	{"microsoft.*", access.LevelWrite},
	// Graph: what lets an application give itself or another any right.
	{"RoleManagement.ReadWrite.*", access.LevelEscalate},
	{"RoleAssignmentSchedule.ReadWrite.*", access.LevelEscalate},
	{"RoleEligibilitySchedule.ReadWrite.*", access.LevelEscalate},
	{"AppRoleAssignment.ReadWrite.All", access.LevelEscalate},
	{"Application.ReadWrite.*", access.LevelEscalate},
	{"ServicePrincipalEndpoint.ReadWrite.All", access.LevelEscalate},
	{"UserAuthenticationMethod.ReadWrite.All", access.LevelEscalate},
	{"PrivilegedAccess.ReadWrite.*", access.LevelEscalate},
	{"PrivilegedAssignmentSchedule.ReadWrite.*", access.LevelEscalate},
	{"PrivilegedEligibilitySchedule.ReadWrite.*", access.LevelEscalate},
	{"Directory.ReadWrite.All", access.LevelPermissions},
	{"Group.ReadWrite.All", access.LevelPermissions},
	{"GroupMember.ReadWrite.All", access.LevelPermissions},
	{"DelegatedPermissionGrant.ReadWrite.All", access.LevelPermissions},
	{"Policy.ReadWrite.*", access.LevelPermissions},
	{"*.ReadBasic*", access.LevelList},
	{"*.ReadWrite*", access.LevelWrite},
	{"*.Read*", access.LevelRead},
	{"*.FullControl*", access.LevelPermissions},
	{"*", access.LevelWrite},
}
