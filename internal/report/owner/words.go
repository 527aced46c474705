package owner

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/droverhq/drover"
)

// sorts are the words for what something is.
var sorts = map[drover.NHIType]string{
	drover.NHIServiceAccount: "an automation", drover.NHIAPIClient: "a link between two systems", drover.NHICertificate: "a digital pass", drover.NHIBot: "a robot",
	drover.NHIApplication: "an app", drover.NHIIoTDevice: "a device", drover.NHIContainer: "a small program", drover.NHIAIAgent: "a helper program that can act on its own", drover.NHIMachine: "a computer",
}

func sortWords(t drover.NHIType) string {
	if w := sorts[t]; w != "" {
		return w
	}
	return "an automation"
}

// places are the words for the systems in which things live.
var places = map[string]string{
	"aws": "in the Amazon cloud", "gcp": "in the Google cloud", "azure": "in the Microsoft cloud", "entra": "in the Microsoft cloud", "kubernetes": "on the app platform", "postgres": "in a database", "mysql": "in a database",
	"mssql": "in a database", "oracle": "in a database", "github": "where our code is kept", "gitlab": "where our code is kept", "git": "where our code is kept", "ad": "in the office network", "ldap": "in the office network",
	"okta": "in the sign-in system", "slack": "in the chat", "salesforce": "in the sales system", "snowflake": "in the data store", "machine": "on a computer", "racf": "on the mainframe", "zos": "on the mainframe",
	"mainframe": "on the mainframe", "ibmi": "on the mainframe", "vault": "in the key safe", "workday": "in the people system", "jira": "in the ticket system", "stripe": "in the payment system", "agent": "among our helper programs", "mcp": "among our helper programs",
}

func placeWords(system string) string {
	if w := places[system]; w != "" {
		return w
	}
	if system == "" {
		return "in a system of ours"
	}
	return "in the system " + quoted(system)
}

// aboutWords say what sort of data something can open.
var aboutWords = map[string]string{
	"GDPR": "Some of it is data about people.", "PCI": "Some of it is about card payments.", "HIPAA": "Some of it is about health.", "SOX": "Some of it goes into the books of the company.",
	"restricted": "Some of it is for very few eyes.", "confidential": "Some of it is not for all eyes.",
}

const maxName = 60

// quoted is text of a scanned system in a sentence: one line, no marks that steer a
// screen, bounded, in quotation marks of its own.
func quoted(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(s, "·") {
		if n == maxName {
			b.WriteString("…")
			break
		}
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case !unicode.IsPrint(r), r == '“', r == '”':
			r = '·'
		}
		b.WriteRune(r)
		n++
	}
	text := strings.TrimSpace(b.String())
	if text == "" {
		text = "no name"
	}
	return "“" + text + "”"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// list joins a few names as a sentence does.
func list(names []string) string {
	out := make([]string, 0, 4)
	for i, n := range names {
		if i == 3 {
			out = append(out, fmt.Sprintf("%d more", len(names)-3))
			break
		}
		out = append(out, quoted(n))
	}
	if len(out) < 2 {
		return strings.Join(out, "")
	}
	return strings.Join(out[:len(out)-1], ", ") + " and " + out[len(out)-1]
}

// Days are those of UTC: a sheet is about days, not hours.
func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

func weekday(t time.Time) string { return t.UTC().Format("Monday, 2 January 2006") }

func age(d time.Duration) string {
	days := int(d / drover.Day)
	switch {
	case days < 1:
		return "less than a day"
	case days < 60:
		return count(days, "day")
	case days < 730:
		return fmt.Sprintf("%d months", days/30)
	}
	return fmt.Sprintf("%d years", days/365)
}
