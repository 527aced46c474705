package owners

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify/owner"
	"github.com/droverhq/drover/decode"
	"github.com/droverhq/drover/graph"
)

// maxSignals bounds what is collected about one row.
const maxSignals = 200

// Signals lists what speaks for whom as the owner of a row. Who has left is no
// candidate; their manager and team are. Who of a signal is a Key.
func (e *Estate) Signals(row int) []owner.Signal {
	c := &collector{e: e, row: e.s.Head(row)}
	c.tags(c.row, owner.Tag, "")
	c.edges()
	c.containers()
	c.credentials()
	c.names()
	c.alike()
	slices.SortStableFunc(c.out, func(a, b owner.Signal) int {
		return cmp.Or(cmp.Compare(a.Who, b.Who), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Text, b.Text))
	})
	return slices.CompactFunc(c.out, func(a, b owner.Signal) bool {
		return a.Who == b.Who && a.Kind == b.Kind && a.Source == b.Source && a.Text == b.Text
	})
}

// Suggest ranks who may answer for a row by the sources that the house allows;
// all where it names none.
func (e *Estate) Suggest(row int, sources []string) []owner.Suggestion {
	return owner.Suggest(owner.Allowed(e.Signals(row), sources))
}

type collector struct {
	e   *Estate
	row int
	out []owner.Signal
}

// add keeps a signal for a party; for one who has left, for whom that leads to.
func (c *collector) add(k owner.Kind, p Party, share float64, grade drover.Grade, source, text string) {
	if p = c.e.same(p); p.None() || p.Row == c.row || len(c.out) >= maxSignals {
		return
	}
	if c.e.Gone(p) {
		c.heir(p, share, source)
		return
	}
	c.out = append(c.out, owner.Signal{Kind: k, Who: c.e.Key(p), Share: share, Grade: cmp.Or(grade, drover.GradeProven), Source: source, Text: text})
}

// heir speaks for the manager and the teams of somebody who has left.
func (c *collector) heir(p Party, share float64, source string) {
	if p.Row < 0 || c.e.s.Kind(p.Row) != drover.KindHuman {
		return
	}
	name := c.e.Name(p)
	if m, ok := c.e.Manager(p.Row); ok {
		c.out = append(c.out, owner.Signal{Kind: owner.Manager, Who: c.e.Key(Party{Row: m}), Share: share, Grade: drover.GradeInferred, Source: source, Text: "leads " + name + ", who has left"})
	}
	teams := c.e.Teams(p.Row)
	for _, t := range teams {
		c.out = append(c.out, owner.Signal{Kind: owner.MakersTeam, Who: c.e.Key(c.e.same(Party{Row: t})), Share: c.e.nearness(t) / float64(len(teams)), Grade: drover.GradeInferred, Source: source, Text: "is the team of " + name + ", who has left"})
	}
}

// nearness is how much a team says of its people: a department holds many that do
// something else.
func (e *Estate) nearness(team int) float64 {
	if e.unit(team) {
		return 0.6
	}
	return 1
}

// tags reads owner, team and contact out of the tags, labels and annotations of a
// row.
func (c *collector) tags(row int, k owner.Kind, of string) {
	for _, t := range tagsOf(c.e.s.Attrs(row)) {
		says, ok := ownerTags[decode.TagKey(t.key)]
		if !ok || t.value == "" || len(t.value) > 256 {
			continue
		}
		p := c.e.resolve(t.value)
		if p.Row < 0 && says.share < 1 {
			continue // a cost centre that is nobody's name
		}
		if p.Row < 0 && !says.team && !strings.Contains(t.value, "@") {
			continue
		}
		if p.Row < 0 && says.team && strings.HasPrefix(p.Text, "email:") && strings.Count(t.value, "@") > 1 {
			continue
		}
		share, grade := says.share, drover.GradeDeclared
		if p.Row < 0 {
			share *= 0.8 // no list has them
		}
		c.add(k, p, share, grade, t.where+" "+t.key, "is named by the "+t.where+" "+t.key+of)
	}
}

// An ownerTag is how much a tag of a name says.
type ownerTag struct {
	share float64
	team  bool // a word that is nobody's address is a team's name
}

