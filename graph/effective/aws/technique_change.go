package aws

// api is where the page of an action of IAM is.
const api = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_"

// changeTechniques write nothing: what makes the taker an administrator is there
// already, and was held back. They are not in the catalogue.
var changeTechniques = []technique{
	{id: "set-version-001", gives: givesFreed, change: otherVersion, needs: []need{{action: "iam:SetDefaultPolicyVersion", on: policy}}, cite: "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/",
		doc: "Make another version of a customer managed policy that is attached to oneself or to one of one's groups, or is one's boundary, the default one, where that version makes an administrator. Method 2 of Rhino Security Labs; a version that was not read counts for nothing."},
	{id: "drop-boundary-001", gives: givesFreed, change: noBoundary, needs: []need{{action: "iam:DeleteUserPermissionsBoundary", on: self}}, requires: []requirement{takerIsUser}, cite: api + "DeleteUserPermissionsBoundary.html",
		doc: "A user takes off the permissions boundary without which it is an administrator."},
	{id: "drop-boundary-002", gives: givesFreed, change: noBoundary, needs: []need{{action: "iam:DeleteRolePermissionsBoundary", on: self}}, requires: []requirement{takerIsRole}, cite: api + "DeleteRolePermissionsBoundary.html",
		doc: "A role takes off the permissions boundary without which it is an administrator."},
	{id: "drop-deny-001", gives: givesFreed, change: detached, needs: []need{{action: "iam:DetachUserPolicy", on: self}}, requires: []requirement{takerIsUser}, cite: api + "DetachUserPolicy.html",
		doc: "A user detaches from itself the one managed policy whose denial keeps it from being an administrator."},
	{id: "drop-deny-002", gives: givesFreed, change: detached, needs: []need{{action: "iam:DetachRolePolicy", on: self}}, requires: []requirement{takerIsRole}, cite: api + "DetachRolePolicy.html",
		doc: "A role detaches from itself the one managed policy whose denial keeps it from being an administrator."},
	{id: "drop-deny-003", gives: givesFreed, change: deleted, needs: []need{{action: "iam:DeleteUserPolicy", on: self}}, requires: []requirement{takerIsUser}, cite: api + "DeleteUserPolicy.html",
		doc: "A user deletes the one inline policy of its own whose denial keeps it from being an administrator."},
	{id: "drop-deny-004", gives: givesFreed, change: deleted, needs: []need{{action: "iam:DeleteRolePolicy", on: self}}, requires: []requirement{takerIsRole}, cite: api + "DeleteRolePolicy.html",
		doc: "A role deletes the one inline policy of its own whose denial keeps it from being an administrator."},
	{id: "drop-deny-005", gives: givesFreed, change: detached, needs: []need{{action: "iam:DetachGroupPolicy", on: group}}, requires: []requirement{takerIsUser}, cite: api + "DetachGroupPolicy.html",
		doc: "A user detaches from a group that it is in the one managed policy whose denial keeps it from being an administrator."},
	{id: "drop-deny-006", gives: givesFreed, change: deleted, needs: []need{{action: "iam:DeleteGroupPolicy", on: group}}, requires: []requirement{takerIsUser}, cite: api + "DeleteGroupPolicy.html",
		doc: "A user deletes from a group that it is in the one inline policy whose denial keeps it from being an administrator."},
}
