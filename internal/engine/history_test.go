package engine_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/realtest"
	"github.com/droverhq/drover/link"
)

// An inventory is what is known of a scripted world at one moment: keys of nodes
// ("<ref>") and edges ("<from> <kind> <to> <part>") with what they say.
type inventory map[string]string

// A world is a real system that random scripts change, and the replay that knows
// what should be in it.
type world struct {
	connector *connector.Connector
	source    config.Source
	only      []string // sections to scan
	parts     []part

	apply  func(rng *rand.Rand) error                              // one random script
	truth  func() inventory                                        // what is in it now, by the replay
	listed func(s *engine.Snapshot, edges []drover.Edge) inventory // what of it is known
	harm   func(rng *rand.Rand) (name string)                      // something to go wrong in the next scan
	mend   func()                                                  // all is well again
}

// A part is some of the inventory and the sections that speak of it. It is read
// to the end when all of them are.
type part struct {
	name     string
	sections []string
	mine     func(key string) bool
}

// steps is how many change scripts one history has.
func steps(usually int) int {
	if n, err := strconv.Atoi(os.Getenv("DROVER_TEST_STEPS")); err == nil && n > 0 {
		return n
	}
	return usually
}

func newSeed(t *testing.T) uint64 {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("DROVER_TEST_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("seed %d: DROVER_TEST_SEED=%d repeats it", seed, seed)
	return seed
}

// History in earnest: random change scripts run against a real system, and faults
// are injected into a third of the scans. At every step the inventory, as it is
// and as of every earlier moment, and the differences between moments equal an
// independent replay of the scripts. Nothing is ever removed falsely.
func history(t *testing.T, storeDriver string, steps int, seed uint64, w *world) {
	clock := &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	e := openHistory(t, storeDriver, w, clock)
	rng := rand.New(rand.NewPCG(seed, 1))
	known := inventory{}
	var moments []moment
	harms, whole, removed, bad := map[string]int{}, 0, 0, 0
	for step := range steps {
		if step%3 == 0 {
			bad = step + rng.IntN(3)
		}
		if err := w.apply(rng); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		now, harm := w.truth(), ""
		if step == bad {
			harm = w.harm(rng)
		}
		clock.advance()
		res, err := e.Scan(t.Context(), engine.ScanRequest{Only: w.only})
		w.mend()
		if err != nil {
			t.Fatalf("step %d: scan: %v", step, err)
		}
		got := inventoryAt(t, e, w, time.Time{})
		checkStep(t, w.parts, known, now, got, sectionsOK(res))
		if res.Status != "ok" && harm == "" {
			t.Errorf("the scan is %s, and nothing was harmed: %s", res.Status, complaints(res))
		}
		if harm != "" {
			harms[harm]++
			if res.Status == "ok" {
				whole++
			}
		}
		for key := range known {
			if _, ok := got[key]; !ok {
				removed++
			}
		}
		known = got
		// Generations of one instant are told apart by microseconds.
		moments = append(moments, moment{clock.read().Add(time.Second), got})
		clock.advance()
		if !t.Failed() {
			verifyPast(t, e, w, moments, rng)
		}
		if t.Failed() {
			t.Fatalf("after step %d (seed %d); harm %q; scan %s: %s", step, seed, harm, res.Status, complaints(res))
		}
	}
	faults := 0
	for _, n := range harms {
		faults += n
	}
	if faults == 0 || faults == whole && steps >= 12 || len(known) == 0 {
		t.Fatalf("%d faults, of which %d were got over, and %d things known: the test proves nothing", faults, whole, len(known))
	}
	t.Logf("seed %d: %d scripts, %d scans with a fault (%s), of which %d were got over; %d things removed, 0 of them falsely; %d things known at the end",
		seed, steps, faults, counted(harms), whole, removed, len(known))
}

func counted(n map[string]int) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(n)) {
		words = append(words, fmt.Sprintf("%s %d", k, n[k]))
	}
	return strings.Join(words, ", ")
}

