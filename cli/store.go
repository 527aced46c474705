package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/engine"
)

// FileView is what the commands that read or write one file print.
type FileView struct {
	Schema string `json:"schema"`
	File   string `json:"file"`
}

func (a *app) storeCmd() *cobra.Command {
	c := &cobra.Command{Use: "store", Short: "Look after the store", Example: "  drover store size\n  drover store backup drover-2026-11-22.backup\n  drover store compact --keep 365d\n  drover store export history.jsonl.zst"}
	size := shaped(shapeObject, &cobra.Command{Use: "size", Short: "Show how large the store and its history are", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return a.with(cmd.Context(), true, func(e estate) error {
			v, err := e.StoreSize(cmd.Context())
			if err != nil {
				return err
			}
			return a.object(v, func(w io.Writer) {
				fmt.Fprintf(w, "Store        %s, %s\nCurrent      %d rows\nHistory      %d rows\nGenerations  %d\n", v.Driver, bytesText(v.Bytes), v.Live, v.History, v.Generations)
				if v.Oldest != nil {
					fmt.Fprintf(w, "Since        %s\n", v.Oldest.Local().Format("2006-01-02 15:04"))
				}
			})
		})
	}})
	var keep string
	compact := shaped(shapeObject, &cobra.Command{Use: "compact", Short: "Forget history that is older than a time, and give space back", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		if keep == "" {
			cfg, _, err := a.locate()
			if err != nil {
				return err
			}
			keep = cmp.Or(cfg.Store.Retention, "400d")
		}
		age, err := drover.ParseDuration(keep)
		if err != nil {
			return fmt.Errorf("--keep: %w", err)
		}
		if err := a.confirm(fmt.Sprintf("Forget history older than %s? This cannot be undone.", keep)); err != nil {
			return err
		}
		return a.local(cmd.Context(), false, func(e *engine.Engine) error {
			v, err := e.Compact(cmd.Context(), age)
			if err != nil {
				return err
			}
			return a.object(v, func(w io.Writer) {
				fmt.Fprintf(w, "Compacted: %s now, was %s\n", bytesText(v.After), bytesText(v.Before))
				if v.Why != "" {
					fmt.Fprintf(w, "Kept %d days of history: %s.\n", v.Days, safe(v.Why))
				}
			})
		})
	}})
	compact.Flags().StringVar(&keep, "keep", "", "how much history to keep, as an `AGE` (default store.retention, else 400d)")
	backup := shaped(shapeObject, &cobra.Command{Use: "backup FILE", Short: "Write a consistent copy, while others go on reading and writing", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		if err := a.copied(cmd.Context(), local.CopyBackup, args[0]); err != nil {
			return err
		}
		return a.local(cmd.Context(), true, func(e *engine.Engine) error {
			if err := e.Store().Backup(cmd.Context(), args[0]); err != nil {
				return err
			}
			a.hint("The fingerprint key is not in it: keep fingerprint.key of the data directory beside it, and apart from it.")
			return a.object(FileView{"drover/v1/backup", args[0]}, func(w io.Writer) { fmt.Fprintf(w, "Backed up to %s\n", safe(args[0])) })
		})
	}})
	verify := shaped(shapeObject, &cobra.Command{Use: "verify FILE", Short: "Tell whether a backup is as it was made, byte by byte, and who signed it", Args: cobra.ExactArgs(1), RunE: func(_ *cobra.Command, args []string) error {
		_, home, err := a.locate()
		if err != nil {
			return err
		}
		v, err := engine.VerifyBackup(home, args[0])
		if err != nil {
			return err
		}
		return a.object(v, func(w io.Writer) {
			by := "signed by the key of this installation, " + v.Key
			switch {
			case v.Key == "":
				by = "signed by nobody"
			case !v.Signed:
				by = "signed by the key " + v.Key + ", which is not here, so that the signature was not checked"
			}
			fmt.Fprintf(w, "%s is whole: %s, SHA-256 %s, %s\n", safe(v.File), bytesText(v.Bytes), v.SHA256, safe(by))
		})
	}})
	c.AddCommand(size, compact, backup, verify, a.restoreCmd(), a.exportCmd(), a.importCmd())
	return c
}

