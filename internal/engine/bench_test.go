//go:build unix

package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/graph/reach"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/realtest"
)

// benchSize is how many identities a benchmark has; the figures of
// docs/performance.md are made with DROVER_BENCH_N=1000000.
func benchSize() int {
	if n, err := strconv.Atoi(os.Getenv("DROVER_BENCH_N")); err == nil && n > 0 {
		return n
	}
	return 100_000
}

// benchEdges is how many edges each has: three, or DROVER_BENCH_EDGES.
func benchEdges() int {
	if n, err := strconv.Atoi(os.Getenv("DROVER_BENCH_EDGES")); err == nil && n > 0 {
		return n
	}
	return 3
}

// synthetic is a connector that says the same n identities, with 400-byte
// attributes and benchEdges edges each, every time; every hundredth differs between
// two versions.
func synthetic(n int, version *int) *connector.Connector {
	return &connector.Connector{Name: "synthetic", Title: "Synthetic", Doc: "Identities for benchmarks.", Verified: "made up", Scopes: []connector.Scope{{Name: "none", Why: "nothing is read", Grant: "none"}},
		Reads: func(context.Context, *connector.Session, func(connector.Read)) error { return nil },
		Probe: func(context.Context, *connector.Session) error { return nil },
		Discover: func(ctx context.Context, s *connector.Scan) error {
			return s.Section(ctx, "identities", "synthetic:identities", func(ctx context.Context, out *connector.Out) error {
				pad, edges := strings.Repeat("x", 220), benchEdges()
				ref := func(i int) drover.Ref {
					return drover.NewRef("synthetic", "acme", "synthetic.account", strconv.Itoa(i))
				}
				for i := range n {
					if i%4096 == 0 && ctx.Err() != nil {
						return ctx.Err()
					}
					v := 0
					if i%100 == 0 {
						v = *version
					}
					attrs := fmt.Sprintf(`{"department":"d%d","description":"%s","enabled":true,"mail":"team%d@corp.test","number":%d,"owner":"u%d","tags":{"cost":"c%d","env":"%s"},"version":%d}`, i%50, pad, i%200, i, i%500, i%30, envs[i%3], v)
					out.Node(drover.Node{Ref: ref(i), Kind: drover.KindIdentity, Type: "synthetic.service_account", Name: fmt.Sprintf("svc-%s-app%d-%d", envs[i%3], i%977, i), Aliases: []string{"acme:" + strconv.Itoa(i)},
						Created: time.Date(2025, 1, 1+i%300, 0, 0, 0, 0, time.UTC), Attrs: drover.Attrs(attrs)})
					for k := range edges {
						out.Edge(drover.Edge{From: ref(i), To: ref((i*(7+k) + k) % n), Kind: benchKinds[k%len(benchKinds)], Proof: "row"})
					}
				}
				return nil
			})
		}}
}

// benchKinds are what the edges are: each makes an effect.
var benchKinds = [...]drover.EdgeKind{drover.EdgeAuthenticates, drover.EdgeMemberOf, drover.EdgeCanAssume, drover.EdgeDelegatesTo, drover.EdgeRunsAs}

var envs = [3]string{"prod", "dev", "stage"}

// BenchmarkEstate measures what a user waits for: the first scan, a scan that
// sees the same, a scan that sees one per cent changed, the snapshot that every
// list is answered from, filters over it, and the peak of memory.
func BenchmarkEstate(b *testing.B) {
	for _, driver := range []string{"sqlite", "postgres"} {
		b.Run(driver, func(b *testing.B) {
			n, home := benchSize(), b.TempDir()
			version := 0
			cfg := &config.Config{Version: 1, Sources: []config.Source{{ID: "synthetic", Kind: "synthetic"}}}
			if driver == "postgres" {
				pg := realtest.Postgres(b, "18")
				b.Setenv("DROVER_BENCH_STORE", pg.DSN(pg.NewDatabase(b)))
				cfg.Store = config.Store{Driver: "postgres", DSN: "${env:DROVER_BENCH_STORE}"}
			}
			e, err := engine.Open(b.Context(), engine.Options{Connectors: []*connector.Connector{synthetic(n, &version)}, Config: cfg, Home: home})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			scan := func(b *testing.B, want engine.ScanChanges) {
				res, err := e.Scan(b.Context(), engine.ScanRequest{})
				if err != nil {
					b.Fatal(err)
				}
				got := res.Changes
				got.EdgesAdded, got.EdgesChanged, got.EdgesRemoved = 0, 0, 0
				if got != want || res.Counts.Identities != n {
					b.Fatalf("got %+v and %d identities, want %+v and %d", res.Changes, res.Counts.Identities, want, n)
				}
			}
			step(b, "first", n, func() { scan(b, engine.ScanChanges{Added: int64(n)}) })
			step(b, "unchanged", n, func() { scan(b, engine.ScanChanges{}) })
			version = 1
			step(b, "changed1pc", n, func() { scan(b, engine.ScanChanges{Changed: int64((n + 99) / 100)}) })
			var s *engine.Snapshot
			snapshot := func() {
				if s, err = e.Snapshot(b.Context(), time.Time{}); err != nil {
					b.Fatal(err)
				}
			}
			step(b, "snapshot", n, snapshot)
			step(b, "open", n, func() {
				snapshot()
				rows, err := s.List(engine.Query{Noun: engine.Nouns[0]})
				if err != nil || len(rows) != n {
					b.Fatalf("listed %d identities, %v", len(rows), err)
				}
				for _, row := range rows[:50] {
					s.Identity(int(row))
				}
			})
			filters(b, s)
			reaches(b, e, n)
			if size, err := e.Store().Size(b.Context()); err == nil {
				b.Logf("store %d MB, snapshots %d MB", size.Bytes>>20, folderSize(b, filepath.Join(home, "snapshots"))>>20)
			}
		})
	}
}

