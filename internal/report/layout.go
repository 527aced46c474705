package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

// A section is a part of a report as every layout has it: a heading, then what it
// holds, in this order.
type section struct {
	id, title string
	text      []string
	figures   []figure
	chart     *chart
	table     *table
	findings  []drover.Finding
	commands  []string // what to type to see more
}

// A figure is one number that is worth a box.
type figure struct {
	value, name, note string
}

// A table is rows of cells under columns.
type table struct {
	caption string
	columns []string
	numbers []bool // which columns are numbers
	rows    [][]string
	marks   []drover.Severity // of each row, shown before its first cell; nil: none
	keep    int               // how many rows people are shown; 0: all
	rest    string            // where the rows that they are not shown are
}

// shown are the rows that people are shown, and what is said of the others.
func (t *table) shown() (rows [][]string, more string) {
	if t.keep == 0 || len(t.rows) <= t.keep {
		return t.rows, ""
	}
	return t.rows[:t.keep], "These are " + export.Thousands(t.keep) + " of " + export.Thousands(len(t.rows)) + ". " + t.rest
}

// A chart is lines over time.
type chart struct {
	title string
	times []time.Time
	lines []line
}

type line struct {
	severity drover.Severity
	values   []int
}

// How many rows of the long tables people are shown: a table that nobody reads to
// its end hides what stands below it. CSV and JSON have all.
const (
	dueShown      = 40
	identityShown = 2_000
)

// sections lays a report out.
func (r *Report) sections() (list []section) {
	add := func(s ...section) { list = append(list, s...) }
	if r.Questions != nil {
		add(r.Questions.sections()...)
	}
	if r.Posture != nil {
		add(r.Posture.numbers())
		if len(r.Posture.Areas) > 0 {
			add(section{id: "areas", title: "By area", table: r.Posture.areas()})
		}
	}
	if r.Trend != nil {
		add(r.Trend.section())
	}
	if r.Due != nil {
		add(r.Due.section())
	}
	if r.Fixes != nil {
		add(r.Fixes.section())
	}
	if r.Exceptions != nil {
		add(r.Exceptions.section())
	}
	if r.Posture != nil && len(r.Posture.Worst) > 0 {
		add(section{id: "worst", title: "The most urgent findings", findings: r.Posture.Worst, commands: []string{"drover finding list"}})
	}
	if r.Inventory != nil {
		add(r.Inventory.sections()...)
	}
	if r.Coverage != nil {
		add(r.Coverage.section())
	}
	if len(r.Unknowns) > 0 {
		add(section{id: "unknown", title: "What is not known", text: r.Unknowns})
	}
	return list
}

// Says is a share in words: "31 of 41, 4 unknown".
func (s *Share) Says() string {
	text := export.Thousands(s.N) + " of " + export.Thousands(s.Of)
	if s.Unknown > 0 {
		text += ", " + export.Thousands(s.Unknown) + " unknown"
	}
	return text
}

func (s *Share) figure() figure { return figure{s.Says(), s.Question, s.Means} }

func (q *Questions) sections() []section {
	ratio := "no human is known, so there is no ratio"
	if q.Ratio != nil {
		ratio = fmt.Sprintf("%.1f for each of %s", *q.Ratio, export.Number(q.Humans, "human", "humans"))
	}
	many := q.Many.figure()
	many.note = ratio + ". " + many.note
	t := table{caption: "How each number is made", columns: []string{"Question", "Answer", "What counts", "How it is known", "To list them"}, numbers: make([]bool, 5)}
	for _, s := range []*Share{&q.Many, &q.Monitored, &q.Owned, &q.Appropriate} {
		commands := s.List
		switch {
		case s.Rest == "":
		case s.List == "":
			commands = "what is held against the others: " + s.Rest
		default:
			commands += " (the others: " + s.Rest + ")"
		}
		t.rows = append(t.rows, []string{s.Question, s.Says(), s.Means, strings.Join(s.Evidence, " "), commands})
	}
	return []section{
		{id: "questions", title: "The four questions", figures: []figure{many, q.Monitored.figure(), q.Owned.figure(), q.Appropriate.figure()}, table: &t},
		{id: "types", title: "By type", table: tallies("Non-human identities by type", "Type", q.ByType)},
	}
}

func tallies(caption, name string, list []Tally) *table {
	t := &table{caption: caption, columns: []string{name, "Identities"}, numbers: []bool{false, true}}
	for _, x := range list {
		t.rows = append(t.rows, []string{words(x.Name), export.Thousands(x.N)})
	}
	return t
}

// words writes one of our own enumerations for people.
func words(s string) string { return strings.ReplaceAll(s, "_", " ") }

