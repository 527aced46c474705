package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// loginLink makes a link by the server that runs for this data directory, or where
// none does in the store, for the one that is to be started.
func (a *app) loginLink(ctx context.Context, who string) (*LinkView, error) {
	cfg, home, err := a.locate()
	if err != nil {
		return nil, err
	}
	s, err := local.Find(ctx, home)
	if err == nil {
		link, err := s.LoginAs(ctx, who)
		if err != nil {
			return nil, err
		}
		return &LinkView{"drover/v1/login_link", link.URL, link.Expires}, nil
	}
	if !errors.Is(err, drover.ErrNotFound) {
		return nil, err
	}
	base := strings.TrimSuffix(cfg.Server.PublicURL, "/")
	if base == "" {
		listen := cfg.Server.Listen
		if listen == "" {
			listen = config.DefaultListen
		}
		base = "http://" + listen
		if cfg.Server.TLS.Cert != "" {
			base = "https://" + listen
		}
	}
	var v *LinkView
	err = a.local(ctx, false, func(e *engine.Engine) error {
		link, err := e.LoginLink(ctx, who)
		if err == nil {
			a.hint("No server runs: start one (drover up, drover serve) before the link is opened.")
			v = &LinkView{"drover/v1/login_link", base + "/login?token=" + link.Value.Reveal(), link.Expires}
		}
		return err
	})
	return v, err
}
