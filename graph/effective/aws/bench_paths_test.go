package aws

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/connector/connectortest"
	"github.com/droverhq/drover/graph/effective"
)

// A truth is what is known to be possible in a laboratory.
type truth struct {
	Scenario string
	PathID   string `json:"path_id"`
	Target   string
	Nodes    []struct {
		ID, SubType, ARN string
		IsAdmin          bool
		IsTarget         bool
	}
	Edges []struct {
		From, To string
		FromARN  string `json:"from_arn"`
		ToARN    string `json:"to_arn"`
		Action   string
	}
	Missing []string `json:"arns_not_in_snapshot"`
}

// start is the first principal of the path that the laboratory holds.
func (t *truth) start() string {
	for _, e := range t.Edges {
		if e.FromARN != "" && !slices.Contains(t.Missing, e.FromARN) {
			return e.FromARN
		}
	}
	return ""
}

// moves are the effects that a taker goes on from: ours, and what runs as a role.
func (l *lab) moves() map[uint32][]effective.Edge {
	out := map[uint32][]effective.Edge{}
	for _, e := range l.edges {
		if e.Move {
			out[e.From] = append(out[e.From], e)
		}
	}
	for i := range l.in.Edges() {
		if e := l.in.Edge(i); e.Kind == drover.EdgeRunsAs {
			from, to := l.in.Ends(i)
			out[uint32(from)] = append(out[uint32(from)], effective.Edge{From: uint32(from), To: uint32(to), Kind: e.Kind, Move: true})
		}
	}
	return out
}

// reach is what follows from holding a row: rows, and the edges between them.
func (l *lab) reach(from uint32) (map[uint32]bool, []effective.Edge) {
	moves, seen, queue := l.moves(), map[uint32]bool{from: true}, []uint32{from}
	var used []effective.Edge
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range moves[at] {
			used = append(used, e)
			if !seen[e.To] {
				seen[e.To] = true
				queue = append(queue, e.To)
			}
		}
	}
	return seen, used
}

// success tells whether a laboratory's path is found: from its start to the
// account, or to a bucket, by the technique that it is known by.
func (l *lab) success(t *truth, technique string) bool {
	from, ok := l.named(t.start())
	if !ok {
		return false
	}
	seen, used := l.reach(from)
	if technique != "" && !slices.ContainsFunc(used, func(e effective.Edge) bool { return e.Technique == technique && l.leads(e, t) }) {
		return false
	}
	return l.attained(seen, t)
}

// leads reports whether an edge is one whose end the path needs.
func (l *lab) leads(e effective.Edge, t *truth) bool {
	seen, _ := l.reach(e.To)
	return l.attained(seen, t)
}

func (l *lab) attained(seen map[uint32]bool, t *truth) bool {
	for row := range seen {
		if int(row) < l.in.Len() && l.in.Type(int(row)) == "aws.account" {
			return true
		}
	}
	if t.Target != "to-bucket" {
		return false
	}
	for _, n := range t.Nodes {
		bucket, ok := l.named(n.ARN)
		if !n.IsTarget || !ok {
			continue
		}
		for row := range seen {
			if f, ok := l.model.Profile(row); ok {
				for touch := range l.model.Touch(f) {
					if touch.Row == bucket && touch.Level == access.LevelRead {
						return true
					}
				}
			}
		}
	}
	return false
}

// named finds what a truth calls by an ARN. Truths write functions with a slash,
// and leave out the suffix that makes the name of a bucket unique.
func (l *lab) named(arn string) (uint32, bool) {
	if row, ok := l.row(strings.Replace(arn, ":function/", ":function:", 1)); ok {
		return row, true
	}
	for i := range l.in.Seen() {
		if l.in.Type(i) == "aws.s3.bucket" && strings.HasPrefix("arn:aws:s3:::"+l.in.Name(i), arn+"-") {
			return uint32(i), true
		}
	}
	return 0, false
}

