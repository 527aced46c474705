package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	exitInterrupted = 130
)

// errPartial says that a source failed; what did not is stored.
var errPartial = errors.New("partial")

// codes is the one table from errors to exit codes; the first that fits counts.
var codes = []struct {
	err  error
	exit int
	name string
}{
	{context.Canceled, exitInterrupted, "interrupted"},
	{errPartial, exitPartial, "partial"},
	{drover.ErrInvalid, exitUsage, "invalid"},
	{drover.ErrPermission, exitPermission, "permission"},
	{drover.ErrNotFound, exitNotFound, "not_found"},
	{drover.ErrConflict, exitConflict, "conflict"},
	{context.DeadlineExceeded, exitError, "timeout"},
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
	if strings.HasPrefix(err.Error(), "unknown command") {
		code, name = exitUsage, "invalid"
	}
	if ctx.Err() != nil {
		code, name = exitInterrupted, "interrupted"
	}
	message, fix := message(err), ""
	if i := strings.LastIndex(message, "; see `"); i > 0 {
		message, fix = message[:i], strings.Trim(message[i+len("; see "):], "`")
	}
	if errors.Is(err, errPartial) && code == exitPartial {
		return code // the result itself said what failed
	}
	if a.format == "json" || a.format == "ndjson" {
		raw, _ := json.Marshal(map[string]any{"schema": "drover/v1/error", "code": name, "message": message, "fix": nullable(fix), "where": nullable(where(err))})
		fmt.Fprintf(a.errs, "%s\n", raw)
		return code
	}
	fmt.Fprintf(a.errs, "drover: error: %s\n", safe(message))
	if fix != "" {
		fmt.Fprintf(a.errs, "drover: hint: %s\n", safe(fix))
	}
	return code
}

// message is the error without the sentinel's words, which the code says.
func message(err error) string {
	s := secret.RedactString(err.Error())
	for _, sentinel := range []error{drover.ErrInvalid, drover.ErrNotFound, drover.ErrConflict, drover.ErrPermission, drover.ErrTransient} {
		if t := strings.TrimSuffix(s, ": "+sentinel.Error()); t != "" {
			s = t
		}
	}
	return s
}

// where is the place that an error names, file:line:column or option.
func where(err error) string {
	s := err.Error()
	if i := strings.Index(s, ": "); i > 0 && strings.ContainsAny(s[:i], "./\\") && !strings.Contains(s[:i], " ") {
		return s[:i]
	}
	return ""
}

func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
