package cli

import (
	"context"
	"errors"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/engine"
)

// act does something about users and tokens: by the server of this data directory
// where one runs, since it holds the store, else here. path is of the API, body
// and out its JSON, whose items are those of the engine.
func (a *app) act(ctx context.Context, method, path string, body, out any, here func(*engine.Engine) error) error {
	_, home, err := a.locate()
	if err != nil {
		return err
	}
	client, _, err := local.Dial(ctx, home)
	if errors.Is(err, drover.ErrNotFound) {
		return a.local(ctx, false, here)
	}
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	tag := ""
	if method == "PUT" || method == "DELETE" {
		// What it is now is what is to be changed: nobody looked at it before.
		if tag, err = local.Call(ctx, client, "GET", path, "", nil, nil); err != nil && !errors.Is(err, local.ErrNoRoute) {
			return err
		}
	}
	_, err = local.Call(ctx, client, method, path, tag, body, out)
	return err
}
