package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover"
)

// open is the to_gen of what still holds: the largest int64.
const open = "9223372036854775807"

// Options say how a store is opened. The zero value serves.
type Options struct {
	ReadOnly bool              // reads only; never blocks, and is never blocked by, the writer
	Now      func() time.Time  // the clock; nil: time.Now
	Log      *slog.Logger      // nil: nothing is logged
	KeyID    string            // of the installation's fingerprint key; a store made with another one is refused. "": not checked
	Spool    string            // folder for what a stage cannot keep in memory; "": the database's folder, or the system's for temporary files
	Sign     func(*Seal) error // signs backups; nil: they have a digest only
	Backups  string            // folder for the backup made before a migration; "": the database's folder. PostgreSQL has none and needs it
}

// A Store is open until Close. Its methods may be called from several
// goroutines; writes queue, reads do not wait for them.
type Store struct {
	d     dialect
	w, r  *sql.DB // the same for PostgreSQL
	o     Options
	close []func() error

	writing chan struct{} // holds one token: whoever has it writes

	*shared

	hooks hooks
}

// shared is what all that write to one open store share.
type shared struct {
	mu       sync.Mutex
	override map[drover.Ref]int64 // refs whose id is not the default one
	staged   map[[2]string]bool   // source and coverage of each stage that is open
}

// At is the store with another clock: what is written through it was known at that
// time, as far as the order of generations allows. It is closed with the store.
func (s *Store) At(now func() time.Time) *Store {
	c := *s
	c.o.Now, c.close = now, nil
	return &c
}

// hooks let the tests reach what nature seldom does: a crash between two steps,
// two refs with one id, a next version.
type hooks struct {
	step func(name string) error // called between the steps of a write
	mask int64                   // keeps only these bits of a default ref id; 0: all
	next []string                // migrations that come after ours
}

// Open opens the store that dsn names, "sqlite:/path/drover.db" or
// "postgres://…", making and migrating it first unless it is opened to read
// only. Before a migration of a store that has one already it makes a backup.
//
// It returns an error wrapping drover.ErrConflict when another process writes to
// the SQLite file, when a newer Drover made the store, and when the store
// belongs to another installation's fingerprint key; drover.ErrInvalid for a dsn
// it cannot use, such as a SQLite file on a network file system;
// drover.ErrNotFound for a store to be read that is not there.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	return openWith(ctx, dsn, o, hooks{})
}

func openWith(ctx context.Context, dsn string, o Options, h hooks) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{o: o, hooks: h, writing: make(chan struct{}, 1), shared: &shared{override: map[drover.Ref]int64{}, staged: map[[2]string]bool{}}}
	scheme, rest, _ := strings.Cut(dsn, ":")
	var err error
	switch scheme {
	case "sqlite":
		err = s.openSQLite(ctx, strings.TrimPrefix(rest, "//"))
	case "postgres", "postgresql":
		err = s.openPostgres(ctx, dsn)
	default:
		err = fmt.Errorf("open store: the dsn must begin with sqlite: or postgres://: %w", drover.ErrInvalid)
	}
	if err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare brings the schema up to date and checks that the store is ours.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if err := s.checkKey(ctx); err != nil {
		return err
	}
	return s.loadOverrides(ctx, s.r)
}

// Close releases the store. Stages that are open fail from then on.
func (s *Store) Close() error {
	var errs []error
	for i := len(s.close) - 1; i >= 0; i-- {
		errs = append(errs, s.close[i]())
	}
	s.close = nil
	return errors.Join(errs...)
}

func (s *Store) checkKey(ctx context.Context) error {
	if s.o.KeyID == "" {
		return nil
	}
	have, err := s.meta(ctx, "key_id")
	if err != nil {
		return err
	}
	switch {
	case have == s.o.KeyID:
		return nil
	case have != "":
		return fmt.Errorf("open store: it was made with the fingerprint key %s and this installation holds %s; put the right fingerprint.key in place: %w", have, s.o.KeyID, drover.ErrConflict)
	case s.o.ReadOnly:
		return nil
	}
	return s.write(ctx, func(t *tx) error {
		return t.exec(`INSERT INTO meta (name, value) VALUES ('key_id', $1) ON CONFLICT (name) DO NOTHING`, s.o.KeyID)
	})
}

// meta returns a value of the meta table, "" when it has none.
func (s *Store) meta(ctx context.Context, name string) (string, error) {
	var v string
	err := s.r.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, name).Scan(&v)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read meta %s: %w", name, s.d.explain(err))
	}
	return v, nil
}

func (s *Store) step(name string) error {
	if s.hooks.step == nil {
		return nil
	}
	return s.hooks.step(name)
}
