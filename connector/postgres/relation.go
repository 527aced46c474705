package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// userSchema leaves out what belongs to one session or only to the storage.
const userSchema = "n.nspname !~ '^pg_(toast|temp_)'"

type schemaRow struct {
	Row
	Name   string
	Owner  int64
	Grants []string
}

var schemasQuery = `select n.oid::int8, n.nspname::text, n.nspowner::int8, ` + acl("n.nspacl", "n", "n.nspowner") + ` from pg_namespace n where ` + userSchema + byOID("n.oid")

func (r *reader) schemas(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		return pages(ctx, r.client, db.Name, "schemas", schemasQuery, func(row schemaRow) {
			ref := r.in(db.oid(), "postgres.schema", row.oid())
			r.object(out, drover.Node{Ref: ref, Kind: drover.KindResource, Type: "postgres.schema", Name: text(db.Name) + "." + text(row.Name)}, row.Grants, row.Owner, r.ref("postgres.database", db.oid()))
			r.grants(out, ref, row.Grants, "", "pg_namespace.nspacl")
		})
	})
}

type relationRow struct {
	Row
	SchemaOID          int64
	Schema, Name, Kind string
	Owner              int64
	Partition          bool
	RLS, ForceRLS      bool
	Options            []string
	Extension          pgtype.Text
	Grants             []string
}

// extensionOf is SQL for the extension that an object came with.
func extensionOf(class, oid string) string {
	return "(select e.extname::text from pg_depend x join pg_extension e on e.oid = x.refobjid where x.classid = '" + class + "'::regclass and x.objid = " + oid +
		" and x.refclassid = 'pg_extension'::regclass and x.deptype = 'e' limit 1)"
}

// columnACL is SQL for columns of a relation with grants that initdb did not make.
const columnACL = `a.attacl is not null and (a.attrelid >= 16384 or a.attacl is distinct from (select i.initprivs from pg_init_privs i
 where i.classoid = 'pg_class'::regclass and i.objoid = a.attrelid and i.objsubid = a.attnum))`

var relationsQuery = `select c.oid::int8, c.relnamespace::int8, n.nspname::text, c.relname::text, c.relkind::text, c.relowner::int8, c.relispartition, c.relrowsecurity, c.relforcerowsecurity,
 coalesce(c.reloptions, '{}'), ` + extensionOf("pg_class", "c.oid") + `, case c.relkind when 'S' then ` + acl("c.relacl", "s", "c.relowner") + ` else ` + acl("c.relacl", "r", "c.relowner") + ` end
 from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and c.relpersistence <> 't' and ` + userSchema + `
 and (` + changed("pg_class", "c.oid", "c.relacl") + ` or exists (select from pg_attribute a where a.attrelid = c.oid and ` + columnACL + `))` + byOID("c.oid")

// relationType names a pg_class.relkind; 53.11 pg_class.
func relationType(kind string) string {
	switch kind {
	case "v":
		return "postgres.view"
	case "m":
		return "postgres.materialized_view"
	case "S":
		return "postgres.sequence"
	case "f":
		return "postgres.foreign_table"
	}
	return "postgres.table"
}

// relation names any pg_class row. The kind is not in it: a grant on a column
// knows the relation by its identifier alone.
func (r *reader) relation(db database, oid int64) drover.Ref {
	return r.in(db.oid(), "postgres.relation", oid)
}

func (r *reader) relations(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		return pages(ctx, r.client, db.Name, "relations", relationsQuery, func(row relationRow) {
			ref := r.relation(db, row.oid())
			attrs := map[string]any{"relkind": text(row.Kind)}
			if row.Partition {
				attrs["relispartition"] = true
			}
			if row.RLS || row.ForceRLS {
				attrs["relrowsecurity"], attrs["relforcerowsecurity"] = row.RLS, row.ForceRLS
			}
			if len(row.Options) > 0 {
				attrs["reloptions"] = texts(row.Options)
			}
			if row.Extension.Valid {
				attrs["extension"] = text(row.Extension.String)
			}
			r.object(out, drover.Node{Ref: ref, Kind: drover.KindResource, Type: relationType(row.Kind), Name: text(db.Name) + "." + text(row.Schema) + "." + text(row.Name),
				Attrs: drover.NewAttrs(attrs)}, row.Grants, row.Owner, r.in(db.oid(), "postgres.schema", row.SchemaOID))
			r.grants(out, ref, row.Grants, "", "pg_class.relacl")
		})
	})
}

type columnRow struct {
	Row
	Relation int64
	Name     string
	Grants   []string
}

// A column's number may be negative (system columns); 100 makes it a part of a key.
const columnsQuery = `select a.attrelid::int8 * 65536 + a.attnum + 100, a.attrelid::int8, a.attname::text,
 array(select g.grantee::int8 || ' ' || g.grantor::int8 || ' ' || g.is_grantable::int || ' ' || g.privilege_type from aclexplode(a.attacl) g)
 from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
 where ` + columnACL + ` and not a.attisdropped and c.relpersistence <> 't' and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and ` + userSchema + `
 and (a.attrelid, a.attnum + 100) > ((greatest($1::int8, 0) >> 16)::oid, (greatest($1::int8, 0) & 65535)::int4) order by a.attrelid, a.attnum limit $2`

