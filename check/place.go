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
	InEnv      Storage = "env"   // the environment of a workload, a function, a task
	InState    Storage = "state" // of an infrastructure tool
	InFile     Storage = "file"  // any other file of a machine
	InLog      Storage = "log"
	InUnknown  Storage = "unknown"
)

// Storage says what sort of place a row is, by its type and by what its
// attributes say of the file or field in it.
func (e *Estate) Storage(place int) Storage {
	typ := e.Graph.Type(place)
	for _, s := range storages {
		if strings.Contains(typ, s.part) {
			return s.is
		}
	}
	return e.storageOfPath(place)
}

// storages are parts of types, the first that fits counts.
var storages = []struct {
	part string
	is   Storage
}{
	{"vault", InVault}, {"secretsmanager", InVault}, {"secret_manager", InVault}, {"ssm.parameter", InVault}, {"keyvault", InVault}, {"key_vault", InVault}, {"openbao", InVault},
	{"secret_server", InVault}, {"sealed_secret", InVault}, {"external_secret", InVault},
	{"kubernetes.secret", InCluster},
	{"actions_secret", InPipeline}, {"actions.secret", InPipeline}, {"actions_variable", InPipeline}, {"ci_variable", InPipeline}, {"gitlab.variable", InPipeline}, {"jenkins.", InPipeline}, {"pipeline", InPipeline}, {"codebuild.", InPipeline},
	{"slack.", InChat}, {"teams.", InChat}, {"chat.", InChat}, {"discord.", InChat}, {"message", InChat},
	{"jira.", InTicket}, {"servicenow.", InTicket}, {"confluence.", InTicket}, {"ticket", InTicket}, {"wiki", InTicket}, {"page", InTicket}, {"issue", InTicket},
	{"image", InImage}, {"registry.layer", InImage},
	{"log_group", InLog}, {"logs.", InLog},
	{"terraform.state", InState}, {"state_file", InState},
	{"git.", InCode}, {"github.repository", InCode}, {"gitlab.project", InCode}, {"code.", InCode}, {"gist", InCode}, {"snippet", InCode},
	{"environment", InEnv}, {".env", InEnv}, {"lambda.function", InEnv}, {"task_definition", InEnv}, {"container", InEnv}, {"config_map", InEnv},
}

// storageOfPath looks at the file that a place names, and at the field of a
// workload in which it stands.
func (e *Estate) storageOfPath(place int) Storage {
	path := e.Graph.Str(place, "file")
	if path == "" {
		path = e.Graph.Str(place, "path")
	}
	switch {
	case path == "":
		if e.Graph.Str(place, "workload") != "" || e.Graph.Str(place, "container") != "" {
			return InEnv
		}
		return InUnknown
	case strings.HasSuffix(path, "_history") || strings.HasSuffix(path, "history.txt"):
		return InHistory
	case strings.HasSuffix(path, ".tfstate") || strings.HasSuffix(path, ".tfstate.backup"):
		return InState
	case strings.HasSuffix(path, ".log"):
		return InLog
	}
	return InFile
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
