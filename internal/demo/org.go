package demo

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// An org is whose estate it is: people and teams, and what its systems are called.
type org struct {
	name, slug, domain string
	teams              []*team
	people             []*person
	style              style

	account string // of AWS, 12 digits
	cluster string // host of the Kubernetes API
	issuer  string // of its tokens
	pg      string // system identifier of the PostgreSQL cluster
	tenant  string // of Entra ID
	ad      string // DNS name of the domain
	sid     string // of the domain
	regions []string
}

// A team owns things; its mailbox is how tags name it.
type team struct {
	name, unit string
	ref        drover.Ref
	members    []*person
	serial     int      // of the next name
	products   []string // what it builds
}

func (t *team) mail(o *org) string { return t.name + "@" + o.domain }

// here is a member that has not left, by number.
func (t *team) here(n int) *person {
	var list []*person
	for _, p := range t.members {
		if p.left == 0 && !p.quiet {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[n%len(list)]
}

// A person is one of the HR list.
type person struct {
	id, given, family, title string
	team                     *team
	manager                  *person
	hired, left              float64 // days ago; left 0: still here
	quiet                    bool    // makes and owns nothing
}

func (p *person) ref() drover.Ref { return drover.NewRef("hr", "", "person", p.id) }

func (p *person) mail(o *org) string {
	return ascii(strings.ToLower(p.given)) + "." + ascii(strings.ToLower(p.family)) + "@" + o.domain
}

// hr writes the people as a human-resources export does.
func (w *world) hr() error {
	f, err := os.Create(filepath.Join(w.dir, "hr.csv"))
	if err != nil {
		return fmt.Errorf("write the people: %w", err)
	}
	c := csv.NewWriter(f)
	_ = c.Write([]string{"employee_id", "first_name", "last_name", "email", "title", "department", "business_unit", "manager_id", "hire_date", "end_date", "status"}) // Error tells
	for _, p := range w.org.people {
		manager, end, status := "", "", "active"
		if p.manager != nil {
			manager = p.manager.id
		}
		if p.left > 0 && p.left >= w.age() {
			end, status = w.ago(p.left).Format("2006-01-02"), "terminated"
		}
		if !w.seen(p.hired, 0) {
			continue
		}
		_ = c.Write([]string{p.id, p.given, p.family, p.mail(w.org), p.title, p.team.unit, p.team.unit, manager, w.ago(p.hired).Format("2006-01-02"), end, status})
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write the people: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write the people: %w", err)
	}
	return nil
}

// groups writes the teams and who is in them.
func (w *world) groups() {
	out := w.file("teams")
	for _, t := range slices.Concat(w.org.teams, w.ghosts) {
		out.node(drover.Node{Ref: t.ref, Kind: drover.KindGroup, Type: "org.team", Name: t.name, Aliases: []string{"email:" + t.mail(w.org)}, Attrs: drover.NewAttrs(map[string]any{"business_unit": t.unit})})
		for _, p := range t.members {
			if w.seen(p.hired, p.left) {
				out.edge(p.ref(), t.ref, drover.EdgeMemberOf, "directory")
			}
		}
	}
}
