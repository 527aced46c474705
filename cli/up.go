package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// UpView is what `up` prints when it answers, or when one runs already.
type UpView struct {
	Schema  string     `json:"schema"`
	URL     string     `json:"url"`
	Login   *string    `json:"login_url"`     // signs in whoever opens it first; null: there is none
	Expires *time.Time `json:"login_expires"` // when it no longer does
	PID     int        `json:"pid"`
	Socket  *string    `json:"socket"`  // for the other commands; null: this system has none
	Running bool       `json:"running"` // it ran before this command
	Seconds float64    `json:"seconds"` // until it answered
}

func (a *app) upCmd() *cobra.Command {
	var listen string
	var noBrowser bool
	c := shaped(shapeObject, &cobra.Command{
		Use: "up", Short: "Start the page on this machine, and open it", Args: cobra.NoArgs,
		Long: "Starts the server with the page for the person at this machine: on loopback, with the embedded store, until Ctrl-C. It prints a link that signs in once;\n" +
			"`drover login-link` makes another. Sources with `every` are scanned when they are due. Where one runs already, it says where.\n" +
			"For a team see `drover serve`.",
		Example: "  drover up\n  drover up --no-browser --listen 127.0.0.1:0",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.refuseServer(); err != nil {
				return err
			}
			return a.up(cmd.Context(), listen, noBrowser)
		}})
	c.Flags().StringVar(&listen, "listen", "", "`HOST:PORT` on loopback; port 0 takes a free one (default "+config.DefaultListen+")")
	c.Flags().BoolVar(&noBrowser, "no-browser", false, "open no browser")
	return c
}

func (a *app) up(ctx context.Context, listen string, noBrowser bool) error {
	if a.config.Serve == nil {
		return fmt.Errorf("this binary was built without a server: %w", drover.ErrInvalid)
	}
	cfg, home, err := a.locate()
	if err != nil {
		return err
	}
	switch s, err := local.Find(ctx, home); {
	case err == nil:
		return a.upAlready(ctx, s, noBrowser)
	case !errors.Is(err, drover.ErrNotFound):
		return err
	}
	level := slog.LevelWarn
	if a.verbose {
		level = slog.LevelDebug
	}
	s := a.serving(cfg, home, listen, slog.New(slog.NewTextHandler(a.errs, &slog.HandlerOptions{Level: level})))
	s.Local = true
	started, failed := a.now(), error(nil)
	s.Ready = func(v Served) {
		failed = a.upDone(v, false, a.now().Sub(started))
		if v.Login != nil && !noBrowser {
			a.browse(ctx, v.Login.URL)
		}
	}
	if err := a.config.Serve(ctx, s); err != nil {
		return err
	}
	if failed == nil {
		a.hint("Stopped.")
	}
	return failed
}

// serving is what both kinds of server are handed.
func (a *app) serving(cfg *config.Config, home, listen string, log *slog.Logger) Serving {
	return Serving{Home: home, Config: cfg, Listen: listen, Log: log, Now: a.now, User: userName(), Version: Version, Commit: Commit, Date: Date,
		Open: func(ctx context.Context) (*engine.Engine, error) {
			return a.engine(ctx, cfg, home, engine.Options{Keep: true, Log: log})
		}}
}

// upAlready says where the one is that runs, with a new link to it.
func (a *app) upAlready(ctx context.Context, s *local.Server, noBrowser bool) error {
	v := Served{Server: *s}
	link, err := s.Login(ctx)
	if err != nil && !errors.Is(err, drover.ErrNotFound) {
		return err
	}
	v.Login = link
	if err := a.upDone(v, true, 0); err != nil {
		return err
	}
	if link != nil && !noBrowser {
		a.browse(ctx, link.URL)
	}
	return nil
}

func (a *app) upDone(s Served, running bool, took time.Duration) error {
	v := UpView{Schema: "drover/v1/up", URL: s.URL, PID: s.PID, Socket: nullable(s.Socket), Running: running, Seconds: took.Seconds()}
	if s.Login != nil {
		v.Login = &s.Login.URL
		if !s.Login.Expires.IsZero() {
			v.Expires = &s.Login.Expires
		}
	}
	return a.object(v, func(w io.Writer) {
		if running {
			fmt.Fprintf(w, "Drover runs already: %s (process %d, since %s)\n", safe(s.URL), s.PID, s.Started.Local().Format("2006-01-02 15:04"))
		} else {
			fmt.Fprintf(w, "Drover is up: %s   ready in %.1fs\n", safe(s.URL), took.Seconds())
		}
		if v.Login != nil {
			fmt.Fprintf(w, "Sign in:      %s\n", safe(*v.Login))
		}
		if v.Expires != nil {
			fmt.Fprintf(w, "              once, until %s; another one: drover login-link\n", v.Expires.Local().Format("15:04:05"))
		}
		if !running {
			fmt.Fprintln(w, "Stop:         Ctrl-C")
		}
	})
}

// browse opens the page where there is a desktop; that it cannot is no failure,
// since the link was printed.
func (a *app) browse(ctx context.Context, url string) {
	if a.noInput || !terminal(a.out) {
		return
	}
	cmd := browser(context.WithoutCancel(ctx), url, os.Getenv)
	if cmd == nil {
		return
	}
	if err := cmd.Start(); err != nil {
		a.hint("No browser could be opened: open the link yourself.")
		return
	}
	go func() { _ = cmd.Wait() }() // whatever becomes of it
}
