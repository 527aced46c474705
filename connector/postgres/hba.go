package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

type hbaRow struct {
	Row
	File, Line            string
	Type                  string
	Databases, Users      []string
	Address, Mask, Method string
	Options               []string
	Error                 string
}

func hbaQuery(version int64) string {
	file := "''"
	if version >= 160000 {
		file = "coalesce(h.file_name, '')"
	}
	return `select k, file, line, type, db, usr, addr, mask, method, opt, err from (select row_number() over () as k, ` + file + ` as file, h.line_number::text as line, coalesce(h.type, '') as type,
 coalesce(h.database, '{}') as db, coalesce(h.user_name, '{}') as usr, coalesce(h.address, '') as addr, coalesce(h.netmask, '') as mask, coalesce(h.auth_method, '') as method,
 coalesce(h.options, '{}') as opt, coalesce(h.error, '') as err from pg_hba_file_rules h) x where k > $1::int8 order by k limit $2`
}

// hba emits the rules of pg_hba.conf as policies attached to the roles that they
// name: which method lets whom in, to which database, from where. Rules apply in
// order, first match wins; the order is in Attrs.
//
// PostgreSQL documentation, 21.1 The pg_hba.conf File, 54.10 pg_hba_file_rules.
func (r *reader) hba(ctx context.Context, out *connector.Out) error {
	if !r.fact.HBA {
		return r.denied(monitor, "who may log in from where and by which method", fileGrants("pg_hba_file_rules")...)
	}
	var rules []hbaRow
	if err := pages(ctx, r.client, "", "hba", hbaQuery(r.fact.Version), func(row hbaRow) { rules = append(rules, row) }); err != nil {
		return err
	}
	var names []string
	for _, h := range rules {
		names = append(names, h.Users...)
	}
	oids, err := r.roleOIDs(ctx, names)
	if err != nil {
		return err
	}
	same, certs := map[string]int{}, map[drover.Ref]bool{}
	for _, h := range rules {
		if h.Error != "" {
			// A line that the server cannot read is in force nowhere; it is not ours to guess.
			out.Note(h.where(), "the server cannot parse this line, and refuses the whole file at the next reload")
			continue
		}
		names, values, secrets := splitOptions(h.Options)
		ref := r.hbaRule(out, h, names, values, same)
		for _, u := range h.Users {
			to, part := r.hbaUser(u, oids)
			out.Edge(drover.Edge{From: ref, To: to, Kind: drover.EdgeAttached, Part: part, Proof: h.where()})
			if (h.Method == "cert" || values["clientcert"] == "verify-full") && !certs[to] {
				certs[to] = true
				r.clientCert(out, to, part, u, values, h.where())
			}
		}
		for _, s := range secrets {
			r.secret(out, "postgres.hba_option", s.name, s.value, ref)
		}
	}
	return nil
}

func (h hbaRow) where() string { return text(h.File) + ":" + h.Line }

// hbaRule emits the node of one rule.
func (r *reader) hbaRule(out *connector.Out, h hbaRow, names []string, values map[string]string, same map[string]int) drover.Ref {
	key := strings.Join([]string{h.Type, strings.Join(h.Databases, "\x00"), strings.Join(h.Users, "\x00"), h.Address, h.Mask, h.Method, strings.Join(names, "\x00")}, "\x01")
	same[key]++
	ref := drover.NewRef("postgres", r.tenant, "postgres.hba_rule", contentID(key, same[key]))
	attrs := map[string]any{"type": text(h.Type), "database": texts(h.Databases), "user_name": texts(h.Users), "auth_method": text(h.Method), "order": h.Key, "line": h.where()}
	if h.Address != "" {
		attrs["address"] = text(h.Address)
	}
	if h.Mask != "" {
		attrs["netmask"] = text(h.Mask)
	}
	if len(names) > 0 {
		attrs["options"], attrs["option_names"] = values, names
	}
	name := strings.Join([]string{h.Type, strings.Join(h.Databases, ","), strings.Join(h.Users, ","), h.Address, h.Method}, " ")
	out.Node(drover.Node{Ref: ref, Kind: drover.KindPolicy, Type: "postgres.hba_rule", Name: text(name), Attrs: drover.NewAttrs(attrs)})
	out.Edge(drover.Edge{From: r.self(), To: ref, Kind: drover.EdgeGuardedBy})
	return ref
}

// hbaUser is whom a name in a rule means: everybody, the members of a role, a
// pattern, or one role.
func (r *reader) hbaUser(u string, oids map[string]int64) (to drover.Ref, part string) {
	name, members := strings.CutPrefix(u, "+")
	switch oid, known := oids[name]; {
	case u == "all":
		return r.role(0), "all"
	case strings.HasPrefix(u, "/"):
		return drover.UnseenRef(r.roleAlias(u)), "pattern"
	case members && known:
		return r.role(oid), "members"
	case known:
		return r.role(oid), ""
	}
	return drover.UnseenRef(r.roleAlias(name)), "not a role"
}