// ownerTags are the keys, in lower case without signs, by which organisations say
// who answers: AWS "Tagging best practices", Google Cloud "Labels overview",
// Kubernetes and Backstage annotations.
var ownerTags = map[string]ownerTag{
	"owner": {1, true}, "owners": {1, true}, "ownedby": {1, true}, "team": {1, true}, "squad": {1, true}, "teamname": {1, true}, "owningteam": {1, true}, "serviceowner": {1, true}, "technicalowner": {1, true},
	"techowner": {1, true}, "businessowner": {0.8, true}, "productowner": {0.8, true}, "applicationowner": {1, true}, "appowner": {1, true}, "contact": {1, false}, "contactemail": {1, false}, "email": {0.8, false},
	"maintainer": {1, false}, "maintainers": {1, false}, "responsible": {1, true}, "steward": {1, true}, "supportgroup": {0.9, true}, "supportteam": {0.9, true}, "oncall": {0.9, true}, "owneremail": {1, false}, "teamemail": {1, false},
	"department": {0.6, true}, "dept": {0.6, true}, "businessunit": {0.5, true}, "costcenter": {0.5, true}, "costcentre": {0.5, true}, "group": {0.6, true}, "division": {0.4, true},
}

type tag struct{ key, value, where string }

// tagsOf reads the tags of any vendor: a map, or a list of pairs of Key and Value.
func tagsOf(attrs drover.Attrs) (out []tag) {
	if len(attrs) == 0 {
		return nil
	}
	for _, w := range [...]struct{ key, where string }{{"tags", "tag"}, {"Tags", "tag"}, {"labels", "label"}, {"annotations", "annotation"}, {"userLabels", "label"}} {
		switch v := attrs.Get(w.key).(type) {
		case map[string]any:
			for k, x := range v {
				if s, ok := x.(string); ok {
					out = append(out, tag{k, s, w.where})
				}
			}
		case []any:
			for _, x := range v {
				m, _ := x.(map[string]any)
				for _, names := range [][2]string{{"Key", "Value"}, {"key", "value"}} {
					k, _ := m[names[0]].(string)
					s, ok := m[names[1]].(string)
					if k != "" && ok {
						out = append(out, tag{k, s, w.where})
					}
				}
			}
		}
	}
	for _, key := range []string{"contact", "owner_email", "team"} { // fields of spreadsheets
		if s := attrs.Str(key); s != "" {
			out = append(out, tag{key, s, "field"})
		}
	}
	slices.SortFunc(out, func(a, b tag) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.value, b.value)) })
	return out
}

// edges reads what the edges of the row say.
func (c *collector) edges() {
	s := c.e.s
	for h := range s.In(c.row) {
		switch h.Kind {
		case drover.EdgeOwns:
			c.owns(h)
		case drover.EdgeCreated:
			c.maker(h)
		case drover.EdgeRunsAs:
			c.owned(owner.Workload, h.Row, 1, "owns "+s.Name(h.Row)+", which runs as it")
			c.tags(h.Row, owner.Workload, " of "+s.Name(h.Row)+", which runs as it")
		}
	}
	for h := range s.Out(c.row) {
		if h.Kind != drover.EdgeMemberOf || s.Kind(h.Row) != drover.KindGroup {
			continue
		}
		if c.e.teamLike(h.Row) {
			c.add(owner.Member, Party{Row: h.Row}, 1, s.Edge(h.Edge).Grade, "member of "+s.Name(h.Row), "is the group that it is a member of")
		} else {
			c.owned(owner.Member, h.Row, 0.6, "owns the group "+s.Name(h.Row)+" that it is a member of")
		}
	}
}

// owns is an owner that a system names: a signal, too, where that one has left or
// a decision is to be checked.
func (c *collector) owns(h graph.Hop) {
	x := c.e.s.Edge(h.Edge)
	if p := c.e.owning(h); !p.None() && !conditional(x.Cond) {
		c.add(owner.Tag, p, 1, x.Grade, cmp.Or(x.Proof, x.Part, "owner"), "is named as its owner")
	}
}

// owned speaks for the owner of another thing.
func (c *collector) owned(k owner.Kind, of int, share float64, text string) {
	if o, ok := c.e.Current(of); ok {
		c.add(k, o.Party, share, o.Grade, c.e.s.Name(of), text)
	}
}

