package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

func (a *app) auditCutCmd() *cobra.Command {
	var before, older, out string
	c := shaped(shapeObject, &cobra.Command{Use: "cut --before TIME|--older-than AGE", Short: "Remove old entries of the record, and sign what stands in their place", Args: cobra.NoArgs,
		Long: "Removes the entries from the beginning of the record that are older, and puts one signed line in their place: how many they were, from when until when, and how the record\n" +
			"ended there. `drover audit verify` proves the rest from that line on. The cut itself is recorded. A record that was changed is not cut; what regulations ask to keep stays.\n" +
			"--out keeps the entries in a file, one JSON object a line, with all that their hashes cover. Without it nobody keeps them.",
		Example: "  drover audit cut --older-than 400d --out audit-2025.ndjson\n  drover audit cut --before 2025-01-01 --yes",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (before == "") == (older == "") {
				return fmt.Errorf("say --before TIME or --older-than AGE: %w", drover.ErrInvalid)
			}
			at, err := a.cutTime(before, older)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), false, func(e estate) error { return a.auditCut(cmd.Context(), e, at, out) })
		}})
	c.Flags().StringVar(&before, "before", "", "entries that are older than a `TIME`, such as 2025-01-31")
	c.Flags().StringVar(&older, "older-than", "", "entries that are older than an `AGE`, such as 400d")
	c.Flags().StringVar(&out, "out", "", "keep the entries in a `FILE` before they are removed")
	return c
}

// cutTime is the time that --before or --older-than say.
func (a *app) cutTime(before, older string) (time.Time, error) {
	if older != "" {
		d, err := drover.ParseDuration(older)
		if err != nil || d < 0 {
			return time.Time{}, fmt.Errorf("--older-than %q: write an age such as 400d: %w", older, drover.ErrInvalid)
		}
		return a.now().Add(-d), nil
	}
	t, err := a.moment(before)
	if err != nil {
		return t, fmt.Errorf("--before: %w", err)
	}
	if t.After(a.now()) {
		return t, fmt.Errorf("--before %s lies in the future: %w", before, drover.ErrInvalid)
	}
	return t, nil
}

func (a *app) auditCut(ctx context.Context, e estate, before time.Time, out string) error {
	plan, err := e.CutAudit(ctx, engine.AuditCutRequest{Before: before, DryRun: true})
	if err != nil {
		return err
	}
	if plan.Entries == 0 {
		plan.DryRun = false
		return a.object(plan, func(w io.Writer) { fmt.Fprintf(w, "Nothing is so old: nothing was removed.\n%s", kept(plan)) })
	}
	without := ""
	if out == "" {
		without = ", and keep them nowhere (--out FILE does)"
	}
	if err := a.confirm(fmt.Sprintf("Remove entries %d to %d of the record, of %s to %s%s? This cannot be undone.", *plan.From, *plan.Seq, day(*plan.First), day(*plan.Last), without)); err != nil {
		return err
	}
	r := engine.AuditCutRequest{Before: plan.Before}
	if out != "" {
		sum := sha256.New()
		if err := toFile(out, func(w io.Writer) error { return e.ExportAudit(ctx, plan.Before, io.MultiWriter(w, sum)) }); err != nil {
			return err
		}
		if err := durable(out); err != nil {
			return err
		}
		r.SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	v, err := e.CutAudit(ctx, r)
	if err != nil {
		if out != "" {
			err = fmt.Errorf("nothing was removed; %s holds what was exported: %w", out, err)
		}
		return err
	}
	if out != "" {
		v.File = &out
	}
	return a.object(v, func(w io.Writer) {
		fmt.Fprintf(w, "Removed %s, %d to %d, of %s to %s\n", plural(int(v.Entries), "entry"), *v.From, *v.Seq, day(*v.First), day(*v.Last))
		if v.File != nil {
			fmt.Fprintf(w, "Kept in %s, SHA-256 %s\n", safe(*v.File), *v.SHA256)
		}
		if v.Cut != nil {
			fmt.Fprintf(w, "The record goes on from %s, signed by the key %s\n", v.Cut.Hash, v.Cut.Key)
		}
		fmt.Fprint(w, kept(v))
	})
}

// durable waits until a file would outlive a power failure.
func durable(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// kept says why less was removed than was asked for.
func kept(v *engine.AuditCutView) string {
	if v.Why == nil {
		return ""
	}
	return fmt.Sprintf("Kept what is younger than %s: %s.\n", day(v.Before), safe(*v.Why))
}

func day(t time.Time) string { return t.Local().Format("2006-01-02") }
