package graph

import (
	"fmt"
	"testing"

	"github.com/droverhq/drover"
)

// BenchmarkPatterns joins 10,000 patterns of trust policies to the
// ServiceAccounts and repositories among a million names, of all forms that they
// are written in: a namespace, a name in any namespace, an organisation.
func BenchmarkPatterns(b *testing.B) {
	const accounts, patterns = 500_000, 10_000
	for b.Loop() {
		b.StopTimer()
		e := newEstate()
		e.node("a/-/role/r", drover.KindIdentity, nil)
		for i := range accounts {
			e.node(drover.NewRef("k", "", "sa", fmt.Sprint(i)), drover.KindIdentity, nil, fmt.Sprintf("oidc:https://oidc.example.com/id/%d|system:serviceaccount:ns%d:sa%d", i%20, i/20%500, i))
			e.node(drover.NewRef("g", "", "repository", fmt.Sprint(i)), drover.KindResource, nil, fmt.Sprintf("github:org%d/repo%d", i%5000, i))
		}
		for i := range patterns {
			p := fmt.Sprintf("oidc:https://oidc.example.com/id/%d|system:serviceaccount:ns%d:*", i%20, i%500)
			switch i % 4 {
			case 1:
				p = fmt.Sprintf("oidc:https://oidc.example.com/id/%d|system:serviceaccount:*:sa%d", i%20, i)
			case 2:
				p = fmt.Sprintf("oidc:https://token.actions.githubusercontent.com|repo:org%d/*:ref:refs/heads/main", i%5000)
			case 3:
				p = fmt.Sprintf("oidc:https://token.actions.githubusercontent.com|repo:org%d/repo%d:*", i%5000, i)
			}
			e.edge(drover.Edge{From: drover.UnseenRef(p), To: "a/-/role/r", Kind: drover.EdgeCanAssume, Part: p})
		}
		b.StartTimer()
		s := e.b.Index()
		b.ReportMetric(float64(s.Edges()), "edges")
		b.ReportMetric(float64(s.Len()-s.Seen()), "unseen")
	}
}
