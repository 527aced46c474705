package gitobj

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// A multiIndex is the index of several packs at once (gitformat-pack,
// "multi-pack-index (MIDX) files"). It is asked for packs that have no .idx.
type multiIndex struct {
	packIndex
	packs []string // file names, without folder
	where []byte   // n times pack number and offset, 4 bytes each
}

// parseMultiIndex reads a multi-pack-index file of version 1.
func parseMultiIndex(data []byte, hash int) (*multiIndex, error) {
	if len(data) < 12 || !bytes.HasPrefix(data, []byte("MIDX")) || data[4] != 1 {
		return nil, corrupt("multi-pack index: not one of version 1")
	}
	if int(data[5]) != map[int]int{20: 1, 32: 2}[hash] {
		return nil, corrupt("multi-pack index: its object names are of another kind than the repository's")
	}
	chunks, err := parseChunks(data, 12, int(data[6]))
	if err != nil {
		return nil, err
	}
	x := &multiIndex{packIndex: packIndex{hash: hash, stride: hash}}
	fan := chunks["OIDF"]
	rest := append(bytes.Clone(fan), chunks["OIDL"]...)
	if err := x.takeFanout(&rest); err != nil {
		return nil, err
	}
	x.names, x.where, x.large = chunks["OIDL"], chunks["OOFF"], chunks["LOFF"]
	if len(x.names) < x.n*hash || len(x.where) < 8*x.n {
		return nil, corrupt("multi-pack index: cut off")
	}
	for name := range strings.SplitSeq(string(chunks["PNAM"]), "\x00") {
		if name != "" {
			x.packs = append(x.packs, name)
		}
	}
	return x, nil
}

// parseChunks reads a table of contents: n times a name and an offset, and one
// more offset for the end.
func parseChunks(data []byte, at, n int) (map[string][]byte, error) {
	out := map[string][]byte{}
	if len(data) < at+12*(n+1) {
		return nil, corrupt("multi-pack index: cut off in its table of contents")
	}
	for i := range n {
		row := data[at+12*i:]
		from, to := binary.BigEndian.Uint64(row[4:]), binary.BigEndian.Uint64(row[16:])
		if from > to || to > uint64(len(data)) {
			return nil, corrupt("multi-pack index: a part that lies outside the file")
		}
		out[string(row[:4])] = data[from:to]
	}
	return out, nil
}

// at returns the number of the pack and the offset of the i-th object.
func (x *multiIndex) at(i int) (pack int, offset int64) {
	pack = int(binary.BigEndian.Uint32(x.where[8*i:]))
	return pack, largeOffset(binary.BigEndian.Uint32(x.where[8*i+4:]), x.large)
}
