package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

const (
	attempts   = 4               // tries for one connection or one page
	maxStrikes = 2 * attempts    // failures in a row after which the server counts as down
	keepOpen   = 4               // databases whose snapshot is held over the whole scan
	maxMessage = 32 << 20        // bytes of one protocol message: no catalog row comes near it
	maxBatch   = 256 << 20       // bytes of one page
	slack      = 2 * time.Second // what the network may add to a statement's time
)

// A client holds the connections of one scan: one per database, each inside one
// read-only repeatable-read transaction, so that the pages of a catalog agree.
// It is used by one goroutine.
type client struct {
	cfg     *pgx.ConnConfig
	timeout time.Duration // of a connection attempt
	limit   time.Duration // of a statement
	wait    time.Duration // before the second try; doubles
	page    int
	max     int
	secrets []string // each of minSecret bytes or more
	short   bool     // there is a shorter one

	open    map[string]*pgx.Conn
	broken  map[string]error // databases given up for this scan
	strikes int
	down    error
}

// newClient reads the options. Its errors never hold the connection string.
func newClient(c connector.Config) (*client, error) {
	dsn := c.Secret("dsn").Reveal()
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The parser's own text quotes the string, password and all.
		return nil, fmt.Errorf("option dsn cannot be read: write postgres://user@host:5432/database?sslmode=verify-full, or its keyword form, and check the files that it names: %w", drover.ErrInvalid)
	}
	k := &client{cfg: cfg, timeout: c.Duration("connect_timeout"), limit: c.Duration("statement_timeout"), wait: c.Duration("retry_wait"), page: c.Int("page_size"), max: c.Int("max_objects"),
		open: map[string]*pgx.Conn{}, broken: map[string]error{}}
	if k.timeout <= 0 || k.limit < time.Millisecond || k.page <= 0 || k.max <= 0 {
		return nil, fmt.Errorf("options connect_timeout, statement_timeout, page_size and max_objects must be above zero: %w", drover.ErrInvalid)
	}
	for _, secret := range append(secretsOf(dsn), cfg.Password) {
		if len(secret) >= minSecret {
			k.secrets = append(k.secrets, secret)
		}
		k.short = k.short || secret != "" && len(secret) < minSecret
	}
	ms := strconv.FormatInt(k.limit.Milliseconds(), 10)
	for name, value := range map[string]string{
		"application_name":                    "drover",
		"default_transaction_read_only":       "on",
		"statement_timeout":                   ms,
		"lock_timeout":                        ms,
		"idle_in_transaction_session_timeout": "600000",
		"search_path":                         "pg_catalog", // no object of a user's can stand in for the system's
		"client_encoding":                     "UTF8",
		"timezone":                            "UTC",
		"datestyle":                           "ISO",
	} {
		cfg.RuntimeParams[name] = value
	}
	cfg.ConnectTimeout = k.timeout
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	cfg.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	cfg.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		f := pgproto3.NewFrontend(r, w)
		f.SetMaxBodyLen(maxMessage)
		return f
	}
	return k, nil
}

// conn returns the open transaction of a database, connecting if need be.
func (k *client) conn(ctx context.Context, db string) (*pgx.Conn, error) {
	if c := k.open[db]; c != nil {
		return c, nil
	}
	if k.down != nil {
		return nil, fmt.Errorf("not tried, for the server stopped answering: %w", k.down)
	}
	if err := k.broken[db]; err != nil {
		return nil, err
	}
	var err error
	for try, wait := 0, k.wait; try < attempts; try, wait = try+1, 2*wait {
		if try > 0 {
			if err := sleep(ctx, wait); err != nil {
				return nil, err
			}
		}
		var c *pgx.Conn
		if c, err = k.connect(ctx, db); err == nil {
			k.open[db] = c
			return c, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if strike := errors.Is(err, drover.ErrTransient) && k.strike(err); strike || errors.Is(err, errSlow) || !errors.Is(err, drover.ErrTransient) {
			break
		}
	}
	what := "the server" // the dsn names the database, or leaves it to the server
	if db != "" {
		what = "database " + quote(db)
	}
	err = fmt.Errorf("connect to %s: %w", what, err)
	k.broken[db] = err
	return nil, err
}

func (k *client) connect(ctx context.Context, db string) (*pgx.Conn, error) {
	cfg := k.cfg.Copy()
	if db != "" {
		cfg.Database = db
	}
	cctx, cancel := context.WithTimeout(ctx, time.Duration(1+len(cfg.Fallbacks))*k.timeout+slack)
	defer cancel()
	c, err := pgx.ConnectConfig(cctx, cfg)
	if err != nil {
		return nil, k.clean(err)
	}
	var readOnly string
	if _, err = c.Exec(cctx, "begin isolation level repeatable read, read only"); err == nil {
		err = c.QueryRow(cctx, "select pg_catalog.current_setting('transaction_read_only')").Scan(&readOnly)
	}
	if err == nil && readOnly != "on" {
		err = fmt.Errorf("the server did not make the transaction read-only; is this PostgreSQL? %w", drover.ErrInvalid)
	}
	if err != nil {
		hangUp(c)
		return nil, k.clean(err)
	}
	return c, nil
}

// strike counts a failure to reach the server; true means: give it up. A
// server that refuses with a message of its own was reached.
func (k *client) strike(err error) bool {
	if errors.Is(err, errRefused) {
		return false
	}
	if k.strikes++; k.strikes >= maxStrikes {
		k.down = err
		return true
	}
	return false
}

// drop closes the connection of a database; the next use opens another.
func (k *client) drop(db string) {
	if c := k.open[db]; c != nil {
		delete(k.open, db)
		hangUp(c)
	}
}

// release closes the connection of a database unless it is among the few whose
// snapshot is held for the next catalog.
func (k *client) release(db string) {
	if len(k.open) > keepOpen && db != "" {
		k.drop(db)
	}
}

func (k *client) close() {
	for db := range k.open {
		k.drop(db)
	}
}

// hangUp says goodbye, but does not wait for a server that does not listen.
func hangUp(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx) // nothing is lost: the transaction was read-only
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// address is the configured host and port, lower case; ok is false for a
// socket or a loopback address, which mean something else on each machine.
func (k *client) address() string {
	return net.JoinHostPort(k.cfg.Host, strconv.Itoa(int(k.cfg.Port)))
}
