package postgres

import (
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/access/pgacl"
	"github.com/droverhq/drover/graph/effective"
)

// A model answers for all clusters.
type model struct {
	*estate
	mu       sync.Mutex
	profiles map[string]uint32
	of       map[uint32]uint32 // row of a role -> profile
	first    []member          // by profile, one role that has it
}

func newModel(e *estate, out *effects) *effective.Model {
	m := &model{estate: e, profiles: map[string]uint32{}, of: map[uint32]uint32{}}
	edges := out.sorted()
	for _, c := range e.clusters {
		c.notRead(out)
	}
	return &effective.Model{
		Edges: slices.Values(edges), Profile: m.profile, Touch: m.touch,
		Question: e.question, Decide: e.decide, Grants: m.grants, Gaps: out.gaps,
	}
}

// notRead says what of a cluster is not known, so that no answer is taken for more
// than it is.
func (c *cluster) notRead(out *effects) {
	closed, lost := 0, 0
	for i := range c.acl.Objects {
		if o := &c.acl.Objects[i]; o.DB != 0 && c.acl.Database(o.DB) == nil {
			lost++
		}
	}
	if lost > 0 {
		out.gap(fmt.Sprintf("%d objects of databases of %s", lost, short(c.name)), "their databases were not read, so who may connect to them is not known", lost)
	}
	for i := range c.acl.Databases {
		if d := &c.acl.Databases[i]; !d.Read && d.AllowConn {
			closed++
		}
	}
	if closed > 0 {
		out.gap(fmt.Sprintf("%d databases of %s", closed, short(c.name)), "what lies in them was not read", closed)
	}
	if c.acl.Version == 0 {
		out.gap("the version of "+short(c.name), "its section was not read; memberships are taken as their options say, and where they have none as before 16", 1)
	}
	out.gap("catalogs and functions that initdb made in "+short(c.name), "read only where somebody granted them anew; otherwise they have the privileges that the documentation of the version gives", 0)
	out.gap("triggers, rules, types, domains and single large objects of "+short(c.name), "the connector does not read them; what a view or a function of an owner does inside is not followed", 0)
}

// profile numbers the sets of rights: two roles have one when nothing is granted to
// either of them itself, and attributes and memberships are the same.
func (m *model) profile(row uint32) (uint32, bool) {
	who, ok := m.role[row]
	if !ok {
		return 0, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if n, ok := m.of[row]; ok {
		return n, true
	}
	key := who.c.rightsKey(who.oid)
	n, ok := m.profiles[key]
	if !ok {
		n = uint32(len(m.first))
		m.first = append(m.first, who)
		m.profiles[key] = n
	}
	m.of[row] = n
	return n, true
}

// rightsKey spells what decides the rights of a role: its attributes, what it is a
// member of and how, and itself where it owns, is granted or is named anything.
func (c *cluster) rightsKey(role pgacl.OID) string {
	b := append([]byte(c.tenant), 0)
	r := c.acl.Role(role)
	if role == pgacl.Public || r == nil {
		return string(append(b, 'p'))
	}
	if r.Super {
		return string(append(b, 's'))
	}
	b = append(b, 'r')
	for _, f := range []bool{r.Login, r.BypassRLS, r.Inherit} {
		b = append(b, flag(f))
	}
	if role < pgacl.FirstNormal || c.holdsItself[role] || len(c.acl.Named(role)) > 0 || len(c.acl.Owned(role)) > 0 {
		b = binary.BigEndian.AppendUint32(b, uint32(role))
	}
	for _, m := range c.bonds[role] {
		b = append(binary.BigEndian.AppendUint32(b, uint32(m.role)), flag(m.set), flag(m.inherit), flag(m.admin))
	}
	return string(b)
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// touch yields what a profile may do in practice, object by object. A superuser
// touches all.
func (m *model) touch(profile uint32) iter.Seq[effective.Touch] {
	return func(yield func(effective.Touch) bool) {
		m.mu.Lock()
		if int(profile) >= len(m.first) {
			m.mu.Unlock()
			return
		}
		who := m.first[profile]
		m.mu.Unlock()
		for r := range who.c.acl.Rights(who.oid) {
			levels, filtered := who.c.acl.Levels(r)
			for i, l := range levels {
				t := effective.Touch{Row: who.c.rows[r.Object], Level: l, Grade: drover.GradeProven}
				if filtered[i] {
					t.Grade = drover.GradeInferred
				}
				if !yield(t) {
					return
				}
			}
		}
	}
}

func (m *model) grants(row uint32) []access.Grant {
	who, ok := m.role[row]
	if !ok {
		return nil
	}
	return who.c.acl.Grants(who.oid)
}
