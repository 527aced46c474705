package postgres

import (
	"cmp"
	"fmt"
	"strconv"

	"strings"

	"github.com/droverhq/drover/access/pgacl"
	"github.com/droverhq/drover/graph/effective"
)

func compareEdges(a, b effective.Edge) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Technique, b.Technique),
		strings.Compare(string(a.Cond), string(b.Cond)))
}

func compareMemberships(a, b pgacl.Membership) int {
	return cmp.Or(cmp.Compare(a.Member, b.Member), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Grantor, b.Grantor))
}

// short bounds a name of the scanned system for a sentence and quotes what is not
// plain text.
func short(name string) string {
	const longest = 200
	if len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "") + "…"
	}
	for _, r := range name {
		if r < ' ' || r >= 0x7f {
			return fmt.Sprintf("%+q", name)
		}
	}
	return name
}

// plainName is a role's name as a proof's statement has it: quoted where it is no
// plain text.
func plainName(r *pgacl.Role) string {
	switch {
	case r == nil:
		return ""
	case short(r.Name) != r.Name:
		return strconv.Quote(r.Name)
	}
	return r.Name
}
