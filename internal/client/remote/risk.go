package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/engine"
)

// Risks lists scores, the highest first.
func (e *Estate) Risks(ctx context.Context, filter string, o engine.RiskOptions) (*engine.RisksView, error) {
	v, err := client.All(ctx, client.ListParams{Filter: filter, AsOf: client.AsOf(o.AsOf)}, o.Limit, func(ctx context.Context, p client.ListParams) (*client.Page[engine.RiskItem], error) {
		return e.c.ListRisks(ctx, client.ListRisksRequest{ListParams: p})
	})
	if err != nil {
		return nil, plain(err, "filter")
	}
	return &engine.RisksView{Items: v.Items, Total: v.TotalSize, Generation: v.Generation, Age: age(v)}, nil
}

// RiskOf says the score of one thing.
func (e *Estate) RiskOf(ctx context.Context, text string, o engine.RiskOptions) (*engine.RiskView, error) {
	return e.c.Risk(ctx, client.RiskRequest{ID: text, AsOf: client.AsOf(o.AsOf), Since: since(o)})
}

func since(o engine.RiskOptions) string {
	if o.Since == 0 {
		return ""
	}
	return span(o.Since)
}

// RiskBy sums up scores.
func (e *Estate) RiskBy(ctx context.Context, by, filter string, o engine.RiskOptions) ([]engine.RiskGroup, int64, error) {
	v, err := client.All(ctx, client.ListParams{Filter: filter, AsOf: client.AsOf(o.AsOf)}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.RiskGroup], error) {
		return e.c.ListRiskGroups(ctx, client.ListRiskGroupsRequest{ListParams: p, By: by, Since: since(o)})
	})
	if err != nil {
		return nil, 0, plain(err, "filter", "query/by")
	}
	return v.Items, v.Generation, nil
}

func (e *Estate) policy(ctx context.Context) (*client.Page[engine.PolicyItem], error) {
	return client.All(ctx, client.ListParams{}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.PolicyItem], error) {
		return e.c.ListPolicyItems(ctx, client.ListPolicyItemsRequest{ListParams: p})
	})
}

// PolicyItems lists everything that is asked of the estate.
func (e *Estate) PolicyItems(ctx context.Context) ([]engine.PolicyItem, error) {
	v, err := e.policy(ctx)
	if err != nil {
		return nil, err
	}
	return v.Items, nil
}

// Overrides are the intervals of rotation that the house sets otherwise. They are a
// hint beside other answers: where they cannot be had, there are none.
func (e *Estate) Overrides(ctx context.Context) []engine.PolicyFault {
	v, err := e.policy(ctx)
	if err != nil {
		return nil
	}
	var list []engine.PolicyFault
	_ = json.Unmarshal(v.Overrides, &list)
	return list
}

// PolicyLint lists what of the policies does nothing, or not what was meant.
func (e *Estate) PolicyLint(ctx context.Context) ([]engine.PolicyFault, error) {
	v, err := client.All(ctx, client.ListParams{}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.PolicyFault], error) {
		return e.c.ListPolicyFaults(ctx, client.ListPolicyFaultsRequest{ListParams: p})
	})
	if err != nil {
		return nil, err
	}
	return v.Items, nil
}

// PolicyTest tries the examples and assertions of the house.
func (e *Estate) PolicyTest(ctx context.Context, ids []string) ([]engine.PolicyTest, error) {
	v, err := client.All(ctx, client.ListParams{}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.PolicyTest], error) {
		return e.c.ListPolicyTests(ctx, client.ListPolicyTestsRequest{ListParams: p, Check: ids})
	})
	if err != nil {
		return nil, err
	}
	return v.Items, nil
}

// span is a duration as parameters take it: 90d, else in seconds.
func span(d time.Duration) string {
	if d%drover.Day == 0 {
		return fmt.Sprintf("%dd", d/drover.Day)
	}
	return fmt.Sprintf("%ds", int64(d/time.Second))
}
