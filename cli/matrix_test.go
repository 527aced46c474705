package cli_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/cli"
	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/serve"
)

// A way is one command of the matrix: how it is run, and what is compared.
type way struct {
	args  string // after drover; words with spaces stand in ''
	forms string // formats beside the table, such as "json csv ndjson"
	acts  bool   // it changes something: it is done in two homes that are alike
	code  int    // exit code, both ways
	words bool   // its error has other words over a server
}

const (
	asList   = "json csv ndjson"
	asObject = "json"
)

// ways are the commands that a server answers, by their words. {idn} and the like
// stand for what is in the estate.
var ways = map[string][]way{
	"list": {
		{args: "list", forms: asList + " cyclonedx"}, {args: "list --all", forms: "md name yaml"}, {args: "list 'nhi_type=service_account risk>=10' --sort -risk", forms: asList}, {args: "list credentials --limit 7", forms: asList + " cyclonedx"}, {args: "list humans -o cyclonedx", code: 2}, {args: "list -o mermaid", code: 2}, {args: "why svc-bi-export {reached} -o mermaid", code: 2},
		{args: "list humans", forms: asObject}, {args: "list groups", forms: asObject}, {args: "list roles", forms: asObject}, {args: "list resources", forms: asList}, {args: "list workloads", forms: asObject}, {args: "list policies", forms: asObject},
		{args: "list places", forms: asObject}, {args: "list vendors", forms: asObject}, {args: "list nodes --limit 5 -o wide", forms: "name"}, {args: "list edges", forms: asList}, {args: "list documents", forms: asObject}, {args: "list unseen", forms: asObject},
		{args: "list name=nobody-is-called-so", forms: asList}, {args: "list --summary", forms: asObject}, {args: "list --as-of 7d", forms: asList}, {args: "list --summary --as-of 30d", forms: asObject}, {args: "list 'env=prod last_used>90d' --explain-filter"},
		{args: "list --fields id,name --limit 3", forms: asList}, {args: "list --limit 3 --jq .items[].name"},
		{args: "list env=", code: 2}, {args: "list nosuchfield=1", code: 2}, {args: "list --sort nosuchfield", code: 2}, {args: "list edges --sort name", code: 2}, {args: "list --as-of 2999-01-01", code: 2}, {args: "list --limit -1", code: 2}, {args: "list --as-of 1999-01-01"},
	},
	"show":         {{args: "show svc-bi-export", forms: asObject}, {args: "show {human}", forms: asObject}, {args: "show {credential}", forms: asObject}, {args: "show {resource}", forms: asObject}, {args: "show svc-bi-export --as-of 14d", forms: asObject}, {args: "show nobody-is-called-so", code: 5}},
	"diff":         {{args: "diff", forms: "json csv"}, {args: "diff --since 30d", forms: "json csv"}, {args: "diff svc-bi-export --since 90d", forms: asObject}, {args: "diff --reach --since 30d", forms: "json csv"}, {args: "diff --with change.json", forms: asObject}, {args: "diff nobody-is-called-so", code: 5}, {args: "diff --with nosuch.json", code: 5}},
	"blast-radius": {{args: "blast-radius svc-bi-export", forms: asObject + " mermaid"}, {args: "blast-radius --all -o mermaid", code: 2}, {args: "blast-radius svc-bi-export -o csv", code: 2}, {args: "blast-radius svc-bi-export --level write --max-hops 2", forms: asObject}, {args: "blast-radius --all", forms: "json csv"}, {args: "blast-radius nobody-is-called-so", code: 5}},
	"path":         {{args: "path --from svc-bi-export --to tag:tier0", forms: asObject + " mermaid"}, {args: "path --from nobody-is-called-so --to tag:tier0", code: 5}, {args: "path --from svc-bi-export --to env=", code: 2}},
	"cut":          {{args: "cut --from svc-bi-export --to tag:tier0", forms: asObject}},
	"why":          {{args: "why svc-bi-export {reached}", forms: asObject}, {args: "why nobody-is-called-so {resource}", code: 5}},
	"who-can":      {{args: "who-can {reached}", forms: asObject}, {args: "who-can nobody-is-called-so", code: 5}},
	"creators":     {{args: "creators svc-bi-export", forms: asObject + " mermaid"}},
	"deps":         {{args: "deps svc-bi-export", forms: asObject + " mermaid"}},
	"resources":    {{args: "resources --to svc-bi-export", forms: "json csv"}},
	"access grants": {
		{args: "access grants svc-bi-export", forms: "json csv"},
		{args: "access grants nobody-is-called-so", code: 5},
	},
	"finding list":          {{args: "finding list", forms: asList + " sarif ocsf junit html md"}, {args: "finding list state=accepted", forms: asList}, {args: "finding list --min-severity high --sort -last_seen", forms: asList}, {args: "finding list --as-of 7d", forms: asList}, {args: "finding list --fail-on critical", code: 10}, {args: "finding list nosuchfield=1", code: 2}, {args: "finding list --sort nosuchfield", code: 2}},
	"finding show":          {{args: "finding show {finding}", forms: asObject}, {args: "finding show F-NOTHING1", code: 5}},
	"finding export":        {{args: "finding export out.sarif"}, {args: "finding export", code: 2}},
	"finding accept":        {{args: "finding accept {finding} --reason 'replaced in Q1' --approver grace --until 30d", acts: true}, {args: "finding accept F-NOTHING1 --reason 'replaced in Q1' --approver grace --until 30d", acts: true, code: 5}, {args: "finding accept {other} {third} --reason 'replaced in Q1' --approver grace --until 30d", acts: true, forms: ""}},
	"finding reopen":        {{args: "finding reopen {finding} --reason again", acts: true}, {args: "finding reopen {fourth}", acts: true, code: 6}},
	"finding assign":        {{args: "finding assign {finding} --to team-bi", acts: true}},
	"fix list":              {{args: "fix list", forms: "json csv"}},
	"fix show":              {{args: "fix show {fix}", forms: asObject}, {args: "fix show X-NOTHING1", code: 5}},
	"explain":               {{args: "explain {finding}", forms: asObject}, {args: "explain svc-bi-export", forms: asObject}, {args: "explain stalekey", forms: asObject}, {args: "explain nobody-is-called-so", code: 5}},
	"check":                 {{args: "check", forms: "json sarif", acts: true}, {args: "check stalekey noexpiry -o json", acts: true}, {args: "check --as-of 7d", forms: "json sarif csv"}, {args: "check stalekey --as-of 7d", forms: "json"}, {args: "check nosuchcheck --as-of 7d", code: 5}, {args: "check --fail-on critical", acts: true, code: 10}, {args: "check nosuchcheck", acts: true, code: 5}},
	"report inventory":      {{args: "report inventory", forms: "json md csv"}, {args: "report inventory --as-of 14d", forms: "json"}},
	"report posture":        {{args: "report posture", forms: "json md csv"}},
	"report executive":      {{args: "report executive", forms: "json md"}},
	"report four-questions": {{args: "report four-questions", forms: "json md"}},
	"risk":                  {{args: "risk", forms: "json csv"}, {args: "risk svc-bi-export", forms: asObject}, {args: "risk svc-bi-export --since 30d", forms: asObject}, {args: "risk --by owner", forms: "json csv"}, {args: "risk nobody-is-called-so", code: 5}},
	"policy list":           {{args: "policy list", forms: asList}},
	"policy lint":           {{args: "policy lint", forms: asList}},
	"policy test":           {{args: "policy test", forms: asObject}},
	"policy explain":        {{args: "policy explain svc-bi-export", forms: asObject}},
	"owner list":            {{args: "owner list", forms: asList}, {args: "owner list --all", forms: asList}},
	"owner suggest":         {{args: "owner suggest", forms: asList}, {args: "owner suggest svc-bi-export", forms: asList}},
	"owner unowned":         {{args: "owner unowned", forms: asList}},
	"owner tasks":           {{args: "owner tasks", forms: asList}},
	"owner set":             {{args: "owner set svc-bi-export {human}", acts: true}, {args: "owner set nobody-is-called-so {human}", acts: true, code: 5}, {args: "owner set svc-bi-export nobody-is-called-so", acts: true, code: 5}, {args: "owner set 'nhi_type=bot env=prod' {human} -o json", acts: true}, {args: "owner set env= {human}", acts: true, code: 2}, {args: "owner set name=nobody-is-called-so {human}", acts: true, code: 5}},
	"owner confirm":         {{args: "owner confirm svc-bi-export", acts: true}, {args: "owner confirm 'nhi_type=bot env=prod'", acts: true}},
	"owner transfer":        {{args: "owner transfer svc-bi-export {otherhuman} --reason moved -o json", acts: true}},
	"tag":                   {{args: "tag svc-bi-export team=bi reviewed", acts: true}, {args: "tag svc-bi-export reviewed- -o json", acts: true}, {args: "tag nobody-is-called-so a=b", acts: true, code: 5}, {args: "tag svc-bi-export owner=me", acts: true, code: 2}},
	"source list":           {{args: "source list", forms: asList}},
	"source add":            {{args: "source add extra file paths=people.csv mapping=hr", acts: true}, {args: "source add extra nosuchkind", acts: true, code: 2}},
	"source test":           {{args: "source test extra", acts: true}, {args: "source test nosuch", acts: true, code: 5, words: true}},
	"source disable":        {{args: "source disable extra", acts: true}},
	"source enable":         {{args: "source enable extra -o json", acts: true}},
	"source remove":         {{args: "source remove extra --yes", acts: true}, {args: "source remove nosuch --yes", acts: true, code: 5, words: true}},
	"source perms":          {{args: "source perms aws", forms: asObject}, {args: "source perms nosuch", code: 5, words: true}},
	"scan":                  {{args: "scan --dry-run demo.ad", forms: asList}, {args: "scan demo.ad", acts: true}, {args: "scan demo.ad --check -o json", acts: true}},
	"store size":            {{args: "store size", forms: asObject}},
	"user list":             {{args: "user list", forms: asList}},
	"user add":              {{args: "user add ann --email ann@example.com --grant auditor -o json", acts: true}, {args: "user add ci --machine --grant responder", acts: true}},
	"user grant":            {{args: "user grant ann engineer:env=prod", acts: true}, {args: "user grant nobody auditor", acts: true, code: 5}},
	"user remove":           {{args: "user remove ann --yes -o json", acts: true}},
	"view list":             {{args: "view list", forms: asList}},
	"view show":             {{args: "view show unowned", forms: asObject}, {args: "view show nosuchview", code: 5}},
	"view run":              {{args: "view run unowned", forms: asList}, {args: "list @due-30d", forms: asList}, {args: "view run public-leak severity=critical,high", forms: asList}, {args: "view run nosuchview", code: 5}},
	"view save":             {{args: "view save 'Old agents' identities nhi_type=ai_agent --sort -risk", acts: true}, {args: "view save Wrong findings nosuchfield=1", acts: true, code: 2}},
	"view share":            {{args: "view share 'Old agents' org", acts: true}, {args: "view share unowned org", acts: true, code: 4}},
	"view watch":            {{args: "view watch 'Old agents' -o json", acts: true}, {args: "view watch unowned", acts: true}, {args: "view watch nosuchview", acts: true, code: 5}},
	"view unwatch":          {{args: "view unwatch unowned", acts: true}, {args: "view unwatch unowned", acts: true, code: 5}},
	"view delete":           {{args: "view delete nosuchview", acts: true, code: 5}, {args: "view delete 'Old agents'", acts: true}},
	"token create":          {{args: "token create nightly --user ci --expires 30d -o json", acts: true}, {args: "token create nightly --user nobody", acts: true, code: 5}},
	"token list":            {{args: "token list", forms: asList}},
	"token revoke":          {{args: "token revoke t-nosuch", acts: true, code: 5}},
	"audit":                 {{args: "audit --action tag.", forms: asList}},
	"audit verify":          {{args: "audit verify", forms: asObject}},
	"audit cut":             {{args: "audit cut --older-than 3000d --yes", acts: true}, {args: "audit cut --before 2999-01-01 --yes", acts: true, code: 2}, {args: "audit cut --yes", acts: true, code: 2}},
}

