package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

type roleRow struct {
	Row
	Name                                                      string
	Super, Inherit, CreateRole, CreateDB, Login, Repl, Bypass bool
	ConnLimit                                                 int64
	ValidUntil                                                pgtype.Text
	Comment                                                   pgtype.Text
}

// until is SQL for a time that may be infinite or lie outside of what RFC 3339
// can spell.
func until(column string) string {
	return "case when not isfinite(" + column + ") then " + column + "::text when " + column + " < '0001-01-02' then '-infinity' when " + column +
		" >= '9999-12-31' then 'infinity' else to_char(" + column + ` at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end`
}

// rolesQuery: PostgreSQL documentation, 54.20 pg_roles.
var rolesQuery = `select r.oid::int8, r.rolname::text, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, r.rolbypassrls,
 r.rolconnlimit::int8, ` + until("r.rolvaliduntil") + `, left(d.description, 4096)
 from pg_roles r left join pg_shdescription d on d.objoid = r.oid and d.classoid = 'pg_authid'::regclass
 where true` + byOID("r.oid")

// roles emits every role, and PUBLIC. A role that may log in is an identity;
// one that may not is a role. Creation and last login are not recorded by
// PostgreSQL, so they stay unknown. The role that the scan is connected as is
// marked drover_reader.
func (r *reader) roles(ctx context.Context, out *connector.Out) error {
	out.Node(drover.Node{Ref: r.role(0), Kind: drover.KindGroup, Type: "postgres.public", Name: "PUBLIC", Attrs: drover.NewAttrs(map[string]any{"provider_managed": true})})
	return pages(ctx, r.client, "", "roles", rolesQuery, func(row roleRow) {
		kind := drover.KindRole
		if row.Login {
			kind = drover.KindIdentity
		}
		attrs := map[string]any{"rolsuper": row.Super, "rolinherit": row.Inherit, "rolcreaterole": row.CreateRole, "rolcreatedb": row.CreateDB,
			"rolcanlogin": row.Login, "rolreplication": row.Repl, "rolbypassrls": row.Bypass, "rolconnlimit": row.ConnLimit}
		if row.ValidUntil.Valid {
			attrs["rolvaliduntil"] = text(row.ValidUntil.String)
		}
		if row.Comment.Valid {
			attrs["comment"], _ = redact(text(row.Comment.String))
		}
		if p, grade := provider(row.Name, row.oid()); p != "" {
			attrs["provider_managed"], attrs["provider"], attrs["provider_grade"] = true, p, grade
		}
		if row.Name == r.fact.User {
			attrs["drover_reader"] = true
			out.Evidence(r.ownUse(r.role(row.oid())))
		}
		out.Node(drover.Node{Ref: r.role(row.oid()), Kind: kind, Type: "postgres.role", Name: text(row.Name), Aliases: r.aliases(row.Name), Attrs: drover.NewAttrs(attrs)})
	})
}

// ownUse is the one use that a scan knows of by itself. It is true to the day,
// so that looking again is no change.
func (r *reader) ownUse(role drover.Ref) drover.Evidence {
	const day = 24 * time.Hour
	return drover.Evidence{Subject: role, Claim: drover.ClaimLastUsed, Source: "this scan", At: r.scan.Now.UTC().Truncate(day), Granularity: day, Value: "by Drover, to read this cluster"}
}

// provider names who made a role that is not the user's. PostgreSQL reserves
// the prefix pg_; that the others are a provider's is concluded from the names
// that these document.
func provider(name string, oid int64) (string, drover.Grade) {
	if strings.HasPrefix(name, "pg_") && oid < 16384 {
		return "postgresql", drover.GradeProven
	}
	for _, p := range []struct{ prefix, provider string }{
		{"rds_", "aws-rds"}, {"rdsadmin", "aws-rds"}, {"rdsrepladmin", "aws-rds"}, {"rdstopmgr", "aws-rds"}, {"rdsproxyadmin", "aws-rds"},
		{"cloudsql", "gcp-cloudsql"}, {"alloydb", "gcp-alloydb"}, {"azure_", "azure"}, {"azuresu", "azure"},
	} {
		if strings.HasPrefix(name, p.prefix) {
			return p.provider, drover.GradeInferred
		}
	}
	return "", ""
}

type memberRow struct {
	Row
	Role, Member, Grantor int64
	Admin                 bool
	Inherit, Set          pgtype.Bool // null before 16, which has no such options
}

// membersQuery: 53.9 pg_auth_members. From 16 on one role may be granted to one
// member by several grantors, each with its own options.
func membersQuery(version int64) string {
	const cols = ", m.roleid::int8, m.member::int8, m.grantor::int8, m.admin_option"
	if version >= 160000 {
		return "select m.oid::int8" + cols + ", m.inherit_option, m.set_option from pg_auth_members m where true" + byOID("m.oid")
	}
	key, end := byPair("m.roleid", "m.member")
	return "select " + key + cols + ", null::bool, null::bool from pg_auth_members m where true" + end
}

// memberships emits member_of from member to role, one edge per grantor. The
// options of the grant are in Cond: they say what the membership is good for.
func (r *reader) memberships(ctx context.Context, out *connector.Out) error {
	return pages(ctx, r.client, "", "memberships", membersQuery(r.fact.Version), func(row memberRow) {
		cond := map[string]any{"admin_option": row.Admin}
		if row.Inherit.Valid && row.Set.Valid {
			cond["inherit_option"], cond["set_option"] = row.Inherit.Bool, row.Set.Bool
		}
		out.Edge(drover.Edge{From: r.role(row.Member), To: r.role(row.Role), Kind: drover.EdgeMemberOf, Part: "grantor=" + num(row.Grantor),
			Cond: drover.NewAttrs(cond), Proof: "pg_auth_members"})
	})
}

