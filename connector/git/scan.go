package git

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/decode/gitobj"
	"github.com/droverhq/drover/secret"
)

// A finding is a secret in one version of one file. Its value is gone already.
type finding struct {
	blob    uint32
	path    uint32
	commit  int32
	rule    string
	line    int
	end     int
	decoded string
	cred    drover.Ref
	print   drover.Fingerprint
	opens   *drover.Node   // whom the text around it says that it is for; nil: nobody
	also    []*drover.Node // further ones, of the same line
}

// maxFindings bounds what is kept of one repository before folding.
const maxFindings = 2_000_000

// A scanner looks for secrets in the blobs of a history, each read once.
type scanner struct {
	*reading
	h       *history
	further map[uint32][]origin

	mu        sync.Mutex
	findings  []finding
	creds     map[drover.Ref]*credential
	problems  []problem
	absent    int                // not there, as a partial clone has it
	last      map[presence]int32 // the commit that brought the last version with it; see fold
	elsewhere int                // kept by Git LFS
}

// chunk is how many blobs a goroutine takes at a time: neighbours in a pack,
// which are changes of one another.
const chunk = 256

// ordered lists the blobs by where they lie, with the versions of a file together.
func (sc *scanner) ordered() []uint32 {
	ids := sc.h.blobs
	if stores := sc.stores(); len(stores) > 0 {
		ids = stores[0].Order(ids)
	}
	list := make([]uint32, len(ids))
	for i, id := range ids {
		list[i] = sc.h.blobIndex[id]
	}
	return sc.h.inVersions(list)
}

// scan reads all blobs, on all processors.
func (sc *scanner) scan(ctx context.Context) error {
	stores := sc.stores()
	blobs := sc.ordered()
	var next atomic.Int64
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for range max(1, min(runtime.GOMAXPROCS(0), 16)) {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					cancel(fmt.Errorf("a bug, please report it: %v", p))
				}
			}()
			w := &worker{scanner: sc, r: gitobj.NewReader(readerMemory, stores...)}
			for ctx.Err() == nil {
				from := int(next.Add(chunk)) - chunk
				if from >= len(blobs) {
					return
				}
				for _, b := range blobs[from:min(from+chunk, len(blobs))] {
					if ctx.Err() != nil {
						return
					}
					if err := w.blob(b); err != nil {
						cancel(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// A worker scans blob after blob. Of most it has just scanned another version: then
// only what has changed is scanned.
type worker struct {
	*scanner
	r    *gitobj.Reader
	last struct {
		path   uint32
		text   []byte
		traces map[secret.View]*secret.Trace
	}
	same []secret.Same
}

// blob reads and scans one version of a file, under each of its paths that the
// rules tell apart.
func (w *worker) blob(b uint32) error {
	typ, data, err := w.r.Read(w.h.blobs[b], w.maxBlob)
	if err != nil || typ != gitobj.Blob && typ != gitobj.Tag {
		w.unread(b, typ, err)
		return nil
	}
	if lfsPointer(data) {
		w.mu.Lock()
		w.elsewhere++
		w.mu.Unlock()
	}
	text := secret.Text(data) // of none, rules for names of files still apply
	w.same = w.same[:0]
	bases, traces := w.last.traces, map[secret.View]*secret.Trace{}
	if p := w.h.first[b].path; p != w.last.path {
		w.last.path, bases = p, nil
	} else if len(bases) > 0 {
		w.same = common(w.last.text, text, w.same)
	}
	defer func() { w.last.text, w.last.traces = text, traces }()
	var done map[secret.View][]secret.Hit
	further := w.further[b]
	if len(further) > 0 {
		done = map[secret.View][]secret.Hit{}
	}
	for i := -1; i < len(further); i++ {
		o := w.h.first[b]
		if i >= 0 {
			o = further[i]
		}
		path := w.h.paths[o.path]
		view := w.rules.View(path)
		hits, known := done[view]
		if !known {
			hits, traces[view] = w.rules.ScanChanged(secret.Input{Path: path, Data: text}, bases[view], w.same)
			if done != nil {
				done[view] = hits
			}
		}
		if err := w.found(b, o, hits, data, text); err != nil {
			return err
		}
	}
	return nil
}

// lfsPointer reports whether a file only names one that Git LFS keeps
// (git-lfs docs/spec.md, "The Pointer").
func lfsPointer(data []byte) bool {
	return len(data) < 1024 && bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/spec/")) && bytes.Contains(data, []byte("\noid "))
}

// A problem is a version of a file that was not read, or not to its end.
type problem struct {
	path string
	err  error
	lost bool // it should have been
}

const (
	maxProblems = 100_000
	maxLarge    = 20 // named one by one
)

func (sc *scanner) unread(b uint32, typ gitobj.Type, err error) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	p := problem{sc.h.paths[sc.h.first[b].path], err, true}
	switch {
	case errors.Is(err, gitobj.ErrTooLarge):
		p.lost = false
	case errors.Is(err, drover.ErrNotFound) && sc.promised():
		sc.absent++
		return
	case err == nil:
		p.err = fmt.Errorf("a %s where a file should be: %w", typ, drover.ErrInvalid)
	}
	sc.problems = append(sc.problems, p)
}

// tell says what was not read, in the order of paths: who came first among the
// goroutines is no matter of the repository's.
func (sc *scanner) tell() {
	slices.SortFunc(sc.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.err.Error(), b.err.Error()))
	})
	large := 0
	for i, p := range sc.problems {
		switch {
		case i >= maxProblems:
			sc.out.At(objects).Lost("", fmt.Errorf("more than %d versions of files could not be read: %w", maxProblems, drover.ErrInvalid))
			return
		case p.lost:
			sc.at(p.path).Lost(sc.show(p.path), p.err)
		default:
			if large++; large <= maxLarge {
				sc.at(p.path).Unread(sc.show(p.path), fmt.Sprintf("not read: larger than %d bytes (max_blob_size)", sc.maxBlob))
			} else {
				sc.at(p.path).Unread("", "more files that were not read: larger than max_blob_size")
			}
		}
	}
}

// found keeps what was found in a text. Data is the whole file, which is the secret
// where a rule asks for nothing but the file's name.
func (sc *scanner) found(b uint32, o origin, hits []secret.Hit, data, text []byte) error {
	if len(hits) == 0 {
		return nil
	}
	path := sc.h.paths[o.path]
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for _, hit := range hits {
		if hit.Class == secret.Unscanned {
			sc.problems = append(sc.problems, problem{path, fmt.Errorf("lines %d to %d were not searched to the end: text made to be slow to search: %w", hit.Line, hit.EndLine, drover.ErrInvalid), true})
			continue
		}
		value := hit.Value
		if value == "" {
			value = drover.Secret(data)
		}
		c := sc.credential(hit.Class, value)
		if len(sc.findings) >= maxFindings {
			return fmt.Errorf("more than %d findings; leave paths out (option exclude): %w", maxFindings, drover.ErrInvalid)
		}
		sc.findings = append(sc.findings, finding{blob: b, path: o.path, commit: o.commit, rule: hit.Rule, line: hit.Line, end: hit.EndLine, decoded: hit.Decoded, cred: c.node.Ref, print: c.print, opens: loginAround(text, hit)})
	}
	return nil
}
