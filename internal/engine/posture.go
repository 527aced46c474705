package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/internal/report"
	"github.com/droverhq/drover/internal/store"
)

type storeSpan = store.FindingSpan

// A ScoreView is one number from 0 to 100 and the parts that it is the sum of.
type ScoreView struct {
	Total int         `json:"total"`
	Max   int         `json:"max"`
	Parts []ScorePart `json:"parts"`
	How   string      `json:"how"`
}

// A ScorePart is what one question adds.
type ScorePart struct {
	ID      string `json:"id"`
	Says    string `json:"says"`
	Points  int    `json:"points"` // max * n / of, cut down to whole points
	Max     int    `json:"max"`
	N       int    `json:"n"`
	Of      int    `json:"of"`
	Unknown int    `json:"unknown"` // of these: what is not known earns nothing
	Lost    int    `json:"lost"`    // points that what is not known keeps from it, at most
}

// scoreMax are the points of each part. Half is for what is wrong, half for what
// could not be seen to be wrong.
var scoreMax = []struct {
	id  string
	max int
}{{"clean", 40}, {"owned", 20}, {"monitored", 20}, {"appropriate", 20}}

// score adds up the shares of the reports; nil where nothing was scanned or checked.
func (b *reportBuilder) score() *ScoreView {
	if b.state() != "ready" || len(b.base) == 0 {
		return nil
	}
	q := b.r.Questions
	v := &ScoreView{How: "Each part gives its points times the share of identities of which it is known to be so, cut down to whole points. What is not known earns nothing."}
	for i, s := range []report.Share{b.r.Posture.Clean, q.Owned, q.Monitored, q.Appropriate} {
		p := ScorePart{ID: scoreMax[i].id, Says: s.Question, Max: scoreMax[i].max, N: s.N, Of: s.Of, Unknown: s.Unknown}
		if s.Of > 0 {
			p.Points = p.Max * s.N / s.Of
			p.Lost = p.Max*(s.N+s.Unknown)/s.Of - p.Points
		}
		v.Total += p.Points
		v.Max += p.Max
		v.Parts = append(v.Parts, p)
	}
	return v
}

// A PostureView is how it stands against the catalogues of controls, and whether it
// gets better.
type PostureView struct {
	Schema     string             `json:"schema"`
	Generation int64              `json:"generation"`
	At         time.Time          `json:"at"`
	State      string             `json:"state"` // empty, unchecked, ready
	CheckedAt  *time.Time         `json:"checked_at"`
	Score      *ScoreView         `json:"score"`
	Questions  []QuestionView     `json:"questions"`
	Severities []report.Severity  `json:"severities"`
	Areas      []report.Area      `json:"areas"`
	Envs       []EnvView          `json:"envs"` // columns of the heat maps
	Frameworks []FrameworkView    `json:"frameworks"`
	Trend      TrendView          `json:"trend"`
	Exceptions *report.Exceptions `json:"exceptions"`
	Maturity   []AxisView         `json:"maturity"`
	Failed     []string           `json:"failed"` // checks that could not look, and why
	Unknowns   []string           `json:"unknowns"`
}

// An EnvView is one environment.
type EnvView struct {
	Name       string `json:"name"` // "unknown": none is known
	Identities int    `json:"identities"`
}

// A FrameworkView is one catalogue of controls, as far as checks map to it.
type FrameworkView struct {
	Name     string        `json:"name"` // "OWASP-NHI:2025"
	Title    string        `json:"title"`
	Controls []ControlView `json:"controls"`
}

// A ControlView is one control.
type ControlView struct {
	ID       string        `json:"id"`    // as findings have it: control=ID
	Title    string        `json:"title"` // "" where the catalogue may not be quoted here
	State    string        `json:"state"` // failing, accepted, passing, not_applicable: there is nothing that its checks look at; unknown
	Why      string        `json:"why"`   // of unknown and not_applicable
	Checks   []string      `json:"checks"`
	Open     int           `json:"open"`
	Accepted int           `json:"accepted"`
	Worst    string        `json:"worst"` // severity; "": none
	Filter   string        `json:"filter"`
	Cells    []ControlCell `json:"cells"` // of each environment that has findings
}

// A ControlCell counts the findings of a control in an environment.
type ControlCell struct {
	Env      string `json:"env"`
	Open     int    `json:"open"`
	Accepted int    `json:"accepted"`
	Worst    string `json:"worst"`
	Filter   string `json:"filter"`
}

