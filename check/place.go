package check

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// A Storage is what sort of place a secret lies in.
type Storage string

const (
	InVault    Storage = "vault"    // made to keep secrets: a vault, a cloud's secret manager or key store
	InCluster  Storage = "cluster"  // a Kubernetes Secret: readable by whoever may list Secrets, not audited by itself
	InCode     Storage = "code"     // a repository, its history, a working copy
	InPipeline Storage = "pipeline" // a variable or secret of a build system
	InChat     Storage = "chat"
	InTicket   Storage = "ticket"  // tickets, wikis, documents
	InHistory  Storage = "history" // of a shell, of a database client
	InImage    Storage = "image"
	InEnv      Storage = "env"      // the environment of a workload, a function, a task, a unit, a shell
	InManifest Storage = "manifest" // written out in a Kubernetes manifest or a ConfigMap
	InState    Storage = "state"    // of an infrastructure tool
	InFile     Storage = "file"     // any other file of a machine
	InLog      Storage = "log"
	InUnknown  Storage = "unknown"
)

// Storage says what sort of place a row is, by its type and by what its
// attributes say of the file or field in it.
func (e *Estate) Storage(place int) Storage {
	typ := e.Graph.Type(place)
	s, known := e.memo.storages[typ]
	if !known {
		s = storageOfType(typ)
	}
	if s == "" {
		return e.storageOfPath(place)
	}
	return s
}

// allStorages decides once for each type.
func (e *Estate) allStorages() map[string]Storage {
	all := map[string]Storage{}
	for row := range e.Graph.Len() {
		switch e.Graph.Kind(row) {
		case drover.KindPlace, drover.KindResource, drover.KindPolicy:
			if typ := e.Graph.Type(row); all[typ] == "" {
				all[typ] = storageOfType(typ)
			}
		}
	}
	return all
}

// storageOfType is what the type alone says; "" nothing.
func storageOfType(typ string) Storage {
	for _, s := range storages {
		if strings.Contains(typ, s.part) {
			return s.is
		}
	}
	return ""
}

// storages are parts of types, the first that fits counts.
var storages = []struct {
	part string
	is   Storage
}{
	{"vault", InVault}, {"secretsmanager", InVault}, {"secret_manager", InVault}, {"ssm.parameter", InVault}, {"keyvault", InVault}, {"key_vault", InVault}, {"openbao", InVault},
	{"secret_server", InVault}, {"sealed_secret", InVault}, {"external_secret", InVault},
	{"kubernetes.secret", InCluster}, {"kubernetes.pod_template", InManifest}, {"config_map", InManifest}, {"manifest", InManifest},
	{"actions_secret", InPipeline}, {"actions.secret", InPipeline}, {"actions_variable", InPipeline}, {"ci_variable", InPipeline}, {"gitlab.variable", InPipeline}, {"jenkins.", InPipeline}, {"pipeline", InPipeline}, {"codebuild.", InPipeline},
	{"slack.", InChat}, {"teams.", InChat}, {"chat.", InChat}, {"discord.", InChat}, {"message", InChat},
	{"jira.", InTicket}, {"servicenow.", InTicket}, {"confluence.", InTicket}, {"ticket", InTicket}, {"wiki", InTicket}, {"page", InTicket}, {"issue", InTicket}, {"incident", InTicket}, {"document", InTicket}, {"mail.", InChat},
	{"image", InImage}, {"registry.layer", InImage},
	{"log_group", InLog}, {"logs.", InLog},
	{"terraform.state", InState}, {"state_file", InState},
	{"git.", InCode}, {"github.repository", InCode}, {"gitlab.project", InCode}, {"code.", InCode}, {"gist", InCode}, {"snippet", InCode},
	{"environment", InEnv}, {".env", InEnv}, {"lambda.function", InEnv}, {"task_definition", InEnv}, {"container", InEnv}, {"user_data", InEnv}, {"launch_template", InEnv},
}

// storageOfPath looks at the file that a place names, and at the field of a
// workload in which it stands.
func (e *Estate) storageOfPath(place int) Storage {
	file := e.Graph.Str(place, "file")
	if file == "" {
		file = e.Graph.Str(place, "path")
	}
	switch {
	case file == "":
		if e.Graph.Str(place, "workload") != "" || e.Graph.Str(place, "container") != "" {
			return InEnv
		}
		return InUnknown
	case strings.HasSuffix(file, "_history") || strings.HasSuffix(file, "history.txt"):
		return InHistory
	case strings.HasSuffix(file, ".tfstate") || strings.HasSuffix(file, ".tfstate.backup") || e.Graph.Str(place, "attribute") != "" || e.Graph.Str(place, "output") != "":
		return InState
	case environmentFile(file):
		return InEnv
	case pipelineFile(file):
		return InPipeline
	case strings.HasSuffix(file, ".log"):
		return InLog
	}
	return InFile
}

