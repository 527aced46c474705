package reach

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// BenchmarkBlastPeer runs Blast and testdata/bfs.cc from the same sources over the
// same moves, in turn, five rounds; it says the median of each, in CPU time of
// one thread, and their ratio. It needs g++.
func BenchmarkBlastPeer(b *testing.B) {
	dir := b.TempDir()
	peer := filepath.Join(dir, "bfs")
	if out, err := exec.Command("g++", "-O3", "-march=native", "-o", peer, filepath.Join("testdata", "bfs.cc")).CombinedOutput(); err != nil {
		b.Skipf("no peer: %v %s", err, out)
	}
	g := benchGraph()
	file := filepath.Join(dir, "graph")
	dumpMoves(b, g, file)
	args := []string{file}
	var sources []uint32
	for i := range 15 {
		sources = append(sources, pick(g, i, keysAt, 200))
		args = append(args, fmt.Sprint(sources[i]))
	}
	var ours, theirs []float64
	for range 5 {
		var reached []int
		for _, n := range sources {
			at := cpu()
			reached = append(reached, g.Blast([]uint32{n}, Options{}).Len())
			ours = append(ours, (cpu()-at).Seconds()*1000)
		}
		out, err := exec.Command(peer, args...).Output()
		if err != nil {
			b.Fatal(err)
		}
		for i, line := range slices.Collect(strings.Lines(string(out))) {
			var ms float64
			var n int
			if _, err := fmt.Sscan(line, &ms, &n); err != nil || n != reached[i] {
				b.Fatalf("source %d: the peer says %q, we reach %d", sources[i], line, reached[i])
			}
			theirs = append(theirs, ms)
		}
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours[len(ours)/2], "ours-cpu-ms")
	b.ReportMetric(theirs[len(theirs)/2], "peer-cpu-ms")
	b.ReportMetric(ours[len(ours)/2]/theirs[len(theirs)/2], "ours/peer")
}

// dumpMoves writes the moves of a graph as the peer reads them.
func dumpMoves(b *testing.B, g *Graph, path string) {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	moves := 0
	for n := range uint32(g.Len()) {
		lo, hi := g.out.moves(n)
		moves += int(hi - lo)
	}
	put := func(v any) {
		if err := binary.Write(w, binary.NativeEndian, v); err != nil {
			b.Fatal(err)
		}
	}
	put([]uint64{uint64(g.Len()), uint64(moves)})
	for _, r := range []*rows{&g.out, &g.in} {
		starts, at := make([]uint32, 0, g.Len()+1), uint32(0)
		for n := range uint32(g.Len()) {
			lo, hi := r.moves(n)
			starts = append(starts, at)
			at += hi - lo
		}
		put(append(starts, at))
		for n := range uint32(g.Len()) {
			lo, hi := r.moves(n)
			put(r.ends[lo:hi])
		}
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}
