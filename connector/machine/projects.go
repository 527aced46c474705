package machine

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/decode/tfstate"
	"github.com/droverhq/drover/secret"
)

var projectRows = append(append(kubeRows, certRows...), []*row{
	{category: "env", what: ".env files", paths: paths{all: []string{"~/.env", ".env", ".env.*", "*.env", ".envrc", "env.local"}, linux: []string{"/etc/environment", "/etc/default/*", "/etc/sysconfig/*"}}, read: readEnv},
	{category: "env", what: "variables of containers in Compose files", elsewhere: true, paths: paths{all: []string{"docker-compose*.yml", "docker-compose*.yaml", "compose.yml", "compose.yaml", "compose.*.yml", "compose.*.yaml"}}, read: readContainers},
	{category: "env", what: "variables of containers in Kubernetes manifests", given: true, elsewhere: true, paths: paths{all: []string{"*.yaml", "*.yml"}}, read: readContainers, looks: maybeContainers},
	{category: "ci", what: "CI pipelines", elsewhere: true, paths: paths{all: []string{
		".github/workflows/*.yml", ".github/workflows/*.yaml", ".gitlab-ci.yml", ".gitlab-ci.yaml", "jenkinsfile", "jenkinsfile.*", "*.jenkinsfile", ".circleci/config.yml", ".circleci/config.yaml",
		"azure-pipelines.yml", "azure-pipelines.yaml", "azure-pipelines*.yml", "bitbucket-pipelines.yml"}}, read: readCI},
	{category: "terraform", what: "Terraform and OpenTofu states", elsewhere: true, limit: tfstate.MaxSize, paths: paths{all: []string{"*.tfstate", "*.tfstate.backup", "*.tfstate.json", "errored.tfstate"}}, read: readState},
	{category: "terraform", what: "Terraform variables", elsewhere: true, paths: paths{all: []string{"terraform.tfvars", "*.tfvars"}}, format: "tfvars"},
}...)

// readEnv reads variables, by their names and by the shape of their values.
func readEnv(f *file) error {
	low := strings.ToLower(f.base())
	if f.project && (strings.Contains(low, "example") || strings.Contains(low, "sample") || strings.Contains(low, "template") || strings.HasSuffix(low, ".dist")) {
		// Filled in by whoever copies it: only what has the shape of a real one counts.
		f.scanned(map[string]bool{}, true)
		return nil
	}
	list, err := decode.ParseCredentials("dotenv", f.data)
	seen := map[string]bool{}
	for _, x := range list {
		// A search by shape gives a string whole, or what is secret in it.
		seen[x.Value.Reveal()] = true
		seen[withoutAddress(x).Value.Reveal()] = true
		f.found(x)
	}
	f.scanned(seen, false)
	return err
}

// maybeContainers reports whether a text may describe containers.
func maybeContainers(_ string, data []byte) bool {
	return bytes.Contains(data, []byte("services")) || bytes.Contains(data, []byte("containers")) || bytes.Contains(data, []byte("Containers"))
}

// readContainers reads the variables that containers are given in clear. Most
// files of these names hold none, and templates of manifests are no YAML: that is
// no loss.
func readContainers(f *file) error {
	if !maybeContainers(f.path, f.data) {
		return nil
	}
	list, err := decode.ParseContainers(f.data)
	f.founds(list)
	if err != nil && !decode.Complete(err) && !strings.Contains(f.base(), "compose") {
		return nil
	}
	return err
}

// maxShapes is the largest file of variables that is searched for secrets by
// shape; no real one comes near.
const maxShapes = 1 << 20

// scanned emits the secrets that their shape gives away, except those seen; with
// sure, only those of a vendor's own form.
func (f *file) scanned(seen map[string]bool, sure bool) {
	if len(f.data) > maxShapes {
		f.out.Note(f.show, fmt.Sprintf("larger than %d bytes: read by the names of its variables alone", maxShapes))
		return
	}
	count := map[string]int{}
	for _, x := range secret.Default().Scan(strings.TrimPrefix(f.path, "/"), f.data) {
		if x.Class == secret.Unscanned {
			f.out.Note(f.show, fmt.Sprintf("line %d to %d: made so that searching it for secrets would not end; not searched", x.Line, x.EndLine))
			continue
		}
		if v := x.Value.Reveal(); v == "" || seen[v] || sure && secret.Identify(x.Class, v).Type == "" {
			continue
		} else {
			seen[v] = true
		}
		// Several of one sort in a file are told apart by their order.
		key := x.Rule
		if count[x.Rule]++; count[x.Rule] > 1 {
			key = fmt.Sprintf("%s/%d", x.Rule, count[x.Rule])
		}
		if x.Class == decode.ClassConnection {
			f.found(decode.Found{Class: x.Class, Name: x.Rule, Value: x.Value, Line: x.Line, Path: key, Extra: map[string]string{"rule": x.Rule}})
			continue
		}
		f.credential(credential{class: x.Class, value: x.Value, typ: secretType(x.Class)}, spot{key: key, line: x.Line, attrs: map[string]any{"rule": x.Rule}})
	}
}

