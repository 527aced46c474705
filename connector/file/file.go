// Package file is the generic door: whatever another system can write into a
// file enters without code, as records of ours or as rows with a mapping.
package file

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/rows"
)

var Connector = &connector.Connector{
	Name:  "file",
	Title: "Files: records, CSV, JSON, LDIF",
	Doc: `Reads files that another system, a person or drover itself wrote.

**JSON Lines** (` + "`*.jsonl`, `*.ndjson`" + `) holds drover records, as ` + "`drover export -f jsonl`" + ` writes them. A section record ends its section; with it the file proves absence
as a live scan does. Records after the last section record remove nothing. Event and finding records are counted and passed over.

**CSV, TSV, JSON and LDIF** hold rows, and a mapping says which column becomes which field. Built in are ` + "`hr`, `org`, `interview`, `inventory`, `ldap` and `drover`" + `; they are told by the header
where only one fits. Any other is a YAML file: see its JSON Schema, and the built-in ones as examples. Rows remove what is missing only when the mapping says ` + "`complete: true`" + `.

Files may be compressed with gzip or zstd. Lines and rows past 16 MiB, rows that cannot be read and files that end early are noted with their line; the rest is read and nothing is removed.

Columns that a mapping lists under secrets become fingerprints. No other expression may read them.`,
	Options: []connector.Option{
		{Name: "paths", Type: connector.TypePaths, Required: true, Help: "files, or patterns such as ~/exports/*.csv; folders are not walked", Example: "~/exports/hr.csv"},
		{Name: "format", Default: "auto", Values: formatNames(), Help: "how the files are laid out; auto goes by name and first line"},
		{Name: "mapping", Help: "a built-in mapping, or the path of a mapping file", Example: "hr"},
		{Name: "as_of", Help: "when the content was true (RFC 3339 or a date); without it the file's modification time", Example: "2026-01-31"},
		{Name: "declared", Type: connector.TypeBool, Default: "false", Help: "people say so: everything is graded declared until another source sees it"},
		{Name: "system", Help: "first segment of refs, instead of the mapping's", Advanced: true},
		{Name: "tenant", Help: "second segment of refs, instead of the mapping's", Advanced: true},
		{Name: "max_mb", Type: connector.TypeInt, Default: "16384", Help: "refuse a file of more than this many MiB after decompression", Advanced: true},
	},
	Scopes: []connector.Scope{{
		Name:  "read the files",
		Why:   "a file that cannot be opened is noted, and what it told earlier stays",
		Grant: "chmod u+r {paths}",
	}},
	Verified: "real: HR, organisation and LDAP exports of several products, recorded API responses",
	Accepts:  accepts,
	Last:     true, // a table can be what another connector knows: a credential report of AWS
	Paths:    "files that end in .jsonl, .ndjson, .csv, .tsv or .ldif, compressed or not",
	Reads:    reads,
	Probe:    probe,
	Discover: discover,
}

func formatNames() []string {
	var out []string
	for _, f := range rows.Formats {
		out = append(out, string(f))
	}
	return out
}

// accepts takes the names that say what is inside. Plain .json does not.
func accepts(path string, dir bool) (string, bool) {
	switch f := rows.FormatOf(path); f {
	case rows.FormatAuto, rows.FormatJSON:
		return "", false
	default:
		return "paths", !dir
	}
}

func reads(_ context.Context, s *connector.Session, emit func(connector.Read)) error {
	for _, f := range find(s.Config.List("paths")) {
		emit(connector.Read{What: "file", Where: f.path, Found: f.err == nil})
	}
	return nil
}

// probe opens every file, and resolves its format and mapping.
func probe(_ context.Context, s *connector.Session) error {
	p, err := newPlan(s)
	if err != nil {
		return err
	}
	return errors.Join(p.errs...)
}

