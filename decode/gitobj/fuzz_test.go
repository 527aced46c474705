package gitobj

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

func FuzzPackIndex(f *testing.F) {
	idx := append([]byte{0xff, 't', 'O', 'c', 0, 0, 0, 2}, make([]byte, 1024+28+40)...)
	f.Add(idx)
	one := bytes.Clone(idx)
	for i := range 256 {
		one[8+4*i+3] = 1
	}
	f.Add(one)
	f.Add(make([]byte, 1024))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, hash := range []int{20, 32} {
			x, err := parseIndex(data, hash)
			if err != nil {
				continue
			}
			for i := range min(x.n, 1000) {
				x.offset(i)
				x.find(RawID(x.name(i)))
			}
			x.find(ID{size: uint8(hash)})
		}
	})
}

func FuzzMultiIndex(f *testing.F) {
	f.Add([]byte("MIDX\x01\x01\x04\x00\x00\x00\x00\x01OIDF\x00\x00\x00\x00\x00\x00\x00\x50"))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := parseMultiIndex(data, 20)
		if err != nil {
			return
		}
		for i := range min(x.n, 1000) {
			x.at(i)
			x.find(RawID(x.name(i)))
		}
	})
}

func FuzzTree(f *testing.F) {
	f.Add([]byte("100644 a\x00aaaaaaaaaaaaaaaaaaaa40000 b\x00aaaaaaaaaaaaaaaaaaaa"))
	f.Add([]byte("100644 ..\x00aaaaaaaaaaaaaaaaaaaa"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, _ := ParseTree(data, 20)
		for _, e := range list {
			if e.Name == "" || e.Name == ".." || e.Name == "." || bytes.ContainsAny([]byte(e.Name), "/\x00") {
				t.Errorf("name %q", e.Name)
			}
		}
	})
}

func FuzzCommit(f *testing.F) {
	f.Add([]byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1700000000 +0100\ncommitter A <a@b> 99999999999999999999 +0100\ngpgsig x\n\nmessage\n"))
	f.Add([]byte("object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype commit\ntag v1\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseCommit(data)
		if err == nil && c.Tree.IsZero() {
			t.Error("a commit without tree")
		}
		if y := c.Author.Time.Year(); !c.Author.Time.IsZero() && (y < 1970 || y > 9999) {
			t.Errorf("author in year %d", y)
		}
		_, _, _ = ParseTag(data)
	})
}

func FuzzIndex(f *testing.F) {
	f.Add(append([]byte("DIRC\x00\x00\x00\x02\x00\x00\x00\x01"), make([]byte, 100)...), uint8(2))
	f.Add(append([]byte("DIRC\x00\x00\x00\x04\x00\x00\x00\x02"), make([]byte, 200)...), uint8(4))
	f.Fuzz(func(t *testing.T, data []byte, version uint8) {
		if len(data) > 8 {
			data[7] = version%3 + 2
		}
		list, err := ParseIndex(data, 20)
		for _, e := range list {
			if err == nil && e.Path == "" {
				t.Error("a file without path")
			}
		}
	})
}

func FuzzDelta(f *testing.F) {
	f.Add([]byte("base text"), []byte{9, 4, 0x90, 4})
	f.Add([]byte("base text"), []byte{9, 0xff, 0xff, 0xff, 0xff, 0x07, 0x80})
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		const limit = 1 << 20
		if out, err := applyDelta(base, delta, limit); err == nil && len(out) > limit {
			t.Errorf("%d bytes", len(out))
		}
	})
}

// FuzzPack lets a pack of any bytes be read at any offset.
func FuzzPack(f *testing.F) {
	var b bytes.Buffer
	b.WriteString("PACK\x00\x00\x00\x02\x00\x00\x00\x02\x34")
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte("test"))
	_ = z.Close()
	f.Add(b.Bytes(), uint16(12))
	delta := append(bytes.Clone(b.Bytes()), 0x64, byte(b.Len()-12))
	f.Add(append(delta, make([]byte, 40)...), uint16(b.Len()))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte, offset uint16) {
		path := filepath.Join(dir, "x.pack")
		if len(data) >= 12 {
			copy(data, "PACK")
			binary.BigEndian.PutUint32(data[4:], 2)
		}
		if err := os.WriteFile(path, append(data, make([]byte, 20)...), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := openPack(path, 20)
		if err != nil {
			return
		}
		defer p.file.Close()
		s := &Store{hash: 20, packs: []*pack{p}}
		const limit = 1 << 20
		if _, out, err := NewReader(1<<20, s).packed(s, p, int64(offset), limit); err == nil && len(out) > limit {
			t.Errorf("%d bytes", len(out))
		}
	})
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte("[remote \"x\\\"y\"] url = a\\\n b # c\n[core]\nbare\n"))
	f.Add([]byte("[a \""))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, s := range ParseConfig(data) {
			if s.Line < 1 {
				t.Error("no line")
			}
		}
	})
}

func FuzzSplitIndex(f *testing.F) {
	f.Add(make([]byte, 24), make([]byte, 44))
	f.Add(append(make([]byte, 7), 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0), []byte("x"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for _, n := range []int{0, 1, 64, 1000} {
			if has, rest, err := bitmap(a, n); err == nil {
				for i := range n {
					has(i)
				}
				_, _, _ = bitmap(rest, n)
			}
		}
		_, _ = (&Repo{HashSize: 20, GitDir: t.TempDir()}).joinIndex(nil, b)
	})
}
