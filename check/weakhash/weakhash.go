// Package weakhash finds passwords whose stored form gives them away.
package weakhash

import (
	"strconv"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "weakhash",
	Title:    "a password is stored in a weak form",
	Area:     check.Credentials,
	Severity: drover.Medium,
	Controls: []string{"OWASP-NHI4:2025", "NIST-CSF-2.0:PR.AA-03", "NIST-800-53:IA-5(1)", "PCI-DSS-4.0:8.3.2", "ISO-27001-2022:A.8.24"},
	Fix:      []string{"rotate"},
	Why:      "Whoever gets a copy of the catalogue, from a backup or a replica, has the password within hours, and with the MD5 form of PostgreSQL does not even need to compute it: the stored form is enough to log in.",
	How: "The method that the server stores: md5 in pg_authid instead of scram-sha-256, and SCRAM with fewer than 4096 iterations (postgres); through the file connector mysql_native_password, mysql_old_password and sha1 forms of MySQL (plugin), and LEGACY or DES of RACF (PWD_ALG). " +
		"High where it opens production or reaches tier 0. Silent where the method is not known, and for accounts that are switched off.",
	False:      "A client that speaks no SCRAM. Update its driver; until then accept the finding.",
	References: []string{"https://www.postgresql.org/docs/current/auth-password.html", "https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-PASSWORD-ENCRYPTION", "https://dev.mysql.com/doc/refman/8.4/en/native-pluggable-authentication.html"},
	Kinds:      []drover.Kind{drover.KindCredential, drover.KindIdentity},
	Each:       each,
}

// leastIterations is what RFC 7677 asks of SCRAM-SHA-256.
const leastIterations = 4096

func each(p *check.Pass, row int) {
	form, source := form(p, row)
	if form == "" || p.Off(row) {
		return
	}
	holders := p.Holders(row)
	if p.Graph.Kind(row) == drover.KindIdentity {
		holders = []int{row}
	}
	for _, h := range holders {
		if p.Off(h) {
			return
		}
	}
	name := p.Say(row)
	if p.Graph.Kind(row) == drover.KindIdentity {
		name = "the password of " + name
	}
	h := check.Hit{Row: row, What: name + " is stored as " + form + ".", Fix: remedy.Rotate(p.Estate, row), Stops: []int{row}, Path: holders,
		Evidence: []drover.FindingProof{check.Proof(source+" is "+form, p.Source(row), p.Graph.Row(row).Observed, "")}}
	if words, ok := p.Serious(row); ok {
		h.Severity, h.Why = drover.High, p.Check.Why+" Here "+words+"."
	}
	p.Report(h)
}

// form is the weak form in which a password is stored, and the field that says
// so; "" where it is a good one, or not told.
func form(p *check.Pass, row int) (form, field string) {
	g := p.Graph
	switch g.Type(row) {
	case "postgres.password":
		if g.Str(row, "method") == "md5" {
			return "MD5", "method of pg_authid.rolpassword"
		}
		if n, known := g.Number(row, "iterations"); known && n < leastIterations {
			return "SCRAM with " + strconv.FormatInt(n, 10) + " iterations, where " + strconv.Itoa(leastIterations) + " are the least", "iterations of pg_authid.rolpassword"
		}
	case "mysql.user", "mariadb.user", "mysql.password":
		switch plugin := g.Str(row, "plugin"); plugin {
		case "mysql_native_password", "mysql_old_password":
			return plugin + " (SHA-1 without salt)", "plugin of mysql.user"
		}
	case "racf.user", "racf.password":
		switch alg := g.Str(row, "PWD_ALG"); alg {
		case "LEGACY", "DES":
			return alg + " instead of KDFAES", "PWD_ALG"
		}
	}
	return "", ""
}
