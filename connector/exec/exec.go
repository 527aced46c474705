// Package exec is the file door for what a command prints: a script that asks
// a system nobody wrote a connector for.
package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/rows"
)

var Connector = &connector.Connector{
	Name:  "exec",
	Title: "Command output: records, CSV, JSON, LDIF",
	Doc: `Runs one command and reads its standard output as the file connector reads a file: drover records as JSON Lines, or rows with a mapping.

A command executes on this machine with the rights of drover, so it is taken from the configuration file only, never from the API or the page. It is run without a shell,
without this process's environment (only the variables that ` + "`pass_env`" + ` names) and without standard input. It and its children end when the scan is cancelled or ` + "`timeout`" + ` passes.

If the command fails, is cut off or prints too much, what it printed is kept and nothing is removed. Of the last line of its standard error only the
words that error messages are made of are quoted ("access denied for user …"), for scripts print command lines and addresses with passwords in them.

Records are held in an unlinked temporary file until the command ends, for a section is named at its end; they hold no secret. Rows are not held.`,
	Options: []connector.Option{
		{Name: "command", Type: connector.TypeList, Required: true, Help: "the program by its absolute path, and its arguments", Example: "/usr/local/bin/list-accounts"},
		{Name: "pass_env", Type: connector.TypeList, Help: "names of the environment variables that the command gets", Example: "PATH"},
		{Name: "dir", Type: connector.TypePath, Help: "working folder; without it the root folder"},
		{Name: "timeout", Type: connector.TypeDuration, Default: "5m", Help: "end the command after this long"},
		{Name: "format", Default: "jsonl", Values: formatNames(), Help: "how the output is laid out"},
		{Name: "mapping", Help: "a built-in mapping, or the path of a mapping file", Example: "inventory"},
		{Name: "declared", Type: connector.TypeBool, Default: "false", Help: "people say so: everything is graded declared until another source sees it"},
		{Name: "system", Help: "first segment of refs, instead of the mapping's", Advanced: true},
		{Name: "tenant", Help: "second segment of refs, instead of the mapping's", Advanced: true},
		{Name: "max_mb", Type: connector.TypeInt, Default: "1024", Help: "stop a command that prints more than this many MiB", Advanced: true},
	},
	Scopes: []connector.Scope{{
		Name:  "run the command",
		Why:   "without it nothing is read; what the command itself needs is the command's to say",
		Grant: "chmod u+x {command}",
	}},
	Verified: "real: local programs that succeed, fail, hang, fork and flood",
	Reads:    reads,
	Probe:    probe,
	Discover: discover,
}

func formatNames() []string {
	var out []string
	for _, f := range rows.Formats {
		if f != rows.FormatAuto {
			out = append(out, string(f))
		}
	}
	return out
}

func reads(_ context.Context, s *connector.Session, emit func(connector.Read)) error {
	err := allowed(s)
	emit(connector.Read{What: "output of a command", Where: program(s), Found: err == nil})
	return nil
}

// probe says whether the command could run. It does not run it.
func probe(_ context.Context, s *connector.Session) error {
	if err := allowed(s); err != nil {
		return err
	}
	_, err := mapping(s.Config)
	return err
}

func program(s *connector.Session) string { return s.Config.Get("command") }

// allowed refuses what did not come from the configuration file, and what is not
// a program.
func allowed(s *connector.Session) error {
	name := program(s)
	if !s.Trusted {
		return fmt.Errorf("a command executes on this machine, so it is only taken from the configuration file; write this source into drover.yaml: %w", drover.ErrPermission)
	}
	if !filepath.IsAbs(name) {
		return fmt.Errorf("option command: give the program by its absolute path: %w", drover.ErrInvalid)
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return fmt.Errorf("option command: %s cannot be found: %w", name, drover.ErrNotFound)
	case !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0:
		return fmt.Errorf("option command: %s is no program that may be executed: %w", name, drover.ErrPermission)
	}
	return nil
}

func mapping(c connector.Config) (*rows.Mapping, error) {
	m, err := rows.LoadMapping(c.Get("mapping"))
	switch {
	case err != nil:
		return nil, err
	case m == nil && c.Get("format") != string(rows.FormatJSONL):
		return nil, fmt.Errorf("option mapping is missing: only format jsonl, a stream of records, needs none: %w", drover.ErrInvalid)
	case m == nil:
		return nil, nil
	}
	return m.With(c.Get("system"), c.Get("tenant"), c.Bool("declared")), nil
}

func discover(ctx context.Context, s *connector.Scan) error {
	if err := allowed(s.Session); err != nil {
		return err
	}
	m, err := mapping(s.Config)
	if err != nil {
		return err
	}
	section := func(ctx context.Context, name, coverage string, fn func(context.Context, rows.Sink) error) error {
		return s.Section(ctx, name, coverage, func(ctx context.Context, out *connector.Out) error { return fn(ctx, out) })
	}
	run, err := start(ctx, command{
		argv: s.Config.List("command"), env: s.Config.List("pass_env"), dir: s.Config.Get("dir"),
		timeout: s.Config.Duration("timeout"), limit: int64(s.Config.Int("max_mb")) << 20,
	})
	if err != nil {
		return err
	}
	defer run.stop()
	limit := 16 * int64(s.Config.Int("max_mb")) << 20 // plain bytes of compressed output
	in := rows.Input{Place: program(s.Session), Format: rows.Format(s.Config.Get("format")), AsOf: s.Now.UTC().Truncate(time.Second), Check: run.wait}
	if m != nil {
		in.Open = func() (io.ReadCloser, error) { return io.NopCloser(run.stdout()), nil }
		t := rows.Table{Mapping: m, Door: "exec", Inputs: []rows.Input{in}, Limit: limit, Fingerprints: s.Fingerprints}
		return t.Replay(ctx, section)
	}
	spool, err := spoolFile(run.stdout())
	if err != nil {
		return err
	}
	defer spool.Close()
	in.Open = func() (io.ReadCloser, error) {
		_, err := spool.Seek(0, io.SeekStart)
		return io.NopCloser(spool), err
	}
	st := rows.Stream{Input: in, Limit: limit, Coverage: "exec:" + s.Source + "/records", Declared: s.Config.Bool("declared")}
	if err := st.Plan(ctx); err != nil {
		return err
	}
	return st.Replay(ctx, section)
}

// spoolFile copies r into a file that has no name any more. What r failed with
// is not lost: wait tells it.
func spoolFile(r io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "drover-exec-*")
	if err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	os.Remove(f.Name())
	if _, err := io.Copy(f, r); err != nil && !errors.Is(err, errFull) && !errors.Is(err, io.ErrUnexpectedEOF) {
		f.Close()
		return nil, fmt.Errorf("read the output: %w", err)
	}
	return f, nil
}