// complaints is what a scan says went wrong.
func complaints(r *engine.ScanResult) string {
	var words []string
	for _, s := range r.Sources {
		if s.Error != "" {
			words = append(words, s.ID+": "+s.Error)
		}
		for _, x := range s.Sections {
			if x.Error != nil {
				words = append(words, fmt.Sprintf("%s is %s: %s", x.Name, x.Status, *x.Error))
			}
		}
	}
	return strings.Join(words, "; ")
}

// checkStep compares the inventory after a scan with the replay. A part that was
// read to its end must equal the world; of another one nothing known may be
// missing, and nothing may be there that neither was known nor is in the world.
// Where several sections speak of a part, those that were read may have removed
// what the world has no more.
func checkStep(t *testing.T, parts []part, before, world, got inventory, ok map[string]bool) {
	t.Helper()
	for _, p := range parts {
		b, w, g := pick(before, p.mine), pick(world, p.mine), pick(got, p.mine)
		if !slices.ContainsFunc(p.sections, func(s string) bool { return !ok[s] }) {
			if d := cmp.Diff(w, g); d != "" {
				t.Errorf("%s were read to the end (-world +listed):\n%s", p.name, d)
			}
			continue
		}
		for key := range b {
			_, there := g[key]
			if _, real := w[key]; !there && (real || len(p.sections) == 1) {
				t.Errorf("%s were not read to the end, and %s was removed", p.name, key)
			}
		}
		for key, v := range g {
			if was, known := b[key]; known && was == v {
				continue
			}
			if is, real := w[key]; !real || is != v {
				t.Errorf("%s: %s says %q, which it never was (known %q, world %q)", p.name, key, v, b[key], w[key])
			}
		}
	}
	for key := range world {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.mine(key) }) {
			t.Fatalf("no part of the inventory speaks of %s", key)
		}
	}
}

func pick(inv inventory, mine func(string) bool) inventory {
	out := inventory{}
	for k, v := range inv {
		if mine(k) {
			out[k] = v
		}
	}
	return out
}

// A moment is what was known at a time.
type moment struct {
	at    time.Time
	known inventory
}

// verifyPast asks for an earlier moment, and for the difference between two.
func verifyPast(t *testing.T, e *engine.Engine, w *world, moments []moment, rng *rand.Rand) {
	t.Helper()
	a, b := moments[rng.IntN(len(moments))], moments[len(moments)-1]
	if d := cmp.Diff(a.known, inventoryAt(t, e, w, a.at)); d != "" {
		t.Errorf("as of %s (-known then +answer now):\n%s", a.at, d)
	}
	verifyDiff(t, e, a, b)
	if c := moments[rng.IntN(len(moments))]; c.at.After(a.at) {
		verifyDiff(t, e, a, c)
	}
}

