package check

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
)

// Superseded reports whether a place is a version of a file that is no longer
// checked out: it lies in the history of a repository and nowhere else.
func (e *Estate) Superseded(place int) bool {
	in, known := e.Graph.Flag(place, "in_head")
	return known && !in
}

// Committed reports whether a place of a repository is in its commits, or may be:
// what only lies in a working copy is in nobody else's hands yet.
func (e *Estate) Committed(place int) bool {
	done, known := e.Graph.Flag(place, "committed")
	return !known || done
}

// HoldsValue reports whether a place holds the secret itself of a credential, and
// not its public half: a line of authorized_keys names a key that lies elsewhere.
func (e *Estate) HoldsValue(credential, place int) bool {
	g := e.Graph
	if g.Str(place, "address") != "" && g.Str(place, "attribute") == "" {
		return false // a state names it, and has no value of it
	}
	return e.HasValue(credential) && (!effective.PublicHalf(g, credential, place) || g.Str(place, "attribute") != "")
}

// HasValue reports whether a credential is a secret that whoever reads it can
// use: not a certificate, a public key or a trust.
func (e *Estate) HasValue(credential int) bool {
	typ := e.Graph.Type(credential)
	switch {
	case strings.HasSuffix(typ, "certificate"), strings.HasSuffix(typ, "public_key"), strings.Contains(typ, "federated"):
		return false
	}
	return true
}

// Masked reports whether the platform that keeps a variable hides its value, by
// what it calls that: sensitive (Terraform Cloud), masked (GitLab), is_secret
// (Azure DevOps, Netlify), secured (Bitbucket), or a type (Vercel, CodeBuild).
// known is false where nothing says so.
func (e *Estate) Masked(place int) (masked, known bool) {
	for _, key := range [...]string{"sensitive", "masked", "is_secret", "isSecret", "secured"} {
		if v, ok := e.Graph.Flag(place, key); ok {
			return v, true
		}
	}
	switch e.Graph.Str(place, "type") {
	case "plain", "PLAINTEXT":
		return false, true
	case "sensitive", "encrypted", "secret":
		return true, true
	}
	switch e.Graph.Type(place) {
	case "github.actions_variable", "aws.codebuild.environment_variable": // secrets have a type of their own there
		return false, true
	}
	return false, false
}

// SincePlace is when a secret was brought to a place, as far as the place says:
// the commit, the message, else the last change of the file.
func (e *Estate) SincePlace(place int) (at time.Time, source string) {
	a := e.Graph.Attrs(place)
	for _, key := range [...]string{"commit_time", "author_time", "created_at", "posted_at", "ts"} {
		if t := a.Time(key); !t.IsZero() {
			return t, key
		}
	}
	if at = e.Graph.Created(place); !at.IsZero() {
		return at, "created"
	}
	return time.Time{}, ""
}

// HeldIn lists the places of some sorts that hold the value of a credential, in
// the order of rows; nil where there is none.
func (e *Estate) HeldIn(credential int, in ...Storage) (rows []int) {
	for h := range e.Graph.Out(credential) {
		if h.Kind != drover.EdgeStoredIn || e.Graph.Unseen(h.Row) {
			continue
		}
		is := e.Storage(h.Row)
		for _, s := range in {
			if s == is && e.HoldsValue(credential, h.Row) && !slices.Contains(rows, h.Row) {
				rows = append(rows, h.Row)
			}
		}
	}
	slices.Sort(rows)
	return rows
}

// SayPlace names a place in a sentence, with the repository or computer that it
// is in: "line run.sh:3 in github.com/acme/shop".
func (e *Estate) SayPlace(place int) string {
	text := e.Say(place)
	if in := e.Graph.Str(place, "repository"); in != "" {
		return text + " in " + Clean(in)
	}
	if e.Graph.Type(place) == "machine.file" {
		host := e.Graph.Ref(place).Tenant()
		if row, ok := e.Graph.Find(drover.NewRef("machine", host, "host", host)); ok && e.Graph.Name(row) != "" {
			host = e.Graph.Name(row)
		}
		text += " on " + Clean(host)
	}
	return text
}

// SayPlaces names several: three at most, and how many more there are.
func (e *Estate) SayPlaces(places []int) string {
	var parts []string
	for i, p := range places {
		if i == 3 {
			parts = append(parts, strconv.Itoa(len(places)-3)+" more")
			break
		}
		parts = append(parts, e.SayPlace(p))
	}
	return List(parts)
}

// PlaceProof says that a secret lies in a place, since when, and who can read it
// there.
func (e *Estate) PlaceProof(place int) drover.FindingProof {
	text := "it lies in " + e.SayPlace(place)
	at, _ := e.SincePlace(place)
	if !at.IsZero() {
		text += " since " + Day(at)
	}
	switch e.Exposure(place) {
	case "public":
		text += ", which anybody can read"
	case "internal":
		text += ", which people inside can read"
	default:
		text += "; who can read that is not known"
	}
	return Proof(text, e.Source(place), at, "")
}

// maxProofs is how many places one finding lists; the rest is counted.
const maxProofs = 5

// PlaceProofs says it of several places.
func (e *Estate) PlaceProofs(places []int) (list []drover.FindingProof) {
	for i, p := range places {
		if i == maxProofs {
			return append(list, Proof("and it lies in "+strconv.Itoa(len(places)-i)+" more places", e.Source(p), time.Time{}, ""))
		}
		list = append(list, e.PlaceProof(p))
	}
	return list
}

// EarliestPlace is when the first of some places came to hold the secret; zero
// where none says.
func (e *Estate) EarliestPlace(places []int) (at time.Time) {
	for _, p := range places {
		if t, _ := e.SincePlace(p); !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	return at
}

// SayWhose names a credential and what it proves: "access key AKIA… of IAM user
// ci-deploy", without the second half where its name tells it.
func (e *Estate) SayWhose(credential int) string {
	text, holders := e.Say(credential), e.Holders(credential)
	if len(holders) == 0 {
		return text
	}
	if name := Clean(e.Graph.Name(holders[0])); len(holders) == 1 && name != "" && strings.Contains(text, name) {
		return text
	}
	return text + " of " + e.Says(holders)
}
