package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// errConfig is what doctor ends with when no scan can go well.
var errConfig = fmt.Errorf("the configuration or the store has a fault: %w", drover.ErrInvalid)

func (a *app) doctorCmd() *cobra.Command {
	var bundle bool
	c := shaped(shapeObject, &cobra.Command{Use: "doctor", Short: "Check configuration, store and sources", Args: cobra.NoArgs,
		Long:    "Exit code 0: all well, or warnings only; 3: a source failed; 2: configuration or store.",
		Example: "  drover doctor\n  drover doctor --bundle      write a support file without secrets",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.doctor(cmd.Context(), bundle)
		}})
	c.Flags().BoolVar(&bundle, "bundle", false, "also write drover-support-DATE.zip, without secrets")
	return c
}

func (a *app) doctor(ctx context.Context, bundle bool) error {
	home, err := engine.Home()
	if err != nil {
		return err
	}
	load := func() (*config.Config, error) { return config.Load(a.configPath, os.Environ()) }
	o := engine.Options{Connectors: a.config.Connectors, Checks: a.config.Checks, Actions: a.config.Actions, Formats: a.config.Formats, Home: home, Now: a.now}
	d := engine.Doctor(ctx, o, load)
	if err := a.object(d, func(w io.Writer) { a.doctorTable(w, d) }); err != nil {
		return err
	}
	if bundle {
		path := "drover-support-" + a.now().Format("2006-01-02") + ".zip"
		if err := toFile(path, func(w io.Writer) error { return engine.Bundle(ctx, w, o, d, load) }); err != nil {
			return err
		}
		a.hint("Wrote %s. It holds no secret values; look before you send it: unzip -l %s", path, path)
	}
	var failed error
	for _, c := range d.Checks {
		if c.Level == "fail" && c.Kind != "source" {
			return errConfig
		}
		if c.Level == "fail" {
			failed = errPartial
		}
	}
	return failed
}

func (a *app) doctorTable(w io.Writer, d *engine.Diagnosis) {
	styles := map[string]string{"ok": "32", "warn": "33", "fail": "31"}
	for _, c := range d.Checks {
		fmt.Fprintf(w, "%s%-4s%s %-20s %s\n", a.style(w, styles[c.Level]), strings.ToUpper(c.Level), a.style(w, "0"), safe(c.Name), strings.ReplaceAll(safeLines(bare(c.Text)), "\n  ", "\n"+strings.Repeat(" ", 26)))
		if c.Fix != "" {
			fmt.Fprintf(w, "     %-20s fix: %s\n", "", safe(c.Fix))
		}
	}
	fmt.Fprintf(w, "Result: %d failed, %d warnings\n", d.Fail, d.Warn)
}
