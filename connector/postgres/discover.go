package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// A reader is one scan of one cluster.
type reader struct {
	cluster
	*client
	scan *connector.Scan
	fact facts
	dbs  []database
}

// facts are what the server says of itself and of us.
type facts struct {
	Row
	Version      int64  // server_version_num: 150004
	VersionText  string // "15.4 (Debian …)"
	User         string
	Superuser    bool
	Stats        bool // may see other roles' sessions
	Authid       bool // may read pg_authid
	Mappings     bool // may read pg_user_mapping
	Subscription bool // may read pg_subscription.subconninfo
	HBA          bool // may read pg_hba_file_rules
	PasswordEnc  string
	SSL          string
	ClusterName  string
	Listen       string // listen_addresses
	Port         string
}

const factsQuery = `select 1::int8, current_setting('server_version_num')::int8, current_setting('server_version'), current_user::text,
 (select rolsuper from pg_roles where rolname = current_user),
 pg_has_role('pg_read_all_stats', 'usage'),
 has_table_privilege('pg_authid', 'select') or has_column_privilege('pg_authid', 'rolpassword', 'select') and has_column_privilege('pg_authid', 'oid', 'select'),
 has_table_privilege('pg_user_mapping', 'select'),
 has_column_privilege('pg_subscription', 'subconninfo', 'select'),
 has_table_privilege('pg_hba_file_rules', 'select') and has_function_privilege('pg_hba_file_rules()', 'execute'),
 current_setting('password_encryption'), current_setting('ssl'), coalesce(current_setting('cluster_name', true), ''),
 current_setting('listen_addresses'), current_setting('port')
 where $1::int8 < 1 and $2::int8 > 0`

// identRow is the system identifier.
type identRow struct {
	Row
	ID string
}

const identQuery = `select 1::int8, system_identifier::text from pg_control_system() where $1::int8 < 1 and $2::int8 > 0`

// open connects and learns which cluster this is.
func open(ctx context.Context, s *connector.Session) (*reader, string, error) {
	k, err := newClient(s.Config)
	if err != nil {
		return nil, "", err
	}
	r := &reader{client: k}
	if err := pages(ctx, k, "", "facts", factsQuery, func(f facts) { r.fact = f }); err != nil {
		k.close()
		return nil, "", err
	}
	if r.fact.Version < 120000 {
		k.close()
		return nil, "", fmt.Errorf("the server is version %s; 12 is the oldest that is read: %w", quote(r.fact.VersionText), drover.ErrInvalid)
	}
	r.hosts = hosts(k, s.Config, r.fact)
	note := ""
	if r.tenant = s.Config.Get("cluster"); r.tenant == "" {
		if err := pages(ctx, k, "", "identifier", identQuery, func(i identRow) { r.tenant = i.ID }); err != nil || r.tenant == "" {
			if errors.Is(err, drover.ErrTransient) || ctx.Err() != nil {
				k.close() // a passing fault must not give the cluster another name
				return nil, "", err
			}
			if r.tenant = place(k, r.hosts); r.tenant == "" {
				k.close()
				return nil, "", fmt.Errorf("the system identifier may not be read and the address is a local one: set the option cluster to a name, or run GRANT EXECUTE ON FUNCTION pg_control_system() TO %s: %w", quote(r.fact.User), drover.ErrPermission)
			}
			note = "the system identifier may not be read; the address stands for the cluster, so another address would make it another cluster. GRANT EXECUTE ON FUNCTION pg_control_system() TO " + quote(r.fact.User) + ", or set the option cluster"
		}
	}
	return r, note, nil
}

