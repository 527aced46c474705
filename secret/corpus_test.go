package secret

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWindowsEqualPlain: on real files, looking only where a match is possible
// finds exactly what looking everywhere finds.
func TestWindowsEqualPlain(t *testing.T) {
	root := os.Getenv("DROVER_CORPUS")
	if root == "" {
		root = "../../shared/data/secrets"
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("labelled corpora not present")
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
		if len(data) > 200_000 {
			data = data[:200_000]
		}
		files++
		if got, want := encodedParts(data), plainParts(data); !sameParts(got, want) {
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
