package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/droverhq/drover"
)

// flags are the flags of every command. What a command cannot honour it refuses:
// a flag that is silently ignored is a promise that is silently broken.
type flags struct {
	configPath string
	format     string
	outputs    []string
	fields     []string
	jq         string
	asOf       string
	quiet      bool
	verbose    bool
	noColor    bool
	plain      bool
	noInput    bool
	yes        bool
	timeout    time.Duration
	policies   []string // --policy, of commands that have it
	serverFlags
}

func (x *flags) add(f *pflag.FlagSet) {
	f.StringVar(&x.configPath, "config", "", "configuration `FILE` (default ./drover.yaml, then the user's)")
	f.StringVarP(&x.format, "format", "o", "", "output `FORMAT`: "+strings.Join(formats, ", ")+" (default table)")
	f.StringArrayVarP(&x.outputs, "output-file", "O", nil, "also write to `FILE`, in the format of its ending; repeatable")
	f.StringSliceVar(&x.fields, "fields", nil, "only these `FIELDS`, comma-separated")
	f.StringVar(&x.jq, "jq", "", "apply a jq `EXPR` to the JSON; implies -o json")
	f.StringVar(&x.asOf, "as-of", "", "answer as of a `TIME`: RFC 3339, a date, or an age such as 7d")
	f.BoolVarP(&x.quiet, "quiet", "q", false, "no progress, no hints")
	f.BoolVarP(&x.verbose, "verbose", "v", false, "log to standard error")
	f.BoolVar(&x.noColor, "no-color", false, "no colour (also NO_COLOR)")
	f.BoolVar(&x.plain, "plain", false, "no colour, and nothing cut to the width of the terminal")
	f.BoolVar(&x.noInput, "no-input", false, "never ask")
	f.BoolVarP(&x.yes, "yes", "y", false, "answer yes")
	x.serverFlags.add(f)
	f.DurationVar(&x.timeout, "timeout", 0, "give up after this `DURATION`")
}

// A shape is what a command prints, and so which formats it has.
type shape string

const (
	shapeList     shape = "list"     // items in columns: every format
	shapeObject   shape = "object"   // one JSON object with a text form
	shapeFindings shape = "findings" // findings: every format of a list, and those that others read
	shapeNodes    shape = "nodes"    // things that are known: every format of a list, and those of inventories
	shapeGraph    shape = "graph"    // an answer over the graph: an object, and a drawing of it
	shapeEither   shape = "either"   // a list or a graph, by its flags: the command says which
	shapeSheet    shape = "sheet"    // a page or a mail for an owner: -O FILE.html or FILE.txt
	shapeReport   shape = "report"   // a document: the formats of package report
	shapeText     shape = "text"     // a text that is no data: scripts, help
)

// annotations of a command.
const (
	keyShape = "shape"
	keyAsOf  = "as-of" // set: the command answers as of any time
)

// shaped says what a command prints.
func shaped(s shape, c *cobra.Command) *cobra.Command {
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[keyShape] = string(s)
	return c
}

// historic says that a command understands --as-of.
func historic(c *cobra.Command) *cobra.Command {
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[keyAsOf] = "yes"
	return c
}

// prepare checks the flags against the command, before any work is done.
func (a *app) prepare(cmd *cobra.Command) error {
	explicit := a.format != ""
	if a.format == "" {
		a.format = "table"
	}
	if a.jq != "" && !explicit {
		a.format = "json"
	}
	if a.asOf != "" && cmd.Annotations[keyAsOf] == "" {
		return fmt.Errorf("--as-of: `%s` does not look at the past; list, show and diff do: %w", cmd.CommandPath(), drover.ErrInvalid)
	}
	if s := shape(cmd.Annotations[keyShape]); s != "" {
		if err := a.fits(cmd.CommandPath(), s); err != nil {
			return err
		}
	}
	if a.timeout > 0 {
		ctx, cancel := context.WithTimeout(cmd.Context(), a.timeout)
		a.cancel = cancel
		cmd.SetContext(ctx)
	}
	return nil
}

