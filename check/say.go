package check

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/droverhq/drover"
)

// maxName is how much of a name stands in a sentence, in runes.
const maxName = 80

// Clean makes text of a scanned system fit for a sentence: one line, no control
// or direction characters, bounded.
func Clean(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == maxName {
			b.WriteString("…")
			break
		}
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			r = ' '
		case !unicode.IsPrint(r): // control, format and direction characters, U+FFFD of bad bytes too
			r = '·'
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// Say names a row in a sentence: "IAM user ci-deploy", "key AKIA…7F2 of ci-deploy".
func (e *Estate) Say(row int) string {
	name := Clean(e.Graph.Name(row))
	if name == "" {
		name = Clean(string(e.Graph.Ref(row)))
	}
	return TypeWords(e.Graph.Type(row)) + " " + name
}

// Says names several rows: three at most, and how many more there are.
func (e *Estate) Says(rows []int) string {
	var parts []string
	for i, r := range rows {
		if i == 3 {
			parts = append(parts, strconv.Itoa(len(rows)-3)+" more")
			break
		}
		parts = append(parts, e.Say(r))
	}
	return List(parts)
}

// List joins words as a sentence does: "a, b and c".
func List(words []string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// TypeWords writes a vendor's type for a sentence: "aws.iam.user" is "IAM user".
func TypeWords(typ string) string {
	if w := typeWords[typ]; w != "" {
		return w
	}
	_, last, _ := strings.Cut(typ, ".")
	if last == "" {
		last = typ
	}
	return strings.NewReplacer(".", " ", "_", " ").Replace(last)
}

// typeWords are the types whose words are not those of their name.
var typeWords = map[string]string{
	"aws.iam.user": "IAM user", "aws.iam.role": "IAM role", "aws.iam.access_key": "access key",
	"kubernetes.service_account": "service account", "postgres.role": "database role", "x509.certificate": "certificate",
}

// Day, Ago and Span write times for readers: "2026-01-31", "12 days ago", "90 days".
func Day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Ago is how long before now t was.
func Ago(now, t time.Time) string { return Span(now.Sub(t)) + " ago" }

// Span is whole days, or hours below two days.
func Span(d time.Duration) string {
	switch {
	case d >= 2*drover.Day:
		return strconv.Itoa(int(d/drover.Day)) + " days"
	case d >= 2*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " hours"
	}
	return strconv.Itoa(int(max(d, 0)/time.Minute)) + " minutes"
}

// Count writes a number and its noun: "1 key", "3 keys".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ey") {
		return strconv.Itoa(n) + " " + strings.TrimSuffix(noun, "y") + "ies"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
