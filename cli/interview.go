package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// QuestionnaireView is one item of `interview new`.
type QuestionnaireView struct {
	Team      *string `json:"team"` // null: what no team is known of
	File      string  `json:"file"`
	Questions int     `json:"questions"`
}

func (a *app) interviewCmd() *cobra.Command {
	c := &cobra.Command{Use: "interview", Short: "Ask people about what cannot be scanned", Example: "  drover interview new --dir ./questions\n  drover interview import ./questions/payments.csv"}
	var dir string
	ask := shaped(shapeList, &cobra.Command{Use: "new", Short: "Write a questionnaire per team: what has no owner, and what is mentioned but was never seen", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return a.with(cmd.Context(), true, func(e estate) error {
			list, err := e.Questionnaires(cmd.Context())
			if err != nil {
				return err
			}
			return a.questionnaires(list, dir)
		})
	}})
	ask.Flags().StringVar(&dir, "dir", "interviews", "the `FOLDER` to write into")
	read := shaped(shapeObject, &cobra.Command{Use: "import FILE", Short: "Read an answered questionnaire: declared and seen, declared and never seen, seen and undeclared", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		if _, err := os.Stat(args[0]); err != nil {
			return fmt.Errorf("interview: %w: %w", err, drover.ErrNotFound)
		}
		return a.with(cmd.Context(), false, func(e estate) error {
			r, err := e.ImportInterview(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := a.object(r, func(w io.Writer) { interviewTable(w, r) }); err != nil {
				return err
			}
			if r.Scan.Status != string(drover.StatusOK) {
				return errPartial
			}
			return nil
		})
	}})
	c.AddCommand(ask, read)
	return c
}

func (a *app) questionnaires(list []engine.Questionnaire, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("interview: %w", err)
	}
	var out []QuestionnaireView
	taken := map[string]bool{}
	for _, q := range list {
		path := filepath.Join(dir, unused(fileName(q.Team), taken)+".csv")
		if _, err := os.Stat(path); err == nil && !a.yes {
			return fmt.Errorf("%s is there already and may hold answers; --yes replaces it: %w", path, drover.ErrConflict)
		}
		out = append(out, QuestionnaireView{nullable(q.Team), path, len(q.Rows)})
	}
	for i, q := range list {
		if err := toFile(out[i].File, q.Write); err != nil {
			return err
		}
	}
	return a.list(listing{Schema: "drover/v1/questionnaires", Total: len(out), Items: seq(out), Empty: "Everything has an owner and was seen: there is nothing to ask.", Columns: []column{
		of("FILE", func(q QuestionnaireView) string { return q.File }),
		of("TEAM", func(q QuestionnaireView) string { return text(q.Team) }),
		of("QUESTIONS", func(q QuestionnaireView) string { return strconv.Itoa(q.Questions) }),
	}})
}

// unused is the name, with a number where another team's has come to be the same.
func unused(name string, taken map[string]bool) string {
	free := name
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	taken[free] = true
	return free
}

// fileName makes a team's name fit for a file.
func fileName(team string) string {
	if team == "" {
		return "unassigned"
	}
	var b strings.Builder
	for _, r := range strings.ToLower(team) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if s := b.String(); s != "" && s[len(s)-1] != '-' {
			b.WriteByte('-')
		}
	}
	name := strings.Trim(b.String(), "-")
	if name == "" || len(name) > 80 {
		name = fmt.Sprintf("team-%x", team)[:min(20, 5+2*len(team))]
	}
	return name
}

func interviewTable(w io.Writer, r *engine.InterviewReport) {
	fmt.Fprintf(w, "Declared and seen        %d\nDeclared, never seen     %d\nSeen, never declared     %d\n", len(r.Seen), len(r.NeverSeen), len(r.Silent))
	part := func(title string, rows []engine.DeclaredRow) {
		const few = 20
		for i, d := range rows {
			if i == 0 {
				fmt.Fprintln(w, title)
			}
			if i == few {
				fmt.Fprintf(w, "  … and %d more: -o json\n", len(rows)-few)
				return
			}
			fmt.Fprintf(w, "  %s (%s)%s\n", safe(d.Name), safe(d.Type), detail(d.Why))
		}
	}
	part("Declared, never seen:", r.NeverSeen)
	part("Seen, never declared:", r.Silent)
}