// maker reads who or what made the row.
func (c *collector) maker(h graph.Hop) {
	s := c.e.s
	x := s.Edge(h.Edge)
	source := cmp.Or(x.Proof, "created")
	if p := c.e.party(h.Row); !p.None() {
		c.made(p, x.Grade, source)
		return
	}
	if s.Type(h.Row) == "git.repository" {
		c.repository(h.Row, x.Part, owner.CodeOwners, "defines it")
		return
	}
	c.owned(owner.State, h.Row, 1, "owns "+s.Name(h.Row)+", which made it")
	c.tags(h.Row, owner.State, " of "+s.Name(h.Row)+", which made it")
	for up := range s.In(h.Row) { // what the manager itself is made from
		if up.Kind == drover.EdgeCreated && s.Type(up.Row) == "git.repository" {
			c.repository(up.Row, s.Edge(up.Edge).Part, owner.State, "defines "+s.Name(h.Row)+", which made it")
		}
	}
}

func (c *collector) made(p Party, grade drover.Grade, source string) {
	c.add(owner.Creator, p, 1, grade, source, "made it")
	if p.Row < 0 || c.e.s.Kind(p.Row) != drover.KindHuman || c.e.Gone(p) {
		return
	}
	teams := c.e.Teams(p.Row)
	for _, t := range teams {
		c.add(owner.MakersTeam, Party{Row: t}, c.e.nearness(t)/float64(len(teams)), drover.GradeInferred, source, "is the team of "+c.e.Name(p)+", who made it")
	}
}

// repository speaks for the code owners of a path, or of the whole repository. Of
// several in one line the one who is named in fewest lines is meant most: whoever
// watches over everything is named in all.
func (c *collector) repository(repo int, path string, k owner.Kind, what string) {
	line, list := c.e.codeOwners(repo, path)
	lines := map[int]int{}
	for h := range c.e.s.In(repo) {
		if h.Kind == drover.EdgeOwns {
			lines[h.Row]++
		}
	}
	fewest := 0
	for _, h := range list {
		if n := lines[h.Row]; fewest == 0 || n < fewest {
			fewest = n
		}
	}
	for _, h := range list {
		p := c.e.owning(h)
		if p.None() {
			continue
		}
		share := math.Sqrt(float64(fewest) / float64(lines[h.Row]))
		if len(list) > 1 && path == "" {
			share = max(0.5, 1-0.15*float64(len(list)-1))
		}
		where := cmp.Or(path, c.e.s.Name(repo))
		c.add(k, p, share, drover.GradeDeclared, line, "is code owner of "+where+", which "+what+" ("+line+")")
	}
}

// codeOwners finds the line that decides for a path of a repository, the last that
// covers it, and its owners; without a path the line that covers everything.
func (e *Estate) codeOwners(repo int, path string) (line string, list []graph.Hop) {
	best := -1
	for h := range e.s.In(repo) {
		if h.Kind != drover.EdgeOwns {
			continue
		}
		x := e.s.Edge(h.Edge)
		at := lineOf(x.Proof)
		if at < best || at < 0 || !covers(&x, path) {
			continue
		}
		if at > best {
			best, line, list = at, x.Proof, nil
		}
		list = append(list, h)
	}
	return line, list
}

func covers(x *drover.Edge, path string) bool {
	pattern := x.Cond.Str("path")
	if path == "" {
		return pattern == ""
	}
	for _, none := range x.Cond.Strings("except") {
		if decode.CodeOwnersCover(none, path) {
			return false
		}
	}
	return pattern == "" || decode.CodeOwnersCover(pattern, path)
}

// lineOf is the line number at the end of a proof such as "CODEOWNERS:12"; -1
// where there is none.
func lineOf(proof string) int {
	n, err := strconv.Atoi(proof[strings.LastIndexByte(proof, ':')+1:])
	if err != nil {
		return -1
	}
	return n
}

// containers reads whose the thing is in which the row lies.
func (c *collector) containers() {
	s := c.e.s
	for h := range s.In(c.row) {
		if h.Kind != drover.EdgeContains || s.Unseen(h.Row) || rootTypes[lastWord(s.Type(h.Row))] {
			continue
		}
		what := lastWord(s.Type(h.Row)) + " " + s.Name(h.Row)
		c.tags(h.Row, owner.Namespace, " of the "+strings.ReplaceAll(what, "_", " "))
		c.owned(owner.Namespace, h.Row, 1, "owns the "+strings.ReplaceAll(what, "_", " "))
		if s.Type(h.Row) == "git.repository" {
			c.repository(h.Row, "", owner.Namespace, "holds it")
		}
		for _, t := range c.e.teamsIn(s.Name(h.Row)) {
			c.add(owner.Name, Party{Row: t}, 0.8, drover.GradeInferred, what, "is named in the "+strings.ReplaceAll(what, "_", " "))
		}
	}
}

