package owner

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"github.com/droverhq/drover"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// both are the two forms of a sheet.
func both(t interface{ Fatal(...any) }, s *Sheet) (html, text string) {
	var h, m bytes.Buffer
	if err := s.HTML(context.Background(), &h); err != nil {
		t.Fatal(err)
	}
	if err := s.Text(&m); err != nil {
		t.Fatal(err)
	}
	return h.String(), m.String()
}

func carol() *Sheet {
	return &Sheet{For: "Carol King", Now: now, By: "Asha Rao", Role: "Security", Items: []Item{
		{Name: "invoice-sync", System: "salesforce", Sort: drover.NHIBot, Function: "copies new deals to billing, every night", LastRun: now.Add(-10 * time.Hour), Watched: true, Opens: 14, Important: 2, Named: []string{"customers", "invoices"},
			About: []string{"GDPR"}, Keys: 1, KeyFrom: now.Add(-400 * drover.Day), KeyEnds: now.Add(20 * drover.Day), Runs: []string{"billing"}, Asks: []Ask{{Kind: AskStill, By: now.Add(5 * drover.Day), Why: "moved"}}},
		{Name: "old-report", System: "aws", Opens: 1, Important: 1, Keys: 3, Asks: []Ask{{Kind: AskTakeOver, By: now.Add(drover.Day), Who: "Priya Nair", Left: now.Add(-3 * drover.Day), Why: "left"}, {Kind: AskChange, By: now, Who: "Priya Nair", Why: "left"}}},
		{Name: "quiet", System: "x-y", Watched: true},
	}}
}

