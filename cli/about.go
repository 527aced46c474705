package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// Version, Commit and Date are set by the build.
var (
	Version = "dev"
	Commit  = ""
	Date    = ""
)

func (a *app) locate() (*config.Config, string, error) {
	cfg, err := config.Load(a.configPath, os.Environ())
	if err != nil {
		return nil, "", err
	}
	home, err := engine.Home()
	return cfg, home, err
}

// VersionView is `version`.
type VersionView struct {
	Schema   string  `json:"schema"`
	Version  string  `json:"version"`
	Commit   string  `json:"commit"`
	Date     *string `json:"date"` // of the commit
	Go       string  `json:"go"`
	Platform string  `json:"platform"`
}

func (a *app) versionCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "version", Short: "Print version, commit and Go version", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		commit := Commit
		if info, ok := debug.ReadBuildInfo(); ok && commit == "" {
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" {
					commit = s.Value
				}
			}
		}
		if commit == "" {
			commit = "unknown"
		}
		v := VersionView{"drover/v1/version", Version, commit, nullable(Date), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
		return a.object(v, func(w io.Writer) {
			fmt.Fprintf(w, "drover %s  commit %s  %s  %s/%s\n", Version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		})
	}})
}

func (a *app) manCmd() *cobra.Command {
	return shaped(shapeText, &cobra.Command{Use: "man DIR", Short: "Write the man pages into a folder", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		if err := os.MkdirAll(args[0], 0o755); err != nil {
			return fmt.Errorf("man: %w", err)
		}
		cmd.Root().DisableAutoGenTag = true
		if err := doc.GenManTree(cmd.Root(), &doc.GenManHeader{Title: "DROVER", Section: "1", Source: "Drover " + Version}, args[0]); err != nil {
			return fmt.Errorf("man: %w", err)
		}
		pages, err := filepath.Glob(filepath.Join(args[0], "*.1"))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "Wrote %s to %s\n", plural(len(pages), "page"), args[0])
		return err
	}})
}

func (a *app) completionCmd() *cobra.Command {
	return shaped(shapeText, &cobra.Command{Use: "completion bash|zsh|fish|powershell", Short: "Print the completion script of a shell", Args: cobra.ExactArgs(1),
		Example:   "  drover completion bash > /etc/bash_completion.d/drover\n  drover completion zsh > \"${fpath[1]}/_drover\"",
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch root := cmd.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.out, true)
			case "zsh":
				return root.GenZshCompletion(a.out)
			case "fish":
				return root.GenFishCompletion(a.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.out)
			}
			return fmt.Errorf("completion: shell %q is none of bash, zsh, fish, powershell: %w", args[0], drover.ErrInvalid)
		}})
}
