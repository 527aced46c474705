package check

import (
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph"
)

// A Client is what a use says of who was at the other end.
type Client struct {
	Word    string // what was recognised: "DBeaver", "a browser"
	Console bool   // a person signed in at a screen; else: a tool of a person's computer
	Proof   drover.FindingProof
	At      time.Time
	Row     int // whose use it was: the identity or a credential of it
}

// clients are words of user agents and application names that programs of people
// have and programs of servers do not. Compared in lower case; a word ends where a
// letter or digit ends it.
var clients = []struct {
	word, name string
	console    bool
}{
	{"console password", "the console password", true}, {"console.amazonaws.com", "the AWS console", true}, {"signin.amazonaws.com", "the AWS console", true}, {"console.aws", "the AWS console", true},
	{"aws-internal/3 console", "the AWS console", true}, {"interactive", "an interactive sign-in", true}, {"browser", "a browser", true}, {"mozilla/", "a browser", true}, {"rdp", "a remote desktop", true}, {"remote desktop", "a remote desktop", true}, {"console login", "a console", true}, {"console session", "a console", true}, {"console sign-in", "a console", true}, {"tso", "TSO", true}, {"5250", "a 5250 terminal", true}, {"3270", "a 3270 terminal", true},
	{"dbeaver", "DBeaver", false}, {"pgadmin", "pgAdmin", false}, {"datagrip", "DataGrip", false}, {"tableplus", "TablePlus", false}, {"heidisql", "HeidiSQL", false}, {"sqldeveloper", "SQL Developer", false}, {"sql developer", "SQL Developer", false},
	{"toad", "Toad", false}, {"ssms", "SQL Server Management Studio", false}, {"management studio", "SQL Server Management Studio", false}, {"mysql workbench", "MySQL Workbench", false}, {"snowsight", "Snowsight", false}, {"snowflake ui", "Snowsight", true},
	{"excel", "Excel", false}, {"tableau desktop", "Tableau Desktop", false}, {"power bi desktop", "Power BI Desktop", false}, {"postman", "Postman", false}, {"insomnia", "Insomnia", false}, {"vscode", "Visual Studio Code", false}, {"intellij", "IntelliJ", false}, {"k9s", "k9s", false},
	{"darwin", "a Mac", false}, {"macos", "a Mac", false}, {"mac os", "a Mac", false}, {"windows/10", "a Windows 10 computer", false}, {"windows/11", "a Windows 11 computer", false}, {"workstation", "a workstation", false}, {"laptop", "a laptop", false}, {"office network", "the office network", false}, {"vpn", "the network of people's computers", false},
}

// Client recognises a person's program in the newest uses of an identity and its
// credentials, where the source gives a word of them. Uses of longer ago than the
// dormant threshold do not count.
func (e *Estate) Client(identity int, console bool) (c Client, ok bool) {
	take := func(row int) {
		u, known := e.Graph.Use(row)
		if !known || u.Detail == "" || u.DetailAt.IsZero() || e.Now.Sub(u.DetailAt) >= e.DormantAfter() {
			return
		}
		if name, screen, found := recognise(u.Detail); found && screen == console && (!ok || u.DetailAt.After(c.At)) {
			c, ok = Client{name, screen, e.detailProof(u), u.DetailAt, row}, true
		}
	}
	take(identity)
	for h := range e.Graph.In(identity) {
		if h.Kind == drover.EdgeAuthenticates {
			take(h.Row)
		}
	}
	return c, ok
}

func (e *Estate) detailProof(u graph.Use) drover.FindingProof {
	return Proof("used "+Day(u.DetailAt)+" ("+Ago(e.Now, u.DetailAt)+"): "+Clean(u.Detail), Clean(u.DetailSource), u.DetailAt, "")
}

func recognise(detail string) (name string, console, ok bool) {
	detail = strings.ToLower(detail)
	if strings.TrimSpace(detail) == "console" { // alone: applications have it in their names
		return "a console", true, true
	}
	for _, c := range clients {
		for from := 0; ; {
			i := strings.Index(detail[from:], c.word)
			if i < 0 {
				break
			}
			i += from
			if !wordByte(detail, i-1) && !strings.HasSuffix(detail[:i], "non-") && !strings.HasSuffix(detail[:i], "non ") && (strings.HasSuffix(c.word, "/") || !wordByte(detail, i+len(c.word))) {
				return c.name, c.console, true
			}
			from = i + 1
		}
	}
	return "", false, false
}

func wordByte(s string, i int) bool {
	return i >= 0 && i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] >= '0' && s[i] <= '9')
}
