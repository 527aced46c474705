package api

import (
	"context"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// addPosture adds how it stands against the catalogues of controls.
func (s *Server) addPosture() {
	add(s, route[homeIn, engine.PostureView]{Method: "GET", Path: "/posture", ID: "posture", Tag: "Overview", Short: "The score with its arithmetic, controls by environment, what came and went", Doc: "The parts of the score add up to it. What is not known earns nothing, and is counted.", Action: authz.RiskRead,
		Do: func(ctx context.Context, in *homeIn) (*engine.PostureView, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			return s.within(ctx, in.Env).Posture(ctx, at)
		}})
}
