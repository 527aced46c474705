package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/droverhq/drover/graph"
	"github.com/droverhq/drover/graph/judge"
	"github.com/droverhq/drover/internal/store"
)

// Snapshots are kept in files, so that a command that starts maps what an
// earlier one concluded instead of reading the store. A file is of one
// generation, one configuration and one build of Drover; any other is made anew.
// What depends on the time alone (lifecycle, status of credentials) is judged
// again, when a file is opened, for the rows whose time has come; ages and
// texts are always measured when they are asked for.

const (
	savedFrom = 2_000 // rows; a smaller snapshot is made as fast as it is read
	savedMax  = 2     // files that are kept
	savedExt  = ".snapshot"

	effectsExt = ".effects" // of the graph of effects beside a snapshot; what belongs to that ends in .effects and more
)

func (e *Engine) savedDir() string { return filepath.Join(e.o.Home, "snapshots") }

// savedKey says what the snapshot of a generation is made of; ok is false when
// it may not be kept: the past, a narrow scope, a policy that matches on ages.
func (e *Engine) savedKey(gen store.Generation, asOf time.Time) (key string, ok bool) {
	if !asOf.IsZero() || gen.ID == 0 || !e.scope.All() {
		return "", false
	}
	if e.settings.Timed(e.o.Now()) {
		return "", false
	}
	exe, err := os.Executable()
	if err != nil {
		return "", false
	}
	fi, err := os.Stat(exe)
	if err != nil {
		return "", false
	}
	sources, err := json.Marshal(e.o.Config.Sources)
	if err != nil {
		return "", false
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %d %d\n%s %s\n%d %d\n", exe, fi.Size(), fi.ModTime().UnixNano(), e.o.Config.Store.Driver, e.o.Config.Store.Path, gen.ID, gen.At.UnixMicro())
	fmt.Fprintf(sum, "%d %s %d %s", len(e.o.Config.Raw), e.o.Config.Raw, len(sources), sources)
	return hex.EncodeToString(sum.Sum(nil)), true
}

func (e *Engine) savedPath(key string) string {
	return filepath.Join(e.savedDir(), key[:16]+savedExt)
}

// saved opens the snapshot kept under a key and judges it at the time now; nil
// when there is none that serves.
func (e *Engine) saved(ctx context.Context, key string, now time.Time) *Snapshot {
	open := graph.Open
	if e.memory != nil {
		open = graph.Read
	}
	g, err := open(e.savedPath(key), key)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, graph.ErrStale) {
			e.o.Log.WarnContext(ctx, "a kept snapshot is made anew", "err", err)
		}
		return nil
	}
	j := judge.New(g, e.settings, now)
	if !g.Judge(now, j.Facts) {
		return nil
	}
	return e.newSnapshot(g, now, j)
}

// save keeps a snapshot. That it cannot is no error: the next command makes it
// again.
func (e *Engine) save(ctx context.Context, s *Snapshot, key string) {
	if s.Len() < savedFrom {
		return
	}
	err := os.MkdirAll(e.savedDir(), 0o700)
	if err == nil {
		err = e.forget(savedMax - 1)
	}
	if err == nil {
		err = s.Write(e.savedPath(key), key)
	}
	if err != nil {
		e.o.Log.WarnContext(ctx, "the snapshot was not kept", "err", err)
	}
}

// Prepare makes the file of the snapshot that the next command reads, where the
// estate of a scan is so large that its reader would wait for it, and none is there; it
// calls begins before that work. With Options.Keep it does nothing: a server makes its
// own in the background.
func (e *Engine) Prepare(ctx context.Context, c ScanCounts, begins func()) error {
	if e.memory != nil || !c.Large() {
		return nil
	}
	gen, key, err := e.savedNow(ctx)
	if key == "" {
		return err
	}
	if _, err := os.Stat(e.savedPath(key)); err == nil {
		return nil
	}
	begins()
	_, err = e.makeOf(ctx, gen, time.Time{}, e.o.Now())
	return err
}

// savedNow is the key of the snapshot of what the store has now; "": none may be kept.
func (e *Engine) savedNow(ctx context.Context) (gen store.Generation, key string, err error) {
	if gen, err = e.store.Latest(ctx); err == nil {
		key, _ = e.savedKey(gen, time.Time{})
	}
	return gen, key, err
}

// forget removes all kept snapshots but the newest few, and what a crash left.
func (e *Engine) forget(keep int) error {
	list, err := os.ReadDir(e.savedDir())
	if err != nil {
		return err
	}
	type file struct {
		path string
		at   time.Time
	}
	var files []file
	for _, d := range list {
		fi, err := d.Info()
		if err != nil {
			continue // another process removed it
		}
		path := filepath.Join(e.savedDir(), d.Name())
		switch {
		case strings.HasSuffix(d.Name(), savedExt):
			files = append(files, file{path, fi.ModTime()})
		case strings.HasPrefix(d.Name(), ".snapshot-") && time.Since(fi.ModTime()) > time.Hour:
			_ = os.Remove(path)
		}
	}
	slices.SortFunc(files, func(a, b file) int { return b.at.Compare(a.at) })
	for i, f := range files {
		if i >= keep {
			beside, err := filepath.Glob(strings.TrimSuffix(f.path, savedExt) + effectsExt + "*")
			if err != nil {
				return err
			}
			for _, path := range append(beside, f.path) {
				if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
		}
	}
	return nil
}
