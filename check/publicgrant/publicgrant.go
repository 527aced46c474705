// Package publicgrant finds tables and schemas of PostgreSQL that every role may
// read, or write to, because they were granted to PUBLIC.
package publicgrant

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "publicgrant", Title: "a table or schema is open to every role", Area: check.Privilege, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.AA-05", "NIST-800-53:AC-3", "NIST-800-53:AC-6", "CIS-PG-16:4.4", "PCI-DSS-4.0:7.2.1", "ISO-27001-2022:A.8.3", "SOC2:CC6.1"}, Fix: []string{"detach"}, Systems: []string{"postgres"},
	Why:        "Every application and tool that may log in has it, the next one that somebody adds as well, and no list of who may read the data is complete.",
	How:        "A grant to PUBLIC in the catalogs: SELECT, INSERT, UPDATE, DELETE, TRUNCATE or TRIGGER on a table or view, CREATE on a schema. High where it writes, or where the data is restricted. What PostgreSQL itself gives to PUBLIC (CONNECT, TEMPORARY, USAGE, EXECUTE; CREATE on schema public before version 15 is no such thing and counts) and its own catalogs are left out.",
	False:      "Lookup tables without meaning may be for everybody: grant them to a role that the applications are in, which says so.",
	References: []string{"https://www.postgresql.org/docs/current/ddl-priv.html", "https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS"},
	Kinds:      []drover.Kind{drover.KindResource},
	Each: func(p *check.Pass, row int) {
		if !strings.HasPrefix(p.Graph.Type(row), "postgres.") {
			return
		}
		var public int
		var grants []string
		write := false
		for h := range p.Graph.In(row) {
			if h.Kind != drover.EdgeCanAccess || p.Graph.Type(h.Row) != "postgres.public" {
				continue
			}
			x := p.Graph.Edge(h.Edge)
			counts, writes := worth(x.Part, p.Graph.Type(row))
			if !counts {
				continue
			}
			public, grants, write = h.Row, append(grants, check.Clean(x.Part)), write || writes
		}
		if len(grants) == 0 || p.Own(row) || p.Graph.Attrs(row).Str("extension") != "" {
			return
		}
		report(p, row, public, grants, write)
	},
}

func report(p *check.Pass, row, public int, grants []string, write bool) {
	h := check.Hit{Row: row, Path: []int{public, row}, Stops: []int{row}, Loses: check.List(grants) + " for roles that have it by PUBLIC alone"}
	f := p.Graph.Facts(row)
	restricted := f.DataClass == "restricted" || len(f.Regulation) > 0
	if write || restricted {
		h.Severity = drover.High
	}
	data := ""
	if restricted {
		data = ", which holds restricted data"
	}
	h.What = fmt.Sprintf("%s gives %s to every role of the server%s.", p.Say(row), check.List(grants), data)
	for _, g := range grants {
		h.Evidence = append(h.Evidence, check.Proof("PUBLIC has "+g, p.Say(row)+" acl", p.Now, ""))
	}
	h.Fix = remedy.Detach(p.Estate, public, row)
	h.Unknowns = []string{"which roles use it by PUBLIC and by no grant of their own"}
	p.Report(h)
}

// worth says whether a privilege of PUBLIC is worth a word, and whether it writes.
func worth(part, typ string) (counts, writes bool) {
	word, _, _ := strings.Cut(part, "(")
	word, _, _ = strings.Cut(word, " ")
	switch word {
	case "SELECT":
		return typ != "postgres.sequence", false
	case "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "MAINTAIN":
		return typ != "postgres.sequence", true
	case "CREATE":
		return typ == "postgres.schema" || typ == "postgres.database", true
	}
	return false, false
}
