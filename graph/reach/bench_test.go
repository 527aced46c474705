package reach

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/droverhq/drover"
)

// Run with DROVER_BENCH_N=10000000 for ten million nodes and a hundred million
// edges; the default is a tenth of that.

func BenchmarkBuild(b *testing.B) {
	s := newEstate(benchNodes())
	for b.Loop() {
		at := cpu()
		s.each(func(Edge) {})
		made := cpu() - at
		s.rand = 1
		at = cpu()
		g := s.graph(b)
		took := cpu() - at - made
		b.ReportMetric(took.Seconds(), "cpu-s")
		b.ReportMetric(float64(took.Nanoseconds())/float64(g.Edges()), "cpu-ns/edge")
		b.ReportMetric(float64(g.Edges()), "edges")
		b.ReportMetric(peak(), "peak-MB")
	}
}

// BenchmarkFile builds a graph with refs, writes it, and maps it again: sums,
// structure and both directions are checked on opening.
func BenchmarkFile(b *testing.B) {
	s := newEstate(benchNodes())
	build := NewBuilder(s.nodes)
	s.name(b, build)
	s.fill(b, build)
	g := build.Build()
	b.ReportMetric(peak(), "build-peak-MB")
	path := filepath.Join(b.TempDir(), "graph")
	at := cpu()
	if err := g.Write(path, "bench"); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric((cpu() - at).Seconds(), "write-cpu-s")
	edges := g.Edges()
	g, build = nil, nil
	debug.FreeOSMemory()
	fi, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	size := float64(fi.Size())
	timed(b, 1, func(int) {
		at := cpu()
		if g, err = Open(path, "bench"); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(size/1e9/(cpu()-at).Seconds(), "GB/cpu-s")
	})
	b.ReportMetric(size/1e6, "file-MB")
	b.ReportMetric(size/float64(edges), "B/edge")
	b.ReportMetric(peak(), "peak-MB")
	if g.Blast([]uint32{keysAt}, Options{}).Len() == 0 || g.Ref(7) == "" {
		b.Fatal("nothing in the file")
	}
}

func pick(g *Graph, i, at, n int) uint32 {
	h := mix(uint64(i) + 77)
	return uint32(int(h>>40)%(g.Len()/accountNodes)*accountNodes + at + int(h&0xffff)%n)
}

func BenchmarkBlast(b *testing.B) {
	g := benchGraph()
	reached := 0
	timed(b, 100, func(i int) { reached += g.Blast([]uint32{pick(g, i, keysAt, 200)}, Options{}).Len() })
	b.ReportMetric(float64(reached)/100/float64(g.Len())*100, "%-reached")
}

func BenchmarkBlastTouched(b *testing.B) {
	g := benchGraph()
	touched := 0
	timed(b, 30, func(i int) {
		for range g.Blast([]uint32{pick(g, i, keysAt, 200)}, Options{}).Touched() {
			touched++
		}
	})
	b.ReportMetric(float64(touched)/30, "touched")
}

func BenchmarkReverse(b *testing.B) {
	g := benchGraph()
	reached := 0
	timed(b, 100, func(i int) { reached += g.Reverse([]uint32{pick(g, i, resourcesAt, 150)}, Options{}).Len() })
	b.ReportMetric(float64(reached)/100/float64(g.Len())*100, "%-reached")
}

func BenchmarkShortest(b *testing.B) {
	g := benchGraph()
	found, hops := 0, 0
	timed(b, 300, func(i int) {
		if p, ok := g.Shortest(pick(g, i, keysAt, 200), pick(g, i+1000, resourcesAt, 150), Options{}); ok {
			found++
			hops += len(p.Edges)
		}
	})
	b.ReportMetric(float64(found)/3, "%-found")
	b.ReportMetric(float64(hops)/float64(found), "hops")
}

func BenchmarkPaths(b *testing.B) {
	g := benchGraph()
	found := 0
	timed(b, 20, func(i int) {
		paths, _ := g.Paths([]uint32{pick(g, i, keysAt, 200)}, []uint32{pick(g, i+1000, resourcesAt, 150)}, Options{}, 20)
		found += len(paths)
	})
	b.ReportMetric(float64(found)/20, "paths")
}

func BenchmarkAll(b *testing.B) {
	g, s := benchGraph(), newEstate(benchNodes())
	var batch *Batch
	timed(b, 3, func(int) { batch = g.All(s.tier0(), Options{}) })
	errorOf(b, g, batch)
}

func errorOf(b *testing.B, g *Graph, batch *Batch) {
	exact, worst, sum, sampled := 0, 0.0, 0.0, 0
	for x := range batch.All() {
		if x.Exact {
			exact++
		} else if x.Node%(uint32(g.Len())/60) == 0 {
			want := counted(g, x.Node, nil, Options{}).Reach
			off := math.Abs(float64(x.Reach-want)) / float64(want)
			sum, worst, sampled = sum+off, max(worst, off), sampled+1
		}
	}
	b.ReportMetric(float64(exact)/float64(g.Len())*100, "%-exact")
	b.ReportMetric(sum/float64(max(sampled, 1))*100, "%-mean-error")
	b.ReportMetric(worst*100, "%-worst-error")
	b.ReportMetric(float64(len(batch.comps)), "components")
	b.ReportMetric(peak(), "peak-MB")
}

// BenchmarkAllAcyclic is the case that All likes least: no two nodes hold each
// other, so there is nothing that most of them share.
func BenchmarkAllAcyclic(b *testing.B) {
	s := newEstate(benchNodes())
	build := NewBuilder(s.nodes)
	s.each(func(e Edge) {
		if e.From > e.To {
			e.From, e.To = e.To, e.From
		}
		if err := build.Add(e); err != nil {
			b.Fatal(err)
		}
	})
	g := build.Build()
	var batch *Batch
	timed(b, 3, func(int) { batch = g.All(s.tier0(), Options{}) })
	errorOf(b, g, batch)
}

func BenchmarkChoke(b *testing.B) {
	g, s := benchGraph(), newEstate(benchNodes())
	var sources []uint32
	for a := 0; a < s.nodes; a += accountNodes {
		sources = append(sources, uint32(a+keysAt), uint32(a+workloadsAt))
	}
	found := 0
	timed(b, 1, func(int) { found = len(g.Choke(sources, s.tier0(), Options{})) })
	b.ReportMetric(float64(found), "found")
}

// BenchmarkUpdate brings a batch up to date after 1 % of the nodes that nothing
// leads to have changed, and then after 1 % of all.
func BenchmarkUpdate(b *testing.B) {
	g, s := benchGraph(), newEstate(benchNodes())
	batch := g.All(s.tier0(), Options{})
	for _, part := range []struct {
		name  string
		at, n int
	}{{"workloads", workloadsAt, 100}, {"any", 0, accountNodes}} {
		b.Run(part.name, func(b *testing.B) {
			build := NewBuilder(g.Len())
			s.rand = 1
			s.each(func(e Edge) {
				if build.Add(e) != nil {
					b.Fatal("edge refused")
				}
			})
			for i := range g.Len() / 100 {
				n := pick(g, i, part.at, part.n)
				if build.Add(Edge{From: n, To: pick(g, i+7, rolesAt, 200), Kind: drover.EdgeCanAssume, Move: true, Info: Info{Technique: "new"}}) != nil {
					b.Fatal("edge refused")
				}
			}
			next := build.Build()
			var u *Batch
			timed(b, 3, func(int) { u = batch.Update(next, nil) })
			b.ReportMetric(float64(len(changes(g, next))), "changed")
			b.ReportMetric(float64(len(u.comps)), "components")
		})
	}
}
