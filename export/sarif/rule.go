package sarif

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/export"
)

type reportingDescriptor struct {
	ID            string            `json:"id"`
	Name          string            `json:"name,omitempty"`
	Short         *message          `json:"shortDescription,omitempty"`
	Full          *message          `json:"fullDescription,omitempty"`
	HelpURI       string            `json:"helpUri,omitempty"`
	Help          *message          `json:"help,omitempty"`
	Configuration map[string]string `json:"defaultConfiguration,omitempty"`
	Properties    map[string]any    `json:"properties,omitempty"`
}

// rules are those of the head, in its order, and then those that a result named
// though nobody told us of them.
type rules struct {
	told  int
	list  []reportingDescriptor
	index map[string]int
}

func newRules(told []export.Rule) *rules {
	r := &rules{index: map[string]int{}}
	for _, x := range told {
		if _, again := r.index[x.ID]; !again {
			r.index[x.ID] = len(r.list)
			r.list = append(r.list, describe(x))
		}
	}
	r.told = len(r.list)
	if r.list == nil {
		r.list = []reportingDescriptor{}
	}
	return r
}

// fresh forgets what results of the run before named.
func (r *rules) fresh() {
	for _, x := range r.list[r.told:] {
		delete(r.index, x.ID)
	}
	r.list = r.list[:r.told]
}

// at is the index of a rule.
func (r *rules) at(id string) int {
	i, ok := r.index[id]
	if !ok {
		i = len(r.list)
		r.index[id] = i
		short := plain("A check of which only the id is known: " + id + ".")
		r.list = append(r.list, reportingDescriptor{ID: id, Short: &short, Full: &short, Help: &short})
	}
	return i
}

func describe(r export.Rule) reportingDescriptor {
	d := reportingDescriptor{ID: r.ID, Name: camel(r.Title), HelpURI: r.URL, Configuration: map[string]string{"level": level(r.Severity)},
		Properties: map[string]any{"tags": tags(r), "security-severity": score(r.Severity), "severity": r.Severity.String(), "precision": "high"}}
	if r.Title != "" {
		m := plain(sentence(r.Title))
		d.Short = &m
	}
	if r.Why != "" {
		m := message{Text: literal(export.Words(r.Why))}
		d.Full = &m
	}
	var text, md strings.Builder
	part := func(title, body string) {
		if body != "" {
			text.WriteString(title + ": " + body + "\n")
			md.WriteString("**" + title + "**: " + body + "\n\n")
		}
	}
	part("Why it matters", r.Why)
	part("How we know", r.How)
	part("When it is wrong", r.False)
	for _, u := range r.References {
		part("Reference", u)
	}
	if text.Len() > 0 {
		d.Help = &message{Text: literal(strings.TrimSpace(export.Words(text.String()))), Markdown: strings.TrimSpace(export.Words(md.String()))}
	}
	return d
}

// tags are a set: code hosts filter by them.
func tags(r export.Rule) []string {
	list, seen := []string{"security", "non-human-identity"}, map[string]bool{"security": true, "non-human-identity": true}
	for _, t := range append([]string{r.Area}, r.Controls...) {
		if t != "" && !seen[t] {
			seen[t] = true
			list = append(list, t)
		}
	}
	return list
}

func level(s drover.Severity) string {
	switch {
	case s >= drover.High:
		return "error"
	case s == drover.Medium:
		return "warning"
	}
	return "note"
}

// score is the middle of the band in which GitHub shows a severity (over 9.0
// critical, 7.0 high, 4.0 medium, 0.1 low).
func score(s drover.Severity) string {
	return map[drover.Severity]string{drover.Critical: "9.5", drover.High: "8.0", drover.Medium: "5.5", drover.Low: "2.0", drover.Info: "0.0"}[s]
}

// camel makes a name of a title, which is how viewers show rules: "AKeyThatNobodyUses".
func camel(title string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(title, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		first, size := utf8.DecodeRuneInString(word)
		b.WriteRune(unicode.ToUpper(first))
		b.WriteString(word[size:])
	}
	return b.String()
}

// sentence makes a title one.
func sentence(s string) string {
	s = export.Line(s)
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}
