package rows

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A rule is a compiled Row.
type rule struct {
	when                                []cond
	system, tenant, kind, typ, refType  *expr
	id, name, created, rotated, expires *expr
	aliases                             []*expr
	attrs                               []attrRule
	edges                               []edgeRule
	evidence                            []evidenceRule
	secrets                             []SecretRow
}

type attrRule struct {
	key string
	e   *expr
}

type edgeRule struct {
	when     []cond
	kind     drover.EdgeKind
	from, to *endRule
	part     *expr
	grade    drover.Grade
}

type endRule struct{ system, tenant, typ, id, name, alias *expr }

type evidenceRule struct {
	claim     string
	at, value *expr
	grade     drover.Grade
}

type cond struct {
	column string
	more   []string // of "present": further columns, one of which is enough
	op     string   // "=", "!=", "present", "absent"
	values []string
}

// A compiler gathers what is wrong with a mapping and which columns it reads.
type compiler struct {
	m       *Mapping
	where   string
	err     error
	columns map[string]string // column: where it is read
}

func (m *Mapping) compile() error {
	c := &compiler{m: m, columns: map[string]string{}}
	m.head(c)
	m.rules = nil
	for i := range m.Rows {
		c.where = fmt.Sprintf("rows[%d]", i)
		m.rules = append(m.rules, c.row(&m.Rows[i]))
	}
	for i, r := range m.Rows {
		for _, s := range r.Secrets {
			c.where = fmt.Sprintf("rows[%d].secrets", i)
			c.secret(s.Column)
		}
	}
	return c.err
}

// secret refuses a mapping that reads a secret column for anything else, under
// whichever spelling.
func (c *compiler) secret(column string) {
	mine := c.m.spellings(column)
	for _, other := range slices.Sorted(maps.Keys(c.columns)) {
		for _, s := range c.m.spellings(other) {
			if slices.Contains(mine, s) {
				c.bad("column %q holds a secret and must not be read by %s", column, c.columns[other])
			}
		}
	}
}

func (m *Mapping) head(c *compiler) {
	switch {
	case m.Schema != "drover/v1":
		c.bad(`mapping: want "drover/v1"`)
	case !wordRE.MatchString(m.Name):
		c.bad("name: want one lower-case word")
	case m.System == "":
		c.bad("system: is empty")
	case len(m.Rows) == 0:
		c.bad("rows: lists nothing")
	case m.Format != "" && !slices.Contains(Formats, m.Format):
		c.bad("format: %q is none of %v", cut(string(m.Format), 20), Formats)
	case m.Delimiter != "" && (len(m.Delimiter) != 1 || strings.ContainsAny(m.Delimiter, "\"\r\n\x00")):
		c.bad("delimiter: want one character")
	case !slices.Contains([]string{"", "utf-8", "latin1", "windows-1252", "utf-16"}, m.Encoding):
		c.bad("encoding: %q is none of utf-8, latin1, windows-1252, utf-16", cut(m.Encoding, 20))
	}
	m.lowerMaps()
}

// lowerMaps makes the keys of tables lower case, for that is how they are asked.
func (m *Mapping) lowerMaps() {
	tables := map[string]map[string]string{}
	for name, t := range m.Maps {
		tables[name] = map[string]string{}
		for k, v := range t {
			tables[name][strings.ToLower(strings.TrimSpace(k))] = v
		}
	}
	m.Maps = tables
}

func (c *compiler) bad(format string, args ...any) {
	if c.err == nil {
		text := fmt.Sprintf(format, args...)
		if c.where != "" {
			text = c.where + ": " + text
		}
		c.err = fmt.Errorf("%s: %w", text, drover.ErrInvalid)
	}
}

// expr compiles the expression of a field; "" gives nil.
func (c *compiler) expr(field, text string) *expr {
	if text == "" {
		return nil
	}
	e, err := parseExpr(text, c.m.Maps)
	if err != nil {
		if c.err == nil {
			c.err = fmt.Errorf("%s.%s: %w", c.where, field, err)
		}
		return nil
	}
	for _, col := range e.columns() {
		c.columns[col] = c.where + "." + field
	}
	return e
}

