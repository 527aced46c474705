package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// NodeParams names one thing, at a moment.
type NodeParams struct {
	ID string `path:"id" maxLength:"4096" doc:"A short id, a ref, a name, an alias, or the unique beginning of a ref or name; percent-encoded." example:"svc-bi-export"`
	AsOfParam
}

// ReachParams narrows a question over the graph of effects.
type ReachParams struct {
	MaxHops int    `query:"max_hops" minimum:"0" maximum:"100" doc:"Steps of a way at most; 0: any number."`
	Level   string `query:"level" enum:"list,read,write,delete,permissions,secrets,execute,escalate" doc:"Only what is reached at this level or above."`
	Limit   int    `query:"limit" minimum:"0" maximum:"1000000" default:"100" doc:"Ways, or holders, at most; 0: all."`
}

func (r ReachParams) options() engine.ReachOptions {
	return engine.ReachOptions{MaxHops: r.MaxHops, Level: access.Level(r.Level), Limit: r.Limit}
}

// addGraph adds the questions over the graph, and the answers that are drawn.
func (s *Server) addGraph() {
	s.addOfOne()
	s.addBetween()
	s.addDrawn()
}

// addOfOne adds what is asked of one thing.
func (s *Server) addOfOne() {
	type blastIn struct {
		NodeParams
		ReachParams
		Cut bool `query:"cut" doc:"Look for the cheapest cut, however large the estate."`
	}
	add(s, route[blastIn, engine.BlastView]{Method: "GET", Path: "/identities/{id}/blast-radius", ID: "blast_radius", Tag: "Reach", Short: "What falls if this is stolen", CLI: "drover blast-radius ID", Action: authz.GraphRead,
		Do: func(ctx context.Context, in *blastIn) (*engine.BlastView, error) {
			o := in.options()
			o.Cut = in.Cut
			return of(ctx, s, in.NodeParams, func(e *engine.Engine, at time.Time) (*engine.BlastView, error) { return e.Blast(ctx, in.ID, at, o) })
		}})
	add(s, route[NodeParams, engine.CreatorsView]{Method: "GET", Path: "/identities/{id}/creators", ID: "creators", Tag: "Reach", Short: "Who made it, and who made that, up to a person", CLI: "drover creators ID", Action: authz.GraphRead,
		Do: func(ctx context.Context, in *NodeParams) (*engine.CreatorsView, error) {
			return of(ctx, s, *in, func(e *engine.Engine, at time.Time) (*engine.CreatorsView, error) { return e.Creators(ctx, in.ID, at) })
		}})
	type depsIn struct {
		NodeParams
		Limit int `query:"limit" minimum:"0" maximum:"1000000" default:"500" doc:"Dependents listed at most; 0: all. Total counts all."`
	}
	add(s, route[depsIn, engine.DepsView]{Method: "GET", Path: "/identities/{id}/dependents", ID: "dependents", Tag: "Reach", Short: "What stops if it stops", CLI: "drover deps ID", Action: authz.GraphRead,
		Do: func(ctx context.Context, in *depsIn) (*engine.DepsView, error) {
			return of(ctx, s, in.NodeParams, func(e *engine.Engine, at time.Time) (*engine.DepsView, error) {
				return e.DependentsTo(ctx, in.ID, at, in.Limit)
			})
		}})
	add(s, route[NodeParams, engine.PolicyView]{Method: "GET", Path: "/identities/{id}/policy", ID: "policy_of", Tag: "Reach", Short: "What the rules of the house say of it, and by which line", CLI: "drover policy explain ID", Action: authz.PolicyRead,
		Do: func(ctx context.Context, in *NodeParams) (*engine.PolicyView, error) {
			return of(ctx, s, *in, func(e *engine.Engine, at time.Time) (*engine.PolicyView, error) {
				return e.PolicyExplain(ctx, in.ID, at)
			})
		}})
	add(s, route[NodeParams, engine.TimelineView]{Method: "GET", Path: "/identities/{id}/timeline", ID: "timeline", Tag: "Reach", Short: "What happened to it, the latest first", Action: authz.IdentityRead,
		Do: func(ctx context.Context, in *NodeParams) (*engine.TimelineView, error) {
			return of(ctx, s, *in, func(e *engine.Engine, at time.Time) (*engine.TimelineView, error) { return e.Timeline(ctx, in.ID, at) })
		}})
	type grantsIn struct {
		ID string `path:"id" maxLength:"4096" doc:"A short id, a ref, a name or an alias; percent-encoded."`
		ListParams
	}
	addList(s, list[grantsIn]{Path: "/identities/{id}/grants", ID: "list_grants", Tag: "Reach", Short: "What it is given by itself", CLI: "drover grants ID", Action: authz.GraphRead, Noun: "grants", Item: engine.GrantItem{},
		Find: func(ctx context.Context, in *grantsIn) (*found, error) {
			if err := asIs(&in.ListParams); err != nil {
				return nil, err
			}
			v, err := s.as(ctx).Grants(ctx, in.ID, in.at, engine.ReachOptions{})
			if err != nil {
				return nil, err
			}
			f := whole(v.Generation, v.Items)
			f.More = ageFields(v.Age)
			return f, nil
		}})
	type reachedIn struct {
		To      string `query:"to" required:"true" minLength:"1" maxLength:"4096" doc:"Whose reach is asked: an id, a ref or a name."`
		MaxHops int    `query:"max_hops" minimum:"0" maximum:"100" doc:"Steps of a way at most; 0: any number."`
		Level   string `query:"level" enum:"list,read,write,delete,permissions,secrets,execute,escalate" doc:"Only what is reached at this level or above."`
		ListParams
	}
	addList(s, list[reachedIn]{Path: "/reached", ID: "list_reached", Tag: "Reach", Short: "What one reaches, by itself or by becoming others", CLI: "drover resources --to ID", Action: authz.GraphRead, Noun: "reached", Item: engine.ReachedItem{},
		Find: func(ctx context.Context, in *reachedIn) (*found, error) {
			if err := asIs(&in.ListParams); err != nil {
				return nil, err
			}
			v, err := s.as(ctx).Reached(ctx, in.To, in.at, engine.ReachOptions{MaxHops: in.MaxHops, Level: access.Level(in.Level)})
			if err != nil {
				return nil, err
			}
			f := whole(v.Generation, v.Items)
			f.More = ageFields(v.Age)
			return f, nil
		}})
}

