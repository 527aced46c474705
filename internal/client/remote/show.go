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

// Show shows anything, by id, ref, name or alias.
func (e *Estate) Show(ctx context.Context, text string, asOf time.Time) (*engine.Detail, error) {
	d, err := e.c.GetNode(ctx, client.GetNodeRequest{ID: text, AsOf: client.AsOf(asOf)})
	if err != nil {
		return nil, err
	}
	d.Item, err = typed(d.Item)
	return d, err
}

// typed gives an item of JSON the type that its kind has.
func typed(item any) (any, error) {
	raw, err := json.Marshal(item)
	if err != nil {
		return nil, err
	}
	var k struct{ Kind drover.Kind }
	if err := json.Unmarshal(raw, &k); err != nil {
		return nil, fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	switch m, _ := item.(map[string]any); {
	case k.Kind == drover.KindIdentity || k.Kind == drover.KindHuman:
		return as[engine.Identity](raw)
	case k.Kind == drover.KindCredential || m["kind"] == nil:
		return as[engine.Credential](raw)
	}
	return as[engine.Item](raw)
}

func as[T any](raw []byte) (any, error) {
	var v T
	err := json.Unmarshal(raw, &v)
	return v, err
}

// Explain says in sentences what a finding, a thing or a check is about.
func (e *Estate) Explain(ctx context.Context, text string, asOf time.Time) (*engine.ExplainView, error) {
	return e.c.Explain(ctx, client.ExplainRequest{ID: text, AsOf: client.AsOf(asOf)})
}

// PolicyExplain says what the rules of the house say of a thing.
func (e *Estate) PolicyExplain(ctx context.Context, text string, asOf time.Time) (*engine.PolicyView, error) {
	return e.c.PolicyOf(ctx, client.PolicyOfRequest{ID: text, AsOf: client.AsOf(asOf)})
}
