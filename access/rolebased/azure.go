package rolebased

import (
	"strings"

	"github.com/droverhq/drover/access"
)

// DataPlane begins the name of an Azure data action, which is another plane than
// an action of the same name: "data:Microsoft.KeyVault/vaults/secrets/getSecret/action".
const DataPlane = "data:"

// Azure is the table of Azure role-based access control, with the built-in roles
// by their GUID. Scopes are resource ids, a management group's is the parent of
// its subscriptions' (Table.Parents). Deny assignments win over every role; a
// role's NotActions only narrow that role.
//
// https://learn.microsoft.com/azure/role-based-access-control/overview,
// https://learn.microsoft.com/azure/role-based-access-control/role-definitions,
// https://learn.microsoft.com/azure/role-based-access-control/deny-assignments
func Azure() *Table {
	return azureRoles().table(Table{System: "azure", Fold: true, Levels: azureLevels})
}

// AzureRole is the id under which the table knows a role: the last segment of a
// role definition's resource id.
func AzureRole(id string) string {
	return strings.ToLower(id[strings.LastIndexByte(id, '/')+1:])
}

// AzurePermissions makes the permissions of one entry of a role definition or
// deny assignment: management actions and data actions apart. Condition is its
// ABAC condition, as it stands; "": none.
func AzurePermissions(actions, notActions, dataActions, notDataActions []string, condition string) []Permission {
	var out []Permission
	c := Expression("azure", condition)
	if len(actions) > 0 {
		// A leading wildcard of one plane would hold the other's names.
		out = append(out, Permission{Actions: actions, NotActions: append(notActions[:len(notActions):len(notActions)], DataPlane+"*"), Condition: c})
	}
	if len(dataActions) > 0 {
		out = append(out, Permission{Actions: dataPlane(dataActions), NotActions: dataPlane(notDataActions), Condition: c})
	}
	return out
}

func dataPlane(list []string) []string {
	var out []string
	for _, a := range list {
		out = append(out, DataPlane+a)
	}
	return out
}

var azureLevels = []Level{
	{"Microsoft.Authorization/roleAssignments/write", access.LevelEscalate},
	{"Microsoft.Authorization/roleDefinitions/write", access.LevelEscalate},
	{"Microsoft.Authorization/elevateAccess/action", access.LevelEscalate},
	{"Microsoft.Authorization/roleAssignmentScheduleRequests/write", access.LevelEscalate},
	{"Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action", access.LevelEscalate},
	{"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", access.LevelEscalate},
	{"Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write", access.LevelEscalate},
	{"data:Microsoft.KeyVault/vaults/secrets/getSecret/action", access.LevelSecrets},
	{"*/listKeys/action", access.LevelSecrets}, {"*/list*Keys/action", access.LevelSecrets}, {"*/listSecrets/action", access.LevelSecrets},
	{"*/listCluster*Credential/action", access.LevelSecrets}, {"*/list*Credentials/action", access.LevelSecrets},
	{"*/list*Sas/action", access.LevelSecrets}, {"*/listConnectionStrings/action", access.LevelSecrets},
	{"*/config/list/action", access.LevelSecrets}, {"*/publishxml/action", access.LevelSecrets}, {"*/regenerate*Key/action", access.LevelSecrets},
	{"*/generateToken/action", access.LevelSecrets}, {"*/generateUserDelegationKey/action", access.LevelSecrets},
	{"Microsoft.Compute/*/runCommand/action", access.LevelExecute}, {"Microsoft.Compute/*/runCommands/write", access.LevelExecute},
	{"Microsoft.ContainerService/*/runCommand/action", access.LevelExecute}, {"Microsoft.HybridCompute/*/runCommands/write", access.LevelExecute},
	{"Microsoft.Compute/*/extensions/write", access.LevelExecute}, {"Microsoft.Automation/automationAccounts/jobs/write", access.LevelExecute},
	{"Microsoft.ContainerInstance/*/exec/action", access.LevelExecute}, {"data:Microsoft.ContainerService/*/exec/action", access.LevelExecute},
	{"*/read", access.LevelRead},
	{"Microsoft.Authorization/*", access.LevelPermissions},
	{"Microsoft.KeyVault/vaults/accessPolicies/write", access.LevelPermissions},
	{"*/delete", access.LevelDelete},
	{"*/write", access.LevelWrite},
	{"*/action", access.LevelWrite},
}
