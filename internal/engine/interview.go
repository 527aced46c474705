package engine

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/rows"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/internal/store"
)

// A Questionnaire is what one team is asked.
type Questionnaire struct {
	Team string
	Rows []map[string]string
}

// Questionnaires lists, per business unit, the accounts that somebody must tell
// us about: identities without an owner, and those known only because something
// else mentions them. Rows are ordered by name. What has no unit is under "".
func (s *Snapshot) Questionnaires() []Questionnaire {
	byTeam := map[string]*Questionnaire{}
	add := func(team string, row map[string]string) {
		q := byTeam[team]
		if q == nil {
			q = &Questionnaire{Team: team}
			byTeam[team] = q
		}
		row["team"] = team
		q.Rows = append(q.Rows, row)
	}
	for _, r := range s.entities() {
		i := int(r)
		if f := s.Facts(i); s.Kind(i) == drover.KindIdentity && f.Owner == "" && f.Verdict != drover.VerdictHuman && !s.declaredOnly(i) {
			add(f.BusinessUnit, map[string]string{"name": s.Name(i), "system": s.Ref(i).System(), "account_name": s.Name(i), "account_id": string(s.Ref(i))})
		}
	}
	for i := s.Seen(); i < s.Len(); i++ {
		if strings.ContainsAny(s.Name(i), "*?") {
			continue // a pattern is no account
		}
		alias := s.Aliases(i)[0]
		scheme, _, _ := strings.Cut(alias, ":")
		add("", map[string]string{"name": s.Name(i), "system": scheme, "account_name": s.Name(i), "account_id": alias})
	}
	out := []Questionnaire{}
	for _, q := range byTeam {
		slices.SortFunc(q.Rows, func(a, b map[string]string) int {
			return strings.Compare(a["name"]+a["account_id"], b["name"]+b["account_id"])
		})
		out = append(out, *q)
	}
	slices.SortFunc(out, func(a, b Questionnaire) int { return strings.Compare(a.Team, b.Team) })
	return out
}

// Write writes the questionnaire as CSV for people to fill in.
func (q *Questionnaire) Write(w io.Writer) error { return rows.WriteQuestionnaire(w, q.Rows) }

// declaredOnly reports whether an identity is known only because people said so.
func (s *Snapshot) declaredOnly(i int) bool {
	d, _ := s.Attrs(i).Bool("declared")
	return d
}

// An InterviewReport is `interview import`: what people said beside what was seen.
type InterviewReport struct {
	Schema    string        `json:"schema"`
	Scan      *ScanResult   `json:"scan"`
	Seen      []DeclaredRow `json:"declared_and_seen"`
	NeverSeen []DeclaredRow `json:"declared_never_seen"`
	Silent    []DeclaredRow `json:"seen_undeclared"`
}

// A DeclaredRow is one account of the report.
type DeclaredRow struct {
	Ref  drover.Ref  `json:"ref"`
	Name string      `json:"name"`
	Type string      `json:"type"`
	Seen *drover.Ref `json:"seen"` // what was seen that the declaration means
	Why  string      `json:"why,omitempty"`
}

