package engine_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/graph/owners"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/report/owner"
)

// A staff is who works somewhere: what an HR export says of people and teams.
type staff struct {
	people map[string]map[string]any // id -> attributes
	teams  map[string][]string       // name -> ids of people
	names  map[string]string         // of teams, where not the id's
}

func (s *staff) emit(out *connector.Out) {
	for id, attrs := range s.people {
		h := drover.Node{Ref: person(id), Kind: drover.KindHuman, Type: "hr.person", Name: id, Aliases: []string{"email:" + id + "@x.example"}, Attrs: drover.NewAttrs(attrs)}
		out.Node(h)
		if boss, ok := attrs["manager"].(string); ok {
			out.Edge(drover.Edge{From: person(boss), To: h.Ref, Kind: drover.EdgeOwns, Part: "manager"})
		}
	}
	for id, members := range s.teams {
		name := id
		if n := s.names[id]; n != "" {
			name = n
		}
		out.Node(drover.Node{Ref: squad(id), Kind: drover.KindGroup, Type: "hr.org_unit", Name: name})
		for _, m := range members {
			out.Edge(drover.Edge{From: person(m), To: squad(id), Kind: drover.EdgeMemberOf})
		}
	}
}

func person(id string) drover.Ref { return drover.NewRef("hr", "t", "person", id) }
func squad(id string) drover.Ref  { return drover.NewRef("hr", "t", "org_unit", id) }

func house() *staff {
	at := func(department, manager string) map[string]any {
		return map[string]any{"employment": "active", "department": department, "manager": manager}
	}
	return &staff{people: map[string]map[string]any{"ann": {"employment": "active", "department": "Board"}, "omar": at("BI", "ann"), "priya": at("BI", "omar"), "zoe": at("Sales", "ann")},
		teams: map[string][]string{"BI": {"omar", "priya"}, "Sales": {"zoe"}}, names: map[string]string{}}
}

// owns is an estate in which somebody owns each account.
func owns(s *staff, whose map[string]drover.Ref) func(context.Context, *connector.Out) error {
	return func(_ context.Context, out *connector.Out) error {
		s.emit(out)
		for id, who := range whose {
			out.Node(account(id))
			if who != "" {
				out.Edge(drover.Edge{From: who, To: account(id).Ref, Kind: drover.EdgeOwns})
			}
		}
		return nil
	}
}

// tasks are "kind subject who" of what must be done.
func (b *bench) tasks(t *testing.T) []string {
	t.Helper()
	list, _, err := b.OwnerTasks(context.Background(), "", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, x := range list {
		who := "-"
		if x.Who != nil {
			who = x.Who.Name
		}
		out = append(out, x.Kind+" "+x.Subject.Name+" "+who)
		if x.What == "" || x.Why == "" || x.By == nil || x.Command == "" || x.ID == "" || x.Grade == "" {
			t.Errorf("a task with a blank: %+v", x)
		}
		if !strings.Contains(x.What, x.Subject.Name) && x.Kind != engine.TaskRotate {
			t.Errorf("%s does not name %s", x.What, x.Subject.Name)
		}
	}
	slices.Sort(out)
	return out
}

// What changes around an owner asks for a confirmation in the same run, and the
// confirmation ends it.
func TestOwnerMoves(t *testing.T) {
	for name, c := range map[string]struct {
		owner  drover.Ref
		change func(s *staff)
		want   []string
		settle func(t *testing.T, b *bench) // what ends it
	}{
		"nothing": {person("priya"), func(*staff) {}, []string{}, nil},
		"left": {person("priya"), func(s *staff) { s.people["priya"]["employment"] = "leaver" }, []string{"hand_over svc-a omar"}, func(t *testing.T, b *bench) {
			must(t)(b.SetOwner(context.Background(), "svc-a", engine.OwnerDecision{Owner: "omar"}))
		}},
		"left and the manager too": {person("priya"), func(s *staff) { s.people["priya"]["employment"], s.people["omar"]["employment"] = "leaver", "leaver" }, []string{"hand_over svc-a ann"}, nil},
		"no longer listed":         {person("priya"), func(s *staff) { delete(s.people, "priya"); s.teams["BI"] = []string{"omar"} }, []string{}, nil}, // what a system said went with its end
		"department": {person("priya"), func(s *staff) { s.people["priya"]["department"] = "Sales" }, []string{"moved svc-a priya"}, func(t *testing.T, b *bench) {
			must(t)(b.ConfirmOwner(context.Background(), "svc-a"))
		}},
		"manager": {person("priya"), func(s *staff) { s.people["priya"]["manager"] = "zoe" }, []string{"moved svc-a priya"}, func(t *testing.T, b *bench) {
			must(t)(b.TransferOwner(context.Background(), "svc-a", "", engine.OwnerDecision{Owner: "zoe"}))
		}},
		"title":        {person("priya"), func(s *staff) { s.people["priya"]["title"] = "Lead" }, []string{}, nil},
		"renamed team": {squad("BI"), func(s *staff) { s.names["BI"] = "Insights" }, []string{"renamed svc-a Insights"}, func(t *testing.T, b *bench) { must(t)(b.ConfirmOwner(context.Background(), "svc-a")) }},
		"emptied team": {squad("BI"), func(s *staff) { s.people["priya"]["employment"], s.people["omar"]["employment"] = "leaver", "leaver" }, []string{"empty svc-a -"}, func(t *testing.T, b *bench) {
			must(t)(b.SetOwner(context.Background(), "svc-a", engine.OwnerDecision{Owner: "Sales", Deputy: "ann"}))
		}},
		"deserted team": {squad("BI"), func(s *staff) { s.teams["BI"] = nil }, []string{"empty svc-a -"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, "")
			s := house()
			whose := map[string]drover.Ref{"svc-a": c.owner, "svc-b": person("ann")}
			b.scan(t, owns(s, whose))
			if got := b.tasks(t); len(got) > 0 {
				t.Fatalf("before: %q", got)
			}
			b.clock.pass(time.Hour)
			c.change(s)
			b.scan(t, owns(s, whose))
			if d := cmp.Diff(c.want, b.tasks(t)); d != "" {
				t.Fatalf("want (-), got (+):\n%s", d)
			}
			if c.settle != nil {
				b.clock.pass(time.Hour)
				c.settle(t, b)
				if got := b.tasks(t); len(got) > 0 {
					t.Errorf("after: %q", got)
				}
			}
		})
	}
}

