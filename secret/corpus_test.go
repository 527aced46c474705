package secret

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/internal/realtest"
)

// TestWindowsEqualPlain: on real files, looking only where a match is possible
// finds exactly what looking everywhere finds. The oracle is slow: without
// DROVER_CORPUS, which may name any folder, it sees a part of the labelled corpora.
func TestWindowsEqualPlain(t *testing.T) {
	root, budget := os.Getenv("DROVER_CORPUS"), 1<<40
	if root == "" {
		root, budget = realtest.SharedData(t, "secrets"), 2<<20
	}
	s := Default()
	files, hits := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		data = data[:min(len(data), 200_000)]
		if budget -= len(data); budget < 0 {
			return filepath.SkipAll
		}
		files++
		if got, want := encodedParts(data, nil), plainParts(data); !sameParts(got, want) {
			t.Errorf("%s: encoded parts differ: %d, want %d", path, len(got), len(want))
		}
		got, want := s.Scan(path, data), plainScan(s, Input{Path: path, Data: data})
		hits += len(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-plain +windows)\n%s", path, diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 || hits == 0 {
		t.Fatalf("compared %d files, %d hits: nothing was tested", files, hits)
	}
	t.Logf("%d files, %d hits", files, hits)
}