// columns emits grants on single columns: Part is "SELECT(email)".
func (r *reader) columns(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		return pages(ctx, r.client, db.Name, "column_grants", columnsQuery, func(row columnRow) {
			r.grants(out, r.relation(db, row.Relation), row.Grants, row.Name, "pg_attribute.attacl")
		})
	})
}

type rowPolicyRow struct {
	Row
	Name       string
	Relation   int64
	Command    string
	Permissive bool
	Roles      []int64
	Using      string
	Check      string
}

const maxBody = 64 << 10 // bytes of a function's body or a policy's expression

var rowPoliciesQuery = `select p.oid::int8, p.polname::text, p.polrelid::int8, p.polcmd::text, p.polpermissive, p.polroles::int8[],
 coalesce(left(pg_get_expr(p.polqual, p.polrelid), 65536), ''), coalesce(left(pg_get_expr(p.polwithcheck, p.polrelid), 65536), '')
 from pg_policy p join pg_class c on c.oid = p.polrelid where c.relpersistence <> 't'` + byOID("p.oid")

// rowPolicies emits row-level security policies. Whether they are in force is
// the table's relrowsecurity. 53.40 pg_policy.
func (r *reader) rowPolicies(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		return pages(ctx, r.client, db.Name, "row_policies", rowPoliciesQuery, func(row rowPolicyRow) {
			ref := r.in(db.oid(), "postgres.policy", row.oid())
			body, _ := redact(clause(row.Using, "using") + clause(row.Check, "with check"))
			attrs := map[string]any{"polcmd": text(row.Command), "polpermissive": row.Permissive}
			if body != "" {
				attrs["document"] = out.Document(drover.NewDocument("pg-policy", body))
			}
			out.Node(drover.Node{Ref: ref, Kind: drover.KindPolicy, Type: "postgres.policy", Name: text(row.Name), Attrs: drover.NewAttrs(attrs)})
			out.Edge(drover.Edge{From: r.relation(db, row.Relation), To: ref, Kind: drover.EdgeGuardedBy})
			for _, role := range row.Roles {
				out.Edge(drover.Edge{From: ref, To: r.role(role), Kind: drover.EdgeAttached})
			}
		})
	})
}

func clause(expr, word string) string {
	if expr == "" {
		return ""
	}
	return word + " (" + longText(expr) + ")\n"
}

type largeRow struct {
	Row
	Count int64
}

type largeGrantRow struct {
	Row
	Grants []string
}

const largeOwnersQuery = `select m.lomowner::int8, count(*)::int8 from pg_largeobject_metadata m where m.lomowner > greatest($1::int8, 0)::oid group by m.lomowner order by m.lomowner limit $2`

// All grants on large objects as one list: who has which right on some of them.
const largeGrantsQuery = `select grantee::int8 + 1, array_agg(distinct grantee::int8 || ' 0 0 ' || privilege_type) from (select a.grantee, a.privilege_type
 from pg_largeobject_metadata m, aclexplode(m.lomacl) a where a.grantee <> m.lomowner) x
 where grantee::int8 + 1 > greatest($1::int8, 0) group by grantee order by grantee limit $2`

// largeObjects emits one node per database that has any: there may be millions,
// so who owns some and who may touch some is on the one node, and how many there
// are is evidence.
func (r *reader) largeObjects(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		ref := r.ref("postgres.large_objects", db.oid())
		var total int64
		var owners []int64
		if err := pages(ctx, r.client, db.Name, "large_objects", largeOwnersQuery, func(row largeRow) {
			total += row.Count
			owners = append(owners, row.oid())
		}); err != nil {
			return err
		}
		if total == 0 {
			return nil
		}
		out.Node(drover.Node{Ref: ref, Kind: drover.KindResource, Type: "postgres.large_objects", Name: "large objects of " + text(db.Name)})
		out.Edge(drover.Edge{From: r.ref("postgres.database", db.oid()), To: ref, Kind: drover.EdgeContains})
		for _, o := range owners {
			out.Edge(drover.Edge{From: r.role(o), To: ref, Kind: drover.EdgeOwns, Proof: "owns some of them: pg_largeobject_metadata.lomowner"})
		}
		out.Evidence(drover.Evidence{Subject: ref, Claim: "objects", Source: "pg_largeobject_metadata", At: r.hour(), Granularity: time.Hour, Count: total})
		return pages(ctx, r.client, db.Name, "large_object grants", largeGrantsQuery, func(row largeGrantRow) {
			r.grants(out, ref, row.Grants, "", "some of them: pg_largeobject_metadata.lomacl")
		})
	})
}
