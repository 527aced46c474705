package cli

import (
	"context"
	"errors"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/client/local"
)

// act does something about users and tokens: by the server of this data directory
// where one runs, since it knows who is signed in, else as any command does.
func (a *app) act(ctx context.Context, fn func(estate) error) error {
	if a.elsewhere() {
		return a.with(ctx, false, fn)
	}
	_, home, err := a.locate()
	if err != nil {
		return err
	}
	h, _, err := local.Dial(ctx, home)
	if errors.Is(err, drover.ErrNotFound) {
		return a.with(ctx, false, fn)
	}
	if err != nil {
		return err
	}
	return a.over(ctx, client.Over(h, local.Base, a.clientOptions()), fn)
}
