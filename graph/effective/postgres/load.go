package postgres

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access/pgacl"
	"github.com/droverhq/drover/graph/effective"
)

// An estate is every cluster of a snapshot, and what its rows are.
type estate struct {
	in       *effective.Input
	clusters []*cluster // by tenant
	byTenant map[string]*cluster
	role     map[uint32]member // rows of roles, and of PUBLIC
	object   map[uint32]place
	names    map[string][]place // by name, for questions

	policies map[uint32]*pgacl.Policy

	aliasOnce sync.Once // makes byAlias
	byAlias   map[string]uint32
	nameOnce  sync.Once          // makes shorts
	shorts    map[string][]place // names without database or schema
}

// A member is a role of a cluster.
type member struct {
	c   *cluster
	oid pgacl.OID
}

// A place is an object of a cluster, by its index.
type place struct {
	c  *cluster
	at int
}

type function struct {
	definer, trusted   bool
	lang, config, hash string
	hasConfig          bool
}

type language struct {
	name    string
	trusted bool
}

type eventTrigger struct {
	row      uint32
	name     string
	disabled bool
	function uint32 // row
}

type password struct {
	row    uint32
	role   pgacl.OID
	method string
}

// A mapping is a user mapping: where the options of a foreign server for one
// role, 0 for PUBLIC, are kept.
type mapping struct {
	row    uint32
	server pgacl.OID
	user   pgacl.OID
	db     pgacl.OID
}

// A storedSecret is a credential that lies in a catalog.
type storedSecret struct {
	cred, place uint32
	typ         string // of the place: "postgres.user_mapping"
	db          pgacl.OID
}

type hbaRule struct {
	kind, method string
	databases    []string
	users        []string
	line         string
}

func newEstate(in *effective.Input) *estate {
	return &estate{in: in, byTenant: map[string]*cluster{}, role: map[uint32]member{}, object: map[uint32]place{}, names: map[string][]place{},
		policies: map[uint32]*pgacl.Policy{}}
}

func (e *estate) cluster(tenant string) *cluster {
	c := e.byTenant[tenant]
	if c == nil {
		c = &cluster{estate: e, tenant: tenant, name: "PostgreSQL cluster " + tenant, self: noRow, host: noRow, public: noRow, acl: &pgacl.Cluster{}, roles: map[pgacl.OID]uint32{},
			functions: map[int]function{}, languages: map[int]language{}, defaults: map[uint32]*pgacl.Default{},
			schemas: map[pgacl.OID][]int{}, creates: map[[2]pgacl.OID]bool{}, mapAt: map[uint32]int{}, holdsItself: map[pgacl.OID]bool{}}
		e.byTenant[tenant] = c
	}
	return c
}

// read reads rows, then edges, and makes the clusters ready.
func (e *estate) read(ctx context.Context) error {
	var mine []int
	for i := range e.in.Seen() {
		if i&0xffff == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if ref := e.in.Ref(i); strings.HasPrefix(string(ref), "postgres/") {
			e.row(i, ref)
			mine = append(mine, i)
		}
	}
	for n, i := range mine {
		if n&0xffff == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if e.in.Head(i) == i {
			e.edgesOf(i)
		}
	}
	for _, tenant := range slices.Sorted(maps.Keys(e.byTenant)) {
		c := e.byTenant[tenant]
		if len(c.acl.Roles) == 0 {
			continue // nothing but mentions of it
		}
		c.ready()
		e.clusters = append(e.clusters, c)
	}
	return nil
}

// numbers reads "db.oid" or "oid".
func numbers(id string) (db, oid pgacl.OID, ok bool) {
	head, tail, two := strings.Cut(id, ".")
	if !two {
		head, tail = "0", head
	}
	d, err := strconv.ParseUint(head, 10, 32)
	if err != nil {
		return 0, 0, false
	}
	o, err := strconv.ParseUint(tail, 10, 32)
	return pgacl.OID(d), pgacl.OID(o), err == nil
}

// row reads one row. What has no number that could be one is passed over.
func (e *estate) row(i int, ref drover.Ref) {
	_, tenant, typ, id, ok := ref.Parts()
	if !ok {
		return
	}
	c, at := e.cluster(tenant), uint32(e.in.Head(i))
	switch typ {
	case "postgres.cluster":
		e.clusterRow(c, i, at)
		return
	case "postgres.public":
		c.public = at
		e.role[at] = member{c, pgacl.Public}
		return
	case "postgres.hba_rule":
		a := e.in.Attrs(i)
		c.hbaRead = true
		c.hba = append(c.hba, hbaRule{a.Str("type"), a.Str("auth_method"), a.Strings("database"), a.Strings("user_name"), a.Str("line")})
		return
	}
	db, oid, ok := numbers(id)
	if !ok {
		return
	}
	switch typ {
	case "postgres.role":
		e.roleRow(c, i, at, oid)
	case "postgres.password":
		c.passwords = append(c.passwords, password{at, oid, e.in.Attrs(i).Str("method")})
	case "postgres.user_mapping":
		c.mapAt[at] = len(c.mappings)
		c.mappings = append(c.mappings, mapping{row: at, db: db})
	case "postgres.policy":
		a := e.in.Attrs(i)
		permissive, known := a.Bool("polpermissive")
		e.policies[at] = &pgacl.Policy{Ref: ref, Name: e.in.Name(i), Command: (a.Str("polcmd") + "*")[0], Permissive: permissive || !known}
	case "postgres.default_acl":
		a := e.in.Attrs(i)
		c.defaults[at] = &pgacl.Default{Ref: ref, DB: db, Type: (a.Str("defaclobjtype") + "?")[0]}
	case "postgres.event_trigger":
		c.triggers = append(c.triggers, eventTrigger{row: at, name: e.in.Name(i), disabled: e.in.Attrs(i).Str("evtenabled") == "D", function: noRow})
		e.objectRow(c, i, at, typ, db, oid)
	default:
		e.objectRow(c, i, at, typ, db, oid)
	}
}

