package judge

import (
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

// Use says what evidence there is of the use of row i: its own and, of an
// identity, its credentials'. ok is false when there is none.
func Use(s *graph.Snapshot, i int) (u graph.Use, ok bool) {
	u, ok = s.Use(i)
	if s.Kind(i) == drover.KindCredential {
		u.Partial = Partial(s, i)
		return u, ok
	}
	for h := range s.In(i) {
		if h.Kind == drover.EdgeAuthenticates {
			ok = addUse(s, &u, h.Row) || ok
		}
	}
	return u, ok
}

// addUse adds the use of a credential to that of the identity that it proves.
func addUse(s *graph.Snapshot, u *graph.Use, credential int) bool {
	c, ok := s.Use(credential)
	if ok {
		c.Partial = Partial(s, credential)
		u.Monitored = u.Monitored || c.Monitored && !c.Partial
		newer(u, c)
	}
	return ok
}

// Partial reports whether there are ways to use a credential that leave no trace
// at it. Of a service account's tokens only those that lie in Secrets leave one;
// pods get others, which leave none.
func Partial(s *graph.Snapshot, credential int) bool {
	return s.Type(credential) == "kubernetes.service_account_token"
}

// newer keeps the later of two uses. One source that would have seen any use
// makes the whole of them complete.
func newer(a *graph.Use, b graph.Use) {
	partial := func(u *graph.Use) bool { return u.LastUsed.IsZero() || u.Partial }
	a.Partial = partial(a) && partial(&b) && (a.Partial || b.Partial)
	if b.LastUsed.After(a.LastUsed) {
		a.LastUsed, a.LastUsedSource, a.LastUsedGrade, a.Granularity, a.ObservedAt = b.LastUsed, b.LastUsedSource, b.LastUsedGrade, b.Granularity, b.ObservedAt
	}
}

func lastWord(typ string) string { return typ[strings.LastIndexByte(typ, '.')+1:] }
