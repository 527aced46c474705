// Package engine is the conductor: the only package that knows the store and the
// families of extensions both. It scans sources into the store, makes snapshots
// of the estate, classifies what is in them, and answers the questions that
// command line, API and page ask. They call it and nothing below it.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/action"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/custom"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/store"
	"github.com/droverhq/drover/policy"
)

// Options say what an engine is made of.
type Options struct {
	Connectors []*connector.Connector
	Checks     []*check.Check
	Actions    []*action.Action
	Formats    []*export.Format
	Systems    []*effective.System // whose permissions are evaluated

	Config   *config.Config
	Home     string                // the data directory, see Home
	Room     func(dir string) Room // measures its disk; nil: RoomOf
	Policies []string              // patterns of policy files, beside those of Config
	ReadOnly bool                  // nothing will be written: never conflicts with a writer
	Keep     bool                  // for a server: snapshots and what follows from them stay in memory and are made anew in the background
	Now      func() time.Time
	Log      *slog.Logger
	User     string           // who acts, for tags and audit
	Caller   authz.Caller     // who acts, with what they may; zero: who works on this computer, an admin
	Wall     func() time.Time // the clock of the audit log; nil: time.Now
}

// An Engine serves one organisation. It is safe for concurrent use.
type Engine struct {
	given    bool // who acts was said by For
	o        Options
	store    *store.Store
	prints   *drover.Fingerprinter
	settings *judge.Settings
	policy   *policy.Policy
	rules    []*custom.Rule // checks and assertions of the policy

	tallies *tallies

	caller authz.Caller
	sight  authz.Sight  // what the caller sees
	scope  drover.Scope // what is read of the store

	// What follows is shared by those that act for different callers.
	live     *live
	memory   *memory // nil: nothing is kept in memory
	anchor   *anchoring
	guesses  *guesses
	issuers  *issuers
	touching *semaphore.Weighted // whoever notes that a session or a token was used
}

// tallies are what rules of the policy came to when they were last asked, by id.
type tallies struct {
	mu sync.Mutex
	by map[string]custom.Tally
}

// Home returns the data directory: $DROVER_HOME, else drover in the user's data
// folder. An empty variable counts as unset.
func Home() (string, error) {
	if h := os.Getenv("DROVER_HOME"); h != "" {
		return filepath.Abs(h)
	}
	if d := os.Getenv("XDG_DATA_HOME"); d != "" {
		return filepath.Join(d, "drover"), nil
	}
	h, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the data directory: set DROVER_HOME: %w (%w)", err, drover.ErrInvalid)
	}
	return filepath.Join(h, ".local", "share", "drover"), nil
}

// Open opens the data directory and the store, making both where they are
// missing. With ReadOnly a store that does not exist yet is an empty estate.
func Open(ctx context.Context, o Options) (*Engine, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Config == nil {
		o.Config = &config.Config{Version: 1}
	}
	if err := validate(o); err != nil {
		return nil, err
	}
	if o.Caller.ID == "" {
		o.Caller = authz.Local(o.User)
	}
	e := &Engine{o: o, scope: scopeOf(o.Caller), live: newLive(), caller: o.Caller, sight: o.Caller.Sight(), tallies: &tallies{by: map[string]custom.Tally{}},
		anchor: &anchoring{}, guesses: newGuesses(), issuers: newIssuers(), touching: semaphore.NewWeighted(1)}
	var err error
	if err = e.readPolicy(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Home, 0o700); err != nil {
		return nil, unwritable(o.Home, fmt.Errorf("make the data directory: %w", err))
	}
	key, err := fingerprintKey(o.Home)
	if err != nil {
		return nil, unwritable(o.Home, err)
	}
	e.prints = drover.NewFingerprinter(key)
	if err := e.openStore(ctx); err != nil {
		return nil, err
	}
	if !o.ReadOnly {
		if err := e.recoverOperations(ctx); err != nil {
			return nil, errors.Join(err, e.store.Close())
		}
	}
	if o.Keep {
		e.memory = newMemory(e)
	}
	return e, nil
}

func validate(o Options) error {
	return errors.Join(connector.Validate(o.Connectors), check.Validate(o.Checks), action.Validate(o.Actions), export.Validate(o.Formats))
}

func (e *Engine) openStore(ctx context.Context) error {
	dsn, err := e.dsn()
	if err != nil {
		return err
	}
	so := store.Options{ReadOnly: e.o.ReadOnly, Now: e.o.Now, Log: e.o.Log, KeyID: e.prints.KeyID(), Spool: filepath.Join(e.o.Home, "spool"), Backups: filepath.Join(e.o.Home, "backups"), Sign: signBackup(e.o.Home)}
	for _, dir := range []string{so.Spool, so.Backups} {
		if err := os.MkdirAll(dir, 0o700); err != nil && !e.o.ReadOnly {
			return unwritable(e.o.Home, fmt.Errorf("make the data directory: %w", err))
		}
	}
	e.store, err = store.Open(ctx, dsn, so)
	if e.o.ReadOnly && errors.Is(err, drover.ErrNotFound) {
		// Nothing was ever scanned. Make the empty store, so that what reads
		// needs no case of its own.
		so.ReadOnly = false
		e.store, err = store.Open(ctx, dsn, so)
	}
	return unwritable(e.o.Home, err)
}

// unwritable says which folder it is that cannot be written, where that is why.
func unwritable(home string, err error) error {
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) {
		return err
	}
	return fmt.Errorf("the data directory %s cannot be written; make it so, or name another one with DROVER_HOME: %w: %w", home, err, drover.ErrPermission)
}

// dsn names the store, references resolved. It may hold a password.
func (e *Engine) dsn() (string, error) {
	c := e.o.Config.Store
	if c.Driver == "postgres" {
		dsn, err := config.Resolve(c.DSN)
		if err != nil {
			return "", fmt.Errorf("store.dsn: %w", err)
		}
		return dsn, nil
	}
	path := c.Path
	if path == "" {
		path = filepath.Join(e.o.Home, "drover.db")
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if h, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(h, rest)
		}
	}
	return "sqlite:" + path, nil
}

// Close ends the operations that run, which are kept as interrupted, and what else
// works in the background, and closes the store. What was recorded since the last signed head is anchored first, in files
// only: see AnchorAudit.
func (e *Engine) Close() error {
	e.live.close()
	if e.memory != nil {
		e.memory.close()
	}
	err := e.touching.Acquire(context.Background(), 1) // whoever notes something is done
	defer e.touching.Release(1)
	if e.anchor.due.Load() {
		err = errors.Join(err, e.anchorAudit(context.Background(), false, false))
	}
	return errors.Join(err, e.store.Close())
}

// Store is the open store, for its maintenance: backup, compaction, export.
func (e *Engine) Store() *store.Store { return e.store }

// Connectors lists what this binary can read.
func (e *Engine) Connectors() []*connector.Connector { return e.o.Connectors }

// Connector returns a connector by its name.
func (e *Engine) Connector(name string) (*connector.Connector, bool) {
	for _, c := range e.o.Connectors {
		if c.Name == name {
			return c, true
		}
	}
	return nil, false
}

// Formats lists what this binary can write.
func (e *Engine) Formats() []*export.Format { return e.o.Formats }
