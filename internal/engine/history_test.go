package engine_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/realtest"
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
	meant  func(key string) string                                 // the key of an edge to a mere name, with what the name means
	// harm has something go wrong in the next scan, which may be stop.
	harm func(rng *rand.Rand, stop func()) (name string)
	mend func() // all is well again
}

// steps is how many change scripts one history has.
func steps(usually int) int {
	if n, err := strconv.Atoi(os.Getenv("DROVER_TEST_STEPS")); err == nil && n > 0 {
		return n
	}
	return usually
}

// someStores are the stores that a history of a slow system is kept in: both in
// the heavy tier only.
func someStores() []string {
	if os.Getenv("DROVER_TEST_FULL") != "" {
		return []string{"sqlite", "postgres"}
	}
	return []string{"sqlite"}
}

// A chronicle is a history being made, and what is known of it.
type chronicle struct {
	*world
	t       *testing.T
	e       *engine.Engine
	clock   *clock
	rng     *rand.Rand
	ledger  ledger
	known   inventory
	moments []moment

	harms   map[string]int
	healed  int // harmed scans that were whole nevertheless
	removed int
}

// History in earnest: random change scripts run against a real system, and faults
// are injected into a third of the scans. At every step the inventory, as it is
// and as of every earlier moment, and the differences between moments equal an
// independent replay of the scripts. Nothing is ever removed falsely.
func history(t *testing.T, storeDriver string, steps int, w *world) {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("DROVER_TEST_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("seed %d: DROVER_TEST_SEED=%d repeats it", seed, seed)
	c := &chronicle{world: w, t: t, clock: &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, rng: rand.New(rand.NewPCG(seed, 1)), ledger: ledger{}, known: inventory{}, harms: map[string]int{}}
	c.e = openHistory(t, storeDriver, w, c.clock)
	bad, faults := 0, 0
	for step := range steps {
		if step%3 == 0 {
			bad = step + c.rng.IntN(3)
		}
		harm, res := c.step(step == bad)
		if harm != "" {
			faults++
		}
		if t.Failed() {
			t.Fatalf("after step %d (seed %d); harm %q; scan %s: %s", step, seed, harm, res.Status, complaints(res))
		}
	}
	if faults == 0 || faults == c.healed && steps >= 60 || len(c.known) == 0 {
		t.Fatalf("%d faults, of which %d were got over, and %d things known: the test proves nothing", faults, c.healed, len(c.known))
	}
	t.Logf("seed %d: %d scripts, %d scans with a fault (%s), of which %d were got over; %d things removed, 0 of them falsely; %d things known at the end",
		seed, steps, faults, counted(c.harms), c.healed, c.removed, len(c.known))
}

// step changes the world, scans it and compares.
func (c *chronicle) step(hurt bool) (harm string, res *engine.ScanResult) {
	if err := c.apply(c.rng); err != nil {
		c.t.Fatal(err)
	}
	now := c.truth()
	harm, res = c.scan(hurt)
	got := inventoryAt(c.t, c.e, c.world, time.Time{})
	c.checkStep(now, got, sectionsOK(res))
	for key := range c.known {
		if _, ok := got[key]; !ok {
			c.removed++
		}
	}
	c.known = got
	// Generations of one instant are told apart by microseconds.
	c.moments = append(c.moments, moment{c.clock.read().Add(time.Second), got})
	c.clock.advance()
	if !c.t.Failed() {
		verifyPast(c.t, c.e, c.world, c.moments, c.rng)
	}
	return harm, res
}

// scan reads the world, with something going wrong if hurt.
func (c *chronicle) scan(hurt bool) (harm string, res *engine.ScanResult) {
	ctx, stop := context.WithCancel(c.t.Context())
	defer stop()
	if hurt {
		harm = c.harm(c.rng, stop)
		c.harms[harm]++
	}
	c.clock.advance()
	res, err := c.e.Scan(ctx, engine.ScanRequest{Only: c.only})
	c.mend()
	stopped := ctx.Err() != nil
	if err != nil && !(stopped && errors.Is(err, context.Canceled)) || stopped && res.Status == "ok" {
		c.t.Fatalf("harm %q: the scan is %v: %v", harm, res, err)
	}
	if hurt && res.Status == "ok" {
		c.healed++
	}
	if !hurt && res.Status != "ok" {
		c.t.Errorf("the scan is %s, and nothing was harmed: %s", res.Status, complaints(res))
	}
	return harm, res
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
