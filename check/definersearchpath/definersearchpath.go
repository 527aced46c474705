// Package definersearchpath finds functions of PostgreSQL that run with their
// owner's rights and look up names where their caller says.
package definersearchpath

import (
	"fmt"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the question.
var Check = &check.Check{
	ID: "definersearchpath", Title: "a SECURITY DEFINER function without search_path", Area: check.Privilege, Severity: drover.Medium,
	Controls: []string{"OWASP-NHI5:2025", "NIST-CSF-2.0:PR.PS-01", "NIST-800-53:AC-6", "NIST-800-53:SI-10"}, Fix: []string{"configure"}, Systems: []string{"postgres"},
	Why:        "A caller who makes a table or function of the right name has it run with the rights of the function's owner, and takes those over.",
	How:        "`pg_proc`: prosecdef is true and proconfig sets no search_path, or one with `$user` or nothing that ends in pg_temp. High where the owner is a superuser. Functions of extensions are left out: they are mended with the extension.",
	False:      "A body that writes every name with its schema is safe; whether it does is not judged. Setting search_path costs nothing then.",
	References: []string{"https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY", "https://wiki.postgresql.org/wiki/A_Guide_to_CVE-2018-1058:_Protect_Your_Search_Path"},
	Kinds:      []drover.Kind{drover.KindResource, drover.KindWorkload},
	Each: func(p *check.Pass, row int) {
		if t := p.Graph.Type(row); t != "postgres.function" && t != "postgres.procedure" {
			return
		}
		a := p.Graph.Attrs(row)
		if !check.Mentions(a, `"prosecdef":true`) || a.Str("extension") != "" || p.Own(row) {
			return
		}
		path, set := searchPath(a.Strings("proconfig"))
		if set && !strings.Contains(path, "$user") && safeEnd(path) {
			return
		}
		h := check.Hit{Row: row, Path: []int{row}, Keeps: true, Fix: remedy.Configure(p.Estate, row, "search_path = the function's own schema, pg_temp")}
		owner := "its owner"
		if owners := p.In(row, drover.EdgeOwns); len(owners) > 0 {
			o := owners[0]
			owner, h.Path = p.Say(o), append(h.Path, o)
			if super, _ := p.Graph.Attrs(o).Bool("rolsuper"); super {
				h.Severity = drover.High
				owner += ", a superuser,"
			}
		}
		how := "sets no search_path"
		if set {
			how = "sets search_path to " + check.Clean(path)
		}
		h.What = fmt.Sprintf("%s runs as %s and %s, so its caller decides what names in it mean.", p.Say(row), owner, how)
		h.Evidence = []drover.FindingProof{check.Proof("SECURITY DEFINER", "pg_proc.prosecdef", p.Now, ""), check.Proof(how, "pg_proc.proconfig", p.Now, "")}
		p.Report(h)
	},
}

func searchPath(config []string) (path string, ok bool) {
	for _, c := range config {
		if v, found := strings.CutPrefix(c, "search_path="); found {
			return v, true
		}
	}
	return "", false
}

// safeEnd reports whether a path has pg_temp last, or is empty: else names are
// looked up in the caller's temporary schema first.
func safeEnd(path string) bool {
	path = strings.TrimSpace(strings.Trim(path, `"`))
	return path == "" || strings.HasSuffix(path, "pg_temp")
}
