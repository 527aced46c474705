package reach

import (
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/droverhq/drover"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A graph read back from its file is the graph that was written.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "graph")
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t, 20)
		b := NewBuilder(w.n)
		for _, e := range w.edges {
			if err := b.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		if rapid.Bool().Draw(t, "refs") {
			for n := range uint32(w.n) {
				if err := b.SetRef(n, drover.NewRef("s", "", "t", string(rune('a'+n)))); err != nil {
					t.Fatal(err)
				}
			}
		}
		g := b.Build()
		if err := g.Write(path, "key"); err != nil {
			t.Fatal(err)
		}
		got, err := Open(path, "key")
		if err != nil {
			t.Fatal(err)
		}
		checkSides(t, got)
		if diff := cmp.Diff(edgesOf(g), edgesOf(got)); diff != "" || got.grades != g.grades || got.Len() != g.Len() {
			t.Fatalf("read back (-written +read), grades %b %b:\n%s", g.grades, got.grades, diff)
		}
		for n := range uint32(w.n) {
			if g.Ref(n) != got.Ref(n) {
				t.Fatalf("ref of %d: %q, written %q", n, got.Ref(n), g.Ref(n))
			}
			if at, ok := got.Find(g.Ref(n)); ok != (g.Ref(n) != "") || ok && at != n {
				t.Fatalf("Find(%q) = %d, %v", g.Ref(n), at, ok)
			}
		}
	})
}

func written(tb testing.TB) (path string, data []byte) {
	b := NewBuilder(5)
	for i := range uint32(4) {
		for _, e := range []Edge{
			{From: i, To: i + 1, Kind: drover.EdgeCanAssume, Move: true, Info: Info{Technique: "a", Proof: "[]"}},
			{From: i, To: 4 - i, Kind: drover.EdgeCanAccess, Level: "read", Grade: drover.GradeInferred},
		} {
			if err := b.Add(e); err != nil {
				tb.Fatal(err)
			}
		}
		if err := b.SetRef(i, drover.NewRef("s", "", "t", string(rune('a'+i)))); err != nil {
			tb.Fatal(err)
		}
	}
	path = filepath.Join(tb.TempDir(), "graph")
	if err := b.Build().Write(path, "key"); err != nil {
		tb.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return path, data
}

// A file of another key is to be made again; one that is cut or changed anywhere
// is an error that names it.
func TestDamagedFile(t *testing.T) {
	path, data := written(t)
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	if _, err := Open(path, "other"); !errors.Is(err, ErrStale) {
		t.Errorf("another key: %v", err)
	}
	if _, err := Open(path+"-none", "key"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for i := range data {
		b := append(make([]byte, 0, len(data)+8), data...) // aligned, as a mapping is
		if _, err := read(b[:i], "key"); err == nil {
			t.Errorf("a file cut to %d of %d bytes is taken", i, len(data))
		}
		b[i] ^= 1 << (i % 8)
		if _, err := read(b, "key"); err == nil {
			t.Errorf("a file changed at %d is taken", i)
		}
	}
	for _, b := range [][]byte{nil, data[:len(data)/2]} {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, "key"); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("a file of %d bytes: %v", len(b), err)
		}
	}
}

// Whatever lies in a file, even under a right sum, reading it and asking every
// question of it ends without a panic.
func FuzzOpen(f *testing.F) {
	_, data := written(f)
	f.Add(data, 0, byte(0))
	for at := 16; at < len(data); at += 5 {
		f.Add(data, at, byte(at))
	}
	f.Fuzz(func(t *testing.T, b []byte, at int, v byte) {
		b = append(make([]byte, 0, len(b)+8), b...) // aligned, as a mapping is
		if at >= 16 && at < len(b) {
			b[at] = v
		}
		if len(b) >= 16 {
			*(*uint64)(unsafe.Pointer(&b[0])) = magic
			*(*uint64)(unsafe.Pointer(&b[8])) = uint64(crc32.Checksum(b[16:], crc32.MakeTable(crc32.Castagnoli)))
		}
		g, err := read(b, "key")
		if err != nil || g.Len() > 1000 {
			return
		}
		for e := range uint32(g.Edges()) {
			g.Edge(e)
		}
		var all []uint32
		for n := range uint32(g.Len()) {
			all = append(all, n)
			g.Find(g.Ref(n))
			for range g.In(n) {
			}
			for range g.Blast([]uint32{n}, Options{}).Touched() {
			}
			g.Paths([]uint32{n}, []uint32{0}, Options{}, 3)
			g.Shortest(n, 0, Options{})
		}
		g.Reverse(all, Options{})
	})
}
