package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// InitView is `init`: the files that it wrote.
type InitView struct {
	Schema     string `json:"schema"`
	Config     string `json:"config"`
	JSONSchema string `json:"json_schema"`
}

func (a *app) initCmd() *cobra.Command {
	var force bool
	c := shaped(shapeObject, &cobra.Command{Use: "init", Short: "Write a commented drover.yaml for what is at hand, with its JSON Schema", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			const path, schema = "drover.yaml", "drover.schema.json"
			if _, err := os.Stat(path); err == nil && !force {
				return fmt.Errorf("%s is there already; --force replaces it: %w", path, drover.ErrConflict)
			} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("init: %w", err)
			}
			home, err := os.UserHomeDir()
			if err != nil {
				home = ""
			}
			raw, err := engine.ConfigSchema(a.config.Connectors)
			if err != nil {
				return err
			}
			text := engine.InitConfig(a.config.Connectors, os.Getenv, home)
			for name, content := range map[string]string{schema: string(raw) + "\n", path: text} {
				if err := toFile(name, func(w io.Writer) error { _, err := io.WriteString(w, content); return err }); err != nil {
					return err
				}
			}
			a.hint("next: drover doctor, drover scan --dry-run, drover scan")
			return a.object(InitView{"drover/v1/init", path, schema}, func(w io.Writer) { fmt.Fprintf(w, "Wrote %s and %s\n", path, schema) })
		}})
	c.Flags().BoolVar(&force, "force", false, "replace a drover.yaml that is there")
	return c
}
