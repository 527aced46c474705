package postgres

import "github.com/droverhq/drover/graph/effective"

const docs = "https://www.postgresql.org/docs/current/"

// techniques are those that effects of PostgreSQL name.
var techniques = []effective.Technique{
	{ID: "PG_SUPERUSER", Title: "Superuser", Cite: docs + "role-attributes.html", Needs: []string{"SUPERUSER"},
		Doc: "A role with the attribute SUPERUSER bypasses every permission check and holds the whole cluster. The attribute is not inherited: a member has it after SET ROLE."},
	{ID: "PG_SET_ROLE", Title: "SET ROLE to a granted role", Cite: docs + "role-membership.html", Needs: []string{"membership WITH SET TRUE (16 and later), any membership (before)"},
		Doc: "A member may become the role with SET ROLE, and then has all that it has, attributes too."},
	{ID: "PG_INHERIT", Title: "Privileges of a role that cannot be become", Cite: docs + "role-membership.html", Needs: []string{"membership WITH INHERIT TRUE, SET FALSE"},
		Doc: "From 16 on a membership may give a role's privileges without SET ROLE. The member acts with the role's grants and ownership, without its attributes and without the roles that it could become."},
	{ID: "PG_ADMIN_OPTION", Title: "ADMIN OPTION on a role", Cite: docs + "sql-grant.html", Needs: []string{"membership WITH ADMIN OPTION"},
		Doc: "A member WITH ADMIN OPTION may grant the role to anybody, itself included, WITH SET TRUE and INHERIT TRUE. Only a superuser may so grant a superuser."},
	{ID: "PG_CREATEROLE", Title: "CREATEROLE before version 16", Cite: "https://www.postgresql.org/docs/15/role-attributes.html", Needs: []string{"CREATEROLE"},
		Doc: "Before 16 a role with CREATEROLE may grant any role that is no superuser, the predefined ones included, to itself."},
	{ID: "PG_COPY_PROGRAM", Title: "COPY … PROGRAM", Cite: docs + "sql-copy.html", Needs: []string{"SUPERUSER or pg_execute_server_program"},
		Doc: "COPY TO PROGRAM and COPY FROM PROGRAM run a command as the operating-system account of the server."},
	{ID: "PG_DATA_DIRECTORY", Title: "Files of the cluster", Cite: docs + "auth-pg-hba-conf.html", Needs: []string{"the server's operating-system account"},
		Doc: "The account that the server runs as owns the data directory and pg_hba.conf, so it can let itself in as any role."},
	{ID: "PG_READ_SERVER_FILES", Title: "Read files of the server", Cite: docs + "predefined-roles.html", Needs: []string{"pg_read_server_files, or EXECUTE on pg_read_file, pg_read_binary_file or lo_import"},
		Doc: "Reads files as the server's account, past every privilege in the database. What opens a stronger role may lie in one of them, so that step is inferred."},
	{ID: "PG_WRITE_SERVER_FILES", Title: "Write files of the server", Cite: docs + "predefined-roles.html", Needs: []string{"pg_write_server_files, or EXECUTE on lo_export"},
		Doc: "Writes files as the server's account. Taking the cluster over by one needs that something reads it, so that step is inferred."},
	{ID: "PG_ALTER_SYSTEM", Title: "ALTER SYSTEM on a setting that names a program", Cite: docs + "sql-altersystem.html", Needs: []string{"ALTER SYSTEM on archive_command, session_preload_libraries or the like"},
		Doc: "From 15 on ALTER SYSTEM may be granted setting by setting. A setting that names a command or a library runs as the server's account once it is read."},
	{ID: "PG_UNTRUSTED_LANGUAGE", Title: "Untrusted language marked as trusted", Cite: docs + "sql-createlanguage.html", Needs: []string{"USAGE on the language", "CREATE on a schema, or TEMPORARY on the database"},
		Doc: "A language such as plpython3u lets code do anything that the server's account may. Only superusers may use it, unless somebody marked it as trusted."},
	{ID: "PG_SECURITY_DEFINER", Title: "SECURITY DEFINER function that its caller can bend", Cite: docs + "sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY", Needs: []string{"EXECUTE on the function", "TEMPORARY or CREATE on a schema of its search_path"},
		Doc: "The function runs as its owner. With the caller's search_path, or with a schema in its own where the caller may create, names in its body can be made to mean the caller's code. Whether the body has such a name is left as the condition."},
	{ID: "PG_OWNER", Title: "Replace code of a role whose privileges are held", Cite: docs + "sql-createfunction.html", Needs: []string{"privileges of the owner WITHOUT SET", "CREATE on the function's schema"},
		Doc: "Who has the privileges of a role owns its functions, and can make one SECURITY DEFINER with a body of its own: it runs as the role."},
	{ID: "PG_EVENT_TRIGGER", Title: "Function of an event trigger", Cite: docs + "event-triggers.html", Needs: []string{"ownership of the function"},
		Doc: "The function runs in the session of everybody who gives the commands it waits for, superusers too, so its owner runs code as them once they do."},
	{ID: "PG_TRIGGER", Title: "Trigger in the session of who writes", Cite: docs + "sql-createtrigger.html", Needs: []string{"TRIGGER on the table, or ownership", "CREATE on a schema, or TEMPORARY on the database"},
		Doc: "A trigger function runs as the role that writes to the table, so who may put one there runs code as that role once it writes."},
	{ID: "PG_REPLICATION", Title: "Copy of the whole cluster", Cite: docs + "role-attributes.html", Needs: []string{"REPLICATION", "LOGIN", "a rule for replication in pg_hba.conf"},
		Doc: "Physical replication hands out all files of the cluster, password verifiers included."},
	{ID: "PG_DBLINK", Title: "dblink_connect_u", Cite: docs + "contrib-dblink-connect-u.html", Needs: []string{"EXECUTE on dblink_connect_u"},
		Doc: "Connects from the server to itself without a password, so as any role where pg_hba.conf trusts local connections."},
	{ID: "PG_FOREIGN_SERVER", Title: "Foreign server with PUBLIC's user mapping", Cite: docs + "sql-createusermapping.html", Needs: []string{"USAGE on the foreign server"},
		Doc: "A user mapping of PUBLIC logs in at the other end for everybody who may use the server and has no mapping of its own."},
	{ID: "PG_READ_AUTHID", Title: "Password verifiers", Cite: docs + "catalog-pg-authid.html", Needs: []string{"SELECT on rolpassword of pg_authid, or pg_read_all_data"},
		Doc: "An md5 hash is itself enough to log in; of a SCRAM verifier the password has to be guessed, so that is inferred."},
	{ID: "PG_CATALOG_SECRET", Title: "Secret in a catalog", Cite: docs + "catalogs.html", Needs: []string{"SELECT on the catalog"},
		Doc: "Settings of roles and functions and options of foreign servers are readable by everybody; options of user mappings and connection strings of subscriptions by superusers, by pg_read_all_data and by whom they were granted to."},
}