func (p *Posture) numbers() section {
	s := section{id: "posture", title: "Posture", commands: []string{"drover finding list", "drover fix list"}}
	if p.CheckedAt == nil {
		s.text = []string{"No check was run yet, so nothing is known of what is wrong: drover check"}
		return s
	}
	s.text = []string{"Checked " + moment(*p.CheckedAt) + " with " + export.Number(p.Checks, "check", "checks") + "."}
	for _, f := range p.Failed {
		s.text = append(s.text, "A check could not look: "+f)
	}
	s.figures = []figure{p.Clean.figure()}
	t := &table{caption: "Findings that hold, by severity", columns: []string{"Severity", "Open", "Accepted until a date", "To list them"}, numbers: []bool{false, true, true, false}}
	for _, x := range p.Severities {
		t.marks = append(t.marks, x.Severity)
		t.rows = append(t.rows, []string{x.Severity.String(), export.Thousands(x.Open), export.Thousands(x.Accepted), x.List})
	}
	s.table = t
	return s
}

// areas is the table of a posture by area.
func (p *Posture) areas() *table {
	t := &table{caption: "Open findings by area", columns: []string{"Area", "Checks", "Findings", "Worst"}, numbers: []bool{false, true, true, false}}
	for _, a := range p.Areas {
		t.rows = append(t.rows, []string{words(a.Area), export.Thousands(a.Checks), export.Thousands(a.Findings), cmp.Or(a.Worst, "none")})
	}
	return t
}

func (t *Trend) section() section {
	s := section{id: "trend", title: "Trend"}
	if t.Why != "" {
		s.text = []string{t.Why}
	}
	if len(t.Points) == 0 {
		return s
	}
	c := &chart{title: "Findings that held, by severity"}
	table := &table{caption: "Findings that held, accepted ones included", columns: []string{"When", "Critical", "High", "Medium", "Low", "Info", "All", "How it is known"}, numbers: []bool{false, true, true, true, true, true, true, false}}
	if i := slices.IndexFunc(t.Points, func(p Point) bool { return p.Basis == Recorded }); i >= 0 {
		s.text = append(s.text, "Recorded is what a run of the checks said at that moment, by the checks and the policy of that day. What today's checks and policy say of it may differ, and so does a day between two runs, for ages move on.")
		s.commands = []string{"drover check --as-of " + t.Points[i].At.UTC().Format(time.RFC3339Nano)}
	}
	for _, sev := range drover.Severities {
		c.lines = append(c.lines, line{severity: sev})
	}
	for _, p := range t.Points {
		c.times = append(c.times, p.At)
		row := []string{moment(p.At)}
		for i, sev := range drover.Severities {
			n := p.Open[sev.String()]
			c.lines[i].values = append(c.lines[i].values, n)
			row = append(row, export.Thousands(n))
		}
		table.rows = append(table.rows, append(row, export.Thousands(p.Total), p.Basis))
	}
	s.chart, s.table = c, table
	return s
}

func (d *Due) section() section {
	s := section{id: "due", title: "Certificates and keys that are due", commands: []string{"drover list credentials 'expires<90d'"}}
	for _, b := range d.Buckets {
		note := export.Thousands(b.Expire) + " end, " + export.Thousands(b.Rotate) + " are to be changed; something depends on " + export.Thousands(b.Breaks)
		if b.Unknown > 0 {
			note += ", of " + export.Thousands(b.Unknown) + " it is not known"
		}
		s.figures = append(s.figures, figure{export.Thousands(b.Expire + b.Rotate), b.Name, note})
	}
	s.text = []string{d.NoEnd.Question + " " + d.NoEnd.Says() + ". " + d.NoEnd.Means}
	t := &table{caption: "What is due, the soonest first, and what stops", columns: []string{"Secret", "Of", "Due", "Days", "Why", "Owner", "What stops"}, numbers: []bool{false, false, false, true, false, false, false}}
	t.keep, t.rest = dueShown, "All of them: write the report as CSV or JSON."
	for _, x := range d.Items {
		why := map[string]string{"expires": "ends", "rotate": "change"}[x.Why]
		t.rows = append(t.rows, []string{x.Name, cmp.Or(x.Identity, "unknown"), day(x.At), strconv.Itoa(x.Days), why, cmp.Or(x.Owner, "nobody"), brief(x.Stops, x.Unknowns)})
	}
	s.table = t
	return s
}

