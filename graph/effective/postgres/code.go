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

// maxPairs bounds how many pairs of roles one technique is tried on in a cluster.
const maxPairs = 2_000_000

// definerEffects: a SECURITY DEFINER function runs as its owner. Whoever may call
// one whose search_path it can bend, or whose language is untrusted, may make the
// owner run what it likes; whether the body lets it is left as the condition.
// CREATE FUNCTION, Writing SECURITY DEFINER Functions Safely.
func (c *cluster) definerEffects(out *effects) {
	tried := 0
	for i := range c.acl.Objects {
		f, ok := c.functions[i]
		o := &c.acl.Objects[i]
		if !ok || !f.definer || c.row(o.Owner) == noRow {
			continue
		}
		if o.Class == pgacl.ClassFunction && c.dblinkU(o) {
			continue
		}
		for _, it := range o.Items {
			if it.Held&pgacl.Execute == 0 {
				continue
			}
			for _, r := range c.callers(it.Grantee, o) {
				if tried++; tried > maxPairs {
					out.gap("SECURITY DEFINER functions of "+short(c.name), "too many pairs of function and caller; the rest were not tried", 0)
					return
				}
				c.definer(out, r, o, &f, it.Grantee)
			}
		}
	}
}

// callers are those from whom a call by a grantee starts. Where PUBLIC itself does
// not come as far as the function, each role that does is one.
func (c *cluster) callers(grantee pgacl.OID, o *pgacl.Object) []pgacl.OID {
	out := c.starts(grantee, o.DB)
	if len(out) == 1 && out[0] == pgacl.Public && !c.acl.Reaches(pgacl.Public, o) {
		out = nil
		for i := range c.acl.Roles {
			if r := &c.acl.Roles[i]; !r.Super {
				out = append(out, r.OID)
			}
		}
	}
	return out
}

func (c *cluster) definer(out *effects, caller pgacl.OID, o *pgacl.Object, f *function, grantee pgacl.OID) {
	if caller == o.Owner || c.acl.Super(caller) || c.acl.SetRole(caller, o.Owner, o.DB) || !c.acl.Reaches(caller, o) {
		return
	}
	why := c.bendable(caller, o, f)
	if why == "" {
		return
	}
	out.add(effective.Edge{From: c.row(caller), To: c.row(o.Owner), Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_SECURITY_DEFINER", Grade: drover.GradeInferred,
		Cond: drover.NewAttrs(map[string]any{"function": o.Name, "body": why}),
		Proof: []access.Proof{{Ref: o.Ref, Statement: "EXECUTE", Effect: "allow", Text: fmt.Sprintf("EXECUTE on %s is granted to %s", short(o.Name), c.roleName(grantee))},
			{Ref: o.Ref, Statement: "prosecdef", Effect: "allow", Text: fmt.Sprintf("it is SECURITY DEFINER: it runs as %s, whoever calls it", c.roleName(o.Owner))}}})
}

// bendable says what the body of a function must do for a caller to make it run
// other code, "" where nothing the caller holds bends it.
func (c *cluster) bendable(caller pgacl.OID, o *pgacl.Object, f *function) string {
	if f.lang == "c" || f.lang == "internal" {
		return ""
	}
	if !f.trusted || untrustedLanguage(f.lang) {
		return "it is in an untrusted language, and passes an argument to the operating system"
	}
	may := bends{true, true}
	if doc, ok := c.document(f.hash); ok {
		if boundEarly(doc) {
			return ""
		}
		may = bendsOf(f.lang, doc)
	}
	temp := c.temporary(caller, o.DB) && may.relation
	if !f.hasConfig {
		if temp || may.name && c.plants(caller, o.Owner, o.DB) {
			return "search_path is the caller's, and the body names a table, function or operator without its schema"
		}
		return ""
	}
	path := splitPath(f.config)
	for _, name := range path {
		if name == "pg_temp" {
			temp = temp && name != path[len(path)-1]
			continue
		}
		if may.name && c.createsIn(caller, o.Owner, o.DB, name) {
			return "the caller may create in schema " + short(name) + " of its search_path, and the body names something without its schema"
		}
	}
	if temp {
		return "pg_temp is not last in its search_path, and the body names a table without its schema"
	}
	return ""
}

// boundEarly reports whether a body was parsed when the function was made, so
// that no search_path bends it: BEGIN ATOMIC and RETURN; CREATE FUNCTION.
func boundEarly(body string) bool {
	return strings.HasPrefix(body, "BEGIN ATOMIC") || strings.HasPrefix(body, "RETURN ")
}

func (c *cluster) temporary(role, db pgacl.OID) bool {
	at, ok := c.acl.Find(pgacl.ClassDatabase, db, 0)
	return ok && c.acl.Holds(role, &c.acl.Objects[at], pgacl.Temporary, false).Held()
}

