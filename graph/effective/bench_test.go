package effective_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/effective"
)

// nodes is the size of the benchmarks' estate: DROVER_BENCH_NODES, else 20,000.
// Ten edges a node.
func nodes() int {
	if n, err := strconv.Atoi(os.Getenv("DROVER_BENCH_NODES")); err == nil && n >= 2_000 {
		return n
	}
	return 20_000
}

// wide makes an estate of accounts of 1,000 rows each: an account, 400 identities,
// 100 credentials, 100 workloads, 399 resources. Edges stay in their account but
// for one in eight.
func wide(n int) *effective.Input {
	b := graph.NewBuilder(1, now)
	for i := range n {
		r := graph.Row{ID: int64(i + 1), Entity: int64(i + 1), Sources: []string{"wide"}, FirstSeen: now, Observed: now}
		kind, typ := drover.KindResource, "wide.table"
		switch at := i % 1000; {
		case at == 0:
			typ = "aws.account"
		case at <= 400:
			kind, typ = drover.KindIdentity, "wide.user"
		case at <= 500:
			kind, typ = drover.KindCredential, "wide.key"
		case at <= 600:
			kind, typ = drover.KindWorkload, "wide.job"
		}
		r.Node = drover.Node{Ref: drover.NewRef("wide", fmt.Sprint(i/1000), typ[5:], fmt.Sprint(i)), Kind: kind, Type: typ, Name: fmt.Sprint("thing-", i)}
		b.Node(r)
	}
	seed := uint64(42)
	draw := func(m int) int {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		return int(seed % uint64(m))
	}
	for i := range n {
		account := i / 1000 * 1000
		for range 10 {
			to := account
			if draw(8) == 0 {
				to = draw(n) / 1000 * 1000
			}
			e := drover.Edge{Proof: "stated"}
			switch at := i % 1000; {
			case at == 0:
				e.Kind, to = drover.EdgeContains, account+1+draw(999)
			case at == 1:
				e.Kind, to = drover.EdgeEscalates, account // its administrator
			case at <= 400:
				e.Kind, to = drover.EdgeCanAssume, to+1+draw(400)
				if draw(3) > 0 {
					e.Kind, to = drover.EdgeCanAccess, to/1000*1000+601+draw(399)
				}
			case at <= 500:
				e.Kind, to = drover.EdgeAuthenticates, to+1+draw(400)
			case at <= 600:
				e.Kind, to = drover.EdgeRunsAs, to+1+draw(400)
			default:
				e.Kind, to = drover.EdgeTrusts, to+1+draw(400)
			}
			if to < n {
				b.Edge(int64(i+1), int64(to+1), &e)
			}
		}
	}
	b.Index()
	s := b.Build(now, func(i int) graph.Facts {
		return graph.Facts{Verdict: drover.VerdictNHI, Tier: -1 << 63, Env: "prod"}
	})
	return &effective.Input{Snapshot: s, Now: now, Document: func(string) (drover.Document, bool) { return drover.Document{}, false }}
}

// wideSystem gives identities one of 2,000 profiles, each of which reads 50 tables.
var wideSystem = &effective.System{Name: "wide", Load: func(_ context.Context, in *effective.Input) (*effective.Model, error) {
	return &effective.Model{Edges: func(func(effective.Edge) bool) {},
		Profile: func(row uint32) (uint32, bool) {
			return row % 2000, int(row) < in.Len() && in.Type(int(row)) == "wide.user"
		},
		Touch: func(p uint32) iter.Seq[effective.Touch] {
			return func(yield func(effective.Touch) bool) {
				for k := range uint32(50) {
					row := (p*7919 + k*104729) % uint32(in.Len())
					if in.Kind(int(row)) == drover.KindResource && !yield(effective.Touch{Row: row, Level: access.LevelRead, Grade: drover.GradeProven}) {
						return
					}
				}
			}
		}}, nil
}}

func BenchmarkBuild(b *testing.B) {
	in := wide(nodes())
	for b.Loop() {
		g, err := effective.Build(b.Context(), in, []*effective.System{wideSystem})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(g.Reach().Edges()), "edges")
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB")
}

func BenchmarkBlast(b *testing.B) {
	g, err := effective.Build(b.Context(), wide(nodes()), []*effective.System{wideSystem})
	if err != nil {
		b.Fatal(err)
	}
	row := uint32(0)
	var took []time.Duration
	for b.Loop() {
		row = (row + 7919) % uint32(g.Len())
		start := time.Now()
		if _, err := g.Blast(b.Context(), row/1000*1000+1+row%400, effective.Options{}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(took[len(took)*95/100].Seconds()*1000, "p95-ms")
}

func BenchmarkWhoCan(b *testing.B) {
	g, err := effective.Build(b.Context(), wide(nodes()), []*effective.System{wideSystem})
	if err != nil {
		b.Fatal(err)
	}
	row := 0
	for b.Loop() {
		row = (row + 7919) % g.Len()
		if _, err := g.WhoCan(b.Context(), effective.Question{Row: row/1000*1000 + 601 + row%399}, effective.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCut(b *testing.B) {
	g, err := effective.Build(b.Context(), wide(nodes()), []*effective.System{wideSystem})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := g.Cut(b.Context(), []uint32{2}, nil, effective.Options{Limit: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	g, err := effective.Build(b.Context(), wide(nodes()), []*effective.System{wideSystem})
	if err != nil {
		b.Fatal(err)
	}
	c := &effective.Change{Remove: []effective.Removal{{Ref: string(g.Ref(1))}}}
	for b.Loop() {
		in, err := effective.Apply(g.Input(), c)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := effective.Build(b.Context(), in, []*effective.System{wideSystem}); err != nil {
			b.Fatal(err)
		}
	}
}
