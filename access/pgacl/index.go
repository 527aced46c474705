package pgacl

import (
	"iter"
	"slices"

	"github.com/droverhq/drover/access"
)

type objectKey struct {
	class Class
	oid   OID
	db    OID
}

func (k *Cluster) indexed() {
	k.once.Do(func() {
		k.index = make(map[objectKey]int32, len(k.Objects))
		k.named, k.owned = map[OID][]int32{}, map[OID][]int32{}
		for i := range k.Objects {
			o, at := &k.Objects[i], int32(i)
			k.index[objectKey{o.Class, o.OID, o.DB}] = at
			k.owned[o.Owner] = append(k.owned[o.Owner], at)
			seen := map[OID]bool{}
			name := func(g OID) {
				if !seen[g] {
					seen[g] = true
					k.named[g] = append(k.named[g], at)
				}
			}
			for j := range o.Items {
				name(o.Items[j].Grantee)
			}
			for j := range o.Columns {
				name(o.Columns[j].Grantee)
			}
		}
	})
}

// object finds an object by its class and numbers; nil where there is none.
func (k *Cluster) object(c Class, oid, db OID) *Object {
	if i, ok := k.Find(c, oid, db); ok {
		return &k.Objects[i]
	}
	return nil
}

// Find returns the index of an object in Objects. Objects of the whole cluster
// have database 0.
func (k *Cluster) Find(c Class, oid, db OID) (int, bool) {
	k.indexed()
	i, ok := k.index[objectKey{c, oid, db}]
	return int(i), ok
}

// Named returns the indexes of the objects whose lists name a grantee, and Owned
// of those that a role owns, ascending.
func (k *Cluster) Named(grantee OID) []int32 { k.indexed(); return k.named[grantee] }

// Owned is as Named says.
func (k *Cluster) Owned(role OID) []int32 { k.indexed(); return k.owned[role] }

// candidates yields the indexes of the objects on which role may hold anything,
// in order, each once.
func (k *Cluster) candidates(role OID) iter.Seq[int] {
	k.indexed()
	return func(yield func(int) bool) {
		if k.Super(role) || k.widely(role) {
			for i := range k.Objects {
				if !yield(i) {
					return
				}
			}
			return
		}
		var all []int32
		add := func(r OID) { all = append(append(all, k.named[r]...), k.owned[r]...) }
		add(Public)
		if role != Public {
			for _, r := range k.reach(role, byInheritance).roles {
				add(r)
			}
			for i := range k.Databases {
				if k.ownsDatabase(k.reach(role, byInheritance), k.Databases[i].OID, byInheritance) {
					add(DatabaseOwner)
					break
				}
			}
		}
		slices.Sort(all)
		for _, i := range slices.Compact(all) {
			if !yield(int(i)) {
				return
			}
		}
	}
}

// widely reports whether a predefined role gives role something on every object.
func (k *Cluster) widely(role OID) bool {
	return role != Public && slices.ContainsFunc(meanings, func(m meaning) bool {
		return (k.Version == 0 || k.Version >= m.since) && k.Inherits(role, m.role, 0)
	})
}

// A Right is what a role may do to one object in practice.
type Right struct {
	Object   int
	Held     Privileges // on it, or on some of its columns
	Filtered Privileges // those of Held that row security filters
	Owns     bool
}

// Rights yields everything that role may do in practice: what it holds on objects
// that it comes as far as. Objects on which it may do nothing are passed over.
func (k *Cluster) Rights(role OID) iter.Seq[Right] {
	return func(yield func(Right) bool) {
		for i := range k.candidates(role) {
			if r := k.right(role, i); (r.Held != 0 || r.Owns) && !yield(r) {
				return
			}
		}
	}
}

func (k *Cluster) right(role OID, i int) Right {
	o := &k.Objects[i]
	r := Right{Object: i, Owns: k.Owns(role, o).Held()}
	for p := range Of(o.Class, k.Version).Each {
		if k.Holds(role, o, p, false).Held() || len(o.Columns) > 0 && len(k.ColumnsHeld(role, o, p)) > 0 {
			r.Held |= p
		}
	}
	if r.Held == 0 && !r.Owns {
		return r
	}
	if !k.Reaches(role, o) {
		return Right{}
	}
	for p := range r.Held.Each {
		switch f := k.RowSecurity(role, o, p); {
		case f.None():
			r.Held &^= p
		case f.On:
			r.Filtered |= p
		}
	}
	return r
}

// Levels lists the levels that a right stands for, and which of them only row
// security's filter leaves.
func (k *Cluster) Levels(r Right) (levels []access.Level, filtered []bool) {
	o := &k.Objects[r.Object]
	var sure, maybe [16]bool
	for p := range r.Held.Each {
		if n := Level(o.Class, p).Rank(); r.Filtered&p != 0 {
			maybe[n] = true
		} else {
			sure[n] = true
		}
	}
	if r.Owns {
		sure[access.LevelPermissions.Rank()], sure[access.LevelDelete.Rank()] = true, true
	}
	for n, l := range access.Levels {
		if sure[n] || maybe[n] {
			levels, filtered = append(levels, l), append(filtered, !sure[n])
		}
	}
	return levels, filtered
}