// fits checks that output of this shape has the formats that were asked for.
func (a *app) fits(command string, s shape) error {
	if s == shapeSheet {
		return a.fitsSheet(command)
	}
	if s == shapeReport {
		return a.fitsReport(command)
	}
	asked := []string{a.format}
	for _, path := range a.outputs {
		f, err := formatOfFile(path)
		if err != nil {
			return err
		}
		asked = append(asked, f)
	}
	for _, f := range asked {
		if err := known(f); err != nil {
			return err
		}
		if s != shapeNodes && f == formatOfNodes {
			return fmt.Errorf("`%s` prints no inventory, and has no form %s; `drover list` has: %w", command, f, drover.ErrInvalid)
		}
		if s != shapeGraph && s != shapeEither && f == formatOfGraphs {
			return fmt.Errorf("`%s` prints no graph, and has no form %s; path, blast-radius, creators and deps have: %w", command, f, drover.ErrInvalid)
		}
		if s != shapeFindings && slices.Contains(formatsOfFindings, f) {
			return fmt.Errorf("`%s` prints no findings, and has no form %s; there are %s: %w", command, f, strings.Join(formats, ", "), drover.ErrInvalid)
		}
		if (s == shapeObject || s == shapeGraph) && slices.Contains(formatsOfLists, f) {
			return fmt.Errorf("`%s` prints no list, and has no form %s; there are table, json, ndjson, yaml: %w", command, f, drover.ErrInvalid)
		}
		if a.jq != "" && !slices.Contains(formatsOfJSON, f) {
			return fmt.Errorf("--jq works on json, ndjson and yaml, not on %s: %w", f, drover.ErrInvalid)
		}
		if (s == shapeObject || s == shapeGraph) && len(a.fields) > 0 && !slices.Contains(formatsOfJSON, f) {
			return fmt.Errorf("--fields: `%s` prints no columns; use it with json, ndjson or yaml: %w", command, drover.ErrInvalid)
		}
	}
	if s == shapeText && (len(a.outputs) > 0 || a.jq != "" || len(a.fields) > 0 || a.format != "table") {
		return fmt.Errorf("`%s` prints no data: -o, -O, --jq and --fields have no meaning here: %w", command, drover.ErrInvalid)
	}
	return nil
}

// formats are the values of --format and the endings that -O understands.
var formats = []string{"table", "wide", "json", "ndjson", "yaml", "csv", "md", "name"}

var (
	formatsOfJSON  = []string{"json", "ndjson", "yaml"}
	formatsOfLists = []string{"csv", "md", "name"} // an object has none of them
)

// formatsOfFindings are the formats in which others read findings.
var formatsOfFindings = []string{"sarif", "ocsf", "junit", "html"}

// Formats in which others read inventories and graphs.
const (
	formatOfNodes  = "cyclonedx"
	formatOfGraphs = "mermaid"
)

func known(format string) error {
	if slices.Contains(formats, format) || slices.Contains(formatsOfFindings, format) || format == formatOfNodes || format == formatOfGraphs {
		return nil
	}
	return fmt.Errorf("format %q is none of %s: %w", format, strings.Join(formats, ", "), drover.ErrInvalid)
}

// formatOfFile is the format that the ending of an -O file names.
func formatOfFile(path string) (string, error) {
	f := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	switch f {
	case "txt":
		f = "table"
	case "yml":
		f = "yaml"
	case "jsonl":
		f = "ndjson"
	case "xml":
		f = "junit"
	case "htm":
		f = "html"
	case "mmd":
		f = formatOfGraphs
	case "cdx":
		f = formatOfNodes
	}
	if strings.HasSuffix(strings.ToLower(path), ".cdx.json") { // as the standard names its files
		f = formatOfNodes
	}
	if err := known(f); err != nil {
		return "", fmt.Errorf("-O %s: its ending says the format: %w", path, err)
	}
	return f, nil
}

// formatOf finds -o in a command line that could not be parsed, so that its
// error is written in the form that was asked for.
func formatOf(args []string) string {
	for i, arg := range args {
		switch {
		case arg == "--":
			return ""
		case (arg == "-o" || arg == "--format") && i+1 < len(args):
			return args[i+1]
		case strings.HasPrefix(arg, "--format="):
			return strings.TrimPrefix(arg, "--format=")
		case strings.HasPrefix(arg, "-o"):
			return strings.TrimPrefix(strings.TrimPrefix(arg, "-o"), "=")
		}
	}
	return ""
}

// about is a command that says something of one thing, as of a moment: get asks
// the engine for what the first word names, say is its form for people.
func about[T any](a *app, get func(e estate, ctx context.Context, id string, at time.Time) (T, error), say func(w io.Writer, v T)) func(*cobra.Command, []string) error {
	return aboutOne(a, get, func(v T) error { return a.object(v, func(w io.Writer) { say(w, v) }) })
}

// aboutOne is about with a form of its own.
func aboutOne[T any](a *app, get func(e estate, ctx context.Context, id string, at time.Time) (T, error), tell func(v T) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		at, err := a.past(a.asOf)
		if err != nil {
			return err
		}
		return a.with(cmd.Context(), true, func(e estate) error {
			v, err := get(e, cmd.Context(), args[0], at)
			if err != nil {
				return err
			}
			return tell(v)
		})
	}
}