// Posture answers the page of posture, as of a moment; the zero time is now.
func (e *Engine) Posture(ctx context.Context, asOf time.Time) (*PostureView, error) {
	if asOf.IsZero() {
		return page(ctx, e, "posture", func(ctx context.Context) (*PostureView, error) { return e.postureView(ctx, asOf) })
	}
	return e.postureView(ctx, asOf)
}

func (e *Engine) postureView(ctx context.Context, asOf time.Time) (*PostureView, error) {
	b, err := e.builder(ctx, asOf, "posture")
	if err != nil {
		return nil, err
	}
	for _, part := range []func() error{b.questions, b.posture, b.exceptions, b.coverage, b.due} {
		if err := part(); err != nil {
			return nil, fmt.Errorf("posture: %w", err)
		}
	}
	p := b.r.Posture
	v := &PostureView{Schema: "drover/v1/posture", Generation: b.s.Generation, At: b.s.now.UTC(), State: b.state(), CheckedAt: p.CheckedAt, Score: b.score(), Questions: b.questionViews(),
		Severities: p.Severities, Areas: p.Areas, Exceptions: b.r.Exceptions, Failed: p.Failed, Maturity: b.maturity()}
	v.Envs = b.envs()
	v.Frameworks = b.frameworks(v.Envs)
	if v.Trend, err = b.flow(); err != nil {
		return nil, fmt.Errorf("posture: %w", err)
	}
	v.Unknowns = b.r.Unknowns
	return v, nil
}

// envs counts the identities of each environment, the most first, unknown last.
func (b *reportBuilder) envs() []EnvView {
	out := []EnvView{}
	for _, t := range b.tally("env") {
		out = append(out, EnvView{t.Name, t.N})
	}
	// Findings are about other things too.
	if !slices.ContainsFunc(out, func(v EnvView) bool { return v.Name == unknownEnv }) {
		out = append(out, EnvView{Name: unknownEnv})
	}
	return out
}

const unknownEnv = "unknown"

// frameworks are the catalogues that the checks map to.
func (b *reportBuilder) frameworks(envs []EnvView) []FrameworkView {
	all, err := b.e.Checks()
	if err != nil {
		all = b.checks
	}
	systems := map[string]bool{}
	col := b.systems()
	for _, code := range col.Codes {
		systems[col.Dict[code]] = true
	}
	controls := map[string]*ControlView{}
	lookedAt := map[string]bool{} // controls with a check that ran and has something to look at
	applies := map[string]bool{}
	for _, c := range all {
		ran := slices.ContainsFunc(b.checks, func(x *check.Check) bool { return x.ID == c.ID }) && !b.checkFailed(c.ID)
		here := len(c.Systems) == 0 || slices.ContainsFunc(c.Systems, func(s string) bool { return systems[s] })
		for _, id := range c.Controls {
			if controls[id] == nil {
				controls[id] = &ControlView{ID: id, Title: controlTitle(id), Filter: "control=" + filterWord(id), Cells: []ControlCell{}}
			}
			controls[id].Checks = append(controls[id].Checks, c.ID)
			applies[id] = applies[id] || here
			lookedAt[id] = lookedAt[id] || here && ran && !b.checked.IsZero()
		}
	}
	b.countControls(controls, envs)
	groups := map[string][]ControlView{}
	for _, id := range slices.Sorted(maps.Keys(controls)) {
		c := controls[id]
		slices.Sort(c.Checks)
		switch {
		case c.Open > 0:
			c.State = "failing"
		case c.Accepted > 0:
			c.State = "accepted"
		case !applies[id]:
			c.State, c.Why = "not_applicable", "No source lists anything that its checks look at."
		case !lookedAt[id]:
			c.State, c.Why = "unknown", "None of its checks was run to its end."
		default:
			c.State = "passing"
		}
		name := frameworkOf(id)
		groups[name] = append(groups[name], *c)
	}
	out := []FrameworkView{}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		list := groups[name]
		slices.SortFunc(list, func(x, y ControlView) int { return naturally(x.ID, y.ID) })
		out = append(out, FrameworkView{Name: name, Title: frameworkTitle(name), Controls: list})
	}
	// What is about these identities comes first.
	slices.SortStableFunc(out, func(x, y FrameworkView) int {
		return btoi(!strings.HasPrefix(x.Name, "OWASP-NHI")) - btoi(!strings.HasPrefix(y.Name, "OWASP-NHI"))
	})
	return out
}

