package git_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkHistory reads the whole history of a repository; bytes are those of
// all versions of all files. DROVER_BENCH_REPO names one, for comparison with
// `gitleaks git` on the same; else one is made of this project's own files.
func BenchmarkHistory(b *testing.B) {
	dir := os.Getenv("DROVER_BENCH_REPO")
	if dir == "" {
		y := corpus(b, "../..", 2000)
		y.git("repack", "-q", "-a", "-d")
		dir = y.dir
	}
	var total int64
	for line := range strings.Lines(run(b, dir, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectsize)")) {
		if size, ok := strings.CutPrefix(strings.TrimSpace(line), "blob "); ok {
			n, err := strconv.ParseInt(size, 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			total += n
		}
	}
	b.SetBytes(total)
	b.ReportAllocs()
	for b.Loop() {
		scan(b, dir, "worktree", "false")
	}
}

// BenchmarkStaged is the hook on a change of 50 files in a repository of 5000.
func BenchmarkStaged(b *testing.B) {
	y := newYard(b)
	for i := range 5000 {
		y.write("d"+strconv.Itoa(i%100)+"/f"+strconv.Itoa(i), strings.Repeat("some text in file "+strconv.Itoa(i)+"\n", 100))
	}
	y.commit("one")
	for i := range 50 {
		y.write("d"+strconv.Itoa(i)+"/f"+strconv.Itoa(i), strings.Repeat("other text in file "+strconv.Itoa(i)+"\n", 100))
	}
	y.git("add", "-A")
	for b.Loop() {
		staged(b, y.dir)
	}
}
