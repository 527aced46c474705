package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
)

// helpful makes help lead with examples, and wrong words and flags usage errors
// that say what was probably meant.
func (a *app) helpful(root *cobra.Command) {
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { help(a.out, c) })
	root.SetUsageFunc(func(c *cobra.Command) error { help(a.errs, c); return nil })
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage(err, "see `"+c.CommandPath()+" --help`")
	})
	root.SetHelpCommand(&cobra.Command{Use: "help [COMMAND...]", Short: "Explain a command", Annotations: map[string]string{keyShape: string(shapeText)}, RunE: func(_ *cobra.Command, args []string) error {
		c, rest, err := root.Find(args)
		if err != nil {
			return err
		}
		if len(rest) > 0 {
			return unknownCommand(c, rest)
		}
		help(a.out, c)
		return nil
	}})
	each := func(c *cobra.Command) {
		if c.Runnable() {
			c.Args = checked(c.Args)
			return
		}
		c.Args = unknownCommand
		c.RunE = func(c *cobra.Command, _ []string) error { help(a.out, c); return nil }
	}
	walk(root, each)
}

// walk calls fn for a command and everything below it.
func walk(c *cobra.Command, fn func(*cobra.Command)) {
	fn(c)
	for _, sub := range c.Commands() {
		walk(sub, fn)
	}
}

// checked makes a wrong number of arguments a usage error.
func checked(args cobra.PositionalArgs) cobra.PositionalArgs {
	if args == nil {
		return nil
	}
	return func(c *cobra.Command, words []string) error {
		if err := args(c, words); err != nil {
			return usage(err, "see `"+c.CommandPath()+" --help`")
		}
		return nil
	}
}

func unknownCommand(c *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	fix := "see `" + c.CommandPath() + " --help`"
	c.SuggestionsMinimumDistance = 2
	if s := c.SuggestionsFor(words[0]); len(s) > 0 {
		slices.SortStableFunc(s, func(a, b string) int { return filter.Distance(words[0], a) - filter.Distance(words[0], b) })
		fix = "did you mean `" + c.CommandPath() + " " + s[0] + "`?"
	}
	return usage(fmt.Errorf("`%s` has no command %q", c.CommandPath(), words[0]), fix)
}

// usage is a wrong command line, and what to do about it.
func usage(err error, fix string) error {
	return &hinted{fmt.Errorf("%w: %w", err, drover.ErrInvalid), fix}
}

// hinted is an error with a next step.
type hinted struct {
	error
	fix string
}

func (h *hinted) Unwrap() error { return h.error }

// help writes what a command does: examples first.
func help(w io.Writer, c *cobra.Command) {
	fmt.Fprintf(w, "%s\n", c.Short)
	if c.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", c.Example)
	}
	use := c.UseLine()
	if c.HasAvailableSubCommands() {
		use = c.CommandPath() + " COMMAND"
	}
	fmt.Fprintf(w, "\nUsage:\n  %s\n", use)
	if c.Long != "" {
		fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(c.Long))
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprint(w, "\nCommands:\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(w, "  %-*s  %s\n", c.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if f := c.LocalNonPersistentFlags(); f.HasAvailableFlags() {
		fmt.Fprintf(w, "\nFlags:\n%s", usages(f))
	}
	if !c.HasParent() {
		fmt.Fprintf(w, "\nFlags of every command:\n%s\nExplain a command: drover help COMMAND\n", usages(c.PersistentFlags()))
		return
	}
	fmt.Fprint(w, "\nFlags of every command, such as -o, -O, --as-of, --config: drover help\n")
}

func usages(f *pflag.FlagSet) string { return f.FlagUsagesWrapped(120) }
