package demo_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/demo"
	"github.com/droverhq/drover/internal/engine"
)

// open opens an engine with all that this binary has, over the drover.yaml of an
// estate.
func open(t testing.TB, dir string, now time.Time) *engine.Engine {
	t.Helper()
	t.Chdir(dir)
	cfg, err := config.Load("drover.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Options{Connectors: builtin.Connectors, Checks: builtin.Checks, Systems: builtin.Systems, Config: cfg, Home: filepath.Join(dir, "home"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() }) // twice is no harm
	return e
}

// scanned scans all that the estate has; every section must be read to its end.
func scanned(t testing.TB, e *engine.Engine) {
	t.Helper()
	r, err := e.Scan(t.Context(), engine.ScanRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Sources {
		for _, x := range s.Sections {
			if x.Status != drover.StatusOK {
				t.Errorf("%s: section %s is %s: %v %v", s.ID, x.Name, x.Status, x.Error, x.Notes)
			}
		}
	}
}

// checked runs all checks; none may fail.
func checked(t testing.TB, e *engine.Engine) []drover.Finding {
	t.Helper()
	r, err := e.Check(context.WithoutCancel(t.Context()), engine.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Failed {
		t.Errorf("check %s failed: %s", f.ID, f.Error)
	}
	return r.List()
}

// A pair is what a check says and of what.
type pair struct {
	check   string
	subject drover.Ref
}

// A score counts for one check.
type score struct{ planted, found, false int }

// TestMeasure plants faults in estates of seeds that nobody has seen before, and
// looks for them. DROVER_SEEDS is how many estates, DROVER_SEED which one.
func TestMeasure(t *testing.T) {
	known := map[string]bool{}
	for _, c := range builtin.Checks {
		known[c.ID] = true
	}
	seeds := drawn(t)
	total, identities := map[string]*score{}, 0
	for _, seed := range seeds {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			identities += measured(t, seed, known, total)
		})
	}
	var all score
	var b strings.Builder
	var none []string
	for id := range known {
		if total[id] == nil || total[id].planted == 0 {
			none = append(none, id)
		}
	}
	slices.Sort(none)
	for _, id := range slices.Sorted(maps.Keys(total)) {
		s := total[id]
		all.planted, all.found, all.false = all.planted+s.planted, all.found+s.found, all.false+s.false
		fmt.Fprintf(&b, "%-24s planted %4d   found %4d   recall %s   false %4d   precision %s\n", id, s.planted, s.found, share(s.found, s.planted), s.false, share(s.found, s.found+s.false))
	}
	perThousand := 1000 * float64(all.false) / float64(max(identities, 1))
	t.Logf("%d seeds, %d identities, %d of %d checks; no fault for %s\n%sall: planted %d, found %d, recall %s; false findings %d, %.2f in 1,000 identities", len(seeds), identities, len(known)-len(none), len(known), strings.Join(none, " "), &b, all.planted, all.found, share(all.found, all.planted), all.false, perThousand)
	if all.planted > 0 && float64(all.found) < 0.95*float64(all.planted) {
		t.Errorf("recall %s, want 0.95 at least", share(all.found, all.planted))
	}
	if perThousand > 1 {
		t.Errorf("%.2f false findings in 1,000 identities, want one at most", perThousand)
	}
}

func share(n, of int) string {
	if of == 0 {
		return " -  "
	}
	return fmt.Sprintf("%.2f", float64(n)/float64(of))
}

// drawn are the seeds of this run.
func drawn(t *testing.T) []uint64 {
	if s := os.Getenv("DROVER_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{n}
	}
	n, err := strconv.Atoi(cmp.Or(os.Getenv("DROVER_SEEDS"), "2"))
	if err != nil {
		t.Fatal(err)
	}
	var out []uint64
	for range n {
		var b [8]byte
		if _, err := rand.Read(b[:]); err != nil {
			t.Fatal(err)
		}
		out = append(out, binary.LittleEndian.Uint64(b[:])>>16)
	}
	return out
}

// measured scores one estate. Faults of checks that this binary lacks are left out.
func measured(t *testing.T, seed uint64, known map[string]bool, total map[string]*score) int {
	dir, now := t.TempDir(), time.Now()
	made, err := demo.Generate(demo.Options{Dir: dir, Now: now, Seed: seed, Faults: 120})
	if err != nil {
		t.Fatal(err)
	}
	e := open(t, dir, now)
	scanned(t, e)
	planted, found := map[pair]demo.Fault{}, map[pair]drover.Finding{}
	for _, f := range made.Truth.Faults {
		if known[f.Check] {
			planted[pair{f.Check, f.Subject}] = f
		}
	}
	for _, f := range checked(t, e) {
		found[pair{f.Check, f.Subject.Ref}] = f
	}
	of := func(check string) *score {
		if total[check] == nil {
			total[check] = &score{}
		}
		return total[check]
	}
	for p, f := range planted {
		of(p.check).planted++
		if _, ok := found[p]; ok {
			of(p.check).found++
		} else {
			t.Logf("missed: %s on %s (%s): %s", p.check, p.subject, f.Kind, f.Text)
		}
	}
	for p, f := range found {
		if _, ok := planted[p]; !ok {
			of(p.check).false++
			t.Logf("false: %s on %s: %s", p.check, p.subject, f.What)
		}
	}
	return made.Truth.Identities
}
