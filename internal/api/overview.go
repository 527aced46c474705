package api

import (
	"context"
	"runtime"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// addOverview adds counts, search, help with filters, differences and the version.
func (s *Server) addOverview() {
	add(s, route[asOf, engine.Summary]{Method: "GET", Path: "/summary", ID: "summary", Tag: "Overview", Short: "Count the estate", CLI: "drover list --summary", Action: authz.IdentityRead, Do: s.summary})
	add(s, route[struct{}, version]{Method: "GET", Path: "/version", ID: "version", Tag: "Server", Short: "Say which version serves", CLI: "drover version", Action: authz.SelfRead, Do: s.version})
}

func (s *Server) summary(ctx context.Context, in *asOf) (*engine.Summary, error) {
	at, err := s.moment(ctx, *in)
	if err != nil {
		return nil, err
	}
	v, err := s.as(ctx).Summary(ctx, at)
	return &v, err
}

// version is what serves.
type version struct {
	Schema   string  `json:"schema"`
	Version  string  `json:"version"`
	Commit   string  `json:"commit"`
	Date     *string `json:"date"` // of the commit
	Go       string  `json:"go"`
	Platform string  `json:"platform"`
}

func (s *Server) version(context.Context, *struct{}) (*version, error) {
	v := &version{Schema: "drover/v1/version", Version: s.o.Version, Commit: s.o.Commit, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if v.Version == "" {
		v.Version = "dev"
	}
	if v.Commit == "" {
		v.Commit = "unknown"
	}
	if s.o.Date != "" {
		v.Date = &s.o.Date
	}
	return v, nil
}
