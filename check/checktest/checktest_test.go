package checktest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/check/remedy"
	"github.com/droverhq/drover/graph/effective"
)

// oldkey asks whether a key's secret is older than 90 days.
var oldkey = &check.Check{
	ID: "oldkey", Title: "the secret is older than 90 days", Area: check.Credentials, Severity: drover.Medium, Controls: []string{"OWASP-NHI7:2025"},
	Why: "A copy that somebody made long ago still works.", How: "When the secret was last changed.", False: "Never.",
	Kinds: []drover.Kind{drover.KindCredential},
	Each: func(p *check.Pass, row int) {
		at, ok := p.Secret(row)
		if !ok || p.Off(row) || p.Now.Sub(at) < 90*drover.Day {
			return
		}
		p.Report(check.Hit{Row: row, What: fmt.Sprintf("%s holds a secret of %s.", p.Say(row), check.Day(at)),
			Evidence: []drover.FindingProof{check.Proof("changed on "+check.Day(at), "Rotated", time.Time{}, "")},
			Fix:      remedy.Rotate(p.Estate, row), Stops: []int{row}})
	},
}

func TestRun(t *testing.T) { Run(t, oldkey) }

// What the notation writes is what a check reads.
func TestEstate(t *testing.T) {
	e := Estate(t, `
document trust aws-iam {"Version":"2012-10-17"}
aws/1/iam.user/ci identity name="ci \"deploy\"" created=-400d attrs.path=/svc/ attrs.n=3 attrs.tags={"env":"prod"} attrs.document=@trust alias=arn:aws:iam::1:user/ci @tier=0
aws/1/iam.access_key/K credential rotated=-10d expires=+20d used=-3d by credential_report # a comment
aws/1/iam.access_key/K -authenticates-> aws/1/iam.user/ci part="x y" grade=inferred cond={"b":1,"a":[1, 2]}
never aws/1/iam.user/ci by report window=400d
label aws/1/iam.user/ci regulation=PCI,SOX by asha
github/acme/repo/r resource
github/acme/repo/r2 resource
same github/acme/repo/r github/acme/repo/r2
aws/1/iam.user/ci -owns-> arn:aws:s3:::b
{"node":{"ref":"hr/1/person/p","kind":"human","type":"hr.person","name":"P","attrs":{"employment":"leaver"}}}
hr/1/person/p -owns-> aws/1/iam.user/ci
`)
	row, ok := e.Graph.Find("aws/1/iam.user/ci")
	if !ok {
		t.Fatal("the user is no row")
	}
	n, f := e.Graph.Node(row), e.Graph.Facts(row)
	if n.Name != `ci "deploy"` || n.Type != "aws.iam.user" || !n.Created.Equal(Now.AddDate(0, 0, -400)) || n.Attrs.Str("path") != "/svc/" || n.Attrs.Str("tags", "env") != "prod" {
		t.Errorf("node: %+v", n)
	}
	if f.Tier != 0 || f.Env != "prod" || f.Owner != "P" || f.Credentials != 1 || len(f.Regulation) != 2 || f.Lifecycle != drover.LifecycleOrphaned {
		t.Errorf("facts: %+v", f)
	}
	if u, _ := e.Graph.Use(row); u.NeverWindow != 400*drover.Day {
		t.Errorf("use: %+v", u)
	}
	if !strings.HasPrefix(n.Attrs.Str("document"), "sha256:") {
		t.Error("the document's hash is not in the attributes")
	}
	for h := range e.Graph.In(row) {
		if x := e.Graph.Edge(h.Edge); h.Kind == drover.EdgeAuthenticates && (x.Part != "x y" || x.Grade != drover.GradeInferred || string(x.Cond) != `{"a":[1,2],"b":1}`) {
			t.Errorf("edge: %+v", x)
		}
	}
	if r, _ := e.Graph.Find("github/acme/repo/r2"); !e.Graph.IsMember(r) {
		t.Error("r2 is no member of r")
	}
}

func TestEffects(t *testing.T) {
	toy := &effective.System{Name: "a", Load: func(_ context.Context, in *effective.Input) (*effective.Model, error) {
		return &effective.Model{Edges: func(yield func(effective.Edge) bool) {
			yield(effective.Edge{From: 0, To: 1, Kind: drover.EdgeCanAssume, Move: true, Grade: drover.GradeProven})
		}}, nil
	}}
	text := "-- graph --\na/1/u/x identity\na/1/u/y identity @tier=0\n"
	if e := Estate(t, text, Systems(toy)); e.Effects != nil {
		t.Error("effects were not asked for")
	}
	e := Estate(t, text+"-- effects --\non\n", Systems(toy))
	if s, ok := e.Standing(0); !ok || s.Tier0 != 1 {
		t.Errorf("standing of x: %+v, %t", s, ok)
	}
}

func TestParseErrors(t *testing.T) {
	for _, bad := range []string{"x", "a/b/c identity", "a/1/u/x nothing", "a/1/u/x identity color=red", "a/1/u/x identity @color=red\nnever a/1/u/x by", "a/1/u/x identity used=-3d",
		"a/1/u/x identity created=soon", "a/1/u/x identity\na/1/u/x identity", "a/1/u/x -likes-> a/1/u/y", "label a/1/u/x k", "same a/1/u/x a/1/u/y", "{", `{"node":{}}`, `a/1/u/x identity name="`} {
		if _, err := parse(bad); err == nil {
			t.Errorf("parse(%q) is no error", bad)
		}
	}
	n, err := parse("a/1/u/x identity @color=red")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.estate(&options{}); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("an unknown fact: %v", err)
	}
}

func TestUnquoted(t *testing.T) {
	for in, want := range map[string]string{`a 'b c' d`: "a  d", `a 'b'\''c' d`: "a  d", `'a' b`: " b"} {
		if got := unquoted(in); got != want {
			t.Errorf("unquoted(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a/1/u/x identity name=\"y\" attrs.k={\"a\":1}\na/1/u/x -owns-> b:c cond={}\nnever a/1/u/x by s window=1d")
	f.Add("0 -> 0")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parse(text)
		if err != nil || len(n.nodes) > 50 {
			return
		}
		_, _ = n.estate(&options{})
	})
}
