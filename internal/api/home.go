package api

import (
	"context"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// addHome adds what the first page shows.
func (s *Server) addHome() {
	add(s, route[homeIn, engine.HomeView]{Method: "GET", Path: "/home", ID: "home", Tag: "Overview", Short: "How it stands today, in one answer", Doc: "One sentence, the four questions as n of N and of how many it is not known, five fixes, what came and went, coverage, what is due this week. The numbers are those of the reports.", Action: authz.RiskRead,
		Do: func(ctx context.Context, in *homeIn) (*engine.HomeView, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			return s.within(ctx, in.Env).Home(ctx, at)
		}})
}

type homeIn struct {
	AsOfParam
	Env string `query:"env" maxLength:"100" doc:"Only what is known to be in this environment, as somebody sees it who may see nothing else." example:"prod"`
}

// within is the engine of a call for one environment; "" is all of them.
func (s *Server) within(ctx context.Context, env string) *engine.Engine {
	x := exchangeOf(ctx)
	if env == "" || x == nil || x.route == nil {
		return s.as(ctx)
	}
	return s.o.Engine.For(x.caller.Narrow(x.route.Action).In(env))
}
