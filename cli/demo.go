package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client"
	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/client/remote"
	"github.com/droverhq/drover/internal/demo"
	"github.com/droverhq/drover/internal/engine"
)

// DemoView is what the demo commands print.
type DemoView struct {
	Schema     string     `json:"schema"`
	Done       string     `json:"done"` // loaded, removed, generated
	Name       string     `json:"name,omitempty"`
	Identities int        `json:"identities"`
	Humans     int        `json:"humans"`
	Sources    []string   `json:"sources"`
	Scans      int        `json:"scans"`
	Since      *time.Time `json:"since"` // the first scan of the demonstration's history
	Seed       uint64     `json:"seed"`
	Faults     int        `json:"faults"`
	Folder     string     `json:"folder,omitempty"`
	Seconds    float64    `json:"seconds"`
}

// demoPrefix begins the ids of the sources of demonstration data.
const demoPrefix = "demo."

func (a *app) demoCmd() *cobra.Command {
	c := &cobra.Command{Use: "demo", Short: "Look around in a made-up organisation, or make estates to measure with",
		Long: "Harbour & Finch is a shop of 48 people and 2,431 non-human identities. Its exports come in by the doors that yours come in by, with 90 days of history,\n" +
			"and are taken out again without a trace. `generate` makes a random estate with known faults in a folder.",
		Example: "  drover demo load\n  drover check\n  drover demo remove\n  drover demo generate --seed 7 --faults 40 -O estate && cd estate && drover scan && drover check"}
	c.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		a.inDemo = true
		return a.prepare(cmd)
	}
	c.AddCommand(a.demoLoadCmd(false), a.demoLoadCmd(true), a.demoRemoveCmd(), a.demoGenerateCmd())
	return c
}

func (a *app) demoLoadCmd(reset bool) *cobra.Command {
	var size string
	use, short := "load", "Load the organisation Harbour & Finch, with its history"
	if reset {
		use, short = "reset", "Load it anew: what was changed in it is gone"
	}
	c := shaped(shapeObject, &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		ratio, err := strconv.Atoi(strings.TrimSuffix(size, ":1"))
		if err != nil || ratio < 1 || ratio > 100_000 {
			return fmt.Errorf("--size %s: write how many non-human identities to one human, 1 to 100000: %w", size, drover.ErrInvalid)
		}
		if v, ok, err := a.demoElsewhere(cmd.Context(), use, ratio); ok || err != nil {
			if err != nil {
				return err
			}
			return a.demoDone(v)
		}
		if reset {
			if _, err := a.demoRemove(cmd.Context()); err != nil {
				return err
			}
		}
		v, err := a.demoLoad(cmd.Context(), demo.HarbourSize(ratio))
		if err != nil {
			return err
		}
		return a.demoDone(v)
	}})
	c.Flags().StringVar(&size, "size", "50", "non-human identities to one human: 50, 82, 1000 or any other `RATIO`")
	return c
}

func (a *app) demoDone(v *DemoView) error {
	return a.object(v, func(w io.Writer) {
		switch v.Done {
		case "loaded":
			fmt.Fprintf(w, "Loaded %s: %d humans, %d non-human identities, %s since %s, in %.1fs\n", v.Name, v.Humans, v.Identities, plural(v.Scans, "scan"), v.Since.Format(time.DateOnly), v.Seconds)
			fmt.Fprintln(w, "Next: drover check, drover list --summary, drover diff --since 30d. To take it out: drover demo remove")
		case "removed":
			if len(v.Sources) == 0 {
				fmt.Fprintln(w, "There is no demo data.")
				return
			}
			fmt.Fprintf(w, "Removed the demo data: %s, and all that only they said, now and in the history\n", plural(len(v.Sources), "source"))
		case "generated":
			fmt.Fprintf(w, "Made %s in %s: %d humans, %d non-human identities, %s planted, in %.1fs\n", v.Name, safe(v.Folder), v.Humans, v.Identities, plural(v.Faults, "fault"), v.Seconds)
			fmt.Fprintf(w, "Next: cd %s, drover scan, drover check. What is wrong stands in truth.json\n", safe(v.Folder))
		}
	})
}

