package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
	"golang.org/x/text/width"

	"github.com/droverhq/drover/internal/engine"
)

// safe makes a text from a scanned system fit for a terminal: control
// characters, escape sequences and characters that reorder text are shown as
// what they are.
func safe(s string) string {
	clean := true
	for _, r := range s {
		if hidden(r) || r == utf8.RuneError {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && s[i] >= utf8.RuneSelf && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case hidden(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// hidden reports whether a character does something other than to be seen.
func hidden(r rune) bool { return engine.Hidden(r) }

// columns is the width of a terminal, 0 where nothing is cut: COLUMNS wins.
func (a *app) columns(w io.Writer) int {
	if a.plain {
		return 0
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 20 {
		return n
	}
	f, ok := under(w).(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	if n, _, err := term.GetSize(int(f.Fd())); err == nil {
		return n
	}
	return 80
}

// cells is how many terminal cells a text takes.
func cells(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case width.LookupRune(r).Kind() == width.EastAsianWide, width.LookupRune(r).Kind() == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// fit cuts a text to a number of cells.
func fit(s string, limit int) string {
	if limit <= 0 || cells(s) <= limit {
		return s
	}
	n := 0
	for i, r := range s {
		n += cells(string(r))
		if n > limit-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// table writes rows under a head, columns aligned. The widest columns give way
// when the terminal is too narrow; a pipe gets everything.
func (a *app) table(w io.Writer, head []string, rows [][]string) {
	widths := make([]int, len(head))
	for i, h := range head {
		widths[i] = cells(h)
	}
	for _, r := range rows {
		for i := range r {
			r[i] = safe(r[i])
			widths[i] = max(widths[i], cells(r[i]))
		}
	}
	if limit := a.columns(w); limit > 0 {
		shrink(widths, limit)
	}
	bold, reset := a.style(w, "1"), a.style(w, "0")
	line := func(r []string) {
		var b strings.Builder
		for i, c := range r {
			c = fit(c, widths[i])
			b.WriteString(c)
			if i < len(r)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-cells(c)+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	fmt.Fprint(w, bold)
	line(head)
	fmt.Fprint(w, reset)
	for _, r := range rows {
		line(r)
	}
}

// shrink takes cells from the widest column until all fit.
func shrink(widths []int, limit int) {
	for {
		total, widest := 2*(len(widths)-1), 0
		for i, n := range widths {
			total += n
			if n > widths[widest] {
				widest = i
			}
		}
		if total <= limit || widths[widest] <= 8 {
			return
		}
		widths[widest] -= min(total-limit, max(1, widths[widest]/8))
	}
}

// style is an ANSI sequence where the stream is a terminal that wants colour.
func (a *app) style(w io.Writer, code string) string {
	if a.noColor || a.plain || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" || !terminal(w) {
		return ""
	}
	return "\x1b[" + code + "m"
}

// ago says how long ago a moment was; "-" where it is not known.
func ago(t *time.Time, now time.Time) string {
	if t == nil {
		return "-"
	}
	d := now.Sub(*t)
	if d < 0 {
		return "in " + span(-d)
	}
	return span(d)
}

// due says how far away an end is: "in 44d", "expired 20d ago", "-" where it is
// not known.
func due(t *time.Time, now time.Time) string {
	if s := ago(t, now); t == nil || strings.HasPrefix(s, "in ") {
		return s
	}
	return "expired " + ago(t, now) + " ago"
}

func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

func text(p *string) string {
	if p == nil || *p == "" {
		return "-"
	}
	return *p
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	if strings.HasSuffix(word, "y") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(word, "y"))
	}
	if strings.HasSuffix(word, "x") {
		return fmt.Sprintf("%d %ses", n, word)
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// moment is nil for an unknown time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
