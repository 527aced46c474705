package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/owners"
	sheet "github.com/droverhq/drover/internal/report/owner"
)

// SheetRequest says for whom a sheet is, and who asks.
type SheetRequest struct {
	For  string // a person or a team, as `owner set` takes it
	By   string // who asks; "": the user
	Role string // what they do
	AsOf time.Time
}

const (
	maxSheet  = 200 // automations that a sheet tells about
	maxBlasts = 60  // of these, so many with what they open by name
)

// OwnerSheet is what one owner reads: their automations, those that are asked about
// first.
func (e *Engine) OwnerSheet(ctx context.Context, r SheetRequest) (*sheet.Sheet, error) {
	b, err := e.sheets(ctx, r)
	if err != nil {
		return nil, err
	}
	p, near := b.s.Owners().Find(r.For)
	if p.None() {
		if p, err = b.s.stranger(r.For, "the sheet", near); err != nil {
			return nil, err
		}
	}
	return b.sheet(p)
}

// OwnerSheets are the sheets of everybody who answers for something or is asked to,
// by name.
func (e *Engine) OwnerSheets(ctx context.Context, r SheetRequest) ([]*sheet.Sheet, error) {
	b, err := e.sheets(ctx, r)
	if err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for _, i := range b.rows {
		if x, ok := b.s.Owners().Current(i); ok && !b.s.Owners().Gone(x.Party) {
			keys[b.s.Owners().Key(x.Party)] = true
		}
	}
	for i := range b.tasks {
		if w := b.tasks[i].Who; w != nil {
			keys[string(w.Ref)] = true
		}
	}
	var out []*sheet.Sheet
	for _, key := range sortedKeys(keys) {
		p := b.s.Owners().Party(key)
		if p.Row < 0 && strings.HasPrefix(key, "unseen/") {
			continue // the ref of an address, which is there by its text
		}
		x, err := b.sheet(p)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, c *sheet.Sheet) int { return cmp.Compare(a.For, c.For) })
	return out, nil
}

func (e *Engine) sheets(ctx context.Context, r SheetRequest) (*sheetBuilder, error) {
	x, err := e.Effects(ctx, r.AsOf)
	if err != nil {
		return nil, err
	}
	b := &sheetBuilder{ctx: ctx, x: x, s: x.s, r: r}
	if b.r.By == "" {
		b.r.By = e.who()
	}
	if b.tasks, err = x.ownerTasks(ctx, ""); err != nil {
		return nil, err
	}
	if b.rows, _, err = x.s.ownable(""); err != nil {
		return nil, err
	}
	b.risk = x.risks(b.rows)
	b.open, err = e.openAsks(ctx, x.s, r.AsOf)
	return b, err
}

type sheetBuilder struct {
	ctx   context.Context
	x     *Effects
	s     *Snapshot
	r     SheetRequest
	tasks []OwnerTask
	rows  []int               // that somebody should answer for
	risk  map[int]int         // of these
	open  map[int][]sheet.Ask // what open findings ask, by row

	key  string              // for whom
	asks map[int][]sheet.Ask // by row of an identity
}

// sheet is that of one party.
func (b *sheetBuilder) sheet(p owners.Party) (*sheet.Sheet, error) {
	b.key, b.asks = b.s.Owners().Key(p), map[int][]sheet.Ask{}
	b.ask(b.tasks)
	s := &sheet.Sheet{For: b.s.Owners().Name(p), Team: b.s.Owners().IsTeam(p), Now: b.s.now, By: b.r.By, Role: b.r.Role}
	return s, b.fill(s)
}

// questions are the tasks that an owner is asked about, in their words.
var questions = map[string]struct{ kind, why string }{
	TaskHandover: {sheet.AskTakeOver, "left"}, TaskRotate: {sheet.AskChange, "left"}, TaskEmpty: {sheet.AskTakeOver, "empty"}, TaskMoved: {sheet.AskStill, "moved"}, TaskRenamed: {sheet.AskStill, "renamed"}, TaskConfirm: {sheet.AskStill, "long"},
}

// ask keeps what the owner must do, by the identity that it is about, each question
// once with its nearest day.
func (b *sheetBuilder) ask(tasks []OwnerTask) {
	for i := range tasks {
		t := &tasks[i]
		if t.Who == nil || string(t.Who.Ref) != b.ref() {
			continue
		}
		row, ok := b.s.Find(t.Subject.Ref)
		if !ok {
			continue
		}
		if b.s.Kind(row) == drover.KindCredential {
			for h := range b.s.Out(row) {
				if h.Kind == drover.EdgeAuthenticates {
					row = b.s.Head(h.Row)
					break
				}
			}
		}
		q := questions[t.Kind]
		a := sheet.Ask{Kind: q.kind, Why: q.why}
		if t.By != nil {
			a.By = *t.By
			if a.By.Before(b.s.now) {
				a.By = b.s.now.Add(worstWithin) // what is late is still asked for a day that comes
			}
		}
		if t.Person != nil && (q.why == "left" || q.why == "empty") {
			a.Who = t.Person.Name
			if t.Since != nil && q.why == "left" {
				a.Left = *t.Since
			}
		}
		b.asks[row] = withAsk(b.asks[row], a)
	}
}

func (b *sheetBuilder) ref() string { return string(b.s.partyView(b.s.Owners().Party(b.key)).Ref) }