type passwordRow struct {
	Row
	Name       string
	Method     string
	Iterations pgtype.Int8
	ValidUntil pgtype.Text
}

// The server takes method and iterations out of the verifier, so that the
// verifier itself never crosses the wire.
const passwordCols = `case when rolpassword ~ '^SCRAM-SHA-256[$]' then 'scram-sha-256' when rolpassword ~ '^md5[0-9a-f]{32}$' then 'md5' else 'unknown' end,
 substring(rolpassword from '^SCRAM-SHA-256[$]([0-9]{1,9}):')::int8`

var passwordsQuery = `select a.oid::int8, a.rolname::text, ` + passwordCols + `, ` + until("a.rolvaliduntil") + `
 from pg_authid a where a.rolpassword is not null` + byOID("a.oid")

// passwords emits one credential per role that has a password. Its expiry is
// the role's VALID UNTIL, which concerns passwords only.
func (r *reader) passwords(ctx context.Context, out *connector.Out) error {
	if !r.fact.Authid {
		return r.denied(superuser, "which roles have a password, and by which method", "GRANT SELECT (oid, rolname, rolpassword, rolvaliduntil) ON pg_authid")
	}
	return pages(ctx, r.client, "", "passwords", passwordsQuery, func(row passwordRow) {
		ref := r.ref("postgres.password", row.oid())
		attrs := map[string]any{"method": text(row.Method)}
		if row.Iterations.Valid {
			attrs["iterations"] = row.Iterations.Int64
		}
		expires, never := expiry(row.ValidUntil)
		if never {
			attrs["no_expiry"] = true
		}
		out.Node(drover.Node{Ref: ref, Kind: drover.KindCredential, Type: "postgres.password", Name: "password of " + text(row.Name), Expires: expires, Attrs: drover.NewAttrs(attrs)})
		out.Edge(drover.Edge{From: ref, To: r.role(row.oid()), Kind: drover.EdgeAuthenticates, Proof: "pg_authid.rolpassword"})
	})
}

// expiry reads what until wrote. No VALID UNTIL, and infinity, are no expiry.
func expiry(v pgtype.Text) (at time.Time, never bool) {
	if !v.Valid || v.String == "infinity" {
		return time.Time{}, true
	}
	if at, err := time.Parse(time.RFC3339Nano, v.String); err == nil {
		return at, false
	}
	// "-infinity": expired from the beginning. The zero time would say unknown.
	return time.Unix(0, 0).UTC(), false
}

type settingRow struct {
	Row
	Database, Role int64
	DatabaseName   pgtype.Text
	RoleName       pgtype.Text
	Config         []string
}

func settingsQuery() string {
	key, end := byPair("s.setdatabase", "s.setrole")
	return "select " + key + `, s.setdatabase::int8, s.setrole::int8, d.datname::text, r.rolname::text, s.setconfig
 from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase left join pg_roles r on r.oid = s.setrole where true` + end
}

// roleSettings emits ALTER ROLE … [IN DATABASE …] SET as a policy on the role,
// the database, or both. 53.13 pg_db_role_setting.
func (r *reader) roleSettings(ctx context.Context, out *connector.Out) error {
	return pages(ctx, r.client, "", "role_settings", settingsQuery(), func(row settingRow) {
		id := num(row.Database) + "." + num(row.Role)
		ref := drover.NewRef("postgres", r.tenant, "postgres.db_role_setting", id)
		name := "settings"
		if row.RoleName.Valid {
			name += " of role " + text(row.RoleName.String)
		}
		if row.DatabaseName.Valid {
			name += " in database " + text(row.DatabaseName.String)
		}
		values, secrets := r.settings(row.Config)
		out.Node(drover.Node{Ref: ref, Kind: drover.KindPolicy, Type: "postgres.db_role_setting", Name: name, Attrs: drover.NewAttrs(map[string]any{"setconfig": values})})
		if row.Role != 0 {
			out.Edge(drover.Edge{From: ref, To: r.role(row.Role), Kind: drover.EdgeAttached})
		}
		if row.Database != 0 {
			out.Edge(drover.Edge{From: ref, To: r.ref("postgres.database", row.Database), Kind: drover.EdgeAttached})
		}
		for _, s := range secrets {
			r.secret(out, "postgres.setting", s.name, s.value, ref)
		}
	})
}

// secret emits the credential that stands for a secret value found at a place
// of the catalogs, and returns its ref, "" when the value is empty.
func (r *reader) secret(out *connector.Out, class, name, value string, place drover.Ref) drover.Ref {
	if value == "" || r.scan.Fingerprints == nil {
		return ""
	}
	fp := r.scan.Fingerprints.Of([]byte(value))
	ref := drover.SecretRef(class, fp)
	out.Node(drover.Node{Ref: ref, Kind: drover.KindCredential, Type: class, Name: class + " " + string(fp), Aliases: []string{"secret:" + string(fp)}})
	out.Edge(drover.Edge{From: ref, To: place, Kind: drover.EdgeStoredIn, Part: text(name)})
	return ref
}