// splitPath reads a search_path: names, quoted where they must be.
func splitPath(s string) []string {
	var out []string
	for s != "" {
		s = strings.TrimLeft(s, " \t\n,")
		if strings.HasPrefix(s, `"`) {
			var b strings.Builder
			i := 1
			for ; i < len(s); i++ {
				if s[i] == '"' {
					if i+1 >= len(s) || s[i+1] != '"' {
						break
					}
					i++
				}
				b.WriteByte(s[i])
			}
			if b.Len() > 0 {
				out = append(out, b.String())
			}
			s = s[min(i+1, len(s)):]
			continue
		}
		name, rest, _ := strings.Cut(s, ",")
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			out = append(out, name)
		}
		s = rest
	}
	return out
}

// createsIn reports whether caller may create in a schema by its name, where
// owner then finds it. "$user" is the schema of the owner's name: in a SECURITY
// DEFINER function the current user is the owner.
func (c *cluster) createsIn(caller, owner, db pgacl.OID, schema string) bool {
	d, r := c.acl.Database(db), c.acl.Role(owner)
	if d == nil {
		return false
	}
	if schema == "$user" && r != nil {
		schema = r.Name
	}
	for _, p := range c.names[d.Name+"."+schema] {
		if p.c == c && c.acl.Objects[p.at].Class == pgacl.ClassSchema && c.plantsIn(caller, owner, p.at) {
			return true
		}
	}
	return false
}

// plantsIn reports whether what caller makes in a schema is found by owner, who
// needs USAGE on it, or to be given that.
func (c *cluster) plantsIn(caller, owner pgacl.OID, schema int) bool {
	o := &c.acl.Objects[schema]
	return c.acl.Holds(caller, o, pgacl.Create, false).Held() &&
		(c.acl.Holds(owner, o, pgacl.Usage, false).Held() || c.acl.Holds(caller, o, pgacl.Usage, true).Held())
}

// plants reports whether there is any schema where caller can make what owner
// finds: one that is there, or a new one.
func (c *cluster) plants(caller, owner, db pgacl.OID) bool {
	if at, ok := c.acl.Find(pgacl.ClassDatabase, db, 0); ok && c.acl.Holds(caller, &c.acl.Objects[at], pgacl.Create, false).Held() {
		return true
	}
	return slices.ContainsFunc(c.schemas[db], func(i int) bool { return c.plantsIn(caller, owner, i) })
}

// dblinkU reports whether an object is dblink_connect_u, which is not
// SECURITY DEFINER in effect but connects without asking for a password.
func (c *cluster) dblinkU(o *pgacl.Object) bool {
	return strings.Contains(o.Name, ".dblink_connect_u(")
}

// eventTriggerEffects: the function of an event trigger runs in the session of
// whoever gives a command, or logs in, superusers too; who owns the function
// decides what it does. 39 Event Triggers.
func (c *cluster) eventTriggerEffects(out *effects) {
	for _, t := range c.triggers {
		p, ok := c.object[t.function]
		if t.disabled || !ok || p.c != c {
			continue
		}
		o := &c.acl.Objects[p.at]
		if c.acl.Super(o.Owner) || c.row(o.Owner) == noRow || !c.acl.Reaches(o.Owner, o) {
			continue
		}
		for _, r := range c.becomers(o.Owner) {
			out.add(effective.Edge{From: c.row(r), To: c.self, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_EVENT_TRIGGER", Grade: drover.GradeInferred,
				Cond: drover.NewAttrs(map[string]any{"event_trigger": t.name, "superuser": "gives a command that fires it"}),
				Proof: []access.Proof{{Ref: o.Ref, Statement: "OWNER", Effect: "allow", Text: fmt.Sprintf("%s owns %s and can replace its body", c.roleName(o.Owner), short(o.Name))},
					{Ref: c.refOf(t.row), Effect: "allow", Text: fmt.Sprintf("event trigger %s runs it in the session of whoever fires it", short(t.name))}}})
		}
	}
	for i := range c.acl.Objects {
		if o := &c.acl.Objects[i]; o.Class == pgacl.ClassFunction && c.dblinkU(o) {
			c.dblinkEffects(out, o)
		}
	}
}