// hosts are the names of the server: the configured one and option hosts. A
// server that is reached through a socket and listens on loopback too is both.
func hosts(k *client, c connector.Config, f facts) []string {
	machine := c.Get("machine")
	if machine == "" {
		machine = connector.ThisMachine()
	}
	var out []string
	add := func(hostPort string, declared bool) {
		if h, ok := address(hostPort, machine, declared); ok {
			out = append(out, h)
		}
	}
	add(k.address(), false)
	if strings.HasPrefix(k.cfg.Host, "/") && f.Port == strconv.Itoa(int(k.cfg.Port)) && listensLocally(f.Listen) {
		add(net.JoinHostPort("localhost", f.Port), false)
	}
	for _, h := range c.List("hosts") {
		add(h, true)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// listensLocally reads listen_addresses (PostgreSQL documentation, 19.3.1).
func listensLocally(setting string) bool {
	return slices.ContainsFunc(strings.Split(setting, ","), func(a string) bool {
		return slices.Contains([]string{"*", "localhost", "0.0.0.0", "127.0.0.1", "::", "::1"}, strings.TrimSpace(a))
	})
}

// place is the address that stands for a cluster whose identifier may not be
// read; "" where only this machine knows it.
func place(k *client, hosts []string) string {
	for _, h := range hosts {
		if !strings.HasPrefix(h, "[machine:") {
			return h
		}
	}
	h, _ := address(k.address(), "", true)
	return h
}

// A part is one section: the catalogs read, for the consent screen, and how.
type part struct {
	name  string
	reads string
	each  bool // read in every database
	run   func(*reader, context.Context, *connector.Out) error
}

// parts in the order of reading: what others refer to comes first.
var parts = []part{
	{"cluster", "current_setting(), pg_control_system()", false, (*reader).clusterNode},
	{"roles", "pg_roles, pg_shdescription", false, (*reader).roles},
	{"memberships", "pg_auth_members", false, (*reader).memberships},
	{"role_settings", "pg_db_role_setting", false, (*reader).roleSettings},
	{"passwords", "pg_authid: method, iterations and expiry, taken out by the server; no hash leaves it", false, (*reader).passwords},
	{"hba", "pg_hba_file_rules", false, (*reader).hba},
	{"ident", "pg_ident_file_mappings", false, (*reader).ident},
	{"databases", "pg_database", false, (*reader).databases},
	{"tablespaces", "pg_tablespace", false, (*reader).tablespaces},
	{"parameters", "pg_parameter_acl", false, (*reader).parameters},
	{"subscriptions", "pg_subscription", false, (*reader).subscriptions},
	{"replication_slots", "pg_replication_slots", false, (*reader).slots},
	{"activity", "pg_stat_activity, pg_stat_ssl, pg_stat_gssapi", false, (*reader).activity},
	{"schemas", "pg_namespace", true, (*reader).schemas},
	{"relations", "pg_class: tables, views, sequences, foreign tables; no rows of theirs", true, (*reader).relations},
	{"column_grants", "pg_attribute", true, (*reader).columns},
	{"row_policies", "pg_policy", true, (*reader).rowPolicies},
	{"large_objects", "pg_largeobject_metadata; no content", true, (*reader).largeObjects},
	{"functions", "pg_proc; bodies of SECURITY DEFINER and untrusted-language functions", true, (*reader).functions},
	{"languages", "pg_language", true, (*reader).languages},
	{"extensions", "pg_extension", true, (*reader).extensions},
	{"event_triggers", "pg_event_trigger", true, (*reader).eventTriggers},
	{"default_privileges", "pg_default_acl", true, (*reader).defaultPrivileges},
	{"foreign_servers", "pg_foreign_data_wrapper, pg_foreign_server", true, (*reader).foreignServers},
	{"user_mappings", "pg_user_mappings: names of options; passwords as fingerprints", true, (*reader).userMappings},
	{"publications", "pg_publication", true, (*reader).publications},
	{"statements", "pg_stat_statements: calls by role; no query text", true, (*reader).statements},
}

func discover(ctx context.Context, s *connector.Scan) error {
	r, note, err := open(ctx, s.Session)
	if err != nil {
		return err
	}
	defer r.close()
	r.scan = s
	listErr := r.listDatabases(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, p := range parts {
		err := s.Section(ctx, p.name, r.coverage(p.name), func(ctx context.Context, out *connector.Out) error {
			if note != "" {
				out.Note("pg_control_system", note)
			}
			if p.each && listErr != nil {
				return fmt.Errorf("list databases: %w", listErr)
			}
			return p.run(r, ctx, out)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reads lists the catalogs without connecting.
func reads(_ context.Context, s *connector.Session, emit func(connector.Read)) error {
	k, err := newClient(s.Config)
	if err != nil {
		return err
	}
	where := "cluster at " + k.cfg.Host + ":" + strconv.Itoa(int(k.cfg.Port))
	each := "every database that accepts connections"
	if only := s.Config.List("databases"); len(only) > 0 {
		each = fmt.Sprintf("databases %q", only)
	}
	if not := s.Config.List("exclude_databases"); len(not) > 0 {
		each += fmt.Sprintf(" except %q", not)
	}
	for _, p := range parts {
		if p.each {
			emit(connector.Read{What: p.name, Where: p.reads + " of " + each + " of the " + where, Found: true})
		} else {
			emit(connector.Read{What: p.name, Where: p.reads + " of the " + where, Found: true})
		}
	}
	return nil
}

// eachDatabase runs fn once per database, and says so of every one that it
// could not read, unless the section databases says it for all. Absence is
// judged database by database.
func (r *reader) eachDatabase(ctx context.Context, out *connector.Out, fn func(db database, out *connector.Out) error) error {
	for _, db := range r.dbs {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		o := out.At("db/" + num(db.oid()))
		if (db.skip != "" || db.denied != "") && r.reads("databases") {
			o.Keep()
			continue
		}
		if db.unread(o) {
			continue
		}
		if err := fn(db, o); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			o.Lost("database "+quote(db.Name), err)
		}
		r.release(db.Name)
	}
	return nil
}

// reads reports whether the section is part of this scan.
func (r *reader) reads(section string) bool {
	return len(r.scan.Only) == 0 || slices.Contains(r.scan.Only, section)
}

func (r *reader) clusterNode(_ context.Context, out *connector.Out) error {
	name := text(r.fact.ClusterName)
	if name == "" {
		name = "PostgreSQL cluster " + r.tenant
	}
	var aliases []string
	for _, h := range r.hosts {
		aliases = append(aliases, "dsn:postgres://"+h)
	}
	out.Node(drover.Node{Ref: r.self(), Kind: drover.KindResource, Type: "postgres.cluster", Name: name, Aliases: append(aliases, "pg:"+r.tenant),
		Attrs: drover.NewAttrs(map[string]any{"server_version": text(r.fact.VersionText), "server_version_num": r.fact.Version,
			"password_encryption": text(r.fact.PasswordEnc), "ssl": text(r.fact.SSL)})})
	return nil
}