// A task has the risk that `risk` says of the same subject.
func TestOwnerTaskRisk(t *testing.T) {
	b := open(t, "")
	s := house()
	s.people["priya"]["employment"] = "leaver"
	b.scan(t, owns(s, map[string]drover.Ref{"svc-a": person("priya"), "svc-b": person("priya")}))
	list, _, err := b.OwnerTasks(t.Context(), "", time.Time{})
	if err != nil || len(list) != 2 {
		t.Fatalf("%d tasks, %v", len(list), err)
	}
	for _, x := range list {
		v, err := b.RiskOf(t.Context(), string(x.Subject.Ref), engine.RiskOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if x.Risk != v.Score.Total || x.Risk == 0 {
			t.Errorf("the task of %s says risk %d, risk says %d", x.Subject.Name, x.Risk, v.Score.Total)
		}
	}
}

// What an open finding needs of an owner is asked on their sheet, in plain words, by
// a day that its severity gives; what is accepted is not, nor what others must mend.
func TestOwnerSheetAsks(t *testing.T) {
	says := func(id string, s drover.Severity, of string) *check.Check {
		return &check.Check{ID: id, Title: id, Area: check.Credentials, Severity: s, Why: "x", How: "x", False: "x", Controls: []string{"NIST-800-53:AC-2(3)"}, Kinds: []drover.Kind{drover.KindIdentity}, Fix: []string{"review"}, Each: func(p *check.Pass, row int) {
			if p.Graph.Name(row) == of {
				p.Report(check.Hit{Row: row, What: p.Say(row) + " is it.", Evidence: []drover.FindingProof{check.Proof("x", "test", time.Time{}, "")}, Fix: remedy.Rotate(p.Estate, row)})
			}
		}}
	}
	b := openWith(t, "", says("longlived", drover.High, "svc-a"), says("soleowner", drover.Low, "svc-a"), says("adminequivalent", drover.Critical, "svc-b"))
	s := house()
	b.scan(t, owns(s, map[string]drover.Ref{"svc-a": person("priya"), "svc-b": person("omar")}))
	sheetOf := func(who string) *owner.Sheet {
		x, err := b.OwnerSheet(t.Context(), engine.SheetRequest{For: who, By: "Asha"})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	if x := sheetOf("priya"); x.Asked() != 0 {
		t.Fatalf("before any check: %+v", x.Items)
	}
	b.check(t)
	x := sheetOf("priya")
	if len(x.Items) != 1 || len(x.Items[0].Asks) != 2 || x.Items[0].Asks[0].Kind != owner.AskChange || x.Items[0].Asks[1].Kind != owner.AskDeputy {
		t.Fatalf("asked: %+v", x.Items)
	}
	if d := x.Items[0].Asks[1].By.Sub(x.Items[0].Asks[0].By); d != 23*drover.Day {
		t.Errorf("low is asked %s after high, want 23 days", d)
	}
	var text strings.Builder
	if err := x.Text(&text); err != nil || strings.Contains(text.String(), "Nothing needs you now") || owner.Grade(text.String()) > 8 || len(owner.Banned(text.String())) > 0 {
		t.Errorf("%v, grade %.1f, banned %q:\n%s", err, owner.Grade(text.String()), owner.Banned(text.String()), text.String())
	}
	if x := sheetOf("omar"); x.Asked() != 0 {
		t.Errorf("what others must mend is asked: %+v", x.Items)
	}
}

// What counts as owned in a report is what `owned=yes` lists: an owner who has left
// is a name, and no owner.
func TestOwnedFilter(t *testing.T) {
	b := open(t, "")
	s := house()
	s.people["priya"]["employment"], s.teams["Sales"] = "leaver", nil
	b.scan(t, owns(s, map[string]drover.Ref{"svc-a": person("priya"), "svc-b": person("ann"), "svc-c": "", "svc-d": squad("Sales")}))
	for filter, want := range map[string][]string{"owned=yes": {"svc-b"}, "owned=left": {"svc-a"}, "owned=never": {"svc-c"}, "owned=empty": {"svc-d"}, "verdict=nhi,shared -owned=yes": {"svc-a", "svc-c", "svc-d"}} {
		if d := cmp.Diff(want, b.names(t, filter)); d != "" {
			t.Errorf("%s: want (-), got (+):\n%s", filter, d)
		}
	}
	q := b.report(t, "four-questions").Questions.Owned
	if q.N != 1 || q.N != b.count(t, q.List) || q.Of-q.N != b.count(t, q.Rest) {
		t.Errorf("%d of %d; %q lists %d, %q lists %d", q.N, q.Of, q.List, b.count(t, q.List), q.Rest, b.count(t, q.Rest))
	}
}

// A decision outlives what it names: a person or a team that no list has any more is
// gone, and a team most of whose people are in another one became that.
func TestOwnerDelisted(t *testing.T) {
	for name, c := range map[string]struct {
		owner  string
		change func(s *staff)
		want   []string
		state  owners.Missing
	}{
		"person": {"zoe", func(s *staff) { delete(s.people, "zoe"); s.teams["Sales"] = []string{"ann"} }, []string{"hand_over svc-a -"}, owners.LeftCompany},
		"merged": {"BI", func(s *staff) {
			delete(s.teams, "BI")
			s.teams["Sales"] = []string{"omar", "priya", "zoe"}
			s.people["omar"]["department"], s.people["priya"]["department"] = "Sales", "Sales"
		}, []string{"renamed svc-a Sales"}, owners.EmptyGroup},
		"dissolved": {"BI", func(s *staff) { delete(s.teams, "BI") }, []string{"empty svc-a -"}, owners.EmptyGroup},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, "")
			s := house()
			whose := map[string]drover.Ref{"svc-a": ""}
			b.scan(t, owns(s, whose))
			must(t)(b.SetOwner(context.Background(), "svc-a", engine.OwnerDecision{Owner: c.owner}))
			b.clock.pass(time.Hour)
			c.change(s)
			b.scan(t, owns(s, whose))
			if d := cmp.Diff(c.want, b.tasks(t)); d != "" {
				t.Errorf("want (-), got (+):\n%s", d)
			}
			l, err := b.OwnerItems(context.Background(), engine.OwnerQuery{})
			if err != nil || len(l.Items) != 1 || l.Items[0].Missing != string(c.state) {
				t.Errorf("missing: %+v %v", l, err)
			}
			// All of it can still be handed over by its old name.
			if _, err := b.TransferOwner(context.Background(), "", string(map[bool]drover.Ref{true: person(c.owner), false: squad(c.owner)}[c.owner == "zoe"]), engine.OwnerDecision{Owner: "ann"}); err != nil {
				t.Error(err)
			}
			if got := b.tasks(t); len(got) > 0 {
				t.Errorf("after: %q", got)
			}
		})
	}
}

