package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/realtest"
)

// A migration happens whole or not at all, after a backup that restores to what
// was; a reader waits for somebody else to do it.
func TestMigration(t *testing.T) {
	pg := realtest.Postgres(t, "15")
	ours, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, dsn := range []string{"sqlite:" + filepath.Join(t.TempDir(), "d.db"), pg.DSN(pg.NewDatabase(t))} {
		ctx := context.Background()
		backups := t.TempDir()
		o := Options{Backups: backups}
		s, err := Open(ctx, dsn, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := writeSection(s, 1, "one"); err != nil {
			t.Fatal(err)
		}
		s.Close()
		broken := hooks{next: []string{`CREATE TABLE half (id BIGINT); CREATE TABLE node (id BIGINT);`}}
		if _, err := openWith(ctx, dsn, o, broken); err == nil {
			t.Fatal("a broken migration: got no error")
		}
		good := hooks{next: []string{`CREATE TABLE half (id BIGINT); ALTER TABLE node ADD COLUMN extra TEXT;`}}
		if _, err := openWith(ctx, dsn, Options{ReadOnly: true}, good); !errors.Is(err, drover.ErrConflict) {
			t.Errorf("a reader of an older store: got %v, want a conflict", err)
		}
		for _, e := range ls(t, backups) {
			os.Remove(e)
		}
		if s, err = openWith(ctx, dsn, o, good); err != nil {
			t.Fatalf("after a broken migration: %v", err)
		}
		if v, err := s.version(ctx); err != nil || v != len(ours)+1 || shows(t, s) != "one" {
			t.Errorf("migrated: version %d, %v, shows %s", v, err, shows(t, s))
		}
		s.Close()
		if _, err := Open(ctx, dsn, o); !errors.Is(err, drover.ErrConflict) {
			t.Errorf("an older drover: got %v, want a conflict", err)
		}
		list := ls(t, backups)
		if len(list) != 1 {
			t.Fatalf("backups: %q, want one", list)
		}
		old := "sqlite:" + filepath.Join(t.TempDir(), "old.db")
		if err := Restore(ctx, list[0], old, RestoreOptions{}); err != nil {
			t.Fatal(err)
		}
		if s, err = Open(ctx, old, Options{}); err != nil {
			t.Fatal(err)
		}
		if got := shows(t, s); got != "one" {
			t.Errorf("the backup shows %s", got)
		}
		s.Close()
	}
}

func ls(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*.backup"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}