// apart are the commands that are not in the matrix, each with why. Those that are
// refused over a server end with 2; the others have nothing to do with one.
var apart = map[string]struct {
	why  string
	args string // "": it does not look at servers
}{
	"access lint":      {"reads a policy in a file of this machine", "access lint change.json"},
	"access simulate":  {"evaluates files of this machine and asks no estate", ""},
	"owner sheet":      {"writes pages and mails where the store is", "owner sheet team-bi"},
	"report owner":     {"writes pages and mails where the store is", "report owner team-bi"},
	"interview new":    {"writes files where the store is", "interview new"},
	"interview import": {"reads a file of this machine", "interview import people.csv"},
	"store backup":     {"copies the store of this machine", "store backup x.backup"},
	"store restore":    {"replaces the store of this machine", ""},
	"store compact":    {"works on the store of this machine", "store compact --keep 400d --yes"},
	"store verify":     {"reads a file of this machine", ""},
	"store export":     {"reads the store of this machine whole", "store export x.jsonl"},
	"store import":     {"fills the store of this machine", "store import x.jsonl"},
	"up":               {"is a server itself", "up --no-browser"},
	"serve":            {"is a server itself", "serve"},
	"login-link":       {"is for who works on the server's computer", "login-link"},
	"demo load":        {"takes a minute; TestDemoByServer in its place", ""},
	"demo reset":       {"as demo load", ""},
	"demo remove":      {"as demo load", ""},
	"demo generate":    {"writes files and asks no estate", ""},
	"doctor":           {"looks at this machine", ""},
	"init":             {"writes drover.yaml", ""},
	"config view":      {"looks at the configuration of this machine", ""},
	"version":          {"is about this program", ""},
	"man":              {"is about this program", ""},
	"schemas":          {"is about this program", ""},
	"reference":        {"is about this program", ""},
	"completion":       {"is about this program", ""},
	"help":             {"is about this program", ""},
}

