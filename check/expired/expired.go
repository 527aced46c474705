// Package expired finds credentials that have ended and are still in place.
package expired

import (
	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
)

// Check is the posture check.
var Check = &check.Check{
	ID:       "expired",
	Title:    "a credential has ended and is still in place",
	Area:     check.Credentials,
	Severity: drover.Low,
	Controls: []string{"OWASP-NHI1:2025", "NIST-CSF-2.0:PR.AA-01", "NIST-800-53:SC-17", "NIST-800-53:IA-5", "PCI-DSS-4.0:4.2.1", "ISO-27001-2022:A.8.24"},
	Fix:      []string{"rotate", "delete"},
	Why:      "Either something that should work does not, or its users were told to ignore the warning, and will ignore the one that matters. What is left lying hides what is in use.",
	How: "The end of the credential has passed, and it still lies where it was: in a file of a server, a Kubernetes Secret, a variable. High where it was used after its end (somebody accepts it all the same), medium for a certificate that something serves or signs in with, low otherwise, and for certificates of authorities. " +
		"Tokens and passwords count from 30 days after their end on. Silent for what lies nowhere that was read, and for versions of files in a history.",
	False:      "A certificate that is kept to check old signatures. Accept the finding.",
	References: []string{"https://datatracker.ietf.org/doc/html/rfc5280#section-4.1.2.5", "https://cert-manager.io/docs/usage/certificate/"},
	Kinds:      []drover.Kind{drover.KindCredential},
	Each:       each,
}

const grace = 30 * drover.Day

func each(p *check.Pass, row int) {
	end := p.Graph.Expires(row)
	if end.IsZero() || end.After(p.Now) {
		return
	}
	certificate := !p.HasValue(row)
	u, ok := p.Graph.Use(row)
	late := ok && u.LastUsed.Add(-u.Granularity).After(end)
	places := kept(p, row)
	if !late && (len(places) == 0 || !certificate && p.Now.Sub(end) < grace) {
		return
	}
	users := append(p.Holders(row), p.In(row, drover.EdgeReadsSecret)...)
	h := check.Hit{Row: row, What: p.Say(row) + " ended " + check.Ago(p.Now, end) + " and still lies in " + p.SayPlaces(places) + ".",
		Evidence: []drover.FindingProof{check.Proof("it ended "+check.Day(end), p.Source(row), end, "")}, Fix: remedy.Delete(p.Estate, row), Keeps: true, Path: append([]int{row}, places...)}
	h.Evidence = append(h.Evidence, p.PlaceProofs(places)...)
	authority, _ := p.Graph.Flag(row, "ca")
	switch {
	case late:
		h.What = p.Say(row) + " ended " + check.Ago(p.Now, end) + " and was used after that, on " + check.Day(u.LastUsed) + "."
		h.Severity, h.Fix, h.Stops, h.Keeps = drover.High, remedy.Rotate(p.Estate, row), []int{row}, false
		h.Evidence = append(h.Evidence, check.Proof("used "+check.Day(u.LastUsed), u.LastUsedSource, u.LastUsed, u.LastUsedGrade))
	case certificate && !authority:
		h.Severity, h.Fix = drover.Medium, remedy.Rotate(p.Estate, row)
		h.Unknowns = []string{"whether something still serves it"}
		if len(users) > 0 {
			h.Evidence = append(h.Evidence, check.Proof("it is for "+p.Says(users), p.Source(row), end, ""))
		}
	}
	p.Report(h)
}

// kept lists where it lies now, but for what is in a history only.
func kept(p *check.Pass, row int) (places []int) {
	for h := range p.Graph.Out(row) {
		if h.Kind == drover.EdgeStoredIn && !p.Graph.Unseen(h.Row) && !p.Superseded(h.Row) {
			places = append(places, h.Row)
		}
	}
	return check.Distinct(places)
}
