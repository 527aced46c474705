package owners_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
	"github.com/droverhq/drover/classify/owner"
	"github.com/droverhq/drover/graph/owners"
)

const house = `
hr/-/person/1 human hr.person "Ann Lee" email=ann@x.example employment=active
hr/-/person/2 human hr.person "Omar Kaya" email=omar@x.example employment=active
hr/-/person/3 human hr.person "Priya Nair" email=priya@x.example employment=leaver
hr/-/person/4 human hr.person "Zoe Wu" email=zoe@x.example employment=leaver
hr/-/person/5 human hr.person "Solo Ng" email=solo@x.example employment=active
hr/-/person/6 human hr.person "Lone Ray" email=lone@x.example employment=leaver
hr/-/person/5 -owns-> hr/-/person/6 part=manager
hr/-/person/1 -owns-> hr/-/person/2 part=manager
hr/-/person/2 -owns-> hr/-/person/3 part=manager
hr/-/person/3 -owns-> hr/-/person/4 part=manager
gh/-/team/bi group github.team "team-bi" slug=team-bi alias=git-team:github.com/acme/team-bi
gh/-/team/pay group github.team "Payments"
gh/-/team/old group github.team "Old Crew"
gh/-/team/bare group github.team "Bare"
hr/-/person/2 -member_of-> gh/-/team/bi
hr/-/person/3 -member_of-> gh/-/team/bi
hr/-/person/1 -member_of-> gh/-/team/pay
hr/-/person/4 -member_of-> gh/-/team/old
`

func TestCurrent(t *testing.T) {
	e := estate(t, house+`
k/-/namespace/pay resource kubernetes.namespace "pay"
gh/-/team/pay -owns-> k/-/namespace/pay grade=declared
k/-/sa/a identity kubernetes.service_account "a"
k/-/namespace/pay -contains-> k/-/sa/a
k/-/token/a credential kubernetes.token "t"
k/-/token/a -authenticates-> k/-/sa/a
k/-/sa/b identity kubernetes.service_account "b"
k/-/namespace/pay -contains-> k/-/sa/b
label k/-/sa/b owner=hr/-/person/1 owner.state=confirmed owner.at=2026-11-01T00:00:00Z owner.deputy=hr/-/person/2
k/-/sa/c identity kubernetes.service_account "c"
hr/-/person/3 -owns-> k/-/sa/c
hr/-/person/2 -owns-> k/-/sa/c grade=declared
k/-/sa/d identity kubernetes.service_account "d"
?email:new@x.example -owns-> k/-/sa/d
k/-/sa/e identity kubernetes.service_account "e"
k/-/sa/a -owns-> k/-/sa/e
k/-/sa/f identity kubernetes.service_account "f"
label k/-/sa/f owner=team:payments by="policy drover.yaml:3"
k/-/sa/g identity kubernetes.service_account "g"
hr/-/person/3 -owns-> k/-/sa/g
k/-/sa/h identity kubernetes.service_account "h"
gh/-/team/old -owns-> k/-/sa/h
k/-/sa/i identity kubernetes.service_account "i"
gh/-/team/bare -owns-> k/-/sa/i
k/-/sa/j identity kubernetes.service_account "j"
gh/-/team/bi -owns-> k/-/sa/j path=/x/ proof=CODEOWNERS:1
`)
	for ref, want := range map[string]struct {
		name    string
		how     owners.How
		missing owners.Missing
		from    string
		over    string
	}{
		"k/-/sa/a":    {"Payments", owners.Inherited, owners.Unconfirmed, "pay", ""},
		"k/-/token/a": {"Payments", owners.Inherited, owners.Unconfirmed, "pay", ""},
		"k/-/sa/b":    {"Ann Lee", owners.Decided, owners.Owned, "", "Payments"},
		"k/-/sa/c":    {"Omar Kaya", owners.Said, owners.Unconfirmed, "", "Priya Nair"},
		"k/-/sa/d":    {"new@x.example", owners.Said, owners.Unconfirmed, "", ""},
		"k/-/sa/e":    {"", "", owners.Never, "", ""},
		"k/-/sa/f":    {"Payments", owners.Policy, owners.Owned, "", ""},
		"k/-/sa/g":    {"Priya Nair", owners.Said, owners.LeftCompany, "", ""},
		"k/-/sa/h":    {"Old Crew", owners.Said, owners.EmptyGroup, "", ""},
		"k/-/sa/i":    {"Bare", owners.Said, owners.EmptyGroup, "", ""},
		"k/-/sa/j":    {"", "", owners.Never, "", ""},
	} {
		missing, o := e.Missing(row(t, e, ref), 180*drover.Day)
		name, from, over := e.Name(o.Party), "", []string{}
		if o.From >= 0 {
			from = e.Snapshot().Name(o.From)
		}
		for _, p := range o.Overrides {
			over = append(over, e.Name(p))
		}
		if name != want.name || o.How != want.how || missing != want.missing || from != want.from || strings.Join(over, " ") != want.over {
			t.Errorf("%s: %q %q %q from %q over %q, want %+v", ref, name, o.How, missing, from, over, want)
		}
	}
	if _, o := e.Missing(row(t, e, "k/-/sa/b"), 0); e.Name(o.Deputy) != "Omar Kaya" || o.State != "confirmed" || o.By != "asha" {
		t.Errorf("decision: %+v", o)
	}
}