// rootTypes contain everything of a system: whose they are says nothing of what
// lies in them.
var rootTypes = map[string]bool{"account": true, "organization": true, "organisation": true, "cluster": true, "server": true, "host": true, "tenant": true, "subscription": true, "domain": true, "directory": true, "root": true}

// credentials reads where the secrets of the row lie.
func (c *collector) credentials() {
	s := c.e.s
	creds := []int{c.row}
	if s.Kind(c.row) != drover.KindCredential {
		creds = creds[:0]
		for h := range s.In(c.row) {
			if h.Kind == drover.EdgeAuthenticates && len(creds) < maxSignals {
				creds = append(creds, h.Row)
			}
		}
	}
	for _, cred := range creds {
		if cred != c.row {
			for h := range s.In(cred) {
				if h.Kind == drover.EdgeCreated {
					if p := c.e.party(h.Row); !p.None() {
						c.add(owner.Creator, p, 0.8, s.Edge(h.Edge).Grade, cmp.Or(s.Edge(h.Edge).Proof, "created"), "made a key or password of it")
					}
				}
			}
		}
		for h := range s.Out(cred) {
			if h.Kind == drover.EdgeStoredIn && s.Kind(h.Row) == drover.KindPlace {
				c.place(h.Row)
			}
		}
	}
}

func (c *collector) place(place int) {
	s := c.e.s
	attrs := s.Attrs(place)
	for h := range s.In(place) {
		switch {
		case h.Kind == drover.EdgeContains && s.Type(h.Row) == "git.repository":
			c.repository(h.Row, attrs.Str("path"), owner.Leak, "holds its secret")
		case h.Kind == drover.EdgeCreated:
			if p := c.e.party(h.Row); !p.None() {
				c.add(owner.Author, p, 1, drover.GradeDeclared, s.Name(place), "wrote "+s.Name(place)+", where its secret lies")
			}
		case h.Kind == drover.EdgeOwns:
			if p := c.e.owning(h); !p.None() {
				c.add(owner.Leak, p, 1, s.Edge(h.Edge).Grade, s.Name(place), "owns "+s.Name(place)+", where its secret lies")
			}
		}
	}
	if mail := attrs.Str("last_author_email"); mail != "" {
		if p, _ := c.e.Find(mail); !p.None() {
			c.add(owner.Author, p, 0.8, drover.GradeDeclared, s.Name(place), "changed "+attrs.Str("path")+" last, where its secret lies")
		}
	}
}

// names compares its name and what it does with the names of teams.
func (c *collector) names() {
	s := c.e.s
	if k := s.Kind(c.row); k == drover.KindHuman || k == drover.KindGroup {
		return
	}
	for _, t := range c.e.teamsIn(s.Name(c.row)) {
		c.add(owner.Name, Party{Row: t}, 0, drover.GradeProven, "name", fmt.Sprintf("has its name in the name (%s)", strings.Join(owner.TeamWords(s.Name(t)), " ")))
	}
	if s.Unseen(c.row) {
		return
	}
	f := s.Facts(c.row)
	for _, text := range []string{f.Function, f.Purpose, s.Str(c.row, "description"), s.Str(c.row, "Description")} {
		for _, t := range c.e.teamsIn(text[:min(len(text), 300)]) {
			c.add(owner.Function, Party{Row: t}, 0, drover.GradeInferred, "function", "is called after what it does")
		}
	}
}

// teamsIn are the teams whose words stand in a text.
func (e *Estate) teamsIn(text string) (out []int) {
	words := owner.Words(text)
	for _, w := range words {
		for _, candidate := range []string{w, strings.TrimSuffix(w, "s"), w + "s"} {
			for _, t := range e.people().byWord[candidate] {
				if !slices.Contains(out, t.row) && owner.InName(t.words, words) {
					out = append(out, t.row)
				}
			}
		}
	}
	return out
}
