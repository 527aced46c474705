package gitobj

import (
	"bytes"
	stdflate "compress/flate"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// deflated is data as levels of compression write it.
func deflated(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := stdflate.NewWriter(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFlate: what was deflated comes out again, of all kinds of blocks; a stream
// that is cut says so, and one of another size too.
func TestFlate(t *testing.T) {
	var texts [][]byte
	files, _ := filepath.Glob("*.go")
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, data)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		b := make([]byte, n*n%70000)
		for i := range b {
			b[i] = byte(r.IntN(1 + n%256))
		}
		texts = append(texts, b, bytes.Repeat([]byte{byte(n)}, n*100))
	}
	var f flate
	for _, text := range texts {
		for _, level := range []int{stdflate.HuffmanOnly, 0, 1, 6, 9} {
			stream := deflated(t, text, level)
			dst := make([]byte, len(text))
			n, err := f.run(dst, append(stream[:len(stream):len(stream)], "and more"...))
			if err != nil || n != len(stream) || !bytes.Equal(dst, text) {
				t.Fatalf("%d bytes, level %d: took %d of %d, %v", len(text), level, n, len(stream), err)
			}
			if cut := r.IntN(len(stream)); cut < len(stream)-1 {
				if _, err := f.run(dst, stream[:cut]); !errors.Is(err, errShort) {
					t.Fatalf("%d bytes, level %d, cut at %d of %d: %v", len(text), level, cut, len(stream), err)
				}
			}
			if _, err := f.run(append(dst[:len(dst):len(dst)], 0), stream); !errors.Is(err, errSize) {
				t.Fatalf("one byte more: %v", err)
			}
			if len(dst) > 0 {
				if _, err := f.run(dst[:len(dst)-1], stream); !errors.Is(err, errSize) {
					t.Fatalf("one byte fewer: %v", err)
				}
			}
		}
	}
}

// FuzzFlate: what compress/flate takes is taken, with the same result; what it
// refuses is refused.
func FuzzFlate(f *testing.F) {
	for _, level := range []int{stdflate.HuffmanOnly, 0, 1, 9} {
		f.Add(deflated(f, []byte("text text text of some kind, text of another kind"), level))
		f.Add(deflated(f, bytes.Repeat([]byte("abcdefgh\x00\xff"), 400), level))
	}
	f.Add([]byte{0x03, 0x00})
	f.Add([]byte{0x05, 0xc0, 0x81, 0, 0, 0, 0, 0})
	var fl flate
	f.Fuzz(func(t *testing.T, stream []byte) {
		src := bytes.NewReader(stream)
		want, err := io.ReadAll(io.LimitReader(stdflate.NewReader(src), 1<<20))
		if len(want) == 1<<20 {
			return
		}
		got := make([]byte, len(want))
		n, mine := fl.run(got, stream)
		if (err == nil) != (mine == nil) {
			t.Fatalf("%d bytes: %v, compress/flate: %v", len(want), mine, err)
		}
		if err == nil && (!bytes.Equal(got, want) || n != len(stream)-src.Len()) {
			t.Fatalf("took %d, compress/flate %d; equal %v", n, len(stream)-src.Len(), bytes.Equal(got, want))
		}
	})
}