// brief is what breaks, for a cell: its first sentences, and of how much it is not
// known; `drover explain` and JSON say all of it.
func brief(text string, unknowns []string) string {
	const most = 180
	short := ""
	for _, s := range strings.SplitAfter(text, ". ") {
		if short != "" && len(short)+len(s) > most {
			break
		}
		short += s
	}
	short = export.Visible(strings.TrimSpace(short), 2*most, false)
	switch len(unknowns) {
	case 0:
		return short
	case 1:
		return short + " Unknown: " + export.Visible(unknowns[0], most, false) + "."
	}
	return short + " " + strconv.Itoa(len(unknowns)) + " things about it are not known."
}

func (f *Fixes) section() section {
	s := section{id: "fixes", title: "What helps most", text: []string{export.Number(f.Total, "act ends", "acts end") + " all that was found. These come first:"}, commands: []string{"drover fix list", "drover fix show ID"}}
	if f.Total == 0 {
		s.text, s.commands = []string{"There is nothing to fix."}, nil
		return s
	}
	t := &table{caption: "Fixes, the most urgent first", columns: []string{"Worst", "What to do", "Ends", "Risk removed", "What breaks", "Id"}, numbers: []bool{false, false, true, true, false, false}}
	for _, x := range f.Top {
		t.marks = append(t.marks, x.Severity)
		t.rows = append(t.rows, []string{x.Severity.String(), x.Title, export.Number(x.Findings, "finding", "findings"), export.Thousands(x.RiskRemoved), brief(x.Breaks.Text, x.Breaks.Unknowns), x.ID})
	}
	s.table = t
	return s
}

func (e *Exceptions) section() section {
	s := section{id: "exceptions", title: "Exceptions and when they end", commands: []string{"drover finding list state=accepted"}}
	if len(e.Items) == 0 {
		s.text, s.commands = []string{"There are none."}, nil
		return s
	}
	s.text = []string{export.Number(e.Findings, "finding is", "findings are") + " accepted until a date; they count in the numbers above."}
	t := &table{caption: "Exceptions, those that end first at the top", columns: []string{"Worst", "Until", "Findings", "Decision"}, numbers: []bool{false, false, true, false}}
	for _, x := range e.Items {
		until := "see the decision"
		if x.Until != nil {
			until = day(*x.Until)
		}
		if x.Lapsed {
			until = "has ended"
		}
		t.marks = append(t.marks, x.Worst)
		t.rows = append(t.rows, []string{x.Worst.String(), until, export.Thousands(x.Findings), x.Says})
	}
	s.table = t
	return s
}

func (v *Inventory) sections() []section {
	list := []section{{id: "inventory", title: "Inventory", figures: []figure{
		{export.Thousands(v.Identities), "Non-human identities", "and those of which it is not known whether they are"}, {export.Thousands(v.Humans), "Humans", "people that a directory or an HR file names"}}}}
	for i, b := range v.Counts {
		list = append(list, section{id: "by-" + strconv.Itoa(i+1), title: "By " + b.By, table: tallies("Non-human identities by "+b.By, strings.ToUpper(b.By[:1])+b.By[1:], b.Counts)})
	}
	t := &table{caption: "Every identity, by name", columns: []string{"Name", "Type", "Kind", "Environment", "Owner", "State", "Last used", "Secrets", "Risk"}, numbers: []bool{false, false, false, false, false, false, false, true, true}}
	t.keep, t.rest = identityShown, "All of them: write the report as CSV or JSON, or "+v.Listed
	for _, x := range v.Items {
		t.rows = append(t.rows, []string{x.Name, x.Type, words(x.NHIType), x.Env, cmp.Or(x.Owner, "nobody"), x.Lifecycle, date(x.LastUsed), strconv.Itoa(x.Keys), strconv.Itoa(x.Risk)})
	}
	return append(list, section{id: "identities", title: "Identities", table: t, commands: []string{v.Listed}})
}

func (c *Coverage) section() section {
	s := section{id: "coverage", title: "What was looked at", commands: []string{"drover source list", "drover doctor"}}
	t := &table{caption: "Sources", columns: []string{"Source", "Kind", "Last look", "Last success", "Says"}, numbers: make([]bool, 5)}
	for _, x := range c.Sources {
		t.rows = append(t.rows, []string{x.ID, x.Kind, x.Status, date(x.LastOK), x.Says})
	}
	s.table = t
	if len(c.Sources) == 0 {
		s.table, s.text = nil, []string{"Nothing was scanned yet: drover scan"}
	}
	if c.Unseen > 0 {
		s.text = append(s.text, export.Number(c.Unseen, "thing is", "things are")+" only mentioned by others: no source delivered them. drover list unseen")
	}
	for _, g := range c.Gaps {
		s.text = append(s.text, "Not analysed: "+g)
	}
	return s
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func date(t *time.Time) string {
	if t == nil {
		return "unknown"
	}
	return day(*t)
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