// fill adds what is in the owner's care, and what they are asked to take.
func (b *sheetBuilder) fill(s *sheet.Sheet) error {
	o := b.s.Owners()
	rows := slices.DeleteFunc(slices.Clone(b.rows), func(i int) bool {
		x, ok := o.Current(i)
		return (!ok || o.Key(x.Party) != b.key) && len(b.asks[i]) == 0
	})
	for i := range b.asks { // what is no identity, such as a namespace
		if !slices.Contains(rows, i) {
			rows = append(rows, i)
		}
	}
	for _, i := range rows {
		if x, ok := o.Current(i); ok && o.Key(x.Party) == b.key {
			for _, a := range b.open[i] {
				if !slices.ContainsFunc(b.asks[i], func(have sheet.Ask) bool { return have.Kind == a.Kind }) {
					b.asks[i] = append(b.asks[i], a)
				}
			}
		}
		if b.silent(i) && len(b.asks[i]) == 0 {
			b.asks[i] = append(b.asks[i], sheet.Ask{Kind: sheet.AskNeeded, Why: "silent", By: b.s.now.Add(confirmWithin)})
		}
	}
	slices.SortStableFunc(rows, func(a, c int) int {
		return cmp.Or(min(1, len(b.asks[c]))-min(1, len(b.asks[a])), b.risk[c]-b.risk[a], cmp.Compare(b.s.Name(a), b.s.Name(c)), cmp.Compare(b.s.Ref(a), b.s.Ref(c)))
	})
	s.More = max(0, len(rows)-maxSheet)
	for n, i := range rows[:min(len(rows), maxSheet)] {
		item, err := b.item(i, n < maxBlasts)
		if err != nil {
			return err
		}
		s.Items = append(s.Items, item)
	}
	return nil
}

// silent reports whether something has not run for long, as a source that would
// have seen it says.
func (b *sheetBuilder) silent(i int) bool { return b.s.Facts(i).Lifecycle == drover.LifecycleDormant }

func (b *sheetBuilder) item(i int, whole bool) (sheet.Item, error) {
	f := b.s.Facts(i)
	it := sheet.Item{Name: b.s.Name(i), System: b.s.Ref(i).System(), Sort: f.NHIType, Function: b.job(i), LastRun: f.LastUsed, Watched: f.Monitored, Asks: b.asks[i], About: slices.Clone(f.Regulation)}
	if f.Env != "" && f.Env != "prod" && f.Env != "dr" {
		it.Test = true
	}
	if f.DataClass == "restricted" || f.DataClass == "confidential" {
		it.About = append(it.About, f.DataClass)
	}
	if o, ok := b.s.Owners().Current(i); ok && o.From >= 0 {
		it.In = b.s.Name(o.From)
	}
	b.keys(i, &it)
	for h := range b.s.In(i) {
		if h.Kind == drover.EdgeRunsAs && !slices.Contains(it.Runs, b.s.Name(h.Row)) && len(it.Runs) < 20 {
			it.Runs = append(it.Runs, b.s.Name(h.Row))
		}
	}
	slices.Sort(it.Runs)
	slices.SortStableFunc(it.Asks, func(a, c sheet.Ask) int { return a.By.Compare(c.By) })
	return it, b.opens(i, whole, &it)
}

// job is what it is for: in words that people wrote, else those of its name.
func (b *sheetBuilder) job(i int) string {
	for _, key := range []string{"what_it_does", "description", "Description"} {
		if text := strings.TrimSpace(b.s.Str(i, key)); text != "" {
			return text
		}
	}
	f := b.s.Facts(i)
	return strings.NewReplacer("-", " ", "_", " ", ".", " ").Replace(cmp.Or(f.Function, f.Purpose))
}

func (b *sheetBuilder) keys(i int, it *sheet.Item) {
	for h := range b.s.In(i) {
		if h.Kind != drover.EdgeAuthenticates || b.s.Unseen(h.Row) {
			continue
		}
		if st := b.s.Facts(h.Row).Status; st == "expired" || st == "disabled" {
			continue
		}
		n := b.s.Node(h.Row)
		it.Keys++
		from := n.Rotated
		if from.IsZero() {
			from = n.Created
		}
		if !from.IsZero() && (it.KeyFrom.IsZero() || from.Before(it.KeyFrom)) {
			it.KeyFrom = from
		}
		if !n.Expires.IsZero() && (it.KeyEnds.IsZero() || n.Expires.Before(it.KeyEnds)) {
			it.KeyEnds = n.Expires
		}
	}
}

// opens says what the row can open: by name for the first ones of a sheet.
func (b *sheetBuilder) opens(i int, whole bool, it *sheet.Item) error {
	if !whole || b.s.Kind(i) != drover.KindIdentity {
		return nil
	}
	blast, err := b.x.Blast(b.ctx, uint32(i), effective.Options{Limit: 1})
	if err != nil {
		return fmt.Errorf("what %s can open: %w", b.s.Ref(i), err)
	}
	it.Opens = blast.Resources.Total + len(blast.Taken)
	it.Important = len(blast.Tier0)
	it.Opens = max(it.Opens, it.Important)
	for _, row := range blast.Tier0 {
		if len(it.Named) == 3 {
			break
		}
		it.Named = append(it.Named, b.x.Name(row))
	}
	for class, n := range blast.Resources.ByDataClass {
		if n > 0 && (class == "restricted" || class == "confidential") && !slices.Contains(it.About, class) {
			it.About = append(it.About, class)
		}
	}
	slices.Sort(it.About)
	return nil
}
