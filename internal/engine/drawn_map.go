package engine

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/draw"
)

// A MapView is the large map, as columns of equal length: a thing is known by its place
// in them. Only what stands out is named in it; MapNames has the names of the others,
// for those that somebody comes near.
type MapView struct {
	Schema string   `json:"schema"`
	Filter string   `json:"filter"`
	Layout string   `json:"layout"` // names belong to the map of the same layout
	Kinds  []string `json:"kinds"`  // words
	Kind   []int    `json:"kind"`   // of each, a place in Kinds
	Types  []string `json:"types"`
	Type   []int    `json:"type"`
	Tier0  []int    `json:"tier0"` // places of those of tier 0
	Grid   int      `json:"grid"`  // X and Y are from 0 to this
	X      []int    `json:"x"`
	Y      []int    `json:"y"`
	Size   []int    `json:"size"`  // edges of each
	Edges  []int    `json:"edges"` // for each place: how many lead from it; then where these lead, ascending, each as the difference to the one before it, the first to the place itself
	Named  []int    `json:"named"` // places of what stands out: of tier 0, then those with most edges
	IDs    []string `json:"ids"`   // of Named
	Names  []string `json:"names"` // of Named
	Total  int      `json:"total"` // of all that the filter keeps
	Note   string   `json:"note"`  // what the map is not; "": it is whole
	Age
}

// MapNames are the names of some things of a map.
type MapNames struct {
	Schema string   `json:"schema"`
	Layout string   `json:"layout"` // of the map as it is drawn now: its places may be others than those that were asked about
	Places []int    `json:"places"`
	IDs    []string `json:"ids"`
	Names  []string `json:"names"`
	Age
}

const (
	mapTime  = 5 * time.Second // that a layout may take
	mapEdges = 60_000
	mapName  = 80   // bytes of a name: the whole of it is one click away
	mapNamed = 200  // things that are named in the map itself
	mapGrid  = 4095 // finer than a screen has points
	mapAsked = 1000 // things whose names are asked for at once
)

// A largeMap is a map as it is kept.
type largeMap struct {
	v     *MapView
	ids   []string // of every place
	names []string
	to    [][]int // of every place, ascending
}

// DrawnMap draws what a filter keeps, up to draw.MaxMap things, with the effects
// between them. A layout that takes too long is answered by groups alone.
func (e *Engine) DrawnMap(ctx context.Context, filter string, asOf time.Time) (*MapView, error) {
	m, err := e.largeMap(ctx, filter, asOf)
	if err != nil {
		return nil, err
	}
	return m.v, nil
}

// DrawnMapNames names things of the map of a filter, by their places, or the one that
// has an id. A place that is not on the map is left out. The layout says whether the
// map is still the one that was drawn.
func (e *Engine) DrawnMapNames(ctx context.Context, filter string, asOf time.Time, places []int, find string) (*MapNames, error) {
	if len(places) > mapAsked {
		return nil, fmt.Errorf("%d places; ask for %d at most: %w", len(places), mapAsked, drover.ErrInvalid)
	}
	m, err := e.largeMap(ctx, filter, asOf)
	if err != nil {
		return nil, err
	}
	if find != "" {
		if i := slices.Index(m.ids, find); i >= 0 {
			places = append(slices.Clone(places), i)
		}
	}
	out := &MapNames{Schema: "drover/v1/map_names", Layout: m.v.Layout, Places: []int{}, IDs: []string{}, Names: []string{}, Age: m.v.Age}
	for _, i := range places {
		if i >= 0 && i < len(m.ids) {
			out.Places, out.IDs, out.Names = append(out.Places, i), append(out.IDs, m.ids[i]), append(out.Names, m.names[i])
		}
	}
	return out, nil
}

func (e *Engine) largeMap(ctx context.Context, filter string, asOf time.Time) (*largeMap, error) {
	x, err := e.asked(ctx, asOf, ReachOptions{})
	if err != nil {
		return nil, err
	}
	key := "map " + filter
	if x.s.timed(tierZero(filter)) {
		key += x.s.now.String()
	}
	if m, ok := x.s.held.drawn.get(key); ok {
		return m.(*largeMap), nil
	}
	found, err := x.s.Match(tierZero(filter))
	if err != nil {
		return nil, err
	}
	found = x.s.heads(found)
	m := &largeMap{v: &MapView{Schema: "drover/v1/map", Filter: filter, Grid: mapGrid, Total: len(found), Age: x.age(x.Gaps())}}
	if len(found) > draw.MaxMap {
		m.v.Note = fmt.Sprintf("%d of %d are drawn: those of tier 0, then identities, then the rest. Narrow the filter to see others.", draw.MaxMap, len(found))
	}
	found = least(found, draw.MaxMap, func(a, b uint32) int {
		return cmp.Or(btoi(x.Tier0(b))-btoi(x.Tier0(a)), cmp.Compare(kindOrder(x.Kind(a)), kindOrder(x.Kind(b))), cmp.Compare(x.Ref(a), x.Ref(b)))
	})
	m.fill(x, found)
	m.code()
	m.name()
	if err := m.place(ctx); err != nil {
		return nil, err
	}
	m.v.Layout = layoutOf(m.ids)
	x.s.held.drawn.put(key, m)
	return m, nil
}

