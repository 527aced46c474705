package graph

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/droverhq/drover/graph/mapped"
)

// What an arena was given comes back, from memory and from a file, whatever the
// lengths; and a little takes little.
func TestArena(t *testing.T) {
	path := filepath.Join(t.TempDir(), "arena")
	rapid.Check(t, func(t *rapid.T) {
		var a arena
		var want []string
		var spans []span
		for i, n := range rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 3*chunkLeast), rapid.IntRange(chunkSize-2, 2*chunkSize+1)), 0, 6).Draw(t, "lengths") {
			s := strings.Repeat(string(rune('a'+i)), n)
			want, spans = append(want, s), append(spans, a.keep(s))
		}
		total := 0
		for i, s := range want {
			if got := a.at(spans[i]); got != s {
				t.Fatalf("%d: %d bytes came back as %d", i, len(s), len(got))
			}
			total += len(s)
		}
		if total < chunkLeast && a.bytes() > chunkLeast {
			t.Fatalf("%d bytes take %d", total, a.bytes())
		}
		if err := mapped.Write(path, ".arena-*", 7, func(w *mapped.Writer) { a.array(w) }); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, ok := mapped.NewReader(data, 7)
		if !ok {
			t.Fatal("no file of ours")
		}
		var back arena
		back.array(r)
		for i, s := range want {
			if got := back.at(spans[i]); got != s {
				t.Fatalf("%d: %d bytes came back from the file as %d", i, len(s), len(got))
			}
		}
	})
}