// Circles of what contains what end.
func TestCurrentCircle(t *testing.T) {
	e := estate(t, `
a/-/application/1 identity a.application "one"
a/-/application/2 identity a.application "two"
a/-/application/1 -contains-> a/-/application/2
a/-/application/2 -contains-> a/-/application/1
a/-/application/1 -contains-> a/-/application/1
`)
	if o, ok := e.Current(0); ok {
		t.Errorf("an owner out of nothing: %+v", o)
	}
}

func TestFind(t *testing.T) {
	e := estate(t, house+`
gh/-/team/two group github.team "bi"
`)
	for text, want := range map[string]string{
		"hr/-/person/1": "Ann Lee", "ann@x.example": "Ann Lee", "ANN@X.example": "Ann Lee", "email:omar@x.example": "Omar Kaya", "@acme/team-bi": "team-bi", "team:payments": "Payments", "Payments": "Payments",
		"payments": "Payments", "Ann Lee": "Ann Lee", "team:bi": "", "": "", "k/-/none/1": "", "@": "",
	} {
		p, _ := e.Find(text)
		if got := e.Name(p); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if _, near := e.Find("Paymets"); cmp.Diff([]string{"Payments"}, near) != "" {
		t.Errorf("near Paymets: %q", near)
	}
	if _, near := e.Find("omar.k@y.example"); cmp.Diff([]string{"Omar Kaya"}, near) != "" {
		t.Errorf("near omar.k: %q", near)
	}
}

func TestPeople(t *testing.T) {
	e := estate(t, house+`
okta/-/user/1 human okta.user "Deprovisioned" status=DEPROVISIONED
entra/-/user/1 human entra.user "Off" accountEnabled=false
hr/-/person/9 human hr.person "Gone by date" end_date=2026-01-01
hr/-/person/8 human hr.person "Not known"
`)
	for ref, want := range map[string]classify.State{"hr/-/person/1": classify.No, "hr/-/person/3": classify.Yes, "okta/-/user/1": classify.Yes, "entra/-/user/1": classify.Yes, "hr/-/person/9": classify.Yes, "hr/-/person/8": classify.StateUnknown} {
		if got := e.Left(row(t, e, ref)); got != want {
			t.Errorf("%s left: %v, want %v", ref, got, want)
		}
	}
	if m, ok := e.Manager(row(t, e, "hr/-/person/4")); !ok || e.Snapshot().Name(m) != "Omar Kaya" {
		t.Errorf("the manager of somebody whose manager left is %d", m) // the next one up
	}
	active, left := e.Members(row(t, e, "gh/-/team/bi"))
	if len(active) != 1 || left != 1 {
		t.Errorf("members %v, %d left", active, left)
	}
}

// Each signal alone names whom it should.
func TestSignals(t *testing.T) {
	base := house + "x/-/user/1 identity x.user \"exporter\"\n"
	repo := `
git/h/repository/r resource git.repository "github.com/acme/r"
gh/-/team/pay -owns-> git/h/repository/r except=/bi/old/none/ proof=CODEOWNERS:1
gh/-/team/bi -owns-> git/h/repository/r part=/bi/ path=/bi/ except=/bi/old/none/ proof=CODEOWNERS:4
hr/-/person/1 -owns-> git/h/repository/r part=/bi/old/ path=/bi/old/ except=/bi/old/none/ proof=CODEOWNERS:5
`
	for name, c := range map[string]struct {
		more, want string
		kind       owner.Kind
	}{
		"team tag":            {"x/-/user/1 identity x.user \"exporter\" tag.Team=payments", "Payments", owner.Tag},
		"owner tag, a list":   {`x/-/user/1 identity x.user "exporter" tag.owner="ann@x.example"`, "Ann Lee", owner.Tag},
		"leaver in tag":       {"x/-/user/1 identity x.user \"exporter\" tag.owner=lone@x.example", "Solo Ng", owner.Manager},
		"creator":             {"hr/-/person/5 -created-> x/-/user/1 proof=cloudtrail", "Solo Ng", owner.Creator},
		"creator's team":      {"hr/-/person/1 -created-> x/-/user/1 proof=cloudtrail", "Payments", owner.MakersTeam},
		"leaver's team":       {"hr/-/person/3 -created-> x/-/user/1 proof=cloudtrail", "team-bi", owner.MakersTeam},
		"creator by address":  {"?email:solo@x.example -created-> x/-/user/1", "Solo Ng", owner.Creator},
		"creator who left":    {"hr/-/person/6 -created-> x/-/user/1", "Solo Ng", owner.Manager},
		"code owners":         {repo + "git/h/repository/r -created-> x/-/user/1 part=bi/deploy.yaml", "team-bi", owner.CodeOwners},
		"last match wins":     {repo + "git/h/repository/r -created-> x/-/user/1 part=bi/old/x.yaml", "Ann Lee", owner.CodeOwners},
		"whole repository":    {repo + "git/h/repository/r -created-> x/-/user/1", "Payments", owner.CodeOwners},
		"leak":                {repo + "s/-/key/1 credential x.key k\ngit/h/place/1 place git.line bi/x.py:3 path=bi/x.py\ns/-/key/1 -authenticates-> x/-/user/1\ns/-/key/1 -stored_in-> git/h/place/1\ngit/h/repository/r -contains-> git/h/place/1", "team-bi", owner.Leak},
		"author":              {"s/-/key/1 credential x.key k\ngit/h/place/1 place git.line bi/x.py:3 path=bi/x.py\ns/-/key/1 -authenticates-> x/-/user/1\ns/-/key/1 -stored_in-> git/h/place/1\n?email:omar@x.example -created-> git/h/place/1", "Omar Kaya", owner.Author},
		"last author":         {"s/-/key/1 credential x.key k\ngit/h/place/1 place git.line bi/x.py:3 path=bi/x.py last_author_email=Omar@x.example\ns/-/key/1 -authenticates-> x/-/user/1\ns/-/key/1 -stored_in-> git/h/place/1", "Omar Kaya", owner.Author},
		"manager of objects":  {"k/-/argo/1 workload argo.cd_app app\ngh/-/team/bi -owns-> k/-/argo/1\nk/-/argo/1 -created-> x/-/user/1", "team-bi", owner.State},
		"code of the manager": {repo + "k/-/argo/1 workload argo.cd_app app\ngit/h/repository/r -created-> k/-/argo/1 part=bi/app\nk/-/argo/1 -created-> x/-/user/1", "team-bi", owner.State},
		"name":                {"x/-/user/1 identity x.user \"svc-payments-sync\"", "Payments", owner.Name},
		"function":            {"x/-/user/1 identity x.user \"exporter\" function=payment", "Payments", owner.Function},
		"namespace":           {"k/-/namespace/n resource kubernetes.namespace n tag.team=team-bi\nk/-/namespace/n -contains-> x/-/user/1", "team-bi", owner.Namespace},
		"namespace's name":    {"k/-/namespace/n resource kubernetes.namespace payments-prod\nk/-/namespace/n -contains-> x/-/user/1", "Payments", owner.Name},
		"member":              {"x/-/user/1 -member_of-> gh/-/team/bi", "team-bi", owner.Member},
		"workload":            {"k/-/pod/1 workload kubernetes.deployment d\ngh/-/team/bi -owns-> k/-/pod/1\nk/-/pod/1 -runs_as-> x/-/user/1", "team-bi", owner.Workload},
		"peers": {`x/-/user/1 identity x.user "svc-ledger-c"
x/-/user/2 identity x.user "svc-ledger-a"
x/-/user/3 identity x.user "svc-ledger-b"
label x/-/user/2 owner=gh/-/team/bi
gh/-/team/bi -owns-> x/-/user/3`, "team-bi", owner.Peers},
	} {
		e := estate(t, strings.Replace(base, "x/-/user/1 identity x.user \"exporter\"\n", "", map[bool]int{true: 1, false: 0}[strings.Contains(c.more, "x/-/user/1 identity")])+c.more)
		got := e.Suggest(row(t, e, "x/-/user/1"), nil)
		if len(got) == 0 {
			t.Errorf("%s: nobody", name)
			continue
		}
		if who := e.Name(e.Party(got[0].Who)); who != c.want || got[0].Reasons[0].Kind != c.kind {
			t.Errorf("%s: %s by %s (%s), want %s by %s", name, who, got[0].Reasons[0].Kind, got[0].Reasons[0].Text, c.want, c.kind)
		}
		for _, s := range got {
			for _, r := range s.Reasons {
				if r.Text == "" || r.Source == "" || r.Grade == "" {
					t.Errorf("%s: a signal without its text, source or grade: %+v", name, r)
				}
			}
		}
	}
}

// Of several in one line whoever is named in fewest lines is meant most.
func TestCodeOwnersOfEverything(t *testing.T) {
	e := estate(t, house+`
x/-/user/1 identity x.user "exporter"
git/h/repository/r resource git.repository "github.com/acme/r"
gh/-/team/pay -owns-> git/h/repository/r proof=CODEOWNERS:1
gh/-/team/pay -owns-> git/h/repository/r part=/a/ path=/a/ proof=CODEOWNERS:2
gh/-/team/pay -owns-> git/h/repository/r part=/b/ path=/b/ proof=CODEOWNERS:3
hr/-/person/2 -owns-> git/h/repository/r part=/b/ path=/b/ proof=CODEOWNERS:3
git/h/repository/r -created-> x/-/user/1 part=b/x.yaml
`)
	got := e.Suggest(row(t, e, "x/-/user/1"), nil)
	if len(got) != 2 || e.Name(e.Party(got[0].Who)) != "Omar Kaya" {
		t.Errorf("%+v", got)
	}
}

func TestNothingSpeaks(t *testing.T) {
	e := estate(t, house+"x/-/user/1 identity x.user \"exporter\"\n")
	if got := e.Suggest(row(t, e, "x/-/user/1"), nil); len(got) != 0 {
		t.Errorf("out of nothing: %+v", got)
	}
	// A later line of CODEOWNERS without owners takes paths out of the earlier ones.
	e = estate(t, house+`
x/-/user/1 identity x.user "exporter"
git/h/repository/r resource git.repository "github.com/acme/r"
gh/-/team/pay -owns-> git/h/repository/r except=/none/ proof=CODEOWNERS:1
git/h/repository/r -created-> x/-/user/1 part=none/x.yaml
`)
	if got := e.Suggest(row(t, e, "x/-/user/1"), nil); len(got) != 0 {
		t.Errorf("taken out: %+v", got)
	}
	// One who has left is never a candidate.
	e = estate(t, house+"x/-/user/1 identity x.user \"exporter\"\nhr/-/person/4 -created-> x/-/user/1\ngh/-/team/old -owns-> x/-/user/1\n")
	for _, s := range e.Suggest(row(t, e, "x/-/user/1"), nil) {
		if n := e.Name(e.Party(s.Who)); n == "Zoe Wu" || n == "Old Crew" {
			t.Errorf("%s is suggested", n)
		}
	}
}

// Names out of scanned systems are hostile.
func TestHostileNames(t *testing.T) {
	for _, name := range []string{"\x1b[31mx", strings.Repeat("a-", 5000), "\xff\xfe", "=cmd()", "", "team", "@", "a/b/c", "\u202e"} {
		b := strings.NewReplacer("team-bi", "x").Replace(house)
		e := estate(t, b)
		p, near := e.Find(name)
		_, _ = p, near
		e.Suggest(0, nil)
		owner.Words(name)
	}
}
