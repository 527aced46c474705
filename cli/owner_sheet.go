package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

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

// sheetCmd writes the sheet of one owner, to the screen and to -O files.
func (a *app) sheetCmd(name string) *cobra.Command {
	var r engine.SheetRequest
	c := historic(shaped(shapeSheet, &cobra.Command{
		Use:   name,
		Short: "Write what one owner reads: their automations, in plain words, and what is asked",
		Long:  "A page (-O FILE.html) that prints and needs no script, or the text of a mail (-O FILE.txt, and the screen). Sentences, no terms of the trade, no score.",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				r.For = args[0]
			}
			if r.For == "" {
				return usage(fmt.Errorf("say whose sheet: a person or a team"), "drover owner sheet 'Carol King' -O carol.html")
			}
			at, err := a.past(a.asOf)
			if err != nil {
				return err
			}
			r.AsOf = at
			return a.with(cmd.Context(), true, func(e *engine.Engine) error {
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
	c.Flags().StringVar(&r.By, "asked-by", "", "who asks: a `NAME` (default: you)")
	c.Flags().StringVar(&r.Role, "role", "", "what they do, in a `WORD`")
	return c
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
