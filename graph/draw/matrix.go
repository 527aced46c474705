package draw

import (
	"cmp"
	"slices"
)

// MatrixInput are things that have something to do with other things.
type MatrixInput struct {
	Rows, Columns []Thing
	Cells         []Cell
}

// A Cell joins a row and a column.
type Cell struct {
	Row, Column int
	Weight      int // how much it is; the more the sooner it is drawn
}

// A Matrix is the part of it that is drawn.
type Matrix struct {
	Rows, Columns []int // indexes into what was given, what matters most first
	Cells         []int // likewise, in the order of the drawn rows and columns
}

const (
	maxColumns = 24
	maxRows    = 60
)

// DrawMatrix draws the columns of tier 0 and those with most in them, and the rows
// with most in these columns, as many as Budget has room for.
func DrawMatrix(in MatrixInput) *Matrix {
	columns := top(in.Columns, weights(in.Cells, len(in.Columns), func(c Cell) (int, bool) { return c.Column, true }), maxColumns)
	at := places(columns, len(in.Columns))
	rows := top(in.Rows, weights(in.Cells, len(in.Rows), func(c Cell) (int, bool) { return c.Row, at[c.Column] >= 0 }), maxRows)
	for {
		m := in.pick(rows, columns)
		if len(m.Rows)+len(m.Columns)+len(m.Cells) <= Budget || len(rows) == 0 {
			return m
		}
		rows = rows[:len(rows)-1]
	}
}

func weights(cells []Cell, n int, of func(Cell) (int, bool)) []int {
	sum := make([]int, n)
	for _, c := range cells {
		if i, ok := of(c); ok {
			sum[i] += c.Weight
		}
	}
	return sum
}

// top are the indexes of the things with most weight, of those that have any: tier
// 0 and chosen ones first.
func top(things []Thing, weight []int, limit int) []int {
	var list []int
	for i := range things {
		if weight[i] > 0 {
			list = append(list, i)
		}
	}
	first := func(i int) int {
		if things[i].Tier0 || things[i].Keep {
			return 0
		}
		return 1
	}
	order := byID(things)
	slices.SortFunc(list, func(a, b int) int {
		return cmp.Or(first(a)-first(b), weight[b]-weight[a], order(a, b))
	})
	return list[:min(len(list), limit)]
}

// places says of each index where it stands in a list, -1 for those that do not.
func places(list []int, n int) []int {
	at := slices.Repeat([]int{-1}, n)
	for k, i := range list {
		at[i] = k
	}
	return at
}

func (in MatrixInput) pick(rows, columns []int) *Matrix {
	m := &Matrix{Rows: slices.Clone(rows), Columns: slices.Clone(columns), Cells: []int{}}
	row, column := places(rows, len(in.Rows)), places(columns, len(in.Columns))
	for i, c := range in.Cells {
		if row[c.Row] >= 0 && column[c.Column] >= 0 {
			m.Cells = append(m.Cells, i)
		}
	}
	slices.SortFunc(m.Cells, func(a, b int) int {
		x, y := in.Cells[a], in.Cells[b]
		return cmp.Or(row[x.Row]-row[y.Row], column[x.Column]-column[y.Column], a-b)
	})
	return m
}
