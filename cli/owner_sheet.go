package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// ownerSheetCmd is `owner sheet`; `report owner` is the same.
func (a *app) ownerSheetCmd() *cobra.Command {
	c := a.sheetCmd("sheet [PERSON|TEAM]")
	c.Example = "  drover owner sheet 'Carol King'\n  drover owner sheet team-bi -O bi.html\n  drover owner sheet carol@acme.example --asked-by 'Asha Rao' --role Security -O carol.txt"
	return c
}

// ownerReportCmd is `report owner`.
func (a *app) ownerReportCmd() *cobra.Command {
	c := a.sheetCmd("owner [PERSON|TEAM]")
	c.Example = "  drover report owner --for 'Carol King' -O carol.html -O carol.txt\n  drover report owner --dir sheets"
	return c
}

// sheetCmd writes the sheet of one owner, to the screen and to -O files.
func (a *app) sheetCmd(name string) *cobra.Command {
	var r engine.SheetRequest
	var dir string
	c := historic(shaped(shapeSheet, &cobra.Command{
		Use:   name,
		Short: "Write what one owner reads: their automations, in plain words, and what is asked",
		Long:  "A page (-O FILE.html) that prints and needs no script, or the text of a mail (-O FILE.txt, and the screen). Sentences, no terms of the trade, no score.",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				r.For = args[0]
			}
			if all := dir != ""; all && (r.For != "" || len(a.outputs) > 0) {
				return fmt.Errorf("--dir writes the sheets of all: name nobody and no -O: %w", drover.ErrInvalid)
			} else if all {
				at, err := a.past(a.asOf)
				if err != nil {
					return err
				}
				r.AsOf = at
				return a.with(cmd.Context(), true, func(e estate) error { return a.allSheets(cmd.Context(), e, r, dir) })
			}
			if r.For == "" {
				return usage(fmt.Errorf("say whose sheet: a person or a team"), "drover owner sheet 'Carol King' -O carol.html")
			}
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			r.AsOf = at
			return a.with(cmd.Context(), true, func(e estate) error {
				s, err := e.OwnerSheet(cmd.Context(), r)
				if err != nil {
					return err
				}
				for _, path := range a.outputs {
					write := s.Text
					if sheetPage(path) {
						write = func(w io.Writer) error { return s.HTML(cmd.Context(), w) }
					}
					if err := toFile(path, write); err != nil {
						return err
					}
					a.hint("Wrote %s: %s", safe(path), safe(s.Title()))
				}
				if len(a.outputs) > 0 {
					return nil
				}
				return s.Text(a.out)
			})
		},
	}))
	c.Flags().StringVar(&r.For, "for", "", "the `PERSON` or team")
	c.Flags().StringVar(&dir, "dir", "", "write the sheets of everybody, as pages and mails, to an empty `FOLDER`")
	c.Flags().StringVar(&r.By, "asked-by", "", "who asks: a `NAME` (default: you)")
	c.Flags().StringVar(&r.Role, "role", "", "what they do, in a `WORD`")
	return c
}

// allSheets writes the sheets of everybody who answers for something, two files
// each.
func (a *app) allSheets(ctx context.Context, e estate, r engine.SheetRequest, dir string) error {
	list, err := e.OwnerSheets(ctx, r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the sheets: %w", err)
	}
	if there, err := os.ReadDir(dir); err != nil || len(there) > 0 {
		return errors.Join(err, fmt.Errorf("--dir %s: the folder is not empty, and sheets of another day would stay beside these: %w", dir, drover.ErrConflict))
	}
	asked := 0
	for n, s := range list {
		if s.Asked() > 0 {
			asked++
		}
		base := filepath.Join(dir, fmt.Sprintf("%03d-%s", n+1, fileWord(s.For)))
		if err := errors.Join(toFile(base+".html", func(w io.Writer) error { return s.HTML(ctx, w) }), toFile(base+".txt", s.Text)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(a.out, "Wrote the sheets of %s to %s; %d are asked something\n", plural(len(list), "owner"), safe(dir), asked)
	return err
}

// fileWord is a name as a part of the name of a file, wherever it is written.
func fileWord(name string) string {
	w := strings.Trim(strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToLower(r)
		}
		return '-'
	}, name[:min(len(name), 60)]), "-")
	if w == "" {
		return "owner"
	}
	return w
}

// sheetPage reports whether a file is to be a page, by its ending.
func sheetPage(path string) bool {
	return slices.Contains([]string{".html", ".htm"}, strings.ToLower(filepath.Ext(path)))
}

// fitsSheet checks that a sheet has the forms that were asked for.
func (a *app) fitsSheet(command string) error {
	for _, path := range a.outputs {
		if ext := strings.ToLower(filepath.Ext(path)); !sheetPage(path) && ext != ".txt" && ext != ".eml" {
			return fmt.Errorf("-O %s: a sheet is written as .html or .txt, not %q: %w", path, ext, drover.ErrInvalid)
		}
	}
	if a.format != "table" || a.jq != "" || len(a.fields) > 0 {
		return fmt.Errorf("`%s` prints text for a reader: -o, --jq and --fields have no meaning here; -O FILE.html writes a page: %w", command, drover.ErrInvalid)
	}
	return nil
}
