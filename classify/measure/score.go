package main

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/droverhq/drover/classify"
)

// counts are the outcomes for one class. Abstained rows count as misses in recall.
type counts struct{ tp, fp, fn int }

func (c counts) f1() (p, r, f float64) {
	if c.tp == 0 {
		return 0, 0, 0
	}
	p = float64(c.tp) / float64(c.tp+c.fp)
	r = float64(c.tp) / float64(c.tp+c.fn)
	return p, r, 2 * p * r / (p + r)
}

// A score compares labels with conclusions over some rows.
type score struct {
	n, right, abstained int
	class               map[string]*counts
}

func (s *score) add(want, got, none string) {
	if s.class == nil {
		s.class = map[string]*counts{}
	}
	at := func(k string) *counts {
		if s.class[k] == nil {
			s.class[k] = &counts{}
		}
		return s.class[k]
	}
	s.n++
	switch {
	case want == got:
		s.right++
		at(want).tp++
		return
	case got == none:
		s.abstained++
	default:
		at(got).fp++
	}
	at(want).fn++
}

// micro is the F1 over all rows: an abstention costs recall, not precision.
func (s *score) micro() float64 {
	answered := s.n - s.abstained
	if s.right == 0 {
		return 0
	}
	p, r := float64(s.right)/float64(answered), float64(s.right)/float64(s.n)
	return 2 * p * r / (p + r)
}

// interval is the 95 % bootstrap interval of micro: the outcomes of n rows drawn
// anew with replacement, 2,000 times, by a fixed seed.
func (s *score) interval() (low, high float64) {
	if s.n == 0 {
		return 0, 0
	}
	random := rand.New(rand.NewPCG(1, uint64(s.n)))
	f := make([]float64, 2000)
	for i := range f {
		draw := score{n: s.n}
		for range s.n {
			switch k := random.IntN(s.n); {
			case k < s.right:
				draw.right++
			case k < s.right+s.abstained:
				draw.abstained++
			}
		}
		f[i] = draw.micro()
	}
	slices.Sort(f)
	return f[len(f)*25/1000], f[len(f)*975/1000-1]
}

// span prints the interval.
func (s *score) span() string {
	if s.n == 0 {
		return "-"
	}
	low, high := s.interval()
	return fmt.Sprintf("%.3f-%.3f", low, high)
}

// cell prints the F1, and "-" where there is nothing to measure.
func (s *score) cell() string {
	if s.n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", s.micro())
}

// A result holds the scores of one set: verdict and type, with structure and bare.
type result struct{ verdict, kind [2]score }

// now is fixed, so that a measurement can be repeated.
var now = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// measure judges the rows that keep accepts; miss is told of each wrong one.
func measure(c *classify.Classifier, rows []row, keep func(*row) bool, miss func(r *row, res *classify.Result)) (out result) {
	for i := range rows {
		r := &rows[i]
		if !keep(r) {
			continue
		}
		for bare := range 2 {
			in := r.input(bare == 1)
			res := c.Classify(&in, now)
			out.verdict[bare].add(string(r.Verdict), string(res.Verdict.Value.Value), "unknown")
			if r.NHIType != "" {
				out.kind[bare].add(string(r.NHIType), string(res.NHIType.Value), "")
			}
			if bare == 0 && (res.Verdict.Value.Value != r.Verdict || r.NHIType != "" && res.NHIType.Value != r.NHIType) {
				miss(r, &res)
			}
		}
	}
	return out
}

// report prints the table per set, then per class over all sets.
func report(w io.Writer, sets []set, misses bool) error {
	c, err := classify.New(classify.Settings{})
	if err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	miss := func(r *row, res *classify.Result) {
		if misses {
			fmt.Fprintf(w, "  miss %s %q: want %s %s, got %s %s (%.1f) %v\n", r.Type, r.Name, r.Verdict, r.NHIType, res.Verdict.Value.Value, res.NHIType.Value, res.Verdict.Score, res.Verdict.Reasons)
		}
	}
	quiet := func(*row, *classify.Result) {}
	all := func(*row) bool { return true }
	tuned := func(r *row) bool { return !r.held() }
	fmt.Fprintf(w, "%-28s %6s %8s %12s %8s %8s %9s %8s %8s %8s  %s\n", "set", "n", "verdict", "95 %", "half 1", "half 2", "abstained", "nhi_type", "bare", "bare type", "label read from")
	var every []row
	for _, s := range sets {
		a := measure(c, s.rows, all, miss)
		t, h := measure(c, s.rows, tuned, quiet), measure(c, s.rows, (*row).held, quiet)
		fmt.Fprintf(w, "%-28s %6d %8s %12s %8s %8s %9d %8s %8s %8s  %s\n", s.name, a.verdict[0].n, a.verdict[0].cell(), a.verdict[0].span(), t.verdict[0].cell(), h.verdict[0].cell(), a.verdict[0].abstained, a.kind[0].cell(), a.verdict[1].cell(), a.kind[1].cell(), s.label)
		every = append(every, s.rows...)
	}
	a := measure(c, every, all, quiet)
	fmt.Fprintf(w, "%-28s %6d %8s %12s %27d %8s %8s %8s\n", "all", a.verdict[0].n, a.verdict[0].cell(), a.verdict[0].span(), a.verdict[0].abstained, a.kind[0].cell(), a.verdict[1].cell(), a.kind[1].cell())
	printClasses(w, "verdict", a.verdict)
	printClasses(w, "nhi_type", a.kind)
	return nil
}

func printClasses(w io.Writer, what string, s [2]score) {
	fmt.Fprintf(w, "\n%-28s %6s %9s %7s %7s   %s\n", what, "n", "precision", "recall", "F1", "bare: precision recall F1")
	for _, k := range slices.Sorted(maps.Keys(s[0].class)) {
		c := s[0].class[k]
		p, r, f := c.f1()
		fmt.Fprintf(w, "%-28s %6d %9.3f %7.3f %7.3f", k, c.tp+c.fn, p, r, f)
		if b := s[1].class[k]; b != nil {
			p, r, f = b.f1()
			fmt.Fprintf(w, "   %.3f %.3f %.3f", p, r, f)
		}
		fmt.Fprintln(w)
	}
}
