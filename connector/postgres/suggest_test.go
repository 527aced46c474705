package postgres

import "testing"

// A suggestion names the variable and never holds what is in it.
func TestSuggest(t *testing.T) {
	env := map[string]string{"DATABASE_URL": "postgres://app:hunter2@db/orders", "PG_DSN": "host=db user=app password=hunter2", "POSTGRES_URL": "", "PGURL": "mysql://x"}
	got := suggest(func(name string) string { return env[name] }, "")
	if len(got) != 2 || got[0].ID != "database-url" || got[0].Options["dsn"] != "${env:DATABASE_URL}" || got[1].Options["dsn"] != "${env:PG_DSN}" {
		t.Errorf("got %+v", got)
	}
}