// The policy says how often an owner is confirmed, who takes over, and whom it names
// itself.
func TestOwnerPolicy(t *testing.T) {
	b := open(t, "ownership: {confirm_every: 30d, on_leaver: team}\nowners:\n  - {match: \"name:svc-p\", owner: \"team:sales\"}\n")
	s := house()
	whose := map[string]drover.Ref{"svc-a": person("priya"), "svc-p": ""}
	b.scan(t, owns(s, whose))
	if d := cmp.Diff([]string{"svc-p"}, b.names(t, "owner:sales")); d != "" {
		t.Errorf("by policy: %s", d)
	}
	b.clock.pass(31 * drover.Day)
	if d := cmp.Diff([]string{"confirm svc-a priya"}, b.tasks(t)); d != "" {
		t.Errorf("after a month, want (-), got (+):\n%s", d)
	}
	must(t)(b.ConfirmOwner(context.Background(), "svc-a"))
	if got := b.tasks(t); len(got) > 0 {
		t.Errorf("confirmed: %q", got)
	}
	b.clock.pass(31 * drover.Day)
	if d := cmp.Diff([]string{"confirm svc-a priya"}, b.tasks(t)); d != "" {
		t.Errorf("after another month, want (-), got (+):\n%s", d)
	}
	s.people["priya"]["employment"] = "leaver"
	b.scan(t, owns(s, whose))
	if d := cmp.Diff([]string{"hand_over svc-a BI"}, b.tasks(t)); d != "" {
		t.Errorf("to the team, want (-), got (+):\n%s", d)
	}
	// A decision stands before the policy's line.
	must(t)(b.SetOwner(context.Background(), "svc-p", engine.OwnerDecision{Owner: "ann"}))
	if d := cmp.Diff([]string{"svc-p"}, b.names(t, "owner:ann")); d != "" {
		t.Errorf("by decision: %s", d)
	}
}