// demoElsewhere lets a server load or remove the organisation: the one that is
// named, or the one that has the store; ok says that there is one.
func (a *app) demoElsewhere(ctx context.Context, verb string, ratio int) (v *DemoView, ok bool, err error) {
	c, err := a.dial()
	if err != nil {
		return nil, false, err
	}
	if c == nil {
		home, err := engine.Home()
		if err != nil {
			return nil, false, err
		}
		h, _, err := local.Dial(ctx, home)
		if errors.Is(err, drover.ErrNotFound) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		c = client.Over(h, local.Base, a.clientOptions())
	}
	defer c.Close()
	p, started := &progress{a: a}, time.Now()
	made, err := remote.New(c, a.now).Demo(ctx, verb, ratio, func(s string) { p.show(engine.Progress{Says: s}) })
	p.end()
	if err != nil {
		return nil, true, err
	}
	return &DemoView{Schema: made.Schema, Done: made.Done, Name: made.Name, Identities: made.Identities, Humans: made.Humans, Sources: made.Sources, Scans: made.Scans, Since: made.Since,
		Seconds: time.Since(started).Seconds()}, true, nil
}

// demoLoad writes the organisation as each day of its history saw it, and scans
// and checks it with the clock of that day.
func (a *app) demoLoad(ctx context.Context, identities int) (*DemoView, error) {
	started, now := time.Now(), a.now()
	home, err := engine.Home()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(home, "demo")
	days, err := a.demoDays(ctx, now)
	if err != nil {
		return nil, err
	}
	v := &DemoView{Schema: "drover/v1/demo", Done: "loaded", Folder: dir, Sources: []string{}, Scans: len(days)}
	for _, at := range days {
		if v.Since == nil {
			v.Since = &at
		}
		made, err := demo.Harbour(demo.Options{Dir: dir, Now: now, At: at, Identities: identities})
		if err != nil {
			return nil, err
		}
		v.Name, v.Identities, v.Humans = made.Name, made.Truth.Identities, made.Truth.Humans
		past := *a
		past.quiet = true
		past.now = func() time.Time { return at }
		if v.Sources, err = past.demoScan(ctx, dir, made); err != nil {
			return nil, fmt.Errorf("load the demo as of %s: %w", at.Format(time.DateOnly), err)
		}
		a.hint("%s: scanned as it was", at.Format(time.DateOnly))
	}
	v.Seconds = time.Since(started).Seconds()
	return v, a.local(ctx, false, func(e *engine.Engine) error { return e.AuditEnd(ctx, "demo.load", nil) })
}

// demoDays are the moments of the history that the store can still take in: its
// clock never runs back.
func (a *app) demoDays(ctx context.Context, now time.Time) ([]time.Time, error) {
	var days []time.Time
	err := a.local(ctx, true, func(e *engine.Engine) error {
		if ids, err := demoSources(ctx, e); err != nil || len(ids) > 0 {
			return errors.Join(err, fmt.Errorf("demo data is loaded already: drover demo reset loads it anew, drover demo remove takes it out: %w", drover.ErrConflict))
		}
		last, err := e.Store().Latest(ctx)
		if err != nil {
			return err
		}
		for _, ago := range demo.HarbourHistory {
			at := now.Add(-time.Duration(ago * float64(drover.Day)))
			if last.ID == 0 || at.After(last.At) || ago == 0 {
				days = append(days, at)
			}
		}
		return nil
	})
	if err == nil && len(days) < len(demo.HarbourHistory) {
		a.hint("This store knows later days than the demo's first: its history begins with them.")
	}
	return days, err
}

func (a *app) demoScan(ctx context.Context, dir string, made *demo.Estate) (ids []string, err error) {
	return ids, a.local(ctx, false, func(e *engine.Engine) error {
		for _, s := range made.Sources {
			options := map[string][]string{}
			for k, list := range s.Options {
				for _, v := range list {
					if k == "paths" || k == "path" {
						v = filepath.Join(dir, v)
					}
					options[k] = append(options[k], v)
				}
			}
			if _, err := e.AddSource(ctx, demoPrefix+s.ID, s.Kind, options); err != nil {
				return err
			}
			ids = append(ids, demoPrefix+s.ID)
		}
		r, err := e.Scan(ctx, engine.ScanRequest{Words: ids})
		if err != nil {
			return err
		}
		if r.Status != string(drover.StatusOK) {
			fmt.Fprintln(a.errs, "A source of the demo could not be read whole. `drover scan` says which.")
			return errPartial
		}
		_, err = e.Check(ctx, engine.CheckOptions{})
		return err
	})
}