func (e *estate) clusterRow(c *cluster, i int, at uint32) {
	a := e.in.Attrs(i)
	if v, ok := a.Int("server_version_num"); ok && 0 < v && v < 10_000_000 {
		c.acl.Version = int(v)
	}
	c.self, c.name = at, e.in.Name(i)
	for _, alias := range e.in.Aliases(i) {
		if rest, ok := strings.CutPrefix(alias, "dsn:postgres://[machine:"); ok {
			if id, _, ok := strings.Cut(rest, "]"); ok {
				id, _, _ = strings.Cut(id, "%2F") // a socket's folder
				c.machine = append(c.machine, id)
			}
		}
	}
}

func (e *estate) roleRow(c *cluster, i int, at uint32, oid pgacl.OID) {
	var a struct {
		Super, Inherit, CreateRole, CreateDB, Login, Replication, BypassRLS bool
	}
	m := e.in.Attrs(i).Map()
	for key, to := range map[string]*bool{"rolsuper": &a.Super, "rolinherit": &a.Inherit, "rolcreaterole": &a.CreateRole, "rolcreatedb": &a.CreateDB,
		"rolcanlogin": &a.Login, "rolreplication": &a.Replication, "rolbypassrls": &a.BypassRLS} {
		*to, _ = m[key].(bool)
	}
	if p, _ := m["provider"].(string); p != "" && p != "postgresql" {
		c.managed = p
	}
	c.roles[oid] = at
	e.role[at] = member{c, oid}
	c.acl.Roles = append(c.acl.Roles, pgacl.Role{OID: oid, Ref: e.in.Ref(i), Name: e.in.Name(i), Super: a.Super, Inherit: a.Inherit, CreateRole: a.CreateRole,
		CreateDB: a.CreateDB, Login: a.Login, Replication: a.Replication, BypassRLS: a.BypassRLS})
}

// classes are the types of rows that are objects.
var classes = map[string]pgacl.Class{
	"postgres.database": pgacl.ClassDatabase, "postgres.tablespace": pgacl.ClassTablespace, "postgres.parameter": pgacl.ClassParameter, "postgres.schema": pgacl.ClassSchema,
	"postgres.relation": pgacl.ClassTable, "postgres.function": pgacl.ClassFunction, "postgres.language": pgacl.ClassLanguage, "postgres.foreign_server": pgacl.ClassServer,
	"postgres.foreign_data_wrapper": pgacl.ClassWrapper, "postgres.large_objects": pgacl.ClassLargeObjects, "postgres.extension": pgacl.ClassOther,
	"postgres.publication": pgacl.ClassOther, "postgres.event_trigger": pgacl.ClassOther, "postgres.subscription": pgacl.ClassOther,
}

func (e *estate) objectRow(c *cluster, i int, at uint32, typ string, db, oid pgacl.OID) {
	class, ok := classes[typ]
	if !ok {
		return
	}
	o := pgacl.Object{OID: oid, DB: db, Class: class, Ref: e.in.Ref(i), Name: e.in.Name(i), Schema: -1}
	n := len(c.acl.Objects)
	switch class {
	case pgacl.ClassDatabase:
		allow, known := e.in.Attrs(i).Bool("datallowconn")
		c.acl.Databases = append(c.acl.Databases, pgacl.Database{OID: oid, Ref: o.Ref, Name: o.Name, AllowConn: allow || !known})
	case pgacl.ClassParameter, pgacl.ClassTablespace:
		if class == pgacl.ClassParameter {
			o.Owner = pgacl.BootstrapSuperuser
		}
	case pgacl.ClassLargeObjects:
		o.DB = oid
	case pgacl.ClassTable:
		switch e.in.Type(i) {
		case "postgres.sequence":
			o.Class = pgacl.ClassSequence
		case "postgres.view":
			o.View = true
		}
	}
	a := e.in.Attrs(i).Map()
	o.RLS, _ = a["relrowsecurity"].(bool)
	o.ForceRLS, _ = a["relforcerowsecurity"].(bool)
	for _, p := range drover.Attrs(e.in.Attrs(i)).Strings("owner_revoked") {
		o.OwnerLacks |= pgacl.Parse(p)
	}
	switch class {
	case pgacl.ClassFunction:
		f := function{hash: e.in.Attrs(i).Str("document")}
		f.definer, _ = a["prosecdef"].(bool)
		f.trusted, _ = a["lanpltrusted"].(bool)
		f.lang, _ = a["lanname"].(string)
		f.config, f.hasConfig = searchPath(e.in.Attrs(i).Strings("proconfig"))
		c.functions[n] = f
	case pgacl.ClassLanguage:
		l := language{name: o.Name[strings.LastIndexByte(o.Name, '.')+1:]}
		l.trusted, _ = a["lanpltrusted"].(bool)
		c.languages[n] = l
	}
	c.acl.Objects = append(c.acl.Objects, o)
	c.rows = append(c.rows, at)
	if _, taken := e.object[at]; !taken {
		e.object[at] = place{c, n}
	}
}

// searchPath returns the search_path that a function sets for itself.
func searchPath(config []string) (string, bool) {
	for _, s := range config {
		if name, value, ok := strings.Cut(s, "="); ok && strings.EqualFold(name, "search_path") {
			return value, true
		}
	}
	return "", false
}