// Every command has its place in the matrix, and the matrix has no other.
func TestMatrixIsWhole(t *testing.T) {
	all := cli.Commands(binary)
	for _, c := range all {
		_, in := ways[c]
		_, out := apart[c]
		if in == out {
			t.Errorf("drover %s: in the matrix %v, apart from it %v", c, in, out)
		}
	}
	for c := range ways {
		if !slices.Contains(all, c) {
			t.Errorf("the matrix has %q, which is no command", c)
		}
	}
	for c := range apart {
		if !slices.Contains(all, c) && c != "help" {
			t.Errorf("apart from the matrix is %q, which is no command", c)
		}
	}
}

// A twin is a home that is asked in process and one like it that a server has.
type twin struct {
	t      *testing.T
	here   string // data directory without a server
	served string
	url    string
	words  *strings.Replacer
}

// Every command prints the same and ends alike, in process and over a server. What
// reads is asked of one store both ways; what changes something is done to two that
// were alike.
func TestMatrix(t *testing.T) {
	w := newTwin(t)
	n := 0
	for _, command := range order(ways) {
		for _, x := range ways[command] {
			forms := append([]string{""}, strings.Fields(x.forms)...)
			for _, form := range forms {
				args := w.args(x.args)
				if form != "" {
					args = append(args, "-o", form)
				}
				n++
				if x.acts {
					w.act(x, args)
				} else {
					w.read(x, args)
				}
			}
		}
	}
	for c, x := range apart {
		if x.args == "" {
			continue
		}
		n++
		if _, errs, code := w.over(w.args(x.args)); code != 2 || !strings.Contains(errs, "--server") {
			t.Errorf("drover %s over a server: exit code %d, want 2: %s", c, code, errs)
		}
	}
	for _, args := range []string{"blast-radius svc-bi-export --with change.json", "audit verify --heads x.jsonl"} {
		n++
		if _, errs, code := w.over(w.args(args)); code != 2 || !strings.Contains(errs, "--server") {
			t.Errorf("drover %s over a server: exit code %d, want 2: %s", args, code, errs)
		}
	}
	t.Logf("%d command lines of %d commands both ways; %d commands apart", n, len(ways), len(apart))
}

