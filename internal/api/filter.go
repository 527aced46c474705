package api

import (
	"context"
	"errors"

	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/internal/engine"
)

type searchIn struct {
	Q string `query:"q" required:"true" maxLength:"200" doc:"A name, an id, an alias, or any part of them." example:"bi-export"`
	AsOfParam
}

func (s *Server) search(ctx context.Context, in *searchIn) (*engine.SearchView, error) {
	const most = 20
	at, err := s.moment(ctx, in.AsOfParam)
	if err != nil {
		return nil, err
	}
	return s.as(ctx).Search(ctx, in.Q, most, at)
}

// OnList names the list that a filter is for.
type OnList struct {
	List string `query:"list" maxLength:"40" default:"identities" doc:"The list that the filter is for: identities, credentials, edges, unseen, findings…" example:"credentials"`
}

func (o OnList) fields() ([]filter.Field, error) {
	fields, err := engine.FilterFields(o.List)
	if err != nil {
		names := append(engine.Listed(), "findings")
		return nil, refuse("invalid", said(err), Fault{Pointer: "/query/list", Detail: "there is no such list", Suggestion: nearest(o.List, names)})
	}
	return fields, nil
}

type fieldsIn struct{ OnList }

// fieldsView is what filters of a list can speak of.
type fieldsView struct {
	Schema string      `json:"schema"`
	List   string      `json:"list"`
	Items  []fieldItem `json:"items"`
}

type fieldItem struct {
	Name      string   `json:"name"`
	Type      string   `json:"type"`       // text, list, number, time (an age), future (time left), attrs (NAME stands for the vendor's own field)
	Help      string   `json:"help"`       // what it is
	Operators []string `json:"operators"`  // that make sense, the most useful first
	Values    []string `json:"values"`     // every value that there is, where that is known beforehand
	Words     bool     `json:"vocabulary"` // its values are a vocabulary: facets count them
}

func (s *Server) fields(_ context.Context, in *fieldsIn) (*fieldsView, error) {
	fields, err := in.fields()
	if err != nil {
		return nil, err
	}
	v := &fieldsView{Schema: "drover/v1/fields", List: in.List, Items: []fieldItem{}}
	types := map[filter.FieldType]string{filter.Text: "text", filter.List: "list", filter.Number: "number", filter.Time: "time", filter.Future: "future", filter.Attrs: "attrs"}
	for _, f := range fields {
		item := fieldItem{Name: f.Name, Type: types[f.Type], Help: f.Help, Operators: f.Operators(), Values: append([]string{}, f.Closed...), Words: f.Enum}
		if f.Type == filter.Attrs {
			item.Name = f.Name + ".NAME"
		}
		v.Items = append(v.Items, item)
	}
	return v, nil
}

type explainIn struct {
	OnList
	Filter string `query:"filter" maxLength:"8192" doc:"The filter." example:"owner:none -env:dev"`
}

// explained is a filter in words.
type explained struct {
	Schema string `json:"schema"`
	Filter string `json:"filter"`
	Means  string `json:"means"` // with every AND and parenthesis written out; empty: every row
	Timed  bool   `json:"timed"` // other rows may match as time passes
}

func (s *Server) explainFilter(_ context.Context, in *explainIn) (*explained, error) {
	fields, err := in.fields()
	if err != nil {
		return nil, err
	}
	f, err := filter.Parse(in.Filter, fields, s.o.Now())
	if err != nil {
		return nil, filterProblem(err)
	}
	return &explained{Schema: "drover/v1/filter", Filter: in.Filter, Means: f.Explain(), Timed: f.Timed()}, nil
}

// filterProblem says where a filter cannot be read.
func filterProblem(err error) error {
	if bad, ok := errors.AsType[*filter.SyntaxError](err); ok {
		return refuse("filter_invalid", said(err), filterFault(bad))
	}
	return err
}

type completeIn struct {
	OnList
	Filter string `query:"filter" maxLength:"8192" doc:"What is written so far." example:"env=pr"`
	Cursor int    `query:"cursor" minimum:"-1" default:"-1" doc:"The character before which the cursor stands; -1: at the end." example:"6"`
}

func (s *Server) complete(ctx context.Context, in *completeIn) (*engine.CompletionsView, error) {
	noun, ok := engine.LookupNoun(in.List)
	if !ok {
		return nil, refuse("invalid", "only filters of things are completed", Fault{Pointer: "/query/list", Detail: "only filters of things are completed"})
	}
	if in.Cursor < 0 {
		in.Cursor = len(in.Filter)
	}
	return s.as(ctx).Complete(ctx, noun, in.Filter, in.Cursor)
}

type diffIn struct {
	ID    string `query:"id" maxLength:"4096" doc:"Of this thing only: an id, a ref, a name or an alias." example:"svc-bi-export"`
	From  string `query:"from" maxLength:"40" doc:"Since when: a time, a date or an age. Without it: before the last scan." example:"7d"`
	To    string `query:"to" maxLength:"40" doc:"Until when. Without it: now." example:"2026-09-30"`
	Limit int    `query:"limit" minimum:"0" maximum:"100000" doc:"Of each kind of change (node, edge, tag, join), at most so many items, the first in order. 0: all. All are counted."`
	// Reach asks for another answer.
	Reach bool `query:"reach" doc:"Compare what can be reached instead of what there is."`
}

func (s *Server) diff(ctx context.Context, in *diffIn) (*either, error) {
	from, err := s.past("from", in.From)
	if err != nil {
		return nil, err
	}
	to, err := s.past("to", in.To)
	if err != nil {
		return nil, err
	}
	if end := to; !from.IsZero() {
		if end.IsZero() {
			end = s.o.Now()
		}
		if from.After(end) {
			return nil, refuse("invalid", "from lies after to", Fault{Pointer: "/query/from", Detail: "it lies after to"})
		}
	}
	req := engine.DiffRequest{ID: in.ID, From: from, To: to, Limit: in.Limit}
	if in.Reach {
		v, err := s.as(ctx).DiffReach(ctx, req, "")
		return &either{v}, err
	}
	v, err := s.as(ctx).Diff(ctx, req)
	return &either{v}, err
}