// repository is the folder of the repository that a path lies in, by the ending
// that led to the file.
func repository(name, ending string) string {
	return path.Clean("/" + strings.TrimSuffix(name, ending))
}

func (f *file) repoRef(dir string) drover.Ref { return f.ref("git_repository", f.host.show(dir)) }

// readGitConfig emits a repository and its remotes, and logins in either.
func readGitConfig(f *file) error {
	list, err := decode.ParseCredentials("gitconfig", f.data)
	f.founds(list)
	if !strings.HasSuffix(f.path, "/.git/config") {
		return err
	}
	dir := repository(f.path, "/.git/config")
	f.out.Node(drover.Node{Ref: f.repoRef(dir), Kind: drover.KindResource, Type: "git.repository", Name: clip(path.Base(dir)), Aliases: gitRemotes(f.data), Attrs: safeAttrs(map[string]any{"dir": f.host.show(dir)})})
	return err
}

// readCI emits a pipeline: what it may become, and the secrets it reads by name.
func readCI(f *file) error {
	p, err := decode.ParseCI(strings.TrimPrefix(f.path, "/"), f.data)
	if p.System == "" {
		return err
	}
	ref := f.ref("ci_pipeline", f.show)
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: p.System + ".pipeline", Name: clip(nonEmpty(p.Name, f.base())), Attrs: safeAttrs(map[string]any{
		"triggers": p.Triggers, "permissions": p.Permissions, "id_token": p.IDToken, "audiences": p.Audiences, "actions": names(p.Actions), "contexts": p.Contexts, "runners": p.Runners,
		"variables": names(p.Variables), "connections": names(p.Connections), "file": f.show})})
	f.fileTime(ref)
	for _, s := range append(p.Secrets, p.Connections...) {
		f.edge(drover.EdgeReadsSecret, ref, f.ciSecret(p.System, s.Name), s.Line)
	}
	for _, l := range p.Logins {
		f.ciLogin(ref, l)
	}
	f.programSecrets(ref, p.Found)
	return err
}

// ciSecret is an entry of the CI system's secret store, for one repository.
func (f *file) ciSecret(system, name string) drover.Ref {
	dir := path.Dir(f.path)
	for _, end := range []string{"/.github/workflows", "/.circleci"} {
		dir = strings.TrimSuffix(dir, end)
	}
	ref := f.ref("ci_secret", f.host.show(path.Clean("/"+dir))+"#"+name)
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindResource, Type: system + ".secret", Name: clip(nonEmpty(name, "secret"))})
	return ref
}

// ciLogin emits what a step of a pipeline signs in as.
func (f *file) ciLogin(ref drover.Ref, l decode.CILogin) {
	role := l.Role
	if role == "" || decode.LooksReference(role) || strings.Contains(role, "${") {
		return // the role's name is itself a secret or variable: named there
	}
	var to drover.Ref
	switch {
	case strings.HasPrefix(role, "arn:"):
		to = f.awsRole(role)
	case l.System == "gcp" || strings.HasSuffix(role, "gserviceaccount.com"):
		to = f.google(role)
	case l.System == "azure":
		to = f.known("azure.service_principal", role, nil, "azure-app:"+role)
	default:
		to = drover.UnseenRef("login:" + nonEmpty(l.System, "ci") + "/" + role)
	}
	f.out.Edge(drover.Edge{From: ref, To: to, Kind: drover.EdgeCanAssume, Part: clip(l.Job), Grade: drover.GradeDeclared, Proof: f.at(l.Line),
		Cond: safeAttrs(map[string]any{"action": l.Action, "provider": l.Provider, "audience": l.Audience, "oidc": l.OIDC})})
}
