package rolebased

import (
	"strings"

	"github.com/droverhq/drover/access"
)

// GCP is the table of Google Cloud IAM, with the predefined and basic roles by
// name ("roles/storage.admin"). Scopes are resource names below the project:
// "projects/p/buckets/b"; a project's folder and a folder's organization are its
// parents (Table.Parents). Allow policies add up over the hierarchy; deny
// policies are assignments with Deny, which win. Conditions in CEL stay as they
// are (Expression).
//
// https://cloud.google.com/iam/docs/resource-hierarchy-access-control,
// https://cloud.google.com/iam/docs/deny-overview,
// https://cloud.google.com/iam/docs/conditions-overview
func GCP() *Table {
	return gcpRoles().table(Table{System: "gcp", Levels: gcpLevels})
}

// GCPMember is the principal that a member of a binding, or a principal of a deny
// policy, names. All others stand for themselves: "serviceAccount:x@y", and
// "domain:example.com", which a principal is in by its Groups.
func GCPMember(member string) string {
	switch member {
	case "allUsers", "principalSet://goog/public:all":
		return Everyone
	case "allAuthenticatedUsers":
		return Authenticated
	}
	for prefix, kind := range map[string]string{
		"principal://goog/subject/":  "user:",
		"principalSet://goog/group/": "group:",
	} {
		if rest, ok := strings.CutPrefix(member, prefix); ok {
			return kind + rest
		}
	}
	if rest, ok := strings.CutPrefix(member, "principal://iam.googleapis.com/projects/-/serviceAccounts/"); ok {
		return "serviceAccount:" + rest
	}
	return member
}

// GCPDenied is the permission that a deny policy names, as allow policies and
// roles spell it: "iam.googleapis.com/roles.create" is "iam.roles.create"
// (https://cloud.google.com/iam/docs/deny-permissions-support). A `*` for a
// resource or an action stays.
func GCPDenied(permission string) string {
	service, rest, ok := strings.Cut(permission, ".googleapis.com/")
	switch {
	case !ok:
		return permission
	case service == "cloudresourcemanager":
		service = "resourcemanager"
	}
	return service + "." + rest
}

var gcpLevels = []Level{
	{"iam.serviceAccounts.getAccessToken", access.LevelEscalate}, {"iam.serviceAccounts.getOpenIdToken", access.LevelEscalate},
	{"iam.serviceAccounts.signBlob", access.LevelEscalate}, {"iam.serviceAccounts.signJwt", access.LevelEscalate},
	{"iam.serviceAccounts.implicitDelegation", access.LevelEscalate}, {"iam.serviceAccounts.actAs", access.LevelEscalate},
	{"iam.serviceAccountKeys.create", access.LevelEscalate}, {"iam.serviceAccountKeys.upload", access.LevelEscalate},
	{"iam.roles.update", access.LevelEscalate}, {"iam.serviceAccounts.setIamPolicy", access.LevelEscalate},
	{"resourcemanager.*.setIamPolicy", access.LevelEscalate},
	{"iam.denypolicies.update", access.LevelPermissions}, {"iam.denypolicies.delete", access.LevelPermissions},
	{"secretmanager.versions.access", access.LevelSecrets}, {"storage.hmacKeys.create", access.LevelSecrets},
	{"container.clusters.getCredentials", access.LevelSecrets}, {"container.secrets.get", access.LevelSecrets}, {"container.secrets.list", access.LevelSecrets},
	{"*.setIamPolicy", access.LevelPermissions},
	{"*.getIamPolicy", access.LevelRead},
	{"compute.instances.setMetadata", access.LevelExecute}, {"compute.projects.setCommonInstanceMetadata", access.LevelExecute},
	{"compute.instances.os*Login", access.LevelExecute}, {"container.pods.exec", access.LevelExecute},
	{"cloudbuild.builds.create", access.LevelExecute}, {"run.jobs.run", access.LevelExecute},
	{"*.invoke*", access.LevelExecute}, {"*.call", access.LevelExecute},
	{"*.list*", access.LevelList},
	{"*.get*", access.LevelRead}, {"*.read*", access.LevelRead}, {"*.search*", access.LevelRead}, {"*.export*", access.LevelRead},
	{"*.delete*", access.LevelDelete},
	{"*", access.LevelWrite},
}