// order are the commands so that those that need what others made come later.
func order(ways map[string][]way) []string {
	rank := []string{"check", "finding accept", "finding reopen", "source add", "source test", "source disable", "source enable", "source remove", "owner set", "owner confirm", "owner transfer", "tag", "scan", "user add", "user grant", "token create", "user remove", "token revoke", "view save", "view share", "view watch", "view unwatch", "view delete"}
	all := slices.Sorted(func(yield func(string) bool) {
		for c := range ways {
			if !slices.Contains(rank, c) && !yield(c) {
				return
			}
		}
	})
	return append(all, rank...)
}

func newTwin(t *testing.T) *twin {
	dir := fresh(t)
	for _, v := range []string{"DROVER_SERVER", "DROVER_PROFILE", "DROVER_TOKEN", "DROVER_CA_FILE"} {
		t.Setenv(v, "")
	}
	w := &twin{t: t, here: filepath.Join(dir, "here"), served: filepath.Join(dir, "served")}
	t.Setenv("DROVER_HOME", w.here)
	must(t, 0, "demo", "load", "--size", "4", "-q")
	must(t, 0, "check", "-o", "json")
	w.serve(w.here)() // whom a server notes when it begins is there on both sides
	if err := os.CopyFS(w.served, os.DirFS(w.here)); err != nil {
		t.Fatal(err)
	}
	w.words = names(t)
	must(t, 0, "cut", "--from", "svc-bi-export", "--to", "tag:tier0", "--save", "change.json", "-o", "json")
	write(t, "x.jsonl", "")
	write(t, "people.csv", "employee_id,first_name,last_name,email,status\nE1,Ana,Diaz,ana.diaz@acme.test,active\n")
	stop := w.serve(w.served)
	t.Cleanup(stop)
	w.url = "unix://" + filepath.Join(w.served, local.Socket)
	return w
}

