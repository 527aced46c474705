package api

import (
	"context"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// addHome adds what the first page shows.
func (s *Server) addHome() {
	add(s, route[AsOfParam, engine.HomeView]{Method: "GET", Path: "/home", ID: "home", Tag: "Overview", Short: "How it stands today, in one answer", Doc: "One sentence, the four questions as n of N and of how many it is not known, five fixes, what came and went, coverage, what is due this week. The numbers are those of the reports.", Action: authz.RiskRead,
		Do: func(ctx context.Context, in *AsOfParam) (*engine.HomeView, error) {
			at, err := s.moment(ctx, *in)
			if err != nil {
				return nil, err
			}
			return s.as(ctx).Home(ctx, at)
		}})
}