// Decisions are history: each moment has its owner.
func TestOwnerAsOf(t *testing.T) {
	b := open(t, "")
	b.scan(t, owns(house(), map[string]drover.Ref{"svc-a": ""}))
	ctx := context.Background()
	var moments []time.Time
	names := []string{"", "ann", "omar", "BI"}
	for _, who := range names {
		if who != "" {
			must(t)(b.SetOwner(ctx, "svc-a", engine.OwnerDecision{Owner: who}))
		}
		b.clock.pass(time.Minute)
		moments = append(moments, b.clock.read())
		b.clock.pass(time.Minute)
	}
	for i, at := range moments {
		l, err := b.OwnerItems(ctx, engine.OwnerQuery{Filter: "svc-a", AsOf: at})
		if err != nil || len(l.Items) != 1 {
			t.Fatal(l, err)
		}
		got := ""
		if o := l.Items[0].Owner; o != nil {
			got = o.Name
		}
		if got != names[i] {
			t.Errorf("at %v: %q, want %q", at, got, names[i])
		}
	}
}

// Where nobody is known, an address can be named: nobody could say better.
func TestOwnerWithoutPeople(t *testing.T) {
	b := open(t, "")
	b.scan(t, func(_ context.Context, out *connector.Out) error { out.Node(account("svc-a")); return nil })
	ctx := context.Background()
	if _, err := b.SetOwner(ctx, "svc-a", engine.OwnerDecision{Owner: "Ann"}); err == nil || !strings.Contains(err.Error(), "no people or teams are known") {
		t.Errorf("a bare name: %v", err)
	}
	must(t)(b.SetOwner(ctx, "svc-a", engine.OwnerDecision{Owner: "Ann@X.example"}))
	if d := cmp.Diff([]string{"svc-a"}, b.names(t, "owner:ann@x.example")); d != "" {
		t.Error(d)
	}
	must(t)(b.SetOwner(ctx, "svc-a", engine.OwnerDecision{Owner: "team:payments"}))
	if d := cmp.Diff([]string{"svc-a"}, b.names(t, "owner=payments")); d != "" {
		t.Error(d)
	}
	if s, err := b.OwnerSheet(ctx, engine.SheetRequest{For: "team:payments"}); err != nil || len(s.Items) != 1 || !s.Team {
		t.Errorf("the sheet of a team that is on no list: %+v %v", s, err)
	}
}

func must(t *testing.T) func(*engine.OwnerChange, error) {
	return func(c *engine.OwnerChange, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}
