package decode

import "testing"

func TestGitHubWorkflow(t *testing.T) {
	p, err := ParseCI(".github/workflows/deploy.yml", []byte(`name: deploy
on: [push]
permissions:
  id-token: write
  contents: read
env:
  REGION: eu
  API_TOKEN: canary-value-1
jobs:
  go:
    runs-on: ubuntu-latest
    environment: prod
    steps:
      - uses: actions/checkout@v4
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/ci
      - run: curl -H "x" --token ${{ secrets.DEPLOY_TOKEN }} https://u:canary-value-2@h/x
`))
	if err != nil {
		t.Fatal(err)
	}
	if !p.IDToken || len(p.Secrets) != 1 || p.Secrets[0].Name != "DEPLOY_TOKEN" || p.Secrets[0].Line != 18 || len(p.Actions) != 2 || p.Triggers[0] != "push" {
		t.Errorf("got %+v", p)
	}
	if len(p.Logins) != 1 || !p.Logins[0].OIDC || p.Logins[0].Role != "arn:aws:iam::123456789012:role/ci" || p.Contexts[0] != "prod" {
		t.Errorf("logins %+v", p.Logins)
	}
	if len(p.Found) != 2 || p.Found[0].Value.Reveal() != "canary-value-1" || p.Found[1].Value.Reveal() != "canary-value-2" {
		t.Errorf("found %+v", p.Found)
	}
}

func TestOtherPipelines(t *testing.T) {
	for file, tc := range map[string]struct {
		text string
		ok   func(Pipeline) bool
	}{
		".gitlab-ci.yml": {"variables:\n  DB_PASSWORD: canary\njob:\n  id_tokens:\n    T:\n      aud: https://vault\n  secrets:\n    P:\n      vault: a/b@c\n  script: [make]\n",
			func(p Pipeline) bool {
				return p.IDToken && len(p.Found) == 1 && len(p.Secrets) == 1 && p.Audiences[0] == "https://vault" && p.Connections[0].Name == "vault:a/b@c"
			}},
		"Jenkinsfile": {"pipeline { environment {\n K = credentials('prod-key')\n}\n withCredentials([string(credentialsId: 'tok', variable: 'X')]) {}\n sshagent(['ssh-1']) {}\n}",
			func(p Pipeline) bool { return len(p.Connections) == 3 }},
		".circleci/config.yml": {"orbs:\n  aws: circleci/aws-cli@4\nworkflows:\n  w:\n    jobs:\n      - deploy:\n          context: [prod, org]\n",
			func(p Pipeline) bool { return len(p.Contexts) == 2 && len(p.Actions) == 1 }},
		"azure-pipelines.yml": {"variables:\n- group: g\nsteps:\n- task: AzureCLI@2\n  inputs:\n    azureSubscription: conn-1\n",
			func(p Pipeline) bool { return len(p.Connections) == 1 && len(p.Contexts) == 1 && len(p.Actions) == 1 }},
		"bitbucket-pipelines.yml": {"pipelines:\n  default:\n    - step:\n        oidc: true\n        script:\n          - pipe: atlassian/aws-s3-deploy:1.0\n            variables:\n              AWS_OIDC_ROLE_ARN: arn:x\n",
			func(p Pipeline) bool { return p.IDToken && len(p.Logins) == 1 && len(p.Actions) == 1 }},
	} {
		p, err := ParseCI(file, []byte(tc.text))
		if err != nil || !tc.ok(p) {
			t.Errorf("%s: got %+v, %v", file, p, err)
		}
	}
}
