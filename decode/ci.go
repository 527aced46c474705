package decode

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Pipeline is what a CI file says about identities: names and references only.
type Pipeline struct {
	System      string // github, gitlab, jenkins, circleci, azure, bitbucket
	Name        string
	Triggers    []string
	Permissions map[string]string // of the built-in token: "contents": "write"; "*" for read-all and write-all; nil not set
	IDToken     bool              // can mint an OIDC token
	Audiences   []string          // of the OIDC tokens it asks for
	Secrets     []CIName          // secrets used by name
	Variables   []CIName
	Actions     []CIName // actions, orbs, pipes, images used, as written with their ref
	Logins      []CILogin
	Contexts    []string // CircleCI contexts, GitHub environments, GitLab environments
	Connections []CIName // Azure service connections, Jenkins credential ids
	Runners     []string
	Found       []Found // literal secrets
}

// CIName is a name used at a line.
type CIName struct {
	Name string
	Job  string
	Line int
}

// CILogin is a step that logs in to another system.
type CILogin struct {
	Action   string // as written, with its ref
	System   string // aws, gcp, azure, docker, vault, …
	Role     string // role-to-assume, service_account, client-id
	Provider string // workload identity provider, tenant
	Audience string
	OIDC     bool // no long-lived secret: the pipeline's own identity
	Secrets  []string
	Job      string
	Line     int
}

// ParseCI reads a CI file; its path inside the repository tells the system. It
// follows no include and expands no template.
func ParseCI(file string, data []byte) (Pipeline, error) {
	p := Pipeline{System: ciSystem(file)}
	data, err := clean("CI file", data)
	if err != nil {
		return p, err
	}
	switch p.System {
	case "":
		return p, bad("CI file", 0, "its name is that of no known system")
	case "jenkins":
		p.jenkins(data)
		return p, nil
	}
	v, err := oneYAML("CI file", data)
	p.names(data)
	switch p.System {
	case "github":
		p.github(v)
	case "gitlab":
		p.gitlab(v)
	case "circleci":
		p.circle(v)
	case "azure":
		p.azure(v)
	case "bitbucket":
		p.bitbucket(v)
	}
	return p, err
}

