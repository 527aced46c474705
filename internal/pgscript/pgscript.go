// Package pgscript changes a real PostgreSQL at random and knows what should be
// there afterwards: roles, memberships, tables, owners and grants. It is the
// independent replay that a history of scans is compared with, so it shares no
// code with any connector: it follows the meaning of each statement, and asks
// the server for nothing but the identifiers of what it has made.
//
// A World is the model. Step invents the statements of one change and Apply runs
// them; State is a copy of the model at that moment.
package pgscript

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A Statement is one SQL command, run by a superuser.
type Statement string

// A World is what the scripts have made so far in one database. Its roles bear
// a prefix, for a cluster has others.
type World struct {
	prefix  string
	made    int
	roles   []*role
	tables  []*table
	members map[[2]*role]bool // role, member -> admin option
	grants  map[grantKey]bool // -> grant option
}

type role struct {
	name  string
	oid   int64
	login bool
	limit int
}

type table struct {
	name  string
	oid   int64
	owner *role // nil: the superuser who runs the script
}

// A grantKey is one privilege of one grantee on one table; nil is PUBLIC.
type grantKey struct {
	to        *role
	on        *table
	privilege string
}

// New returns an empty world. The prefix, of lower-case letters, sets its roles
// and tables apart.
func New(prefix string) *World {
	return &World{prefix: prefix, members: map[[2]*role]bool{}, grants: map[grantKey]bool{}}
}

var privileges = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}

// spice makes names that quoting, lines, terminals and encodings stumble over.
var spice = []string{"", "", "", "_svc", "-prod-api", " space", `"quote`, "'tick", "\nline", "\x1b[31m", "\u202Ebidi", "Üñí€", "%s", `\back`, ";--", "$1", "/a/b", strings.Repeat("x", 40)}

func (w *World) name(rng *rand.Rand) string {
	w.made++
	return fmt.Sprintf("%s_%d%s", w.prefix, w.made, spice[rng.IntN(len(spice))])
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// Step changes the model and returns the statements, one to six, that bring a
// server in the world's state to the new one. They must be applied at once.
func (w *World) Step(rng *rand.Rand) []Statement {
	var out []Statement
	for range 1 + rng.IntN(6) {
		out = append(out, w.change(rng)...)
	}
	return out
}

// change picks one kind of change that is possible now. The weights let a world
// grow to some dozens of roles and stay there.
func (w *World) change(rng *rand.Rand) []Statement {
	for {
		var s []Statement
		switch n := rng.IntN(100); {
		case n < 18 && len(w.roles) < 60 || len(w.roles) < 2:
			s = w.createRole(rng)
		case n < 26:
			s = w.alterRole(rng)
		case n < 32:
			s = w.renameRole(rng)
		case n < 40:
			s = w.dropRole(rng)
		case n < 56:
			s = w.grantRole(rng)
		case n < 63:
			s = w.revokeRole(rng)
		case n < 71 && len(w.tables) < 40 || len(w.tables) == 0:
			s = w.createTable(rng)
		case n < 75:
			s = w.dropTable(rng)
		case n < 79:
			s = w.changeTable(rng)
		case n < 93:
			s = w.grantTable(rng)
		default:
			s = w.revokeTable(rng)
		}
		if len(s) > 0 {
			return s
		}
	}
}

// Apply runs the statements of the last Step and learns the identifiers of what
// they made. An error means that server and world no longer agree.
func (w *World) Apply(ctx context.Context, conn *pgx.Conn, step []Statement) error {
	for _, s := range step {
		if _, err := conn.Exec(ctx, string(s)); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	for _, r := range w.roles {
		if r.oid == 0 {
			if err := conn.QueryRow(ctx, "select oid::int8 from pg_roles where rolname = $1", r.name).Scan(&r.oid); err != nil {
				return fmt.Errorf("find role %q: %w", r.name, err)
			}
		}
	}
	for _, t := range w.tables {
		if t.oid == 0 {
			if err := conn.QueryRow(ctx, "select oid::int8 from pg_class where relname = $1 and relkind = 'r' and relnamespace = 'public'::regnamespace", t.name).Scan(&t.oid); err != nil {
				return fmt.Errorf("find table %q: %w", t.name, err)
			}
		}
	}
	return nil
}

// Clear returns the statements that remove everything of the world. Statements
// that fail leave something that others depend on.
func (w *World) Clear() []Statement {
	var out []Statement
	for _, t := range w.tables {
		out = append(out, Statement("DROP TABLE "+quote(t.name)))
	}
	for _, r := range w.roles {
		out = append(out, Statement("DROP ROLE "+quote(r.name)))
	}
	*w = *New(w.prefix)
	return out
}