// copied records, before it is made, that a copy of the whole store is: here, or by
// the server that holds the store. Where nothing can be written, as while a scan has the
// store, a copy is made all the same: who may read the files can make one anyway.
func (a *app) copied(ctx context.Context, action, file string) error {
	_, home, err := a.locate()
	if err != nil {
		return err
	}
	s, err := local.Find(ctx, home)
	switch {
	case err == nil && s.Socket != "":
		return s.Copied(ctx, action, filepath.Base(file))
	case err != nil && !errors.Is(err, drover.ErrNotFound):
		return err
	}
	err = a.local(ctx, false, func(e *engine.Engine) error {
		return e.Audit(ctx, engine.AuditEntry{Action: action, Target: filepath.Base(file), Outcome: engine.AuditStarted})
	})
	if errors.Is(err, drover.ErrConflict) || errors.Is(err, drover.ErrPermission) {
		a.hint("This copy stands in no audit log: another command is writing to the store, or it cannot be written.")
		return nil
	}
	return err
}

func (a *app) restoreCmd() *cobra.Command {
	var force, unsealed bool
	c := shaped(shapeObject, &cobra.Command{Use: "restore FILE", Short: "Put a backup in place of the store", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		if force {
			if err := a.confirm("Replace the store that is there?"); err != nil {
				return err
			}
		}
		cfg, home, err := a.locate()
		if err != nil {
			return err
		}
		if err := engine.Restore(cmd.Context(), cfg, home, args[0], userName(), force, unsealed); err != nil {
			return err
		}
		return a.object(FileView{"drover/v1/restore", args[0]}, func(w io.Writer) { fmt.Fprintf(w, "Restored from %s\n", safe(args[0])) })
	}})
	c.Flags().BoolVar(&unsealed, "unsealed", false, "take a file without digest and signature, as older versions made: nothing tells whether it is damaged")
	c.Flags().BoolVar(&force, "force", false, "replace a store that is there")
	return c
}

func (a *app) exportCmd() *cobra.Command {
	return shaped(shapeText, &cobra.Command{Use: "export [FILE]", Short: "Write everything with its history as JSON lines, for another store or another tool", Args: cobra.MaximumNArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		if err := a.copied(cmd.Context(), local.CopyExport, append(args, "-")[0]); err != nil {
			return err
		}
		return a.local(cmd.Context(), true, func(e *engine.Engine) error {
			run := func(w io.Writer) error { return e.Store().Export(cmd.Context(), w) }
			if len(args) > 0 {
				run = func(w io.Writer) error {
					return compressed(w, args[0], func(w io.Writer) error { return e.Store().Export(cmd.Context(), w) })
				}
			}
			if len(args) == 0 || args[0] == "-" {
				b := bufio.NewWriter(a.out)
				if err := run(b); err != nil {
					return err
				}
				return b.Flush()
			}
			return toFile(args[0], run)
		})
	}})
}

func (a *app) importCmd() *cobra.Command {
	return shaped(shapeObject, &cobra.Command{Use: "import FILE", Short: "Read an export into an empty store", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		f, err := os.Open(args[0])
		if err != nil {
			return fmt.Errorf("import: %w: %w", err, drover.ErrNotFound)
		}
		defer f.Close()
		r, done, err := plain(f)
		if err != nil {
			return fmt.Errorf("import %s: %w", args[0], err)
		}
		defer done()
		return a.local(cmd.Context(), false, func(e *engine.Engine) error {
			if err := e.Import(cmd.Context(), r); err != nil {
				return err
			}
			return a.object(FileView{"drover/v1/import", args[0]}, func(w io.Writer) { fmt.Fprintf(w, "Imported %s\n", safe(args[0])) })
		})
	}})
}

func bytesText(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
