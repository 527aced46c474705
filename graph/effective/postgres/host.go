package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/pgacl"
	"github.com/droverhq/drover/graph/effective"
)

// hostEffects make the operating-system account that the server runs as: what a
// superuser takes over with COPY … PROGRAM, and what in turn holds the files of
// the cluster. A provider's server has no account that its customers could take.
func (c *cluster) hostEffects(out *effects) {
	if c.managed != "" {
		out.gap("the machine of "+short(c.name), "the server is run by a provider ("+c.managed+"), who lets nobody run programs on it", 1)
		return
	}
	c.host = c.node(drover.Node{Ref: drover.NewRef("postgres", c.tenant, "postgres.host", c.tenant), Kind: drover.KindWorkload, Type: "postgres.host",
		Name: "host of " + c.name})
	out.add(effective.Edge{From: c.self, To: c.host, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_COPY_PROGRAM",
		Proof: []access.Proof{{Ref: c.refOf(c.self), Effect: "allow", Text: "a superuser may run programs as the server's account: COPY … TO PROGRAM"}}})
	out.add(effective.Edge{From: c.host, To: c.self, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_DATA_DIRECTORY",
		Proof: []access.Proof{{Ref: c.refOf(c.host), Effect: "allow", Text: "the account that the server runs as owns its data directory, pg_hba.conf in it"}}})
	for _, r := range c.becomers(pgacl.ExecuteServerProgram) {
		if c.row(pgacl.ExecuteServerProgram) != noRow {
			out.add(effective.Edge{From: c.row(r), To: c.host, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_COPY_PROGRAM",
				Proof: []access.Proof{c.says(pgacl.ExecuteServerProgram, "", "may run programs as the server's account: COPY … TO PROGRAM")}})
		}
	}
	c.machineEffects(out)
}

// machineEffects join the account to the computer that the server was read on by
// loopback or socket. A tunnel could end there instead, so this is inferred.
func (c *cluster) machineEffects(out *effects) {
	slices.Sort(c.machine)
	for _, id := range slices.Compact(c.machine) {
		i, ok := c.in.Find(drover.NewRef("machine", id, "host", id))
		if !ok {
			continue
		}
		at, cond := uint32(c.in.Head(i)), drover.NewAttrs(map[string]any{"loopback": "the server itself listens there, not a tunnel to it"})
		proof := []access.Proof{{Ref: c.refOf(c.self), Effect: "allow", Text: "the server is reached by an address that means this computer only"}}
		out.add(effective.Edge{From: at, To: c.host, Kind: drover.EdgeContains, Move: true, Cond: cond, Grade: drover.GradeInferred, Proof: proof})
		out.add(effective.Edge{From: c.host, To: at, Kind: drover.EdgeCanAccess, Level: access.LevelExecute, Cond: cond, Grade: drover.GradeInferred, Proof: proof})
	}
}

// fileEffects: who reads any file of the server's account reads what the cluster
// keeps beneath its privileges, and who writes any can take it over; 22.5 warns
// of both. lo_import and lo_export do the same for whom they are granted to; 33.4.
func (c *cluster) fileEffects(out *effects) {
	if c.host == noRow {
		return
	}
	for _, p := range []struct {
		role  pgacl.OID
		write bool
		text  string
	}{{pgacl.ReadServerFiles, false, "may read any file that the server's account may"}, {pgacl.WriteServerFiles, true, "may write any file that the server's account may"}} {
		if c.row(p.role) == noRow {
			continue
		}
		for _, r := range c.becomers(p.role) {
			c.files(out, r, p.write, true, c.says(p.role, "", p.text))
		}
	}
	for i := range c.acl.Objects {
		o := &c.acl.Objects[i]
		name := systemFunction(o)
		write, anywhere, known := fileFunction(name)
		if !known {
			continue
		}
		for _, it := range o.Items {
			if it.Held&pgacl.Execute == 0 || c.acl.Super(it.Grantee) {
				continue
			}
			for _, r := range c.starts(it.Grantee, o.DB) {
				c.files(out, r, write, anywhere, access.Proof{Ref: o.Ref, Statement: "EXECUTE", Effect: "allow", Text: fmt.Sprintf("EXECUTE on %s is granted to %s", short(o.Name), c.roleName(it.Grantee))})
			}
		}
	}
}

// systemFunction is the name of a function of initdb that was granted anew, ""
// for others.
func systemFunction(o *pgacl.Object) string {
	if o.Class != pgacl.ClassFunction || o.OID >= pgacl.FirstNormal {
		return ""
	}
	_, name, ok := strings.Cut(o.Name, ".pg_catalog.")
	name, _, _ = strings.Cut(name, "(")
	if !ok {
		return ""
	}
	return name
}

// fileFunction says what a function of the server does to files: 9.28.9 Generic
// File Access Functions, 33.4 Server-Side Functions. Those of the first kind stay
// in the data and log directories, unless the role may read all files anyway.
func fileFunction(name string) (write, anywhere, known bool) {
	switch name {
	case "pg_read_file", "pg_read_binary_file":
		return false, false, true
	case "lo_import":
		return false, true, true
	case "lo_export":
		return true, true, true
	}
	return false, false, false
}

