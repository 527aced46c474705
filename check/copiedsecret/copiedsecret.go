// Package copiedsecret finds secrets of which there are more copies than users.
package copiedsecret

import (
	"strconv"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "copiedsecret",
	Title:    "a secret lies in more places than need it",
	Area:     check.Secrets,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI2:2025", "OWASP-NHI9:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:IA-5(6)", "ISO-27001-2022:A.5.17"},
	Fix:      []string{"vault", "split"},
	Why:      "Each copy can be lost, and each must be found and changed when the secret is. The one that nobody remembers breaks at the next change, or gives the secret away.",
	How: "One value (equal fingerprint, or equal public half of a private key) lies in three files or more outside of stores that were made for secrets, and in more than there are workloads and programs seen to read it. Lines of one file are one place, and versions of one file in a history are one. " +
		"Medium where production or tier 0 is behind it. Certificates and public keys are no secret. Silent when the credential is disabled or expired.",
	False:      "A fleet that gets the same file from one configuration management. Give each machine its own credential, or accept the finding.",
	References: []string{"https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html", "https://owasp.org/www-project-non-human-identities-top-10/2025/9-nhi-reuse/"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

// most is how many copies are nobody's concern: the one in use and a spare.
const most = 2

func each(p *check.Pass, row int) {
	if p.Graph.Facts(row).Places <= most || !p.HasValue(row) {
		return
	}
	places := p.HeldIn(row, check.InCode, check.InChat, check.InTicket, check.InEnv, check.InManifest, check.InImage, check.InState, check.InHistory, check.InFile)
	files := map[string]bool{}
	var firsts []int
	for _, at := range places {
		if k := file(p, at); !files[k] {
			files[k] = true
			firsts = append(firsts, at)
		}
	}
	users := len(p.In(row, drover.EdgeReadsSecret))
	if len(files) <= most || len(files) <= users || p.Off(row) {
		return
	}
	readers := "no program seen here reads it"
	if users > 0 {
		readers = "as far as is seen here " + check.Count(users, "program") + " read it"
	}
	h := check.Hit{Row: row, What: p.Say(row) + " lies in " + strconv.Itoa(len(files)) + " places, and " + readers + ": " + p.SayPlaces(firsts) + ".",
		Evidence: p.PlaceProofs(firsts), Fix: remedy.Vault(p.Estate, row, firsts[0]), Stops: []int{row}, Path: append([]int{row}, firsts...),
		Unknowns: []string{"which copies are still read"}}
	if words, ok := p.Serious(row); ok {
		h.Severity, h.Why = drover.Medium, p.Check.Why+" Here "+words+"."
	}
	p.Report(h)
}

// file names what holds a place, so that the lines of one file count once.
func file(p *check.Pass, place int) string {
	ref := p.Graph.Ref(place)
	for _, key := range [...]string{"file", "path"} {
		if s := p.Graph.Str(place, key); s != "" {
			return ref.System() + "/" + ref.Tenant() + "/" + s
		}
	}
	return string(ref)
}
