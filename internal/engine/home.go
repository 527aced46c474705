package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/internal/report"
)

// A HomeView is how it stands today, on one page. Its numbers are those of the
// reports: nothing here is counted in a way of its own.
type HomeView struct {
	Schema     string         `json:"schema"`
	Generation int64          `json:"generation"`
	At         time.Time      `json:"at"`
	State      string         `json:"state"` // empty: nothing was scanned; unchecked: no check was run; ready
	Demo       bool           `json:"demo"`  // demonstration data is in it
	Verdict    Verdict        `json:"verdict"`
	Score      *ScoreView     `json:"score"`     // null: it cannot be told yet
	Questions  []QuestionView `json:"questions"` // the four
	Humans     int            `json:"humans"`
	Ratio      *float64       `json:"ratio"` // non-human identities per human; null: no human is known
	Fixes      HomeFixes      `json:"fixes"`
	Trend      TrendView      `json:"trend"`
	Coverage   CoverageView   `json:"coverage"`
	Due        HomeDue        `json:"due"`
	Unknowns   []string       `json:"unknowns"` // what could not be said, and why
	Watched    []ViewNews     `json:"watched"`  // the views that the caller watches, those with most that is new first; of the past none
}

// A Verdict is one sentence in plain words, and the numbers that it is made of.
type Verdict struct {
	Text    string          `json:"text"`
	Urgent  int             `json:"urgent"` // acts that end what is critical, or high where nothing is critical
	Numbers []VerdictNumber `json:"numbers"`
}

// A VerdictNumber is one number of the sentence, with the list behind it.
type VerdictNumber struct {
	N      int    `json:"n"`
	What   string `json:"what"`
	Noun   string `json:"noun"` // of the list
	Filter string `json:"filter"`
}

// A QuestionView is one of the four questions, with the lists behind its numbers.
type QuestionView struct {
	ID string `json:"id"` // many, monitored, owned, appropriate
	report.Share
	Shown     *ListView `json:"shown"`      // lists the n; null: there is no such list
	Others    *ListView `json:"others"`     // lists what is known not to be so, or what is held against it
	NotKnown  *ListView `json:"not_known"`  // lists those of which it is not known
	Whole     *ListView `json:"whole"`      // lists all that were asked about
	KnownNot  int       `json:"known_not"`  // of, less n and unknown
	UnknownAs string    `json:"unknown_as"` // what unknown means here, in words
}

// A ListView is a list by its noun and filter.
type ListView struct {
	Noun   string `json:"noun"`
	Filter string `json:"filter"`
}

// HomeFixes are the acts that help most.
type HomeFixes struct {
	Total int              `json:"total"`
	Top   []report.FixItem `json:"top"` // five at most
}

// A HomeDue is what is due within a week.
type HomeDue struct {
	Overdue int              `json:"overdue"`
	Days    []DueDay         `json:"days"`  // today and the six after it
	Items   []report.DueItem `json:"items"` // of these, the soonest first; homeDue at most
	Total   int              `json:"total"` // overdue ones and those of the days
}

// A DueDay counts what is due on a day.
type DueDay struct {
	Day    string `json:"day"` // 2026-11-22, of UTC
	Expire int    `json:"expire"`
	Rotate int    `json:"rotate"`
}

const (
	homeFixes = 5
	homeDue   = 20
	homeDays  = 7
)

// Home answers everything that the first page shows, as of a moment; the zero time
// is now. An empty estate is an answer too.
func (e *Engine) Home(ctx context.Context, asOf time.Time) (*HomeView, error) {
	if !asOf.IsZero() {
		return e.home(ctx, asOf)
	}
	shared, err := page(ctx, e, "home", func(ctx context.Context) (*HomeView, error) { return e.home(ctx, asOf) })
	if err != nil {
		return nil, err
	}
	v := *shared // by all who see the same; what somebody watches is theirs
	v.Watched, err = e.WatchedViews(ctx)
	return &v, err
}

