package peers

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

const seed = 20260101

func cpuSeconds() float64 { return realtest.CPUTime().Seconds() }

// A contender answers all requests and says how much processor time that took.
type contender struct {
	name string
	goal float64 // how many times faster we want to be; 0: none
	n    int     // requests per timed round: fewer of the slow ones
	run  func(n int) ([]bool, float64, error)
	each []float64 // seconds per decision, a round each
}

// inProcess measures an engine of this process. A round is repeated until it is
// long enough for the clock of processor time, which ticks in milliseconds.
func inProcess(decide func(i int) (bool, error)) func(n int) ([]bool, float64, error) {
	return func(n int) ([]bool, float64, error) {
		got := make([]bool, n)
		from, rounds := cpuSeconds(), 0
		for rounds == 0 || cpuSeconds()-from < 0.3 {
			for i := range n {
				ok, err := decide(i)
				if err != nil {
					return nil, 0, err
				}
				got[i] = ok
			}
			rounds++
		}
		return got, (cpuSeconds() - from) / float64(rounds), nil
	}
}

func contenders(b *testing.B, w *workload) []*contender {
	ctx := context.Background()
	plain, err := newSimulator(realtest.IAMSimulate(b), w, false)
	if err != nil {
		b.Fatal(err)
	}
	validated, err := newSimulator(realtest.IAMSimulate(b), w, true)
	if err != nil {
		b.Fatal(err)
	}
	opa, err := newOPA(ctx, w)
	if err != nil {
		b.Fatal(err)
	}
	cedar, err := newCedar(w)
	if err != nil {
		b.Fatal(err)
	}
	ours, err := newOurs(w)
	if err != nil {
		b.Fatal(err)
	}
	return []*contender{
		{name: "ours", n: decisions, run: inProcess(func(i int) (bool, error) { return ours.decide(i), nil })},
		{name: "ours, with the proof", n: decisions, run: inProcess(func(i int) (bool, error) { return ours.explain(i), nil })},
		{name: "iam-simulate " + realtest.IAMSimulateVersion, goal: 500, n: decisions / 10, run: plain.decide},
		{name: "the same, policies validated beforehand", n: decisions / 10, run: validated.decide},
		{name: "OPA, prepared query", goal: 100, n: decisions / 2, run: inProcess(func(i int) (bool, error) { return opa.decide(ctx, i) })},
		{name: "cedar-go, policies of one principal", goal: 8, n: decisions, run: inProcess(func(i int) (bool, error) { return cedar.decide(i), nil })},
	}
}

// BenchmarkDecisions prints what a decision costs in each engine, as the median
// of five rounds that take turns, after one round that is not counted in which
// every engine must give every answer that the first gives.
func BenchmarkDecisions(b *testing.B) {
	w := newWorkload(seed)
	all := contenders(b, w)
	want, _, err := all[0].run(decisions)
	if err != nil {
		b.Fatal(err)
	}
	allowed := 0
	for _, ok := range want {
		if ok {
			allowed++
		}
	}
	b.Logf("%d principals, %d decisions, %d allowed, seed %d", principals, decisions, allowed, seed)
	for _, c := range all[1:] {
		got, _, err := c.run(decisions)
		if err != nil {
			b.Fatal(err)
		}
		for i := range got {
			if got[i] != want[i] {
				b.Fatalf("%s: request %d: %v, and %s says %v: %+v", c.name, i, got[i], all[0].name, want[i], w.requests[i])
			}
		}
	}
	b.ResetTimer()
	for range 5 {
		for _, c := range all {
			_, took, err := c.run(c.n)
			if err != nil {
				b.Fatal(err)
			}
			c.each = append(c.each, took/float64(c.n))
		}
	}
	b.StopTimer()
	ours := median(all[0].each)
	for _, c := range all {
		each, goal := median(c.each), ""
		if c.goal > 0 {
			goal = fmt.Sprintf(", goal %.0f", c.goal)
			if each/ours < c.goal {
				goal += " MISSED"
			}
		}
		b.Logf("%-42s %10.0f decisions per processor second, %8.0f ns each (%.0f to %.0f), %7.1f times ours%s", c.name, 1/each, each*1e9, slices.Min(c.each)*1e9, slices.Max(c.each)*1e9, each/ours, goal)
	}
	if each := ours * 1e9; each > 500 {
		b.Logf("MISSED: a decision took %.0f ns, the goal is 500", each)
	}
	b.ReportMetric(ours*1e9, "ns/decision")
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
