package engine

import (
	"context"
	"slices"
	"time"

	"github.com/droverhq/drover"
	sheet "github.com/droverhq/drover/internal/report/owner"
)

// answers are the checks whose findings an owner can answer, and what is asked then.
// What is not here needs those who run the systems.
var answers = map[string]struct{ kind, why string }{
	"longlived": {sheet.AskChange, "old"}, "noexpiry": {sheet.AskChange, "old"}, "leaknotrotated": {sheet.AskChange, "seen"}, "expiring": {sheet.AskChange, "ends"},
	"publicsecret": {sheet.AskChange, "seen"}, "leakedsecret": {sheet.AskChange, "seen"}, "plaintext": {sheet.AskChange, "seen"}, "worldreadable": {sheet.AskChange, "seen"}, "historysecret": {sheet.AskChange, "seen"},
	"twokeys": {sheet.AskEnd, "two"}, "zombiecredential": {sheet.AskEnd, "two"}, "soleowner": {sheet.AskDeputy, "alone"},
	"overprivileged": {sheet.AskLess, "wide"}, "unusedscopes": {sheet.AskLess, "wide"}, "dormant": {sheet.AskNeeded, "silent"}, "ownerunconfirmed": {sheet.AskStill, "long"},
}

// answerWithin is how long an owner has from when a finding was first seen.
var answerWithin = map[drover.Severity]time.Duration{drover.Critical: worstWithin, drover.High: 7 * drover.Day, drover.Medium: confirmWithin, drover.Low: 30 * drover.Day, drover.Info: 30 * drover.Day}

// openAsks are the questions that open findings ask, by the identity that they are
// about.
func (e *Engine) openAsks(ctx context.Context, s *Snapshot, asOf time.Time) (map[int][]sheet.Ask, error) {
	list, _, err := e.Findings(ctx, FindingQuery{AsOf: asOf})
	if err != nil {
		return nil, err
	}
	asks := map[int][]sheet.Ask{}
	for i := range list {
		f := &list[i]
		q, ok := answers[f.Check]
		row, there := s.Find(f.Subject.Ref)
		if !ok || !there {
			continue
		}
		a := sheet.Ask{Kind: q.kind, Why: q.why, By: answerBy(f, s.now)}
		for _, id := range s.identitiesOf(row) {
			asks[id] = withAsk(asks[id], a)
		}
	}
	return asks, nil
}

// answerBy is by when a finding is to be answered: what is late is still asked for a
// day that comes, sooner where it is worse.
func answerBy(f *drover.Finding, now time.Time) time.Time {
	within := answerWithin[f.Severity]
	if by := f.FirstSeen.Add(within); by.After(now) {
		return by
	}
	return now.Add(max(worstWithin, within/7))
}

// identitiesOf are the heads of what a credential proves, or the row's own.
func (s *Snapshot) identitiesOf(row int) (rows []int) {
	if s.Kind(row) != drover.KindCredential {
		return []int{s.Head(row)}
	}
	for h := range s.Out(row) {
		if h.Kind == drover.EdgeAuthenticates {
			rows = append(rows, s.Head(h.Row))
		}
	}
	return rows
}

// withAsk keeps each question once, with its nearest day.
func withAsk(list []sheet.Ask, a sheet.Ask) []sheet.Ask {
	k := slices.IndexFunc(list, func(have sheet.Ask) bool { return have.Kind == a.Kind })
	switch {
	case k < 0:
		return append(list, a)
	case !a.By.IsZero() && a.By.Before(list[k].By):
		list[k] = a
	}
	return list
}
