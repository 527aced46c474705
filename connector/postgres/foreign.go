package postgres

import (
	"context"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

type wrapperRow struct {
	Row
	Name    string
	Owner   int64
	Options []string
	Grants  []string
}

type serverRow struct {
	Row
	Name          string
	Owner         int64
	Wrapper       int64
	Type, Version string
	Options       []string
	Grants        []string
}

var wrappersQuery = `select w.oid::int8, w.fdwname::text, w.fdwowner::int8, coalesce(w.fdwoptions, '{}'), ` + acl("w.fdwacl", "F", "w.fdwowner") + `
 from pg_foreign_data_wrapper w where true` + byOID("w.oid")

var serversQuery = `select s.oid::int8, s.srvname::text, s.srvowner::int8, s.srvfdw::int8, coalesce(s.srvtype, ''), coalesce(s.srvversion, ''), coalesce(s.srvoptions, '{}'), ` + acl("s.srvacl", "S", "s.srvowner") + `
 from pg_foreign_server s where true` + byOID("s.oid")

// optionAttrs shows options as names, and the few values that say where to.
func optionAttrs(attrs map[string]any, key string, entries []string) []named {
	names, values, secrets := splitOptions(entries)
	if len(names) > 0 {
		attrs[key] = names
	}
	if len(values) > 0 {
		attrs[key+"_values"] = values
	}
	return secrets
}

// foreignServers emits foreign-data wrappers and the servers behind them.
func (r *reader) foreignServers(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		parent := r.ref("postgres.database", db.oid())
		if err := pages(ctx, r.client, db.Name, "foreign_data_wrappers", wrappersQuery, func(row wrapperRow) {
			ref, attrs := r.in(db.oid(), "postgres.foreign_data_wrapper", row.oid()), map[string]any{}
			secrets := optionAttrs(attrs, "fdwoptions", row.Options)
			r.object(out, drover.Node{Ref: ref, Kind: drover.KindResource, Type: "postgres.foreign_data_wrapper", Name: text(db.Name) + "." + text(row.Name), Attrs: drover.NewAttrs(attrs)}, row.Grants, row.Owner, parent)
			r.grants(out, ref, row.Grants, "", "pg_foreign_data_wrapper.fdwacl")
			for _, s := range secrets {
				r.secret(out, "postgres.option", s.name, s.value, ref)
			}
		}); err != nil {
			return err
		}
		return pages(ctx, r.client, db.Name, "foreign_servers", serversQuery, func(row serverRow) {
			ref, attrs := r.in(db.oid(), "postgres.foreign_server", row.oid()), map[string]any{}
			if row.Type != "" {
				attrs["srvtype"] = text(row.Type)
			}
			if row.Version != "" {
				attrs["srvversion"] = text(row.Version)
			}
			secrets := optionAttrs(attrs, "srvoptions", row.Options)
			r.object(out, drover.Node{Ref: ref, Kind: drover.KindResource, Type: "postgres.foreign_server", Name: text(db.Name) + "." + text(row.Name), Attrs: drover.NewAttrs(attrs)}, row.Grants,
				row.Owner, r.in(db.oid(), "postgres.foreign_data_wrapper", row.Wrapper))
			r.grants(out, ref, row.Grants, "", "pg_foreign_server.srvacl")
			for _, s := range secrets {
				r.secret(out, "postgres.option", s.name, s.value, ref)
			}
		})
	})
}

type mappingRow struct {
	Row
	Server        int64
	ServerName    string
	User          int64
	UserName      string
	Options       []string
	Seen          bool // the options may be seen
	ServerOptions []string
	Wrapper       string
}

// mappingsQuery: 54.34 pg_user_mappings shows the options to a superuser, to the
// mapped user who has USAGE on the server, and, for PUBLIC's, to the server's owner.
const mappingsQuery = `select u.umid::int8, u.srvid::int8, u.srvname::text, u.umuser::int8, coalesce(u.usename::text, 'PUBLIC'), coalesce(u.umoptions, '{}'),
 u.umoptions is not null or has_table_privilege('pg_user_mapping', 'select'), coalesce(s.srvoptions, '{}'), w.fdwname::text
 from pg_user_mappings u join pg_foreign_server s on s.oid = u.srvid join pg_foreign_data_wrapper w on w.oid = s.srvfdw where true` + " and u.umid > greatest($1::int8, 0)::oid order by u.umid limit $2"