// of asks something of one thing, at the moment of the call.
func of[T any](ctx context.Context, s *Server, in NodeParams, ask func(*engine.Engine, time.Time) (*T, error)) (*T, error) {
	at, err := s.moment(ctx, in.AsOfParam)
	if err != nil {
		return nil, err
	}
	return ask(s.as(ctx), at)
}

// asIs refuses a filter and an order that a list does not have.
func asIs(in *ListParams) error {
	for name, text := range map[string]string{"filter": in.Filter, "order_by": in.OrderBy} {
		if text != "" {
			return refuse("invalid", name+": this list has none", Fault{Pointer: "/query/" + name, Detail: "this list has none"})
		}
	}
	return nil
}

// ofNow is asIs of a list that speaks of now, whatever moment is asked for.
func ofNow(in *ListParams) error {
	if in.AsOf != "" {
		return refuse("invalid", "as_of: this list speaks of now", Fault{Pointer: "/query/as_of", Detail: "this list speaks of now"})
	}
	return asIs(in)
}

// ageFields are what an answer over the graph says beside its items.
func ageFields(a engine.Age) []field {
	return []field{{"catalogues", a.Catalogues}, {"not_analysed", a.NotAnalysed}}
}

type pathsIn struct {
	From string `query:"from" required:"true" minLength:"1" maxLength:"8192" doc:"A name, or a filter."`
	To   string `query:"to" required:"true" minLength:"1" maxLength:"8192" doc:"A name, a filter, or tag:tier0." example:"tag:tier0"`
	ReachParams
	AsOfParam
}