func (c *compiler) row(r *Row) rule {
	out := rule{
		when: c.conds(r.When), system: c.expr("system", r.System), tenant: c.expr("tenant", r.Tenant),
		kind: c.expr("kind", r.Kind), typ: c.expr("type", r.Type), refType: c.expr("ref_type", r.RefType),
		id: c.expr("id", r.ID), name: c.expr("name", r.Name),
		created: c.expr("created", r.Created), rotated: c.expr("rotated", r.Rotated), expires: c.expr("expires", r.Expires),
		secrets: r.Secrets,
	}
	if r.Kind == "" || r.Type == "" || r.ID == "" && r.Name == "" {
		c.bad("kind, type and one of id and name must be set")
	}
	if out.kind != nil && len(out.kind.columns()) == 0 && !slices.Contains(drover.Kinds, drover.Kind(r.Kind)) {
		c.bad("kind %q is none of %v", cut(r.Kind, 40), drover.Kinds)
	}
	for _, a := range r.Aliases {
		out.aliases = append(out.aliases, c.expr("aliases", a))
	}
	for _, k := range slices.Sorted(maps.Keys(r.Attrs)) {
		out.attrs = append(out.attrs, attrRule{k, c.expr("attrs."+k, r.Attrs[k])})
	}
	for _, e := range r.Edges {
		out.edges = append(out.edges, c.edge(e))
	}
	for _, e := range r.Evidence {
		if !wordRE.MatchString(e.Claim) || e.At == "" && e.Value == "" {
			c.bad("evidence: needs a claim of one word, and at or value")
		}
		out.evidence = append(out.evidence, evidenceRule{e.Claim, c.expr("evidence.at", e.At), c.expr("evidence.value", e.Value), c.grade(e.Grade)})
	}
	for _, s := range r.Secrets {
		if s.Column == "" || !wordRE.MatchString(s.Class) {
			c.bad("secrets: needs a column, and a class of one lower-case word")
		}
	}
	return out
}

func (c *compiler) edge(e EdgeRow) edgeRule {
	if !slices.Contains(drover.EdgeKinds, drover.EdgeKind(e.Kind)) {
		c.bad("edges: kind %q is none of %v", cut(e.Kind, 40), drover.EdgeKinds)
	}
	if e.From == nil && e.To == nil {
		c.bad("edges: one of from and to must be set; the other is the row itself")
	}
	return edgeRule{when: c.conds(e.When), kind: drover.EdgeKind(e.Kind), from: c.end("edges.from", e.From), to: c.end("edges.to", e.To),
		part: c.expr("edges.part", e.Part), grade: c.grade(e.Grade)}
}

func (c *compiler) end(field string, e *End) *endRule {
	if e == nil {
		return nil
	}
	n := 0
	for _, s := range []string{e.ID, e.Name, e.Alias} {
		if s != "" {
			n++
		}
	}
	if n != 1 || e.Alias == "" && e.Type == "" {
		c.bad("%s: want an alias, or a type with one of id and name", field)
	}
	return &endRule{c.expr(field, e.System), c.expr(field, e.Tenant), c.expr(field, e.Type), c.expr(field, e.ID), c.expr(field, e.Name), c.expr(field, e.Alias)}
}

func (c *compiler) grade(g string) drover.Grade {
	if err := drover.Grade(g).Valid(); err != nil {
		c.bad("%v", err)
	}
	return drover.Grade(g)
}

func (c *compiler) conds(list []string) []cond {
	var out []cond
	for _, text := range list {
		k := cond{}
		if col, v, ok := strings.Cut(text, "!="); ok {
			k = cond{column: strings.TrimSpace(col), op: "!=", values: splitValues(v)}
		} else if col, v, ok := strings.Cut(text, "="); ok {
			k = cond{column: strings.TrimSpace(col), op: "=", values: splitValues(v)}
		} else if col, ok := strings.CutSuffix(text, " present"); ok {
			first, rest, _ := strings.Cut(col, ",")
			k = cond{column: strings.TrimSpace(first), op: "present"}
			for more := range strings.SplitSeq(rest, ",") {
				if more = strings.TrimSpace(more); more != "" {
					k.more = append(k.more, more)
				}
			}
		} else if col, ok := strings.CutSuffix(text, " absent"); ok {
			k = cond{column: strings.TrimSpace(col), op: "absent"}
		}
		if k.column == "" {
			c.bad(`when %q: want "column = a, b", "column != a", "column present", "one, other present" or "column absent"`, cut(text, 80))
		}
		for _, col := range append([]string{k.column}, k.more...) {
			c.columns[col] = c.where + ".when"
		}
		out = append(out, k)
	}
	return out
}

func splitValues(s string) []string {
	var out []string
	for v := range strings.SplitSeq(s, ",") {
		out = append(out, strings.ToLower(strings.TrimSpace(v)))
	}
	return out
}

// holds reports whether every condition is true of the row. A column without a
// value equals nothing and differs from everything.
func holds(conds []cond, get func(string) []string) bool {
	for _, c := range conds {
		have := slices.ContainsFunc(append([]string{c.column}, c.more...), func(col string) bool {
			return slices.ContainsFunc(get(col), func(s string) bool { return s != "" })
		})
		equal := slices.ContainsFunc(get(c.column), func(s string) bool { return slices.Contains(c.values, strings.ToLower(strings.TrimSpace(s))) })
		ok := map[string]bool{"=": equal, "!=": !equal, "present": have, "absent": !have}[c.op]
		if !ok {
			return false
		}
	}
	return true
}
