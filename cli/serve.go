package cli

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/config"
)

func (a *app) serveCmd() *cobra.Command {
	var listen string
	c := shaped(shapeText, &cobra.Command{
		Use: "serve", Short: "Run the server for a team", Args: cobra.NoArgs,
		Long: "Runs the server in the foreground until it is told to stop (SIGTERM): page, API, scheduled scans; logs as JSON lines on standard error. An address that other\n" +
			"machines reach needs TLS (server.tls) and sign-in (auth). /healthz and /readyz answer probes; /metrics answers this machine and who shows server.metrics_token.\n" +
			"With store.driver postgres several may run side by side: each scheduled scan runs on one of them.",
		Example: "  drover serve\n  drover serve --config /etc/drover/drover.yaml --listen 0.0.0.0:8443",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.refuseServer(); err != nil {
				return err
			}
			return a.serve(cmd.Context(), listen)
		}})
	c.Flags().StringVar(&listen, "listen", "", "`HOST:PORT`; port 0 takes a free one (default server.listen, else "+config.DefaultListen+")")
	return c
}

func (a *app) serve(ctx context.Context, listen string) error {
	if a.config.Serve == nil {
		return fmt.Errorf("this binary was built without a server: %w", drover.ErrInvalid)
	}
	cfg, home, err := a.locate()
	if err != nil {
		return err
	}
	level := config.Levels[cfg.Server.Log]
	if a.verbose {
		level = slog.LevelDebug
	}
	return a.config.Serve(ctx, a.serving(cfg, home, listen, slog.New(slog.NewJSONHandler(a.errs, &slog.HandlerOptions{Level: level}))))
}
