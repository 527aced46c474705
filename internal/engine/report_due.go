package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/internal/report"
)

// due lists the secrets that end, or are to be changed, within 90 days, and what
// stops with each. It asks as a check does, so that what breaks is worked out as
// for a finding, and so that what is exempt stays out.
func (b *reportBuilder) due() error {
	d := &report.Due{Items: []report.DueItem{}, Buckets: []report.Bucket{{Name: "Overdue"}, {Name: "Within 7 days", Days: 7}, {Name: "Within 30 days", Days: 30}, {Name: "Within 60 days", Days: 60}, {Name: "Within 90 days", Days: 90}}}
	b.r.Due = d
	estate, err := b.e.estate(b.ctx, b.x)
	if err != nil {
		return err
	}
	reader := &dueReader{now: b.s.now, last: b.s.now.Add(dueWithin), every: func(row int) time.Duration { return estate.Interval(row).Every }, soon: map[drover.Ref]dueDate{}}
	ask := &check.Check{ID: "due", Title: "a secret that is due", Area: check.Credentials, Severity: drover.Info, Why: "It ends.", How: "Its dates.", False: "None.", Controls: []string{"-"},
		Kinds: []drover.Kind{drover.KindCredential}, Each: reader.each}
	err = check.Run(b.ctx, estate, []*check.Check{ask}, check.Options{Finding: func(f drover.Finding) error {
		d.Items = append(d.Items, b.dueItem(&f, reader.soon[f.Subject.Ref]))
		return nil
	}})
	if err = errors.Join(err, b.ctx.Err()); err != nil {
		return err
	}
	slices.SortFunc(d.Items, func(x, y report.DueItem) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Ref, y.Ref))
	})
	for i := range d.Items {
		x := &d.Items[i]
		at := slices.IndexFunc(d.Buckets, func(k report.Bucket) bool {
			return k.Days == 0 && x.Days < 0 || k.Days > 0 && x.Days <= k.Days && x.Days >= 0
		})
		k := &d.Buckets[at]
		k.Expire += btoi(x.Why == "expires")
		k.Rotate += btoi(x.Why == "rotate")
		k.Breaks += btoi(x.Dependents > 0)
		k.Unknown += btoi(x.Dependents == 0 && len(x.Unknowns) > 0)
	}
	d.NoEnd = report.Share{Question: "How many secrets in force have no end that is known?", N: reader.open, Of: reader.all, Unknown: reader.dateless, Means: "A secret in force without a date on which it ends; where its source tells no dates at all it is not known whether there is one.",
		Evidence: []string{}, List: "drover list credentials expires:unknown"}
	if reader.ageless > 0 {
		b.unknown("Of %s it is not known when the secret was last changed, so neither is when it is to be.", check.Count(reader.ageless, "credential"))
	}
	return nil
}

// dueWithin is how far ahead a report looks.
const dueWithin = 90 * drover.Day

// longOver is how long after its end a secret is listed still: later it is no
// longer news but a finding.
const longOver = 30 * drover.Day

type dueDate struct {
	at  time.Time
	why string // expires, rotate
}

// A dueReader looks at credentials one by one.
type dueReader struct {
	now, last                    time.Time                   // what is due after last is left out
	every                        func(row int) time.Duration // how old a secret may become; 0: as old as it will
	soon                         map[drover.Ref]dueDate
	all, open, dateless, ageless int
}

func (r *dueReader) each(p *check.Pass, row int) {
	node := p.Graph.Node(row)
	ended := !node.Expires.IsZero() && node.Expires.Before(r.now)
	if p.Off(row) && !ended {
		return
	}
	if !ended {
		r.all++
		switch {
		case !node.Expires.IsZero():
		case node.Created.IsZero() && node.Rotated.IsZero():
			r.dateless++
		default:
			r.open++
		}
	}
	d, ok := r.date(p.Estate, row, node)
	if !ok {
		return
	}
	r.soon[node.Ref] = d
	p.Report(check.Hit{Row: row, What: p.Say(row) + " is due.", Evidence: []drover.FindingProof{p.Said(row, "due "+check.Day(d.at))}, Fix: drover.Fix{Text: "Renew " + p.Say(row) + ".", Action: "renew", Object: node.Ref}, Stops: []int{row}})
}

// date is the first of the two days on which a secret is due.
func (r *dueReader) date(p *check.Estate, row int, node drover.Node) (d dueDate, ok bool) {
	if !node.Expires.IsZero() && node.Expires.Before(r.last) {
		d, ok = dueDate{node.Expires, "expires"}, node.Expires.After(r.now.Add(-longOver))
		if node.Expires.Before(r.now) {
			return d, ok
		}
	}
	if p.Certificate(row) || p.Federation(row) {
		return d, ok // its end is what counts
	}
	changed, known := p.Secret(row)
	every := r.every(row)
	switch {
	case every == 0: // never, and what is done instead is said in the policy
	case !known:
		r.ageless++
	default:
		if at := changed.Add(every); at.Before(r.last) && (!ok || at.Before(d.at)) {
			d, ok = dueDate{at, "rotate"}, true
		}
	}
	return d, ok
}

func (b *reportBuilder) dueItem(f *drover.Finding, d dueDate) report.DueItem {
	x := report.DueItem{Ref: f.Subject.Ref, Name: check.Clean(f.Subject.Name), Type: check.TypeWords(f.Subject.Type), Why: d.why, At: d.at.UTC(), Days: daysUntil(b.s.now, d.at),
		Stops: f.Breaks.Text, Dependents: f.Breaks.Dependents, Unknowns: list(f.Breaks.Unknowns)}
	row, ok := b.s.Find(f.Subject.Ref)
	if !ok {
		return x
	}
	x.ID = graph.ShortID(b.s.Kind(row), b.s.Entity(row))
	facts := b.s.Facts(row)
	x.Owner = facts.Owner
	if i, ok := b.s.Find(drover.Ref(facts.Identity)); ok {
		x.Identity = check.Clean(b.s.Name(i))
		x.Owner = cmp.Or(x.Owner, b.s.Facts(i).Owner)
	}
	if x.Name == "" {
		x.Name = string(f.Subject.Ref)
	}
	if x.Why == "rotate" && x.Days < 0 {
		x.Stops = fmt.Sprintf("Nothing by itself. Changing it: %s", x.Stops)
	}
	return x
}

// daysUntil is how many whole days lie between two moments, negative for the past.
func daysUntil(now, t time.Time) int {
	d := t.Sub(now)
	if d < 0 {
		return -int((-d + drover.Day - 1) / drover.Day)
	}
	return int(d / drover.Day)
}
