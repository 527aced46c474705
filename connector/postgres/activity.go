package postgres

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

type activityRow struct {
	Row
	Sessions       int64
	Newest         pgtype.Timestamptz
	Hidden         bool // the details of another role's sessions were not shown
	Addresses      []string
	Apps, Backends []string
	TLS, Certs     int64
	GSS            int64
}

// Our own sessions are left out, and the server's own background workers, which
// run as the bootstrap superuser: neither says anything about who uses the system.
const activityQuery = `select a.usesysid::int8, count(*)::int8, max(a.backend_start), bool_or(a.backend_start is null),
 coalesce((array_agg(distinct host(a.client_addr)) filter (where a.client_addr is not null))[1:200] || case when bool_or(a.client_addr is null and a.client_port = -1) then array['local'] else '{}' end, '{}'),
 coalesce((array_agg(distinct a.application_name) filter (where a.application_name <> ''))[1:50], '{}'),
 coalesce((array_agg(distinct a.backend_type) filter (where a.backend_type is not null))[1:20], '{}'),
 count(*) filter (where s.ssl), count(*) filter (where s.client_dn is not null), count(*) filter (where g.gss_authenticated)
 from pg_stat_activity a left join pg_stat_ssl s on s.pid = a.pid left join pg_stat_gssapi g on g.pid = a.pid
 where a.usesysid is not null and not (a.usename = current_user and a.application_name = current_setting('application_name'))
 and coalesce(a.backend_type, 'client backend') in ('client backend', 'walsender')
 and a.usesysid > greatest($1::int8, 0)::oid group by a.usesysid order by a.usesysid limit $2`

// activity turns the sessions of this moment into evidence: live now, and last
// used no earlier than the newest session began. A role without a session gets
// nothing said about it: one look proves no absence.
func (r *reader) activity(ctx context.Context, out *connector.Out) error {
	hidden := false
	err := pages(ctx, r.client, "", "activity", activityQuery, func(row activityRow) {
		ref := r.role(row.oid())
		hidden = hidden || row.Hidden
		out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimLive, Source: "pg_stat_activity", At: r.hour(), Granularity: time.Hour, Count: row.Sessions, Value: row.value()})
		if row.Newest.Valid && row.Newest.InfinityModifier == pgtype.Finite && sane(row.Newest.Time) {
			out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimLastUsed, Source: "pg_stat_activity", At: row.Newest.Time.UTC(), Value: "began the newest of its sessions: a lower bound"})
		}
	})
	if hidden && err == nil {
		const what, grant = "when other roles' sessions began and from where", "GRANT pg_read_all_stats"
		if r.meant(monitor) {
			return r.denied(monitor, what, grant)
		}
		out.Note("pg_stat_activity", what+" is only seen with "+grant+" TO "+r.who())
	}
	return err
}

// hour is the time of what was seen at this moment, true to the hour: a look at
// a server on which nothing happens since the last one says the same.
func (r *reader) hour() time.Time { return r.scan.Now.UTC().Truncate(time.Hour) }

func sane(t time.Time) bool { return t.Year() > 1970 && t.Year() < 9999 }

// value is the short detail: kinds of client address, applications, transport.
func (a activityRow) value() string {
	var f []string
	if c := classes(a.Addresses); len(c) > 0 {
		f = append(f, "from "+strings.Join(c, ","))
	}
	var apps []string
	for _, app := range a.Apps {
		apps = append(apps, application(app))
	}
	slices.Sort(apps)
	if apps = slices.Compact(apps); len(apps) > 0 {
		f = append(f, "app "+strings.Join(apps[:min(len(apps), 8)], ","))
	}
	for _, b := range a.Backends {
		if b == "walsender" {
			f = append(f, "replication")
		}
	}
	for _, t := range []struct {
		word string
		n    int64
	}{{"tls", a.TLS}, {"client certificate", a.Certs}, {"gssapi", a.GSS}} {
		if t.n > 0 {
			f = append(f, fmt.Sprintf("%s %d", t.word, t.n))
		}
	}
	return strings.Join(f, "; ")
}