// reaches times the graph of effects: made, opened again, one blast radius, one
// path, and all identities at once.
func reaches(b *testing.B, e *engine.Engine, n int) {
	var x *engine.Effects
	effects := func() {
		var err error
		if x, err = e.Effects(b.Context(), time.Time{}); err != nil {
			b.Fatal(err)
		}
	}
	step(b, "effects", n, effects)
	step(b, "effects-open", n, effects)
	b.Logf("%d nodes, %d edges of effects", x.Len(), x.Reach().Edges())
	step(b, "blast-radius", n, func() {
		r := x.Reach().Blast([]uint32{uint32(n / 3)}, reach.Options{})
		b.Logf("one blast radius: %d nodes", r.Len())
	})
	step(b, "all", n, func() {
		if list, err := e.BlastAll(b.Context(), "", time.Time{}, engine.ReachOptions{Limit: 10}); err != nil || len(list.Items) != 10 {
			b.Fatalf("got %v, %v", list, err)
		}
	})
}

func folderSize(b *testing.B, dir string) (n int64) {
	list, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range list {
		if fi, err := d.Info(); err == nil {
			n += fi.Size()
		}
	}
	return n
}

// step runs fn once and reports wall and CPU time, and the peak of resident
// memory meanwhile, which counts the pages of mapped files.
func step(b *testing.B, name string, n int, fn func()) {
	b.Run(name, func(b *testing.B) {
		runtime.GC()
		debug.FreeOSMemory()
		// Linux forgets the peak so far; elsewhere it is that of all steps so far.
		_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
		start, cpu := time.Now(), cpuTime()
		fn()
		wall := time.Since(start)
		cpu = cpuTime() - cpu
		b.ReportMetric(wall.Seconds(), "s")
		b.ReportMetric(cpu.Seconds(), "cpu-s")
		b.ReportMetric(cpu.Seconds()*1e6/float64(n), "cpu-us/identity")
		b.ReportMetric(peakMB(), "peak-MB")
		b.ReportMetric(0, "ns/op")
	})
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakMB is 0 where the system does not say.
func peakMB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kb); err == nil {
			return kb / 1024
		}
	}
	return 0
}

// filters times each filter 100 times: the first one, which may have to make a
// column, and the 95th of a hundred.
func filters(b *testing.B, s *engine.Snapshot) {
	for _, f := range []string{"env=prod", "env=prod age>400d", "name:app97", "name:app", "attrs.owner=u7", "attrs.tags.cost=c7", "svc-prod-app1", "svc-prod-app1 -env:dev"} {
		b.Run("filter/"+strings.ReplaceAll(f, " ", "_"), func(b *testing.B) {
			var took []float64
			cpu := cpuTime()
			for range 100 {
				start := time.Now()
				if _, err := s.Match(f); err != nil {
					b.Fatal(err)
				}
				took = append(took, float64(time.Since(start).Microseconds())/1e3)
			}
			b.ReportMetric((cpuTime()-cpu).Seconds()*1e3/float64(len(took)), "cpu-ms")
			b.ReportMetric(took[0], "first-ms")
			slices.Sort(took)
			b.ReportMetric(took[50], "p50-ms")
			b.ReportMetric(took[95], "p95-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}
