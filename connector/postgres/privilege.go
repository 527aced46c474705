package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

// The values of the option privileges, each of which holds those before it.
const (
	login     = "login"
	monitor   = "monitor"
	superuser = "superuser"
)

var levels = []string{login, monitor, superuser}

// meant reports whether the role is meant to hold what the level stands for.
func (r *reader) meant(level string) bool {
	return slices.Index(levels, r.scan.Config.Get("privileges")) >= slices.Index(levels, level)
}

// who is the role that we are connected as, in SQL.
func (r *reader) who() string { return pgx.Identifier{text(r.fact.User)}.Sanitize() }

// to completes grants with our role.
func (r *reader) to(grants ...string) []string {
	out := make([]string, len(grants))
	for i, g := range grants {
		out[i] = g + " TO " + r.who()
	}
	return out
}

// fileGrants are what reading a view over a configuration file needs.
func fileGrants(view string) []string {
	return []string{"GRANT SELECT ON " + view, "GRANT EXECUTE ON FUNCTION " + view + "()"}
}

// denied is how a section ends for want of grants: as skipped where the role is
// not meant to hold them, as an error where it is.
func (r *reader) denied(level, what string, grants ...string) error {
	run := strings.Join(r.to(grants...), "; ")
	if !r.meant(level) {
		return connector.Skip(what + " is only seen with more than the option privileges says the role holds: " + run)
	}
	return fmt.Errorf("%s may not be read; run %s, or lower the option privileges: %w", what, run, drover.ErrPermission)
}

// hidden is denied for one thing in a section that is read otherwise.
func (r *reader) hidden(out *connector.Out, where, why, grant string) {
	if r.meant(superuser) {
		out.Lost(where, fmt.Errorf("%s; run %s, or lower the option privileges: %w", why, grant, drover.ErrPermission))
		return
	}
	out.Unread(where, why+": "+grant)
}