// classes sorts client addresses into local, loopback, private and public.
func classes(addresses []string) []string {
	var out []string
	for _, a := range addresses {
		ip, err := netip.ParseAddr(a)
		switch {
		case a == "local":
			out = append(out, "local")
		case err != nil:
			out = append(out, "unknown")
		case ip.IsLoopback():
			out = append(out, "loopback")
		case ip.IsPrivate() || ip.IsLinkLocalUnicast():
			out = append(out, "private")
		default:
			out = append(out, "public")
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var plainApp = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 ._/:@()-]{0,63}$`)

// application is the application name if it looks like one. The client chooses
// it freely, so anything may stand there.
func application(name string) string {
	if !plainApp.MatchString(name) {
		return "(other)"
	}
	if clean, n := redact("'" + name + "'"); n > 0 || clean != "'"+name+"'" {
		return "(other)"
	}
	return name
}

type slotRow struct {
	Row
	Name, Plugin, Type string
	Database           int64
	Active             bool
}

const slotsQuery = `select k, name, plugin, type, db, active from (select row_number() over (order by slot_name) as k, slot_name::text as name, coalesce(plugin::text, '') as plugin, slot_type as type,
 coalesce(datoid::int8, 0) as db, active from pg_replication_slots where not temporary) x where k > $1::int8 order by k limit $2`

// slots emits replication slots: who holds one can read all changes.
func (r *reader) slots(ctx context.Context, out *connector.Out) error {
	return pages(ctx, r.client, "", "replication_slots", slotsQuery, func(row slotRow) {
		ref := drover.NewRef("postgres", r.tenant, "postgres.replication_slot", drover.Named(row.Name))
		parent := r.self()
		if row.Database != 0 {
			parent = r.ref("postgres.database", row.Database)
		}
		r.object(out, drover.Node{Ref: ref, Kind: drover.KindResource, Type: "postgres.replication_slot", Name: text(row.Name),
			Attrs: drover.NewAttrs(map[string]any{"plugin": text(row.Plugin), "slot_type": text(row.Type)})}, nil, 0, parent)
		if row.Active {
			out.Evidence(drover.Evidence{Subject: ref, Claim: drover.ClaimLive, Source: "pg_replication_slots", At: r.hour(), Granularity: time.Hour})
		}
	})
}

type whereRow struct {
	Row
	Schema string
	Info   bool
}

// The view is trusted only as a part of the extension and owned by a superuser:
// what a view calls runs with our rights. Its settings exist only where the
// library is loaded, without which the view is an error.
const statementsWhere = `select e.oid::int8, n.nspname::text, to_regclass(quote_ident(n.nspname) || '.pg_stat_statements_info') is not null
 from pg_extension e join pg_namespace n on n.oid = e.extnamespace join pg_class c on c.relnamespace = n.oid and c.relname = 'pg_stat_statements'
 join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'
 join pg_roles o on o.oid = c.relowner where e.extname = 'pg_stat_statements' and o.rolsuper
 and current_setting('pg_stat_statements.max', true) is not null` + " and e.oid > greatest($1::int8, 0)::oid order by e.oid limit $2"

type callsRow struct {
	Row
	Calls int64
	Since pgtype.Timestamptz
	Lost  int64
}

// statements emits calls by role since the counters were last reset. The view
// is the same in every database that has it, so the first one is read. Those of
// our own role are left out: most are ours, and each scan would count the last.
func (r *reader) statements(ctx context.Context, out *connector.Out) error {
	found := false
	err := r.eachDatabase(ctx, out, func(db database, out *connector.Out) error {
		if found {
			return nil
		}
		var at []whereRow
		if err := pages(ctx, r.client, db.Name, "statements extension", statementsWhere, func(w whereRow) { at = append(at, w) }); err != nil || len(at) == 0 {
			return err
		}
		found = true
		view := pgx.Identifier{at[0].Schema, "pg_stat_statements"}.Sanitize()
		since := "null::timestamptz, 0::int8"
		if at[0].Info {
			info := pgx.Identifier{at[0].Schema, "pg_stat_statements_info"}.Sanitize()
			since = "(select stats_reset from " + info + "), (select dealloc::int8 from " + info + ")"
		}
		return pages(ctx, r.client, db.Name, "statements", `select userid::int8, least(sum(calls), 9223372036854775807)::int8, `+since+`
 from `+view+`(false) where userid > greatest($1::int8, 0)::oid and userid <> (select oid from pg_roles where rolname = current_user) group by userid order by userid limit $2`, func(row callsRow) {
			e := drover.Evidence{Subject: r.role(row.oid()), Claim: drover.ClaimCalls, Source: "pg_stat_statements", At: r.hour(), Granularity: time.Hour, Count: row.Calls}
			if row.Since.Valid && row.Since.InfinityModifier == pgtype.Finite && row.Since.Time.Before(r.hour()) && sane(row.Since.Time) {
				e.Window = r.hour().Sub(row.Since.Time)
			}
			if row.Lost > 0 {
				e.Value = fmt.Sprintf("at least: entries were thrown out %d times", row.Lost)
			}
			out.Evidence(e)
		})
	})
	if err == nil && !found {
		out.Note("pg_stat_statements", "not installed in any database that was read; how much each role does is not counted")
	}
	return err
}