func (e *Engine) home(ctx context.Context, asOf time.Time) (*HomeView, error) {
	b, err := e.builder(ctx, asOf, "home")
	if err != nil {
		return nil, err
	}
	for _, part := range []func() error{b.questions, b.posture, b.fixes, b.coverage, b.due} {
		if err := part(); err != nil {
			return nil, fmt.Errorf("home: %w", err)
		}
	}
	q := b.r.Questions
	v := &HomeView{Schema: "drover/v1/home", Generation: b.s.Generation, At: b.s.now.UTC(), State: b.state(), Questions: b.questionViews(), Humans: q.Humans, Ratio: q.Ratio,
		Fixes: HomeFixes{Total: b.r.Fixes.Total, Top: b.r.Fixes.Top[:min(len(b.r.Fixes.Top), homeFixes)]}, Due: b.homeDue()}
	v.Score = b.score()
	if v.Trend, err = b.flow(); err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	if v.Coverage, err = b.coverageView(); err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	for _, s := range b.sources {
		v.Demo = v.Demo || strings.HasPrefix(s.ID, DemoPrefix)
	}
	v.Verdict = b.verdict(v)
	v.Unknowns, v.Watched = b.r.Unknowns, []ViewNews{}
	return v, nil
}

// DemoPrefix begins the ids of the sources of demonstration data.
const DemoPrefix = "demo."

// builder prepares what reports are made of.
func (e *Engine) builder(ctx context.Context, asOf time.Time, name string) (*reportBuilder, error) {
	x, err := e.Effects(ctx, asOf)
	if err != nil {
		return nil, err
	}
	b := &reportBuilder{e: e, ctx: ctx, asOf: asOf, x: x, s: x.s,
		r: &report.Report{Schema: report.Schema, Name: name, At: x.s.now.UTC(), Generation: x.s.Generation, Unknowns: []string{}}}
	if x.s.Bounded() {
		b.unknown("this covers only what your grants let you see: what is outside was not looked at, and no number counts it")
	}
	return b, b.prepare()
}

func (b *reportBuilder) state() string {
	switch {
	case b.s.Generation == 0 || b.s.Len() == 0:
		return "empty"
	case b.checked.IsZero():
		return "unchecked"
	}
	return "ready"
}

// questionViews are the four questions with the lists behind their numbers.
func (b *reportBuilder) questionViews() []QuestionView {
	q := b.r.Questions
	identities := func(filter string) *ListView { return &ListView{"identities", filter} }
	list := []QuestionView{
		{ID: "many", Share: q.Many, Shown: identities(reportBase), Others: identities("verdict=human"), NotKnown: identities("verdict=unknown"), Whole: identities(""), UnknownAs: "whether a person signs in with it"},
		{ID: "monitored", Share: q.Monitored, Shown: identities(reportBase + " monitored=yes"), Others: identities(reportBase + " monitored=no"), Whole: identities(reportBase), UnknownAs: "a source that lists it was not read to its end"},
		{ID: "owned", Share: q.Owned, Shown: identities(reportBase + " owned=yes"), Others: identities(reportBase + " owned=never,left,empty"), NotKnown: identities(reportBase + " owned=unconfirmed"), Whole: identities(reportBase), UnknownAs: "nobody confirmed the owner for longer than the policy gives"},
		{ID: "appropriate", Share: q.Appropriate, Others: &ListView{"findings", "area=privilege,isolation,trust state=open,regressed,unchecked,accepted"}, Whole: identities(reportBase), UnknownAs: "its permissions are not worked out, or its use is not seen"},
	}
	for i := range list {
		v := &list[i]
		v.KnownNot = v.Of - v.N - v.Unknown
	}
	return list
}

