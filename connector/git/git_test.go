package git_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/connector/git"
)

func scan(t testing.TB, dir string, options ...string) *connectortest.Result {
	t.Helper()
	config := map[string][]string{"paths": {dir}}
	for i := 0; i+1 < len(options); i += 2 {
		config[options[i]] = append(config[options[i]], options[i+1])
	}
	return connectortest.Collect(t, git.Connector, config)
}

// places lists "<alias of the credential's value> <name of the place>", sorted,
// for the values that are named.
func places(t testing.TB, r *connectortest.Result, values map[string]string) []string {
	t.Helper()
	names := map[string]string{}
	prints := drover.NewFingerprinter(connectortest.Key)
	for name, v := range values {
		names["secret:"+string(prints.Of([]byte(v)))] = name
	}
	byRef := map[drover.Ref]drover.Node{}
	for _, n := range r.Nodes {
		byRef[n.Ref] = n
	}
	var out []string
	for _, e := range r.Edges {
		if e.Kind != drover.EdgeStoredIn {
			continue
		}
		name := ""
		for _, a := range byRef[e.From].Aliases {
			name += names[a]
		}
		if name == "" {
			name = "unexpected " + byRef[e.From].Name
		}
		out = append(out, name+" "+byRef[e.To].Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// A secret is placed where it came in: through edits, moves, merges, removal and
// amendment.
func TestHistory(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			y := newYard(t, "--object-format="+format)
			v := map[string]string{"old": token("old"), "gone": githubToken("gone"), "aws": awsKeyID("1"), "side": token("side"), "amended": token("amended"), "tagged": token("tagged"), "stashed": token("stashed")}
			y.write("a.txt", "first\n")
			y.commit("first")
			y.write("conf/app.env", "x=1\nGITLAB_TOKEN="+v["old"]+"\n")
			y.write("gone.txt", "token = \""+v["gone"]+"\"\n")
			c2 := y.commit("secrets")
			y.write("conf/app.env", "# a line more\nx=1\nGITLAB_TOKEN="+v["old"]+"\n")
			y.git("rm", "-q", "gone.txt")
			y.commit("edit")
			y.git("mv", "conf", "config")
			c4 := y.commit("move")
			y.git("checkout", "-q", "-b", "side", "HEAD~2")
			y.write("side.yml", "deploy_token: "+v["side"]+"\n")
			c5 := y.commit("side")
			y.git("checkout", "-q", "main")
			y.git("merge", "-q", "--no-ff", "-m", "merge", "side")
			y.write("amend.txt", v["amended"]+"\n")
			y.commit("to be amended")
			y.write("amend.txt", "nothing\n")
			y.git("add", "-A")
			y.git("commit", "-q", "--amend", "-m", "amended")
			y.git("checkout", "-q", "--detach")
			y.write("tag.txt", "aws_access_key_id = "+v["aws"]+"\ntoken: "+v["tagged"]+"\n")
			c6 := y.commit("on a tag only")
			y.git("tag", "-a", "-m", "x", "v1")
			y.git("checkout", "-q", "main")
			want := []string{
				"aws tag.txt:1@" + c6[:12],
				"gone gone.txt:1@" + c2[:12],
				"old conf/app.env:2@" + c2[:12],
				"old config/app.env:3@" + c4[:12],
				"side side.yml:1@" + c5[:12],
				"tagged tag.txt:2@" + c6[:12],
			}
			for _, step := range [][]string{nil, {"gc", "-q", "--aggressive"}, {"pack-refs", "--all"}} {
				if step != nil {
					y.git(step...)
				}
				r := scan(t, y.dir, "reflogs", "false")
				if d := cmp.Diff(want, places(t, r, v)); d != "" {
					t.Errorf("after %v (-want +got):\n%s", step, d)
				}
				if got := r.Status(); got != drover.StatusOK {
					t.Errorf("status %s: %+v", got, r.Sections)
				}
				for _, n := range r.ByType("git.line") {
					head, known := n.Attrs.Bool("in_head")
					if want := strings.HasPrefix(n.Name, "config/") || strings.HasPrefix(n.Name, "side.yml"); head != want || !known {
						t.Errorf("%s: in_head %v", n.Name, head)
					}
				}
			}
		})
	}
}

// The connector keeps the contract, over a source with two clones, a fork and a
// bare repository.
func TestContract(t *testing.T) {
	y := newYard(t)
	canaries := []string{token("1"), githubToken("2"), token("dirty")}
	y.git("remote", "add", "origin", "https://ann:"+token("remote")+"@github.com/Example/Repo.git")
	y.write("CODEOWNERS", "* @example/platform ann@example.com\n/src/ @bob\n")
	y.write("a.env", "TOKEN="+canaries[0]+"\n")
	y.commit("one")
	y.write("b.env", "GH="+canaries[1]+"\n")
	y.who = canaries[0] + " <" + canaries[1] + "@example.com>"
	y.commit("two")
	y.write("uncommitted.env", "TOKEN="+canaries[2]+"\n")
	canaries = append(canaries, token("remote"))
	base := filepath.Dir(y.dir)
	y.git("clone", "-q", "--bare", y.dir, filepath.Join(base, "bare.git"))
	y.git("clone", "-q", y.dir, filepath.Join(base, "fork"))
	run(t, filepath.Join(base, "fork"), "remote", "set-url", "origin", "git@github.com:fork/repo.git")
	for i := range 40 {
		y.write(fmt.Sprintf("large%d", i), strings.Repeat(fmt.Sprint("large ", i, "\n"), 5000))
	}
	y.commit("large")
	connectortest.Run(t, connectortest.Case{Connector: git.Connector, Config: map[string][]string{"paths": {base}, "max_blob_size": {"20000"}}, Canaries: canaries})
}
