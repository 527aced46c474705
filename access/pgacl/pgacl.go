// Package pgacl evaluates PostgreSQL privileges: who holds what by ownership,
// grant, membership, predefined role and role attribute, and whether it is
// usable in practice. It answers as the server does, version by version, and
// says which grant and which chain of memberships decide.
//
// Three questions are kept apart, as PostgreSQL keeps them:
//
//   - Holds: the privilege is held, what has_table_privilege and its like answer.
//   - Inherits, Member, SetRole, Admin: what one role is to another, what
//     pg_has_role answers.
//   - Decide: a statement would pass: the privilege, and CONNECT on the database,
//     and USAGE on the schema, and what row security leaves of it.
//
// The rules are those of the PostgreSQL documentation, 5.8 Privileges, 5.9 Row
// Security Policies, 22 Database Roles, and of the server's aclchk.c and acl.c.
package pgacl

import "github.com/droverhq/drover"

// An OID numbers a role, a database or another object of a cluster. As a
// grantee, 0 is PUBLIC.
type OID uint32

// Public is the grantee of what everybody has.
const Public OID = 0

// A Catalog is what was read of one cluster. The zero Version is unknown: then
// memberships have the meaning that their options give them, see Membership.
type Catalog struct {
	Version     int // server_version_num: 150004
	Roles       []Role
	Memberships []Membership
	Databases   []Database
	Objects     []Object
	Defaults    []Default
}

// A Role with its attributes; 54.20 pg_roles.
type Role struct {
	OID  OID
	Ref  drover.Ref
	Name string

	Super, Inherit, CreateRole, CreateDB, Login, Replication, BypassRLS bool
}

// A Membership is one row of pg_auth_members. Before version 16 there are no
// options INHERIT and SET: Options is false, any membership lets its member SET
// ROLE, and the member's own attribute INHERIT says whether it inherits.
type Membership struct {
	Role, Member, Grantor OID
	Admin                 bool
	Options, Inherit, Set bool
}

// A Database. What lies in it names it by its OID.
type Database struct {
	OID       OID
	Ref       drover.Ref
	Name      string
	Owner     OID
	AllowConn bool
	Read      bool // what lies in it was read; otherwise answers about it are Unknown
}

// Class says what an object is, and so which privileges there are on it.
type Class uint8

// The classes of objects. Those from Schema to Function lie in a database.
const (
	ClassNone Class = iota
	ClassDatabase
	ClassTablespace
	ClassParameter
	ClassSchema
	ClassTable // and views, materialized views, foreign tables
	ClassSequence
	ClassFunction
	ClassLanguage
	ClassServer
	ClassWrapper
	ClassLargeObjects // all of one database: what is held is held on some of them
	ClassOther        // has an owner and no privileges: extension, publication, event trigger
)

// An Object is what privileges are held on.
type Object struct {
	OID   OID
	DB    OID // the database that it lies in; 0: it is of the whole cluster
	Class Class
	Ref   drover.Ref
	Name  string // as a reader knows it, with the database in front: "orders.public.invoice"

	Schema  int // index in Catalog.Objects of the schema that it lies in; -1: none, or it was not read
	Owner   OID // 10, the bootstrap superuser, owns what initdb made
	Items   []Item
	Columns []ColumnItem

	// OwnerLacks are the privileges that the owner took from itself. Owning gives
	// all others, and the right to grant any of them, itself included.
	OwnerLacks Privileges

	View     bool // a view: row security is that of the tables below it
	RLS      bool // row security is on
	ForceRLS bool // and binds the owner
	Policies []Policy
}

// An Item is what one grantee was given, by whomever.
type Item struct {
	Grantee OID
	Held    Privileges
	Option  Privileges // those of Held that it may grant on
}

// A ColumnItem is what one grantee was given on one column.
type ColumnItem struct {
	Column string
	Item
}

// A Policy is one row security policy.
type Policy struct {
	Ref        drover.Ref
	Name       string
	Command    byte // of pg_policy.polcmd: r, a, w, d, *
	Permissive bool
	Roles      []OID // 0: everybody
}

// A Default is what will be granted on objects that a role makes from now on. It
// is no access yet; 53.17 pg_default_acl.
type Default struct {
	Ref    drover.Ref
	DB     OID
	Maker  OID
	Schema string // with the database in front; "": in every schema
	Type   byte   // of pg_default_acl.defaclobjtype: r, S, f, T, n
	Items  []Item
}
