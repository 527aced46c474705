package git_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/git"
	"github.com/droverhq/drover/internal/realtest"
	"github.com/droverhq/drover/secret"
)

// corpus makes a repository in which the files of a folder come in one by one,
// are edited, moved and removed.
func corpus(t testing.TB, root string, most int) *yard {
	t.Helper()
	y := newYard(t)
	var b strings.Builder
	n, mark := 0, 0
	commit := func() {
		mark++
		fmt.Fprintf(&b, "commit refs/heads/main\ncommitter C <c@example.com> %d +0000\ndata 1\nx\n", 1700000000+mark*3600)
	}
	var names []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		if err != nil || !d.Type().IsRegular() || n >= most {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if n++; n%5 == 1 {
			commit()
		}
		name := fmt.Sprintf("%q", filepath.ToSlash(rel))
		fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", name, len(data), data)
		names = append(names, name)
		if n%7 == 0 { // an edit far from what is there: the file gets a line at its beginning
			text := "first line of a later version\n" + string(data)
			commit()
			fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", name, len(text), text)
		}
		if n%11 == 0 {
			commit()
			fmt.Fprintf(&b, "D %s\n", names[len(names)/2])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir, cmd.Stdin = y.dir, strings.NewReader(b.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return y
}

type peerFinding struct {
	RuleID, File, Secret, Commit string
	StartLine                    int
}

// Every secret that the gitleaks command finds in the history is found, in the
// same file, and is said to have come in with the first commit that gitleaks
// names; the rules of gitleaks find nothing else.
// Three differences are meant. The generic rule gives way to a rule of our own that
// knows the kind of the value: then that one has a finding in the same line. And
// rules that ask for nothing but a file's name hold for binary files too, which
// gitleaks passes over in a history. And of a key over many lines that a later commit
// changes in one, gitleaks sees that line only; here it is another key. DROVER_REPOS names repositories, separated by
// colons, in place of the one that is made of the corpora.
func TestEqualsGitleaks(t *testing.T) {
	peer := realtest.Gitleaks(t)
	if repos := os.Getenv("DROVER_REPOS"); repos != "" {
		for dir := range strings.SplitSeq(repos, ":") {
			t.Run(filepath.Base(dir), func(t *testing.T) { equalsGitleaks(t, peer, &yard{t: t, dir: dir}, 0) })
		}
		return
	}
	root := os.Getenv("DROVER_CORPUS")
	if root == "" {
		root = "../../../shared/data/secrets"
	}
	least := 100
	if _, err := os.Stat(root); err != nil {
		root, least = "../../connector", 20 // what this project has of its own
	}
	y := corpus(t, root, 4000)
	y.git("repack", "-q", "-a", "-d")
	equalsGitleaks(t, peer, y, least)
}

func equalsGitleaks(t *testing.T, peer string, y *yard, least int) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report.json")
	cmd := exec.Command(peer, "git", "--no-banner", "--exit-code", "0", "-f", "json", "-r", report, y.dir)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("run gitleaks: %v\n%s", err, out)
	}
	raw, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var found []peerFinding
	if err := json.Unmarshal(raw, &found); err != nil {
		t.Fatal(err)
	}
	if len(found) < least {
		t.Fatalf("gitleaks found %d: nothing was tested", len(found))
	}
	order := map[string]int{}
	for i, c := range strings.Fields(y.git("rev-list", "--reverse", "--topo-order", "--all")) {
		order[c] = i
	}
	prints := drover.NewFingerprinter(connectortest.Key)
	want := map[string]int{} // rule, file, fingerprint -> first commit
	line := map[string]string{}
	for _, f := range found {
		if f.Secret == "" { // the file is the secret: its content has a fingerprint here
			f.Secret = y.git("cat-file", "blob", f.Commit+":"+f.File)
		}
		key := f.RuleID + " " + f.File + " secret:" + string(prints.Of([]byte(f.Secret)))
		if at, ok := want[key]; !ok || order[f.Commit] < at {
			want[key] = order[f.Commit]
			line[key] = fmt.Sprintf("%s:%d@%s", f.File, f.StartLine, f.Commit)
		}
	}
	got, lines := ownFindings(t, y.dir, order)
	yielded, binary, edited := 0, 0, 0
	before := map[string]bool{} // rule and file
	for key := range want {
		place, _, _ := strings.Cut(key, " secret:")
		before[place] = true
	}
	var missing, extra, later []string
	for key, at := range want {
		switch mine, ok := got[key]; {
		case !ok && strings.HasPrefix(key, "generic-api-key ") && lines[line[key]]:
			yielded++
		case !ok:
			missing = append(missing, key)
		case mine != at:
			later = append(later, fmt.Sprintf("%s: commit %d, gitleaks %d", key, mine, at))
		}
	}
	for key := range got {
		if _, ok := want[key]; ok {
			continue
		}
		if strings.HasPrefix(key, "pkcs12-file ") {
			binary++
			continue
		}
		place, _, _ := strings.Cut(key, " secret:")
		if strings.HasPrefix(key, "private-key ") && before[place] {
			edited++
			continue
		}
		extra = append(extra, key)
	}
	slices.Sort(missing)
	slices.Sort(extra)
	t.Logf("gitleaks %d findings, %d secrets in files; here %d; missing %d, extra %d, other commit %d; %d of a kind that a rule of our own knows, %d binary key stores, %d keys of which a line was changed", len(found), len(want), len(got), len(missing), len(extra), len(later), yielded, binary, edited)
	if len(missing)+len(extra)+len(later) > 0 {
		t.Errorf("missing %q\nextra %q\nother commit %q", missing[:min(10, len(missing))], extra[:min(10, len(extra))], later[:min(10, len(later))])
	}
}

// ownFindings are those of the gitleaks rules: rule, file, fingerprint -> commit;
// and the places of all rules, "file:line@commit".
func ownFindings(t *testing.T, dir string, order map[string]int) (got map[string]int, lines map[string]bool) {
	t.Helper()
	theirs := map[string]bool{}
	for _, r := range secret.Gitleaks().Rules {
		theirs[r.ID] = true
	}
	r := connectortest.Collect(t, git.Connector, map[string][]string{"paths": {dir}, "worktree": {"false"}, "reflogs": {"false"}})
	if s := r.Status(); s != drover.StatusOK && s != drover.StatusPartial {
		t.Errorf("scan: %+v", r.Sections)
	}
	nodes := map[drover.Ref]drover.Node{}
	for _, n := range r.Nodes {
		nodes[n.Ref] = n
	}
	got, lines = map[string]int{}, map[string]bool{}
	for _, e := range r.Edges {
		if e.Kind != drover.EdgeStoredIn {
			continue
		}
		place := nodes[e.To]
		lines[place.Ref.ID()] = true
		if !theirs[e.Part] {
			continue
		}
		path, _, _ := strings.Cut(place.Ref.ID(), "@")
		path = path[:strings.LastIndexByte(path, ':')]
		for _, a := range nodes[e.From].Aliases {
			if strings.HasPrefix(a, "secret:") {
				got[e.Part+" "+path+" "+a] = order[place.Attrs.Str("commit")]
			}
		}
	}
	return got, lines
}