// layoutOf tells maps apart whose places are of other things.
func layoutOf(ids []string) string {
	sum := fnv.New64a()
	for _, id := range ids {
		_, _ = io.WriteString(sum, id)
		_, _ = sum.Write([]byte{0})
	}
	return strconv.FormatUint(sum.Sum64(), 36)
}

// least are the first n of a list in an order, without sorting what comes after them:
// a map shows ten thousand of a million.
func least[T any](list []T, n int, order func(a, b T) int) []T {
	best := make([]T, 0, min(len(list), 2*n+64))
	var last *T // of n that are there already
	for _, v := range list {
		if last != nil && order(v, *last) >= 0 {
			continue
		}
		if best = append(best, v); len(best) == 2*n+64 {
			slices.SortFunc(best, order)
			best = best[:n]
			bound := best[n-1]
			last = &bound
		}
	}
	slices.SortFunc(best, order)
	return best[:min(n, len(best))]
}

// kindOrder puts first what a map is about.
func kindOrder(k drover.Kind) int {
	if i := slices.Index([]drover.Kind{drover.KindIdentity, drover.KindHuman, drover.KindRole, drover.KindGroup, drover.KindWorkload, drover.KindCredential, drover.KindResource}, k); i >= 0 {
		return i
	}
	return 99
}

// fill adds rows, in their order, and the edges between them.
func (m *largeMap) fill(x *Effects, rows []uint32) {
	v, at := m.v, make(map[uint32]int, len(rows))
	kinds, types := vocabulary{}, vocabulary{}
	v.Tier0, v.Size, v.Kind, v.Type = []int{}, make([]int, len(rows)), []int{}, []int{}
	m.to = make([][]int, len(rows))
	for i, r := range rows {
		at[r] = i
		n := x.node(r)
		m.ids, m.names = append(m.ids, cmp.Or(n.ID, string(n.Ref))), append(m.names, text(n.Name, mapName))
		v.Kind, v.Type = append(v.Kind, kinds.place(string(n.Kind))), append(v.Type, types.place(n.Type))
		if n.Tier0 {
			v.Tier0 = append(v.Tier0, i)
		}
	}
	v.Kinds, v.Types = list(kinds.list), list(types.list)
	g, edges := x.Reach(), 0
	for i, r := range rows {
		for e := range g.Out(r) {
			_, to := g.Ends(e)
			if j, ok := at[to]; ok && j != i {
				m.to[i] = append(m.to[i], j)
			}
		}
		slices.Sort(m.to[i])
		m.to[i] = slices.Compact(m.to[i])
		if edges += len(m.to[i]); edges > mapEdges {
			m.to[i] = m.to[i][:len(m.to[i])-(edges-mapEdges)]
			v.Note = strings.TrimSpace(v.Note + fmt.Sprintf(" Only the first %d connections are drawn.", mapEdges))
		}
		v.Size[i] += len(m.to[i])
		for _, j := range m.to[i] {
			v.Size[j]++
		}
		if edges >= mapEdges {
			return
		}
	}
}

// code writes the edges as small numbers, which compress.
func (m *largeMap) code() {
	m.v.Edges = []int{}
	for i, to := range m.to {
		m.v.Edges = append(m.v.Edges, len(to))
		last := i
		for _, j := range to {
			m.v.Edges = append(m.v.Edges, j-last)
			last = j
		}
	}
}

// name names what stands out.
func (m *largeMap) name() {
	v := m.v
	order := make([]int, len(m.ids))
	for i := range order {
		order[i] = i
	}
	zero := len(v.Tier0) // these come first
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(btoi(b < zero)-btoi(a < zero), cmp.Compare(v.Size[b], v.Size[a]))
	})
	v.Named = append([]int{}, order[:min(mapNamed, len(order))]...)
	slices.Sort(v.Named)
	v.IDs, v.Names = []string{}, []string{}
	for _, i := range v.Named {
		v.IDs, v.Names = append(v.IDs, m.ids[i]), append(v.Names, m.names[i])
	}
}

// vocabulary numbers words in the order in which they come.
type vocabulary struct {
	list []string
	at   map[string]int
}

func (w *vocabulary) place(s string) int {
	if w.at == nil {
		w.at = map[string]int{}
	}
	i, ok := w.at[s]
	if !ok {
		i = len(w.list)
		w.at[s] = i
		w.list = append(w.list, s)
	}
	return i
}

// place gives everything its coordinates.
func (m *largeMap) place(ctx context.Context) error {
	v := m.v
	groups := make([]string, len(m.ids))
	for i, t := range v.Type {
		groups[i] = v.Types[t]
	}
	var edges [][2]int
	for i, to := range m.to {
		for _, j := range to {
			edges = append(edges, [2]int{i, j})
		}
	}
	timed, cancel := context.WithTimeout(ctx, mapTime)
	defer cancel()
	drawn, err := draw.Layout(timed, groups, edges)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		drawn = draw.Sunflower(groups)
		v.Note = strings.TrimSpace(v.Note + " Placing it took too long: things lie by their types alone, not by what connects them.")
	}
	v.X, v.Y = onGrid(drawn.X), onGrid(drawn.Y)
	return nil
}

// onGrid puts unit coordinates on the grid.
func onGrid(at []float64) []int {
	out := make([]int, len(at))
	for i, v := range at {
		out[i] = int(math.Round(min(1, max(0, v)) * mapGrid))
	}
	return out
}
