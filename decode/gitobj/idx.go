package gitobj

import (
	"bytes"
	"encoding/binary"
	"sort"
)

// A packIndex says where in a pack each object begins. It is read whole: some 30
// bytes for each object.
type packIndex struct {
	hash    int
	n       int
	fanout  []byte // 256 counts
	names   []byte // n sorted names, stride bytes apart
	stride  int
	skip    int    // bytes before the name in a stride
	offsets []byte // n 4-byte offsets; nil in version 1, where they precede the name
	large   []byte // 8-byte offsets
}

var idxMagic = []byte{0xff, 't', 'O', 'c'}

// parseIndex reads an .idx file of version 1 or 2 (gitformat-pack, "pack-*.idx
// files have the following format").
func parseIndex(data []byte, hash int) (*packIndex, error) {
	x := &packIndex{hash: hash, stride: hash}
	v2 := bytes.HasPrefix(data, idxMagic)
	if v2 {
		if len(data) < 8 || binary.BigEndian.Uint32(data[4:]) != 2 {
			return nil, corrupt("pack index: a version other than 1 and 2")
		}
		data = data[8:]
	}
	if err := x.takeFanout(&data); err != nil {
		return nil, err
	}
	if !v2 {
		x.stride, x.skip = hash+4, 4
		if len(data) < x.n*x.stride {
			return nil, corrupt("pack index: cut off: %d bytes for %d objects", len(data), x.n)
		}
		x.names = data[:x.n*x.stride]
		return x, nil
	}
	if len(data) < x.n*(hash+8) {
		return nil, corrupt("pack index: cut off: %d bytes for %d objects", len(data), x.n)
	}
	x.names, data = data[:x.n*hash], data[x.n*(hash+4):] // the CRCs are not needed: objects are hashed
	x.offsets, data = data[:x.n*4], data[x.n*4:]
	if len(data) >= 2*hash {
		x.large = data[:(len(data)-2*hash)/8*8]
	}
	return x, nil
}

// takeFanout reads the table of how many names begin with at most each byte.
func (x *packIndex) takeFanout(data *[]byte) error {
	if len(*data) < 1024 {
		return corrupt("pack index: cut off in its first table")
	}
	x.fanout = (*data)[:1024]
	*data = (*data)[1024:]
	last := uint32(0)
	for i := range 256 {
		n := binary.BigEndian.Uint32(x.fanout[4*i:])
		if n < last {
			return corrupt("pack index: its first table goes down")
		}
		last = n
	}
	if int64(last)*int64(x.hash) > int64(len(*data)) {
		return corrupt("pack index: cut off: %d bytes for %d objects", len(*data), last)
	}
	x.n = int(last)
	return nil
}

func (x *packIndex) name(i int) []byte {
	return x.names[i*x.stride+x.skip : i*x.stride+x.skip+x.hash]
}

// find returns the position of the name among the sorted ones, -1 if it is not
// there.
func (x *packIndex) find(id ID) int {
	if int(id.size) != x.hash {
		return -1
	}
	lo, hi := 0, int(binary.BigEndian.Uint32(x.fanout[4*int(id.sum[0]):]))
	if id.sum[0] > 0 {
		lo = int(binary.BigEndian.Uint32(x.fanout[4*int(id.sum[0])-4:]))
	}
	want := id.bytes()
	// Names are hashes, which lie evenly: most are where their value says.
	for range maxGuesses {
		if hi-lo < 8 {
			break
		}
		low, high, at := middle(x.name(lo)), middle(x.name(hi-1)), middle(want)
		if at < low || at > high || low == high {
			break
		}
		i := lo + int(uint64(at-low)*uint64(hi-1-lo)/uint64(high-low))
		switch c := bytes.Compare(x.name(i), want); {
		case c == 0:
			return i
		case c < 0:
			lo = i + 1
		default:
			hi = i
		}
	}
	i := lo + sort.Search(hi-lo, func(i int) bool { return bytes.Compare(x.name(lo+i), want) >= 0 })
	if i < hi && bytes.Equal(x.name(i), want) {
		return i
	}
	return -1
}

// maxGuesses bounds the looks that go by values; names in an index made to be slow
// to search do not lie evenly.
const maxGuesses = 6

// middle is what orders names of the same first byte.
func middle(name []byte) uint32 { return binary.BigEndian.Uint32(name[1:]) }

// offset is where the i-th object begins in its pack, -1 if the index does not say.
func (x *packIndex) offset(i int) int64 {
	if x.offsets == nil {
		return int64(binary.BigEndian.Uint32(x.names[i*x.stride:]))
	}
	return largeOffset(binary.BigEndian.Uint32(x.offsets[4*i:]), x.large)
}

// largeOffset follows an offset with its top bit set into the table of 8-byte ones.
func largeOffset(o uint32, large []byte) int64 {
	if o&0x80000000 == 0 || large == nil {
		return int64(o)
	}
	at := int64(o&0x7fffffff) * 8
	if at+8 > int64(len(large)) {
		return -1
	}
	return int64(binary.BigEndian.Uint64(large[at:]) & (1<<62 - 1))
}
