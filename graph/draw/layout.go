package draw

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// MaxMap is how many things a map has at most.
const MaxMap = 10_000

// A Map is a place for each thing, in unit coordinates: 0 to 1 in both directions.
type Map struct{ X, Y []float64 }

// golden is the angle between two seeds of a sunflower, in radians: no two lie in
// one line, and all are equally far apart.
const golden = math.Pi * (3 - 2.23606797749979)

// Sunflower places things by their groups alone: each group is a disc, the largest
// in the middle. It is what a map is when there is no time for more.
func Sunflower(groups []string) *Map {
	x, y := sunflower(groups)
	return unit(x, y)
}

func sunflower(groups []string) (x, y []float64) {
	members := map[string][]int{}
	for i, g := range groups {
		members[g] = append(members[g], i)
	}
	names := make([]string, 0, len(members))
	for g := range members {
		names = append(names, g)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(len(members[b])-len(members[a]), cmp.Compare(a, b)) })
	x, y = make([]float64, len(groups)), make([]float64, len(groups))
	far := 0.0
	for k, g := range names {
		radius := math.Sqrt(float64(len(members[g]))) * 1.1
		away := 0.0
		if k > 0 {
			away = far + radius*0.8
		}
		cx, cy := away*math.Cos(float64(k)*golden), away*math.Sin(float64(k)*golden)
		far = max(far, away*0.9+radius*0.35)
		for n, i := range members[g] {
			r := math.Sqrt(float64(n) + 0.5)
			x[i], y[i] = cx+r*math.Cos(float64(n)*golden), cy+r*math.Sin(float64(n)*golden)
		}
	}
	return x, y
}

// rounds is how often things push and pull. It does not depend on time: a map that
// is cut short would be another one.
const rounds = 60

// Layout places things so that those with an edge between them are near each other
// and others are not, beginning with Sunflower. The error is that of ctx.
func Layout(ctx context.Context, groups []string, edges [][2]int) (*Map, error) {
	x, y := sunflower(groups)
	n := len(groups)
	dx, dy := make([]float64, n), make([]float64, n)
	degree := make([]float64, n)
	for _, e := range edges {
		degree[e[0]]++
		degree[e[1]]++
	}
	for round := range rounds {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		clear(dx)
		clear(dy)
		push(x, y, dx, dy)
		pull(x, y, dx, dy, edges, degree)
		step := 1.5 * (1 - float64(round)/rounds)
		for i := range n {
			d := math.Hypot(dx[i], dy[i])
			if d > step {
				dx[i], dy[i] = dx[i]*step/d, dy[i]*step/d
			}
			x[i], y[i] = x[i]+dx[i], y[i]+dy[i]
		}
	}
	return unit(x, y), nil
}

// near is how far things push each other, and the size of a cell of the grid that
// finds those that do.
const (
	near    = 2.0
	crowded = 40 // things of one cell that push: more cannot be told apart anyway
)

func push(x, y, dx, dy []float64) {
	type cell [2]int32
	at := func(i int) cell { return cell{int32(math.Floor(x[i] / near)), int32(math.Floor(y[i] / near))} }
	grid := make(map[cell][]int, len(x))
	for i := range x {
		grid[at(i)] = append(grid[at(i)], i)
	}
	for i := range x {
		c := at(i)
		for a := int32(-1); a <= 1; a++ {
			for b := int32(-1); b <= 1; b++ {
				list := grid[cell{c[0] + a, c[1] + b}]
				for _, j := range list[:min(len(list), crowded)] {
					if i == j {
						continue
					}
					vx, vy := x[i]-x[j], y[i]-y[j]
					d := math.Hypot(vx, vy)
					if d >= near {
						continue
					}
					if d < 1e-6 { // on one spot: apart in a direction of their own
						vx, vy, d = math.Cos(float64(i)*golden)*1e-3, math.Sin(float64(i)*golden)*1e-3, 1e-3
					}
					f := (near - d) / d * 0.25
					dx[i], dy[i] = dx[i]+vx*f, dy[i]+vy*f
				}
			}
		}
	}
}

func pull(x, y, dx, dy []float64, edges [][2]int, degree []float64) {
	for _, e := range edges {
		a, b := e[0], e[1]
		vx, vy := x[b]-x[a], y[b]-y[a]
		d := math.Hypot(vx, vy)
		if d < near {
			continue
		}
		f := 0.08 * (d - near) / d
		// What many hang on stays where it is; what hangs on it comes.
		fa, fb := f/math.Sqrt(degree[a]), f/math.Sqrt(degree[b])
		dx[a], dy[a] = dx[a]+vx*fa, dy[a]+vy*fa
		dx[b], dy[b] = dx[b]-vx*fb, dy[b]-vy*fb
	}
}

// unit brings coordinates to 0 to 1, with the same measure in both directions.
func unit(x, y []float64) *Map {
	if len(x) == 0 {
		return &Map{X: []float64{}, Y: []float64{}}
	}
	x0, x1, y0, y1 := slices.Min(x), slices.Max(x), slices.Min(y), slices.Max(y)
	size := max(x1-x0, y1-y0)
	if size == 0 {
		size = 1
	}
	for i := range x {
		x[i] = round(0.5 + (x[i]-(x0+x1)/2)/size)
		y[i] = round(0.5 + (y[i]-(y0+y1)/2)/size)
	}
	return &Map{x, y}
}

// round keeps five digits: a picture is no wider than some thousand dots.
func round(v float64) float64 { return math.Round(v*1e5) / 1e5 }
