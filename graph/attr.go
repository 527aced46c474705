package graph

import (
	"encoding/json"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/droverhq/drover"
)

// cache keeps what was made for one filter for the next. Snapshots of the same rows
// share one.
type cache struct {
	mu    sync.Mutex
	attrs map[string][]uint64
}

// maxAttrColumns bounds the cache: 8 bytes a row each.
const maxAttrColumns = 16

// attr returns a function that returns the raw JSON at a path in the attributes
// of a row, nil for none and null. The first filter over a field finds it in all
// rows, on all processors; what it found serves the next.
func (s *Snapshot) attr(path []string) func(i int) []byte {
	key := strings.Join(path, "\x00")
	s.cache.mu.Lock()
	col, ok := s.cache.attrs[key]
	if !ok {
		col = s.attrColumn(path)
		if s.cache.attrs == nil || len(s.cache.attrs) >= maxAttrColumns {
			s.cache.attrs = map[string][]uint64{}
		}
		s.cache.attrs[key] = col
	}
	s.cache.mu.Unlock()
	return func(i int) []byte {
		if col[i] == 0 {
			return nil
		}
		from := col[i] >> 32
		return bytesOf(s.rows.json.at(s.rows.attrs[i]))[from : from+col[i]&(1<<32-1)]
	}
}

// attrColumn says where the value lies in each row's attributes: its offset in
// the upper half, its length in the lower, 0 for none.
func (s *Snapshot) attrColumn(path []string) []uint64 {
	col := make([]uint64, s.seen)
	n := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range n {
		wg.Go(func() {
			for i := s.seen * w / n; i < s.seen*(w+1)/n; i++ {
				raw := bytesOf(s.rows.json.at(s.rows.attrs[i]))
				from, to := 0, len(raw)
				for _, key := range path {
					if from, to = drover.Attrs(raw).Member(from, key); to == 0 {
						break
					}
				}
				if to > 0 && string(raw[from:to]) != "null" {
					col[i] = uint64(from)<<32 | uint64(to-from)
				}
			}
		})
	}
	wg.Wait()
	return col
}

// Str returns the string at the top level of row i's attributes, "" if none.
func (s *Snapshot) Str(i int, key string) string {
	raw := bytesOf(s.rows.json.at(s.rows.attrs[i]))
	from, to := drover.Attrs(raw).Member(0, key)
	if to == 0 || raw[from] != '"' {
		return ""
	}
	return unquote(raw[from:to])
}

// Flag returns the boolean at the top level of row i's attributes, also where it
// is spelled as text: "true", "False". known is false when there is none.
func (s *Snapshot) Flag(i int, key string) (value, known bool) {
	switch text := s.word(i, key); {
	case strings.EqualFold(text, "true"):
		return true, true
	case strings.EqualFold(text, "false"):
		return false, true
	}
	return false, false
}

// Number returns the whole number at the top level of row i's attributes, also
// where it is spelled as text. known is false when there is none.
func (s *Snapshot) Number(i int, key string) (value int64, known bool) {
	text := s.word(i, key)
	if text == "" {
		return 0, false
	}
	value, err := strconv.ParseInt(text, 10, 64)
	return value, err == nil
}

// Has reports whether the attributes of row i have a key at their top level that
// is not null.
func (s *Snapshot) Has(i int, key string) bool {
	w := s.word(i, key)
	return w != "" && w != "null"
}

// word is the text of a scalar at the top level of row i's attributes, without
// its quotes. It shares the snapshot's memory.
func (s *Snapshot) word(i int, key string) string {
	raw := bytesOf(s.rows.json.at(s.rows.attrs[i]))
	from, to := drover.Attrs(raw).Member(0, key)
	if to == 0 {
		return ""
	}
	return strings.Trim(unsafe.String(&raw[from], to-from), `"`)
}

func unquote(v []byte) string {
	if text := unsafe.String(&v[0], len(v)); strings.IndexByte(text, '\\') < 0 {
		return text[1 : len(text)-1]
	}
	var text string
	_ = json.Unmarshal(v, &text) // was valid when it was stored
	return text
}

func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
