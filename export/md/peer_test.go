package md

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover/export/exporttest"
	"github.com/droverhq/drover/internal/realtest"
)

func render(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(t.Context(), &b, exporttest.Head(), exporttest.Findings(n)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Rendered by GitHub's own library, hostile findings make no element but ours: no
// link, no image, no markup of theirs, and what unfolds is closed again.
func TestRendered(t *testing.T) {
	ours := []string{"h2", "h3", "p", "ul", "li", "strong", "em", "code", "pre", "details", "summary", "pre lang"}
	for _, n := range []int{0, 1, 5, 300} {
		text := render(t, n)
		got := realtest.GitHubMarkdown(t, text)
		for element := range got {
			if !slices.Contains(ours, element) {
				t.Errorf("%d findings: %d of %s", n, got[element], element)
			}
		}
		if want := bytes.Count(text, []byte("\n### ")); got["h3"] != want || got["details"] != want || got["h2"] != 1 {
			t.Errorf("%d findings: %v for %d fixes", n, got, want)
		}
	}
	if got := realtest.GitHubMarkdown(t, []byte("[x](https://evil.example) <img src=x>")); got["a"] != 1 || got["img"] != 1 {
		t.Errorf("got %v: the renderer lets nothing through, so it proves nothing", got)
	}
}

// A mention and a reference are made of rendered text; a comment ends them.
func TestMentions(t *testing.T) {
	for line := range strings.Lines(string(render(t, 300))) {
		if strings.HasPrefix(line, "aws ") {
			continue // in a fence, where nothing is a mention
		}
		for _, bad := range []string{"@octocat", "#1 ", "https://"} {
			if strings.Contains(line, bad) {
				t.Errorf("%q in %q", bad, line)
			}
		}
	}
}

// It fits into a comment, and says what does not.
func TestFits(t *testing.T) {
	text := string(render(t, 5_000))
	if len(text) > most || !strings.Contains(text, "All of them: `drover finding list`") {
		t.Errorf("%d bytes, ending in %q", len(text), text[len(text)-200:])
	}
	if text := string(render(t, 3)); strings.Contains(text, "All of them") {
		t.Error("three findings do not fit")
	}
}
