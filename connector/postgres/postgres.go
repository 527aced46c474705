// Package postgres reads a PostgreSQL cluster: who may log in, how, as whom
// they may act, what they own and may touch in every database, which secrets
// lie in the catalogs, and who is connected now.
//
// It reads system catalogs only, inside read-only transactions, and never a row
// of a user's table. Nodes carry the cluster's system identifier, so one cluster
// read through two sources is one set of nodes. The files follow the catalogs:
// role.go, hba.go, database.go, relation.go, function.go, foreign.go,
// replication.go, activity.go; client.go and page.go are the way to the server.
package postgres

import (
	_ "embed"

	"github.com/droverhq/drover/connector"
)

//go:embed postgres.md
var doc string

// Connector reads PostgreSQL 12 to 18.
var Connector = &connector.Connector{
	Name:     "postgres",
	Title:    "PostgreSQL",
	Doc:      doc,
	Options:  options,
	Scopes:   scopes,
	Verified: "real: PostgreSQL 15 and 18",
	Suggest:  suggest,
	Reads:    reads,
	Probe:    probe,
	Discover: discover,
}

var options = []connector.Option{
	{Name: "dsn", Required: true, Secret: true, Help: "where and as whom to connect: a libpq URL or keyword string, TLS included",
		Example: "${env:ORDERS_DB_DSN}"},
	{Name: "databases", Type: connector.TypeList, Help: "read only these databases; default: every one that accepts connections", Example: "orders"},
	{Name: "exclude_databases", Type: connector.TypeList, Help: "leave these databases out; what is known of them stays as it is", Example: "scratch"},
	{Name: "privileges", Default: login, Values: levels,
		Help: "what the source's role is meant to hold: sections that need more are skipped, those that are denied it fail, and `source test` names the grants"},
	{Name: "hosts", Type: connector.TypeList, Advanced: true, Example: "orders-db.internal:5432",
		Help: "further host:port names by which programs reach this cluster (DNS names, services, proxies, poolers), so that connection strings found elsewhere are linked to its roles; a name without a dot is taken at its word"},
	{Name: "machine", Advanced: true, Example: "build-7",
		Help: "the computer whose loopback addresses and sockets dsn and hosts mean, as option machine of its source names it; default: this one"},
	{Name: "cluster", Advanced: true, Example: "orders-restored",
		Help: "a name to use instead of the system identifier: for a physical copy that became a cluster of its own, or a server that hides the identifier"},
	{Name: "connect_timeout", Type: connector.TypeDuration, Default: "10s", Advanced: true, Help: "how long one attempt to connect may take"},
	{Name: "retry_wait", Type: connector.TypeDuration, Default: "200ms", Advanced: true, Help: "how long to wait before trying again after a lost connection; doubles each time"},
	{Name: "statement_timeout", Type: connector.TypeDuration, Default: "30s", Advanced: true, Help: "how long one page of one catalog may take"},
	{Name: "max_objects", Type: connector.TypeInt, Default: "1000000", Advanced: true, Help: "the most rows read from one catalog of one database; past it that part is partial"},
	{Name: "page_size", Type: connector.TypeInt, Default: "1000", Advanced: true, Help: "rows in one page"},
}
