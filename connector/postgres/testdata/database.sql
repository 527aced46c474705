-- Objects of every kind. Run in a database of its own, after cluster.sql.
SELECT format('GRANT CONNECT ON DATABASE %I TO team_read WITH GRANT OPTION', current_database()) \gexec
SELECT format('ALTER ROLE rot_a IN DATABASE %I SET work_mem = ''8MB''', current_database()) \gexec
SELECT format('ALTER DATABASE %I SET app.api_token = ''Canary-dbtoken-ab12cd34''', current_database()) \gexec
CREATE SCHEMA app AUTHORIZATION team_owner;
CREATE SCHEMA "bad""schema
x";
GRANT USAGE ON SCHEMA app TO team_read, PUBLIC;
GRANT CREATE ON SCHEMA app TO team_admin WITH GRANT OPTION;
SET ROLE team_owner;
CREATE TABLE app.plain (id int, email text, ssn text);
CREATE TABLE app.secured (id int, tenant text);
CREATE TABLE app.parted (id int) PARTITION BY RANGE (id);
CREATE TABLE app.parted_1 PARTITION OF app.parted FOR VALUES FROM (0) TO (10);
CREATE VIEW app.v AS SELECT id FROM app.plain;
CREATE MATERIALIZED VIEW app.mv AS SELECT id FROM app.plain;
CREATE SEQUENCE app.seq;
CREATE UNLOGGED TABLE app.unlogged (id int);
CREATE TABLE app."na""me
$(touch x)" (id int, "co""l" int);
GRANT SELECT ON app.plain TO team_read, PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.plain TO team_write WITH GRANT OPTION;
GRANT ALL ON app."na""me
$(touch x)" TO "quo""te'd";
GRANT SELECT (id, email), UPDATE (email) ON app.plain TO grants_only WITH GRANT OPTION;
GRANT SELECT ("co""l") ON app."na""me
$(touch x)" TO PUBLIC;
GRANT USAGE ON SEQUENCE app.seq TO team_write;
GRANT SELECT ON app.v, app.mv TO team_read;
ALTER TABLE app.secured ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.secured FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON app.secured FOR SELECT TO team_read, app_nopw USING (tenant = current_user AND tenant <> 'Canary0policy0aa11bb22cc');
CREATE POLICY everyone ON app.secured AS RESTRICTIVE WITH CHECK (id > 0);
CREATE FUNCTION app.plain_fn(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql AS 'select 1';
CREATE FUNCTION app.definer() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = app AS $f$
DECLARE
  pw text := 'Canary-body-a1b2c3d4';
BEGIN
  PERFORM 'host=db user=x password=Canary-dblink-e5f6'; -- token: Canary-note-77aa88bb
  PERFORM format('postgres://svc:%s@db/x', pw), 'postgres://svc:Canary-url-99@db/x';
  RETURN 'select count(*) from orders';
END $f$;
CREATE PROCEDURE app.proc() LANGUAGE sql AS 'select 1';
REVOKE EXECUTE ON FUNCTION app.definer() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.definer() TO team_read;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO team_read;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
RESET ROLE;
CREATE FUNCTION app.definer_config() RETURNS int LANGUAGE sql SECURITY DEFINER SET app.secret_key = 'Canary-proconfig-3f' AS 'select 1';
ALTER FUNCTION app.definer_config() OWNER TO team_owner;
CREATE TABLE app.orphanish (id int);
ALTER TABLE app.orphanish OWNER TO dropped_owner;
REASSIGN OWNED BY dropped_owner TO team_owner;
GRANT SELECT ON pg_catalog.pg_authid TO grants_only;
GRANT SELECT (subconninfo) ON pg_catalog.pg_subscription TO grants_only;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO grants_only;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION dblink;
CREATE EXTENSION file_fdw;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO team_owner;
CREATE SERVER billing FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'Billing.Example.com', port '6432', dbname 'bill');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
GRANT USAGE ON FOREIGN SERVER billing TO team_read;
ALTER SERVER billing OWNER TO team_owner;
CREATE USER MAPPING FOR rot_a SERVER billing OPTIONS (user 'remote_svc', password 'Canary-fdw-44ee55ff');
CREATE USER MAPPING FOR PUBLIC SERVER billing OPTIONS (user 'anyone', password 'Canary-fdwpublic-66');
CREATE FOREIGN TABLE app.remote (id int) SERVER billing;
CREATE PUBLICATION pub FOR ALL TABLES;
SELECT format('CREATE SUBSCRIPTION %I CONNECTION ''host=up.example.com port=5433 user=sub_user dbname=x password=Canary-sub-12ab34'' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false)', 'sub_' || current_database()) \gexec
SELECT format('CREATE SUBSCRIPTION %I CONNECTION ''postgres://sub2:Canary%%2Durl%%2Dsub9@up.example.com/x'' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false)', 'sub2_' || current_database()) \gexec
CREATE FUNCTION app.et() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';
CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION app.et();
SELECT lo_create(0) FROM generate_series(1, 7);
SELECT format('GRANT SELECT ON LARGE OBJECT %s TO team_read', min(oid)) FROM pg_largeobject_metadata \gexec
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
