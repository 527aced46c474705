package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/droverhq/drover"
)

// A Demo says how demonstration data is made: as a folder that each day of its
// history saw, which is then scanned with the clock of that day.
type Demo struct {
	Ago  []float64 // the days of its history, in days before now, the earliest first; the last is 0
	Make func(dir string, now, at time.Time) (*DemoMade, error)
}

// DemoMade is what was made for one day.
type DemoMade struct {
	Name               string
	Identities, Humans int
	Sources            []DemoSource
}

// A DemoSource is one source of a demonstration. Its options path and paths lie in
// its folder.
type DemoSource struct {
	ID, Kind string
	Options  map[string][]string
}

// A DemoView is what loading or removing came to.
type DemoView struct {
	Schema     string     `json:"schema"`
	Done       string     `json:"done"` // loaded, removed
	Name       string     `json:"name,omitempty"`
	Identities int        `json:"identities"`
	Humans     int        `json:"humans"`
	Sources    []string   `json:"sources"`
	Scans      int        `json:"scans"`
	Since      *time.Time `json:"since"` // the first scan of its history
}

// DemoSources are the ids of the sources of demonstration data.
func (e *Engine) DemoSources(ctx context.Context) ([]string, error) {
	all, err := e.Sources(ctx)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, s := range all {
		if strings.HasPrefix(s.ID, DemoPrefix) && s.Origin == "store" {
			ids = append(ids, s.ID)
		}
	}
	return ids, nil
}

// StartDemo begins to load demonstration data, first removing what there is of it
// where reset says so. The error wraps drover.ErrConflict where it is loaded.
func (e *Engine) StartDemo(ctx context.Context, d Demo, reset bool) (*Operation, error) {
	ids, err := e.DemoSources(ctx)
	if err != nil {
		return nil, err
	}
	if len(ids) > 0 && !reset {
		return nil, fmt.Errorf("demo data is loaded already: reset loads it anew, remove takes it out: %w", drover.ErrConflict)
	}
	if err := e.Audit(ctx, AuditEntry{Action: "demo.load", Outcome: AuditStarted}); err != nil {
		return nil, err
	}
	return e.start(ctx, job{kind: "demo.load", target: "demonstration data", claims: []string{"demonstration data"}, run: func(ctx context.Context, t *Task) (any, error) {
		if len(ids) > 0 {
			if _, err := e.removeDemo(ctx); err != nil {
				return nil, e.AuditEnd(ctx, "demo.load", err)
			}
		}
		v, err := e.loadDemo(ctx, d, t)
		return v, e.AuditEnd(ctx, "demo.load", err)
	}})
}

// StartDemoRemoval begins to take demonstration data out again, its history too.
func (e *Engine) StartDemoRemoval(ctx context.Context) (*Operation, error) {
	if err := e.Audit(ctx, AuditEntry{Action: "demo.remove", Outcome: AuditStarted}); err != nil {
		return nil, err
	}
	return e.start(ctx, job{kind: "demo.remove", target: "demonstration data", claims: []string{"demonstration data"}, run: func(ctx context.Context, _ *Task) (any, error) {
		v, err := e.removeDemo(ctx)
		return v, e.AuditEnd(ctx, "demo.remove", err)
	}})
}

func (e *Engine) removeDemo(ctx context.Context) (*DemoView, error) {
	v := &DemoView{Schema: "drover/v1/demo", Done: "removed", Sources: []string{}}
	ids, err := e.DemoSources(ctx)
	if err != nil || len(ids) == 0 {
		return v, err
	}
	v.Sources = ids
	if err := e.ForgetSources(ctx, ids); err != nil {
		return nil, err
	}
	return v, os.RemoveAll(e.demoDir())
}

func (e *Engine) demoDir() string { return filepath.Join(e.o.Home, "demo") }

// loadDemo scans each day of the history that the store can still take in: its
// clock never runs back.
func (e *Engine) loadDemo(ctx context.Context, d Demo, t *Task) (*DemoView, error) {
	now := e.o.Now()
	last, err := e.store.Latest(ctx)
	if err != nil {
		return nil, err
	}
	var days []time.Time
	for _, ago := range d.Ago {
		at := now.Add(-time.Duration(ago * float64(drover.Day)))
		if last.ID == 0 || at.After(last.At) || ago == 0 {
			days = append(days, at)
		}
	}
	v := &DemoView{Schema: "drover/v1/demo", Done: "loaded", Sources: []string{}, Scans: len(days)}
	for i, at := range days {
		if v.Since == nil {
			v.Since = &at
		}
		t.Step(int64(i), int64(len(days)), "scanning "+at.UTC().Format(time.DateOnly)+" as it was")
		made, err := d.Make(e.demoDir(), now, at)
		if err != nil {
			return nil, err
		}
		v.Name, v.Identities, v.Humans = made.Name, made.Identities, made.Humans
		if v.Sources, err = e.clocked(at).scanDemo(ctx, made); err != nil {
			return nil, fmt.Errorf("load the demo as of %s: %w", at.UTC().Format(time.DateOnly), err)
		}
	}
	return v, nil
}

func (e *Engine) scanDemo(ctx context.Context, made *DemoMade) (ids []string, err error) {
	for _, s := range made.Sources {
		options := map[string][]string{}
		for k, list := range s.Options {
			for _, v := range list {
				if k == "paths" || k == "path" {
					v = filepath.Join(e.demoDir(), v)
				}
				options[k] = append(options[k], v)
			}
		}
		if _, err := e.AddSource(ctx, DemoPrefix+s.ID, s.Kind, options); err != nil {
			return nil, err
		}
		ids = append(ids, DemoPrefix+s.ID)
	}
	r, err := e.Scan(ctx, ScanRequest{Words: ids})
	if err != nil {
		return nil, err
	}
	if r.Status != string(drover.StatusOK) {
		return nil, errors.New("a source of the demo could not be read whole")
	}
	_, err = e.Check(ctx, CheckOptions{})
	return ids, err
}

// clocked is the engine with the clock of a moment: what it writes was known then. It
// keeps nothing in memory, since what it concludes is of that day.
func (e *Engine) clocked(at time.Time) *Engine {
	now := func() time.Time { return at }
	c := *e
	c.o.Now, c.store, c.memory = now, e.store.At(now), nil
	return &c
}
