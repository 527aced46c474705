package api

import (
	"context"
	"net/http"

	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// viewBody is what a view is made of.
type viewBody struct {
	Name    string   `json:"name" minLength:"1" maxLength:"80"`
	Doc     string   `json:"doc,omitempty" maxLength:"1000" doc:"What it shows, in a sentence."`
	Noun    string   `json:"noun,omitempty" maxLength:"40" doc:"identities, credentials, findings and so on; without it, identities."`
	Filter  string   `json:"filter,omitempty" maxLength:"8192"`
	Sort    string   `json:"sort,omitempty" maxLength:"80"`
	Columns []string `json:"columns,omitempty" maxItems:"64"`
	Group   string   `json:"group,omitempty" maxLength:"80"`
	Visual  string   `json:"visual,omitempty" enum:"table,lanes,rings,matrix,map"`
	State   string   `json:"state,omitempty" maxLength:"4096" doc:"What else a page keeps in its address."`
	Share   string   `json:"share,omitempty" enum:"private,team,org"`
	Team    string   `json:"team,omitempty" maxLength:"200" doc:"Of share team."`
}

func (b viewBody) view() engine.SavedView {
	return engine.SavedView{Name: b.Name, Doc: b.Doc, Noun: b.Noun, Filter: b.Filter, Sort: b.Sort, Columns: b.Columns, Group: b.Group, Visual: b.Visual, State: b.State, Share: b.Share, Team: b.Team}
}

// ViewParams name a saved view.
type ViewParams struct {
	ID string `path:"id" maxLength:"200" doc:"Id or name."`
}

// addViews adds saved views.
func (s *Server) addViews() {
	addList(s, list[ListParams]{Path: "/views", ID: "list_views", Tag: "Views", Short: "List the views that you may see, your own first, the shipped ones last", CLI: "drover view list", Action: authz.ViewRead, Noun: "views", Item: engine.SavedView{},
		Find: func(ctx context.Context, in *ListParams) (*found, error) {
			if err := ofNow(in); err != nil {
				return nil, err
			}
			all, err := s.as(ctx).Views(ctx)
			if err != nil {
				return nil, err
			}
			return whole(0, all), nil
		}})
	add(s, route[ViewParams, engine.SavedView]{Method: "GET", Path: "/views/{id}", ID: "get_view", Tag: "Views", Short: "Show one view", CLI: "drover view show NAME", Action: authz.ViewRead,
		Do: func(ctx context.Context, in *ViewParams) (*engine.SavedView, error) {
			return s.as(ctx).View(ctx, in.ID)
		}})
	type newIn struct{ Body viewBody }
	add(s, route[newIn, engine.SavedView]{Method: "POST", Path: "/views", ID: "save_view", Tag: "Views", Short: "Save a view", CLI: "drover view save NAME", Action: authz.ViewWrite, Acting: true, Status: http.StatusCreated,
		Do: func(ctx context.Context, in *newIn) (*engine.SavedView, error) {
			v, err := s.as(ctx).SaveView(ctx, in.Body.view())
			if err != nil {
				return nil, bodyFault(err)
			}
			if x := exchangeOf(ctx); x != nil {
				x.Header().Set("Location", Base+"/views/"+v.ID)
			}
			return v, nil
		}})
	current := func(ctx context.Context, in *ViewParams) (any, error) { return s.as(ctx).View(ctx, in.ID) }
	type changeIn struct {
		ViewParams
		Body viewBody
	}
	add(s, route[changeIn, engine.SavedView]{Method: "PUT", Path: "/views/{id}", ID: "change_view", Tag: "Views", Short: "Change a view", Action: authz.ViewWrite, Acting: true,
		Current: func(ctx context.Context, in *changeIn) (any, error) { return current(ctx, &in.ViewParams) },
		Do: func(ctx context.Context, in *changeIn) (*engine.SavedView, error) {
			have, err := s.as(ctx).View(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			v := in.Body.view()
			v.ID, v.Version = have.ID, have.Version
			out, err := s.as(ctx).SaveView(ctx, v)
			return out, bodyFault(err)
		}})
	for _, w := range []struct {
		verb, id, short, doc, cli string
		do                        func(*engine.Engine, context.Context, string) (*engine.SavedView, error)
	}{
		{"watch", "watch_view", "Be told when what a view lists changes", "By an event view.changed, on GET /home, and by the webhooks of the house. Only what you may see is counted. To watch again says that you have looked: what is new begins anew.", "drover view watch NAME", (*engine.Engine).WatchView},
		{"unwatch", "unwatch_view", "Stop being told of a view", "", "drover view unwatch NAME", (*engine.Engine).UnwatchView},
	} {
		add(s, route[ViewParams, engine.SavedView]{Method: "POST", Path: "/views/{id}:" + w.verb, ID: w.id, Tag: "Views", Short: w.short, Doc: w.doc, CLI: w.cli, Action: authz.ViewWrite, Acting: true,
			Do: func(ctx context.Context, in *ViewParams) (*engine.SavedView, error) {
				return w.do(s.as(ctx), ctx, in.ID)
			}})
	}
	add(s, route[ViewParams, nothing]{Method: "DELETE", Path: "/views/{id}", ID: "delete_view", Tag: "Views", Short: "Delete a view", CLI: "drover view delete NAME", Action: authz.ViewWrite, Acting: true, Current: current,
		Do: func(ctx context.Context, in *ViewParams) (*nothing, error) {
			_, err := s.as(ctx).RemoveView(ctx, in.ID, 0)
			return &nothing{}, err
		}})
}