func verifyDiff(t *testing.T, e *engine.Engine, a, b moment) {
	t.Helper()
	d, err := e.Diff(t.Context(), engine.DiffRequest{From: a.at, To: b.at})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for key, v := range b.known {
		if was, ok := a.known[key]; !ok {
			want[key] = "added"
		} else if was != v {
			want[key] = "changed"
		}
	}
	for key := range a.known {
		if _, ok := b.known[key]; !ok {
			want[key] = "removed"
		}
	}
	got := map[string]string{}
	for _, c := range d.Items {
		key := string(c.Ref)
		if c.What == "edge" {
			key = edgeKey(drover.Edge{From: c.Ref, Kind: drover.EdgeKind(c.Kind), To: c.To, Part: c.Part})
		}
		_, was := a.known[key]
		_, is := b.known[key]
		if was || is {
			got[key] = c.Change
		}
	}
	// A node changes in more ways than the replay follows; what it follows must be there.
	for key, change := range got {
		if change == "changed" && want[key] == "" {
			delete(got, key)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("diff from %s to %s (-replay +answer):\n%s", a.at, b.at, d)
	}
}

func edgeKey(x drover.Edge) string { return strings.TrimSpace(x.Key()) }

// sectionsOK says which sections were read to the end, in all their coverages.
func sectionsOK(r *engine.ScanResult) map[string]bool {
	ok := map[string]bool{}
	for _, s := range r.Sources {
		for _, x := range s.Sections {
			before, seen := ok[x.Name]
			ok[x.Name] = x.Status == drover.StatusOK && (before || !seen)
		}
	}
	return ok
}

// inventoryAt is what is known of the world as of a moment, the zero time being
// now. Edges are taken as the sources assert them; that the snapshot shows them,
// with names at their ends turned into what they mean, is checked.
func inventoryAt(t *testing.T, e *engine.Engine, w *world, at time.Time) inventory {
	t.Helper()
	s, err := e.Snapshot(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	gen, err := e.Store().Latest(t.Context())
	if err == nil && !at.IsZero() {
		gen, err = e.Store().AsOf(t.Context(), at)
	}
	if err != nil {
		t.Fatal(err)
	}
	var edges []drover.Edge
	for f, err := range e.Store().Edges(t.Context(), gen.ID, drover.ScopeAll) {
		if err != nil {
			t.Fatal(err)
		}
		edges = append(edges, f.Edge)
	}
	checkShown(t, s, edges)
	return w.listed(s, edges)
}

// checkShown compares the edges of a snapshot with those asserted. An end that is
// only a name means the one node that has it, if one has; names with wildcards,
// and names that the linker derives others from, are left out.
func checkShown(t *testing.T, s *engine.Snapshot, edges []drover.Edge) {
	t.Helper()
	named := map[string][]drover.Ref{}
	for i := range s.Seen() {
		for _, a := range s.Aliases(i) {
			named[link.Canon(a)] = append(named[link.Canon(a)], s.Ref(s.Head(i)))
		}
	}
	end := func(ref drover.Ref) drover.Ref {
		if same := named[link.Canon(ref.ID())]; ref.Unseen() && len(same) == 1 {
			return same[0]
		}
		return ref
	}
	left := func(e drover.Edge) bool {
		for _, ref := range []drover.Ref{e.From, e.To} {
			if ref.Unseen() && (strings.ContainsAny(ref.ID(), "*?") || len(link.Derive(ref.ID())) > 0) {
				return true
			}
		}
		return false
	}
	want, got, asserted := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, e := range edges {
		asserted[edgeKey(e)] = true
		if !left(e) {
			e.From, e.To = end(e.From), end(e.To)
			want[edgeKey(e)] = true
		}
	}
	for x := range s.Edges() {
		key := edgeKey(s.Edge(x))
		if got[key] = true; s.EdgeJoined(x) == "" && !asserted[key] {
			t.Errorf("the snapshot of %s has %s, which nobody asserts", s.Now(), key)
		}
	}
	for key := range want {
		if !got[key] {
			t.Errorf("the snapshot of %s lacks %s", s.Now(), key)
		}
	}
}

// listedNodes are all seen nodes of a snapshot that the noun of all things lists.
func listedNodes(t *testing.T, s *engine.Snapshot, add func(i int)) {
	t.Helper()
	nodes, err := s.List(engine.Query{Noun: engine.Nouns[len(engine.Nouns)-1]})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range nodes {
		if i := int(r); !s.Unseen(i) {
			add(i)
		}
	}
}

// openHistory opens an engine with the one source.
func openHistory(t *testing.T, storeDriver string, w *world, c *clock) *engine.Engine {
	t.Helper()
	cfg := &config.Config{Version: 1, Sources: []config.Source{w.source}}
	if storeDriver == "postgres" {
		pg := realtest.Postgres(t, "18")
		t.Setenv("DROVER_TEST_STORE", pg.DSN(pg.NewDatabase(t)))
		cfg.Store = config.Store{Driver: "postgres", DSN: "${env:DROVER_TEST_STORE}"}
	}
	e, err := engine.Open(t.Context(), engine.Options{Connectors: []*connector.Connector{w.connector}, Config: cfg, Home: t.TempDir(), Now: c.read, User: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
