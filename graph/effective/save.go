package effective

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/reach"
)

// ErrStale is returned by Load for files that were made of something else.
var ErrStale = reach.ErrStale

// Beside the graph's own file lies one with what systems added: it ends so.
const besideSuffix = ".nodes"

// beside is what a graph has apart from its edges.
type beside struct {
	Key        string        `json:"key"`
	Rows       int           `json:"rows"` // of the snapshot
	Nodes      []drover.Node `json:"nodes"`
	Gaps       []Gap         `json:"gaps"`
	Catalogues []string      `json:"catalogues"`
	Tier0      []byte        `json:"tier0"` // a bit for each row
	Tagged     []byte        `json:"tagged"`
}

// Save writes the graph to path, and what belongs to it beside that, each whole
// or not at all and readable by its owner only. Key says what it was made of: the
// snapshot's key, the versions of the evaluators.
func (g *Graph) Save(path, key string) error {
	b := beside{Key: key, Rows: g.in.Len(), Nodes: g.in.extra, Gaps: g.gaps, Catalogues: g.Catalogues(), Tier0: pack(g.marks.tier0), Tagged: pack(g.marks.tagged)}
	raw, err := json.Marshal(&b)
	if err != nil {
		return fmt.Errorf("save effects: %w", err)
	}
	if err := writeWhole(path+besideSuffix, raw); err != nil {
		return fmt.Errorf("save effects: %w", err)
	}
	return g.reach.Write(path, joinedKey(key, raw))
}

// joinedKey ties the graph's file to the one beside it.
func joinedKey(key string, raw []byte) string {
	sum := sha256.Sum256(raw)
	return key + " " + hex.EncodeToString(sum[:])
}

func writeWhole(path string, raw []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".effects-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err = f.Write(raw); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Load opens what Save wrote, for the same snapshot. Models are loaded when a
// question first needs one; a system that fails then fails the question. The error
// is ErrStale for another key or snapshot, and wraps drover.ErrInvalid for files
// that are damaged.
func Load(path, key string, in *Input, systems []*System) (*Graph, error) {
	return loadFrom(reach.Open, path, key, in, systems)
}

// Read is Load for a process that outlives the graph: nothing is mapped.
func Read(path, key string, in *Input, systems []*System) (*Graph, error) {
	return loadFrom(reach.Read, path, key, in, systems)
}

func loadFrom(open func(path, key string) (*reach.Graph, error), path, key string, in *Input, systems []*System) (*Graph, error) {
	raw, err := os.ReadFile(path + besideSuffix)
	if err != nil {
		return nil, fmt.Errorf("load effects: %w", err)
	}
	var b beside
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, fmt.Errorf("load effects %s: damaged: %w", path+besideSuffix, drover.ErrInvalid)
	}
	if b.Key != key || b.Rows != in.Len() {
		return nil, ErrStale
	}
	r, err := open(path, joinedKey(key, raw))
	if err != nil {
		return nil, err
	}
	for _, n := range b.Nodes {
		in.Node(n)
	}
	n := in.Len() + len(in.extra)
	g := newGraph(in, systems)
	g.reach, g.gaps, g.catalogues = r, b.Gaps, b.Catalogues
	g.marks = marks{unpack(b.Tier0, n), unpack(b.Tagged, n)}
	if r.Len() != n || len(in.extra) != len(b.Nodes) {
		return nil, ErrStale
	}
	g.models = sync.OnceValues(func() (map[string]*Model, error) { return load(context.Background(), in, systems) })
	return g, nil
}

// pack makes a bit of each bool, unpack n bools of bits.
func pack(list []bool) []byte {
	out := make([]byte, (len(list)+7)/8)
	for i, v := range list {
		if v {
			out[i/8] |= 1 << (i % 8)
		}
	}
	return out
}

func unpack(bits []byte, n int) []bool {
	out := make([]bool, n)
	for i := range out {
		out[i] = i/8 < len(bits) && bits[i/8]>>(i%8)&1 != 0
	}
	return out
}
