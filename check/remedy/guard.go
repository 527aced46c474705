package remedy

import (
	"regexp"
	"strings"

	"github.com/droverhq/drover"
)

// Clients of these systems go wherever a profile, a context or a variable of the
// moment says. So a command first asks where it is, of what nobody can rename, and
// does nothing elsewhere, but say so:
//
//   - the number of the account (AWS CLI Command Reference, sts get-caller-identity)
//   - the uid of the namespace kube-system, which every cluster has and nobody can
//     delete, so that it stands for the cluster
//   - the identifier of the PostgreSQL cluster (documentation, pg_control_system)
//
// They are what the connectors name an account or cluster by; where somebody gave it
// another name there is nothing to compare, and the sentence of the fix says where.
var guards = map[string]struct {
	command string         // what the guarded command begins with
	tenant  *regexp.Regexp // of tenants that can be asked for; none of it means anything to a shell
	ask     string
}{
	"aws":        {"aws ", regexp.MustCompile(`^[0-9]{12}$`), `aws sts get-caller-identity --query Account --output text`},
	"kubernetes": {"kubectl ", regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`), `kubectl get namespace kube-system -o 'jsonpath={.metadata.uid}'`},
	"postgres":   {"psql ", regexp.MustCompile(`^[0-9]{15,20}$`), `psql -X -Atc 'SELECT system_identifier FROM pg_control_system()'`},
}

// guarded is a step whose command works only where the row is, or whose sentence says
// where that is.
func (a act) guarded(s step) step {
	g, ok := guards[a.system()]
	switch {
	case !ok || !strings.HasPrefix(s.command, g.command):
	case g.tenant.MatchString(a.tenant()):
		s.command = `[ "$(` + g.ask + `)" = ` + a.tenant() + ` ] || { echo 'not in ` + a.tenant() + `: nothing was done' >&2; false; } && ` + s.command
	default:
		s.place = a.place()
	}
	return s
}

// place says in words where the row is; "": nothing is known of that.
func (a act) place() string {
	for _, typ := range []string{"cluster", a.system() + ".cluster", "account"} {
		if row, ok := a.e.Graph.Find(drover.NewRef(a.system(), a.tenant(), typ, a.tenant())); ok {
			return " (in " + a.e.Say(row) + ")"
		}
	}
	return ""
}
