// Package cli is the command line: commands, flags, text output, exit codes.
// It calls the engine and nothing below it. Main takes the extensions as
// arguments, so that anyone can build a binary with a few more of their own.
//
// Data goes to standard output; progress, warnings and next steps go to standard
// error. JSON and exit codes are a contract, see docs/reference.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/action"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/export"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// Config is what a binary is made of.
type Config struct {
	Connectors []*connector.Connector
	Checks     []*check.Check
	Actions    []*action.Action
	Formats    []*export.Format
	Systems    []*effective.System

	// Serve runs the server until ctx ends; nil: this binary has none.
	Serve func(context.Context, Serving) error
}

// Main runs the command line with os.Args and returns the exit code.
func Main(c Config) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		// The first Ctrl-C ends what runs in an orderly way, a second one at once.
		<-ctx.Done()
		stop()
	}()
	return Run(ctx, c, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// Run runs one command line and returns its exit code. A panic is reported as
// an error that holds none of the values it is about.
func Run(ctx context.Context, c Config, args []string, in io.Reader, out, errs io.Writer) (code int) {
	a := &app{config: c, in: in, out: out, errs: errs, now: time.Now, poll: time.Second}
	defer func() {
		if p := recover(); p != nil {
			code = a.exit(ctx, crashed(p, debug.Stack()))
		}
	}()
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(engine.WithRequest(ctx, engine.Request{Door: "cli"}))
	if a.cancel != nil {
		a.cancel()
	}
	if a.format == "" {
		a.format = formatOf(args)
	}
	return a.exit(ctx, err)
}

// app is one run of the command line.
type app struct {
	config    Config
	in        io.Reader
	out, errs io.Writer
	now       func() time.Time
	poll      time.Duration // how often --watch looks
	inDemo    bool          // the command is about the demonstration itself: no banner
	cancel    context.CancelFunc
	flags
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "drover",
		Short: "Find, classify and remember non-human identities",
		Long: "Drover finds the non-human identities of an organisation - service accounts, keys, tokens, certificates, bots, agents -\n" +
			"says what each one is, and remembers it with history. It reads; it never stores a secret value.",
		Example: "  drover scan                            scan what is configured, or this machine\n" +
			"  drover scan ~/src --dry-run            list what would be read\n" +
			"  drover list 'env=prod last_used>90d'   list what matches a filter\n" +
			"  drover show svc-bi-export              show one thing, with where each fact comes from\n" +
			"  drover list --summary                  count\n" +
			"  drover diff --since 7d                 what changed",
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.prepare(cmd) },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	a.flags.add(root.PersistentFlags())
	root.AddCommand(a.scanCmd(), a.listCmd(), a.showCmd(), a.diffCmd(), a.tagCmd(), a.ownerCmd(), a.sourceCmd(), a.storeCmd(), a.blastCmd(), a.pathCmd(), a.whyCmd(), a.whoCanCmd(), a.creatorsCmd(), a.depsCmd(), a.cutCmd(), a.resourcesCmd(), a.accessCmd(),
		a.checkCmd(), a.policyCmd(), a.riskCmd(), a.findingCmd(), a.fixCmd(), a.explainCmd(), a.reportCmd(),
		a.upCmd(), a.serveCmd(), a.interviewCmd(), a.demoCmd(), a.viewCmd(), a.userCmd(), a.tokenCmd(), a.loginLinkCmd(), a.auditCmd(), a.doctorCmd(), a.initCmd(), a.configCmd(),
		a.versionCmd(), a.manCmd(), a.schemaCmd(), a.referenceCmd(), a.completionCmd())
	a.helpful(root)
	return root
}

// open opens the engine. A command that only reads never conflicts with a scan.
func (a *app) open(ctx context.Context, readOnly bool) (*engine.Engine, error) {
	cfg, err := config.Load(a.configPath, os.Environ())
	if err != nil {
		return nil, err
	}
	home, err := engine.Home()
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	if a.verbose {
		log = slog.New(slog.NewTextHandler(a.errs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return a.engine(ctx, cfg, home, engine.Options{ReadOnly: readOnly, Log: log})
}

// engine opens the engine that this binary has; o says how.
func (a *app) engine(ctx context.Context, cfg *config.Config, home string, o engine.Options) (*engine.Engine, error) {
	o.Connectors, o.Checks, o.Actions, o.Formats, o.Systems = a.config.Connectors, a.config.Checks, a.config.Actions, a.config.Formats, a.config.Systems
	o.Config, o.Home, o.Policies, o.Now, o.User = cfg, home, a.policies, a.now, userName()
	return engine.Open(ctx, o)
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// with answers a command from the engine in this process; from a server where one is
// named, or where one of this data directory holds the store that is to be written.
func (a *app) with(ctx context.Context, readOnly bool, fn func(e estate) error) error {
	c, err := a.dial()
	if err != nil {
		return err
	}
	if c != nil {
		return a.over(ctx, c, fn)
	}
	if a.showRequest {
		a.shown(fn)
	}
	e, err := a.open(ctx, readOnly)
	if errors.Is(err, drover.ErrConflict) && !readOnly {
		return a.held(ctx, err, fn)
	}
	return a.closing(ctx, e, err, func(e *engine.Engine) error { return fn(e) })
}

// local opens the engine, runs fn, closes the engine. It is for what is done to the
// data directory itself.
func (a *app) local(ctx context.Context, readOnly bool, fn func(*engine.Engine) error) error {
	if err := a.refuseServer(); err != nil {
		return err
	}
	e, err := a.open(ctx, readOnly)
	return a.closing(ctx, e, err, fn)
}

// closing runs fn over an engine, unless it could not be opened, and closes it.
func (a *app) closing(ctx context.Context, e *engine.Engine, opening error, fn func(*engine.Engine) error) (err error) {
	if opening != nil {
		return opening
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if err := fn(e); err != nil {
		return err
	}
	a.banner(ctx, e)
	return nil
}

// moment reads --as-of and the like; "" is the zero time, which stands for now.
func (a *app) moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := drover.ParseDuration(text); err == nil {
		return a.now().Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("time %q: write RFC 3339 (2026-01-31T12:00:00Z), a date, or an age such as 7d: %w", text, drover.ErrInvalid)
}

// past reads --as-of, which cannot name the future: what will be known then is
// not known now.
func (a *app) past(text string) (time.Time, error) {
	t, err := a.moment(text)
	if err == nil && text != "" && t.Year() <= 1 { // the zero time would stand for now
		err = fmt.Errorf("--as-of %s lies before anything was known: %w", text, drover.ErrInvalid)
	}
	if err == nil && t.After(a.now()) {
		err = fmt.Errorf("--as-of %s lies in the future, of which nothing is known: %w", text, drover.ErrInvalid)
	}
	return t, err
}

// before says that an answer about the past is empty because nothing was known.
func (a *app) before(at time.Time, generation int64) {
	if !at.IsZero() && generation == 0 {
		a.hint("Nothing was known at %s: that is before the first scan.", at.Local().Format("2006-01-02 15:04:05"))
	}
}

// terminal reports whether a stream is a terminal.
func terminal(w io.Writer) bool {
	w = under(w)
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// hint writes a next step to standard error.
func (a *app) hint(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.errs, format+"\n", args...)
	}
}

func terminalIn(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
