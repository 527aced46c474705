package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/droverhq/drover"
)

// A rule for an issuer that signs for everybody lets in what belongs to one owner, and
// no stranger whose name begins alike.
func TestWorkloadSubjects(t *testing.T) {
	const github, gitlab = "https://token.actions.githubusercontent.com", "https://gitlab.com"
	for _, c := range []struct {
		issuer, subject string
		ok              bool
	}{
		{github, "repo:*", false},
		{github, "repo:acme*", false},
		{github, "repo:/*", false},
		{github, "rep*", false},
		{github, "repository_owner:acme/*", false},
		{github, "repo:acme/*", true},
		{github, "repo:acme/infra:*", true},
		{github, "repo:acme/infra:ref:refs/heads/main", true},
		{github + "/acme", "repo:*", false},
		{"https://TOKEN.actions.githubusercontent.com", "repo:*", false},
		{gitlab, "project_path:*", false},
		{gitlab, "project_path:acme*", false},
		{gitlab, "project_path:acme/*", true},
		{"https://app.terraform.io", "organization:acme*", false},
		{"https://app.terraform.io", "organization:acme:*", true},
		{"https://agent.buildkite.com", "organization:*", false},
		{"https://accounts.google.com", "1122*", false},
		{"https://accounts.google.com", "112233", true},
		{"https://kubernetes.acme.test", "system:*", true}, // it signs for its own alone
	} {
		_, err := load(t, fmt.Sprintf("version: 1\nauth:\n  workload:\n    - issuer: %s\n      audience: drover\n      subject: %q\n      role: auditor\n", c.issuer, c.subject))
		if c.ok != (err == nil) {
			t.Errorf("%s %s: %v", c.issuer, c.subject, err)
		}
		if err != nil && (!errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), "drover.yaml:6: auth.workload[0].subject")) {
			t.Errorf("%s %s: the error does not say where: %v", c.issuer, c.subject, err)
		}
	}
}
