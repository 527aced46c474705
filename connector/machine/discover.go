package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/decode"
)

// discover runs one section for every category that applies, cheap ones first.
func discover(ctx context.Context, s *connector.Scan) error {
	h, err := openHost(s.Session)
	if err != nil {
		return err
	}
	defer h.disk.close()
	return h.scan(ctx, s)
}

func (h *host) scan(ctx context.Context, s *connector.Scan) error {
	// The trees are searched only when the first category needs them, so that the
	// accounts of this computer do not wait for them.
	quick, full := h.without(true), h.without(false)
	near := look(ctx, quick)
	var far *survey
	for _, c := range categories {
		if !h.applies(c.name) {
			continue
		}
		found := near
		if full.searches(c.name) {
			if far == nil {
				far = look(ctx, full)
			}
			found = far
		}
		err := s.Section(ctx, c.name, h.coverage(c.name), func(ctx context.Context, out *connector.Out) error {
			return h.read(ctx, out, c.name, found)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// coverage is the key that absence in a section speaks of. A folder that was
// scanned speaks for itself only.
func (h *host) coverage(category string) string {
	key := "machine:" + h.tenant + "/" + category
	if h.settings.root != "" {
		key += "@" + h.disk.base
	}
	for _, s := range h.narrowed(category) {
		key += "@" + s
	}
	return key
}

// narrowed says how a category looks at less, or at other places, than a scan of
// the whole computer would: homes that were named or come from the environment
// alone, files that a variable names, folders not searched. It is part of the
// coverage key, so that a scan that looks elsewhere removes nothing here.
func (h *host) narrowed(category string) []string {
	var homes, tree bool
	vars := map[string]bool{}
	for _, r := range h.rows {
		if r.category != category {
			continue
		}
		tree = tree || r.searches(h)
		for _, p := range r.patterns(h) {
			homes = homes || strings.HasPrefix(p, "~/")
			if name, _, _ := strings.Cut(strings.TrimPrefix(p, "$"), "/"); strings.HasPrefix(p, "$") && h.env(name) != "" {
				vars[name] = true
			}
		}
	}
	var out []string
	if (homes || tree) && h.unusual != "" {
		out = append(out, h.unusual)
	}
	if tree && !h.settings.walk {
		out = append(out, "unsearched")
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		out = append(out, name+"="+h.env(name))
	}
	return out
}

// without returns the host with the rows of the categories that search trees
// left out, or the others.
func (h *host) without(searching bool) *host {
	c := *h
	c.rows = nil
	for _, r := range h.rows {
		if h.searches(r.category) != searching {
			c.rows = append(c.rows, r)
		}
	}
	c.walk = h.walk && !searching
	return &c
}

// applies reports whether the category has a row on this system.
func (h *host) applies(category string) bool {
	return slices.ContainsFunc(h.rows, func(r *row) bool { return r.category == category })
}

// searches reports whether a row of the category names files without a place.
func (h *host) searches(category string) bool {
	if !h.walk {
		return false
	}
	for _, r := range h.rows {
		if r.category == category && r.searches(h) {
			return true
		}
	}
	return false
}

// read reads the files of one category, a few at a time.
func (h *host) read(ctx context.Context, out *connector.Out, category string, found *survey) error {
	for _, p := range found.problems[category] {
		h.lost(out, p.path, p.err)
	}
	if category == accountsCategory {
		h.self(out)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(2, min(4, runtime.GOMAXPROCS(0))))
	for _, r := range h.rows {
		if r.category != category {
			continue
		}
		for _, x := range found.hits[r] {
			if gctx.Err() != nil {
				break
			}
			g.Go(func() error {
				h.readFile(out, r, x)
				return nil
			})
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return found.partial[category]
}

// readFile hands one file to its row's reader. What goes wrong costs that file.
func (h *host) readFile(out *connector.Out, r *row, x hit) {
	limit := h.maxSize
	if r.limit > 0 && h.maxSize == defaultMaxSize {
		limit = r.limit
	}
	data, info, err := h.disk.read(x.path, limit)
	if err != nil {
		h.lost(out, x.path, err)
		return
	}
	f := &file{host: h, category: r.category, out: out.At(part(h, x.path)), path: x.path, show: h.show(x.path), home: x.home, data: data, info: info, project: x.searched, placed: map[drover.Ref]bool{}, elsewhere: r.elsewhere}
	defer func() {
		if p := recover(); p != nil {
			f.lost(fmt.Errorf("reading this file panicked (a bug; please report it): %v\n%s", p, debug.Stack()))
		}
	}()
	read := r.read
	if r.format != "" {
		read = credentials(r.format)
	}
	switch err := read(f); {
	case err == nil:
	case decode.Complete(err):
		f.out.Note(f.show, err.Error())
	default:
		f.lost(err)
	}
}

// part is the part of a section that a path stands for.
func part(h *host, name string) string {
	if !h.native {
		return name
	}
	return slashed(h.disk.native(name))
}

// lost says that a place was not read: in a note when it is another user's or
// the system's and this user may not, as a loss when it should have been
// possible. Everybody's own home should be.
func (h *host) lost(out *connector.Out, name string, err error) {
	at := out.At(part(h, name))
	switch {
	case errors.Is(err, fs.ErrPermission) && h.own(name):
		at.Lost(h.show(name), fmt.Errorf("not read, although it lies in the home of the user who scans: %s", reason(err)))
	case denied(err):
		at.Unread(h.show(name), "not read: "+reason(err))
	case errors.Is(err, errSpecial), errors.Is(err, errLoop):
		at.Note(h.show(name), "not read: "+reason(err))
	case errors.Is(err, errBound):
		at.Unread(h.show(name), err.Error())
	default:
		at.Lost(h.show(name), errors.New(reason(err)))
	}
}

// own reports whether a path lies in a home of the user who scans.
func (h *host) own(name string) bool {
	m := h.homeOf(name)
	return m != nil && m.own
}
