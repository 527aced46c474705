package leaver_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/filter"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
	"github.com/droverhq/drover/graph/leaver"
	"github.com/droverhq/drover/graph/owners"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// read reads "ref kind type" and "from -kind-> to" lines; "?alias" is a name that no
// source describes, "email=" an alias and "human" a verdict.
func read(t *testing.T, text string) (*graph.Snapshot, *effective.Graph, *owners.Estate) {
	t.Helper()
	b := graph.NewBuilder(1, now)
	ids, human := map[drover.Ref]int64{}, map[drover.Ref]bool{}
	id := func(ref drover.Ref) int64 {
		if ids[ref] == 0 {
			ids[ref] = int64(len(ids) + 1)
		}
		return ids[ref]
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for _, line := range lines {
		f := strings.Fields(line)
		if strings.HasPrefix(f[1], "-") {
			continue
		}
		n := drover.Node{Ref: drover.Ref(f[0]), Kind: drover.Kind(f[1]), Type: f[2], Name: f[0][strings.LastIndexByte(f[0], '/')+1:]}
		for _, kv := range f[3:] {
			if mail, ok := strings.CutPrefix(kv, "email="); ok {
				n.Aliases = append(n.Aliases, "email:"+mail)
			}
			human[n.Ref] = human[n.Ref] || kv == "person"
		}
		b.Node(graph.Row{ID: id(n.Ref), Entity: id(n.Ref), Node: n, Sources: []string{"test"}})
	}
	names := map[int64]drover.Ref{}
	for _, line := range lines {
		f := strings.Fields(line)
		if !strings.HasPrefix(f[1], "-") {
			continue
		}
		e := drover.Edge{From: drover.Ref(f[0]), To: drover.Ref(f[2]), Kind: drover.EdgeKind(strings.Trim(f[1], "->"))}
		for _, ref := range []*drover.Ref{&e.From, &e.To} {
			if alias, ok := strings.CutPrefix(string(*ref), "?"); ok {
				*ref = drover.UnseenRef(alias)
				names[id(*ref)] = *ref
			}
		}
		b.Edge(id(e.From), id(e.To), &e)
	}
	b.Name(names)
	s := b.Index()
	s = b.Build(now, func(i int) graph.Facts {
		f := graph.Facts{Tier: filter.Unknown, Verdict: drover.VerdictNHI}
		if human[s.Ref(i)] || s.Kind(i) == drover.KindHuman {
			f.Verdict = drover.VerdictHuman
		}
		return f
	})
	g, err := effective.Build(context.Background(), &effective.Input{Snapshot: s, Document: func(string) (drover.Document, bool) { return drover.Document{}, false }, Now: now}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, g, owners.New(s, now)
}

// Each way to a credential is found, and nothing that is no way.
func TestExposed(t *testing.T) {
	const base = `
hr/-/person/p human hr.person email=p@x.example
x/-/key/k credential x.key
x/-/bot/b identity x.bot
x/-/key/k -authenticates-> x/-/bot/b
x/-/place/f place x.file
x/-/key/k -stored_in-> x/-/place/f
`
	for name, c := range map[string]struct{ more, want string }{
		"nothing":                       {"", ""},
		"wrote it down":                 {"hr/-/person/p -created-> x/-/place/f", "k of b in f by p"},
		"wrote it down, by address":     {"?email:p@x.example -created-> x/-/place/f", "k of b in f by p"},
		"can read the place":            {"x/-/place/f -exposes-> hr/-/person/p", "k of b in f by p"},
		"is handed the key":             {"hr/-/person/p -reads_secret-> x/-/key/k", "k of b in - by p"},
		"over an account":               {"x/-/user/u identity x.user person email=p@x.example\nx/-/user/u -reads_secret-> x/-/place/f", "k of b in f by u"},
		"over a group and a repository": {"x/-/team/t group x.team\nx/-/repo/r resource x.repo\nhr/-/person/p -member_of-> x/-/team/t\nx/-/team/t -can_access-> x/-/repo/r\nx/-/repo/r -contains-> x/-/place/f", "k of b in f by t"},
		"over a group, by address":      {"x/-/team/t group x.team\n?email:p@x.example -member_of-> x/-/team/t\nx/-/team/t -reads_secret-> x/-/place/f", "k of b in f by t"},
		"over a role":                   {"x/-/user/u identity x.user person email=p@x.example\nx/-/role/r identity x.role\nx/-/user/u -can_assume-> x/-/role/r\nx/-/role/r -reads_secret-> x/-/place/f", "k of b in f by u"},
		"owns the bot only":             {"hr/-/person/p -owns-> x/-/bot/b", ""},
		"made the bot only":             {"hr/-/person/p -created-> x/-/bot/b", ""},
		"a bot of theirs reads it":      {"x/-/bot/c identity x.bot\nhr/-/person/p -owns-> x/-/bot/c\nx/-/bot/c -reads_secret-> x/-/place/f", ""},
		"somebody else":                 {"hr/-/person/q human hr.person\nhr/-/person/q -created-> x/-/place/f", ""},
		"leads who wrote it":            {"hr/-/person/q human hr.person\nhr/-/person/p -owns-> hr/-/person/q\nhr/-/person/q -created-> x/-/place/f", ""},
		"their own password":            {"x/-/user/u identity x.user person email=p@x.example\nx/-/key/own credential x.key\nx/-/key/own -authenticates-> x/-/user/u\nhr/-/person/p -reads_secret-> x/-/key/own", ""},
		"a circle":                      {"x/-/team/t group x.team\nhr/-/person/p -member_of-> x/-/team/t\nx/-/team/t -member_of-> x/-/team/t\nx/-/team/t -member_of-> x/-/team/s\nx/-/team/s group x.team\nx/-/team/s -member_of-> x/-/team/t", ""},
	} {
		s, g, o := read(t, base+c.more)
		p, _ := s.Find("hr/-/person/p")
		accounts := leaver.Accounts(o, map[int]bool{p: true})[p]
		var got []string
		for _, x := range leaver.Exposed(g, s, accounts) {
			who := []string{}
			for _, i := range x.Identities {
				who = append(who, s.Name(i))
			}
			place, via := "-", s.Name(x.Via)
			if x.Place >= 0 {
				place = s.Name(x.Place)
			}
			got = append(got, fmt.Sprintf("%s of %s in %s by %s", s.Name(x.Credential), strings.Join(who, "+"), place, via))
			if !slices.Contains(drover.Grades, x.Grade) {
				t.Errorf("%s: grade %q", name, x.Grade)
			}
		}
		if d := cmp.Diff(c.want, strings.Join(got, "; ")); d != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, d)
		}
	}
}
