package postgres

// A truth is one situation on a real server: what is set up, from whom to what a
// path is asked for, and what an attacker really does. The server decides whether
// that works; find says whether the technique is to be found.
//
// In the texts {a} is the attacker, {v} the victim and {x} a third role, {s} a
// schema that all three may use and {o} the attacker's own; {db} is the database
// and {dir} a folder of the server. {s}.loot (who text) takes what anybody writes.
type truth struct {
	technique string
	name      string
	find      bool
	versions  string // "": both; "15", "18"

	to      string // "{v}", "cluster", "host", "password", "secret": the target; "" is {v}
	touch   bool   // the target is touched, not moved to
	edge    bool   // only an edge of this technique is asked about, from a role that the attacker is: another path may lead there
	setup   string // by a superuser
	attack  string // by the attacker, statement by statement; "": nothing to try
	then    string // by a superuser afterwards: what the victim does
	loot    string // whose name the attack must have left in {s}.loot; "": that it passes is enough
	unasked string // why the server is not asked
}

var truths = []truth{
	// PG_SUPERUSER
	{technique: "PG_SUPERUSER", name: "superuser", find: true, to: "cluster", setup: "alter role {a} superuser", attack: "select rolpassword from pg_authid"},
	{technique: "PG_SUPERUSER", name: "no superuser", to: "cluster", setup: "alter role {a} createdb", attack: "select rolpassword from pg_authid"},
	{technique: "PG_SUPERUSER", name: "member of a superuser", find: true, to: "cluster", setup: "alter role {v} superuser; grant {v} to {a}", attack: "set role {v}; select rolpassword from pg_authid"},
	{technique: "PG_SUPERUSER", name: "the attribute is not inherited", versions: "18", to: "cluster", setup: "alter role {v} superuser; grant {v} to {a} with inherit true, set false", attack: "create role {a}_new"},
	{technique: "PG_SUPERUSER", name: "a superuser as member", to: "cluster", setup: "alter role {v} superuser; grant {a} to {v}", attack: "select rolpassword from pg_authid"},

	// PG_SET_ROLE
	{technique: "PG_SET_ROLE", name: "member", find: true, setup: "grant {v} to {a}", attack: "set role {v}"},
	{technique: "PG_SET_ROLE", name: "member without INHERIT", find: true, setup: "alter role {a} noinherit; grant {v} to {a}", attack: "set role {v}"},
	{technique: "PG_SET_ROLE", name: "over a third role", find: true, setup: "grant {v} to {x}; grant {x} to {a}", attack: "set role {v}"},
	{technique: "PG_SET_ROLE", name: "no member", setup: "grant {x} to {a}", attack: "set role {v}"},
	{technique: "PG_SET_ROLE", name: "the other way round", setup: "grant {a} to {v}", attack: "set role {v}"},
	{technique: "PG_SET_ROLE", name: "SET FALSE", versions: "18", setup: "grant {v} to {a} with inherit false, set false", attack: "set role {v}"},
	{technique: "PG_SET_ROLE", name: "SET FALSE half-way", versions: "18", setup: "grant {v} to {x}; grant {x} to {a} with inherit true, set false", attack: "set role {v}"},
	{technique: "PG_SET_ROLE", name: "revoked", setup: "grant {v} to {a}; revoke {v} from {a}", attack: "set role {v}"},

	// PG_INHERIT
	{technique: "PG_INHERIT", name: "INHERIT without SET", find: true, versions: "18", touch: true, setup: "grant {v} to {a} with inherit true, set false; create table {s}.t (n int); alter table {s}.t owner to {v}", attack: "select * from {s}.t"},
	{technique: "PG_INHERIT", name: "neither", versions: "18", touch: true, setup: "grant {v} to {a} with inherit false, set false; create table {s}.t (n int); alter table {s}.t owner to {v}", attack: "select * from {s}.t"},
	{technique: "PG_INHERIT", name: "no member", touch: true, setup: "create table {s}.t (n int); alter table {s}.t owner to {v}", attack: "select * from {s}.t"},
	{technique: "PG_INHERIT", name: "before 16 a member may always SET ROLE", versions: "15", touch: true, edge: true, setup: "grant {v} to {a}", unasked: "the move of PG_SET_ROLE takes its place"},

	// PG_ADMIN_OPTION
	{technique: "PG_ADMIN_OPTION", name: "ADMIN alone", find: true, versions: "18", setup: "grant {v} to {a} with admin true, inherit false, set false", attack: "grant {v} to {a} with set true, inherit true; set role {v}"},
	{technique: "PG_ADMIN_OPTION", name: "of a role that it made", find: true, versions: "18", setup: "alter role {a} createrole; drop owned by {v}; drop role {v}; set session authorization {a}; create role {v}; reset session authorization", attack: "grant {v} to {a} with set true, inherit true; set role {v}"},
	{technique: "PG_ADMIN_OPTION", name: "of a role that is only inherited", find: true, versions: "18", setup: "grant {v} to {x} with admin true, inherit false, set false; grant {x} to {a} with inherit true, set false", attack: "grant {v} to {a} with set true, inherit true; set role {v}"},
	{technique: "PG_ADMIN_OPTION", name: "of a role that gives nothing", versions: "18", setup: "grant {v} to {x} with admin true, inherit false, set false; grant {x} to {a} with inherit false, set false", attack: "grant {v} to {a} with set true, inherit true; set role {v}"},
	{technique: "PG_ADMIN_OPTION", name: "no ADMIN", versions: "18", setup: "grant {v} to {a} with admin false, inherit false, set false", attack: "grant {v} to {a} with set true, inherit true; set role {v}"},
	{technique: "PG_ADMIN_OPTION", name: "of a superuser", versions: "18", setup: "alter role {v} superuser; grant {v} to {a} with admin true, inherit false, set false", attack: "grant {v} to {a} with set true, inherit true; set role {v}"},
	{technique: "PG_ADMIN_OPTION", name: "of another role", versions: "18", setup: "grant {x} to {a} with admin true, inherit false, set false", attack: "grant {v} to {a} with set true, inherit true; set role {v}"},
	{technique: "PG_ADMIN_OPTION", name: "before 16 nothing more than membership", versions: "15", edge: true, setup: "grant {v} to {a} with admin option", unasked: "membership alone gives the same"},

	// PG_CREATEROLE
	{technique: "PG_CREATEROLE", name: "before 16", find: true, versions: "15", setup: "alter role {a} createrole", attack: "grant {v} to {a}; set role {v}"},
	{technique: "PG_CREATEROLE", name: "a predefined role", find: true, versions: "15", to: "host", setup: "alter role {a} createrole", attack: "grant pg_execute_server_program to {a}; copy (select 1) to program 'cat >/dev/null'"},
	{technique: "PG_CREATEROLE", name: "without", setup: "alter role {a} createdb", attack: "grant {v} to {a}; set role {v}"},
	{technique: "PG_CREATEROLE", name: "a superuser", versions: "15", edge: true, setup: "alter role {a} createrole; alter role {v} superuser", attack: "grant {v} to {a}; set role {v}"},
	{technique: "PG_CREATEROLE", name: "from 16 on", versions: "18", setup: "alter role {a} createrole", attack: "grant {v} to {a}; set role {v}"},
	{technique: "PG_CREATEROLE", name: "from 16 on, a predefined role", versions: "18", to: "host", setup: "alter role {a} createrole", attack: "grant pg_execute_server_program to {a}; copy (select 1) to program 'cat >/dev/null'"},

	// PG_COPY_PROGRAM
	{technique: "PG_COPY_PROGRAM", name: "pg_execute_server_program", find: true, to: "host", setup: "grant pg_execute_server_program to {a}", attack: "copy (select 1) to program 'cat >/dev/null'"},
	{technique: "PG_COPY_PROGRAM", name: "inherited only", find: true, versions: "18", to: "host", setup: "grant pg_execute_server_program to {a} with inherit true, set false", attack: "copy (select 1) to program 'cat >/dev/null'"},
	{technique: "PG_COPY_PROGRAM", name: "superuser", find: true, to: "host", setup: "alter role {a} superuser", attack: "copy (select 1) to program 'cat >/dev/null'"},
	{technique: "PG_COPY_PROGRAM", name: "another predefined role", to: "host", setup: "grant pg_monitor to {a}", attack: "copy (select 1) to program 'cat >/dev/null'"},
	{technique: "PG_COPY_PROGRAM", name: "no option", versions: "18", to: "host", setup: "grant pg_execute_server_program to {a} with inherit false, set false", attack: "copy (select 1) to program 'cat >/dev/null'"},
	{technique: "PG_COPY_PROGRAM", name: "nothing", to: "host", setup: "select 1", attack: "copy (select 1) to program 'cat >/dev/null'"},

	// PG_READ_SERVER_FILES
	{technique: "PG_READ_SERVER_FILES", name: "pg_read_server_files", find: true, to: "host", touch: true, setup: "grant pg_read_server_files to {a}", attack: "copy {s}.loot from '/etc/hostname'"},
	{technique: "PG_READ_SERVER_FILES", name: "lo_import", find: true, to: "host", touch: true, setup: "grant execute on function pg_catalog.lo_import(text) to {a}", attack: "select lo_import('/etc/hostname')"},
	{technique: "PG_READ_SERVER_FILES", name: "pg_read_file in the data directory", find: true, to: "cluster", edge: true, setup: "grant execute on function pg_catalog.pg_read_file(text) to {a}", attack: "select pg_read_file('PG_VERSION')"},
	{technique: "PG_READ_SERVER_FILES", name: "pg_read_file elsewhere", to: "host", touch: true, edge: true, setup: "grant execute on function pg_catalog.pg_read_file(text) to {a}", attack: "select pg_read_file('/etc/hostname')"},
	{technique: "PG_READ_SERVER_FILES", name: "nothing", to: "host", touch: true, setup: "grant pg_read_all_stats to {a}", attack: "copy {s}.loot from '/etc/hostname'"},
	{technique: "PG_READ_SERVER_FILES", name: "lo_import revoked", to: "host", touch: true, setup: "grant execute on function pg_catalog.lo_import(text) to {a}; revoke execute on function pg_catalog.lo_import(text) from {a}", attack: "select lo_import('/etc/hostname')"},
	{technique: "PG_READ_SERVER_FILES", name: "no option", versions: "18", to: "host", touch: true, setup: "grant pg_read_server_files to {a} with inherit false, set false", attack: "copy {s}.loot from '/etc/hostname'"},

	// PG_WRITE_SERVER_FILES
	{technique: "PG_WRITE_SERVER_FILES", name: "pg_write_server_files", find: true, to: "host", touch: true, setup: "grant pg_write_server_files to {a}", attack: "copy (select 1) to '{dir}/data/drover_{a}'"},
	{technique: "PG_WRITE_SERVER_FILES", name: "lo_export", find: true, to: "host", touch: true, setup: "grant execute on function pg_catalog.lo_export(oid, text) to {a}", attack: "select lo_create(424242); select lo_export(424242, '{dir}/data/drover_{a}')"},
	{technique: "PG_WRITE_SERVER_FILES", name: "and so the cluster", find: true, to: "cluster", setup: "grant pg_write_server_files to {a}", attack: "copy (select 1) to '{dir}/data/drover_{a}'"},
	{technique: "PG_WRITE_SERVER_FILES", name: "reading is not writing", to: "host", touch: true, edge: true, setup: "grant pg_read_server_files to {a}", attack: "copy (select 1) to '{dir}/data/drover_{a}'"},
	{technique: "PG_WRITE_SERVER_FILES", name: "all data is no file", to: "host", touch: true, setup: "grant pg_write_all_data to {a}", attack: "copy (select 1) to '{dir}/data/drover_{a}'"},
	{technique: "PG_WRITE_SERVER_FILES", name: "revoked", to: "host", touch: true, setup: "grant pg_write_server_files to {a}; revoke pg_write_server_files from {a}", attack: "copy (select 1) to '{dir}/data/drover_{a}'"},

	// PG_ALTER_SYSTEM
	{technique: "PG_ALTER_SYSTEM", name: "archive_command", find: true, to: "host", setup: "grant alter system on parameter archive_command to {a}", attack: "alter system set archive_command = 'true'", then: "alter system reset archive_command"},
	{technique: "PG_ALTER_SYSTEM", name: "SET is not ALTER SYSTEM", to: "host", setup: "grant set on parameter session_preload_libraries to {a}", attack: "alter system set session_preload_libraries = ''"},
	{technique: "PG_ALTER_SYSTEM", name: "a setting that names no program", to: "host", edge: true, setup: "grant alter system on parameter log_statement to {a}", unasked: "it may be altered, and runs nothing"},
	{technique: "PG_ALTER_SYSTEM", name: "revoked", to: "host", setup: "grant alter system on parameter restore_command to {a}; revoke alter system on parameter restore_command from {a}", attack: "alter system set restore_command = 'true'"},

	// PG_UNTRUSTED_LANGUAGE: the languages themselves are not installed, so a
	// handler of another one stands behind their names.
	{technique: "PG_UNTRUSTED_LANGUAGE", name: "marked as trusted", find: true, to: "host", setup: "grant usage on language plpython3u to {a}; grant all on schema {o} to {a}", attack: "create function {o}.evil() returns int language plpython3u as 'begin return 1; end'"},
	{technique: "PG_UNTRUSTED_LANGUAGE", name: "without USAGE", to: "host", setup: "grant all on schema {o} to {a}", attack: "create function {o}.evil() returns int language plpython3u as 'begin return 1; end'"},
	{technique: "PG_UNTRUSTED_LANGUAGE", name: "not marked", to: "host", setup: "grant all on schema {o} to {a}", attack: "create function {o}.evil() returns int language plperlu as 'begin return 1; end'"},
	{technique: "PG_UNTRUSTED_LANGUAGE", name: "nowhere to make a function", to: "host", setup: "grant usage on language plpython3u to {a}", attack: "create function {o}.evil() returns int language plpython3u as 'begin return 1; end'"},
}
