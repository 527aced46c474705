package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export/exporttest"
	"github.com/droverhq/drover/internal/realtest"
)

var now = exporttest.Now

// full is a report that has every part, with s in every text of a scanned system.
func full(s string, n int) *Report {
	ratio := 50.6
	share := func(q string, a, of, unknown int) Share {
		return Share{Question: q, N: a, Of: of, Unknown: unknown, Means: "what counts " + s, Evidence: []string{"by " + s}, List: "drover list 'verdict=nhi,shared'", Rest: "drover list verdict:unknown"}
	}
	r := &Report{Schema: Schema, Name: "executive", Title: "Executive report", At: now, Generation: 7, Tool: "1.2.3", Unknowns: []string{"nothing is known of " + s},
		Questions: &Questions{Many: share("How many are there?", 2431, 2479, 48), Humans: 48, Ratio: &ratio, ByType: []Tally{{"service_account", 1200}, {s, 3}}, Monitored: share("How many are monitored?", 1800, 2431, 400),
			Owned: share("How many have an owner?", 2000, 2431, 31), Appropriate: share("How many may do no more than they need?", 900, 2431, 1000)},
		Posture: &Posture{CheckedAt: &now, Checks: 72, Failed: []string{"openfederation: 403 " + s}, Clean: share("How many have no urgent finding?", 2300, 2431, 0), Areas: []Area{{"secrets", 9, 12, "critical"}}},
		Trend:   &Trend{Why: "the history is 21 days long"}, Due: &Due{NoEnd: share("How many have no end?", 300, 900, 20)}, Fixes: &Fixes{Total: 9}, Exceptions: &Exceptions{Findings: 3},
		Inventory: &Inventory{Identities: 2431, Humans: 48, Counts: []Breakdown{{"environment", []Tally{{"prod", 1000}, {s, 1}}}}, Listed: "drover list identities -O identities.csv"},
		Coverage:  &Coverage{Unseen: 12, Gaps: []string{"aws: " + s}}}
	for f := range exporttest.Findings(min(n, 12)) {
		r.Posture.Worst = append(r.Posture.Worst, *f.Finding)
	}
	for i, sev := range drover.Severities {
		r.Posture.Severities = append(r.Posture.Severities, Severity{sev, 10 * i, i, "drover finding list severity=" + sev.String()})
	}
	for i := range 13 {
		r.Trend.Points = append(r.Trend.Points, Point{now.Add(time.Duration(i-12) * drover.Week), Recorded, map[string]int{"critical": 12 - i, "high": 20 + i, "low": 5}, 37})
	}
	for i, name := range []string{"Overdue", "Within 7 days", "Within 30 days"} {
		r.Due.Buckets = append(r.Due.Buckets, Bucket{Name: name, Days: 7 * i, Expire: i, Rotate: 2, Breaks: 1, Unknown: 1})
	}
	for i := range n {
		name := fmt.Sprintf("key %d %s", i, s)
		r.Due.Items = append(r.Due.Items, DueItem{ID: "c1", Name: name, Identity: s, Why: "expires", At: now.Add(time.Duration(i) * drover.Day), Days: i, Stops: "2 jobs stop: " + s, Dependents: 2, Unknowns: []string{"quarter-end " + s}, Owner: s})
		r.Fixes.Top = append(r.Fixes.Top, FixItem{ID: "X-1", Title: "Disable " + name, Severity: drover.High, Findings: 3, RiskRemoved: 40, Breaks: drover.Breaks{Text: "Nothing " + s, Unknowns: []string{s}}})
		r.Exceptions.Items = append(r.Exceptions.Items, ExceptionItem{Says: "accepted " + s, Findings: 1, Worst: drover.Low, Until: &now})
		r.Inventory.Items = append(r.Inventory.Items, IdentityItem{ID: "i1", Name: name, Type: s, NHIType: "service_account", Env: s, Owner: s, Lifecycle: "active", Keys: 2, Risk: 40})
		r.Coverage.Sources = append(r.Coverage.Sources, SourceItem{ID: name, Kind: "aws", Status: "partial", LastOK: &now, Says: s})
	}
	return r
}

