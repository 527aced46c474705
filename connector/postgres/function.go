package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

type functionRow struct {
	Row
	SchemaOID          int64
	Schema, Name, Args string
	Kind, Language     string
	Trusted            bool
	Owner              int64
	Definer            bool
	Config             []string
	Extension          pgtype.Text
	Body               pgtype.Text // only where it matters; see functionsQuery
	BodyLength         pgtype.Int8
	Grants             []string
}

// untrusted is SQL for a language in which code may do anything the server's
// operating system user may. C and internal are left out: their source is a symbol.
const untrusted = "(not l.lanpltrusted and l.lanname not in ('c', 'internal'))"

// functionsQuery takes the body of those functions whose body decides what
// somebody else may do: SECURITY DEFINER, and untrusted languages.
func functionsQuery(version int64) string {
	body := "p.prosrc"
	if version >= 140000 {
		body = "coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)"
	}
	body = "case when p.prosecdef or " + untrusted + " then " + body + " end"
	return `select p.oid::int8, p.pronamespace::int8, n.nspname::text, p.proname::text, left(pg_get_function_identity_arguments(p.oid), 1000), p.prokind::text, l.lanname::text, l.lanpltrusted,
 p.proowner::int8, p.prosecdef, coalesce(p.proconfig, '{}'), ` + extensionOf("pg_proc", "p.oid") + `, left(b.body, 65536), length(b.body)::int8, ` + acl("p.proacl", "f", "p.proowner") + `
 from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang cross join lateral (select ` + body + ` as body) b
 where ` + userSchema + ` and ` + changed("pg_proc", "p.oid", "p.proacl") + byOID("p.oid")
}

// functions emits functions and procedures. One that is SECURITY DEFINER runs
// as its owner, whoever calls it. 53.39 pg_proc.
func (r *reader) functions(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		return pages(ctx, r.client, db.Name, "functions", functionsQuery(r.fact.Version), func(row functionRow) {
			ref := r.in(db.oid(), "postgres.function", row.oid())
			config, secrets := r.settings(row.Config)
			attrs := map[string]any{"prokind": text(row.Kind), "lanname": text(row.Language), "lanpltrusted": row.Trusted, "prosecdef": row.Definer}
			if len(config) > 0 {
				attrs["proconfig"] = config
			}
			if row.Extension.Valid {
				attrs["extension"] = text(row.Extension.String)
			}
			if row.Body.Valid {
				r.body(out, row, attrs)
			}
			name := text(db.Name) + "." + text(row.Schema) + "." + text(row.Name) + "(" + text(row.Args) + ")"
			r.object(out, drover.Node{Ref: ref, Kind: drover.KindResource, Type: "postgres.function", Name: name, Attrs: drover.NewAttrs(attrs)}, row.Grants,
				row.Owner, r.in(db.oid(), "postgres.schema", row.SchemaOID))
			if row.Definer {
				out.Edge(drover.Edge{From: ref, To: r.role(row.Owner), Kind: drover.EdgeRunsAs, Proof: "pg_proc.prosecdef"})
			}
			r.grants(out, ref, row.Grants, "", "pg_proc.proacl")
			for _, s := range secrets {
				r.secret(out, "postgres.setting", s.name, s.value, ref)
			}
		})
	})
}

// body stores the scrubbed body and says what was done to it.
func (r *reader) body(out *connector.Out, row functionRow, attrs map[string]any) {
	body := longText(row.Body.String)
	if row.BodyLength.Int64 > maxBody {
		// A secret that the cut goes through could not be told from code.
		body = body[:max(strings.LastIndexByte(body, '\n'), 0)]
	}
	clean, n := redact(body)
	attrs["document"] = out.Document(drover.NewDocument("pg-function", clean))
	if n > 0 {
		attrs["body_redactions"] = n
	}
	if row.BodyLength.Int64 > maxBody {
		attrs["body_truncated"] = true
	}
}

// longText makes a body of any bytes valid UTF-8.
func longText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

type languageRow struct {
	Row
	Name    string
	Owner   int64
	Trusted bool
	Grants  []string
}

// An untrusted language has a null list too, but only a superuser may use it.
var languagesQuery = `select l.oid::int8, l.lanname::text, l.lanowner::int8, l.lanpltrusted,
 case when l.lanacl is null and not l.lanpltrusted then '{}'::text[] else ` + acl("l.lanacl", "l", "l.lanowner") + ` end
 from pg_language l where l.lanispl` + byOID("l.oid")

