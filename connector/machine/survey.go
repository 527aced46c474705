package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A survey is the files that exist for the rows that apply: what a scan reads.
type survey struct {
	hits     map[*row][]hit
	problems map[string][]problem // by category: places that could not be looked at
	partial  map[string]error     // by category: why the search is incomplete
	taken    map[string]bool      // category and path, so that one file has one reader
}

// A hit is one file of a row, its path free of links.
type hit struct {
	path string
	home *home // whose it is; nil: the system's

	searched bool // found by searching a tree, not at a place of its own
}

// A problem is a place where a row could not be looked for.
type problem struct {
	path string
	err  error
}

// maxEntries bounds one directory; maxHits one row.
const (
	maxEntries = 100_000
	maxHits    = 50_000
)

// look expands the rows. It opens directories and reads no file.
func look(ctx context.Context, h *host) *survey {
	s := &survey{map[*row][]hit{}, map[string][]problem{}, map[string]error{}, map[string]bool{}}
	s.shut(h)
	for _, r := range h.rows {
		for _, p := range r.patterns(h) {
			if ctx.Err() != nil {
				return s
			}
			s.expand(h, r, p)
		}
	}
	if h.walk {
		s.walk(ctx, h)
	}
	return s
}

// shut notes the homes that may not be looked into, once for each category.
func (s *survey) shut(h *host) {
	for _, m := range h.homes {
		if m.shut == nil {
			continue
		}
		done := map[string]bool{}
		for _, r := range h.rows {
			if !done[r.category] {
				done[r.category] = true
				s.problems[r.category] = append(s.problems[r.category], problem{m.dir, m.shut})
			}
		}
	}
}

// expand adds what one pattern names. See row for the forms.
func (s *survey) expand(h *host, r *row, p string) {
	switch {
	case strings.HasPrefix(p, "~/"):
		for i := range h.homes {
			if h.homes[i].shut == nil {
				s.glob(h, r, &h.homes[i], h.homes[i].dir, p[2:])
			}
		}
	case strings.HasPrefix(p, "/"):
		s.glob(h, r, nil, "/", p[1:])
	case strings.HasPrefix(p, "$"):
		name, rest, _ := strings.Cut(p[1:], "/")
		for _, v := range filepath.SplitList(h.env(name)) {
			if in, ok := h.disk.inside(v); ok && filepath.IsAbs(v) {
				s.glob(h, r, h.homeOf(in), in, rest)
			}
		}
	}
}

// glob adds the files below dir that rest names, segment by segment.
func (s *survey) glob(h *host, r *row, m *home, dir, rest string) {
	if rest == "" {
		s.add(h, r, m, dir)
		return
	}
	seg, rest, _ := strings.Cut(rest, "/")
	if !strings.ContainsAny(seg, "*?[") {
		s.glob(h, r, m, path.Join(dir, seg), rest)
		return
	}
	real, info, err := h.disk.resolve(dir)
	if err != nil || !info.IsDir() {
		s.missed(r, dir, err)
		return
	}
	entries, full, err := h.disk.list(real, maxEntries)
	if err != nil {
		s.missed(r, real, err)
		return
	}
	if !full {
		s.partial[r.category] = fmt.Errorf("%q has more than %d entries; the rest were not looked at", h.show(real), maxEntries)
	}
	for _, e := range entries {
		if ok, _ := path.Match(seg, e.Name()); !ok {
			continue
		}
		if rest != "" && e.Type().IsRegular() {
			continue
		}
		s.glob(h, r, m, path.Join(real, e.Name()), rest)
	}
}

// add records the file that name leads to, if there is one.
func (s *survey) add(h *host, r *row, m *home, name string) {
	real, info, err := h.disk.resolve(name)
	if err != nil {
		s.missed(r, name, err)
		return
	}
	if info.IsDir() {
		return
	}
	if !info.Mode().IsRegular() {
		// A pipe or device where a file should be: said, never opened.
		if info.Mode()&fs.ModeDevice == 0 || real != "/dev/null" {
			s.problems[r.category] = append(s.problems[r.category], problem{name, errSpecial})
		}
		return
	}
	if slices.ContainsFunc(trustDirs, func(d string) bool { return strings.HasPrefix(real, d) }) {
		return
	}
	if owner := h.homeOf(real); m == nil {
		m = owner
	}
	s.take(r, hit{path: real, home: m})
}

// trustDirs are where systems keep the public authorities that they trust, one
// file each, with links to them among a server's own certificates.
var trustDirs = []string{"/usr/share/ca-certificates/", "/usr/share/pki/", "/usr/local/share/ca-certificates/", "/etc/pki/ca-trust/", "/etc/ca-certificates/", "/var/lib/ca-certificates/"}

// take gives the file to the first row of a category that names it.
func (s *survey) take(r *row, x hit) {
	key := r.category + "\x00" + x.path
	if s.taken[key] {
		return
	}
	if len(s.hits[r]) >= maxHits {
		s.partial[r.category] = fmt.Errorf("more than %d files for %q; the rest were not read", maxHits, r.what)
		return
	}
	s.taken[key] = true
	s.hits[r] = append(s.hits[r], x)
}

// missed records why a place could not be looked at, unless nothing is there.
func (s *survey) missed(r *row, name string, err error) {
	if err == nil || errors.Is(err, fs.ErrNotExist) || notDir(err) {
		return
	}
	s.problems[r.category] = append(s.problems[r.category], problem{name, err})
}

// trees are the folders to search: the homes' and the system's, without those
// that lie inside another one.
func (h *host) trees() []string {
	var out []string
	for _, r := range h.roots {
		if real, info, err := h.disk.resolve(r); err == nil && info.IsDir() && !slices.Contains(out, real) {
			out = append(out, real)
		}
	}
	return slices.DeleteFunc(out, func(d string) bool {
		return slices.ContainsFunc(out, func(o string) bool {
			return o != d && strings.HasPrefix(d, strings.TrimSuffix(o, "/")+"/")
		})
	})
}
