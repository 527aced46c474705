package owners

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/classify/owner"
)

// people are who can own something.
type people struct {
	humans []int          // heads
	teams  []int          // groups that are teams
	named  map[string]int // an address, login, handle or name in lower case -> the one row that has it; -1: several have it
	byWord map[string][]team
	one    map[int]int // a team -> the one of the same name that stands for it
}

// A team is a team with the words that tell it from others.
type team struct {
	row   int
	words []string
}

// teamTypes are the last words of types of groups that are made of people.
var teamTypes = []string{"team", "org_unit", "department", "squad", "unit", "business_unit", "tribe", "crew"}

func lastWord(typ string) string { return typ[strings.LastIndexByte(typ, '.')+1:] }

func (e *Estate) readPeople() *people {
	p := &people{named: map[string]int{}, byWord: map[string][]team{}}
	for row := range e.s.Rows(drover.KindHuman) {
		if e.s.IsMember(row) {
			continue
		}
		p.humans = append(p.humans, row)
		for _, a := range e.s.Aliases(row) {
			p.name(strings.ToLower(a), row)
		}
		attrs := e.s.Attrs(row)
		for _, key := range []string{"email", "mail", "login", "github", "github_login", "employee_id"} {
			if v := strings.ToLower(attrs.Str(key)); v != "" {
				p.name(v, row)
				if strings.Contains(v, "@") {
					p.name("email:"+v, row)
				}
			}
		}
		p.name(strings.ToLower(e.s.Name(row)), row)
	}
	for row := range e.s.Rows(drover.KindGroup) {
		if e.s.IsMember(row) || !e.teamLike(row) {
			continue
		}
		p.teams = append(p.teams, row)
		p.teamNames(e, row)
	}
	p.one = e.sameTeams(p)
	return p
}

// sameTeams finds teams that several systems have under one name: the department of
// HR and the team of a code host are the same people. One with members stands for
// all: a team before a department, then the larger, then the one whose ref sorts
// first.
func (e *Estate) sameTeams(p *people) map[int]int {
	groups := map[string][]int{}
	for _, list := range p.byWord {
		for _, t := range list {
			key := strings.Join(t.words, " ")
			groups[key] = append(groups[key], t.row)
		}
	}
	one := map[int]int{}
	for _, rows := range groups {
		if len(rows) < 2 || len(rows) > maxSame {
			continue
		}
		size := map[int]int{}
		for _, r := range rows {
			active, _ := e.members(r, p)
			size[r] = len(active)
		}
		best := slices.MinFunc(rows, func(a, b int) int {
			return cmp.Or(min(size[b], 1)-min(size[a], 1), order(e.unit(a))-order(e.unit(b)), size[b]-size[a], cmp.Compare(e.s.Ref(a), e.s.Ref(b)))
		})
		for _, r := range rows {
			one[r] = best
		}
	}
	return one
}

// unit reports whether a group is a part of the organisation's tree.
func (e *Estate) unit(row int) bool {
	return slices.Contains([]string{"org_unit", "department", "unit", "business_unit"}, lastWord(e.s.Type(row)))
}

const maxSame = 8 // teams of one name; of more the name says nothing

// same is the team that stands for others of its name.
func (e *Estate) same(p Party) Party {
	if p.Row >= 0 {
		if r, ok := e.people().one[p.Row]; ok {
			return Party{Row: r}
		}
	}
	return p
}

func (p *people) teamNames(e *Estate, row int) {
	name := strings.ToLower(e.s.Name(row))
	for _, a := range e.s.Aliases(row) {
		p.name(strings.ToLower(a), row)
	}
	p.name(name, row)
	p.name("team:"+name, row)
	for _, key := range []string{"slug", "mail", "email"} {
		if v := strings.ToLower(e.s.Str(row, key)); v != "" {
			p.name(v, row)
			p.name("team:"+v, row)
			p.name("email:"+v, row)
		}
	}
	if words := owner.TeamWords(name); len(words) > 0 {
		p.name("team:"+strings.Join(words, " "), row)
		p.byWord[words[0]] = append(p.byWord[words[0]], team{row, words})
	}
}