func (a *app) demoRemoveCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "remove", Short: "Take all demo data out again, its history too", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		v, ok, err := a.demoElsewhere(cmd.Context(), "remove", 0)
		if !ok && err == nil {
			v, err = a.demoRemove(cmd.Context())
		}
		if err != nil {
			return err
		}
		return a.demoDone(v)
	}})
}

func (a *app) demoRemove(ctx context.Context) (*DemoView, error) {
	started := time.Now()
	v := &DemoView{Schema: "drover/v1/demo", Done: "removed", Sources: []string{}}
	err := a.local(ctx, false, func(e *engine.Engine) error {
		ids, err := demoSources(ctx, e)
		if err != nil || len(ids) == 0 {
			return err
		}
		v.Sources = ids
		return e.AuditEnd(ctx, "demo.remove", e.ForgetSources(ctx, ids))
	})
	if err != nil {
		return nil, err
	}
	home, err := engine.Home()
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(filepath.Join(home, "demo")); err != nil {
		return nil, fmt.Errorf("remove the files of the demo: %w", err)
	}
	v.Seconds = time.Since(started).Seconds()
	return v, nil
}

// demoSources are the ids of the sources of demonstration data.
func demoSources(ctx context.Context, e *engine.Engine) ([]string, error) {
	all, err := e.Sources(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, s := range all {
		if strings.HasPrefix(s.ID, demoPrefix) && s.Origin == "store" {
			ids = append(ids, s.ID)
		}
	}
	return ids, nil
}

// banner says under every answer that demonstration data is in it.
func (a *app) banner(ctx context.Context, e *engine.Engine) {
	if a.quiet || a.inDemo || a.format != "table" && a.format != "wide" {
		return
	}
	if ids, err := demoSources(ctx, e); err == nil && len(ids) > 0 {
		a.hint("demo data: Harbour & Finch is made up. To take it out: drover demo remove")
	}
}

func (a *app) demoGenerateCmd() *cobra.Command {
	var seed uint64
	var faults, identities int
	var dir string
	c := shaped(shapeObject, &cobra.Command{Use: "generate -O DIR", Short: "Make a random estate with known faults, and truth.json that names them", Args: cobra.NoArgs,
		Long: "Makes the exports of a random organisation in a folder, with a drover.yaml that scans them. Sizes, teams, names, platforms and where the faults lie are drawn by the seed;\n" +
			"the ages are counted from now. truth.json names each fault that was planted: its check is to find it, and nothing else is to be found.",
		Example: "  drover demo generate --seed 7 --faults 40 -O estate\n  cd estate && drover scan && drover check -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return usage(errors.New("name the folder to make"), "drover demo generate --seed 7 -O DIR")
			}
			started := time.Now()
			if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
				if _, err := os.Stat(filepath.Join(dir, "truth.json")); err != nil {
					return fmt.Errorf("%s holds something else: name a new folder: %w", dir, drover.ErrConflict)
				}
			}
			made, err := demo.Generate(demo.Options{Dir: dir, Now: a.now(), Seed: seed, Identities: identities, Faults: faults})
			if err != nil {
				return err
			}
			v := &DemoView{Schema: "drover/v1/demo", Done: "generated", Name: made.Name, Identities: made.Truth.Identities, Humans: made.Truth.Humans, Sources: []string{}, Seed: seed, Faults: len(made.Truth.Faults),
				Folder: dir, Seconds: time.Since(started).Seconds()}
			for _, s := range made.Sources {
				v.Sources = append(v.Sources, s.ID)
			}
			return a.demoDone(v)
		}})
	c.Flags().StringVarP(&dir, "output-file", "O", "", "the `FOLDER` to make")
	c.Flags().Uint64Var(&seed, "seed", 1, "what is drawn: one `NUMBER` gives one estate")
	c.Flags().IntVar(&faults, "faults", 25, "how many faults to plant")
	c.Flags().IntVar(&identities, "identities", 0, "about how many identities; 0: the seed draws it")
	return c
}
