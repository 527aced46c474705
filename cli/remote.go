package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/client/remote"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// serverFlags say which server answers; without them the engine here does.
type serverFlags struct {
	server      string
	profile     string
	tokenFile   string
	caFile      string
	showRequest bool
}

func (x *serverFlags) add(f *pflag.FlagSet) {
	f.StringVar(&x.server, "server", "", "ask the server at `URL`, https://HOST or unix:///PATH (also DROVER_SERVER)")
	f.StringVar(&x.profile, "profile", "", "ask the server that `NAME` stands for in profiles of drover.yaml or of profiles.yaml in the data directory (also DROVER_PROFILE)")
	f.StringVar(&x.tokenFile, "token-file", "", "the token for the server is in `FILE` (else in DROVER_TOKEN)")
	f.StringVar(&x.caFile, "ca-file", "", "trust the certificates in `FILE` too, when asking a server (also DROVER_CA_FILE)")
	f.BoolVar(&x.showRequest, "show-request", false, "show on standard error the calls of the API that answer this")
}

// elsewhere reports whether a server is to answer.
func (a *app) elsewhere() bool {
	return a.server != "" || a.profile != "" || os.Getenv("DROVER_SERVER") != "" || os.Getenv("DROVER_PROFILE") != ""
}

// dial makes the client of the server that is to answer; nil: none is.
func (a *app) dial() (*client.Client, error) {
	if a.server != "" && a.profile != "" {
		return nil, fmt.Errorf("--server and --profile name two servers; use one: %w", drover.ErrInvalid)
	}
	if !a.elsewhere() {
		return nil, nil
	}
	if len(a.policies) > 0 {
		return nil, fmt.Errorf("--policy reads rules of this machine, and the server has its own: leave out --policy, or --server: %w", drover.ErrInvalid)
	}
	p, err := a.named()
	if err != nil {
		return nil, err
	}
	o := a.clientOptions()
	o.URL, o.CAFile = p.Server, cmp.Or(a.caFile, p.CAFile, os.Getenv("DROVER_CA_FILE"))
	switch file := cmp.Or(a.tokenFile, p.TokenFile); {
	case file != "":
		if o.Token, err = client.ReadToken(file); err != nil {
			return nil, err
		}
	default:
		name := cmp.Or(p.TokenEnv, "DROVER_TOKEN")
		o.Token = drover.Secret(strings.TrimSpace(os.Getenv(name)))
		if o.Token == "" && p.TokenEnv != "" {
			return nil, fmt.Errorf("profile %s: the variable %s, which is to hold the token, is not set: %w", a.profile, name, drover.ErrInvalid)
		}
	}
	return client.New(o)
}

// named is the server that flags, else the environment name, as a profile.
func (a *app) named() (config.Profile, error) {
	name := a.profile
	switch {
	case a.server != "":
		return config.Profile{Server: a.server}, nil
	case name == "" && os.Getenv("DROVER_SERVER") != "":
		return config.Profile{Server: os.Getenv("DROVER_SERVER")}, nil
	case name == "":
		name = os.Getenv("DROVER_PROFILE")
	}
	cfg, home, err := a.locate()
	if err != nil {
		return config.Profile{}, err
	}
	return cfg.Profile(home, name)
}

func (a *app) clientOptions() client.Options {
	o := client.Options{Agent: "drover/" + Version}
	if a.showRequest {
		o.Show = func(line string) { fmt.Fprintln(a.errs, safe(line)) }
	}
	return o
}

// over answers a command from a server.
func (a *app) over(ctx context.Context, c *client.Client, fn func(estate) error) error {
	defer c.Close()
	e := remote.New(c, a.now)
	if err := fn(e); err != nil {
		return err
	}
	if a.quiet || a.inDemo || a.format != "table" && a.format != "wide" {
		return nil
	}
	states, err := e.SourceStates(ctx)
	if err != nil {
		return nil // the banner is a hint beside an answer that was given
	}
	for _, s := range states {
		if strings.HasPrefix(s.ID, demoPrefix) && s.Origin == "store" {
			a.hint("demo data: Harbour & Finch is made up. To take it out: drover demo remove")
			break
		}
	}
	return nil
}

// held answers a command from the server that has the store, where one of this data
// directory does; else the error is that of opening the store.
func (a *app) held(ctx context.Context, opening error, fn func(estate) error) error {
	home, err := engine.Home()
	if err != nil {
		return opening
	}
	h, _, err := local.Dial(ctx, home)
	if err != nil {
		return opening
	}
	err = a.over(ctx, client.Over(h, local.Base, a.clientOptions()), fn)
	if errors.Is(err, remote.ErrHere) {
		return fmt.Errorf("%w (the server of this data directory has the store: stop it first, or scan what is a source)", opening)
	}
	return err
}

// refuseServer refuses what is done to the data directory of this machine.
func (a *app) refuseServer() error {
	if !a.elsewhere() {
		return nil
	}
	return fmt.Errorf("this works on the data directory of this machine, not on a server: run it where that is, without --server and DROVER_SERVER: %w", drover.ErrInvalid)
}

// shown shows the calls of the API that would answer a command, and makes none.
// What comes after the first answer is not known before it.
func (a *app) shown(fn func(estate) error) {
	o := a.clientOptions()
	o.URL, o.Dry = "https://127.0.0.1:8765", true
	show := a.errs
	o.Show = func(line string) { fmt.Fprintln(show, safe(strings.Replace(line, "'"+o.URL, `"$DROVER_SERVER"'`, 1))) }
	c, err := client.New(o)
	if err != nil {
		return
	}
	defer c.Close()
	out, errs, quiet, yes, outputs := a.out, a.errs, a.quiet, a.yes, a.outputs
	a.out, a.errs, a.quiet, a.yes, a.outputs = io.Discard, io.Discard, true, true, nil
	defer func() { a.out, a.errs, a.quiet, a.yes, a.outputs = out, errs, quiet, yes, outputs }()
	_ = fn(remote.New(c, a.now)) // ErrNotSent, or that there is no such call
}