// names are things of the estate that the matrix speaks of.
func names(t *testing.T) *strings.Replacer {
	first := func(field string, args ...string) []string {
		var out []string
		for id := range strings.FieldsSeq(must(t, 0, append(args, "--jq", ".items[]."+field)...)) {
			out = append(out, strings.Trim(id, `"`))
		}
		if len(out) < 4 {
			t.Fatalf("%v has too little", args)
		}
		return out
	}
	findings, fix, humans := first("id", "finding", "list", "severity=medium"), first("id", "fix", "list")[0], first("ref", "owner", "list")
	return strings.NewReplacer("{finding}", findings[0], "{other}", findings[1], "{third}", findings[2], "{fourth}", findings[3], "{fix}", fix,
		"{human}", humans[0], "{otherhuman}", humans[1], "{credential}", first("id", "list", "credentials")[0], "{resource}", first("id", "list", "resources")[0], "{reached}", first("ref", "resources", "--to", "svc-bi-export")[0])
}

// serve runs the server of one home in this process, as `drover up` does, and
// returns what ends it.
func (w *twin) serve(home string) func() {
	ctx, stop := context.WithCancel(context.Background())
	ready, done := make(chan cli.Served, 1), make(chan error, 1)
	with := binary
	with.Serve = func(ctx context.Context, s cli.Serving) error {
		s.Ready = func(v cli.Served) { ready <- v }
		return serve.Run(ctx, s)
	}
	w.t.Setenv("DROVER_HOME", home)
	go func() {
		var out strings.Builder
		code := cli.Run(ctx, with, []string{"up", "--no-browser", "--listen", "127.0.0.1:0"}, strings.NewReader(""), &out, &out)
		done <- fmt.Errorf("the server ended with %d: %s", code, out.String())
	}()
	select {
	case err := <-done:
		stop()
		w.t.Fatal(err)
	case <-ready:
	}
	return func() { stop(); <-done }
}