// ImportInterview reads an answered questionnaire and says what of it was seen.
// A declaration means a seen identity when it gives its ref, its short id or one
// of its aliases, or when it gives its name in its system and no other has it.
func (e *Engine) ImportInterview(ctx context.Context, path string) (*InterviewReport, error) {
	found, err := e.path(ctx, path, false)
	if err != nil {
		return nil, err
	}
	src := found[0]
	if src.Kind != "file" {
		return nil, fmt.Errorf("%s is no file that can be imported: %w", path, drover.ErrInvalid)
	}
	src.Options["mapping"] = []string{"interview"}
	src.ID = "interview:" + strings.TrimPrefix(src.ID, "file:")
	res, err := e.scanSources(ctx, []Source{src}, ScanRequest{})
	if err != nil {
		return nil, err
	}
	if err := e.Audit(ctx, AuditEntry{Action: "interview.import", Target: src.ID, Detail: map[string]any{"scan": res.ID}}); err != nil {
		return nil, err
	}
	s, err := e.Snapshot(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	means := s.declarations()
	if err := e.linkDeclared(ctx, s, means); err != nil {
		return nil, err
	}
	rep := &InterviewReport{Schema: "drover/v1/interview", Scan: res, Seen: []DeclaredRow{}, NeverSeen: []DeclaredRow{}, Silent: []DeclaredRow{}}
	meant := map[int]bool{}
	for _, d := range means {
		row := DeclaredRow{Ref: s.Ref(d.row), Name: s.Name(d.row), Type: s.Type(d.row), Why: d.why}
		if d.seen < 0 {
			rep.NeverSeen = append(rep.NeverSeen, row)
			continue
		}
		ref := s.Ref(d.seen)
		row.Seen = &ref
		meant[d.seen] = true
		rep.Seen = append(rep.Seen, row)
	}
	for _, r := range s.entities() {
		i := int(r)
		if s.Kind(i) == drover.KindIdentity && !s.declaredOnly(i) && !meant[i] && s.Facts(i).Verdict != drover.VerdictHuman {
			rep.Silent = append(rep.Silent, DeclaredRow{Ref: s.Ref(i), Name: s.Name(i), Type: s.Type(i)})
		}
	}
	for _, list := range [][]DeclaredRow{rep.Seen, rep.NeverSeen, rep.Silent} {
		slices.SortFunc(list, func(a, b DeclaredRow) int { return strings.Compare(string(a.Ref), string(b.Ref)) })
	}
	return rep, nil
}

// linkDeclared makes a declaration and what it means one entity, so that it is
// listed once, with the owner that was declared.
func (e *Engine) linkDeclared(ctx context.Context, s *Snapshot, means []declaration) error {
	var links []store.EntityLink
	for _, d := range means {
		if d.seen >= 0 && s.Entity(d.row) != s.Entity(d.seen) {
			links = append(links, store.EntityLink{Ref: s.Ref(d.row), Entity: s.Entity(d.seen), Reason: byPerson + d.why})
		}
	}
	if len(links) == 0 {
		return nil
	}
	_, err := e.store.Link(ctx, links)
	e.changed(ctx)
	return err
}

// A declaration is one declared identity and what it means; seen is -1 for none.
type declaration struct {
	row, seen int
	why       string
}

func (s *Snapshot) declarations() []declaration {
	byAlias, byName := map[string]int{}, map[string][]int{}
	for i := range s.Seen() {
		if s.Kind(i) != drover.KindIdentity || s.declaredOnly(i) {
			continue
		}
		for _, a := range s.Aliases(i) {
			byAlias[a] = i
		}
		key := s.Ref(i).System() + "\x00" + strings.ToLower(s.Name(i))
		byName[key] = append(byName[key], i)
	}
	var out []declaration
	for i := range s.Seen() {
		if s.Kind(i) == drover.KindIdentity && s.declaredOnly(i) {
			seen, why := s.meant(i, byAlias, byName)
			out = append(out, declaration{i, seen, why})
		}
	}
	return out
}

func (s *Snapshot) meant(i int, byAlias map[string]int, byName map[string][]int) (int, string) {
	_, tenant, _, id, _ := s.Ref(i).Parts()
	if j, ok := s.Find(drover.Ref(id)); ok && !s.Unseen(j) {
		return j, "it gives the ref"
	}
	if lo, hi, ok := graph.ParseShortID(id); ok && lo == hi {
		for j := range s.Seen() {
			if s.Entity(j) == lo {
				return j, "it gives the short id"
			}
		}
	}
	if j, ok := byAlias[id]; ok {
		return j, "it gives the alias " + id
	}
	for _, a := range s.Aliases(i) {
		if j, ok := byAlias[a]; ok {
			return j, "it gives the alias " + a
		}
	}
	switch found := byName[strings.ToLower(tenant)+"\x00"+strings.ToLower(s.Name(i))]; len(found) {
	case 0:
		return -1, "nothing of that id, alias or name was seen"
	case 1:
		return found[0], "the only one of that name in its system"
	default:
		return -1, fmt.Sprintf("%d accounts have that name; give the account_id", len(found))
	}
}
