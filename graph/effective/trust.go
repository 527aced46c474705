package effective

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode/trust"
)

// trustPart is how the edges begin that connectors make of a trust policy's
// statements.
const trustPart = "trust policy statement "

// retrust makes the edges that follow from a role's new trust policy in the place
// of those that followed from its old one.
//
// What of it cannot be read names nobody, as when it is scanned.
func (e *edit) retrust(row uint32, body string) {
	s := e.in.Snapshot
	e.trusts[row] = nil
	partition := "aws"
	for _, a := range s.Aliases(int(row)) {
		if rest, ok := strings.CutPrefix(a, "arn:"); ok {
			partition, _, _ = strings.Cut(rest, ":")
		}
	}
	list, _ := trust.ParseIn(partition, body, e.in.Now)
	for _, p := range list {
		x := drover.Edge{From: s.Ref(int(row)), To: drover.UnseenRef(p.Alias), Kind: drover.EdgeTrusts, Part: trustPart + p.Statement, Cond: p.Cond, Grade: p.Grade, Proof: trustPart + p.Statement}
		e.trusts[row] = append(e.trusts[row], x)
		if p.WebIdentity {
			x.From, x.To, x.Kind, x.Grade = x.To, x.From, drover.EdgeCanAssume, drover.GradeInferred
			e.trusts[row] = append(e.trusts[row], x)
		}
	}
}

// fromTrust reports whether an edge follows from a trust policy that changes.
func (e *edit) fromTrust(from, to int, x *drover.Edge) bool {
	row := from
	if x.Kind == drover.EdgeCanAssume {
		row = to
	}
	_, changes := e.trusts[uint32(row)]
	return changes && strings.HasPrefix(x.Part, trustPart) && (x.Kind == drover.EdgeTrusts || x.Kind == drover.EdgeCanAssume)
}
