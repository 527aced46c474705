// Package owner writes the sheet that one owner reads: what each automation in
// their care is, does and can open, what is asked of them and until when, as a
// page for screen and paper and as the text of a mail. It is for people who run
// no computers: short sentences, no terms of the trade, no numbers that judge.
// The engine fills a Sheet; every sentence is made here.
package owner

import (
	"fmt"
	"time"

	"github.com/droverhq/drover"
)

// A Sheet is everything that one person or team is told.
type Sheet struct {
	For  string // a person's name, or a team's
	Team bool
	Now  time.Time
	By   string // who asks
	Role string // what they do: "Security"; "": not said

	Items []Item // what is asked about first
	More  int    // items that are left out
}

// An Item is one automation. Zero and empty is not known.
type Item struct {
	Name     string
	System   string         // "aws"
	Sort     drover.NHIType // what it is
	Function string         // what it is for, in the words of its name or of its people
	In       string         // what it belongs to
	Test     bool           // it is no part of the daily work: a test or a trial

	LastRun time.Time
	Watched bool // somebody would have seen it run

	Opens     int      // how many things
	Important int      // of these, what matters most to the company
	Named     []string // some of those
	About     []string // the sorts of data: "GDPR", "PCI", "confidential"

	Keys    int
	KeyFrom time.Time // when the oldest was made or last changed
	KeyEnds time.Time // when the first one ends

	Runs []string // what works with it
	Asks []Ask
}

// The sorts of questions.
const (
	AskTakeOver = "take_over" // its owner has left
	AskChange   = "change"    // somebody who left may know its key
	AskStill    = "still"     // is it still yours
	AskNeeded   = "needed"    // is it still needed
	AskEnd      = "end"       // the older of two keys is to go
	AskDeputy   = "deputy"    // nobody stands in for the owner
	AskLess     = "less"      // it can open more than it seems to use
)

// An Ask is one question, until when and why now.
type Ask struct {
	Kind string
	By   time.Time
	Who  string    // because of whom
	Left time.Time // when they left
	Why  string    // "left", "empty", "moved", "renamed", "long", "silent", "old", "ends", "seen", "two", "alone", "wide"
}

// Asked counts the items that need an answer.
func (s *Sheet) Asked() int {
	n := 0
	for i := range s.Items {
		if len(s.Items[i].Asks) > 0 {
			n++
		}
	}
	return n
}

// Title is the one line that says what the sheet comes to.
func (s *Sheet) Title() string {
	total, asked := len(s.Items)+s.More, s.Asked()
	who := quoted(s.For)
	if s.Team {
		who = "Team " + who
	}
	switch {
	case total == 0:
		return who + ", nothing is in your care yet."
	case asked == 0:
		return who + ", you look after " + count(total, "automation") + ". Nothing needs you now."
	case asked == 1 && total == 1:
		return who + ", the automation in your care needs an answer."
	case asked == 1:
		return fmt.Sprintf("%s, 1 of your %d automations needs an answer.", who, total)
	case asked == total:
		return fmt.Sprintf("%s, your %d automations need an answer.", who, total)
	}
	return fmt.Sprintf("%s, %d of your %d automations need an answer.", who, asked, total)
}

// Lead says who asks, what this is and what to do.
func (s *Sheet) Lead() []string {
	if len(s.Items) == 0 {
		return []string{"This page fills up when somebody names you as the one to ask about an automation."}
	}
	out := []string{"An automation is a program that works on its own. You are the one to ask about those on this page."}
	if s.Asked() == 0 {
		return append(out, "We will write only when something needs you.")
	}
	by := quoted(s.By)
	if s.By == "" {
		by = "the team that looks after keys and passwords"
	} else if s.Role != "" {
		by += " (" + quoted(s.Role) + ")"
	}
	return append(out, "This comes from "+by+". To answer, mark a box and send this page back. If you are not sure, say so: that helps too.")
}

// Signature says on which day the sheet was made.
func (s *Sheet) Signature() string { return "Made on " + day(s.Now) + "." }

// Sentences say what the item is, does and can open.
func (i *Item) Sentences(now time.Time) []string {
	out := []string{i.is(), i.does(), i.runs(now)}
	out = append(out, i.opens()...)
	return append(out, i.keys(now)...)
}

func (i *Item) is() string {
	s := "This is " + sortWords(i.Sort) + " " + placeWords(i.System)
	if i.In != "" {
		s += ", part of " + quoted(i.In)
	}
	if i.Test {
		s += ". It is for tests"
	}
	return s + "."
}

func (i *Item) does() string {
	if i.Function == "" {
		return "We do not know what it is for. Please tell us."
	}
	return "Its job: " + quoted(i.Function) + "."
}

