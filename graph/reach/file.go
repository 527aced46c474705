package reach

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph/mapped"
)

// A graph file is one of package mapped: its key, the vocabulary, then every array
// of the graph.
//
// It can be deleted at any time: the next process makes it again.

// magic names the layout and, by its bytes, the order of bytes in numbers.
const magic uint64 = 0x0001_4843_4145_5244

// ErrStale is returned by Open for a file that was made of something else, or
// with other words: make the graph again.
var ErrStale = errors.New("the graph file is of another state")

// vocabulary is what the numbers of kinds, grades and levels stand for.
func vocabulary() []byte {
	var b strings.Builder
	fmt.Fprint(&b, drover.EdgeKinds, drover.Grades, access.Levels)
	return []byte(b.String())
}

// Write writes the graph to a file at path, whole or not at all, readable by its
// owner only. Key says what it was made of.
func (g *Graph) Write(path, key string) error {
	err := mapped.Write(path, ".graph-*", magic, func(w *mapped.Writer) {
		w.Raw([]byte(key))
		w.Raw(vocabulary())
		g.arrays(w)
	})
	if err != nil {
		return fmt.Errorf("write graph: %w", err)
	}
	return nil
}

// Open maps the graph that Write wrote to path with that key. It lasts as long
// as the process. The error is ErrStale for another key, and wraps
// drover.ErrInvalid for a file that is damaged.
func Open(path, key string) (*Graph, error) {
	data, err := mapped.File(path, false)
	if err != nil {
		return nil, fmt.Errorf("open graph: %w", err)
	}
	return opened(data, path, key)
}

// Read is Open for a process that outlives the graph: the file is copied into
// memory, which is freed when nothing refers to it any more.
func Read(path, key string) (*Graph, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read graph: %w", err)
	}
	return opened(data, path, key)
}

func opened(data []byte, path, key string) (*Graph, error) {
	g, err := read(data, key)
	if err != nil && !errors.Is(err, ErrStale) {
		return nil, fmt.Errorf("open graph %s: %w: %w", path, err, drover.ErrInvalid)
	}
	return g, err
}

// read reads the graph that lies in data.
func read(data []byte, key string) (*Graph, error) {
	r, ok := mapped.NewReader(data, magic)
	if !ok {
		return nil, errors.New("not a graph of this version")
	}
	if got := r.Raw(nil); r.Err() == nil && !bytes.Equal(got, []byte(key)) {
		return nil, ErrStale
	}
	if !mapped.Sound(data) {
		return nil, errors.New("damaged")
	}
	if got := r.Raw(nil); r.Err() == nil && !bytes.Equal(got, vocabulary()) {
		return nil, ErrStale
	}
	g := &Graph{}
	g.arrays(r)
	if !r.Done() {
		return nil, errors.New("cut short")
	}
	if err := g.check(); err != nil {
		return nil, err
	}
	return g, nil
}

// arrays lists everything that a file holds.
func (g *Graph) arrays(c mapped.Codec) {
	mapped.Number(c, &g.n)
	mapped.Number(c, &g.infos.width)
	for _, r := range []*rows{&g.out, &g.in} {
		mapped.Array(c, &r.at)
		mapped.Array(c, &r.ends)
		mapped.Array(c, &r.class)
		mapped.Array(c, &r.level)
	}
	mapped.Array(c, &g.infos.codes)
	mapped.Array(c, &g.infos.triples)
	for _, p := range []*[]byte{&g.infos.texts.data, &g.refs.data} {
		mapped.Array(c, p)
	}
	for _, p := range []*[]uint64{&g.infos.texts.ends, &g.refs.ends} {
		mapped.Array(c, p)
	}
	mapped.Array(c, &g.refs.index)
}
