package owner

import (
	"bufio"
	"io"
	"strings"
)

// mailWidth is how long lines of a mail are at most (RFC 5322 2.1.1 recommends 78).
const mailWidth = 76

// Text writes the sheet as the text of a mail: a subject, an empty line, the body,
// in UTF-8.
func (s *Sheet) Text(w io.Writer) error {
	b := bufio.NewWriter(w)
	line := func(indent, text string) {
		for _, l := range wrap(text, mailWidth-len(indent)) {
			_, _ = b.WriteString(indent + l + "\n") // an error is kept until Flush
		}
	}
	line("", "Subject: "+strings.ReplaceAll(s.subject(), "\n", " "))
	line("", "")
	line("", s.Title())
	line("", "")
	for _, l := range s.Lead() {
		line("", l)
	}
	for i := range s.Items {
		it := &s.Items[i]
		line("", "")
		line("", quoted(it.Name))
		for _, l := range it.Sentences(s.Now) {
			line("  ", l)
		}
		for k := range it.Asks {
			a := &it.Asks[k]
			line("", "")
			line("  ", strings.TrimSpace(a.Question()+" "+a.Until()))
			line("  ", a.Because())
			for _, x := range a.Answers() {
				line("    ", "[ ] "+x)
			}
		}
	}
	line("", "")
	if m := s.rest(); m != "" {
		line("", m)
	}
	line("", s.Signature())
	return b.Flush()
}

// subject is short: mail programs cut it.
func (s *Sheet) subject() string {
	switch n := s.Asked(); {
	case n == 1:
		return "1 automation needs your answer"
	case n > 1:
		return count(n, "automation") + " need your answer"
	}
	return "Your automations: nothing needs you"
}

func (s *Sheet) rest() string {
	if s.More == 0 {
		return ""
	}
	return "You look after " + count(s.More, "more automation") + ". Nothing is asked about the rest."
}

// wrap breaks a text at spaces; a word that is longer than a line stays whole.
func wrap(text string, width int) (out []string) {
	line := ""
	for _, w := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(w)) > width {
			out = append(out, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(out, line)
}
