package remote

import (
	"context"

	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/engine"
)

// Views lists the views that the caller may see.
func (e *Estate) Views(ctx context.Context) ([]engine.SavedView, error) {
	v, err := client.All(ctx, client.ListParams{}, 0, func(ctx context.Context, p client.ListParams) (*client.Page[engine.SavedView], error) {
		return e.c.ListViews(ctx, client.ListViewsRequest{ListParams: p})
	})
	if err != nil {
		return nil, err
	}
	return v.Items, nil
}

// View finds a view by its id or name.
func (e *Estate) View(ctx context.Context, text string) (*engine.SavedView, error) {
	return e.c.GetView(ctx, client.GetViewRequest{ID: text})
}

// SaveView adds a view, or changes the one of its id as it was read.
func (e *Estate) SaveView(ctx context.Context, v engine.SavedView) (*engine.SavedView, error) {
	body := client.ViewBody{Name: v.Name, Doc: v.Doc, Noun: v.Noun, Filter: v.Filter, Sort: v.Sort, Columns: v.Columns, Group: v.Group, Visual: v.Visual, State: v.State, Share: v.Share, Team: v.Team}
	if v.ID == "" {
		return e.c.SaveView(ctx, client.SaveViewRequest{Body: body})
	}
	tag, err := e.c.ETag(ctx, client.GetViewRequest{ID: v.ID})
	if err != nil {
		return nil, err
	}
	return e.c.ChangeView(ctx, client.ChangeViewRequest{ID: v.ID, IfMatch: tag, Body: body})
}

// RemoveView deletes a view, found by its id or name.
func (e *Estate) RemoveView(ctx context.Context, text string, _ int64) (*engine.SavedView, error) {
	v, err := e.View(ctx, text)
	if err != nil {
		return nil, err
	}
	return v, e.c.DeleteView(ctx, client.DeleteViewRequest{ID: v.ID, IfMatch: "*"})
}

// WatchView tells the caller from now on when what a view lists changes.
func (e *Estate) WatchView(ctx context.Context, text string) (*engine.SavedView, error) {
	return e.c.WatchView(ctx, client.WatchViewRequest{ID: text})
}

// UnwatchView ends a watch of the caller.
func (e *Estate) UnwatchView(ctx context.Context, text string) (*engine.SavedView, error) {
	return e.c.UnwatchView(ctx, client.UnwatchViewRequest{ID: text})
}
