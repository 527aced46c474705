package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/internal/authz"
	"github.com/droverhq/drover/internal/engine"
)

// ownerView is who answers for one thing.
type ownerView struct {
	Schema     string            `json:"schema"`
	Generation int64             `json:"generation"`
	Owner      *engine.OwnerItem `json:"owner"` // null: nobody is asked to answer for such a thing
}

// OwnerBody says whom to set.
type OwnerBody struct {
	Owner  string `json:"owner" minLength:"1" maxLength:"400" doc:"A ref, a name, a mail address, @org/team, or team:NAME."`
	Deputy string `json:"deputy,omitempty" maxLength:"400" doc:"Who stands in."`
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

func (b OwnerBody) decision() engine.OwnerDecision {
	return engine.OwnerDecision{Owner: b.Owner, Deputy: b.Deputy, Reason: b.Reason}
}

// addOwners adds who answers for what, and decisions about it.
func (s *Server) addOwners() {
	owner := func(ctx context.Context, in *NodeParams) (*ownerView, error) {
		return of(ctx, s, *in, func(e *engine.Engine, at time.Time) (*ownerView, error) {
			d, err := e.Show(ctx, in.ID, at)
			if err != nil {
				return nil, err
			}
			return &ownerView{"drover/v1/owner_of", d.Generation, d.Owner}, nil
		})
	}
	add(s, route[NodeParams, ownerView]{Method: "GET", Path: "/identities/{id}/owner", ID: "get_owner", Tag: "Owners", Short: "Say who answers for it, with suggestions and why", CLI: "drover owner suggest ID --all", Action: authz.OwnerRead,
		Do: owner})
	type setIn struct {
		ID   string `path:"id" maxLength:"4096" doc:"A short id, a ref, a name or an alias; percent-encoded."`
		Body OwnerBody
	}
	add(s, route[setIn, engine.OwnerChange]{Method: "PUT", Path: "/identities/{id}/owner", ID: "set_owner", Tag: "Owners", Short: "Make somebody the owner", CLI: "drover owner set ID OWNER", Action: authz.OwnerDecide, Acting: true,
		Current: func(ctx context.Context, in *setIn) (any, error) {
			if err := s.as(ctx).Refresh(ctx); err != nil {
				return nil, err
			}
			return owner(ctx, &NodeParams{ID: in.ID})
		},
		Do: func(ctx context.Context, in *setIn) (*engine.OwnerChange, error) {
			return s.ofOne(ctx, in.ID, func(e *engine.Engine, id string) (*engine.OwnerChange, error) {
				return e.SetOwner(ctx, id, in.Body.decision())
			})
		}})
	type oneIn struct {
		ID string `path:"id" maxLength:"4096" doc:"A short id, a ref, a name or an alias; percent-encoded."`
	}
	add(s, route[oneIn, engine.OwnerChange]{Method: "POST", Path: "/identities/{id}/owner:confirm", ID: "confirm_owner", Tag: "Owners", Short: "Say that the owner is still right", CLI: "drover owner confirm ID", Action: authz.OwnerConfirm, Acting: true,
		Do: func(ctx context.Context, in *oneIn) (*engine.OwnerChange, error) {
			return s.ofOne(ctx, in.ID, func(e *engine.Engine, id string) (*engine.OwnerChange, error) { return e.ConfirmOwner(ctx, id) })
		}})
	type transferIn struct {
		Body struct {
			ID   string `json:"id,omitempty" maxLength:"4096" doc:"One thing; without it, everything that from answers for."`
			From string `json:"from,omitempty" maxLength:"400" doc:"Who had it."`
			OwnerBody
		}
	}
	add(s, route[transferIn, engine.OwnerChange]{Method: "POST", Path: "/owners:transfer", ID: "transfer_owner", Tag: "Owners", Short: "Hand over what somebody answers for", CLI: "drover owner transfer --from A --to B", Action: authz.OwnerDecide, Acting: true,
		Do: func(ctx context.Context, in *transferIn) (*engine.OwnerChange, error) {
			return s.as(ctx).TransferOwner(ctx, in.Body.ID, in.Body.From, in.Body.decision())
		}})
	s.addOwnersOfMany()
	add(s, route[batchIdentitiesIn, engine.BatchResult]{Method: "POST", Path: "/identities:batch", ID: "batch_identities", Tag: "Owners", Short: "Tag many identities at once, or give them an owner", Doc: "By ids, a thousand at most, or by a filter. Each item has its own outcome. What was done can be taken back for ten minutes: POST /operations/{id}:undo. With preview nothing is changed.",
		Action: authz.TagWrite, Or: []authz.Action{authz.OwnerDecide}, Acting: true, Status: http.StatusMultiStatus, Do: s.batchIdentities})
	s.addOwnerLists()
}

// addOwnersOfMany adds decisions about one thing or all that a filter keeps.
func (s *Server) addOwnersOfMany() {
	type setManyIn struct {
		Body struct {
			ID string `json:"id" minLength:"1" maxLength:"8192" doc:"A short id, a ref, a name, an alias, or a filter: then each identity that it keeps and somebody is asked to answer for."`
			OwnerBody
		}
	}
	add(s, route[setManyIn, engine.OwnerChange]{Method: "POST", Path: "/owners:set", ID: "set_owners", Tag: "Owners", Short: "Make somebody the owner of one thing or many", Doc: "What was changed is listed, each with who had it before. All are changed or none.", CLI: "drover owner set FILTER OWNER", Action: authz.OwnerDecide, Acting: true,
		Do: func(ctx context.Context, in *setManyIn) (*engine.OwnerChange, error) {
			return s.as(ctx).SetOwner(ctx, in.Body.ID, in.Body.decision())
		}})
	type confirmManyIn struct {
		Body struct {
			ID string `json:"id" minLength:"1" maxLength:"8192" doc:"A short id, a ref, a name, an alias, or a filter."`
		}
	}
	add(s, route[confirmManyIn, engine.OwnerChange]{Method: "POST", Path: "/owners:confirm", ID: "confirm_owners", Tag: "Owners", Short: "Say of one thing or many that the owner is still right", CLI: "drover owner confirm FILTER", Action: authz.OwnerConfirm, Acting: true,
		Do: func(ctx context.Context, in *confirmManyIn) (*engine.OwnerChange, error) {
			return s.as(ctx).ConfirmOwner(ctx, in.Body.ID)
		}})
}

// ofOne refuses a text that means several things: a path names one.
func (s *Server) ofOne(ctx context.Context, id string, do func(e *engine.Engine, id string) (*engine.OwnerChange, error)) (*engine.OwnerChange, error) {
	e := s.as(ctx)
	snap, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	row, err := snap.Lookup(id)
	if err != nil {
		return nil, err
	}
	return do(e, string(snap.Ref(row)))
}

type batchIdentitiesIn struct {
	Body struct {
		Action  string            `json:"action" enum:"tag,owner"`
		IDs     []string          `json:"ids,omitempty" maxItems:"1000" doc:"Of identities; or filter."`
		Filter  *string           `json:"filter,omitempty" maxLength:"8192" doc:"Every identity that it keeps, as GET /identities lists them."`
		Preview bool              `json:"preview,omitempty" doc:"Count and say what would be refused, and change nothing."`
		Set     map[string]string `json:"set,omitempty" doc:"Of tag."`
		Remove  []string          `json:"remove,omitempty" maxItems:"50" doc:"Of tag."`
		Owner   string            `json:"owner,omitempty" maxLength:"400" doc:"Of owner."`
		Deputy  string            `json:"deputy,omitempty" maxLength:"400" doc:"Of owner."`
		Reason  string            `json:"reason,omitempty" maxLength:"500" doc:"Of owner."`
	}
}

func (s *Server) batchIdentities(ctx context.Context, in *batchIdentitiesIn) (*engine.BatchResult, error) {
	b := in.Body
	e, err := s.acting(ctx, map[string]authz.Action{"tag": authz.TagWrite, "owner": authz.OwnerDecide}[b.Action])
	if err != nil {
		return nil, err
	}
	q := engine.IdentityBatch{Action: b.Action, IDs: b.IDs, Set: b.Set, Remove: b.Remove, Only: b.Preview, Owner: engine.OwnerDecision{Owner: b.Owner, Deputy: b.Deputy, Reason: b.Reason}}
	if b.Filter != nil {
		q.All, q.Filter = true, *b.Filter
	}
	v, err := e.BatchIdentities(ctx, q)
	return v, bodyFault(err)
}

func (s *Server) addOwnerLists() {
	type ownersIn struct {
		All bool `query:"all" doc:"Also those who answer for nothing and could."`
		ListParams
	}
	addList(s, list[ownersIn]{Path: "/owners", ID: "list_owners", Tag: "Owners", Short: "List who answers for things", CLI: "drover owner list", Action: authz.OwnerRead, Noun: "owners", Item: engine.OwnerCount{},
		Find: func(ctx context.Context, in *ownersIn) (*found, error) {
			if err := asIs(&in.ListParams); err != nil {
				return nil, err
			}
			all, gen, err := s.as(ctx).OwnerCounts(ctx, in.at, in.All)
			if err != nil {
				return nil, err
			}
			return whole(gen, all), nil
		}})
	type itemsIn struct {
		Missing string `query:"missing" enum:"never,left,empty,unconfirmed" doc:"Only what nobody answers for, for this reason."`
		All     bool   `query:"all" doc:"Also what somebody answers for."`
		ListParams
	}
	addList(s, list[itemsIn]{Path: "/owner-items", ID: "list_owner_items", Tag: "Owners", Short: "List what nobody answers for, with suggestions and why", CLI: "drover owner suggest FILTER", Action: authz.OwnerRead, Noun: "owner_items", Item: engine.OwnerItem{},
		Find: func(ctx context.Context, in *itemsIn) (*found, error) {
			if in.OrderBy != "" {
				return nil, asIs(&ListParams{OrderBy: in.OrderBy})
			}
			l, err := s.as(ctx).OwnerListing(ctx, engine.OwnerQuery{Filter: in.Filter, Missing: missing(in.Missing), All: in.All, AsOf: in.at})
			if err != nil {
				return nil, err
			}
			f := made(l.Generation, l.Total, func(i int) any { return l.Item(i) })
			f.More = []field{{"looked", l.Looked}, {"counts", l.Counts}}
			return f, nil
		}})
	type tasksIn struct {
		For string `query:"for" maxLength:"400" doc:"Only what this person or team must do."`
		ListParams
	}
	addList(s, list[tasksIn]{Path: "/owner-tasks", ID: "list_owner_tasks", Tag: "Owners", Short: "List what must be done about owners, the most urgent first", CLI: "drover owner tasks", Action: authz.OwnerRead, Noun: "owner_tasks", Item: engine.OwnerTask{},
		Find: func(ctx context.Context, in *tasksIn) (*found, error) {
			if err := asIs(&in.ListParams); err != nil {
				return nil, err
			}
			all, gen, err := s.as(ctx).OwnerTasks(ctx, in.For, in.at)
			if err != nil {
				return nil, err
			}
			return whole(gen, all), nil
		}})
}

// missing reads why an owner is missing; the enum of the parameter has all words.
func missing(word string) owners.Missing { return owners.Missing(word) }

// addRisks adds scores.
func (s *Server) addRisks() {
	type riskIn struct {
		NodeParams
		Since string `query:"since" maxLength:"40" doc:"Also the scores of earlier moments, this age back." example:"90d"`
	}
	add(s, route[riskIn, engine.RiskView]{Method: "GET", Path: "/identities/{id}/risk", ID: "risk", Tag: "Reports", Short: "One score, with its reasons and how it came to be", CLI: "drover risk ID", Action: authz.RiskRead,
		Do: func(ctx context.Context, in *riskIn) (*engine.RiskView, error) {
			o, err := s.riskOptions(in.Since)
			if err != nil {
				return nil, err
			}
			return of(ctx, s, in.NodeParams, func(e *engine.Engine, at time.Time) (*engine.RiskView, error) {
				o.AsOf = at
				return e.RiskOf(ctx, in.ID, o)
			})
		}})
	addList(s, list[ListParams]{Path: "/risks", ID: "list_risks", Tag: "Reports", Short: "List scores, the highest first", CLI: "drover risk --filter FILTER", Action: authz.RiskRead, Noun: "risks", Item: engine.RiskItem{},
		Find: func(ctx context.Context, in *ListParams) (*found, error) {
			if in.OrderBy != "" {
				return nil, asIs(&ListParams{OrderBy: in.OrderBy})
			}
			v, err := s.as(ctx).RiskListing(ctx, in.Filter, engine.RiskOptions{AsOf: in.at})
			if err != nil {
				return nil, err
			}
			f := made(v.Generation, v.Total, func(i int) any { return v.Item(i) })
			f.More = ageFields(v.Age)
			return f, nil
		}})
	type groupsIn struct {
		By    string `query:"by" required:"true" enum:"owner,source,env,type,system,business_unit" doc:"What scores are summed up by."`
		Since string `query:"since" maxLength:"40" doc:"Also the sums of earlier moments, this age back." example:"90d"`
		ListParams
	}
	addList(s, list[groupsIn]{Path: "/risk-groups", ID: "list_risk_groups", Tag: "Reports", Short: "Sum up scores", CLI: "drover risk --by FIELD", Action: authz.RiskRead, Noun: "risk_groups", Item: engine.RiskGroup{},
		Find: func(ctx context.Context, in *groupsIn) (*found, error) {
			if in.OrderBy != "" {
				return nil, asIs(&ListParams{OrderBy: in.OrderBy})
			}
			o, err := s.riskOptions(in.Since)
			if err != nil {
				return nil, err
			}
			o.AsOf = in.at
			all, gen, err := s.as(ctx).RiskBy(ctx, in.By, in.Filter, o)
			if err != nil {
				return nil, err
			}
			return whole(gen, all), nil
		}})
}

func (s *Server) riskOptions(since string) (o engine.RiskOptions, err error) {
	if strings.TrimSpace(since) == "" {
		return o, nil
	}
	if o.Since, err = drover.ParseDuration(since); err != nil || o.Since <= 0 {
		return o, refuse("invalid", "since: write an age such as 90d", Fault{Pointer: "/query/since", Detail: fmt.Sprintf("%.40q is no age", since)})
	}
	return o, nil
}
