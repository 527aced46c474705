package gitobj

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/droverhq/drover"
)

// A Store is the object database of a repository: its folder of objects and
// those that it borrows from. It is safe for concurrent use, each goroutine
// through a [Reader] of its own.
type Store struct {
	hash  int
	dirs  []string // folders of loose objects
	packs []*pack
	midx  []*openMulti

	// Faults are parts of the database that could not be opened, such as an index
	// that is cut off: objects in them are missing.
	Faults []error

	// Promised is set where a partial clone has left objects with its remote:
	// they are not missing by mistake (gitformat-pack, "partial clone").
	Promised bool
}

type openMulti struct {
	*multiIndex
	packs []*pack // by number; nil: could not be opened, or has an index of its own
}

const (
	maxIndex      = 4 << 30
	maxDirEntries = 1 << 20
	maxAlternates = 5 // as deep as git follows them
)

// OpenStore opens a folder of objects. Hash is the length of names, 20 or 32.
// It fails only when there is no such folder; see Faults.
func OpenStore(dir string, hash int) (*Store, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("open objects: %s is no folder: %w", dir, drover.ErrNotFound)
	}
	s := &Store{hash: hash}
	s.addDir(dir, 0)
	return s, nil
}

// Close closes the packs.
func (s *Store) Close() error {
	for _, p := range s.packs {
		p.file.Close()
	}
	return nil
}

func (s *Store) fault(what string, err error) {
	s.Faults = append(s.Faults, fmt.Errorf("%s: %w", what, err))
}

func (s *Store) addDir(dir string, depth int) {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if slices.Contains(s.dirs, dir) {
		return
	}
	s.dirs = append(s.dirs, dir)
	s.addPacks(filepath.Join(dir, "pack"))
	alternates, err := readFile(filepath.Join(dir, "info", "alternates"), 1<<20)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.fault("list of borrowed objects", err)
		}
		return
	}
	for line := range strings.Lines(string(alternates)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if !filepath.IsAbs(line) {
			line = filepath.Join(dir, line)
		}
		if info, err := os.Stat(line); depth >= maxAlternates || err != nil || !info.IsDir() {
			s.fault("borrowed objects", fmt.Errorf("the folder %q cannot be read, or is borrowed too many times over: %w", line, drover.ErrNotFound))
			continue
		}
		s.addDir(line, depth+1)
	}
}

// addPacks opens every pack of a folder.
func (s *Store) addPacks(dir string) {
	list, err := listDir(dir, maxDirEntries)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.fault("packs", err)
	}
	var bare []string
	for _, e := range list {
		name, ok := strings.CutSuffix(e.Name(), ".pack")
		if strings.HasSuffix(e.Name(), ".promisor") {
			s.Promised = true
		}
		if !ok {
			continue
		}
		raw, err := readFile(filepath.Join(dir, name+".idx"), maxIndex)
		if errors.Is(err, fs.ErrNotExist) {
			bare = append(bare, e.Name())
			continue
		}
		var idx *packIndex
		if err == nil {
			idx, err = parseIndex(raw, s.hash)
		}
		if err != nil {
			s.fault("index of "+e.Name(), err)
			continue
		}
		if p := s.addPack(dir, e.Name()); p != nil {
			p.idx = idx
		}
	}
	if len(bare) > 0 {
		s.addMulti(dir, bare)
	}
}

func (s *Store) addPack(dir, name string) *pack {
	p, err := openPack(filepath.Join(dir, name), s.hash)
	if err != nil {
		s.fault(name, err)
		return nil
	}
	s.packs = append(s.packs, p)
	return p
}

// addMulti opens packs that have no index of their own through the multi-pack one.
func (s *Store) addMulti(dir string, bare []string) {
	raw, err := readFile(filepath.Join(dir, "multi-pack-index"), maxIndex)
	if err == nil {
		var x *multiIndex
		if x, err = parseMultiIndex(raw, s.hash); err == nil {
			m := &openMulti{multiIndex: x, packs: make([]*pack, len(x.packs))}
			for i, name := range x.packs {
				name = strings.TrimSuffix(name, ".idx") + ".pack"
				if j := slices.Index(bare, name); j >= 0 {
					m.packs[i] = s.addPack(dir, name)
					bare = slices.Delete(bare, j, j+1)
				}
			}
			s.midx = append(s.midx, m)
		}
	}
	for _, name := range bare {
		if err == nil {
			err = drover.ErrNotFound
		}
		s.fault(name, fmt.Errorf("it has no index: %w", err))
	}
}

// find returns the pack that holds the object, nil if none does.
func (s *Store) find(id ID) (*pack, int64) {
	for _, p := range s.packs {
		if p.idx == nil {
			continue
		}
		if i := p.idx.find(id); i >= 0 {
			return p, p.idx.offset(i)
		}
	}
	for _, m := range s.midx {
		if i := m.find(id); i >= 0 {
			if n, off := m.at(i); n < len(m.packs) && m.packs[n] != nil {
				return m.packs[n], off
			}
		}
	}
	return nil, 0
}

func (s *Store) loosePath(dir string, id ID) string {
	h := id.String()
	return filepath.Join(dir, h[:2], h[2:])
}

// Order sorts names by where their objects lie, so that reading them in turn
// reads each pack once, from its beginning to its end. Those that lie in none come
// first, in the order in which they were given.
func (s *Store) Order(ids []ID) []ID {
	type at struct {
		pack   int
		offset int64
		id     ID
	}
	number := map[*pack]int{}
	for i, p := range s.packs {
		number[p] = i
	}
	list := make([]at, len(ids))
	for i, id := range ids {
		list[i] = at{-1, 0, id}
		if p, off := s.find(id); p != nil {
			list[i].pack, list[i].offset = number[p], off
		}
	}
	slices.SortStableFunc(list, func(a, b at) int {
		if a.pack != b.pack {
			return a.pack - b.pack
		}
		return cmp.Compare(a.offset, b.offset)
	})
	out := make([]ID, len(ids))
	for i := range list {
		out[i] = list[i].id
	}
	return out
}

// All calls yield for the name of every object that the store lists, packed or
// loose, in no order; one that is stored twice comes twice.
func (s *Store) All(yield func(ID) bool) {
	for _, p := range s.packs {
		for i := 0; p.idx != nil && i < p.idx.n; i++ {
			if !yield(RawID(p.idx.name(i))) {
				return
			}
		}
	}
	for _, m := range s.midx {
		for i := range m.n {
			if !yield(RawID(m.name(i))) {
				return
			}
		}
	}
	for _, dir := range s.dirs {
		for b := range 256 {
			sub := fmt.Sprintf("%02x", b)
			list, _ := listDir(filepath.Join(dir, sub), maxDirEntries)
			for _, e := range list {
				if id, err := ParseID(sub + e.Name()); err == nil && int(id.size) == s.hash && !yield(id) {
					return
				}
			}
		}
	}
}