// name keeps who is called so; what several are called names none of them.
func (p *people) name(text string, row int) {
	if text == "" {
		return
	}
	if have, ok := p.named[text]; ok && have != row {
		row = -1
	}
	p.named[text] = row
}

// teamLike reports whether a group is one of people: by its type, or because a
// person is a member.
func (e *Estate) teamLike(row int) bool {
	if slices.Contains(teamTypes, lastWord(e.s.Type(row))) {
		return true
	}
	for h := range e.s.In(row) {
		if h.Kind == drover.EdgeMemberOf && e.s.Kind(h.Row) == drover.KindHuman {
			return true
		}
	}
	return false
}

// Find returns who a text names: a ref, a mail address, a handle (@org/team), a
// login, "team:NAME", or a name. Near are names that are like it, where it names
// nobody or several.
func (e *Estate) Find(text string) (p Party, near []string) {
	if row, ok := e.s.Find(drover.Ref(text)); ok {
		row = e.s.Head(row)
		if q := e.party(row); !q.None() {
			return q, nil
		}
		return Nobody, nil
	}
	if row, ok := e.lookup(text); ok {
		return Party{Row: row}, nil
	}
	return Nobody, e.near(text)
}

// lookup finds the one person or team that a text names.
func (e *Estate) lookup(text string) (int, bool) { return e.people().lookup(text) }

func (p *people) lookup(text string) (int, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	named := p.named
	var tries []string
	switch {
	case strings.HasPrefix(text, "@"):
		_, slug, _ := strings.Cut(text, "/")
		tries = []string{"git-team:github.com/" + text[1:], "login:github.com/" + text[1:], "team:" + slug, "team:" + strings.Join(owner.TeamWords(slug), " "), text[1:]}
	case strings.HasPrefix(text, "git-team:"):
		slug := text[strings.LastIndexByte(text, '/')+1:]
		tries = []string{text, "team:" + slug, "team:" + strings.Join(owner.TeamWords(slug), " ")}
	case strings.HasPrefix(text, "login:"):
		tries = []string{text, text[strings.LastIndexByte(text, '/')+1:]}
	case strings.HasPrefix(text, "team:"):
		tries = []string{text, "team:" + strings.Join(owner.TeamWords(text[len("team:"):]), " ")}
	case strings.Contains(text, ":"):
		tries = []string{text}
	case strings.Contains(text, "@"):
		tries = []string{"email:" + text, "upn:" + text, text}
	default:
		tries = []string{text, "team:" + text, "team:" + strings.Join(owner.TeamWords(text), " ")}
	}
	for _, t := range tries {
		if row, ok := named[t]; ok && row >= 0 && t != "" && t != "team:" {
			return row, true
		}
	}
	return -1, false
}

// Known are the names of everybody who can own something: teams, then people who
// have not left, each sorted.
func (e *Estate) Known() (teams, humans []string) {
	p := e.people()
	for _, t := range p.teams {
		teams = append(teams, e.s.Name(t))
	}
	for _, h := range p.humans {
		if e.Left(h) != classify.Yes {
			humans = append(humans, e.s.Name(h))
		}
	}
	slices.Sort(teams)
	slices.Sort(humans)
	return teams, humans
}

const maxNear = 3

// near lists the names that are most like a text.
func (e *Estate) near(text string) []string {
	_, bare, _ := strings.Cut(text, ":")
	bare = strings.ToLower(cmp.Or(bare, text))
	bare = strings.TrimPrefix(bare, "@")
	local, _, _ := strings.Cut(bare, "@")
	want := owner.Words(local)
	type candidate struct {
		name string
		far  int
	}
	var list []candidate
	teams, humans := e.Known()
	for _, name := range append(teams, humans...) {
		low := strings.ToLower(name)
		far := distance(bare, low)
		for _, w := range owner.Words(low) {
			if slices.Contains(want, w) {
				far = min(far, 1)
			}
		}
		if far <= max(2, len(bare)/4) {
			list = append(list, candidate{name, far})
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Or(a.far-b.far, cmp.Compare(a.name, b.name)) })
	var out []string
	for _, c := range list {
		if len(out) < maxNear && !slices.Contains(out, c.name) {
			out = append(out, c.name)
		}
	}
	return out
}