// clientCert records that a role is let in by a certificate whose common name is
// the role's, or is mapped to it. The certificates themselves are with the clients.
func (r *reader) clientCert(out *connector.Out, to drover.Ref, part, user string, options map[string]string, where string) {
	alias := "x509-cn:" + text(user)
	if options["map"] != "" || part != "" {
		alias = "x509-cn:*"
	}
	cond := map[string]string{}
	for _, name := range []string{"map", "clientname"} {
		if options[name] != "" {
			cond[name] = options[name]
		}
	}
	out.Edge(drover.Edge{From: to, To: drover.UnseenRef(alias), Kind: drover.EdgeTrusts, Part: part, Grade: drover.GradeInferred, Proof: where, Cond: drover.NewAttrs(cond)})
}

// contentID is the id of a line that has none of its own: a hash of what it
// says, and its number among equal ones. Lines move; what they say is what counts.
func contentID(key string, n int) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:12]) + "." + num(int64(n))
}

type nameRow struct {
	Row
	Name string
}

// roleOIDs resolves names of roles. It asks for all of them only when there are
// some to resolve.
func (r *reader) roleOIDs(ctx context.Context, names []string) (map[string]int64, error) {
	want := map[string]bool{}
	for _, n := range names {
		want[strings.TrimPrefix(n, "+")] = true
	}
	delete(want, "all")
	oids := map[string]int64{}
	if len(want) == 0 {
		return oids, nil
	}
	err := pages(ctx, r.client, "", "role names", `select oid::int8, rolname::text from pg_roles where true`+byOID("oid"), func(row nameRow) {
		if want[row.Name] {
			oids[row.Name] = row.oid()
		}
	})
	return oids, err
}

type identMapRow struct {
	Row
	File, Line      string
	Map, System, PG string
	Error           string
}

// ident emits the user name maps of pg_ident.conf: who of another system is let
// in as which role. From 15 on; 54.11 pg_ident_file_mappings.
func (r *reader) ident(ctx context.Context, out *connector.Out) error {
	if r.fact.Version < 150000 {
		return connector.Skip("no catalog shows the user name maps of pg_ident.conf before version 15")
	}
	ok, err := r.may(ctx, "ident", "pg_ident_file_mappings")
	if err != nil {
		return err
	}
	if !ok {
		return r.denied(monitor, "which names of other systems are mapped to roles", fileGrants("pg_ident_file_mappings")...)
	}
	file := "''"
	if r.fact.Version >= 160000 {
		file = "coalesce(m.file_name, '')"
	}
	var rows []identMapRow
	if err := pages(ctx, r.client, "", "ident", `select k, file, line, map, sys, pg, err from (select row_number() over () as k, `+file+` as file, m.line_number::text as line, coalesce(m.map_name, '') as map,
 coalesce(m.sys_name, '') as sys, coalesce(m.pg_username, '') as pg, coalesce(m.error, '') as err from pg_ident_file_mappings m) x where k > $1::int8 order by k limit $2`,
		func(row identMapRow) { rows = append(rows, row) }); err != nil {
		return err
	}
	var names []string
	for _, m := range rows {
		names = append(names, m.PG)
	}
	oids, err := r.roleOIDs(ctx, names)
	if err != nil {
		return err
	}
	same := map[string]int{}
	for _, m := range rows {
		where := text(m.File) + ":" + m.Line
		if m.Error != "" {
			out.Note(where, "the server cannot parse this line")
			continue
		}
		key := strings.Join([]string{m.Map, m.System, m.PG}, "\x01")
		same[key]++
		ref := drover.NewRef("postgres", r.tenant, "postgres.ident_mapping", contentID(key, same[key]))
		out.Node(drover.Node{Ref: ref, Kind: drover.KindPolicy, Type: "postgres.ident_mapping", Name: text(m.Map + ": " + m.System + " as " + m.PG),
			Attrs: drover.NewAttrs(map[string]any{"map_name": text(m.Map), "sys_name": text(m.System), "pg_username": text(m.PG), "line": where})})
		to, part := r.hbaUser(m.PG, oids)
		out.Edge(drover.Edge{From: ref, To: to, Kind: drover.EdgeAttached, Part: part, Proof: where})
		out.Edge(drover.Edge{From: to, To: drover.UnseenRef("pg-system-user:" + text(m.System)), Kind: drover.EdgeTrusts, Part: text(m.Map), Grade: drover.GradeInferred, Proof: where})
	}
	return nil
}

// may asks whether a relation, and the function of the same name under it, may
// be read.
func (r *reader) may(ctx context.Context, name, relation string) (ok bool, err error) {
	err = pages(ctx, r.client, "", name, `select 1::int8, has_table_privilege('`+relation+`', 'select') and has_function_privilege('`+relation+`()', 'execute') where $1::int8 < 1 and $2::int8 > 0`,
		func(row boolRow) { ok = row.OK })
	return ok, err
}

type boolRow struct {
	Row
	OK bool
}