// environmentFile reports whether a file sets variables for programs: .env files,
// units, cron tables and Compose files.
func environmentFile(file string) bool {
	dir, base := dirBase(file)
	switch {
	case strings.HasPrefix(base, ".env"), strings.HasSuffix(base, ".env"), file == "/etc/environment", strings.HasPrefix(file, "/etc/default/"), strings.HasPrefix(file, "/etc/sysconfig/"):
		return true
	case strings.HasSuffix(base, ".service"), strings.HasSuffix(dir, ".service.d"), strings.HasSuffix(base, ".plist"), strings.HasPrefix(file, "/etc/cron"):
		return true
	}
	return strings.HasPrefix(base, "docker-compose") || strings.HasPrefix(base, "compose.")
}

// dirBase cuts a path of any system at its last separator.
func dirBase(file string) (dir, base string) {
	i := strings.LastIndexAny(file, `/\`)
	return file[:max(i, 0)], file[i+1:]
}

// pipelineFile reports whether a file defines builds.
func pipelineFile(file string) bool {
	dir, base := dirBase(file)
	base = strings.ToLower(base)
	return strings.HasSuffix(dir, "/.github/workflows") || strings.HasSuffix(dir, "/.circleci") || strings.HasPrefix(base, ".gitlab-ci") || strings.HasPrefix(base, "jenkinsfile") ||
		strings.HasPrefix(base, "azure-pipelines") || base == "bitbucket-pipelines.yml"
}

// Approved reports whether a place is one that secrets belong in: a vault, a
// cloud's secret manager, a Secret of a cluster. Which of a house's other places
// are approved its policy says.
func (e *Estate) Approved(place int) bool {
	s := e.Storage(place)
	return s == InVault || s == InCluster
}

// Vaulted reports whether a credential lies in a vault; a Kubernetes Secret is
// none.
func (e *Estate) Vaulted(credential int) bool {
	for h := range e.Graph.Out(credential) {
		if h.Kind == drover.EdgeStoredIn && e.Storage(h.Row) == InVault {
			return true
		}
	}
	return false
}

// Strays are the places that a credential lies in and that are not approved. The
// public half of a key is at home anywhere.
func (e *Estate) Strays(credential int) (rows []int) {
	for h := range e.Graph.Out(credential) {
		if h.Kind == drover.EdgeStoredIn && !e.Approved(h.Row) && !effective.PublicHalf(e.Graph, credential, h.Row) {
			rows = append(rows, h.Row)
		}
	}
	return rows
}

// Exposure says who can read a place: "public", "internal" or "unknown".
func (e *Estate) Exposure(place int) string {
	switch x := e.Graph.Str(place, "exposure"); x {
	case "public", "internal":
		return x
	}
	return "unknown"
}

// Exposed is the worst exposure of the places that a credential lies in, and that
// place; "" and -1 where it lies in none.
func (e *Estate) Exposed(credential int) (exposure string, place int) {
	place = -1
	for h := range e.Graph.Out(credential) {
		if h.Kind != drover.EdgeStoredIn {
			continue
		}
		if x := e.Exposure(h.Row); place < 0 || exposureRank(x) > exposureRank(exposure) {
			exposure, place = x, h.Row
		}
	}
	return exposure, place
}

func exposureRank(x string) int {
	switch x {
	case "public":
		return 2
	case "internal":
		return 1
	}
	return 0
}

// Env is the environment of a row: its own, of a credential that of the
// identities that it proves where they agree, of a place or a resource that of
// what contains it. "" where it is unknown.
func (e *Estate) Env(row int) string {
	if env := e.Graph.Facts(row).Env; env != "" {
		return env
	}
	if e.Graph.Kind(row) == drover.KindCredential {
		return e.agree(row, drover.EdgeAuthenticates)
	}
	if env := e.Graph.Str(row, "env"); env != "" {
		return env
	}
	for h := range e.Graph.In(row) {
		if h.Kind == drover.EdgeContains {
			if env := e.Graph.Facts(h.Row).Env; env != "" {
				return env
			}
		}
	}
	return ""
}

// agree is the environment of the rows that edges of a kind lead to; "" where
// one of them is unknown or they differ.
func (e *Estate) agree(row int, kind drover.EdgeKind) (env string) {
	first := true
	for h := range e.Graph.Out(row) {
		if h.Kind != kind {
			continue
		}
		x := e.Graph.Facts(h.Row).Env
		if !first && x != env {
			return ""
		}
		env, first = x, false
	}
	return env
}

// Production reports whether an environment is one that customers depend on.
func Production(env string) bool { return env == "prod" || env == "dr" }
