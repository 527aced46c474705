package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/droverhq/drover"
)

// maxName bounds the names that we or an administrator choose: sources, coverage
// keys, scans, tags. In bytes.
const maxName = 1024

// StageInfo says what a section is about to read.
type StageInfo struct {
	Source   string    // the configured source
	Name     string    // of the section: "roles"
	Coverage string    // the key that absence speaks of
	Observed time.Time // when the system was looked at; zero: now
}

// A Stage takes what one section sees, and nothing of it is visible before
// Commit. Put and Keep may be called from several goroutines.
type Stage struct {
	s     *Store
	scan  string
	lease *Lease
	info  StageInfo
	at    int64 // Observed

	covID, version int64
	lastOK         sql.NullInt64

	mu        sync.Mutex
	closed    error
	index     [kinds]index
	spools    [kinds]spool
	was       int64 // node assertions when the stage began
	refs      spool
	haveRef   map[digest]struct{}
	bodies    spool
	instances spool
	haveInst  map[digest]struct{}
	keeps     []string
	keepAll   bool
	objects   int64
	conflicts int64
	scratch   []byte
}

var errStageDone = errors.New("the stage was committed or aborted")

// Stage begins a section. It reads what the coverage asserts now, about 48 bytes
// an assertion. The error wraps drover.ErrConflict while another stage of the
// same source and coverage is open in this process.
func (r *ScanRun) Stage(ctx context.Context, info StageInfo) (*Stage, error) {
	for _, f := range [][2]string{{"source", info.Source}, {"coverage", info.Coverage}, {"name", info.Name}} {
		if len(f[1]) == 0 || len(f[1]) > maxName || !storable(f[1]) {
			return nil, fmt.Errorf("stage: %s %.80q is empty, no UTF-8 text or over %d bytes: %w", f[0], f[1], maxName, drover.ErrInvalid)
		}
	}
	if info.Observed.IsZero() {
		info.Observed = r.s.o.Now()
	}
	key := [2]string{info.Source, info.Coverage}
	r.s.mu.Lock()
	busy := r.s.staged[key]
	r.s.staged[key] = true
	r.s.mu.Unlock()
	if busy {
		return nil, fmt.Errorf("stage: source %s, coverage %s is being scanned already; wait for that scan: %w", info.Source, info.Coverage, drover.ErrConflict)
	}
	st := &Stage{s: r.s, scan: r.ID, lease: r.lease, info: info, at: micros(info.Observed), haveRef: map[digest]struct{}{}, haveInst: map[digest]struct{}{}}
	for _, sp := range st.allSpools() {
		sp.dir = r.s.o.Spool
	}
	if err := st.load(ctx); err != nil {
		st.close()
		return nil, fmt.Errorf("stage: read what %s asserts: %w", info.Coverage, r.s.d.explain(err))
	}
	return st, nil
}

func (st *Stage) allSpools() []*spool {
	list := []*spool{&st.refs, &st.bodies, &st.instances}
	for k := range st.spools {
		list = append(list, &st.spools[k])
	}
	return list
}

// load fills the index with the assertions that hold now.
func (st *Stage) load(ctx context.Context) error {
	err := st.s.r.QueryRowContext(ctx, `SELECT id, version, last_ok_us FROM coverage WHERE source = $1 AND coverage = $2`,
		st.info.Source, st.info.Coverage).Scan(&st.covID, &st.version, &st.lastOK)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil || st.stale() {
		return err
	}
	for k := range kinds {
		err := st.s.cells(ctx, func(c cells) error {
			e, _ := st.index[k].get(readDigest(c.bytes(1)))
			e.hash, e.row = readDigest(c.bytes(2)), c.int(0)
			if c.int(3) > st.at {
				e.row |= flagLate
			}
			if k == kindNode {
				st.was++
			}
			return nil
		}, `SELECT id, akey, hash, seen_us FROM `+layouts[k].table+` WHERE coverage_id = $1 AND to_gen = `+open, st.covID)
		if err != nil {
			return err
		}
	}
	return nil
}

// stale reports whether a newer look of this coverage went well, so that this
// one has nothing to say.
func (st *Stage) stale() bool { return st.lastOK.Valid && st.at < st.lastOK.Int64 }