func (b *reportBuilder) checkFailed(id string) bool {
	return slices.ContainsFunc(b.failed, func(f FailedCheck) bool { return f.ID == id })
}

// countControls counts the findings of each control by environment.
func (b *reportBuilder) countControls(controls map[string]*ControlView, envs []EnvView) {
	worst := map[[2]string]drover.Severity{}
	for i := range b.findings {
		f := &b.findings[i]
		env := unknownEnv
		if row, ok := b.s.Find(f.Subject.Ref); ok {
			env = cmp.Or(b.s.Facts(row).Env, unknownEnv)
		}
		for _, id := range f.Controls {
			c := controls[id]
			if c == nil {
				continue // of a check that is no more
			}
			at := slices.IndexFunc(c.Cells, func(x ControlCell) bool { return x.Env == env })
			if at < 0 {
				at = len(c.Cells)
				c.Cells = append(c.Cells, ControlCell{Env: env, Filter: c.Filter + " env=" + filterWord(env)})
				if env == unknownEnv {
					c.Cells[at].Filter = c.Filter + " env:unknown"
				}
			}
			cell := &c.Cells[at]
			if f.State == drover.FindingAccepted {
				c.Accepted++
				cell.Accepted++
				continue
			}
			c.Open++
			cell.Open++
			for _, key := range [][2]string{{id, ""}, {id, env}} {
				worst[key] = max(worst[key], f.Severity)
			}
			c.Worst, cell.Worst = worst[[2]string{id, ""}].String(), worst[[2]string{id, env}].String()
		}
	}
	order := func(env string) int { return slices.IndexFunc(envs, func(v EnvView) bool { return v.Name == env }) }
	for _, c := range controls {
		slices.SortFunc(c.Cells, func(x, y ControlCell) int { return cmp.Or(order(x.Env)-order(y.Env), cmp.Compare(x.Env, y.Env)) })
	}
}