// verdict says in one sentence how it stands.
func (b *reportBuilder) verdict(v *HomeView) Verdict {
	many := b.r.Questions.Many
	switch v.State {
	case "empty":
		return Verdict{Text: "Nothing was scanned yet, so nothing is known.", Numbers: []VerdictNumber{}}
	case "unchecked":
		return Verdict{Text: fmt.Sprintf("%s known, and no check was run yet: nothing is known of what is wrong.", sentence(check.Count(many.N, "non-human identity"))),
			Numbers: []VerdictNumber{{many.N, "non-human identities", "identities", reportBase}}}
	}
	open := map[drover.Severity]int{}
	for _, s := range b.r.Posture.Severities {
		open[s.Severity] = s.Open
	}
	worst := drover.Critical
	if open[worst] == 0 {
		worst = drover.High
	}
	out := Verdict{Numbers: []VerdictNumber{}}
	if v.Score != nil {
		out.Numbers = append(out.Numbers, VerdictNumber{v.Score.Total, "posture", "", ""})
	}
	said := ""
	if v.Score != nil {
		said = fmt.Sprintf(" Posture %d of %d.", v.Score.Total, v.Score.Max)
	}
	said += v.Trend.compared()
	blind := v.Questions[1]
	if open[worst] == 0 {
		out.Text = fmt.Sprintf("Nothing urgent is open among %s.", check.Count(many.N, "non-human identity")) + said
		if n := blind.Of - blind.N; n > 0 {
			out.Text += fmt.Sprintf(" The use of %d is not seen.", n)
			out.Numbers = append(out.Numbers, VerdictNumber{n, "whose use is not seen", "identities", reportBase + " monitored=no"})
		}
		return out
	}
	for _, f := range b.r.Fixes.Top {
		if f.Severity >= worst {
			out.Urgent++
		}
	}
	// The first ten acts are told; where all of them are urgent there may be more.
	acts := check.Count(out.Urgent, "act")
	if out.Urgent == len(b.r.Fixes.Top) && b.r.Fixes.Total > out.Urgent {
		acts = fmt.Sprintf("more than %d of %s", out.Urgent, check.Count(b.r.Fixes.Total, "act"))
	}
	filter := "severity=" + worst.String()
	out.Numbers = append([]VerdictNumber{{open[worst], worst.String() + " findings", "findings", filter}}, out.Numbers...)
	out.Text = fmt.Sprintf("%s open; %s would end %s.", sentence(check.Count(open[worst], worst.String()+" finding")), acts, them(open[worst])) + said
	return out
}

