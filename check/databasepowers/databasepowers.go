// Package databasepowers finds database roles of applications with rights over the
// whole PostgreSQL server that stop short of superuser.
package databasepowers

import (
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// attributes of a role that reach past its own tables (PostgreSQL, "Role
// Attributes"), and how each is taken away.
var attributes = [][3]string{
	{"rolcreaterole", "may create and change other roles (CREATEROLE)", "NOCREATEROLE"}, {"rolbypassrls", "passes by row security (BYPASSRLS)", "NOBYPASSRLS"}, {"rolreplication", "may copy the whole server (REPLICATION)", "NOREPLICATION"},
}

// A grant is what a predefined role gives (PostgreSQL, "Predefined Roles").
type grant struct {
	says   string
	severe bool // it leads to the server's machine
}

var predefined = map[string]grant{
	"pg_execute_server_program": {"may run programs on the server's machine", true},
	"pg_write_server_files":     {"may write files of the server's machine", true},
	"pg_read_server_files":      {"may read files of the server's machine", true},
	"pg_read_all_data":          {"may read every table", false},
	"pg_write_all_data":         {"may change every table", false},
	"pg_signal_backend":         {"may end the sessions of others", false},
	"rds_superuser":             {"administers the hosted server", true},
	"cloudsqlsuperuser":         {"administers the hosted server", true},
	"azure_pg_admin":            {"administers the hosted server", true},
}

// Check is the question.
var Check = &check.Check{
	ID: "databasepowers", Title: "a database role with rights over the whole server", Area: check.Privilege, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-6", "CIS-PG-16:4.5", "PCI-DSS-4.0:7.2.5", "ISO-27001-2022:A.8.2", "SOC2:CC6.3"}, Fix: []string{"detach", "configure"}, Systems: []string{"postgres"},
	Why:        "An application that can be tricked into one statement of an attacker's gives away more than its own tables: all data of the server, or the machine that it runs on.",
	How:        "`pg_roles` of a role that may log in: rolcreaterole, rolbypassrls, rolreplication; and membership, through any number of roles, in pg_execute_server_program, pg_read_server_files, pg_write_server_files, pg_read_all_data, pg_write_all_data, pg_signal_backend and the administrators of hosted servers. High where it leads to the server's machine. Superusers are told by `adminequivalent`.",
	False:      "Standbys need REPLICATION and backup tools pg_read_all_data: give each a role of its own that does nothing else, and accept that one.",
	References: []string{"https://www.postgresql.org/docs/current/predefined-roles.html", "https://www.postgresql.org/docs/current/role-attributes.html"},
	Kinds:      []drover.Kind{drover.KindIdentity},
	Each: func(p *check.Pass, row int) {
		if p.Graph.Type(row) != "postgres.role" || p.Off(row) || p.Graph.Facts(row).Verdict == drover.VerdictHuman || p.Emergency(row) {
			return
		}
		h := check.Hit{Row: row, Path: []int{row}, Stops: []int{row}, Loses: "the rights over the whole server"}
		says := held(p, &h, row, 0, map[int]bool{})
		a := p.Graph.Attrs(row)
		if super, _ := a.Bool("rolsuper"); super || p.Own(row) {
			return
		}
		for _, x := range attributes {
			if on, _ := a.Bool(x[0]); on {
				if h.Fix.Text == "" {
					h.Fix = remedy.Configure(p.Estate, row, x[2])
				}
				says = append(says, x[1])
				h.Evidence = append(h.Evidence, check.Proof(x[1], "pg_roles."+x[0], p.Now, ""))
			}
		}
		if len(says) == 0 {
			return
		}
		h.What = fmt.Sprintf("%s reaches past its own tables: it %s.", p.Say(row), check.List(says))
		p.Report(h)
	},
}

// held are the predefined roles that a role is a member of.
func held(p *check.Pass, h *check.Hit, row, depth int, seen map[int]bool) (says []string) {
	for x := range p.Graph.Out(row) {
		if x.Kind != drover.EdgeMemberOf || depth > 8 || seen[x.Row] {
			continue
		}
		seen[x.Row] = true
		if g, ok := predefined[p.Graph.Name(x.Row)]; ok {
			says = append(says, g.says)
			h.Evidence = append(h.Evidence, check.Proof("is a member of "+p.Say(x.Row)+": it "+g.says, "pg_auth_members", p.Now, ""))
			h.Path = append(h.Path, x.Row)
			if g.severe {
				h.Severity = drover.High
			}
			if h.Fix.Text == "" {
				h.Fix = remedy.Detach(p.Estate, row, x.Row)
			}
		}
		says = append(says, held(p, h, x.Row, depth+1, seen)...)
	}
	return says
}
