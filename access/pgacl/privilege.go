package pgacl

import (
	"math/bits"
	"strings"

	"github.com/droverhq/drover/access"
)

// Privileges is a set of the privileges that an access control list knows.
type Privileges uint16

// The privileges, in the order of the letters of an access control list in the
// server's source.
const (
	Insert Privileges = 1 << iota
	Select
	Update
	Delete
	Truncate
	References
	Trigger
	Execute
	Usage
	Create
	Temporary
	Connect
	Set
	AlterSystem
	Maintain
)

var privilegeNames = []string{"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "EXECUTE", "USAGE", "CREATE",
	"TEMPORARY", "CONNECT", "SET", "ALTER SYSTEM", "MAINTAIN"}

// Parse reads one privilege as GRANT spells it, in any case. 0: there is none of
// that name.
func Parse(name string) Privileges {
	name = strings.ToUpper(strings.Join(strings.Fields(name), " "))
	if name == "TEMP" {
		return Temporary
	}
	for i, n := range privilegeNames {
		if n == name {
			return 1 << i
		}
	}
	return 0
}

// Names spells the privileges of a set.
func (p Privileges) Names() []string {
	out := make([]string, 0, bits.OnesCount16(uint16(p)))
	for i, n := range privilegeNames {
		if p&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return out
}

func (p Privileges) String() string { return strings.Join(p.Names(), ", ") }

// Each yields the single privileges of a set.
func (p Privileges) Each(yield func(Privileges) bool) {
	for rest := p; rest != 0; rest &= rest - 1 {
		if !yield(rest & -rest) {
			return
		}
	}
}

// Of returns the privileges that there are on a class of objects in a version;
// 0 as version means the newest. PostgreSQL documentation, table 5.2.
func Of(c Class, version int) Privileges {
	switch c {
	case ClassDatabase:
		return Create | Temporary | Connect
	case ClassTablespace:
		return Create
	case ClassParameter:
		return Set | AlterSystem
	case ClassSchema:
		return Usage | Create
	case ClassTable:
		p := Insert | Select | Update | Delete | Truncate | References | Trigger
		if version == 0 || version >= 170000 {
			p |= Maintain
		}
		return p
	case ClassSequence:
		return Select | Update | Usage
	case ClassFunction:
		return Execute
	case ClassLanguage, ClassServer, ClassWrapper:
		return Usage
	case ClassLargeObjects:
		return Select | Update
	}
	return 0
}

// OfColumn are the privileges that there are on a column.
const OfColumn = Insert | Select | Update | References

// Level says in our words what a privilege on a class lets its holder do.
func Level(c Class, p Privileges) access.Level {
	switch p {
	case Select:
		return access.LevelRead
	case Delete, Truncate:
		return access.LevelDelete
	case Execute:
		return access.LevelExecute
	case Trigger:
		return access.LevelExecute // code of its own runs in the sessions of those who write
	case AlterSystem, Set:
		return access.LevelWrite
	case Insert, Update, Create, Maintain:
		return access.LevelWrite
	case Temporary, Connect, References:
		return access.LevelList
	case Usage:
		switch c {
		case ClassSequence:
			return access.LevelWrite // nextval moves it
		case ClassLanguage, ClassServer:
			return access.LevelExecute
		}
	}
	return access.LevelList
}
