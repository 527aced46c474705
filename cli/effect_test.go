package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// account scans an account in which the user ci gets to all of it by one
// technique, and the user reader to one bucket on a condition.
func account(t *testing.T) (dir string) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "effects", "account.json"))
	if err != nil {
		t.Fatal(err)
	}
	dir = fresh(t)
	write(t, filepath.Join(dir, "exports", "account.json"), string(body))
	must(t, 0, "source", "add", "account", "aws", "path="+filepath.Join(dir, "exports"))
	must(t, 0, "scan")
	return dir
}

func ask[T any](t *testing.T, args ...string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(must(t, 0, append(args, "-o", "json")...)), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Every answer over the graph of effects has the fields that scripts read, is
// what its schema says, and is the same twice.
func TestEffectOutputs(t *testing.T) {
	dir := account(t)
	policy := write(t, filepath.Join(dir, "p.json"), `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}`)
	for name, args := range map[string][]string{
		"blast": {"blast-radius", "ci"}, "blasts": {"blast-radius", "--all"}, "paths": {"path", "--from", "ci", "--to", "tier0"}, "why": {"why", "ci", "jobs:iam:PassRole"},
		"who_can": {"who-can", "arn:aws:s3:::reports/q1.csv:s3:GetObject"}, "creators": {"creators", "ci"}, "deps": {"deps", "jobs"}, "cut": {"cut", "--to", "tier0"},
		"reach_diff": {"diff", "--reach"}, "reached": {"resources", "--to", "ci"}, "grants": {"access", "grants", "ci"},
		"simulate": {"access", "simulate", "--policy", policy, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::a/b"},
		"lint":     {"access", "lint", policy, "--attach", "reader"},
	} {
		out := must(t, 0, append(args, "-o", "json")...)
		if err := validate(name, []byte(out)); err != nil {
			t.Errorf("drover %s: %v", strings.Join(args, " "), err)
		}
		if again := must(t, 0, append(args, "-o", "json")...); again != out {
			t.Errorf("drover %s prints something else the second time", strings.Join(args, " "))
		}
		if table, errs, code := run(t, args...); code != 0 || table == "" || name != "simulate" && !strings.Contains(errs+table, "AWS service authorization reference") {
			t.Errorf("drover %s as a table: exit code %d, or it does not say how old the catalogue is\n%s%s", strings.Join(args, " "), code, table, errs)
		}
	}
}

// A list as JSON is all of it, or as much as was asked for.
func TestEffectLists(t *testing.T) {
	account(t)
	type list struct {
		Total int
		Items []json.RawMessage
	}
	for _, args := range [][]string{{"resources", "--to", "ci"}, {"access", "grants", "ci"}} {
		if v := ask[list](t, args...); v.Total == 0 || len(v.Items) != v.Total {
			t.Errorf("drover %s: %d items of %d", strings.Join(args, " "), len(v.Items), v.Total)
		}
		if v := ask[list](t, append(args, "--limit", "1")...); v.Total == 0 || len(v.Items) != 1 {
			t.Errorf("drover %s --limit 1: %d items of %d", strings.Join(args, " "), len(v.Items), v.Total)
		}
	}
}

type effectEdge struct{ Kind, Grade, Technique string }

func TestBlastRadius(t *testing.T) {
	account(t)
	v := ask[struct {
		Schema  string
		Subject struct{ Name string }
		Reach   struct {
			Resources, Tier0, Identities int
			ByLevel                      map[string]int `json:"by_level"`
		}
		Paths []struct {
			Nodes []struct{ Name string }
			Edges []effectEdge
			Hops  int
		}
		NotAnalysed []struct{ What, Why string } `json:"not_analysed"`
		Cut         struct {
			What   string
			Change json.RawMessage
		}
	}](t, "blast-radius", "ci")
	if v.Schema != "drover/v1/blast" || v.Subject.Name != "ci" || v.Reach.Tier0 == 0 || v.Reach.Identities < 2 || len(v.Paths) == 0 || len(v.NotAnalysed) == 0 || v.Cut.What == "" {
		t.Fatalf("got %+v", v)
	}
	if e := v.Paths[0].Edges; e[0].Technique != "lambda-001" || e[0].Kind != "escalates" || e[0].Grade != "proven" || v.Paths[0].Hops != len(e) {
		t.Errorf("the best path: %+v", v.Paths[0])
	}
	if n := ask[struct {
		Reach struct{ Tier0, Identities int }
	}](t, "blast-radius", "ci", "--max-hops", "1").Reach; n.Tier0 != 0 || n.Identities != 1 {
		t.Errorf("within one hop: %+v", n)
	}
	all := ask[struct {
		Paths []struct{ Nodes []struct{ Name string } }
	}](t, "path", "--from", "kind=identity", "--to", "tier0")
	begin := map[string]bool{}
	for _, p := range all.Paths {
		begin[p.Nodes[0].Name] = true
	}
	if !begin["jobs"] || !begin["ci"] { // the way of ci leads over jobs
		t.Errorf("paths of all begin at %v", begin)
	}
	for _, bad := range [][]string{{"--max-hops", "-1"}, {"--level", "root"}} {
		must(t, 2, append([]string{"blast-radius", "ci"}, bad...)...)
	}
	must(t, 5, "blast-radius", "nobody")
}

// why tells allow, deny and conditional apart, and says what does not exist.
func TestWhy(t *testing.T) {
	account(t)
	type answer struct {
		Decision  string
		Condition map[string]any
		Proof     []struct{ Ref, Statement, Effect, Text string }
		Via       []effectEdge
	}
	v := ask[answer](t, "why", "reader", "arn:aws:s3:::reports/q1.csv:s3:GetObject")
	if v.Decision != "conditional" || v.Condition["IpAddress"] == nil || len(v.Proof) != 1 || v.Proof[0].Statement != "Office (0)" || v.Proof[0].Effect != "allow" || len(v.Via) != 0 {
		t.Errorf("on a condition: %+v", v)
	}
	if v := ask[answer](t, "why", "reader", "arn:aws:s3:::other/x", "--action", "s3:GetObject"); v.Decision != "deny" || v.Condition != nil || len(v.Proof) == 0 || v.Proof[0].Text == "" {
		t.Errorf("denied: %+v", v)
	}
	if v := ask[answer](t, "why", "ci", "arn:aws:s3:::reports/q1.csv:s3:DeleteObject"); v.Decision != "allow" || len(v.Via) == 0 || v.Via[0].Technique != "lambda-001" {
		t.Errorf("by becoming another: %+v", v)
	}
	for _, c := range []struct {
		args []string
		says string
	}{{[]string{"why", "nobody", "arn:aws:s3:::x:s3:GetObject"}, "nobody"}, {[]string{"why", "ci", "arn:aws:s3:::x:s3:Frobnicate"}, "Frobnicate"}, {[]string{"who-can", "no-such-thing-anywhere"}, "no-such-thing-anywhere"}} {
		if _, errs, code := run(t, c.args...); code != 5 || !strings.Contains(errs, c.says) {
			t.Errorf("drover %s: exit code %d, %s", strings.Join(c.args, " "), code, errs)
		}
	}
}

// A cut that is made removes what it said, and nothing is touched by asking.
func TestCutAndWhatIf(t *testing.T) {
	dir := account(t)
	change := filepath.Join(dir, "change.json")
	type paths struct{ Paths []struct{ Hops int } }
	cut := ask[struct {
		Options []struct {
			Removes struct{ Tier0 struct{ Before, After int } }
		}
	}](t, "cut", "--from", "ci", "--to", "tier0", "--save", change)
	if len(cut.Options) == 0 || cut.Options[0].Removes.Tier0.After != 0 || cut.Options[0].Removes.Tier0.Before == 0 {
		t.Fatalf("got %+v", cut)
	}
	if n := len(ask[paths](t, "path", "--from", "ci", "--to", "tier0", "--with", change).Paths); n != 0 {
		t.Errorf("with the cut %d paths are left", n)
	}
	if n := len(ask[paths](t, "path", "--from", "ci", "--to", "tier0").Paths); n == 0 {
		t.Error("asking changed the estate")
	}
	diff := ask[struct {
		Items []struct {
			Name  string
			Tier0 [2]int
		}
	}](t, "diff", "--with", change)
	if len(diff.Items) != 1 || diff.Items[0].Name != "ci" || diff.Items[0].Tier0[0] == 0 || diff.Items[0].Tier0[1] != 0 {
		t.Errorf("whose reach shrinks: %+v", diff.Items)
	}
	for name, body := range map[string]string{"no JSON": "{", "unknown field": `{"schema":"drover/v1/change","delete":[]}`, "another schema": `{"schema":"drover/v2/change"}`, "nothing of that name": `{"remove":[{"ref":"nobody"}]}`} {
		bad := write(t, filepath.Join(dir, "bad.json"), body)
		if _, errs, code := run(t, "diff", "--with", bad); code != 2 && code != 5 || !strings.Contains(errs, "bad.json") && name != "nothing of that name" {
			t.Errorf("%s: exit code %d, %s", name, code, errs)
		}
	}
}

// lint fails with 10 exactly where a path to tier 0 is new.
func TestLint(t *testing.T) {
	dir := account(t)
	harmless := write(t, filepath.Join(dir, "harmless.json"), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/*"}]}`)
	opens := write(t, filepath.Join(dir, "opens.json"), `{"Version":"2012-10-17","Statement":[{"Sid":"Assume","Effect":"Allow","Action":["iam:PassRole","lambda:*"],"Resource":"*"}]}`)
	must(t, 0, "access", "lint", harmless)
	must(t, 0, "access", "lint", harmless, "--replace", "read-reports")
	must(t, 10, "access", "lint", opens)
	out := must(t, 10, "access", "lint", opens, "--replace", "read-reports", "-o", "json")
	var v struct {
		OK    bool
		Items []struct {
			Source, Target struct{ Name string }
			Path           struct{ Edges []effectEdge }
		}
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatal(err)
	}
	if v.OK || len(v.Items) == 0 || v.Items[0].Source.Name != "reader" || len(v.Items[0].Path.Edges) == 0 || v.Items[0].Path.Edges[0].Technique != "lambda-001" {
		t.Errorf("got %+v", v)
	}
	must(t, 0, "access", "lint", opens, "--attach", "builders") // who is in it had as much before
	must(t, 2, "access", "lint", opens, "--attach", "reader", "--replace", "read-reports")
	must(t, 2, "access", "lint", write(t, filepath.Join(dir, "none.json"), "hello"))
	must(t, 2, "access", "lint", write(t, filepath.Join(dir, "broken.json"), `{"Version":"2012-10-17","Statement":[{"Effect":"allow","Action":"s3:GetObject","Resource":"*"}]}`), "--attach", "reader")
	must(t, 5, "access", "lint", filepath.Join(dir, "absent.json"))
}

// simulate takes no store and no account.
func TestSimulate(t *testing.T) {
	dir := fresh(t)
	p := write(t, filepath.Join(dir, "p.json"), `{"Version":"2012-10-17","Statement":[{"Sid":"Get","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`)
	b := write(t, filepath.Join(dir, "b.json"), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`)
	base := []string{"access", "simulate", "--policy", p, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::b/k"}
	for want, more := range map[string][]string{"conditional": nil, "allow": {"--context", "aws:SecureTransport=true"}, "deny": {"--context", "aws:SecureTransport=true", "--boundary", b}} {
		if got := ask[struct{ Decision string }](t, append(base, more...)...).Decision; got != want {
			t.Errorf("with %v: %s, want %s", more, got, want)
		}
	}
	must(t, 2, "access", "simulate", "--policy", p)
	must(t, 2, append(base, "--context", "nonsense")...)
	must(t, 5, "access", "simulate", "--policy", filepath.Join(dir, "absent"), "--action", "s3:GetObject", "--resource", "*")
}

// What was so then is answered as it was then, and what differs since is named.
func TestEffectsAsOf(t *testing.T) {
	dir := account(t)
	then := must(t, 0, "blast-radius", "ci", "-o", "json", "--jq", "del(.not_analysed, .cut)")
	before := time.Now()
	path := filepath.Join(dir, "exports", "account.json")
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Millisecond)
	write(t, path, strings.Replace(string(body), `"Action": "iam:PassRole"`, `"Action": "iam:GetRole"`, 1))
	must(t, 0, "scan")
	at := before.Format(time.RFC3339Nano)
	if now := must(t, 0, "blast-radius", "ci", "-o", "json", "--jq", ".reach.tier0"); strings.TrimSpace(now) != "0" {
		t.Errorf("after the change ci reaches %s of tier 0", now)
	}
	if past := must(t, 0, "blast-radius", "ci", "-o", "json", "--jq", "del(.not_analysed, .cut)", "--as-of", at); past != then {
		t.Errorf("as of then, ci's blast radius is another one:\n%s", cmp.Diff(then, past))
	}
	type items struct {
		Items []struct {
			Name  string
			Tier0 [2]int
			Lost  []struct{ Type string } `json:"tier0_lost"`
		}
	}
	for _, args := range [][]string{{"diff", "--reach"}, {"diff", "--reach", "--from", at}} {
		v := ask[items](t, args...)
		if len(v.Items) != 1 || v.Items[0].Name != "ci" || v.Items[0].Tier0[0] == 0 || v.Items[0].Tier0[1] != 0 || len(v.Items[0].Lost) == 0 {
			t.Errorf("drover %s: %+v", strings.Join(args, " "), v)
		}
	}
}

// A store that nothing was scanned into has no answers: an empty one would read as
// good news.
func TestNothingScanned(t *testing.T) {
	fresh(t)
	for _, args := range [][]string{
		{"path", "--from", "ci", "--to", "tier0"}, {"cut", "--to", "tier0"}, {"blast-radius", "--all"}, {"who-can", "arn:aws:s3:::reports:s3:GetObject"}, {"resources", "--to", "ci"},
	} {
		if _, errs, code := run(t, args...); code != 5 || !strings.Contains(errs, "nothing was scanned") {
			t.Errorf("drover %s before any scan: exit code %d\n%s", strings.Join(args, " "), code, errs)
		}
	}
}

// Nor is there an answer for a time before the first scan.
func TestNothingScannedThen(t *testing.T) {
	account(t)
	if _, errs, code := run(t, "path", "--from", "ci", "--to", "tier0", "--as-of", "2001-02-03"); code != 5 || !strings.Contains(errs, "nothing had been scanned by 2001-02-03") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

// So would the answer for a name that nothing has.
func TestNothingCalledSo(t *testing.T) {
	account(t)
	for _, args := range [][]string{
		{"path", "--from", "nobody", "--to", "tier0"}, {"path", "--from", "ci", "--to", "nothing"}, {"cut", "--from", "nobody", "--to", "tier0"}, {"cut", "--to", "nothing"},
	} {
		if _, errs, code := run(t, args...); code != 5 || !strings.Contains(errs, "nothing is called") {
			t.Errorf("drover %s: exit code %d\n%s", strings.Join(args, " "), code, errs)
		}
	}
	for _, args := range [][]string{{"path", "--from", "env=none", "--to", "tier0"}, {"cut", "--from", "env=none", "--to", "tier0"}} {
		if out, errs, code := run(t, args...); code != 0 {
			t.Errorf("drover %s, a filter that keeps nothing: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
		}
	}
}

// What lies behind somebody whom one becomes is so many steps away, over them.
func TestReachedHops(t *testing.T) {
	account(t)
	v := ask[struct {
		Items []struct {
			Name string
			Type string
			Hops int
			Via  *struct{ Name string }
		}
	}](t, "resources", "--to", "ci")
	for _, x := range v.Items {
		if x.Type != "aws.account" {
			continue
		}
		p := ask[struct{ Paths []struct{ Hops int } }](t, "path", "--from", "ci", "--to", "type=aws.account")
		if x.Hops < 2 || x.Hops != p.Paths[0].Hops || x.Via == nil || x.Via.Name != "jobs" {
			t.Errorf("%+v; the path has %d hops", x, p.Paths[0].Hops)
		}
		return
	}
	t.Errorf("no account in %+v", v.Items)
}
