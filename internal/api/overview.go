package api

import (
	"context"
	"runtime"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// addOverview adds counts, search, help with filters, differences and the version.
func (s *Server) addOverview() {
	add(s, route[AsOfParam, engine.Summary]{Method: "GET", Path: "/summary", ID: "summary", Tag: "Overview", Short: "Count the estate", CLI: "drover list --summary", Action: authz.IdentityRead, Do: s.summary})
	add(s, route[searchIn, engine.SearchView]{Method: "GET", Path: "/search", ID: "search", Tag: "Overview", Short: "Find what a few letters could mean", Doc: "Things, findings and checks, grouped; at most 20 hits, the best of each group. What is shown is only what the caller may see.", Action: authz.IdentityRead, Do: s.search})
	add(s, route[fieldsIn, fieldsView]{Method: "GET", Path: "/fields", ID: "fields", Tag: "Overview", Short: "List the fields that filters know", CLI: "drover list --help", Action: authz.IdentityRead, Do: s.fields})
	add(s, route[explainIn, explained]{Method: "GET", Path: "/filter/explain", ID: "explain_filter", Tag: "Overview", Short: "Say in words what a filter means", CLI: "drover list FILTER --explain-filter", Action: authz.IdentityRead, Do: s.explainFilter})
	add(s, route[completeIn, engine.CompletionsView]{Method: "GET", Path: "/filter/complete", ID: "complete_filter", Tag: "Overview", Short: "Complete a filter that is being written", Doc: "At a field: the fields that could be meant. At a value: the values that there are, with how many rows have each beside the rest of the filter.", Action: authz.IdentityRead, Do: s.complete})
	add(s, route[diffIn, either]{Method: "GET", Path: "/diff", ID: "diff", Tag: "Overview", Short: "Say what changed between two moments", Doc: "Of the whole estate, or of one thing; with reach=true, what can be reached that could not, and the other way round.", CLI: "drover diff ID --since FROM [--reach]", Action: authz.IdentityRead, Do: s.diff,
		answer: anyOf[engine.DiffView, engine.ReachDiffView]})
	add(s, route[struct{}, version]{Method: "GET", Path: "/version", ID: "version", Tag: "Server", Short: "Say which version serves", CLI: "drover version", Action: authz.SelfRead, Do: s.version})
}

func (s *Server) summary(ctx context.Context, in *AsOfParam) (*engine.Summary, error) {
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
