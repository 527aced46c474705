package gitobj

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover"
)

func deflate(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// head writes the head of an object in a pack.
func head(typ Type, size int) []byte {
	b := []byte{byte(typ)<<4 | byte(size&15)}
	for size >>= 4; size > 0; size >>= 7 {
		b[len(b)-1] |= 0x80
		b = append(b, byte(size&0x7f))
	}
	return b
}

func size(n int) []byte {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// readPacked reads the object at the end of a pack of these parts.
func readPacked(t *testing.T, limit int64, parts ...[]byte) error {
	t.Helper()
	b := append([]byte("PACK\x00\x00\x00\x02\x00\x00\x00\x01"), bytes.Join(parts[:len(parts)-1], nil)...)
	at := len(b)
	b = append(append(b, parts[len(parts)-1]...), make([]byte, 20)...)
	path := filepath.Join(t.TempDir(), "x.pack")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := openPack(path, 20)
	if err != nil {
		t.Fatal(err)
	}
	defer p.file.Close()
	s := &Store{hash: 20, packs: []*pack{p}}
	r := NewReader(1<<20, s)
	_, _, err = r.packed(s, p, int64(at), limit)
	if r.Inflated > 200<<20 {
		t.Errorf("%d bytes were inflated", r.Inflated)
	}
	return err
}

// What would grow beyond its limit is refused before it does.
func TestBombs(t *testing.T) {
	const limit = 1 << 20
	zeros := deflate(make([]byte, 64<<20))
	base := append(head(Blob, 4), deflate([]byte("base"))...)
	delta := func(d []byte) []byte {
		return append(append(head(offsetDelta, len(d)), byte(len(base))), deflate(d)...)
	}
	for name, c := range map[string]struct {
		parts [][]byte
		want  error
	}{
		"sound":                         {[][]byte{base}, nil},
		"sound delta":                   {[][]byte{base, delta([]byte{4, 4, 0x90, 4})}, nil},
		"says that it is large":         {[][]byte{append(head(Blob, 64<<20), zeros...)}, ErrTooLarge},
		"says that it is small":         {[][]byte{append(head(Blob, 100), zeros...)}, drover.ErrInvalid},
		"says more than it has":         {[][]byte{append(head(Blob, 5), deflate([]byte("base"))...)}, drover.ErrInvalid},
		"delta of a terabyte":           {[][]byte{base, delta(append(size(4), size(1<<40)...))}, ErrTooLarge},
		"delta that copies without end": {[][]byte{base, delta(append(append(size(4), size(1000)...), bytes.Repeat([]byte{0x90, 4}, 1000)...))}, drover.ErrInvalid},
		"delta from outside its base":   {[][]byte{base, delta([]byte{4, 4, 0x91, 9, 4})}, drover.ErrInvalid},
		"delta of another base":         {[][]byte{base, delta([]byte{5, 4, 0x90, 4})}, drover.ErrInvalid},
		"delta of itself":               {[][]byte{append(append(head(refDelta, 4), make([]byte, 20)...), deflate([]byte{4, 4, 0x90, 4})...)}, drover.ErrInvalid},
		"not compressed":                {[][]byte{append(head(Blob, 4), "base, plainly written"...)}, drover.ErrInvalid},
		"unknown type":                  {[][]byte{{0x54, 0, 0, 0}}, drover.ErrInvalid},
	} {
		if err := readPacked(t, limit, c.parts...); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// A chain of deltas that leads back to where it began ends.
func TestDeltaLoop(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "pack"), 0o755); err != nil {
		t.Fatal(err)
	}
	a, b := bytes.Repeat([]byte{1}, 20), bytes.Repeat([]byte{2}, 20)
	one := append(append(head(refDelta, 4), b...), deflate([]byte{4, 4, 0x90, 4})...)
	two := append(append(head(refDelta, 4), a...), deflate([]byte{4, 4, 0x90, 4})...)
	pack := append(append([]byte("PACK\x00\x00\x00\x02\x00\x00\x00\x02"), one...), two...)
	idx := append([]byte{}, idxMagic...)
	idx = binary.BigEndian.AppendUint32(idx, 2)
	for i := range 256 {
		idx = binary.BigEndian.AppendUint32(idx, uint32(min(i, 2)))
	}
	idx = append(append(idx, a...), b...)
	idx = append(idx, make([]byte, 8)...)
	idx = binary.BigEndian.AppendUint32(idx, 12)
	idx = binary.BigEndian.AppendUint32(idx, uint32(12+len(one)))
	idx = append(idx, make([]byte, 40)...)
	for name, data := range map[string][]byte{"x.pack": append(pack, make([]byte, 20)...), "x.idx": idx} {
		if err := os.WriteFile(filepath.Join(dir, "pack", name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := OpenStore(dir, 20)
	if err != nil || len(s.Faults) > 0 {
		t.Fatal(err, s.Faults)
	}
	defer s.Close()
	if _, _, err := NewReader(1<<20, s).Read(RawID(a), 1<<20); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// A loose object that inflates to more than it says, or has another content than
// its name says, is not returned.
func TestLooseFaults(t *testing.T) {
	dir := t.TempDir()
	put := func(id ID, raw []byte) {
		t.Helper()
		path := filepath.Join(dir, id.String()[:2], id.String()[2:])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"sound":        {deflate([]byte("blob 4\x00base")), nil},
		"bomb":         {deflate(append([]byte("blob 4\x00"), make([]byte, 64<<20)...)), drover.ErrInvalid},
		"large":        {deflate(append([]byte("blob 9999999\x00"), make([]byte, 9999999)...)), ErrTooLarge},
		"other":        {deflate([]byte("blob 4\x00BASE")), drover.ErrInvalid},
		"cut off":      {deflate([]byte("blob 4\x00base"))[:9], drover.ErrInvalid},
		"empty":        {nil, drover.ErrInvalid},
		"negative":     {deflate([]byte("blob -4\x00base")), drover.ErrInvalid},
		"unknown word": {deflate([]byte("blub 4\x00base")), drover.ErrInvalid},
	} {
		id := RawID(func() []byte { h := sha1.Sum([]byte("blob 4\x00base")); return h[:] }())
		put(id, c.raw)
		s, err := OpenStore(dir, 20)
		if err != nil {
			t.Fatal(err)
		}
		_, data, err := NewReader(1<<20, s).Read(id, 1<<20)
		if !errors.Is(err, c.want) || c.want == nil && (err != nil || string(data) != "base") {
			t.Errorf("%s: got %q, %v; want %v", name, data, err, c.want)
		}
	}
	// A link that leads to itself is an error like any other.
	id := ID{size: 20}
	id.sum[0] = 9
	if err := os.MkdirAll(filepath.Join(dir, "09"), 0o755); err != nil {
		t.Fatal(err)
	}
	loop := filepath.Join(dir, "09", id.String()[2:])
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	s, err := OpenStore(dir, 20)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := NewReader(1<<20, s).Read(id, 1<<20); err == nil {
		t.Error("a link to itself was read")
	}
}

// A million refs are listed; rubbish among them is said and costs no other.
func TestManyRefs(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"objects", "refs"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	b.WriteString("# pack-refs with: peeled fully-peeled sorted\n")
	const n = 1_000_000
	for i := range n {
		fmt.Fprintf(&b, "%040x refs/heads/%d\n", i+1, i)
	}
	b.WriteString("rubbish\n")
	for name, text := range map[string]string{"HEAD": "ref: refs/heads/main\n", "packed-refs": b.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	repo, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	refs, err := repo.Refs()
	if len(refs) != n || !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("%d refs, %v", len(refs), err)
	}
}
