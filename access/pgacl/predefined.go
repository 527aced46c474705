package pgacl

// A Predefined role is one that the server makes and gives meaning to in its
// code. PostgreSQL documentation, 22.5 Predefined Roles, of each version.
type Predefined struct {
	Name  string
	OID   OID
	Since int    // the server_version_num that first has it
	Gives string // one line
}

// PredefinedRoles lists those of versions 12 to 18. Their object identifiers are
// fixed in the server's pg_authid.dat.
var PredefinedRoles = []Predefined{
	{"pg_monitor", 3373, 100000, "member of pg_read_all_settings, pg_read_all_stats and pg_stat_scan_tables"},
	{"pg_read_all_settings", 3374, 100000, "reads all server settings, those for superusers only too"},
	{"pg_read_all_stats", 3375, 100000, "reads the statistics views of all sessions, the text of their statements too"},
	{"pg_stat_scan_tables", 3377, 100000, "runs monitoring functions that lock tables"},
	{"pg_signal_backend", 4200, 90600, "cancels and ends the sessions of other roles that are no superusers"},
	{"pg_read_server_files", 4569, 110000, "reads any file that the server's account may read"},
	{"pg_write_server_files", 4570, 110000, "writes any file that the server's account may write"},
	{"pg_execute_server_program", 4571, 110000, "runs programs as the server's account"},
	{"pg_database_owner", 6171, 140000, "in each database, its owner is the one member"},
	{"pg_read_all_data", 6181, 140000, "SELECT on every table, view and sequence and USAGE on every schema"},
	{"pg_write_all_data", 6182, 140000, "INSERT, UPDATE and DELETE on every table, view and sequence and USAGE on every schema"},
	{"pg_checkpoint", 4544, 150000, "runs CHECKPOINT"},
	{"pg_use_reserved_connections", 4550, 160000, "uses the connection slots kept by reserved_connections"},
	{"pg_create_subscription", 6304, 160000, "makes subscriptions in databases where it has CREATE"},
	{"pg_maintain", 6337, 170000, "MAINTAIN on every relation"},
	{"pg_signal_autovacuum_worker", 6392, 180000, "ends autovacuum workers"},
}

// The object identifiers of roles that the rules name.
const (
	BootstrapSuperuser   OID = 10
	ReadServerFiles      OID = 4569
	WriteServerFiles     OID = 4570
	ExecuteServerProgram OID = 4571
	DatabaseOwner        OID = 6171
	ReadAllData          OID = 6181
	WriteAllData         OID = 6182
	MaintainAll          OID = 6337
)

// firstUnpinned is the first object identifier that is none of a system catalog:
// FirstUnpinnedObjectId of the server's transam.h, FirstBootstrapObjectId before.
const firstUnpinned = 12000

// FirstNormal is the first object identifier that initdb does not give out.
const FirstNormal OID = 16384
