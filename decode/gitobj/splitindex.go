package gitobj

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
)

// joinIndex puts a split index together (gitformat-index, "Split index"): link names
// the shared file, and says which of its entries are gone and which are replaced, by
// those of list without a path, in turn. The others of list are new.
func (r *Repo) joinIndex(list []IndexEntry, link []byte) ([]IndexEntry, error) {
	if len(link) < r.HashSize {
		return nil, corrupt("index: its link is cut off")
	}
	base := RawID(link[:r.HashSize])
	if base.IsZero() {
		return list, nil
	}
	raw, err := readFile(filepath.Join(r.GitDir, "sharedindex."+base.String()), maxIndexFile)
	if err != nil {
		return nil, fmt.Errorf("read the shared part of the index: %w", err)
	}
	shared, err := ParseIndex(raw, r.HashSize)
	if err != nil {
		return nil, fmt.Errorf("the shared part of the index: %w", err)
	}
	gone, rest, err := bitmap(link[r.HashSize:], len(shared))
	if err != nil {
		return nil, err
	}
	replaced, _, err := bitmap(rest, len(shared))
	if err != nil {
		return nil, err
	}
	out := make([]IndexEntry, 0, len(shared)+len(list))
	next := 0
	for i, e := range shared {
		if replaced(i) {
			if next >= len(list) || list[next].Path != "" {
				return nil, corrupt("index: more entries of its shared part are replaced than there are new ones")
			}
			path := e.Path
			e = list[next]
			e.Path = path
			next++
		}
		if !gone(i) {
			out = append(out, e)
		}
	}
	for _, e := range list[next:] {
		if e.Path == "" {
			return nil, corrupt("index: a path that is empty")
		}
		out = append(out, e)
	}
	return out, nil
}

// bitmap reads a compressed bitmap of at most n bits (gitformat-bitmap, "Appendix A:
// Serialization format for an EWAH bitmap") and returns what follows it: words, of
// which each first says how many equal and how many literal ones it stands for.
func bitmap(b []byte, n int) (has func(int) bool, rest []byte, err error) {
	if len(b) < 8 {
		return nil, nil, corrupt("index: a bitmap is cut off")
	}
	words := int64(binary.BigEndian.Uint32(b[4:]))
	if int64(len(b)) < 8+8*words+4 {
		return nil, nil, corrupt("index: a bitmap is cut off")
	}
	rest = b[8+8*words+4:]
	b = b[8 : 8+8*words]
	set := make([]uint64, (n+63)/64)
	at := 0
	for len(b) > 0 {
		head := binary.BigEndian.Uint64(b)
		b = b[8:]
		run, literal := head>>1&0xffffffff, int(head>>33)
		for ; run > 0 && at < len(set); run-- {
			if head&1 != 0 {
				set[at] = ^uint64(0)
			}
			at++
		}
		if literal > len(b)/8 {
			return nil, nil, corrupt("index: a bitmap is cut off")
		}
		for range literal {
			if at < len(set) {
				set[at] = binary.BigEndian.Uint64(b)
				at++
			}
			b = b[8:]
		}
	}
	return func(i int) bool { return set[i>>6]&(1<<(i&63)) != 0 }, rest, nil
}