// addBetween adds what is asked of several things.
func (s *Server) addBetween() {
	add(s, route[pathsIn, engine.PathsView]{Method: "GET", Path: "/paths", ID: "paths", Tag: "Reach", Short: "Ranked ways from one to another", CLI: "drover path --from A --to B", Action: authz.GraphRead,
		Do: func(ctx context.Context, in *pathsIn) (*engine.PathsView, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			return s.as(ctx).Paths(ctx, in.From, in.To, at, in.options())
		}})
	type whyIn struct {
		ID       string `query:"id" required:"true" minLength:"1" maxLength:"4096" doc:"Who: an id, a ref or a name."`
		Resource string `query:"resource" required:"true" minLength:"1" maxLength:"4096" doc:"What: a name, or as its system spells it."`
		Action   string `query:"action" maxLength:"400" doc:"Doing what, as its system names it; without it, anything."`
		ReachParams
		AsOfParam
	}
	add(s, route[whyIn, engine.WhyView]{Method: "GET", Path: "/why", ID: "why", Tag: "Reach", Short: "Whether one may do a thing, and what decides", CLI: "drover why ID RESOURCE[:ACTION]", Action: authz.GraphRead,
		Do: func(ctx context.Context, in *whyIn) (*engine.WhyView, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			return s.as(ctx).Why(ctx, in.ID, in.Resource, in.Action, at, in.options())
		}})
	type whoIn struct {
		Resource string `query:"resource" required:"true" minLength:"1" maxLength:"4096" doc:"What: a name, or as its system spells it."`
		Action   string `query:"action" maxLength:"400" doc:"Doing what, as its system names it; without it, anything."`
		ReachParams
		AsOfParam
	}
	add(s, route[whoIn, engine.WhoCanView]{Method: "GET", Path: "/who-can", ID: "who_can", Tag: "Reach", Short: "Everybody who may do a thing", CLI: "drover who-can RESOURCE[:ACTION]", Action: authz.GraphRead,
		Do: func(ctx context.Context, in *whoIn) (*engine.WhoCanView, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			return s.as(ctx).WhoCan(ctx, in.Resource, in.Action, at, in.options())
		}})
	type cutIn struct {
		From    string `query:"from" maxLength:"8192" doc:"A name, or a filter; without it, any identity."`
		To      string `query:"to" maxLength:"8192" doc:"A name, or a filter; without it, what of tier 0 is reached."`
		Limit   int    `query:"limit" minimum:"0" maximum:"50" doc:"Changes at most; 0: five. Each is made to a copy."`
		MaxHops int    `query:"max_hops" minimum:"0" maximum:"100" doc:"Steps of a way at most; 0: any number."`
		Chokes  bool   `query:"chokes" doc:"Look for choke points too, however large the estate."`
		AsOfParam
	}
	add(s, route[cutIn, engine.CutView]{Method: "GET", Path: "/cut", ID: "cut", Tag: "Reach", Short: "The single changes that remove most", CLI: "drover cut --from A --to B", Action: authz.GraphRead,
		Do: func(ctx context.Context, in *cutIn) (*engine.CutView, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			return s.as(ctx).Cut(ctx, in.From, in.To, at, engine.ReachOptions{Limit: in.Limit, MaxHops: in.MaxHops, Cut: in.Chokes})
		}})
	add(s, route[simulateIn, engine.WhatIfView]{Method: "POST", Path: "/simulate", ID: "simulate", Tag: "Reach", Short: "What would be, if", Doc: "A change is made to a copy: nothing is changed. The answer says whose reach grows and shrinks and, where id or from and to are given, what they come to then.",
		CLI: "drover diff --reach --with FILE", Action: authz.GraphRead, Do: s.simulate})
	type blastsIn struct {
		Level string `query:"level" enum:"list,read,write,delete,permissions,secrets,execute,escalate" doc:"Only what is reached at this level or above."`
		ListParams
	}
	addList(s, list[blastsIn]{Path: "/blasts", ID: "list_blasts", Tag: "Reach", Short: "What falls with each identity, the worst first", CLI: "drover blast-radius --all", Action: authz.GraphRead, Noun: "blasts", Item: engine.BlastItem{},
		Find: func(ctx context.Context, in *blastsIn) (*found, error) {
			if in.OrderBy != "" {
				return nil, asIs(&ListParams{OrderBy: in.OrderBy})
			}
			v, err := s.as(ctx).BlastAll(ctx, in.Filter, in.at, engine.ReachOptions{Level: access.Level(in.Level)})
			if err != nil {
				return nil, err
			}
			f := whole(v.Generation, v.Items)
			f.More = ageFields(v.Age)
			return f, nil
		}})
}

type simulateIn struct {
	ReachParams
	AsOfParam
	Body struct {
		Change json.RawMessage `json:"change" doc:"As drover diff --with reads it: {\"schema\":\"drover/v1/change\",...}; GET /cut gives such changes."`
		ID     string          `json:"id,omitempty" maxLength:"4096" doc:"Whose reach is compared; without it, everybody's."`
		From   string          `json:"from,omitempty" maxLength:"8192" doc:"With to: the ways that are left."`
		To     string          `json:"to,omitempty" maxLength:"8192"`
	}
}

func (s *Server) simulate(ctx context.Context, in *simulateIn) (*engine.WhatIfView, error) {
	b := in.Body
	if (b.From == "") != (b.To == "") {
		return nil, refuse("invalid", "from and to go together", Fault{Pointer: "/body/from", Detail: "from and to go together"})
	}
	at, err := s.moment(ctx, in.AsOfParam)
	if err != nil {
		return nil, err
	}
	return s.as(ctx).WhatIf(ctx, engine.WhatIf{Change: b.Change, ID: b.ID, From: b.From, To: b.To, AsOf: at, Reach: in.options()})
}

// DrawnParams are what every drawn answer can be asked with.
type DrawnParams struct {
	MaxHops int      `query:"max_hops" minimum:"0" maximum:"100" doc:"Steps of a way at most; 0: any number."`
	Level   string   `query:"level" enum:"list,read,write,delete,permissions,secrets,execute,escalate" doc:"Only what is reached at this level or above."`
	Open    []string `query:"open" maxItems:"20" doc:"Ids of bundles that are drawn as their members, where there is room."`
	AsOfParam
}

