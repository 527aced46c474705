package postgres

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/pgacl"
	"github.com/droverhq/drover/graph/effective"
)

// A reader is who may read a catalog that holds secrets, and by what.
type reader struct {
	role  pgacl.OID
	proof access.Proof
}

// catalogReaders are the roles, superusers apart, that may read a column of a
// system catalog that keeps secrets: by grant, or as pg_read_all_data. Catalogs
// without the grants of initdb are not among the rows, so a row here was granted
// anew.
func (c *cluster) catalogReaders(catalog, column string) []reader {
	var out []reader
	add := func(role, db pgacl.OID, proof access.Proof) {
		for _, r := range c.starts(role, db) {
			out = append(out, reader{r, proof})
		}
	}
	for _, r := range c.becomers(pgacl.ReadAllData) {
		out = append(out, reader{r, c.says(pgacl.ReadAllData, "SELECT", "has SELECT on every table, "+catalog+" too")})
	}
	for i := range c.acl.Objects {
		o := &c.acl.Objects[i]
		if o.OID >= pgacl.FirstNormal || o.Class != pgacl.ClassTable || !c.named(o, "pg_catalog."+catalog) {
			continue
		}
		for _, it := range o.Items {
			if it.Held&pgacl.Select != 0 && !c.acl.Super(it.Grantee) {
				add(it.Grantee, o.DB, access.Proof{Ref: o.Ref, Statement: "SELECT", Effect: "allow", Text: fmt.Sprintf("SELECT on %s is granted to %s", catalog, c.roleName(it.Grantee))})
			}
		}
		for _, it := range o.Columns {
			if it.Column == column && it.Held&pgacl.Select != 0 && !c.acl.Super(it.Grantee) {
				add(it.Grantee, o.DB, access.Proof{Ref: o.Ref, Statement: "SELECT(" + column + ")", Effect: "allow", Text: fmt.Sprintf("SELECT on %s of %s is granted to %s", column, catalog, c.roleName(it.Grantee))})
			}
		}
	}
	return out
}

// named reports whether an object is called so in its database.
func (c *cluster) named(o *pgacl.Object, name string) bool {
	d := c.acl.Database(o.DB)
	return d != nil && o.Name == d.Name+"."+name
}

// passwordEffects: who reads pg_authid reads the verifiers of passwords. The hash
// of method md5 is itself what logs in; of a SCRAM verifier the password has to
// be guessed. 20.5 Password Authentication, 53.8 pg_authid.
func (c *cluster) passwordEffects(out *effects) {
	readers := c.catalogReaders("pg_authid", "rolpassword")
	for _, p := range c.passwords {
		out.add(effective.Edge{From: c.self, To: p.row, Kind: drover.EdgeReadsSecret, Move: true, Technique: "PG_READ_AUTHID",
			Proof: []access.Proof{{Ref: c.refOf(c.self), Effect: "allow", Text: "a superuser sets any password, and reads all verifiers"}}})
		for _, r := range readers {
			if r.role == p.role {
				continue
			}
			e := effective.Edge{From: c.row(r.role), To: p.row, Kind: drover.EdgeReadsSecret, Move: true, Level: access.LevelSecrets, Technique: "PG_READ_AUTHID", Proof: []access.Proof{r.proof}}
			if p.method != "md5" {
				e.Grade, e.Cond = drover.GradeInferred, drover.NewAttrs(map[string]any{"password": "can be guessed from its verifier"})
			}
			out.add(e)
		}
	}
}

