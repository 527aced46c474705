package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/pgacl"
)

// compareAttempts lets every role try statements: one with LOGIN over a
// connection of its own, one without in a superuser's session under SET SESSION
// AUTHORIZATION. Each statement is rolled back.
func (w *random) compareAttempts() {
	for _, r := range w.roles {
		conn, close := w.session(r)
		role := w.oids[r]
		for _, x := range w.attempts(r) {
			x.got = x.passes(role)
			x.want = conn != nil && w.try(conn, x.sql, x.rows)
			w.tally.tried++
			w.check(triple{what: r + ": " + x.sql, want: x.want, got: x.got, why: func() access.Decision { return w.acl.Decide(role, x.query) }})
		}
		close()
	}
}

// session returns a connection on which role is the session's user; nil where it
// may not connect.
func (w *random) session(role string) (*pgx.Conn, func()) {
	ctx := context.Background()
	if w.acl.Role(w.oids[role]).Login {
		c, err := pgx.Connect(ctx, w.pg.DSNAs(role, "x", w.db))
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) && pgErr.Code == "42501" {
			return nil, func() {}
		}
		if err != nil {
			w.t.Fatalf("connect as %s: %v", role, err)
		}
		return c, func() { _ = c.Close(ctx) }
	}
	c := w.connect(w.pg.DSN(w.db))
	if _, err := c.Exec(ctx, "set session authorization "+role); err != nil {
		w.t.Fatal(err)
	}
	return c, func() { _ = c.Close(ctx) }
}

// try runs a statement and rolls it back. With rows it must also have reached one:
// row security lets a statement pass and hides all rows.
func (w *random) try(c *pgx.Conn, sql string, rows bool) bool {
	ctx := context.Background()
	tx, err := c.Begin(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	tag, err := tx.Exec(ctx, sql)
	var pgErr *pgconn.PgError
	switch {
	case errors.As(err, &pgErr) && pgErr.Code == "42501":
		return false
	case err != nil:
		w.t.Fatalf("%s: %v", sql, err)
	}
	return !rows || tag.RowsAffected() > 0
}

// An attempt is a statement and who passes it, as we have it.
type attempt struct {
	sql       string
	rows      bool
	query     pgacl.Query
	passes    func(role pgacl.OID) bool
	got, want bool
}

func (w *random) decided(q pgacl.Query) func(pgacl.OID) bool {
	return func(role pgacl.OID) bool {
		d := w.acl.Decide(role, q)
		return d.Verdict == access.Allow || d.Verdict == access.Conditional
	}
}

func (w *random) attempts(self string) []attempt {
	var out []attempt
	add := func(name, column string, p pgacl.Privileges, rows bool, sql string) {
		at, _ := w.object(name)
		q := pgacl.Query{Object: at, Column: column, Privilege: p}
		out = append(out, attempt{sql: sql, rows: rows, query: q, passes: w.decided(q)})
	}
	for _, t := range w.tables {
		for _, c := range []string{"a", "b", "c"} {
			add(t, c, pgacl.Select, true, fmt.Sprintf("select %s from %s", c, t))
			add(t, c, pgacl.Update, true, fmt.Sprintf("update %s set %s = 5", t, c))
			add(t, c, pgacl.Insert, true, fmt.Sprintf("insert into %s (%s) values (7)", t, c))
		}
		add(t, "", pgacl.Delete, true, "delete from "+t)
		add(t, "", pgacl.Truncate, false, "truncate "+t)
	}
	for _, v := range w.views {
		add(v, "a", pgacl.Select, true, "select a from "+v)
	}
	for _, f := range w.fn {
		add(f, "", pgacl.Execute, false, "select "+f)
	}
	for _, q := range w.seqs {
		add(q, "", pgacl.Select, false, "select last_value from "+q)
		x := len(out)
		add(q, "", pgacl.Usage, false, "select nextval('"+q+"')")
		usage := out[x].passes
		update := w.decided(pgacl.Query{Object: out[x].query.Object, Privilege: pgacl.Update})
		out[x].passes = func(r pgacl.OID) bool { return usage(r) || update(r) }
	}
	for _, s := range w.schemas {
		add(s, "", pgacl.Create, false, fmt.Sprintf("create table %s.zz ()", s))
	}
	at, _ := w.object(w.db)
	for p, sql := range map[pgacl.Privileges]string{pgacl.Create: "create schema zz", pgacl.Temporary: "create temporary table zz ()"} {
		q := pgacl.Query{Object: at, Privilege: p}
		out = append(out, attempt{sql: sql, query: q, passes: w.decided(q)})
	}
	return append(out, w.setRoles(self, at)...)
}

// setRoles tries SET ROLE to every role. A role with LOGIN has to come into the
// database for it.
func (w *random) setRoles(self string, db int) []attempt {
	var out []attempt
	for _, to := range w.everybody() {
		out = append(out, attempt{sql: "set role " + strings.TrimSpace(to), query: pgacl.Query{Object: db}, passes: func(r pgacl.OID) bool {
			return w.acl.SetRole(r, w.oids[to], w.dbOID) && w.enters(r, db)
		}})
	}
	return out
}

func (w *random) enters(role pgacl.OID, db int) bool {
	return !w.acl.Role(role).Login || w.acl.Holds(role, &w.acl.Objects[db], pgacl.Connect, false).Held()
}
