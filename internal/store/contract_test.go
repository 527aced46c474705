package store_test

import (
	"path/filepath"
	"testing"

	"github.com/droverhq/drover/internal/realtest"
	"github.com/droverhq/drover/internal/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "home", "drover.db") })
}

func TestPostgres(t *testing.T) {
	for _, version := range []string{"15", "18"} {
		t.Run(version, func(t *testing.T) {
			pg := realtest.Postgres(t, version)
			storetest.Run(t, func(t testing.TB) string { return pg.DSN(pg.NewDatabase(t)) })
		})
	}
}