func render(t *testing.T, format string, r *Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Every format takes every text, holds no control character, and is the same for
// the same report.
func TestHostile(t *testing.T) {
	for _, format := range Formats {
		for i, s := range exporttest.Hostile {
			a, b := render(t, format, full(s, 2)), render(t, format, full(s, 2))
			if !bytes.Equal(a, b) {
				t.Fatalf("%s, text %d: not the same twice", format, i)
			}
			if format == "pdf" || format == "json" {
				continue
			}
			if at := bytes.IndexAny(a, "\x00\x1b\x7f\u202e\u2066\ufeff\u0085"); at >= 0 {
				t.Errorf("%s, text %d: a control character in %q", format, i, a[max(0, at-40):at+5])
			}
		}
	}
}

// A report of which nothing is known is written too.
func TestEmpty(t *testing.T) {
	for _, format := range Formats {
		for _, r := range []*Report{{Title: "Empty", At: now}, {Title: "Empty", At: now, Questions: &Questions{}, Posture: &Posture{}, Trend: &Trend{}, Due: &Due{}, Fixes: &Fixes{}, Exceptions: &Exceptions{}, Inventory: &Inventory{}, Coverage: &Coverage{}}} {
			if len(render(t, format, r)) == 0 {
				t.Errorf("%s: nothing written", format)
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	if err := Write(&bytes.Buffer{}, "doc", &Report{}); err == nil || !strings.Contains(err.Error(), "pdf") {
		t.Errorf("got %v, want what there is", err)
	}
}

// JSON comes back as it was.
func TestJSON(t *testing.T) {
	want := full("svc", 3)
	var got Report
	if err := json.Unmarshal(render(t, "json", want), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(render(t, "json", want), render(t, "json", &got)); diff != "" {
		t.Error(diff)
	}
}

// No cell of the table would run, and each says where it is from.
func TestCSV(t *testing.T) {
	for _, s := range exporttest.Hostile {
		table, err := csv.NewReader(bytes.NewReader(render(t, "csv", full(s, 2)))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range table {
			for _, cell := range row {
				if trimmed := strings.TrimLeft(cell, " "); trimmed != "" && strings.IndexByte("=+-@\t\r|%", trimmed[0]) >= 0 {
					t.Errorf("cell %.40q would run", cell)
				}
			}
		}
	}
	if got := len(realtest.PythonCSV(t, render(t, "csv", full("x", 2)))); got < 100 {
		t.Errorf("Python reads %d rows", got)
	}
}

// A validator finds nothing wrong with the page.
func TestHTML(t *testing.T) {
	for _, s := range []string{"svc-ci", strings.Join(exporttest.Hostile, " ")} {
		for _, c := range realtest.HTMLValidate(t, render(t, "html", full(s, 3))) {
			t.Errorf("%s %s: %s", c.Level, c.Rule, c.Text)
		}
	}
}

// The pages are A4, and their text is text: a reader of others finds the numbers
// and the names.
func TestPDF(t *testing.T) {
	pdf := render(t, "pdf", full("svc-ci ключ 日本", 60))
	if name := os.Getenv("DROVER_REPORT_PDF"); name != "" {
		if err := os.WriteFile(name, pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pages := realtest.PDFText(t, pdf)
	all := ""
	for _, p := range pages {
		if p.Width < 595 || p.Width > 596 || p.Height < 841 || p.Height > 842 {
			t.Errorf("a page of %v by %v points", p.Width, p.Height)
		}
		all += p.Text + "\n"
	}
	for _, want := range []string{"The four questions", "2,431 of 2,479, 48 unknown", "Certificates and keys that are due", "key 59 svc-ci ключ", `\u{65e5}`, "◆ critical", "What is not known", fmt.Sprintf("Page %d", len(pages))} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not found in the text of %d pages", want, len(pages))
		}
	}
	if len(pages) < 5 || len(pdf) > 2<<20 {
		t.Errorf("%d pages, %d bytes", len(pages), len(pdf))
	}
}

func TestFresh(t *testing.T) { realtest.Templ(t) }

func FuzzWrite(f *testing.F) {
	for _, s := range exporttest.Hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, format := range Formats {
			if format == "pdf" {
				continue // reading the fonts takes nearly all of the time
			}
			if err := Write(&bytes.Buffer{}, format, full(s, 1)); err != nil {
				t.Fatal(format, err)
			}
		}
		for _, r := range legible(s) {
			if !unicode.Is(drawn, r) {
				t.Fatalf("%U is not in the fonts", r)
			}
		}
	})
}
