package machine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// stateOf is a state of these resources: type, then attributes.
func stateOf(p *planter, resources ...map[string]any) string {
	var list []any
	for i, r := range resources {
		typ := r["type"]
		delete(r, "type")
		list = append(list, map[string]any{"mode": "managed", "type": typ, "name": fmt.Sprintf("r%d", i), "provider": `provider["registry.terraform.io/hashicorp/aws"]`,
			"instances": []any{map[string]any{"schema_version": 0, "attributes": r}}})
	}
	return p.json(map[string]any{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "a", "outputs": map[string]any{}, "resources": list})
}

type m = map[string]any

// Policies and memberships are joined to the principals that they name.
func TestStateJoinsPrincipals(t *testing.T) {
	p := newPlanter(t)
	p.file("terraform.tfstate", stateOf(p,
		m{"type": "aws_iam_user", "arn": "arn:aws:iam::123456789012:user/bots/ci", "id": "ci", "name": "ci", "unique_id": "AIDAJQABLZS4A3QDU576Q"},
		m{"type": "aws_iam_user_policy", "id": "ci:push", "name": "push", "user": "ci", "policy": `{"Version":"2012-10-17","Statement":[]}`},
		m{"type": "aws_iam_user_policy_attachment", "id": "1", "user": "deploy", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
		m{"type": "aws_iam_role_policy_attachment", "id": "2", "role": "app", "policy_arn": "arn:aws:iam::123456789012:policy/app"},
		m{"type": "aws_iam_user_group_membership", "id": "3", "user": "ci", "groups": []string{"robots"}},
		m{"type": "aws_iam_policy_attachment", "id": "4", "name": "x", "users": []string{"ci"}, "roles": []string{"app"}, "policy_arn": "arn:aws:iam::123456789012:policy/both"},
		m{"type": "google_project_iam_member", "id": "5", "role": "roles/owner", "member": "user:a@example.com"},
		m{"type": "aws_s3_bucket", "id": "6", "arn": "arn:aws:s3:::b"},
	))
	r := connectortest.Collect(t, Connector, p.config())
	names := map[drover.Ref]string{}
	for _, n := range r.Nodes {
		names[n.Ref] = n.Type + " " + n.Name
	}
	var got []string
	for _, e := range r.Edges {
		if e.Kind == drover.EdgeAttached || e.Kind == drover.EdgeMemberOf {
			if names[e.From] == "" {
				names[e.From] = "policy " + e.From.ID()[strings.LastIndex(e.From.ID(), "/")+1:]
			}
			got = append(got, fmt.Sprintf("%s %s %s", names[e.From], e.Kind, names[e.To]))
		}
	}
	slices.Sort(got)
	want := []string{
		"aws.iam.inline_policy push attached aws.iam.user ci",
		"policy AdministratorAccess attached aws.iam.user deploy",
		"policy app attached aws.iam.role app",
		"policy both attached aws.iam.role app",
		"policy both attached aws.iam.user ci",
		"aws.iam.user ci member_of aws.iam.group robots",
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	for _, n := range r.ByType("aws.iam.user") {
		if n.Ref.Tenant() != "123456789012" {
			t.Errorf("user %s is %s; want its account in the name", n.Name, n.Ref)
		}
	}
	s, _ := r.Section("terraform")
	if notes := fmt.Sprint(s.Notes); !strings.Contains(notes, "google_project_iam_member") || strings.Contains(notes, "aws_s3_bucket") {
		t.Errorf("notes %s; want what is not read of who may do what", notes)
	}
	if len(r.Documents) != 1 {
		t.Errorf("%d documents, want the inline policy's", len(r.Documents))
	}
}

// Where no account is known a name means something in this state only.
func TestStateWithoutAccount(t *testing.T) {
	p := newPlanter(t)
	p.file("a.tfstate", stateOf(p, m{"type": "aws_iam_user_policy", "id": "ci:x", "name": "x", "user": "ci"}))
	p.file("b.tfstate", stateOf(p, m{"type": "aws_iam_user_policy", "id": "ci:x", "name": "x", "user": "ci"}))
	r := connectortest.Collect(t, Connector, p.config())
	users := r.ByType("aws.iam.user")
	if len(users) != 2 || len(users[0].Aliases) != 0 {
		t.Errorf("users %v; want one for each state, known by no name elsewhere", users)
	}
}