func (c *cluster) files(out *effects, from pgacl.OID, write, anywhere bool, proof access.Proof) {
	level, technique := access.LevelRead, "PG_READ_SERVER_FILES"
	cond := map[string]any{"file": "one that the server's account may read opens a stronger role: a password file, a key, a copy of the data directory"}
	if write {
		level, technique = access.LevelWrite, "PG_WRITE_SERVER_FILES"
		cond = map[string]any{"file": "one that the server's account may write is taken up by the server or its account: pg_hba.conf, postgresql.auto.conf, a start script"}
	}
	if anywhere {
		out.add(effective.Edge{From: c.row(from), To: c.host, Kind: drover.EdgeCanAccess, Level: level, Technique: technique, Proof: []access.Proof{proof}})
	}
	out.add(effective.Edge{From: c.row(from), To: c.self, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: technique, Grade: drover.GradeInferred,
		Cond: drover.NewAttrs(cond), Proof: []access.Proof{proof}})
}

// execParameters are settings that name a program, or a library that is loaded
// into the server; 19.
var execParameters = map[string]bool{"archive_command": true, "archive_library": true, "restore_command": true, "archive_cleanup_command": true, "recovery_end_command": true,
	"ssl_passphrase_command": true, "shared_preload_libraries": true, "session_preload_libraries": true, "local_preload_libraries": true, "dynamic_library_path": true, "jit_provider": true,
	"extension_control_path": true, "oauth_validator_libraries": true}

// parameterEffects: ALTER SYSTEM on a setting that names a program runs it as the
// server's account, once the server reads it. From 15 on; ALTER SYSTEM.
func (c *cluster) parameterEffects(out *effects) {
	if c.host == noRow {
		return
	}
	for i := range c.acl.Objects {
		o := &c.acl.Objects[i]
		if o.Class != pgacl.ClassParameter || !execParameters[strings.ToLower(o.Name)] {
			continue
		}
		for _, it := range o.Items {
			if it.Held&pgacl.AlterSystem == 0 || c.acl.Super(it.Grantee) {
				continue
			}
			for _, r := range c.becomers(it.Grantee) {
				out.add(effective.Edge{From: c.row(r), To: c.host, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_ALTER_SYSTEM", Grade: drover.GradeInferred,
					Cond:  drover.NewAttrs(map[string]any{"setting": o.Name, "server": "reloads its configuration, or starts again"}),
					Proof: []access.Proof{{Ref: o.Ref, Statement: "ALTER SYSTEM", Effect: "allow", Text: fmt.Sprintf("ALTER SYSTEM on %s is granted to %s", short(o.Name), c.roleName(it.Grantee))}}})
			}
		}
	}
}

// untrusted are the languages that are never safe, whatever pg_language says of
// them: the letter u at the end says so by convention (chapter 40), and these do
// not follow it.
func untrustedLanguage(name string) bool {
	switch name {
	case "plsh", "plr", "pljavau", "plv8u":
		return true
	}
	return strings.HasPrefix(name, "pl") && (strings.HasSuffix(name, "u") && name != "plu")
}

// languageEffects: somebody marked an untrusted language as trusted, so whoever
// has USAGE on it and may make a function somewhere runs code as the server's
// account. Without that mark only superusers may use it; CREATE FUNCTION.
func (c *cluster) languageEffects(out *effects) {
	if c.host == noRow {
		return
	}
	for i := range c.acl.Objects {
		o := &c.acl.Objects[i]
		l, ok := c.languages[i]
		if !ok || !l.trusted || !untrustedLanguage(l.name) {
			continue
		}
		for _, it := range o.Items {
			if it.Held&pgacl.Usage == 0 || c.acl.Super(it.Grantee) {
				continue
			}
			for _, r := range c.starts(it.Grantee, o.DB) {
				if !c.mayCreate(r, o.DB) {
					continue
				}
				out.add(effective.Edge{From: c.row(r), To: c.host, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_UNTRUSTED_LANGUAGE",
					Proof: []access.Proof{{Ref: o.Ref, Statement: "USAGE", Effect: "allow", Text: fmt.Sprintf("language %s is marked as trusted, and USAGE on it is granted to %s", short(o.Name), c.roleName(it.Grantee))}}})
			}
		}
	}
}

// mayCreate reports whether role may make a function in a database: in a schema
// where it has CREATE, in one that it makes, or in its temporary one.
func (c *cluster) mayCreate(role, db pgacl.OID) bool {
	key := [2]pgacl.OID{role, db}
	may, known := c.creates[key]
	if !known {
		may = c.findCreate(role, db)
		c.creates[key] = may
	}
	return may
}

func (c *cluster) findCreate(role, db pgacl.OID) bool {
	at, ok := c.acl.Find(pgacl.ClassDatabase, db, 0)
	if !ok {
		return false
	}
	d := &c.acl.Objects[at]
	if !c.acl.Reaches(role, d) {
		return false
	}
	if c.acl.Holds(role, d, pgacl.Temporary, false).Held() || c.acl.Holds(role, d, pgacl.Create, false).Held() {
		return true
	}
	for _, i := range c.schemas[db] {
		if c.acl.Holds(role, &c.acl.Objects[i], pgacl.Create, false).Held() {
			return true
		}
	}
	return false
}