// Put takes a node, an edge, a piece of evidence or a document. Part is the part
// of the section that it was seen in, "/"-separated, "" for the whole: the same
// ref seen in two parts makes two assertions, so that losing sight of one part
// does not end the other. The same thing put twice in one part is one; when the
// two differ, that with the greater content hash stays, whatever their order,
// and Changes.Conflicts counts it; of two values of one piece of evidence the
// later stays, whatever the part. A node with a Template is counted under it.
//
// The error wraps drover.ErrInvalid when the record cannot be stored; the stage
// goes on without it.
func (st *Stage) Put(part string, r drover.Record) error {
	if r.Node != nil && r.Node.Template != "" && r.Kind() == "node" {
		return st.putInstance(r.Node)
	}
	e, err := encode(part, r)
	if err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed != nil {
		return st.closed
	}
	st.objects++
	if st.stale() {
		return nil
	}
	have, found := st.index[e.kind].get(e.key)
	switch {
	case have.is(flagLate):
		have.row |= flagSeen
		return nil
	case have.hash == e.hash:
		have.row |= flagSeen
		return nil
	case have.is(flagSeen) && e.hash.less(have.hash):
		st.conflict(e.kind)
		return nil
	case have.is(flagSeen):
		st.conflict(e.kind)
	}
	have.hash = e.hash
	have.row |= flagSeen | flagSpooled
	if !found {
		if err := st.putRefs(e); err != nil {
			return st.fail(err)
		}
	}
	st.scratch = e.hash.append(e.key.append(st.scratch[:0]))
	st.scratch = append((&row{st.scratch}).tagText(part), e.row...)
	if err := st.spools[e.kind].add(e.place(), st.scratch); err != nil {
		return st.fail(err)
	}
	return nil
}

// place orders rows as the indexes over the ids of their refs do.
func (e *encoded) place() place {
	p := place{a: digestOf([]byte(e.refs[0])).hi >> 1}
	if e.refs[1] != "" {
		p.b = digestOf([]byte(e.refs[1])).hi >> 1
	}
	return p
}

func (r *row) tagText(s string) []byte { r.text(s); return r.b }

func (st *Stage) conflict(kind int) {
	if kind != kindEvidence {
		st.conflicts++
	}
}

// putRefs spools what a new assertion mentions and may not be there yet.
func (st *Stage) putRefs(e encoded) error {
	for _, ref := range e.refs {
		if ref == "" {
			continue
		}
		k := digestOf([]byte(ref))
		if _, ok := st.haveRef[k]; ok {
			continue
		}
		st.haveRef[k] = struct{}{}
		if err := st.refs.add(place{a: k.hi}, []byte(ref)); err != nil {
			return err
		}
	}
	if e.body == nil {
		return nil
	}
	var w row
	w.text(e.body.Hash)
	w.text(e.body.Language)
	w.text(e.body.Body)
	return st.bodies.add(place{}, w.b)
}

// fail ends the stage: what it holds is no longer all that was put.
func (st *Stage) fail(err error) error {
	st.closed = fmt.Errorf("the stage cannot go on: %w", err)
	return st.closed
}

// Keep says that a part was not looked at: what was seen there before, or below
// it after "/", is not ended. "" is every part.
func (st *Stage) Keep(part string) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed != nil {
		return st.closed
	}
	if part == "" {
		st.keepAll = true
		return nil
	}
	st.keeps = append(st.keeps, strings.TrimSuffix(part, "/"))
	return nil
}

// Abort drops the stage. It does nothing after Commit or a first Abort.
func (st *Stage) Abort() {
	st.mu.Lock()
	defer st.mu.Unlock()
	if !errors.Is(st.closed, errStageDone) {
		st.close()
	}
}

func (st *Stage) close() {
	st.closed = errStageDone
	for _, sp := range st.allSpools() {
		sp.close()
	}
	st.index = [kinds]index{}
	st.haveRef, st.haveInst = nil, nil
	st.s.mu.Lock()
	delete(st.s.staged, [2]string{st.info.Source, st.info.Coverage})
	st.s.mu.Unlock()
}
