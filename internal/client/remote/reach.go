package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/engine"
)

// alone refuses options that name a file.
func alone(o engine.ReachOptions) error {
	if err := o.Valid(); err != nil {
		return err
	}
	if o.With != "" {
		return here("--with reads " + o.With)
	}
	return nil
}

// Blast is what falls if a thing is stolen.
func (e *Estate) Blast(ctx context.Context, id string, asOf time.Time, o engine.ReachOptions) (*engine.BlastView, error) {
	if err := alone(o); err != nil {
		return nil, err
	}
	return e.c.BlastRadius(ctx, client.BlastRadiusRequest{ID: id, AsOf: client.AsOf(asOf), MaxHops: o.MaxHops, Level: string(o.Level), Limit: &o.Limit, Cut: o.Cut})
}

// BlastAll counts what falls with each identity that a filter keeps.
func (e *Estate) BlastAll(ctx context.Context, filter string, asOf time.Time, o engine.ReachOptions) (*engine.BlastsView, error) {
	if err := alone(o); err != nil {
		return nil, err
	}
	v, err := client.All(ctx, client.ListParams{Filter: filter, AsOf: client.AsOf(asOf)}, o.Limit, func(ctx context.Context, p client.ListParams) (*client.Page[engine.BlastItem], error) {
		return e.c.ListBlasts(ctx, client.ListBlastsRequest{ListParams: p, Level: string(o.Level)})
	})
	if err != nil {
		return nil, plain(err, "filter")
	}
	return &engine.BlastsView{Items: v.Items, Total: v.TotalSize, Age: age(v)}, nil
}

func age[T any](p *client.Page[T]) engine.Age {
	return engine.Age{Generation: p.Generation, Catalogues: p.Catalogues, NotAnalysed: p.NotAnalysed}
}

// Paths are the ranked ways from one to another.
func (e *Estate) Paths(ctx context.Context, from, to string, asOf time.Time, o engine.ReachOptions) (*engine.PathsView, error) {
	if err := alone(o); err != nil {
		return nil, err
	}
	return e.c.Paths(ctx, client.PathsRequest{From: from, To: to, AsOf: client.AsOf(asOf), MaxHops: o.MaxHops, Level: string(o.Level), Limit: &o.Limit})
}

// Reached is what one reaches.
func (e *Estate) Reached(ctx context.Context, id string, asOf time.Time, o engine.ReachOptions) (*engine.ReachedView, error) {
	if err := alone(o); err != nil {
		return nil, err
	}
	v, err := client.All(ctx, client.ListParams{AsOf: client.AsOf(asOf)}, o.Limit, func(ctx context.Context, p client.ListParams) (*client.Page[engine.ReachedItem], error) {
		return e.c.ListReached(ctx, client.ListReachedRequest{ListParams: p, To: id, MaxHops: o.MaxHops, Level: string(o.Level)})
	})
	if err != nil {
		return nil, err
	}
	return &engine.ReachedView{Items: v.Items, Age: age(v)}, nil
}

// Cut is the cheapest change that ends all ways.
func (e *Estate) Cut(ctx context.Context, from, to string, asOf time.Time, o engine.ReachOptions) (*engine.CutView, error) {
	if err := alone(o); err != nil {
		return nil, err
	}
	return e.c.Cut(ctx, client.CutRequest{From: from, To: to, AsOf: client.AsOf(asOf), Limit: o.Limit, MaxHops: o.MaxHops, Chokes: o.Cut})
}

// Why says whether one may do a thing.
func (e *Estate) Why(ctx context.Context, id, resource, action string, asOf time.Time, o engine.ReachOptions) (*engine.WhyView, error) {
	if err := alone(o); err != nil {
		return nil, err
	}
	return e.c.Why(ctx, client.WhyRequest{ID: id, Resource: resource, Action: action, AsOf: client.AsOf(asOf), MaxHops: o.MaxHops, Level: string(o.Level), Limit: &o.Limit})
}

// WhoCan lists who may do a thing.
func (e *Estate) WhoCan(ctx context.Context, resource, action string, asOf time.Time, o engine.ReachOptions) (*engine.WhoCanView, error) {
	if err := alone(o); err != nil {
		return nil, err
	}
	return e.c.WhoCan(ctx, client.WhoCanRequest{Resource: resource, Action: action, AsOf: client.AsOf(asOf), MaxHops: o.MaxHops, Level: string(o.Level), Limit: &o.Limit})
}

// Grants lists what a thing is given by itself.
func (e *Estate) Grants(ctx context.Context, id string, asOf time.Time, o engine.ReachOptions) (*engine.GrantsView, error) {
	if err := alone(o); err != nil {
		return nil, err
	}
	v, err := client.All(ctx, client.ListParams{AsOf: client.AsOf(asOf)}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.GrantItem], error) {
		return e.c.ListGrants(ctx, client.ListGrantsRequest{ListParams: p, ID: id})
	})
	if err != nil {
		return nil, err
	}
	return &engine.GrantsView{Items: v.Items, Age: age(v)}, nil
}

// Creators says who made a thing, up to a person.
func (e *Estate) Creators(ctx context.Context, id string, asOf time.Time) (*engine.CreatorsView, error) {
	return e.c.Creators(ctx, client.CreatorsRequest{ID: id, AsOf: client.AsOf(asOf)})
}

// Dependents says what stops if a thing stops.
func (e *Estate) Dependents(ctx context.Context, id string, asOf time.Time) (*engine.DepsView, error) {
	return e.c.Dependents(ctx, client.DependentsRequest{ID: id, AsOf: client.AsOf(asOf), Limit: new(int)})
}

// Diff compares two moments.
func (e *Estate) Diff(ctx context.Context, req engine.DiffRequest) (*engine.DiffView, error) {
	v := &engine.DiffView{}
	return v, e.diff(ctx, req, false, v)
}

func (e *Estate) diff(ctx context.Context, req engine.DiffRequest, reach bool, out any) error {
	raw, err := e.c.Diff(ctx, client.DiffRequest{ID: req.ID, From: client.AsOf(req.From), To: client.AsOf(req.To), Reach: reach})
	if err != nil {
		return plain(err, "from", "to")
	}
	if err := json.Unmarshal(*raw, out); err != nil {
		return fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return nil
}

const maxChange = 1 << 20 // a body of the API

// DiffReach compares what can be reached, at two moments or with a change that is
// read here and only thought of there.
func (e *Estate) DiffReach(ctx context.Context, req engine.DiffRequest, with string) (*engine.ReachDiffView, error) {
	if with == "" {
		v := &engine.ReachDiffView{}
		return v, e.diff(ctx, req, true, v)
	}
	if _, err := os.Stat(with); err != nil {
		return nil, fmt.Errorf("read %s: %w (%w)", with, err, drover.ErrNotFound)
	}
	f, err := os.Open(with)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", with, err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxChange+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", with, err)
	case len(raw) > maxChange:
		return nil, fmt.Errorf("%s is over 1 MiB: %w", with, drover.ErrInvalid)
	case !json.Valid(raw):
		return nil, fmt.Errorf("%s: it is no JSON: %w", with, drover.ErrInvalid)
	}
	v, err := e.c.Simulate(ctx, client.SimulateRequest{Body: client.SimulateInBody{Change: raw, ID: req.ID}})
	if err != nil {
		return nil, err
	}
	if v.Reach != nil {
		v.Reach.With = with
	}
	return v.Reach, nil
}

// Lint reads a policy in a file.
func (e *Estate) Lint(_ context.Context, r engine.LintRequest) (*engine.LintView, error) {
	return nil, here("access lint reads " + r.File)
}
