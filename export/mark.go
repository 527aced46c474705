package export

import (
	"strconv"
	"strings"

	"github.com/droverhq/drover"
)

// Glyph is the shape of a severity: never colour alone, never a word alone.
func Glyph(s drover.Severity) string {
	return map[drover.Severity]string{drover.Critical: "◆", drover.High: "▲", drover.Medium: "■", drover.Low: "●", drover.Info: "○"}[s]
}

// Number writes n with its noun: "1 finding", "1,204 fixes".
func Number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// Thousands writes a number for people: "1,204".
func Thousands(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	var groups []string
	for len(s) > 3 {
		groups, s = append([]string{s[len(s)-3:]}, groups...), s[:len(s)-3]
	}
	return sign + strings.Join(append([]string{s}, groups...), ",")
}

// Counted are the severities that a ranking met, the worst first: "◆ 2 critical".
func (r *Ranking) Counted() (list []string) {
	for _, s := range drover.Severities {
		if n := r.Severity[s]; n > 0 {
			list = append(list, Glyph(s)+" "+Thousands(n)+" "+s.String())
		}
	}
	return list
}

// Beside are the states that are not simply open: "3 accepted", "2 fixed".
func (r *Ranking) Beside() (list []string) {
	for _, s := range []drover.FindingState{drover.FindingRegressed, drover.FindingAccepted, drover.FindingUnchecked, drover.FindingFixed} {
		if n := r.State[s]; n > 0 {
			word := map[drover.FindingState]string{drover.FindingRegressed: "came back", drover.FindingAccepted: "accepted until a date", drover.FindingUnchecked: "could not be looked at again", drover.FindingFixed: "fixed"}[s]
			list = append(list, Thousands(n)+" "+word)
		}
	}
	return list
}