func (d DrawnParams) options() engine.ReachOptions {
	return engine.ReachOptions{MaxHops: d.MaxHops, Level: access.Level(d.Level)}
}

// addDrawn adds the answers that are laid out here.
func (s *Server) addDrawn() {
	type lanesIn struct {
		From string `query:"from" required:"true" minLength:"1" maxLength:"8192" doc:"A name, or with to a filter."`
		To   string `query:"to" maxLength:"8192" doc:"A name or a filter; without it, what of tier 0 falls with from."`
		DrawnParams
	}
	const limits = "At most 300 marks and steps, laid out here: the same question gives the same picture. What is alike is bundled."
	add(s, route[lanesIn, engine.LanesView]{Method: "GET", Path: "/graph/lanes", ID: "graph_lanes", Tag: "Reach", Short: "Ranked ways as lanes, drawn from left to right", Doc: limits + " At most 25 ways, what they share at their beginning once.", Action: authz.GraphRead,
		Do: func(ctx context.Context, in *lanesIn) (*engine.LanesView, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			return s.as(ctx).DrawnLanes(ctx, in.From, in.To, at, in.options(), in.Open)
		}})
	type ringsIn struct {
		From string `query:"from" required:"true" minLength:"1" maxLength:"4096" doc:"A name."`
		DrawnParams
	}
	add(s, route[ringsIn, engine.RingsView]{Method: "GET", Path: "/graph/rings", ID: "graph_rings", Tag: "Reach", Short: "What falls with one, by hop", Doc: limits, Action: authz.GraphRead,
		Do: func(ctx context.Context, in *ringsIn) (*engine.RingsView, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			return s.as(ctx).DrawnRings(ctx, in.From, at, in.options(), in.Open)
		}})
	type matrixIn struct {
		From    string `query:"from" maxLength:"8192" doc:"A name or a filter; without it, every non-human identity, those with most risk first."`
		To      string `query:"to" maxLength:"8192" doc:"A name or a filter; without it, resources and what is of tier 0."`
		MaxHops int    `query:"max_hops" minimum:"0" maximum:"100" doc:"Steps of a way at most; 0: any number."`
		Level   string `query:"level" enum:"list,read,write,delete,permissions,secrets,execute,escalate" doc:"Only what is reached at this level or above."`
		AsOfParam
	}
	add(s, route[matrixIn, engine.MatrixView]{Method: "GET", Path: "/graph/matrix", ID: "graph_matrix", Tag: "Reach", Short: "Who may do how much with what", Doc: limits, Action: authz.GraphRead,
		Do: func(ctx context.Context, in *matrixIn) (*engine.MatrixView, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			return s.as(ctx).DrawnMatrix(ctx, in.From, in.To, at, engine.ReachOptions{MaxHops: in.MaxHops, Level: access.Level(in.Level)})
		}})
	type namesIn struct {
		Filter string `query:"filter" maxLength:"8192" doc:"Of the map."`
		Places []int  `query:"places" maxItems:"1000" doc:"Places of the map, with commas between." example:"[0,17,4711]"`
		Find   string `query:"find" maxLength:"4096" doc:"An id, whose place is wanted."`
		AsOfParam
	}
	add(s, route[namesIn, engine.MapNames]{Method: "GET", Path: "/graph/map/names", ID: "graph_map_names", Tag: "Reach", Short: "Names of things of the large map", Doc: "By their places, or one by its id. They are of the map that has the same generation; of another, draw it anew.", Action: authz.GraphRead,
		Do: func(ctx context.Context, in *namesIn) (*engine.MapNames, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			v, err := s.as(ctx).DrawnMapNames(ctx, in.Filter, at, in.Places, in.Find)
			if err != nil {
				return nil, listFault(&ListParams{}, err)
			}
			return v, nil
		}})
	type mapIn struct {
		Filter string `query:"filter" maxLength:"8192" doc:"What is drawn, over the fields of GET /fields."`
		AsOfParam
	}
	add(s, route[mapIn, engine.MapView]{Method: "GET", Path: "/graph/map", ID: "graph_map", Tag: "Reach", Short: "The large map, up to 10,000 things", Doc: "Columns of equal length: a thing is known by its place in them. Coordinates are whole numbers from 0 to grid. edges has for each place how many lead from it, then where these lead, ascending, each as the difference to the one before it, the first to the place itself. What stands out is named; GET /graph/map/names names the others. A layout that takes over five seconds is answered by types alone; note says so.", Action: authz.GraphRead,
		Do: func(ctx context.Context, in *mapIn) (*engine.MapView, error) {
			at, err := s.moment(ctx, in.AsOfParam)
			if err != nil {
				return nil, err
			}
			v, err := s.as(ctx).DrawnMap(ctx, in.Filter, at)
			if err != nil {
				return nil, listFault(&ListParams{}, err)
			}
			return v, nil
		}})
}
