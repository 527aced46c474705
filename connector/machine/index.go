package machine

import (
	"errors"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

var errBound = errors.New("not searched further")

func notDir(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

// An index finds the rows whose project patterns match a path. A pattern is
// matched against the last segments of the path, without regard to case: most
// end in a plain name or in an extension, which costs one map look-up.
type index struct {
	byName, byExt map[string][]pattern
	rest          []pattern
	categories    map[string]bool
}

type pattern struct {
	segs []string // lower case
	row  *row
}

func newIndex(h *host) *index {
	x := &index{map[string][]pattern{}, map[string][]pattern{}, nil, map[string]bool{}}
	for _, r := range h.rows {
		for _, p := range r.patterns(h) {
			if anchored(p) {
				continue
			}
			x.categories[r.category] = true
			q := pattern{strings.Split(strings.ToLower(p), "/"), r}
			last := q.segs[len(q.segs)-1]
			ext := strings.TrimPrefix(last, "*")
			switch {
			case !strings.ContainsAny(last, "*?["):
				x.byName[last] = append(x.byName[last], q)
			case strings.LastIndexByte(ext, '.') == 0 && !strings.ContainsAny(ext, "*?["):
				x.byExt[ext] = append(x.byExt[ext], q)
			default:
				x.rest = append(x.rest, q)
			}
		}
	}
	return x
}

func (x *index) empty() bool { return len(x.categories) == 0 }

// match returns the rows that name the file, in the order of the table within
// each of the three ways of matching.
func (x *index) match(name string) []*row {
	segs := strings.Split(strings.ToLower(strings.Trim(name, "/")), "/")
	base := segs[len(segs)-1]
	var out []*row
	try := func(list []pattern) {
		for _, p := range list {
			if p.match(segs) {
				out = append(out, p.row)
			}
		}
	}
	try(x.byName[base])
	try(x.rest)
	if ext := path.Ext(base); ext != "" {
		try(x.byExt[ext])
	}
	return out
}

func (p pattern) match(segs []string) bool {
	if len(p.segs) > len(segs) {
		return false
	}
	segs = segs[len(segs)-len(p.segs):]
	for i, s := range p.segs {
		if ok, _ := path.Match(s, segs[i]); !ok {
			return false
		}
	}
	return true
}

// within says what a file is that a search of its folder would read.
func within(name string) string {
	for _, r := range newIndex(&host{rows: table}).match(filepath.ToSlash(name)) {
		if r.looks == nil {
			return r.what
		}
	}
	return ""
}