// laboratories are the folders that hold a truth.
func laboratories(t testing.TB) (dirs []string) {
	root := shared(t, "iam", "privesc", "pathfinding-labs-snapshots")
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "truth.json" {
			dirs = append(dirs, filepath.Dir(p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

func readTruth(t testing.TB, dir string) *truth {
	b, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var tr truth
	if err := json.Unmarshal(b, &tr); err != nil {
		t.Fatal(err)
	}
	return &tr
}

// techniqueOf is the technique of a truth, "" where it has none of the catalogue.
func techniqueOf(t *truth) *technique {
	for i := range techniques {
		if techniques[i].id == t.PathID {
			return &techniques[i]
		}
	}
	return nil
}

// A score is what is found of what there is.
type score struct {
	paths, found               int
	twins, loud                int
	statements, idle           int
	missed, false, idleExample []string
}

// try asks for one laboratory, its twins, and its proofs.
func (s *score) try(t testing.TB, name string, w world, tr *truth) {
	l := evaluate(t, snapshot(w.Result))
	s.paths++
	id := ""
	tech := techniqueOf(tr)
	if tech != nil {
		id = tech.id
	}
	if !l.success(tr, id) {
		s.missed = append(s.missed, name)
		return
	}
	s.found++
	if tech == nil {
		return
	}
	s.twinsOf(t, name, w, tr, tech, l)
	s.proofsOf(t, name, w, tr, tech, l)
}

// takers are the principals from whom the technique's edge starts.
func (l *lab) takers(tr *truth, id string) (out []effective.Edge) {
	from, _ := l.named(tr.start())
	_, used := l.reach(from)
	for _, e := range used {
		if e.Technique == id && l.leads(e, tr) {
			out = append(out, e)
		}
	}
	return out
}

// twinsOf changes each permission that the technique takes in three ways. A trust
// policy that names the taker makes sts:AssumeRole of its own superfluous, so its
// removal there is no twin.
func (s *score) twinsOf(t testing.TB, name string, w world, tr *truth, tech *technique, l *lab) {
	taker := l.in.Ref(int(l.takers(tr, tech.id)[0].From))
	for _, action := range tech.public().Needs {
		if action == "sts:AssumeRole" && !s.needsOwn(t, w, taker, tr, tech) {
			s.twin(t, name+": "+action+" denied", w.deny(taker, action), tr, tech)
			continue
		}
		s.twin(t, name+": without "+action, w.remove(taker, action), tr, tech)
		s.twin(t, name+": "+action+" denied", w.deny(taker, action), tr, tech)
		for _, c := range falsehoods {
			s.twin(t, fmt.Sprintf("%s: %s if %v", name, action, c), w.falsify(taker, action, c), tr, tech)
		}
	}
}

// needsOwn reports whether the taker could assume nothing without sts:AssumeRole
// in its own policies: no trust policy names it.
func (s *score) needsOwn(t testing.TB, w world, taker drover.Ref, tr *truth, tech *technique) bool {
	arns := []string{}
	for _, n := range w.Nodes {
		if n.Ref == taker {
			arns = append(arns, n.Aliases...)
		}
	}
	for _, n := range w.Nodes {
		if body := w.body(n.Attrs.Str("trust_document")); body != "" {
			for _, a := range arns {
				if strings.HasPrefix(a, "arn:") && strings.Contains(body, `"`+a+`"`) {
					return false
				}
			}
		}
	}
	return true
}

func (s *score) twin(t testing.TB, name string, w world, tr *truth, tech *technique) {
	s.twins++
	l := evaluate(t, snapshot(w.Result))
	if l.success(tr, tech.id) {
		s.loud++
		s.false = append(s.false, name)
	}
}

// proofsOf deletes each statement that a proof of the technique's edge names.
func (s *score) proofsOf(t testing.TB, name string, w world, tr *truth, tech *technique, l *lab) {
	for _, e := range l.takers(tr, tech.id) {
		for _, p := range e.Proof {
			index, ok := statementIndex(p.Statement)
			if p.Ref == "" || !ok || p.Ref.Unseen() { // AWS's own policies are not the account's to change
				continue
			}
			s.statements++
			after := evaluate(t, snapshot(w.withoutStatement(p.Ref, index).Result))
			if after.same(l, e) {
				s.idle++
				s.idleExample = append(s.idleExample, fmt.Sprintf("%s: %s %s of %s", name, e.Technique, p.Statement, p.Ref))
			}
		}
	}
}

// same reports whether another lab has an edge under the same condition.
func (l *lab) same(o *lab, e effective.Edge) bool {
	return slices.ContainsFunc(l.edges, func(x effective.Edge) bool {
		return l.name(x.From) == o.name(e.From) && l.name(x.To) == o.name(e.To) && x.Kind == e.Kind && x.Technique == e.Technique && string(x.Cond) == string(e.Cond)
	})
}

func (s *score) report(t testing.TB) {
	t.Logf("%d of %d paths found (recall %.3f); %d of %d twins still show the path; %d of %d statements named in proofs decide nothing",
		s.found, s.paths, float64(s.found)/float64(max(s.paths, 1)), s.loud, s.twins, s.idle, s.statements)
	for _, list := range [][]string{s.missed, s.false, s.idleExample} {
		for _, x := range list[:min(len(list), 20)] {
			t.Log("  ", x)
		}
	}
}

// Every path of the laboratories is found, no twin shows it, and every statement
// named in a proof decides.
func TestLaboratories(t *testing.T) {
	var s score
	for _, dir := range laboratories(t) {
		s.try(t, filepath.Base(dir), world{scan(t, dir)}, readTruth(t, dir))
	}
	s.report(t)
	if float64(s.found) < 0.95*float64(s.paths) || s.loud > 0 || s.idle > 0 {
		t.Errorf("want a recall of 0.95, and no twin and no idle statement")
	}
}

// BenchmarkPaths prints how much of the laboratories is found, and what it costs.
func BenchmarkPaths(b *testing.B) {
	dirs := laboratories(b)
	var s score
	worlds := map[string]*connectortest.Result{}
	for _, dir := range dirs {
		worlds[dir] = scan(b, dir)
		s.try(b, filepath.Base(dir), world{worlds[dir]}, readTruth(b, dir))
	}
	s.report(b)
	b.ReportMetric(float64(s.found)/float64(s.paths), "recall")
	b.ReportMetric(float64(s.loud), "false")
	b.ReportMetric(float64(s.twins), "twins")
	for b.Loop() {
		for _, dir := range dirs {
			evaluate(b, snapshot(worlds[dir]))
		}
	}
}

// merged are all laboratories as two accounts, with what each says of resources.
func merged(t testing.TB) (*lab, []*truth) {
	t.Helper()
	root := shared(t, "iam", "privesc", "pathfinding-labs-snapshots")
	dir := t.TempDir()
	put := func(from, to string) {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	details, err := filepath.Glob(filepath.Join(root, "_combined", "gaad-*.json"))
	if err != nil || len(details) == 0 {
		t.Fatalf("no merged accounts: %v", err)
	}
	for _, f := range details {
		put(f, filepath.Base(f))
	}
	var truths []*truth
	for i, d := range laboratories(t) {
		truths = append(truths, readTruth(t, d))
		put(filepath.Join(d, "resources.json"), fmt.Sprintf("resources-%02d.json", i))
	}
	return open(t, dir), truths
}

// In the merged accounts the same paths are found, and whoever is no part of any
// takes over nothing.
func TestMergedLaboratories(t *testing.T) {
	l, truths := merged(t)
	found, part := 0, map[string]bool{}
	for _, tr := range truths {
		id := ""
		if tech := techniqueOf(tr); tech != nil {
			id = tech.id
		}
		if l.success(tr, id) {
			found++
		} else {
			t.Log("missed:", tr.Scenario)
		}
		for _, n := range tr.Nodes {
			part[n.ARN] = true
		}
	}
	var loud []string
	for i := range l.in.Seen() {
		if typ := l.in.Type(i); typ != "aws.iam.user" && typ != "aws.iam.role" {
			continue
		}
		arn := ""
		for _, a := range l.in.Aliases(i) {
			if strings.HasPrefix(a, "arn:") && !strings.Contains(a, ":sts:") {
				arn = a
			}
		}
		if part[arn] {
			continue
		}
		if seen, _ := l.reach(uint32(i)); l.attained(seen, &truth{}) {
			loud = append(loud, arn)
		}
	}
	t.Logf("%d of %d paths found in %d edges; others that reach an account: %v", found, len(truths), len(l.edges), loud)
	if float64(found) < 0.95*float64(len(truths)) {
		t.Errorf("%d of %d paths found", found, len(truths))
	}
}
