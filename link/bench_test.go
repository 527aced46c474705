package link

import (
	"os"
	"runtime"
	"strconv"
	"testing"
)

// linked is the generated estate, linked, beside the truth.
func linked(n int, seed uint64) (l *Linker, entity, thing []int64, joins int) {
	l = New()
	at := map[int64]int{}
	generate(n, seed, func(n Node, t int64) {
		l.Add(n)
		at[n.ID] = len(entity)
		entity, thing = append(entity, n.ID), append(thing, t)
	})
	list := l.Joins()
	for _, j := range list {
		entity[at[j.ID]] = j.Entity
	}
	return l, entity, thing, len(list)
}

// On an estate with known truth nothing is joined falsely and nothing missed.
func TestTruth(t *testing.T) {
	for seed := range uint64(3) {
		_, entity, thing, joins := linked(20_000, seed)
		if falsely, missed := score(entity, thing); falsely+missed > 0 || joins < 5000 {
			t.Errorf("seed %d: %d of %d nodes falsely joined, %d missed, %d joins", seed, falsely, len(entity), missed, joins)
		}
	}
}

// BenchmarkLink links an estate of DROVER_BENCH_N nodes, a million unless told,
// and compares it with the truth.
func BenchmarkLink(b *testing.B) {
	n := 1_000_000
	if v, err := strconv.Atoi(os.Getenv("DROVER_BENCH_N")); err == nil && v > 0 {
		n = v
	}
	nodes, thing := make([]Node, 0, n), make([]int64, 0, n)
	at := make(map[int64]int, n)
	aliases := 0
	generate(n, 1, func(n Node, t int64) {
		at[n.ID] = len(nodes)
		nodes, thing = append(nodes, n), append(thing, t)
		aliases += len(n.Aliases)
	})
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		l := New()
		for _, n := range nodes {
			l.Add(n)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(nodes)), "B/node")
		list := l.Joins()
		b.ReportMetric(float64(len(nodes)), "nodes")
		b.ReportMetric(float64(aliases), "aliases")
		b.ReportMetric(float64(len(list)), "joins")
		b.StopTimer()
		entity := make([]int64, len(nodes))
		for i, n := range nodes {
			entity[i] = n.ID
		}
		for _, j := range list {
			entity[at[j.ID]] = j.Entity
		}
		falsely, missed := score(entity, thing)
		if b.ReportMetric(float64(falsely), "false"); falsely+missed > 0 {
			b.Fatalf("%d nodes falsely joined, %d missed", falsely, missed)
		}
		b.StartTimer()
	}
}