// ciSystem tells the system of a path; "" none.
func ciSystem(file string) string {
	f := "/" + strings.ToLower(strings.ReplaceAll(file, `\`, "/"))
	base := path.Base(f)
	yml := strings.HasSuffix(base, ".yml") || strings.HasSuffix(base, ".yaml")
	switch {
	case yml && (strings.Contains(f, "/.github/") || strings.Contains(f, "/.gitea/") || strings.Contains(f, "/.forgejo/")), base == "action.yml", base == "action.yaml":
		return "github"
	case yml && strings.Contains(base, "gitlab-ci"):
		return "gitlab"
	case strings.HasPrefix(base, "jenkinsfile"), strings.HasSuffix(base, ".jenkinsfile"):
		return "jenkins"
	case yml && strings.Contains(f, "/.circleci/"):
		return "circleci"
	case yml && (strings.Contains(base, "azure-pipelines") || strings.Contains(f, "/.azure-pipelines/") || strings.Contains(f, "/.azuredevops/")):
		return "azure"
	case yml && strings.HasPrefix(base, "bitbucket-pipelines"):
		return "bitbucket"
	}
	return ""
}

var ciNames = []struct {
	re       *regexp.Regexp
	variable bool
}{
	{regexp.MustCompile(`\bsecrets\.([A-Za-z_][A-Za-z0-9_]*)`), false},
	{regexp.MustCompile(`\bsecrets\[\s*['"]([^'"\]]+)['"]\s*\]`), false},
	{regexp.MustCompile(`\bvars\.([A-Za-z_][A-Za-z0-9_]*)`), true},
}

// names finds the secrets and variables of GitHub expressions in the text.
func (p *Pipeline) names(data []byte) {
	if p.System != "github" {
		return
	}
	for l := range lines(data) {
		if t := strings.TrimSpace(l.text); t == "" || t[0] == '#' {
			continue
		}
		for _, n := range ciNames {
			for _, m := range n.re.FindAllStringSubmatch(l.text, 100) {
				if n.variable {
					p.Variables = append(p.Variables, CIName{Name: m[1], Line: l.n})
				} else {
					p.Secrets = append(p.Secrets, CIName{Name: m[1], Line: l.n})
				}
			}
		}
	}
}

// variables sorts a map of variables: secrets in clear go to Found.
func (p *Pipeline) variables(v *value, place, job string) {
	for k, e := range v.each() {
		text := e.str()
		if e.kind == kindMap {
			text = e.str("value")
		}
		if v.kind == kindList { // Azure: - name: / value:
			k, text = e.str("name"), e.str("value")
			if g := e.str("group"); g != "" {
				p.Contexts = append(p.Contexts, g)
				continue
			}
		}
		p.Variables = append(p.Variables, CIName{Name: k, Job: job, Line: e.line})
		siftEnv(&p.Found, k, text, e.line)
		if n := len(p.Found); n > 0 && p.Found[n-1].Line == e.line && p.Found[n-1].Path == k {
			p.Found[n-1].Path = place + "." + k
		}
	}
}

// commands looks for secrets in what a step runs.
func (p *Pipeline) commands(v *value, place string) {
	list := []*value{v}
	if v.is(kindList) {
		list = v.vals
	}
	for _, e := range list {
		n := 0
		for l := range strings.SplitSeq(e.str(), "\n") {
			siftCommand(&p.Found, l, place, e.at()+n)
			n++
		}
	}
	p.Found = slices.DeleteFunc(p.Found, func(f Found) bool { return f.Ref })
}

// permissions reads a permissions block (GitHub): a word or a map.
func (p *Pipeline) permissions(v *value) {
	if v == nil {
		return
	}
	if p.Permissions == nil {
		p.Permissions = map[string]string{}
	}
	switch s := v.str(); s {
	case "read-all", "write-all":
		s = strings.TrimSuffix(s, "-all")
		p.Permissions["*"] = stronger(p.Permissions["*"], s)
		p.IDToken = p.IDToken || s == "write"
	}
	for k, e := range v.each() {
		p.Permissions[k] = stronger(p.Permissions[k], e.str())
		p.IDToken = p.IDToken || k == "id-token" && e.str() == "write"
	}
}

func stronger(a, b string) string {
	if a == "write" || b == "" || b == "none" && a != "" {
		return a
	}
	return b
}

func (p *Pipeline) github(v *value) {
	p.Name = v.str("name")
	switch on := v.first("on", "true"); {
	case on.is(kindMap):
		p.Triggers = append(p.Triggers, on.keys...)
	default:
		p.Triggers = append(p.Triggers, on.strs()...)
	}
	p.permissions(v.get("permissions"))
	p.variables(v.get("env"), "env", "")
	for job, j := range v.each("jobs") {
		p.permissions(j.get("permissions"))
		p.variables(j.get("env"), "jobs."+job+".env", job)
		p.Runners = append(p.Runners, append(j.strs("runs-on"), j.strs("runs-on", "labels")...)...)
		if e := firstOf(j.str("environment"), j.str("environment", "name")); e != "" {
			p.Contexts = append(p.Contexts, e)
		}
		if u := j.str("uses"); u != "" {
			p.Actions = append(p.Actions, CIName{Name: u, Job: job, Line: j.get("uses").at()})
		}
		if j.str("secrets") == "inherit" {
			p.Secrets = append(p.Secrets, CIName{Name: "*", Job: job, Line: j.get("secrets").at()})
		}
		if c := firstOf(j.str("container"), j.str("container", "image")); c != "" {
			p.Actions = append(p.Actions, CIName{Name: "docker://" + c, Job: job, Line: j.get("container").at()})
		}
		p.steps(j.get("steps"), job)
	}
	p.steps(v.get("runs", "steps"), "")
}

func (p *Pipeline) steps(v *value, job string) {
	for i, s := range v.each() {
		place := "jobs." + job + ".steps[" + i + "]"
		p.variables(s.get("env"), place+".env", job)
		p.commands(s.get("run"), place+".run")
		u := s.str("uses")
		if u == "" {
			continue
		}
		p.Actions = append(p.Actions, CIName{Name: u, Job: job, Line: s.get("uses").at()})
		for k, e := range s.each("with") {
			siftEnv(&p.Found, k, e.str(), e.line)
		}
		p.Found = slices.DeleteFunc(p.Found, func(f Found) bool { return f.Ref })
		if l, ok := login(u, s.get("with")); ok {
			l.Job, l.Line = job, s.line
			for _, e := range s.each("with") {
				for _, m := range ciNames[0].re.FindAllStringSubmatch(e.str(), 10) {
					l.Secrets = append(l.Secrets, m[1])
				}
			}
			p.Logins = append(p.Logins, l)
		}
	}
}

// login says what a well-known action logs in to. OIDC is what is left when no
// long-lived key is handed over.
func login(uses string, with *value) (CILogin, bool) {
	name, _, _ := strings.Cut(strings.ToLower(uses), "@")
	l := CILogin{Action: uses}
	switch {
	case name == "aws-actions/configure-aws-credentials":
		l.System, l.Role, l.Audience = "aws", with.str("role-to-assume"), with.str("audience")
		l.OIDC = l.Role != "" && with.str("aws-access-key-id") == ""
	case name == "google-github-actions/auth":
		l.System, l.Role, l.Provider, l.Audience = "gcp", with.str("service_account"), with.str("workload_identity_provider"), with.str("audience")
		l.OIDC = l.Provider != ""
	case name == "azure/login":
		l.System, l.Role, l.Provider, l.Audience = "azure", with.str("client-id"), with.str("tenant-id"), with.str("audience")
		l.OIDC = l.Role != "" && with.str("creds") == ""
	case name == "docker/login-action":
		l.System, l.Role, l.Provider = "docker", with.str("username"), with.str("registry")
	case name == "hashicorp/vault-action":
		l.System, l.Role, l.Provider, l.Audience = "vault", with.str("role"), with.str("url"), with.str("jwtGithubAudience")
		l.OIDC = with.str("method") == "jwt"
	case name == "actions/create-github-app-token", name == "tibdex/github-app-token":
		l.System, l.Role = "github-app", firstOf(with.str("app-id"), with.str("app_id"), with.str("client-id"))
	case name == "azure/docker-login":
		l.System, l.Role, l.Provider = "docker", with.str("username"), with.str("login-server")
	case name == "pypa/gh-action-pypi-publish":
		l.System, l.OIDC = "pypi", with.str("password") == ""
	case name == "cloudflare/wrangler-action":
		l.System, l.Role = "cloudflare", with.str("accountId")
	default:
		return l, false
	}
	return l, true
}

func (p *Pipeline) gitlab(v *value) {
	p.variables(v.get("variables"), "variables", "")
	for job, j := range v.each() {
		if !j.is(kindMap) || job == "variables" || job == "workflow" || job == "include" {
			continue
		}
		p.variables(j.get("variables"), job+".variables", job)
		for _, s := range []string{"script", "before_script", "after_script"} {
			p.commands(j.get(s), job+"."+s)
		}
		for name, t := range j.each("id_tokens") {
			p.IDToken = true
			p.Audiences = append(p.Audiences, t.strs("aud")...)
			p.Variables = append(p.Variables, CIName{Name: name, Job: job, Line: t.line})
		}
		for name, s := range j.each("secrets") {
			p.Secrets = append(p.Secrets, CIName{Name: name, Job: job, Line: s.line})
			for kind, x := range s.each() {
				if kind == "vault" || strings.HasSuffix(kind, "_vault") || strings.HasSuffix(kind, "secrets_manager") || strings.HasSuffix(kind, "secret_manager") {
					p.Connections = append(p.Connections, CIName{Name: kind + ":" + firstOf(x.str(), x.str("path"), x.str("name"), x.str("secret_id")), Job: job, Line: x.line})
				}
			}
		}
		if e := firstOf(j.str("environment"), j.str("environment", "name")); e != "" {
			p.Contexts = append(p.Contexts, e)
		}
		if img := firstOf(j.str("image"), j.str("image", "name")); img != "" {
			p.Actions = append(p.Actions, CIName{Name: img, Job: job, Line: j.get("image").at()})
		}
		p.Runners = append(p.Runners, j.strs("tags")...)
	}
}

func (p *Pipeline) circle(v *value) {
	for name, o := range v.each("orbs") {
		p.Actions = append(p.Actions, CIName{Name: firstOf(o.str(), name), Line: o.line})
	}
	for wf, w := range v.each("workflows") {
		for _, e := range w.each("jobs") {
			for job, cfg := range e.each() {
				for _, c := range cfg.strs("context") {
					p.Contexts = append(p.Contexts, c)
					p.Secrets = append(p.Secrets, CIName{Name: "context:" + c, Job: wf + "/" + job, Line: cfg.line})
				}
			}
		}
	}
	v.walk(func(at []string, e *value) bool {
		if len(at) == 0 {
			return true
		}
		switch k := at[len(at)-1]; {
		case k == "environment" && e.kind == kindMap:
			p.variables(e, joinPath(at...), "")
		case k == "run":
			p.commands(e, joinPath(at...))
			p.commands(e.get("command"), joinPath(at...))
		case k == "resource_class":
			p.Runners = append(p.Runners, e.str())
		case k == "role_arn" || k == "role-arn":
			p.Logins = append(p.Logins, CILogin{Action: "aws-cli/setup", System: "aws", Role: e.str(), OIDC: true, Line: e.line})
			p.IDToken = true
		}
		return true
	})
}

// connectionKeys are the inputs of Azure Pipelines tasks that name a service
// connection.
var connectionKeys = []string{"azuresubscription", "connectedservicename", "connectedservicenamearm", "azureresourcemanagerconnection", "containerregistry", "dockerregistryendpoint", "dockerregistryserviceconnection", "kubernetesserviceconnection", "kubernetesserviceendpoint", "awscredentials", "serviceconnection", "sshendpoint", "githubconnection", "endpoint", "backendservicearm", "environmentservicename", "environmentservicenameaws", "environmentservicenamegcp", "sonarqube", "externalendpoint", "publishfeedcredentials"}

func (p *Pipeline) azure(v *value) {
	p.Name = v.str("name")
	v.walk(func(at []string, e *value) bool {
		if len(at) == 0 {
			return true
		}
		k := at[len(at)-1]
		switch {
		case k == "variables":
			p.variables(e, joinPath(at...), "")
		case k == "env" && e.kind == kindMap:
			p.variables(e, joinPath(at...), "")
		case k == "task" && e.kind == kindString:
			p.Actions = append(p.Actions, CIName{Name: e.text, Line: e.line})
		case k == "environment" && firstOf(e.str(), e.str("name")) != "":
			p.Contexts = append(p.Contexts, firstOf(e.str(), e.str("name")))
		case slices.Contains([]string{"script", "bash", "powershell", "pwsh"}, k):
			p.commands(e, joinPath(at...))
		case slices.Contains(connectionKeys, strings.ToLower(k)) && e.str() != "":
			p.Connections = append(p.Connections, CIName{Name: e.str(), Line: e.line})
		case k == "vmImage" || k == "pool" && e.kind == kindString:
			p.Runners = append(p.Runners, e.str())
		}
		return true
	})
}

func (p *Pipeline) bitbucket(v *value) {
	v.walk(func(at []string, e *value) bool {
		if len(at) == 0 {
			return true
		}
		switch k := at[len(at)-1]; {
		case k == "oidc":
			yes, _ := e.yes()
			p.IDToken = p.IDToken || yes
		case k == "audiences" && len(at) > 1:
			p.Audiences = append(p.Audiences, e.strs()...)
		case k == "pipe":
			p.Actions = append(p.Actions, CIName{Name: e.str(), Line: e.line})
		case k == "variables" && e.kind == kindMap:
			p.variables(e, joinPath(at...), "")
			if r := e.get("AWS_OIDC_ROLE_ARN"); r != nil {
				p.Logins = append(p.Logins, CILogin{Action: "AWS_OIDC_ROLE_ARN", System: "aws", Role: r.str(), OIDC: true, Line: r.line})
			}
		case k == "deployment":
			p.Contexts = append(p.Contexts, e.str())
		case k == "image":
			p.Actions = append(p.Actions, CIName{Name: firstOf(e.str(), e.str("name")), Line: e.line})
		case k == "script":
			p.commands(e, joinPath(at...))
		case k == "runs-on":
			p.Runners = append(p.Runners, e.strs()...)
		}
		return true
	})
}

var (
	jenkinsID  = regexp.MustCompile(`(?:credentialsId|credentials|sshagent|usernameColonPassword|keystore)\s*[:(]?\s*[\[({]?\s*(?:credentialsId\s*:\s*)?['"]([^'"\n]{1,200})['"]`)
	jenkinsEnv = regexp.MustCompile(`^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*['"]([^'"\n]*)['"]\s*$`)
	jenkinsLib = regexp.MustCompile(`@Library\(\s*\[?\s*['"]([^'"]+)['"]`)
)

// jenkins reads a Jenkinsfile by its words: it is a program, which is not run.
func (p *Pipeline) jenkins(data []byte) {
	for l := range lines(data) {
		if strings.HasPrefix(strings.TrimSpace(l.text), "//") || len(l.text) > 4096 {
			continue
		}
		for _, m := range jenkinsID.FindAllStringSubmatch(l.text, 20) {
			p.Connections = append(p.Connections, CIName{Name: m[1], Line: l.n})
			p.Secrets = append(p.Secrets, CIName{Name: m[1], Line: l.n})
		}
		if m := jenkinsEnv.FindStringSubmatch(l.text); m != nil {
			p.Variables = append(p.Variables, CIName{Name: m[1], Line: l.n})
			siftEnv(&p.Found, m[1], m[2], l.n)
		}
		for _, m := range jenkinsLib.FindAllStringSubmatch(l.text, 5) {
			p.Actions = append(p.Actions, CIName{Name: m[1], Line: l.n})
		}
	}
}
