package demo

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/droverhq/drover"
)

// A file holds the records of one system as JSON Lines, in one section that ends
// it. The first error stays and is told at the end.
type file struct {
	system string
	f      *os.File
	w      *bufio.Writer
	enc    *json.Encoder
	n      int64
	err    error
}

// file is where the records of a system go: its file is made when first asked for.
func (w *world) file(system string) *file {
	if f := w.files[system]; f != nil {
		return f
	}
	f := &file{system: system}
	f.f, f.err = os.Create(filepath.Join(w.dir, system+".jsonl"))
	if f.err == nil {
		f.w = bufio.NewWriterSize(f.f, 1<<16)
		f.enc = json.NewEncoder(f.w)
	}
	w.files[system] = f
	return f
}

func (f *file) put(r drover.Record) {
	if f.err == nil {
		f.n++
		f.err = f.enc.Encode(r)
	}
}

func (f *file) node(n drover.Node) { slices.Sort(n.Aliases); f.put(drover.Record{Node: &n}) }

func (f *file) edge(from, to drover.Ref, kind drover.EdgeKind, proof string) {
	f.put(drover.Record{Edge: &drover.Edge{From: from, To: to, Kind: kind, Proof: proof}})
}

func (f *file) evidence(e drover.Evidence) { f.put(drover.Record{Evidence: &e}) }

// close writes the section record, which says that all of the system was told.
func (f *file) close(org string) error {
	if f.f == nil {
		return fmt.Errorf("write %s: %w", f.system, f.err)
	}
	n := f.n
	f.put(drover.Record{Section: &drover.Section{Name: f.system, Coverage: "file:" + org + "/" + f.system, Status: drover.StatusOK, Objects: n}})
	if err := errors.Join(f.err, f.w.Flush(), f.f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", f.system, err)
	}
	return nil
}
