package remote

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/engine"
)

// List lists what is known: a page where few items are asked for, else a stream.
func (e *Estate) List(ctx context.Context, r engine.ListRequest) (*engine.Listing, error) {
	switch r.Noun {
	case "identities":
		return list(ctx, e, r, func(p client.ListParams) client.ListIdentitiesRequest {
			return client.ListIdentitiesRequest{ListParams: p}
		}, e.c.ListIdentities)
	case "humans":
		return list(ctx, e, r, func(p client.ListParams) client.ListHumansRequest { return client.ListHumansRequest{ListParams: p} }, e.c.ListHumans)
	case "credentials":
		return list(ctx, e, r, func(p client.ListParams) client.ListCredentialsRequest {
			return client.ListCredentialsRequest{ListParams: p}
		}, e.c.ListCredentials)
	case "groups":
		return list(ctx, e, r, func(p client.ListParams) client.ListGroupsRequest { return client.ListGroupsRequest{ListParams: p} }, e.c.ListGroups)
	case "roles":
		return list(ctx, e, r, func(p client.ListParams) client.ListRolesRequest { return client.ListRolesRequest{ListParams: p} }, e.c.ListRoles)
	case "resources":
		return list(ctx, e, r, func(p client.ListParams) client.ListResourcesRequest {
			return client.ListResourcesRequest{ListParams: p}
		}, e.c.ListResources)
	case "workloads":
		return list(ctx, e, r, func(p client.ListParams) client.ListWorkloadsRequest {
			return client.ListWorkloadsRequest{ListParams: p}
		}, e.c.ListWorkloads)
	case "policies":
		return list(ctx, e, r, func(p client.ListParams) client.ListPoliciesRequest { return client.ListPoliciesRequest{ListParams: p} }, e.c.ListPolicies)
	case "places":
		return list(ctx, e, r, func(p client.ListParams) client.ListPlacesRequest { return client.ListPlacesRequest{ListParams: p} }, e.c.ListPlaces)
	case "vendors":
		return list(ctx, e, r, func(p client.ListParams) client.ListVendorsRequest { return client.ListVendorsRequest{ListParams: p} }, e.c.ListVendors)
	case "nodes":
		return list(ctx, e, r, func(p client.ListParams) client.ListNodesRequest { return client.ListNodesRequest{ListParams: p} }, e.c.ListNodes)
	}
	if r.Sort != "" {
		return nil, fmt.Errorf("sort: %s have an order of their own: %w", r.Noun, drover.ErrInvalid)
	}
	switch r.Noun {
	case "edges":
		return list(ctx, e, r, func(p client.ListParams) client.ListEdgesRequest { return client.ListEdgesRequest{ListParams: p} }, e.c.ListEdges)
	case "documents":
		return list(ctx, e, r, func(p client.ListParams) client.ListDocumentsRequest {
			return client.ListDocumentsRequest{ListParams: p}
		}, e.c.ListDocuments)
	case "unseen":
		return list(ctx, e, r, func(p client.ListParams) client.ListUnseenRequest { return client.ListUnseenRequest{ListParams: p} }, e.c.ListUnseen)
	}
	return nil, fmt.Errorf("list %q: there are %s: %w", r.Noun, strings.Join(engine.Listed(), ", "), drover.ErrInvalid)
}

// few is up to how many items one page answers.
const few = 1000

func list[In client.Request, T any](ctx context.Context, e *Estate, r engine.ListRequest, of func(client.ListParams) In, ask func(context.Context, In) (*client.Page[T], error)) (*engine.Listing, error) {
	p := client.ListParams{Filter: r.Filter, OrderBy: r.Sort, AsOf: client.AsOf(r.AsOf)}
	l := &engine.Listing{Noun: r.Noun, Now: r.AsOf}
	if l.Now.IsZero() {
		l.Now = e.now()
	}
	if r.Limit > 0 && r.Limit <= few && !r.Risk { // a stream tells the risk of all that it tells
		p.PageSize = r.Limit
		v, err := ask(ctx, of(p))
		if err != nil {
			return nil, plain(err, "order_by", "filter")
		}
		l.Generation, l.Total, l.Items = v.Generation, v.TotalSize, each(v.Items)
	} else if err := stream[In, T](ctx, e, l, of(p), r.Limit); err != nil {
		return nil, plain(err, "order_by", "filter")
	}
	if l.Risk = r.Risk || asksRisk(r, l.Items); !l.Risk {
		l.Items = withoutRisk(l.Items)
	}
	if _, noun := engine.LookupNoun(r.Noun); l.Total == 0 && noun {
		v, err := ask(ctx, of(client.ListParams{PageSize: -1, AsOf: p.AsOf}))
		if err != nil {
			return nil, err
		}
		l.Exist = v.TotalSize
	}
	return l, nil
}

// plainRow is an item as it is in process, without columns that nobody here asks for.
func plainRow(item any) any {
	if row, ok := item.(engine.IdentityRow); ok {
		return row.Identity
	}
	return item
}

// withoutRisk leaves out what a stream tells unasked, as a list in process does.
func withoutRisk(items iter.Seq[any]) iter.Seq[any] {
	return func(yield func(any) bool) {
		for item := range items {
			if x, ok := item.(engine.Identity); ok {
				x.Risk = nil
				item = x
			}
			if !yield(item) {
				return
			}
		}
	}
}

func each[T any](items []T) iter.Seq[any] {
	return func(yield func(any) bool) {
		for i := range items {
			if !yield(plainRow(items[i])) {
				return
			}
		}
	}
}

// stream fills a listing with every item, read as it is written. Each round asks
// anew, and one that speaks of another generation than the first fails.
func stream[In client.Request, T any](ctx context.Context, e *Estate, l *engine.Listing, in In, limit int) error {
	first, err := client.Lines[T](ctx, e.c, in)
	if err != nil {
		return err
	}
	l.Generation, l.Total = first.Generation, first.Total
	var failed error
	l.Failed = func() error { return failed }
	l.Items = func(yield func(any) bool) {
		s := first
		if first = nil; s == nil {
			if s, failed = client.Lines[T](ctx, e.c, in); failed != nil {
				return
			}
			if s.Generation != l.Generation {
				failed = errors.New("the estate changed while it was listed: run it again")
			}
		}
		n := 0
		for item, err := range s.Items {
			if failed == nil {
				failed = err
			}
			if failed != nil || limit > 0 && n == limit || !yield(plainRow(item)) {
				return
			}
			n++
		}
	}
	return nil
}

// asksRisk reports whether items tell their risk, because filter or order ask for
// it: the items of a page say so themselves.
func asksRisk(r engine.ListRequest, items iter.Seq[any]) bool {
	if r.Limit == 0 || r.Limit > few {
		return strings.TrimPrefix(r.Sort, "-") == "risk" || filter.Mentions(r.Filter, graph.Fields, "risk")
	}
	for i := range items {
		if x, ok := i.(engine.Identity); ok && x.Risk != nil {
			return true
		}
	}
	return false
}
