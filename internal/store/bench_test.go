//go:build unix

package store_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/realtest"
	"github.com/droverhq/drover/internal/store"
)

// BenchmarkStore prints what it costs to keep an estate of DROVER_BENCH_N nodes
// (100,000 unless told) with 400-byte attributes and three edges each: stored
// anew, scanned again unchanged, scanned again with 1 % changed, and read back.
//
//	DROVER_BENCH_N=1000000 go test -run - -bench Store/sqlite -benchtime 1x ./internal/store
func BenchmarkStore(b *testing.B) {
	for _, db := range []string{"sqlite", "postgres15", "postgres18"} {
		b.Run(db, func(b *testing.B) {
			for range b.N {
				dsn := "sqlite:" + filepath.Join(b.TempDir(), "d.db")
				if v, ok := strings.CutPrefix(db, "postgres"); ok {
					pg := realtest.Postgres(b, v)
					dsn = pg.DSN(pg.NewDatabase(b))
				}
				benchStore(b, dsn)
			}
		})
	}
}

func benchSize() int {
	if n, err := strconv.Atoi(os.Getenv("DROVER_BENCH_N")); err == nil && n > 0 {
		return n
	}
	return 100_000
}

// measure runs f and prints its wall and CPU time for n nodes and 3n edges.
func measure(b *testing.B, n int, what string, f func() string) {
	start, cpu := time.Now(), cpuTime()
	note := f()
	d, used := time.Since(start), cpuTime()-cpu
	b.Logf("%-12s %8.2f s %8.2f cpu-s %7.2f cpu-us a row  %s  %s", what, d.Seconds(), used.Seconds(), float64(used.Microseconds())/float64(4*n), memory(), note)
	b.ReportMetric(float64(used.Microseconds())/float64(4*n), what+"-cpu-us/row")
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchStore(b *testing.B, dsn string) {
	n := benchSize()
	ctx := context.Background()
	s, err := store.Open(ctx, dsn, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	measure := func(what string, f func() string) { measure(b, n, what, f) }
	scan := func(at int, changed int) func() string {
		return func() string {
			run, err := s.BeginScan(ctx, store.ScanStart{})
			if err != nil {
				b.Fatal(err)
			}
			st, err := run.Stage(ctx, store.StageInfo{Source: "bench", Name: "all", Coverage: "all", Observed: time.Unix(int64(at), 0)})
			if err != nil {
				b.Fatal(err)
			}
			loaded := memory()
			for r := range estate(n, changed) {
				if err := st.Put("", r); err != nil {
					b.Fatal(err)
				}
			}
			res, err := st.Commit(ctx, drover.Section{Status: drover.StatusOK})
			if err != nil {
				b.Fatal(err)
			}
			return fmt.Sprintf("%+v; index loaded: %s", res.Changes, loaded)
		}
	}
	measure("new", scan(1, 0))
	measure("unchanged", scan(2, 0))
	measure("changed", scan(3, n/100))
	g, err := s.Latest(ctx)
	if err != nil {
		b.Fatal(err)
	}
	measure("read", func() string {
		return fmt.Sprint(count(b, s.Nodes(ctx, g.ID, drover.ScopeAll)), " nodes, ", count(b, s.Edges(ctx, g.ID, drover.ScopeAll)), " edges")
	})
	measure("diff", func() string { return fmt.Sprint(count(b, s.Diff(ctx, g.ID-1, g.ID, drover.ScopeAll)), " changes") })
	measure("counts", func() string {
		c, err := s.Counts(ctx, g.ID, drover.ScopeAll)
		return fmt.Sprint(c, err)
	})
	z, err := s.Size(ctx)
	b.Logf("size: %+v %v, %.0f bytes a row", z, err, float64(z.Bytes)/float64(4*n))
}

func count[T any](b *testing.B, seq iter.Seq2[T, error]) int {
	n := 0
	for _, err := range seq {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	return n
}

// estate yields n nodes and 3n edges; the first changed ones have another name.
func estate(n, changed int) iter.Seq[drover.Record] {
	ref := func(i int) drover.Ref {
		return drover.NewRef("aws", "123456789012", "iam.role", fmt.Sprintf("AROA%016d", i%n))
	}
	pad := strings.Repeat("x", 300)
	return func(yield func(drover.Record) bool) {
		for i := range n {
			node := drover.Node{Ref: ref(i), Kind: drover.KindIdentity, Type: "aws.iam.role", Name: fmt.Sprintf("svc-prod-api-%d", i), Created: time.Unix(1_600_000_000+int64(i), 0),
				Aliases: []string{fmt.Sprintf("arn:aws:iam::123456789012:role/svc-prod-api-%d", i)},
				Attrs:   drover.Attrs(fmt.Sprintf(`{"description":%q,"n":%d,"path":"/service/%d/"}`, pad, i, i))}
			if i < changed {
				node.Name += "-renamed"
			}
			if !yield(drover.Record{Node: &node}) {
				return
			}
			for j := range 3 {
				e := drover.Edge{From: ref(i), To: ref(i*7 + j*13 + 1), Kind: drover.EdgeCanAssume, Part: strconv.Itoa(j), Proof: "trust statement 0"}
				if !yield(drover.Record{Edge: &e}) {
					return
				}
			}
		}
	}
}

// memory is what the process and the heap take; the peak is the process's.
func memory() string {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	peak := ""
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(status)) {
			if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				peak = ", peak RSS " + strings.Join(strings.Fields(v), " ")
			}
		}
	}
	return fmt.Sprintf("heap %d MB%s", m.HeapAlloc>>20, peak)
}
