package kubernetes

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// Labels of operators that run PostgreSQL (CloudNativePG, Labels and Annotations;
// Crunchy PGO, Labels).
const (
	cnpgCluster   = "cnpg.io/cluster"
	crunchyOwner  = "postgres-operator.crunchydata.com/cluster"
	crunchyUser   = "postgres-operator.crunchydata.com/pguser"
	zalandoSuffix = ".credentials.postgresql.acid.zalan.do"
)

// databaseRole is the role of a database whose password an operator keeps in a
// Secret, by the name or labels that the operator gives to it; no value is read
// for it. ok is false for other Secrets.
func databaseRole(m *meta) (service, user, why string, ok bool) {
	if rest, ok := strings.CutSuffix(m.Name, zalandoSuffix); ok {
		// <user>.<cluster>; the operator writes _ in user names as - (Zalando
		// postgres-operator, User documentation).
		user, service, ok := strings.Cut(rest, ".")
		return service, user, "the name is <user>.<cluster>" + zalandoSuffix + ", where - may stand for _", ok && user != "" && service != "" && !strings.Contains(service, ".")
	}
	if cluster := m.Labels[crunchyOwner]; cluster != "" {
		user, ok := strings.CutPrefix(m.Name, cluster+"-pguser-")
		user = or(m.Labels[crunchyUser], user)
		return cluster + "-primary", user, "label " + crunchyUser, ok && user != ""
	}
	if cluster := m.Labels[cnpgCluster]; cluster != "" {
		user := map[string]string{cluster + "-app": "app", cluster + "-superuser": "postgres", cluster + "-replication": "streaming_replica"}[m.Name]
		return cluster + "-rw", user, "label " + cnpgCluster + ", and what the operator calls the Secret of this user unless the cluster names another", user != ""
	}
	return "", "", "", false
}

func (c *cluster) databaseSecret(o *object, out *connector.Out) {
	service, user, why, ok := databaseRole(&o.Meta)
	if !ok || !usable(user) || !usable(service) {
		return
	}
	alias := c.dsnAlias(o.Meta.Namespace, "postgres", cut(service, 63)+"."+o.Meta.Namespace+".svc", "5432", cut(user, 63))
	if alias == "" {
		return
	}
	out.Edge(drover.Edge{From: c.ref("secret", o), To: drover.UnseenRef(alias), Kind: drover.EdgeAuthenticates, Grade: drover.GradeInferred, Proof: o.where + " " + why})
}