// filterWord is a value as a filter takes it.
func filterWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == "" && s != "" {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// frameworkOf is the catalogue that a control belongs to: what stands before the
// colon, and for OWASP, whose year stands behind it, the list and the year.
func frameworkOf(id string) string {
	left, right, ok := strings.Cut(id, ":")
	if !ok {
		return id
	}
	if strings.HasPrefix(left, "OWASP-") {
		return strings.TrimRight(left, "0123456789") + ":" + right
	}
	return left
}

// frameworkTitles are the names of catalogues.
var frameworkTitles = map[string]string{
	"OWASP-NHI:2025": "OWASP Non-Human Identities Top 10, 2025", "NIST-800-53": "NIST SP 800-53", "NIST-CSF-2.0": "NIST Cybersecurity Framework 2.0", "ISO-27001-2022": "ISO/IEC 27001:2022",
	"PCI-DSS-4.0": "PCI DSS 4.0", "SOC2": "SOC 2 trust services criteria", "CIS-8.1": "CIS Controls 8.1", "CIS-K8S-1.9": "CIS Kubernetes Benchmark 1.9", "CIS-AWS-3.0": "CIS AWS Foundations Benchmark 3.0",
	"CIS-PG-16": "CIS PostgreSQL 16 Benchmark", "HIPAA": "HIPAA Security Rule",
}

func frameworkTitle(name string) string { return cmp.Or(frameworkTitles[name], name) }

// nhiTitles are the headings of the OWASP Non-Human Identities Top 10 of 2025
// (owasp.org/www-project-non-human-identities-top-10).
var nhiTitles = []string{"Improper Offboarding", "Secret Leakage", "Vulnerable Third-Party NHI", "Insecure Authentication", "Overprivileged NHI", "Insecure Cloud Deployment Configurations", "Long-Lived Secrets", "Environment Isolation", "NHI Reuse", "Human Use of NHI"}

func controlTitle(id string) string {
	var n int
	if _, err := fmt.Sscanf(id, "OWASP-NHI%d:2025", &n); err == nil && n >= 1 && n <= len(nhiTitles) {
		return nhiTitles[n-1]
	}
	return ""
}

// naturally orders texts with their numbers by value: NHI2 before NHI10.
func naturally(a, b string) int {
	for a != "" && b != "" {
		x, y := leading(a), leading(b)
		if x > 0 && y > 0 {
			p, q := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
			if c := cmp.Or(len(p)-len(q), strings.Compare(p, q)); c != 0 {
				return c
			}
			a, b = a[x:], b[y:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

// leading is how many digits a text begins with.
func leading(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}

// An AxisView is how far one side of the work is, from 1 to 5.
type AxisView struct {
	Axis    string  `json:"axis"`    // visibility, ownership, rotation, privilege, detection, lifecycle
	Level   *int    `json:"level"`   // by what is known; null: it cannot be computed
	AtBest  *int    `json:"at_best"` // if all that is not known were well
	Share   float64 `json:"share"`   // that the level is read from
	Next    float64 `json:"next"`    // the share that the next level takes; 0: there is none
	Missing int     `json:"missing"` // how many more it takes for the next level
	N       int     `json:"n"`       //
	Of      int     `json:"of"`      //
	Unknown int     `json:"unknown"` //
	Says    string  `json:"says"`    // what is counted
	Why     string  `json:"why"`     // why there is no level
	Filter  string  `json:"filter"`  // of identities that keep it from the next level; "": no list
}

// An axis is read by the shares from which levels 2 to 5 hold.
var axisShares = map[string][4]float64{
	"visibility": {0.10, 0.60, 0.85, 0.99},
	"ownership":  {0.25, 0.80, 0.95, 0.99},
	"rotation":   {0.50, 0.80, 0.95, 0.99},
	"privilege":  {0.10, 0.30, 0.60, 0.80},
	"lifecycle":  {0.50, 0.90, 0.98, 0.995},
}

// maturity reads levels from shares of today. That a level has held for a while it
// does not say.
func (b *reportBuilder) maturity() []AxisView {
	q := b.r.Questions
	rotation := report.Share{Of: b.r.Due.NoEnd.Of}
	overdue := 0
	for _, x := range b.r.Due.Items {
		overdue += btoi(x.Days < 0 && x.Why == "rotate")
	}
	rotation.N = max(0, rotation.Of-overdue)
	lifecycle := report.Share{Of: len(b.base)}
	for _, t := range b.tally("lifecycle") {
		switch drover.Lifecycle(t.Name) {
		case drover.LifecycleUnknown:
			lifecycle.Unknown += t.N
		case drover.LifecycleDormant, drover.LifecycleOrphaned:
		default:
			lifecycle.N += t.N
		}
	}
	list := []AxisView{
		b.axis("visibility", q.Monitored, "Identities whose use somebody would see.", reportBase+" monitored=no"),
		b.axis("ownership", q.Owned, "Identities for which somebody answers who is still there.", reportBase+" -owned=yes"),
		b.axis("rotation", rotation, "Secrets in force that are not overdue to be changed.", ""),
		b.axis("privilege", q.Appropriate, "Identities that are seen to do no more than they need.", ""),
		{Axis: "detection", Says: "Identities whose behaviour is watched.", Why: "Nothing watches behaviour yet, so it is not known."},
		b.axis("lifecycle", lifecycle, "Identities that are neither dormant nor left behind.", reportBase+" lifecycle=dormant,orphaned"),
	}
	if b.checked.IsZero() {
		list[3] = AxisView{Axis: "privilege", Says: list[3].Says, Why: "No check was run yet."}
	}
	return list
}

func (b *reportBuilder) axis(name string, s report.Share, says, filter string) AxisView {
	v := AxisView{Axis: name, N: s.N, Of: s.Of, Unknown: s.Unknown, Says: says, Filter: filter}
	if s.Of == 0 {
		v.Why = "There is nothing to count."
		return v
	}
	read := func(n int) (level int, next float64) {
		level, next = 1, axisShares[name][0]
		for i, from := range axisShares[name] {
			if float64(n)/float64(s.Of) < from {
				break
			}
			level, next = i+2, 0
			if i+1 < len(axisShares[name]) {
				next = axisShares[name][i+1]
			}
		}
		return level, next
	}
	level, next := read(s.N)
	top, _ := read(s.N + s.Unknown)
	v.Level, v.AtBest, v.Next, v.Share = &level, &top, next, round(float64(s.N)/float64(s.Of))
	if next > 0 {
		v.Missing = max(0, int(math.Ceil(next*float64(s.Of)-1e-9))-s.N)
	}
	return v
}