func discover(ctx context.Context, s *connector.Scan) error {
	p, err := newPlan(s.Session)
	if err != nil {
		return err
	}
	if len(p.tables) == 0 && len(p.streams) == 0 && len(p.errs) > 0 {
		return errors.Join(p.errs...)
	}
	section := func(ctx context.Context, name, coverage string, fn func(context.Context, rows.Sink) error) error {
		return s.Section(ctx, name, coverage, func(ctx context.Context, out *connector.Out) error { return fn(ctx, out) })
	}
	for _, t := range p.tables {
		s.AsOf = t.AsOf()
		if err := t.Replay(ctx, p.spoiled(section)); err != nil {
			return err
		}
	}
	claims := map[string]int{}
	for _, st := range p.streams {
		st.Claims = claims
		if err := st.Plan(ctx); err != nil {
			p.errs = append(p.errs, err)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
	}
	// Claims are complete only now: a coverage key in two files proves nothing in either.
	for _, st := range p.streams {
		s.AsOf = st.Input.AsOf
		if err := st.Replay(ctx, p.spoiled(section)); err != nil {
			return err
		}
	}
	s.AsOf = time.Time{}
	if len(p.errs) > 0 {
		return section(ctx, "files", "file:"+s.Source+"/files", func(context.Context, rows.Sink) error { return errors.Join(p.errs...) })
	}
	return nil
}

// spoiled makes every section partial while a file of the source could not be
// read at all: nobody knows which section it would have belonged to.
func (p *plan) spoiled(section rows.Section) rows.Section {
	if len(p.errs) == 0 {
		return section
	}
	return func(ctx context.Context, name, coverage string, fn func(context.Context, rows.Sink) error) error {
		return section(ctx, name, coverage, func(ctx context.Context, out rows.Sink) error {
			for _, err := range p.errs {
				out.Lost("", err)
			}
			return fn(ctx, out)
		})
	}
}

// A plan is what the options of a source come to.
type plan struct {
	tables  []*rows.Table
	streams []*rows.Stream
	errs    []error // files that cannot be read
}

func newPlan(s *connector.Session) (*plan, error) {
	m, err := rows.LoadMapping(s.Config.Get("mapping"))
	if err != nil {
		return nil, err
	}
	asOf, err := rows.ParseTime(s.Config.Get("as_of"))
	if err != nil {
		return nil, fmt.Errorf("option as_of: %w", err)
	}
	if asOf.After(s.Now) {
		return nil, fmt.Errorf("option as_of: %s lies in the future: %w", asOf.Format(time.RFC3339), drover.ErrInvalid)
	}
	limit := int64(s.Config.Int("max_mb")) << 20
	p := &plan{}
	byCoverage := map[string]*rows.Table{}
	for _, f := range find(s.Config.List("paths")) {
		if f.err != nil {
			p.errs = append(p.errs, f.err)
			continue
		}
		in := f.input(rows.Format(s.Config.Get("format")))
		if !asOf.IsZero() {
			in.AsOf = asOf
		} else if in.AsOf.After(s.Now) { // a wrong clock must not make later looks stale
			in.AsOf = s.Now
		}
		m, err := rows.Resolve(&in, m, limit)
		if err != nil {
			p.errs = append(p.errs, err)
			continue
		}
		if m == nil {
			p.streams = append(p.streams, &rows.Stream{Input: in, Limit: limit, Coverage: "file:" + s.Source + "/records", Declared: s.Config.Bool("declared")})
			continue
		}
		m = m.With(s.Config.Get("system"), s.Config.Get("tenant"), s.Config.Bool("declared"))
		t := byCoverage[m.Coverage()]
		if t == nil {
			t = &rows.Table{Mapping: m, Door: "file", Limit: limit, Fingerprints: s.Fingerprints}
			byCoverage[m.Coverage()] = t
			p.tables = append(p.tables, t)
		}
		t.Inputs = append(t.Inputs, in)
	}
	return p, nil
}

var errFile = fmt.Errorf("not a regular file; pipes, devices and folders are not read: %w", drover.ErrInvalid)