func (r *reader) languages(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		return pages(ctx, r.client, db.Name, "languages", languagesQuery, func(row languageRow) {
			ref := r.in(db.oid(), "postgres.language", row.oid())
			r.object(out, drover.Node{Ref: ref, Kind: drover.KindResource, Type: "postgres.language", Name: text(db.Name) + "." + text(row.Name),
				Attrs: drover.NewAttrs(map[string]any{"lanpltrusted": row.Trusted})}, row.Grants, row.Owner, r.ref("postgres.database", db.oid()))
			r.grants(out, ref, row.Grants, "", "pg_language.lanacl")
		})
	})
}

type extensionRow struct {
	Row
	Name, Version, Schema string
	Owner                 int64
}

var extensionsQuery = `select e.oid::int8, e.extname::text, e.extversion, n.nspname::text, e.extowner::int8
 from pg_extension e join pg_namespace n on n.oid = e.extnamespace where true` + byOID("e.oid")

func (r *reader) extensions(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		return pages(ctx, r.client, db.Name, "extensions", extensionsQuery, func(row extensionRow) {
			r.object(out, drover.Node{Ref: r.in(db.oid(), "postgres.extension", row.oid()), Kind: drover.KindResource, Type: "postgres.extension", Name: text(db.Name) + "." + text(row.Name),
				Attrs: drover.NewAttrs(map[string]any{"extversion": text(row.Version), "schema": text(row.Schema)})}, nil, row.Owner, r.ref("postgres.database", db.oid()))
		})
	})
}

type eventTriggerRow struct {
	Row
	Name, Event, Enabled string
	Owner, Function      int64
	FunctionName         string
	Tags                 []string
}

var eventTriggersQuery = `select t.oid::int8, t.evtname::text, t.evtevent::text, t.evtenabled::text, t.evtowner::int8, t.evtfoid::int8, p.proname::text, coalesce(t.evttags, '{}')
 from pg_event_trigger t join pg_proc p on p.oid = t.evtfoid where true` + byOID("t.oid")

// eventTriggers emits code that runs in everybody's session at DDL, or at login.
func (r *reader) eventTriggers(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		return pages(ctx, r.client, db.Name, "event_triggers", eventTriggersQuery, func(row eventTriggerRow) {
			ref := r.in(db.oid(), "postgres.event_trigger", row.oid())
			r.object(out, drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "postgres.event_trigger", Name: text(db.Name) + "." + text(row.Name),
				Attrs: drover.NewAttrs(map[string]any{"evtevent": text(row.Event), "evtenabled": text(row.Enabled), "evttags": texts(row.Tags), "function": text(row.FunctionName)})}, nil,
				row.Owner, r.ref("postgres.database", db.oid()))
			if row.Function >= 16384 {
				out.Edge(drover.Edge{From: ref, To: r.in(db.oid(), "postgres.function", row.Function), Kind: drover.EdgeCanAccess, Part: "EXECUTE", Proof: "pg_event_trigger.evtfoid"})
			}
		})
	})
}

type defaultRow struct {
	Row
	Role, Schema int64
	SchemaName   pgtype.Text
	Type         string
	Grants       []string
}

var defaultsQuery = `select d.oid::int8, d.defaclrole::int8, d.defaclnamespace::int8, n.nspname::text, d.defaclobjtype::text,
 array(select a.grantee::int8 || ' ' || a.grantor::int8 || ' ' || a.is_grantable::int || ' ' || a.privilege_type from aclexplode(d.defaclacl) a)
 from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace where true` + byOID("d.oid")

// defaultPrivileges emits what will be granted on objects that a role makes from
// now on. It is no access yet: a policy attached to the maker, and to each
// grantee with the privilege. 53.17 pg_default_acl.
func (r *reader) defaultPrivileges(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		return pages(ctx, r.client, db.Name, "default_privileges", defaultsQuery, func(row defaultRow) {
			ref := r.in(db.oid(), "postgres.default_acl", row.oid())
			attrs := map[string]any{"defaclobjtype": text(row.Type)}
			if row.SchemaName.Valid {
				attrs["schema"] = text(row.SchemaName.String)
			}
			out.Node(drover.Node{Ref: ref, Kind: drover.KindPolicy, Type: "postgres.default_acl", Name: "default privileges in " + text(db.Name) + " for " + text(row.Type), Attrs: drover.NewAttrs(attrs)})
			out.Edge(drover.Edge{From: ref, To: r.role(row.Role), Kind: drover.EdgeAttached, Part: "maker"})
			if row.Schema != 0 {
				out.Edge(drover.Edge{From: ref, To: r.in(db.oid(), "postgres.schema", row.Schema), Kind: drover.EdgeAttached, Part: "schema"})
			}
			for _, g := range parseACL(row.Grants) {
				out.Edge(drover.Edge{From: ref, To: r.role(g.grantee), Kind: drover.EdgeAttached, Part: "grants " + g.part(""), Proof: "pg_default_acl.defaclacl"})
			}
		})
	})
}
