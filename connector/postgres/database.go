package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A database as the loop over all of them needs it.
type database struct {
	Row
	Name   string
	skip   string // why it is outside of what is read; "": it is read
	denied string // the grant without which it cannot be read; "": it is there
}

type databaseRow struct {
	Row
	Name                string
	Owner               int64
	AllowConn, Template bool
	ConnLimit           int64
	MayConnect          bool
	Comment             pgtype.Text
	Grants              []string
}

var databasesQuery = `select d.oid::int8, d.datname::text, d.datdba::int8, d.datallowconn, d.datistemplate, d.datconnlimit::int8,
 has_database_privilege(d.oid, 'connect'), left(c.description, 4096), ` + acl("d.datacl", "d", "d.datdba") + `
 from pg_database d left join pg_shdescription c on c.objoid = d.oid and c.classoid = 'pg_database'::regclass where true` + byOID("d.oid")

// listDatabases decides which databases are read. Those that are not are kept in
// the list with the reason, so that every section can say so.
func (r *reader) listDatabases(ctx context.Context) error {
	only, not := r.scan.Config.List("databases"), r.scan.Config.List("exclude_databases")
	return pages(ctx, r.client, "", "database list", databasesQuery, func(row databaseRow) {
		db := database{Row: row.Row, Name: row.Name}
		switch {
		case slices.Contains(not, row.Name) || len(only) > 0 && !slices.Contains(only, row.Name):
			db.skip = "not read: the options databases and exclude_databases leave it out"
		case !row.AllowConn || row.ConnLimit == -2:
			db.skip = "not read: the database accepts no connections"
		case !row.MayConnect:
			db.denied = "GRANT CONNECT ON DATABASE " + pgx.Identifier{text(row.Name)}.Sanitize() + " TO " + r.who()
		}
		r.dbs = append(r.dbs, db)
	})
}

// databases emits every database with its owner and who may connect, read from
// the shared catalog: also of those that are not read inside, and says why they
// are not, once for the sections about what lies inside. 53.15 pg_database.
func (r *reader) databases(ctx context.Context, out *connector.Out) error {
	for _, db := range r.dbs {
		db.unread(out.At("inside/" + num(db.oid())))
	}
	return pages(ctx, r.client, "", "databases", databasesQuery, func(row databaseRow) {
		ref := r.ref("postgres.database", row.oid())
		attrs := map[string]any{"datallowconn": row.AllowConn, "datistemplate": row.Template, "datconnlimit": row.ConnLimit}
		if row.Comment.Valid {
			attrs["comment"], _ = redact(text(row.Comment.String))
		}
		r.object(out, drover.Node{Ref: ref, Kind: drover.KindResource, Type: "postgres.database", Name: text(row.Name), Attrs: drover.NewAttrs(attrs)}, row.Grants, row.Owner, r.self())
		r.grants(out, ref, row.Grants, "", "pg_database.datacl")
	})
}

// unread says why a database is not read, and reports whether that is so.
func (db database) unread(out *connector.Out) bool {
	switch {
	case db.skip != "":
		out.Unread("database "+quote(db.Name), db.skip)
	case db.denied != "":
		out.Lost("database "+quote(db.Name), fmt.Errorf("it may not be entered; run %s, or name it in the option exclude_databases: %w", db.denied, drover.ErrPermission))
	}
	return db.skip != "" || db.denied != ""
}

type tablespaceRow struct {
	Row
	Name   string
	Owner  int64
	Grants []string
}

var tablespacesQuery = `select t.oid::int8, t.spcname::text, t.spcowner::int8, ` + acl("t.spcacl", "t", "t.spcowner") + ` from pg_tablespace t where true` + byOID("t.oid")

func (r *reader) tablespaces(ctx context.Context, out *connector.Out) error {
	return pages(ctx, r.client, "", "tablespaces", tablespacesQuery, func(row tablespaceRow) {
		ref := r.ref("postgres.tablespace", row.oid())
		r.object(out, drover.Node{Ref: ref, Kind: drover.KindResource, Type: "postgres.tablespace", Name: text(row.Name)}, row.Grants, row.Owner, r.self())
		r.grants(out, ref, row.Grants, "", "pg_tablespace.spcacl")
	})
}

type parameterRow struct {
	Row
	Name   string
	Grants []string
}

// parameters emits who may set or alter server settings. From 15 on; 53.38
// pg_parameter_acl. 10 is the bootstrap superuser, which owns them all.
func (r *reader) parameters(ctx context.Context, out *connector.Out) error {
	if r.fact.Version < 150000 {
		return nil // there are no such grants before 15
	}
	query := `select p.oid::int8, p.parname, ` + acl("p.paracl", "p", "10::oid") + ` from pg_parameter_acl p where true` + byOID("p.oid")
	return pages(ctx, r.client, "", "parameters", query, func(row parameterRow) {
		ref := r.ref("postgres.parameter", row.oid())
		r.object(out, drover.Node{Ref: ref, Kind: drover.KindResource, Type: "postgres.parameter", Name: text(row.Name)}, row.Grants, 0, r.self())
		r.grants(out, ref, row.Grants, "", "pg_parameter_acl.paracl")
	})
}