// sentence puts the verb that fits a count behind it.
func sentence(count string) string {
	if strings.HasPrefix(count, "1 ") {
		return count + " is"
	}
	return count + " are"
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// homeDue is what of the due falls into a week.
func (b *reportBuilder) homeDue() HomeDue {
	v := HomeDue{Days: make([]DueDay, homeDays), Items: []report.DueItem{}}
	for i := range v.Days {
		v.Days[i].Day = b.s.now.UTC().AddDate(0, 0, i).Format(time.DateOnly)
	}
	for _, x := range b.r.Due.Items {
		at := slices.IndexFunc(v.Days, func(d DueDay) bool { return d.Day == x.At.UTC().Format(time.DateOnly) })
		switch {
		case x.Days < 0:
			v.Overdue++
		case at >= 0 && x.Why == "expires":
			v.Days[at].Expire++
		case at >= 0:
			v.Days[at].Rotate++
		default:
			continue
		}
		v.Total++
		if len(v.Items) < homeDue {
			v.Items = append(v.Items, x)
		}
	}
	return v
}

// A TrendView is what was open over time, and what came and went between.
type TrendView struct {
	Points []FlowPoint `json:"points"` // the oldest first, of the last 90 days
	Opened int         `json:"opened"` // in the last 30 days
	Fixed  int         `json:"fixed"`
	Why    string      `json:"why"` // what is missing, "": nothing
}

// A FlowPoint is what was open when the checks were run, and what came and went
// since the point before.
type FlowPoint struct {
	report.Point
	Opened int `json:"opened"`
	Fixed  int `json:"fixed"`
}

// flow is the trend as the runs of the checks recorded it.
func (b *reportBuilder) flow() (TrendView, error) {
	v := TrendView{Points: []FlowPoint{}}
	if b.checked.IsZero() {
		v.Why = "No check was run yet."
		return v, nil
	}
	runs, err := b.e.recordedRuns(b.ctx)
	if err != nil {
		return v, err
	}
	t := &report.Trend{}
	if b.e.seesAll() { // what the runs counted is of the whole estate
		b.since(t, slices.DeleteFunc(runs, func(r RecordedRun) bool { return r.At.After(b.s.now) }))
	} else {
		v.Why = "What was recorded over time is of the whole estate, of which you see a part."
	}
	t.Points = append(t.Points, b.present())
	spans, err := b.e.store.FindingSpans(b.ctx)
	if err != nil {
		return v, err
	}
	if !b.e.seesAll() {
		if spans, err = b.seenSpans(spans); err != nil {
			return v, err
		}
	}
	// The checks ran on this estate, a moment after it was as it is.
	until := b.s.now
	if b.asOf.IsZero() && b.checked.After(until) {
		until = b.checked
	}
	month := b.s.now.Add(-30 * drover.Day)
	for i, p := range t.Points {
		f := FlowPoint{Point: p}
		if i > 0 {
			f.Opened, f.Fixed = cameAndWent(spans, t.Points[i-1].At, p.At)
		}
		v.Points = append(v.Points, f)
	}
	v.Opened, v.Fixed = cameAndWent(spans, month, until)
	if len(v.Points) == 1 && v.Why == "" {
		v.Why = "There is one moment only: checks were first run on " + check.Day(b.checked) + "."
	}
	return v, nil
}

// compared says how many findings are open beside how many were a month before: the
// earliest point of the last 30 days counts, else the one before the last.
func (v *TrendView) compared() string {
	n := len(v.Points)
	if n < 2 {
		return " There is nothing earlier to compare with."
	}
	last, then := v.Points[n-1], v.Points[n-2]
	for _, p := range v.Points[:n-1] {
		if last.At.Sub(p.At) <= 30*drover.Day {
			then = p
			break
		}
	}
	ago := check.Ago(last.At, then.At)
	switch d := last.Total - then.Total; {
	case d > 0:
		return fmt.Sprintf(" %s open than %s.", sentence(more(d, "more")), ago)
	case d < 0:
		return fmt.Sprintf(" %s open than %s.", sentence(more(-d, "fewer")), ago)
	}
	return fmt.Sprintf(" As many findings are open as %s.", ago)
}

// more is "1 more finding", "3 fewer findings".
func more(n int, word string) string { return check.Count(n, word+" finding") }

// seenSpans keeps the times of the findings that the caller sees.
func (b *reportBuilder) seenSpans(spans []storeSpan) ([]storeSpan, error) {
	all, _, err := b.e.Findings(b.ctx, FindingQuery{Filter: "state=open,regressed,unchecked,accepted,fixed"})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i := range all {
		seen[all[i].Fingerprint()] = true
	}
	return slices.DeleteFunc(spans, func(x storeSpan) bool { return !seen[x.Fingerprint] }), nil
}

// cameAndWent counts what was opened and what was fixed after one moment, until
// another one.
func cameAndWent(spans []storeSpan, after, until time.Time) (opened, fixed int) {
	in := func(t time.Time) bool { return t.After(after) && !t.After(until) }
	for _, x := range spans {
		opened += btoi(in(x.From))
		fixed += btoi(!x.To.IsZero() && in(x.To))
	}
	return opened, fixed
}

// capabilities are what a source may tell of.
var capabilities = []string{"identities", "credentials", "permissions", "usage"}

// A CoverageView is what each source tells, and what none does.
type CoverageView struct {
	Capabilities []string      `json:"capabilities"`
	Rows         []CoverageRow `json:"rows"`
	Unseen       int           `json:"unseen"` // things that are only mentioned
	Gaps         []string      `json:"gaps"`   // permissions that were not analysed
	Seen         int           `json:"seen"`   // sources that were read lately
	Stale        int           `json:"stale"`  // sources that were not
	NotConnected int           `json:"not_connected"`
}

// A CoverageRow is one source, or one kind of system that is not connected.
type CoverageRow struct {
	report.SourceItem
	Title string         `json:"title"` // of its kind
	Cells []CoverageCell `json:"cells"` // of each capability
}

// A CoverageCell is what one source tells of one thing.
type CoverageCell struct {
	State string `json:"state"` // seen, partly, stale, failed, none: it was read and there is nothing; unknown; not_connected
	N     int    `json:"n"`
	Of    int    `json:"of"` // identities of the source, where that is what n is counted of; 0: n is no share
	Says  string `json:"says"`
}

// tallySource counts what one source tells.
type tallySource struct{ identities, credentials, evaluated, monitored int }

// coverageView is coverage by source and capability.
func (b *reportBuilder) coverageView() (CoverageView, error) {
	c := b.r.Coverage
	v := CoverageView{Capabilities: capabilities, Rows: []CoverageRow{}, Unseen: c.Unseen, Gaps: c.Gaps}
	of := b.bySource()
	connected := map[string]bool{}
	for _, s := range c.Sources {
		connected[s.Kind] = true
		row := CoverageRow{SourceItem: s, Title: b.e.title(s.Kind), Cells: cellsOf(s, of(s.ID))}
		if s.Stale {
			v.Stale++
		} else {
			v.Seen++
		}
		v.Rows = append(v.Rows, row)
	}
	for _, k := range b.e.Connectors() {
		if connected[k.Name] || k.Name == "exec" || k.Name == "file" { // doors for whatever comes
			continue
		}
		row := CoverageRow{SourceItem: report.SourceItem{Kind: k.Name, Status: "not_connected", Stale: true, Says: "No source of this kind is configured: what it would say is not known."}, Title: k.Title}
		for range capabilities {
			row.Cells = append(row.Cells, CoverageCell{State: "not_connected", Says: k.Title + " is not connected."})
		}
		v.Rows = append(v.Rows, row)
		v.NotConnected++
	}
	slices.SortStableFunc(v.Rows, func(x, y CoverageRow) int {
		return cmp.Or(btoi(x.ID == "")-btoi(y.ID == ""), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Kind, y.Kind))
	})
	return v, nil
}

func (e *Engine) title(kind string) string {
	if c, ok := e.Connector(kind); ok {
		return c.Title
	}
	return kind
}

func cellsOf(s report.SourceItem, t *tallySource) []CoverageCell {
	state := func(n, of int) string {
		switch {
		case s.Status == "failed" && n == 0:
			return "failed"
		case s.LastOK == nil && n == 0:
			return "unknown"
		case s.Stale:
			return "stale"
		case n == 0 && of == 0:
			return "none"
		case n == 0:
			return "unknown"
		case n < of:
			return "partly"
		}
		return "seen"
	}
	share := func(n int, what string) CoverageCell {
		return CoverageCell{State: state(n, t.identities), N: n, Of: t.identities, Says: fmt.Sprintf("%s of %d of %s.", what, n, check.Count(t.identities, "identity"))}
	}
	return []CoverageCell{
		{State: state(t.identities, 0), N: t.identities, Says: check.Count(t.identities, "identity") + "."},
		{State: state(t.credentials, 0), N: t.credentials, Says: check.Count(t.credentials, "credential") + "."},
		share(t.evaluated, "What they may do is worked out"),
		share(t.monitored, "Use is seen"),
	}
}