// args are the words of a command line.
func (w *twin) args(text string) []string {
	var out []string
	for i, part := range strings.Split(w.words.Replace(text), "'") {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}

func (w *twin) over(args []string) (out, errs string, code int) {
	w.t.Setenv("DROVER_HOME", filepath.Join(w.here, "nothing"))
	return run(w.t, append([]string{"--server", w.url, "--no-input"}, args...)...)
}

func (w *twin) inProcess(home string, args []string) (out, errs string, code int) {
	w.t.Setenv("DROVER_HOME", home)
	return run(w.t, append([]string{"--no-input"}, args...)...)
}

// read asks one store both ways. Ages move on while it is asked, so that what
// differs is asked again.
func (w *twin) read(x way, args []string) {
	w.t.Helper()
	var diff string
	for range 2 {
		want, wantErrs, code := w.inProcess(w.served, args)
		got, errs, gotCode := w.over(args)
		if code != x.code || gotCode != code {
			w.t.Errorf("drover %s: exit code %d in process, %d over a server, want %d\n%s%s", strings.Join(args, " "), code, gotCode, x.code, wantErrs, errs)
			return
		}
		if settled(want) != settled(got) {
			diff = cmp.Diff(timeless(want), timeless(got))
		}
		if diff == "" {
			if code != 0 && code != 10 && !x.words && told(wantErrs) != told(errs) {
				w.t.Errorf("drover %s:\n in process: %s\n over a server: %s", strings.Join(args, " "), wantErrs, errs)
			}
			return
		}
	}
	w.t.Errorf("drover %s (-in process +over a server):\n%.3000s", strings.Join(args, " "), diff)
}

// act does a thing in both homes.
func (w *twin) act(x way, args []string) {
	w.t.Helper()
	want, wantErrs, code := w.inProcess(w.here, args)
	got, errs, gotCode := w.over(args)
	if code != x.code || gotCode != code {
		w.t.Errorf("drover %s: exit code %d in process, %d over a server, want %d\n%s%s", strings.Join(args, " "), code, gotCode, x.code, wantErrs, errs)
	}
	if diff := cmp.Diff(timeless(want), timeless(got)); diff != "" {
		w.t.Errorf("drover %s (-in process +over a server):\n%.3000s", strings.Join(args, " "), diff)
	}
	if code == gotCode && code != 0 && code != 10 && !x.words && told(wantErrs) != told(errs) {
		w.t.Errorf("drover %s:\n in process: %s\n over a server: %s", strings.Join(args, " "), wantErrs, errs)
	}
}

var (
	took    = regexp.MustCompile(`"(took_ms|seconds)": ?[0-9.e-]+|\bin [0-9.]+ ?m?s\b`)
	moments = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z| UTC)?`)
	ages    = regexp.MustCompile(`\b\d+[sm]\b`)
	gaps    = regexp.MustCompile(` {2,}`)
	drawn   = regexp.MustCompile(`\b(t-|u-|view_|drv[a-z]*_|scan_|s-|sc_)[0-9A-Za-z_]{8,}|"id":"[0-9A-Za-z_-]{10,}"|as scan \S+`)
)

// settled is an output without how long it took.
func settled(s string) string { return took.ReplaceAllString(s, "TOOK") }

// timeless is one without moments, ages under an hour, and what is drawn.
func timeless(s string) string {
	s = gaps.ReplaceAllString(ages.ReplaceAllString(s, "AGE"), " ")
	return drawn.ReplaceAllString(moments.ReplaceAllString(settled(s), "MOMENT"), "DRAWN")
}

// told is the error of a command, without hints.
func told(errs string) string {
	for line := range strings.Lines(errs) {
		if strings.HasPrefix(line, "drover: error: ") || strings.HasPrefix(line, `{"schema":"drover/v1/error"`) {
			return line
		}
	}
	return ""
}
