package connector

import "testing"

func TestSecretType(t *testing.T) {
	for _, c := range [][3]string{
		{"github", "fine-grained personal access token", "github.fine_grained_personal_access_token"},
		{"gitlab", "personal, project or group access token", "gitlab.personal_project_or_group_access_token"},
		{"aws", "access key", "aws.iam.access_key"}, {"aws", "temporary access key", "aws.temporary_access_key"},
		{"kubernetes", "service account token", "kubernetes.service_account_token"}, {"pypi", "API token", "pypi.api_token"},
	} {
		if got := SecretType(c[0], c[1]); got != c[2] {
			t.Errorf("%s, %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}
