package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/secret"
)

// Exit codes, so that a script can tell clean, partial and failed apart.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitPartial     = 3
	exitPermission  = 4
	exitNotFound    = 5
	exitConflict    = 6
	exitGate        = 10
	exitInterrupted = 130
)

// exitMeanings is what the reference says of them.
var exitMeanings = []struct {
	code    int
	meaning string
}{
	{exitOK, "done"},
	{exitError, "an unexpected error, or --timeout passed"},
	{exitUsage, "wrong usage or configuration"},
	{exitPartial, "partial: a source failed in part or whole; the rest is stored"},
	{exitPermission, "not permitted"},
	{exitNotFound, "not found"},
	{exitConflict, "conflict: somebody else is writing, or it is there already"},
	{exitGate, "a gate that was asked for was hit: --fail-on, or scan --staged or --pushed found something"},
	{exitInterrupted, "interrupted; what was read is stored as partial"},
}

// errPartial says that a source failed; what did not is stored.
var errPartial = errors.New("partial")

// errGate says that something was found that was asked for as a gate.
var errGate = errors.New("gate")

// errPart is errPartial where something was read.
var errPart = fmt.Errorf("in part: %w", errPartial)

// codes is the one table from errors to exit codes; the first that fits counts.
var codes = []struct {
	err  error
	exit int
	name string
}{
	{context.Canceled, exitInterrupted, "interrupted"},
	{errPartial, exitPartial, "partial"},
	{errGate, exitGate, "gate"},
	{drover.ErrInvalid, exitUsage, "invalid"},
	{drover.ErrPermission, exitPermission, "permission"},
	{drover.ErrNotFound, exitNotFound, "not_found"},
	{drover.ErrConflict, exitConflict, "conflict"},
	{context.DeadlineExceeded, exitError, "timeout"},
	{drover.ErrFull, exitError, "storage_full"},
	{drover.ErrTransient, exitError, "transient"},
}

// exit reports the error and returns the code.
func (a *app) exit(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	code, name := exitError, "error"
	for _, c := range codes {
		if errors.Is(err, c.err) {
			code, name = c.exit, c.name
			break
		}
	}
	if ctx.Err() != nil {
		code, name = exitInterrupted, "interrupted"
	}
	if errors.Is(err, errGate) && code == exitGate {
		return code // the list said it
	}
	if errors.Is(err, errPartial) && code == exitPartial {
		return code // the result itself said what failed
	}
	fix := ""
	if h, ok := errors.AsType[*hinted](err); ok {
		fix = h.fix
	}
	said := message(err)
	if said == context.Canceled.Error() {
		said = "interrupted; what was stored before stays, and nothing else was changed"
	}
	a.complain(name, said, fix, where(err))
	return code
}

// ErrorView is an error as JSON, on standard error.
type ErrorView struct {
	Schema  string  `json:"schema"`
	Code    string  `json:"code"`    // invalid, partial, permission, not_found, conflict, interrupted, timeout, transient, error
	Message string  `json:"message"` // what happened
	Fix     *string `json:"fix"`     // what to do next
	Where   *string `json:"where"`   // file, line and column, or option
}

func (a *app) complain(code, message, fix, where string) {
	if a.format == "json" || a.format == "ndjson" {
		raw, err := encode(ErrorView{"drover/v1/error", code, message, nullable(fix), nullable(where)})
		if err == nil {
			fmt.Fprintf(a.errs, "%s\n", raw)
		}
		return
	}
	fmt.Fprintf(a.errs, "drover: error: %s\n", safeLines(message))
	if fix != "" {
		fmt.Fprintf(a.errs, "drover: hint: %s\n", safe(fix))
	}
}

// safeLines keeps the lines of a message, each made safe.
func safeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = safe(lines[i])
	}
	return strings.Join(lines, "\n  ")
}

// crashed is the error of a panic. The value of a panic can hold anything that
// the program was working on, so it is not told, and the stack only as names.
func crashed(p any, stack []byte) error {
	what := fmt.Sprintf("%T", p)
	if r, ok := p.(runtime.Error); ok {
		what = r.Error()
	}
	return &hinted{fmt.Errorf("this is a bug in drover: %s at %s", secret.RedactString(what), frames(stack)), "please report it with the output of `drover doctor --bundle`"}
}

// frames are the functions of a stack that lie in this module, innermost first.
func frames(stack []byte) string {
	var names []string
	for line := range strings.Lines(string(stack)) {
		name, _, ok := strings.Cut(line, "(")
		if ok && strings.HasPrefix(name, "github.com/droverhq/drover/") && len(names) < 8 {
			names = append(names, strings.TrimPrefix(name, "github.com/droverhq/drover/"))
		}
	}
	return strings.Join(names, " < ")
}

// message is the error without the sentinel's words, which the code says.
func message(err error) string {
	return bare(secret.RedactString(err.Error()))
}

// bare takes the sentinels' words from the end of each line of an error's text.
func bare(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		for _, sentinel := range []error{drover.ErrInvalid, drover.ErrNotFound, drover.ErrConflict, drover.ErrPermission, drover.ErrTransient, drover.ErrFull} {
			if t := strings.TrimSuffix(lines[i], ": "+sentinel.Error()); t != "" {
				lines[i] = t
			}
		}
	}
	return strings.Join(lines, "\n")
}

// where is the place that an error names: file with line and column, or the
// column of a filter.
func where(err error) string {
	s := message(err)
	if m := placed.FindString(s); m != "" {
		return m
	}
	if i := strings.Index(s, ": "); i > 0 && strings.ContainsAny(s[:i], "./\\") && !strings.ContainsAny(s[:i], " \n") {
		return s[:i]
	}
	return ""
}

// placed finds "filter, column 7" at the beginning of an error.
var placed = regexp.MustCompile(`^filter, column \d+`)

func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