// secretEffects lead to the secrets that lie in catalogs: those in settings of
// roles and functions and in options of servers are readable by anybody who can
// connect; those in user mappings and subscriptions only by a superuser, by who
// was granted the catalog, and of PUBLIC's mapping by the server's owner.
func (c *cluster) secretEffects(out *effects) {
	mappings := map[uint32]mapping{}
	for _, m := range c.mappings {
		mappings[m.row] = m
	}
	umoptions := c.catalogReaders("pg_user_mapping", "umoptions")
	conninfo := c.catalogReaders("pg_subscription", "subconninfo")
	for _, s := range c.stored {
		if s.typ == "postgres.hba_rule" {
			continue // pg_hba.conf is read with the machine
		}
		super := access.Proof{Ref: c.refOf(c.self), Effect: "allow", Text: "a superuser reads every catalog"}
		c.reads(out, reader{superuser, super}, s)
		switch s.typ {
		case "postgres.db_role_setting", "postgres.function", "postgres.foreign_server", "postgres.foreign_data_wrapper":
			from := []pgacl.OID{pgacl.Public}
			if s.db != 0 {
				from = c.starts(pgacl.Public, s.db)
			}
			for _, r := range from {
				c.reads(out, reader{r, access.Proof{Ref: c.refOf(s.place), Effect: "allow", Text: "the catalog that it lies in is readable by PUBLIC"}}, s)
			}
		case "postgres.user_mapping":
			for _, r := range umoptions {
				c.reads(out, r, s)
			}
			c.publicMapping(out, mappings[s.place], s)
		case "postgres.subscription":
			for _, r := range conninfo {
				c.reads(out, r, s)
			}
		}
	}
}

// superuser stands for the cluster as a reader.
const superuser = ^pgacl.OID(0)

func (c *cluster) reads(out *effects, r reader, s storedSecret) {
	from := c.self
	if r.role != superuser {
		from = c.row(r.role)
	}
	out.add(effective.Edge{From: from, To: s.cred, Kind: drover.EdgeReadsSecret, Move: true, Level: access.LevelSecrets, Technique: "PG_CATALOG_SECRET",
		Proof: []access.Proof{r.proof, {Ref: c.refOf(s.place), Effect: "allow", Text: "the secret lies there"}}})
}

// publicMapping: 54.34 pg_user_mappings shows PUBLIC's options to the owner of
// the server.
func (c *cluster) publicMapping(out *effects, m mapping, s storedSecret) {
	if m.row != s.place || m.user != pgacl.Public || m.server == 0 {
		return
	}
	at, ok := c.acl.Find(pgacl.ClassServer, m.server, m.db)
	if !ok {
		return
	}
	o := &c.acl.Objects[at]
	if c.acl.Super(o.Owner) {
		return
	}
	for _, r := range c.starts(o.Owner, m.db) {
		c.reads(out, reader{r, access.Proof{Ref: o.Ref, Statement: "OWNER", Effect: "allow", Text: fmt.Sprintf("%s owns server %s and so sees the options of PUBLIC's mapping", c.roleName(o.Owner), short(o.Name))}}, s)
	}
}

// mappingEffects: PUBLIC's user mapping serves whoever may use the server, so that
// is who acts with what is stored in it. A role's own mapping serves the role, and
// is stored so. CREATE USER MAPPING.
func (c *cluster) mappingEffects(out *effects) {
	for _, m := range c.mappings {
		at, ok := c.acl.Find(pgacl.ClassServer, m.server, m.db)
		if m.user != pgacl.Public || !ok {
			continue
		}
		o := &c.acl.Objects[at]
		use := func(role pgacl.OID, statement, text string) {
			if c.acl.Super(role) {
				return
			}
			for _, r := range c.starts(role, m.db) {
				out.add(effective.Edge{From: c.row(r), To: m.row, Kind: drover.EdgeReadsSecret, Move: true, Level: access.LevelSecrets, Technique: "PG_FOREIGN_SERVER",
					Proof: []access.Proof{{Ref: o.Ref, Statement: statement, Effect: "allow", Text: fmt.Sprintf("%s %s server %s, which logs in with PUBLIC's mapping", c.roleName(role), text, short(o.Name))}}})
			}
		}
		for _, it := range o.Items {
			if it.Held&pgacl.Usage != 0 {
				use(it.Grantee, "USAGE", "may use")
			}
		}
		if o.OwnerLacks&pgacl.Usage == 0 {
			use(o.Owner, "OWNER", "owns")
		}
	}
}
