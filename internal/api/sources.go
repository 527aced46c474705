package api

import (
	"context"
	"net/http"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// sourceView is what was done with a source.
type sourceView struct {
	Schema string `json:"schema"`
	ID     string `json:"id"`
	Done   string `json:"done"`            // added, tested, failed (of a test), enabled, disabled, removed
	Note   string `json:"note,omitempty"`  // what is used where the options say nothing
	Error  string `json:"error,omitempty"` // of a test: what is missing, and how to grant it
	Code   string `json:"code,omitempty"`  // of a test that failed: invalid, not_found, permission, conflict, internal
}

// SourceParams name a source.
type SourceParams struct {
	ID string `path:"id" maxLength:"4096" doc:"As GET /sources lists it; percent-encoded."`
}

// addSources adds what is scanned, and how it went.
func (s *Server) addSources() {
	addList(s, list[ListParams]{Path: "/connectors", ID: "list_connectors", Tag: "Sources", Short: "List the kinds of sources, with their options and privileges", Doc: "A form is made of the options. Secret ones take only a reference; those that are file_only are set in drover.yaml.", Action: authz.SourceRead, Noun: "connectors", Item: engine.ConnectorView{},
		Find: func(ctx context.Context, in *ListParams) (*found, error) {
			if err := ofNow(in); err != nil {
				return nil, err
			}
			all, err := s.as(ctx).ConnectorViews(ctx)
			if err != nil {
				return nil, err
			}
			return whole(0, all), nil
		}})
	addList(s, list[ListParams]{Path: "/sources", ID: "list_sources", Tag: "Sources", Short: "List the configured sources, and how their last scan went", CLI: "drover source list", Action: authz.SourceRead, Noun: "sources", Item: engine.SourceState{},
		Find: func(ctx context.Context, in *ListParams) (*found, error) {
			if err := ofNow(in); err != nil {
				return nil, err
			}
			all, err := s.as(ctx).SourceStates(ctx)
			if err != nil {
				return nil, err
			}
			return whole(0, all), nil
		}})
	addList(s, list[ListParams]{Path: "/sources/detected", ID: "list_detected_sources", Tag: "Sources", Short: "List sources that seem to be at hand on the server", Doc: "Found in the environment and in files, never by the network.", CLI: "drover init", Action: authz.SourceWrite, Noun: "detected_sources", Item: engine.DetectedSource{},
		Find: func(ctx context.Context, in *ListParams) (*found, error) {
			if err := ofNow(in); err != nil {
				return nil, err
			}
			all, err := s.as(ctx).Detected(ctx)
			if err != nil {
				return nil, err
			}
			return whole(0, all), nil
		}})
	add(s, route[SourceParams, engine.SourceDetail]{Method: "GET", Path: "/sources/{id}", ID: "get_source", Tag: "Sources", Short: "Show one source with its sections and what it needs to be granted", Action: authz.SourceRead,
		Do: func(ctx context.Context, in *SourceParams) (*engine.SourceDetail, error) {
			return s.as(ctx).SourceByID(ctx, in.ID)
		}})
	add(s, route[SourceParams, engine.Perms]{Method: "GET", Path: "/sources/{id}/perms", ID: "source_perms", Tag: "Sources", Short: "List the least privileges that reading it takes", CLI: "drover source perms ID", Action: authz.SourceRead,
		Do: func(ctx context.Context, in *SourceParams) (*engine.Perms, error) {
			if err := s.configured(ctx, []string{in.ID}, "/path/id"); err != nil {
				return nil, refuse("not_found", "there is no source and no kind of source of this name")
			}
			return s.as(ctx).Perms(ctx, in.ID)
		}})
	s.addReads()
	s.addSourceWrites()
}

func (s *Server) addReads() {
	type readsIn struct {
		Word []string `query:"word" maxItems:"50" doc:"Ids of sources; for an admin without bounds also kinds, or none: what a scan without words would read."`
		ListParams
	}
	addList(s, list[readsIn]{Path: "/reads", ID: "list_reads", Tag: "Sources", Short: "List what a scan would read, reading nothing", CLI: "drover scan --dry-run WORDS", Action: authz.SourceRead, Noun: "reads", Item: engine.PlannedRead{},
		Find: func(ctx context.Context, in *readsIn) (*found, error) {
			if err := ofNow(&in.ListParams); err != nil {
				return nil, err
			}
			if err := s.configured(ctx, in.Word, "/query/word"); err != nil {
				return nil, err
			}
			all := []engine.PlannedRead{}
			if err := s.as(ctx).DryRun(ctx, in.Word, func(r engine.PlannedRead) { all = append(all, r) }); err != nil {
				return nil, err
			}
			return whole(0, all), nil
		}})
}

// sourceBody is a source to be configured.
type sourceBody struct {
	ID      string              `json:"id" minLength:"1" maxLength:"64"`
	Kind    string              `json:"kind" minLength:"1" maxLength:"64" doc:"As GET /connectors lists them."`
	Options map[string][]string `json:"options,omitempty" doc:"Each with its values, one for most. Secret ones take only a reference: ${env:NAME} or ${file:PATH}."`
}

func (s *Server) addSourceWrites() {
	type addIn struct{ Body sourceBody }
	add(s, route[addIn, sourceView]{Method: "POST", Path: "/sources", ID: "add_source", Tag: "Sources", Short: "Add or change a source", Doc: "What runs a command or makes this machine trust somebody is configured in drover.yaml only: it is refused with 403.", CLI: "drover source add ID KIND OPTION=VALUE", Action: authz.SourceWrite, Acting: true, Status: http.StatusCreated,
		Do: func(ctx context.Context, in *addIn) (*sourceView, error) {
			e, b := s.as(ctx), in.Body
			if err := e.RemoteOptions(b.Kind, b.Options); err != nil {
				return nil, err
			}
			note, err := e.AddSource(ctx, b.ID, b.Kind, b.Options)
			if err != nil {
				return nil, err
			}
			if x := exchangeOf(ctx); x != nil {
				x.Header().Set("Location", Base+"/sources/"+b.ID)
			}
			return &sourceView{Schema: "drover/v1/source", ID: b.ID, Done: "added", Note: note}, nil
		}})
	add(s, route[addIn, sourceView]{Method: "POST", Path: "/sources:test", ID: "test_new_source", Tag: "Sources", Short: "Try a source that is not configured yet; nothing is kept", Action: authz.SourceWrite, Acting: true,
		Do: func(ctx context.Context, in *addIn) (*sourceView, error) {
			e, b := s.as(ctx), in.Body
			if err := e.RemoteOptions(b.Kind, b.Options); err != nil {
				return nil, err
			}
			if err := e.FitOptions(b.ID, b.Kind, b.Options); err != nil {
				return nil, err
			}
			return tested(ctx, b.ID, e.TestOptions(ctx, b.ID, b.Kind, b.Options))
		}})
	add(s, route[SourceParams, sourceView]{Method: "POST", Path: "/sources/{id}:test", ID: "test_source", Tag: "Sources", Short: "Try whether a source can be reached and read", CLI: "drover source test ID", Action: authz.SourceTest, Acting: true,
		Do: func(ctx context.Context, in *SourceParams) (*sourceView, error) {
			e := s.as(ctx)
			if _, err := e.SourceByID(ctx, in.ID); err != nil {
				return nil, err
			}
			if !e.AnySource() { // who may not is refused, which is no outcome of a test
				if _, err := e.Resolve(ctx, []string{in.ID}); err != nil {
					return nil, err
				}
			}
			return tested(ctx, in.ID, e.TestSource(ctx, in.ID))
		}})
	for _, verb := range []string{"enable", "disable"} { // in the order of the document
		done := verb + "d"
		add(s, route[SourceParams, sourceView]{Method: "POST", Path: "/sources/{id}:" + verb, ID: verb + "_source", Tag: "Sources", Short: map[string]string{"enable": "Scan a disabled source again", "disable": "Stop scanning a source; what it said stays"}[verb], CLI: "drover source " + verb + " ID", Action: authz.SourceWrite, Acting: true,
			Do: func(ctx context.Context, in *SourceParams) (*sourceView, error) {
				if err := s.as(ctx).DisableSource(ctx, in.ID, verb == "disable"); err != nil {
					return nil, err
				}
				return &sourceView{Schema: "drover/v1/source", ID: in.ID, Done: done}, nil
			}})
	}
	add(s, route[SourceParams, sourceView]{Method: "DELETE", Path: "/sources/{id}", ID: "remove_source", Tag: "Sources", Short: "Forget a source; what only it said ends now and stays in the history", CLI: "drover source remove ID", Action: authz.SourceWrite, Acting: true,
		Current: func(ctx context.Context, in *SourceParams) (any, error) { return s.as(ctx).SourceByID(ctx, in.ID) },
		Do: func(ctx context.Context, in *SourceParams) (*sourceView, error) {
			if err := s.as(ctx).RemoveSource(ctx, in.ID); err != nil {
				return nil, err
			}
			return &sourceView{Schema: "drover/v1/source", ID: in.ID, Done: "removed"}, nil
		}})
}

// tested is how a test went. That a source cannot be read is what was asked, and no
// failure of the call.
func tested(ctx context.Context, id string, err error) (*sourceView, error) {
	v := &sourceView{Schema: "drover/v1/source", ID: id, Done: "tested"}
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		v.Done, v.Error, v.Code = "failed", said(err), engine.ErrorCode(err)
	}
	return v, nil
}