// dblinkEffects: dblink_connect_u lets its caller connect back to the server as
// the server's account, where pg_hba.conf trusts local connections: as a
// superuser. F.11 dblink_connect_u.
func (c *cluster) dblinkEffects(out *effects, o *pgacl.Object) {
	for _, it := range o.Items {
		if it.Held&pgacl.Execute == 0 || c.acl.Super(it.Grantee) {
			continue
		}
		for _, r := range c.starts(it.Grantee, o.DB) {
			if c.hbaRead && !c.hbaTrustsLocal() {
				continue
			}
			out.add(effective.Edge{From: c.row(r), To: c.self, Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_DBLINK", Grade: drover.GradeInferred,
				Cond:  drover.NewAttrs(map[string]any{"pg_hba.conf": "a local connection as a superuser needs no password: trust or peer"}),
				Proof: []access.Proof{{Ref: o.Ref, Statement: "EXECUTE", Effect: "allow", Text: fmt.Sprintf("EXECUTE on %s is granted to %s", short(o.Name), c.roleName(it.Grantee))}}})
		}
	}
}

// hbaTrustsLocal reports whether a rule may let the server's account in without a
// password.
func (c *cluster) hbaTrustsLocal() bool {
	return slices.ContainsFunc(c.hba, func(h hbaRule) bool {
		return h.method == "trust" || h.kind == "local" && (h.method == "peer" || h.method == "ident")
	})
}

// A pair is an attacker and a victim.
type pair struct{ attacker, victim pgacl.OID }

// triggerEffects: who may put a trigger on a table makes code of its own run in
// the session of whoever writes to the table, as that role. CREATE TRIGGER. The
// victims are those that were granted to write, and the owner. All tables of two
// roles make one effect.
func (c *cluster) triggerEffects(out *effects) {
	tables, order, tried := map[pair][]int{}, []pair(nil), 0
	for i := range c.acl.Objects {
		o := &c.acl.Objects[i]
		if o.Class != pgacl.ClassTable || o.OID < pgacl.FirstNormal {
			continue
		}
		attackers, victims := c.triggerRoles(o)
		if tried += len(attackers) * len(victims); tried > maxPairs {
			out.gap("triggers on tables of "+short(c.name), "too many pairs of who may make one and who writes; the rest were not tried", 0)
			break
		}
		for _, a := range attackers {
			if !c.acl.Reaches(a, o) || !c.mayCreate(a, o.DB) {
				continue
			}
			for _, v := range victims {
				if a == v || c.row(v) == noRow || c.acl.SetRole(a, v, o.DB) || !c.acl.Reaches(v, o) {
					continue
				}
				p := pair{a, v}
				if tables[p] == nil {
					order = append(order, p)
				}
				tables[p] = append(tables[p], i)
			}
		}
	}
	for _, p := range order {
		c.trigger(out, p, tables[p])
	}
}

func (c *cluster) triggerRoles(o *pgacl.Object) (attackers, victims []pgacl.OID) {
	const writes = pgacl.Insert | pgacl.Update | pgacl.Delete | pgacl.Truncate
	if o.Owner != pgacl.Public && !c.acl.Super(o.Owner) {
		attackers = append(attackers, c.starts(o.Owner, o.DB)...)
	}
	for _, it := range o.Items {
		if it.Held&pgacl.Trigger != 0 && !c.acl.Super(it.Grantee) && it.Grantee != o.Owner {
			attackers = append(attackers, c.starts(it.Grantee, o.DB)...)
		}
		if it.Held&writes != 0 && it.Grantee != pgacl.Public {
			victims = append(victims, it.Grantee)
		}
	}
	if o.Owner != pgacl.Public && !slices.Contains(victims, o.Owner) {
		victims = append(victims, o.Owner)
	}
	return attackers, victims
}

func (c *cluster) trigger(out *effects, p pair, tables []int) {
	const shown = 5
	var names []string
	var proof []access.Proof
	for _, i := range tables[:min(len(tables), shown)] {
		o := &c.acl.Objects[i]
		may := access.Proof{Ref: o.Ref, Statement: "TRIGGER", Effect: "allow", Text: fmt.Sprintf("%s may put a trigger on %s", c.roleName(p.attacker), short(o.Name))}
		if c.acl.Owns(p.attacker, o).Held() {
			may.Statement = "OWNER"
		}
		names = append(names, o.Name)
		proof = append(proof, may, access.Proof{Ref: o.Ref, Statement: "INSERT, UPDATE, DELETE", Effect: "allow", Text: fmt.Sprintf("%s may write to it, and runs the trigger then", c.roleName(p.victim))})
	}
	cond := map[string]any{"tables": names, "writes": c.roleName(p.victim)}
	if more := len(tables) - len(names); more > 0 {
		cond["more_tables"] = more
	}
	out.add(effective.Edge{From: c.row(p.attacker), To: c.row(p.victim), Kind: drover.EdgeEscalates, Move: true, Level: access.LevelEscalate, Technique: "PG_TRIGGER", Grade: drover.GradeInferred,
		Cond: drover.NewAttrs(cond), Proof: proof})
}