// userMappings emits as whom a role acts on a foreign server, and the stored
// credential with which it does. Its value leaves a fingerprint and no more.
func (r *reader) userMappings(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		err := pages(ctx, r.client, db.Name, "user_mappings", mappingsQuery, func(row mappingRow) {
			ref, attrs := r.in(db.oid(), "postgres.user_mapping", row.oid()), map[string]any{}
			secrets := optionAttrs(attrs, "umoptions", row.Options)
			out.Node(drover.Node{Ref: ref, Kind: drover.KindPlace, Type: "postgres.user_mapping",
				Name: "user mapping of " + text(row.UserName) + " on " + text(db.Name) + "." + text(row.ServerName), Attrs: drover.NewAttrs(attrs)})
			out.Edge(drover.Edge{From: r.in(db.oid(), "postgres.foreign_server", row.Server), To: ref, Kind: drover.EdgeContains})
			out.Edge(drover.Edge{From: r.role(row.User), To: ref, Kind: drover.EdgeReadsSecret, Proof: "pg_user_mapping: the server uses it for this role"})
			inside := out.At("db/" + num(db.oid()) + "/mapping/" + num(row.oid()))
			if !row.Seen {
				r.hidden(inside, "user mapping "+num(row.oid())+" in "+quote(db.Name), "its options may only be seen by a superuser; a password may lie there", "ALTER ROLE "+r.who()+" SUPERUSER")
				return
			}
			to := ""
			if row.Wrapper == "postgres_fdw" {
				_, params, _ := splitOptions(append(row.ServerOptions, row.Options...))
				to = target(params)
			}
			for _, s := range secrets {
				r.stored(inside, "postgres.option", s, ref, r.role(row.User), to)
			}
		})
		return err
	})
}

// stored emits a stored credential, who acts with it, and as whom at the other end.
func (r *reader) stored(out *connector.Out, class string, s named, place, user drover.Ref, to string) {
	cred := r.secret(out, class, s.name, s.value, place)
	if cred == "" {
		return
	}
	out.Edge(drover.Edge{From: user, To: cred, Kind: drover.EdgeReadsSecret, Part: text(s.name)})
	if to != "" && s.name == "password" {
		out.Edge(drover.Edge{From: cred, To: drover.UnseenRef(to), Kind: drover.EdgeAuthenticates, Grade: drover.GradeInferred, Proof: string(place)})
	}
}

type subscriptionRow struct {
	Row
	Database     int64
	Name         string
	Owner        int64
	Enabled      bool
	Conninfo     pgtype.Text
	Slot         pgtype.Text
	Publications []string
	RunAsOwner   pgtype.Bool
}

func subscriptionsQuery(f facts) string {
	conninfo, runAs := "null::text", "null::bool"
	if f.Subscription {
		conninfo = "s.subconninfo"
	}
	if f.Version >= 160000 {
		runAs = "s.subrunasowner"
	}
	return `select s.oid::int8, s.subdbid::int8, s.subname::text, s.subowner::int8, s.subenabled, ` + conninfo + `, s.subslotname::text, s.subpublications, ` + runAs + `
 from pg_subscription s where true` + byOID("s.oid")
}

// subscriptions emits logical replication subscriptions of every database and
// the credential in each connection string. 53.54 pg_subscription.
func (r *reader) subscriptions(ctx context.Context, out *connector.Out) error {
	return pages(ctx, r.client, "", "subscriptions", subscriptionsQuery(r.fact), func(row subscriptionRow) {
		ref := r.ref("postgres.subscription", row.oid())
		attrs := map[string]any{"subenabled": row.Enabled, "subpublications": texts(row.Publications)}
		if row.Slot.Valid {
			attrs["subslotname"] = text(row.Slot.String)
		}
		if row.RunAsOwner.Valid {
			attrs["subrunasowner"] = row.RunAsOwner.Bool
		}
		inside := out.At("subscription/" + num(row.oid()))
		if row.Conninfo.Valid {
			params, err := parseConninfo(row.Conninfo.String)
			if err != nil {
				inside.Lost("subscription "+quote(row.Name), err)
			}
			for key, value := range params {
				if secretWord.MatchString(key) && key != "passfile" {
					r.stored(inside, "postgres.conninfo", named{key, value}, ref, r.role(row.Owner), target(params))
				} else if optionValues[key] {
					attrs[key], _ = redact(text(value))
				}
			}
		} else {
			r.hidden(inside, "subscription "+quote(row.Name), "its connection string may only be seen by a superuser or with a grant; a password may lie there", "GRANT SELECT (subconninfo) ON pg_subscription TO "+r.who())
		}
		r.object(out, drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: "postgres.subscription", Name: text(row.Name), Attrs: drover.NewAttrs(attrs)}, nil,
			row.Owner, r.ref("postgres.database", row.Database))
		out.Edge(drover.Edge{From: ref, To: r.role(row.Owner), Kind: drover.EdgeRunsAs, Proof: "pg_subscription.subowner"})
	})
}

type publicationRow struct {
	Row
	Name      string
	Owner     int64
	AllTables bool
}

var publicationsQuery = `select p.oid::int8, p.pubname::text, p.pubowner::int8, p.puballtables from pg_publication p where true` + byOID("p.oid")

func (r *reader) publications(ctx context.Context, out *connector.Out) error {
	return r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		return pages(ctx, r.client, db.Name, "publications", publicationsQuery, func(row publicationRow) {
			r.object(out, drover.Node{Ref: r.in(db.oid(), "postgres.publication", row.oid()), Kind: drover.KindResource, Type: "postgres.publication", Name: text(db.Name) + "." + text(row.Name),
				Attrs: drover.NewAttrs(map[string]any{"puballtables": row.AllTables})}, nil, row.Owner, r.ref("postgres.database", db.oid()))
		})
	})
}