// distance is how many letters must be put in, taken out or changed, of texts that
// are short enough to compare.
func distance(a, b string) int {
	const most = 64
	if len(a) > most || len(b) > most {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// party is who stands behind a row: a person or a team itself, the person whose
// account it is, or whom a name means that no source describes.
func (e *Estate) party(row int) Party { return e.partyOf(row, nil) }

// partyOf is party with what is known of people so far; nil: everything.
func (e *Estate) partyOf(row int, known *people) Party {
	switch e.s.Kind(row) {
	case drover.KindHuman:
		return Party{Row: e.s.Head(row)}
	case drover.KindGroup:
		return Party{Row: e.s.Head(row)}
	case drover.KindIdentity:
	default:
		return Nobody
	}
	if known == nil {
		known = e.people()
	}
	for _, a := range e.s.Aliases(row) {
		scheme, text, _ := strings.Cut(a, ":")
		switch scheme {
		case "email", "upn", "git-team", "login":
			if scheme == "upn" {
				a = "email:" + text
			}
			if found, ok := known.lookup(a); ok {
				return Party{Row: found}
			}
			if e.s.Unseen(row) && scheme == "email" {
				return Party{Row: -1, Text: strings.ToLower(a)}
			}
			if e.s.Unseen(row) && scheme == "git-team" {
				return Party{Row: -1, Text: "team:" + text[strings.IndexByte(text, '/')+1:]}
			}
		}
	}
	if e.s.Unseen(row) {
		return Nobody
	}
	for _, text := range []string{e.s.Str(row, "email"), e.s.Name(row)} { // an account that bears the person's address or login
		if text == "" {
			continue
		}
		if found, ok := known.lookup(text); ok && e.s.Kind(found) == drover.KindHuman {
			return Party{Row: found}
		}
	}
	return Nobody
}

// Left reports whether a person has left, as an HR export or a directory says.
func (e *Estate) Left(human int) classify.State {
	return classify.StateOf(Left(e.s.Attrs(human), e.now))
}

// Left reads it from the attributes of a person: left, employment, the status and
// accountEnabled of directories (Okta "User lifecycle", Microsoft Graph "user
// resource"), else whether the last day has passed.
func Left(a drover.Attrs, now time.Time) (left, known bool) {
	if v, ok := a.Bool("left"); ok {
		return v, true
	}
	switch strings.ToLower(a.Str("employment")) {
	case "leaver", "left", "terminated":
		return true, true
	case "active", "on_leave":
		return false, true
	}
	switch strings.ToLower(a.Str("status")) {
	case "deprovisioned", "terminated", "left", "leaver", "deleted":
		return true, true
	}
	if on, ok := a.Bool("accountEnabled"); ok {
		return !on, true
	}
	if end := leaves(a); !end.IsZero() {
		return !end.After(now), true
	}
	return false, false
}

// Leaves is when a person leaves or left, as their employer says; zero: not known.
func (e *Estate) Leaves(human int) time.Time { return leaves(e.s.Attrs(human)) }

func leaves(a drover.Attrs) time.Time {
	if t := a.Time("end_date"); !t.IsZero() {
		return t
	}
	t, _ := time.Parse("2006-01-02", a.Str("end_date")) // zero where it is no date
	return t
}

// Gone reports whether a party can answer for nothing: a person who has left, or a
// team without anybody who has not.
func (e *Estate) Gone(p Party) bool {
	if p.Row < 0 {
		return p.Delisted()
	}
	if e.s.Kind(p.Row) == drover.KindHuman {
		return e.Left(p.Row) == classify.Yes
	}
	return e.Empty(p.Row)
}

// Members are the people of a team, those in teams within it included, who have
// not left, and how many have.
func (e *Estate) Members(group int) (active []int, left int) { return e.members(group, e.people()) }

func (e *Estate) members(group int, known *people) (active []int, left int) {
	seen := map[int]bool{group: true}
	level := []int{group}
	for depth := 0; len(level) > 0 && depth < maxTeams; depth++ {
		var next []int
		for _, g := range level {
			for h := range e.s.In(g) {
				if h.Kind != drover.EdgeMemberOf || seen[h.Row] {
					continue
				}
				seen[h.Row] = true
				if e.s.Kind(h.Row) == drover.KindGroup {
					next = append(next, h.Row)
					continue
				}
				p := e.partyOf(h.Row, known)
				if p.Row < 0 || e.s.Kind(p.Row) != drover.KindHuman || p.Row != h.Row && seen[p.Row] {
					continue
				}
				seen[p.Row] = true
				if e.Left(p.Row) == classify.Yes {
					left++
				} else {
					active = append(active, p.Row)
				}
			}
		}
		level = next
	}
	slices.Sort(active)
	return active, left
}

const maxTeams = 16 // teams within teams

// Empty reports whether a group has nobody who could act for it, where that is
// known: all its people have left, or others of its type have members and it has
// none.
func (e *Estate) Empty(group int) bool {
	if v, ok := e.empty.Load(group); ok {
		return v == true
	}
	v := e.isEmpty(group)
	e.empty.Store(group, v)
	return v
}

func (e *Estate) isEmpty(group int) bool {
	active, left := e.Members(group)
	if len(active) > 0 {
		return false
	}
	if left > 0 {
		return true
	}
	for h := range e.s.In(group) {
		if h.Kind == drover.EdgeMemberOf {
			return false // members who are no people that are known
		}
	}
	for _, t := range e.people().teams {
		if t != group && e.s.Type(t) == e.s.Type(group) {
			for h := range e.s.In(t) {
				if h.Kind == drover.EdgeMemberOf {
					return true
				}
			}
		}
	}
	return false
}

// Manager is who leads a person and has not left: the nearest one upwards.
func (e *Estate) Manager(human int) (int, bool) {
	for range maxTeams {
		boss := -1
		for h := range e.s.In(human) {
			if h.Kind == drover.EdgeOwns && e.s.Kind(h.Row) == drover.KindHuman && h.Row != human && (boss < 0 || e.s.Ref(h.Row) < e.s.Ref(boss)) {
				boss = h.Row
			}
		}
		if boss < 0 {
			return -1, false
		}
		if e.Left(boss) != classify.Yes {
			return boss, true
		}
		human = boss
	}
	return -1, false
}

// Teams are the teams of a person, those that still have somebody, by name. Their
// department is one where they are in no other.
func (e *Estate) Teams(human int) (out []int) {
	var units []int
	for h := range e.s.Out(human) {
		if h.Kind == drover.EdgeMemberOf && e.s.Kind(h.Row) == drover.KindGroup && !slices.Contains(out, h.Row) && !e.Empty(h.Row) {
			if e.unit(h.Row) {
				units = append(units, h.Row)
			} else {
				out = append(out, h.Row)
			}
		}
	}
	if len(out) == 0 {
		out = slices.Compact(units)
	}
	slices.SortFunc(out, func(a, b int) int { return cmp.Or(cmp.Compare(e.s.Name(a), e.s.Name(b)), cmp.Compare(a, b)) })
	return out
}

// Humans are the people of the estate.
func (e *Estate) Humans() []int { return e.people().humans }

// People are everybody who can own something: teams, then people.
func (e *Estate) People() []int { return slices.Concat(e.people().teams, e.people().humans) }

// Account is the person whose account, address or login a row is; Nobody where it
// is none.
func (e *Estate) Account(row int) Party {
	p := e.party(row)
	if p.Row >= 0 && e.s.Kind(p.Row) != drover.KindHuman {
		return Nobody
	}
	return p
}
