package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// scopes are the grants, least first. Each is enough without those after it.
var scopes = []connector.Scope{
	{Name: "LOGIN", Why: "reads roles, memberships, settings, owners and grants of every kind, row policies, SECURITY DEFINER functions, and which roles are connected. Not seen with this alone: passwords' methods, pg_hba.conf, from where sessions come, stored credentials",
		Grant: "CREATE ROLE drover LOGIN PASSWORD '…' CONNECTION LIMIT 8; ALTER ROLE drover SET default_transaction_read_only = on"},
	{Name: "CONNECT", Why: "reads what lies in a database; PUBLIC has it unless it was revoked. A database without it is reported as not read",
		Grant: "GRANT CONNECT ON DATABASE … TO drover"},
	{Name: "pg_monitor", Why: "sees when other roles' sessions began and from which kind of address, TLS and client certificates (pg_read_all_stats), and all settings (pg_read_all_settings)",
		Grant: "GRANT pg_monitor TO drover"},
	{Name: "pg_hba_file_rules", Why: "sees who may log in from where by which method, and client certificate and external user maps. In the database that the dsn names; the second line from version 15 on",
		Grant: "GRANT SELECT ON pg_hba_file_rules TO drover; GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO drover;\nGRANT SELECT ON pg_ident_file_mappings TO drover; GRANT EXECUTE ON FUNCTION pg_ident_file_mappings() TO drover"},
	{Name: "pg_authid", Why: "sees which roles have a password, whether it is SCRAM or MD5, and its iterations. The server extracts these; but the grant itself would let the role read verifiers, so consider whether you need it",
		Grant: "GRANT SELECT (oid, rolname, rolpassword, rolvaliduntil) ON pg_authid TO drover"},
	{Name: "pg_subscription", Why: "sees the connection strings of subscriptions; passwords in them become fingerprints",
		Grant: "GRANT SELECT (subconninfo) ON pg_subscription TO drover"},
	{Name: "SUPERUSER", Why: "sees the options of every user mapping; passwords in them become fingerprints. Nothing less shows them all. Sessions are read-only here too",
		Grant: "ALTER ROLE drover SUPERUSER"},
}

// probe connects, and names the grants that are missing for what the option
// privileges says the role should hold.
func probe(ctx context.Context, s *connector.Session) error {
	r, _, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer r.close()
	r.scan = &connector.Scan{Session: s}
	if err := r.listDatabases(ctx); err != nil {
		return fmt.Errorf("list databases: %w", err)
	}
	var missing []string
	for _, db := range r.dbs {
		if db.denied != "" {
			missing = append(missing, db.denied)
		}
	}
	if r.meant(monitor) && !r.fact.Stats {
		missing = append(missing, r.to("GRANT pg_monitor")...)
	}
	if r.meant(monitor) && !r.fact.HBA {
		missing = append(missing, r.to(fileGrants("pg_hba_file_rules")...)...)
	}
	if r.meant(monitor) && r.fact.Version >= 150000 {
		ok, err := r.may(ctx, "ident", "pg_ident_file_mappings")
		if err != nil {
			return fmt.Errorf("look at pg_ident_file_mappings: %w", err)
		}
		if !ok {
			missing = append(missing, r.to(fileGrants("pg_ident_file_mappings")...)...)
		}
	}
	if r.meant(superuser) && !r.fact.Superuser {
		missing = append(missing, "ALTER ROLE "+r.who()+" SUPERUSER")
	}
	if len(missing) == 0 {
		return nil
	}
	more := ""
	if n := len(missing) - 20; n > 0 {
		missing, more = missing[:20], fmt.Sprintf("; and %d more", n)
	}
	return fmt.Errorf("connected, but these grants are missing (or lower the option privileges): %s%s: %w", strings.Join(missing, "; "), more, drover.ErrPermission)
}