func (i *Item) runs(now time.Time) string {
	s := ""
	switch {
	case !i.LastRun.IsZero() && now.Sub(i.LastRun) < 2*drover.Day:
		s = "It ran in the last two days."
	case !i.LastRun.IsZero():
		s = "It last ran on " + day(i.LastRun) + "."
	case i.Watched:
		s = "We did not see it run."
	default:
		s = "We cannot see when it runs."
	}
	if len(i.Runs) > 0 {
		s += " It works for " + list(i.Runs) + "."
	}
	return s
}

func (i *Item) opens() (out []string) {
	switch {
	case i.Opens == 0:
		return []string{"We know of nothing that it can open."}
	case i.Important == 0:
		out = append(out, "It can open "+count(i.Opens, "thing")+".")
	case len(i.Named) > 0 && i.Important <= len(i.Named):
		out = append(out, "It can open "+count(i.Opens, "thing")+". What matters most there: "+list(i.Named)+".")
	default:
		some := fmt.Sprintf("%d of these matter", i.Important)
		if i.Important == 1 {
			some = "1 of these matters"
		}
		if len(i.Named) > 0 {
			some += " most, such as " + list(i.Named)
		} else {
			some += " most"
		}
		out = append(out, "It can open "+count(i.Opens, "thing")+". "+some+".")
	}
	for _, a := range i.About {
		if w := aboutWords[a]; w != "" {
			out = append(out, w)
		}
	}
	return out
}

func (i *Item) keys(now time.Time) (out []string) {
	switch {
	case i.Keys == 0:
		return nil
	case i.Keys == 1:
		s := "It uses one key or password"
		if !i.KeyFrom.IsZero() {
			s += ", " + age(now.Sub(i.KeyFrom)) + " old"
		}
		out = append(out, s+".")
	default:
		s := fmt.Sprintf("It uses %d keys or passwords", i.Keys)
		if !i.KeyFrom.IsZero() {
			s += ". The oldest is " + age(now.Sub(i.KeyFrom)) + " old"
		}
		out = append(out, s+".")
	}
	if !i.KeyEnds.IsZero() && i.KeyEnds.After(now) {
		out = append(out, "A key ends on "+day(i.KeyEnds)+". It stops then if no new one is made.")
	}
	return out
}

// Question is what is asked, as a sentence, and Until when.
func (a *Ask) Question() string {
	switch a.Kind {
	case AskTakeOver:
		return "Will you look after it from now on?"
	case AskChange:
		return "Please have its key or password changed. Can you see to that?"
	case AskNeeded:
		return "Is it still needed?"
	case AskEnd:
		return "Please have its old key taken away. Can you see to that?"
	case AskDeputy:
		return "Who helps when you are away?"
	case AskLess:
		return "Does it need all that it can open?"
	}
	return "Is it still yours?"
}

// Until says by when; "" where there is no day.
func (a *Ask) Until() string {
	if a.By.IsZero() {
		return ""
	}
	return "Please answer by " + weekday(a.By) + "."
}

// Because says why it is asked now.
func (a *Ask) Because() string {
	who := quoted(a.Who)
	if a.Who == "" {
		who = "somebody"
	}
	switch a.Why {
	case "left":
		s := "We ask now since " + who + " has left"
		if !a.Left.IsZero() {
			s = "We ask now since " + who + " left on " + day(a.Left)
		}
		if a.Kind == AskChange {
			return s + " and may still know it."
		}
		return s + "."
	case "empty":
		return "We ask now since nobody is left in the team " + who + "."
	case "moved":
		return "We ask now since you have a new place in the company."
	case "renamed":
		return "We ask now since your team has a new name."
	case "silent":
		return "We ask now since it has not run for a long time."
	case "old":
		return "We ask now since its key or password is old. Old ones get around."
	case "ends":
		return "We ask now since its key or pass ends soon. It stops then if no new one is made."
	case "seen":
		return "We ask now since its key or password lies where more people can read it than should."
	case "two":
		return "We ask now since it has a new key and still keeps the old one."
	case "alone":
		return "We ask now since you are the only one who knows it."
	case "wide":
		return "We ask now since we saw it use only a part of that."
	case "long":
		return "We ask now since nobody has said so for a long time."
	}
	return "We ask once in a while so that each automation has somebody who knows it."
}

// Answers are the boxes of a question.
func (a *Ask) Answers() []string {
	switch a.Kind {
	case AskTakeOver:
		return []string{"Yes, I will", "No, ask somebody else", "Not sure"}
	case AskChange:
		return []string{"Yes, I will", "It was changed", "Not mine", "Not sure"}
	case AskEnd:
		return []string{"Yes, I will", "Both are needed", "Not mine", "Not sure"}
	case AskDeputy:
		return []string{"Ask this person: ________", "Nobody yet", "Not mine", "Not sure"}
	case AskLess:
		return []string{"Yes, all of it", "No, it can have less", "Not mine", "Not sure"}
	case AskNeeded:
		return []string{"Yes, keep it", "No, it can go", "Not mine", "Not sure"}
	}
	return []string{"Yes, it is mine", "Not mine", "It can go", "Not sure"}
}
