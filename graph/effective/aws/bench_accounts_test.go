package aws

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/droverhq/drover/graph/effective"
)

// accounts are the folders of real and example accounts, each as one scan.
func accounts(t testing.TB) (dirs []string) {
	root := shared(t, "iam", "gaad")
	list, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.IsDir() {
			dirs = append(dirs, filepath.Join(root, d.Name()))
		}
	}
	return dirs
}

// BenchmarkAccounts makes the full effective access and all escalation paths of
// each account, and prints what there is and what it took.
func BenchmarkAccounts(b *testing.B) {
	for _, dir := range accounts(b) {
		b.Run(filepath.Base(dir), func(b *testing.B) {
			in := snapshot(scan(b, dir))
			var m *effective.Model
			var before, after runtime.MemStats
			for b.Loop() {
				fresh := *in
				runtime.GC()
				runtime.ReadMemStats(&before)
				started := time.Now()
				var err error
				if m, err = System.Load(b.Context(), &fresh); err != nil {
					b.Fatal(err)
				}
				edges, touches, profiles := measure(in, m)
				took := time.Since(started)
				runtime.ReadMemStats(&after)
				b.Logf("%s: %d rows, %d profiles, %d effects, %d touches in %v, %d KiB allocated", filepath.Base(dir), in.Len(), profiles, edges, touches, took.Round(time.Microsecond), (after.TotalAlloc-before.TotalAlloc)>>10)
			}
			techniques := map[string]int{}
			for e := range m.Edges {
				if e.Technique != "" {
					techniques[e.Technique]++
				}
			}
			b.Log(techniques)
			for _, g := range m.Gaps {
				b.Logf("not analysed: %s (%s)", g.What, g.Why)
			}
		})
	}
}

// measure asks for everything.
func measure(in *effective.Input, m *effective.Model) (edges, touches, profiles int) {
	for range m.Edges {
		edges++
	}
	seen := map[uint32]bool{}
	for i := range in.Seen() {
		if f, ok := m.Profile(uint32(i)); ok && !seen[f] {
			seen[f] = true
			for range m.Touch(f) {
				touches++
			}
		}
	}
	return edges, touches, len(seen)
}

// Every account that is there is evaluated whole.
func TestAccounts(t *testing.T) {
	for _, dir := range accounts(t) {
		l := open(t, dir)
		edges, touches, profiles := measure(l.in, l.model)
		t.Logf("%s: %d rows, %d profiles, %d effects, %d touches", filepath.Base(dir), l.in.Len(), profiles, edges, touches)
		if profiles == 0 || edges == 0 {
			t.Errorf("%s: nothing was evaluated", dir)
		}
	}
}
