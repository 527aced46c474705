package mapped_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/droverhq/drover/graph/mapped"
)

type pair struct{ A, B uint32 }

// What was written is read back in its order; a file of another magic, one that
// was changed and one that is cut are not taken for it.
func TestRoundTrip(t *testing.T) {
	const magic = 0x1234
	path := filepath.Join(t.TempDir(), "f")
	n, numbers, pairs, none := 7, []uint16{1, 2, 3}, []pair{{4, 5}, {6, 7}}, []uint64(nil)
	arrays := func(c mapped.Codec, n *int, numbers *[]uint16, pairs *[]pair, none *[]uint64) {
		mapped.Number(c, n)
		mapped.Array(c, numbers)
		mapped.Array(c, none)
		mapped.Array(c, pairs)
	}
	if err := mapped.Write(path, ".f-*", magic, func(w *mapped.Writer) { arrays(w, &n, &numbers, &pairs, &none) }); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".f-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	for _, writable := range []bool{false, true} {
		data, err := mapped.File(path, writable)
		if err != nil {
			t.Fatal(err)
		}
		r, ok := mapped.NewReader(data, magic)
		if !ok || !mapped.Sound(data) {
			t.Fatal("the file is not its own")
		}
		var m int
		var gotNumbers []uint16
		var gotPairs []pair
		var gotNone []uint64
		if arrays(r, &m, &gotNumbers, &gotPairs, &gotNone); !r.Done() || m != n || !slices.Equal(gotNumbers, numbers) || !slices.Equal(gotPairs, pairs) || gotNone != nil {
			t.Errorf("read %d %v %v %v, done %v: %v", m, gotNumbers, gotPairs, gotNone, r.Done(), r.Err())
		}
		if _, ok := mapped.NewReader(data, magic+1); ok {
			t.Error("another magic is taken")
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 16; i < len(whole); i++ {
		bad := slices.Clone(whole)
		bad[i] ^= 1
		if mapped.Sound(bad) {
			t.Errorf("byte %d changed, and the sum is the same", i)
		}
		if mapped.Sound(whole[:i]) {
			t.Errorf("cut at %d, and the sum is the same", i)
		}
	}
}
