package postgres

import (
	"strings"

	"github.com/droverhq/drover/connector"
)

// suggest finds the connection strings that programs are given by environment
// variable. Only the names of the variables leave this function.
func suggest(getenv func(string) string, _ string) []connector.Suggestion {
	var found []connector.Suggestion
	for _, name := range []string{"DATABASE_URL", "POSTGRES_URL", "POSTGRESQL_URL", "POSTGRES_DSN", "PG_DSN", "PGURL"} {
		v := getenv(name)
		if !strings.HasPrefix(v, "postgres://") && !strings.HasPrefix(v, "postgresql://") && (name == "DATABASE_URL" || !strings.Contains(v, "host=")) {
			continue
		}
		found = append(found, connector.Suggestion{ID: strings.ToLower(strings.ReplaceAll(name, "_", "-")), Options: map[string]string{"dsn": "${env:" + name + "}"}, Why: name + " is set"})
	}
	return found
}