func TestSheet(t *testing.T) {
	html, text := both(t, carol())
	for _, want := range []string{"2 of your 3 automations need an answer", "This is a robot in the sales system.", "“copies new deals to billing, every night”", "It ran in the last two days.", "It can open 14 things. What matters most there: “customers” and “invoices”.",
		"Some of it is data about people.", "one key or password, 13 months old", "A key ends on 12 December 2026", "Please answer by Friday, 27 November 2026.", "left on 19 November 2026", "“Asha Rao” (“Security”)", "We did not see it run.", "We cannot see when it runs."} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
		if !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
	for _, never := range []string{"<script", "src=", "href=", "url(", "@import"} {
		if strings.Contains(html, never) {
			t.Errorf("the page holds %q", never)
		}
	}
	for _, want := range []string{"@media print", `lang="en"`, "Content-Security-Policy", "default-src 'none'"} {
		if !strings.Contains(strings.ReplaceAll(html, "&#39;", "'"), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, l := range strings.Split(text, "\n") {
		if len([]rune(l)) > 78 {
			t.Errorf("a line of %d letters: %q", len(l), l)
		}
	}
	if g := Grade(text); g > 8 {
		t.Errorf("it takes %.1f years of school", g)
	}
	if b := Banned(text); len(b) > 0 {
		t.Errorf("banned: %q", b)
	}
}

func TestTitles(t *testing.T) {
	item := Item{Name: "a", Asks: []Ask{{Kind: AskStill}}}
	quiet := Item{Name: "b"}
	for want, s := range map[string]*Sheet{
		"“C”, nothing is in your care yet.":                           {For: "C"},
		"“C”, the automation in your care needs an answer.":           {For: "C", Items: []Item{item}},
		"“C”, 1 of your 2 automations needs an answer.":               {For: "C", Items: []Item{item, quiet}},
		"Team “C”, your 2 automations need an answer.":                {For: "C", Team: true, Items: []Item{item, item}},
		"“C”, you look after 1 automation. Nothing needs you now.":    {For: "C", Items: []Item{quiet}},
		"“C”, 1 of your 300 automations needs an answer.":             {For: "C", Items: []Item{item}, More: 299},
		"“C”, you look after 301 automations. Nothing needs you now.": {For: "C", Items: []Item{quiet}, More: 300},
	} {
		if got := s.Title(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func hostile() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"<script>alert(1)</script>", "\"><img src=x onerror=y>", "\x1b[31mred\x1b[0m\r\nSubject: x", "\xff\xfe\x00", "\u202egpj.exe", "“”“", strings.Repeat("A ", 6000), "=cmd|' /C calc'!A0", "", "</style><b>", "{{.}}"}))
}

func anySheet(t *rapid.T) *Sheet {
	text := hostile()
	kinds := rapid.SampledFrom([]string{AskTakeOver, AskChange, AskStill, AskNeeded, "?"})
	when := rapid.Custom(func(t *rapid.T) time.Time {
		d := rapid.IntRange(-4000, 4000).Draw(t, "days")
		if d == 0 {
			return time.Time{}
		}
		return now.Add(time.Duration(d) * drover.Day)
	})
	names := rapid.SliceOfN(text, 0, 5)
	s := &Sheet{For: text.Draw(t, "for"), Team: rapid.Bool().Draw(t, "team"), Now: now, By: text.Draw(t, "by"), Role: text.Draw(t, "role"), More: rapid.IntRange(0, 3).Draw(t, "more")}
	for range rapid.IntRange(0, 4).Draw(t, "items") {
		i := Item{Name: text.Draw(t, "name"), System: rapid.SampledFrom([]string{"", "aws", "racf", "x"}).Draw(t, "system"), Sort: rapid.SampledFrom(append(drover.NHITypes, "")).Draw(t, "sort"), Function: text.Draw(t, "function"),
			In: text.Draw(t, "in"), Test: rapid.Bool().Draw(t, "test"), LastRun: when.Draw(t, "run"), Watched: rapid.Bool().Draw(t, "watched"), Opens: rapid.IntRange(0, 3000).Draw(t, "opens"), Named: names.Draw(t, "named"),
			About: []string{"GDPR", "PCI", "x"}, Keys: rapid.IntRange(0, 9).Draw(t, "keys"), KeyFrom: when.Draw(t, "from"), KeyEnds: when.Draw(t, "ends"), Runs: names.Draw(t, "runs")}
		i.Important = rapid.IntRange(0, i.Opens).Draw(t, "important")
		for range rapid.IntRange(0, 2).Draw(t, "asks") {
			i.Asks = append(i.Asks, Ask{Kind: kinds.Draw(t, "kind"), By: when.Draw(t, "until"), Who: text.Draw(t, "who"), Left: when.Draw(t, "left"), Why: rapid.SampledFrom([]string{"left", "empty", "moved", "renamed", "silent", "long", ""}).Draw(t, "why")})
		}
		s.Items = append(s.Items, i)
	}
	return s
}

// Whatever systems call their things, the page is the same page and the mail one
// mail: no markup, no header, no mark that steers a screen gets in; and every
// sentence that is ours stays plain.
func TestAnySheet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySheet(t)
		html, text := both(t, s)
		for _, never := range []string{"<script", "<img", "<b>", "onerror=y>", "\x1b", "\x00", "\u202e"} {
			if strings.Contains(html, never) {
				t.Fatalf("the page holds %q", never)
			}
		}
		if n := strings.Count(html, "</style>"); n != 1 {
			t.Fatalf("%d style sheets end", n)
		}
		if i := strings.Index(text, "\nSubject:"); i >= 0 {
			t.Fatal("a second subject")
		}
		for _, r := range text {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Fatalf("%q in the mail", r)
			}
		}
		if g := Grade(text); g > 8 {
			t.Fatalf("it takes %.1f years of school:\n%s", g, text)
		}
		if b := Banned(text); len(b) > 0 {
			t.Fatalf("banned %q:\n%s", b, text)
		}
	})
}

// The measure of the measure: texts whose grade others have computed lie where they
// should, and banned words are found.
func TestGrade(t *testing.T) {
	easy := Grade("The cat sat on the mat. It was a good day.")
	hard := Grade("The authentication infrastructure necessitates comprehensive organizational remediation of administrative privileges throughout interconnected environments.")
	if easy > 2 || hard < 18 {
		t.Errorf("easy %.1f, hard %.1f", easy, hard)
	}
	if g := Grade(""); g != 0 {
		t.Errorf("nothing: %v", g)
	}
	for text, want := range map[string]int{"Rotate it!": 2, "The API of “API”": 1, "“AWS!” is fine.": 0, "its risk score": 2, "It can open 3 things.": 0} {
		if got := Banned(text); len(got) != want {
			t.Errorf("%q: %q, want %d", text, got, want)
		}
	}
}
