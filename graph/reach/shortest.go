package reach

// Shortest returns a path of the fewest hops, whatever its grade. From a node to
// itself it is the path of no edges. False where there is none.
func (g *Graph) Shortest(from, to uint32, o Options) (Path, bool) {
	r := g.search([]uint32{to}, g.lens(o), true)
	if !r.Has(from) {
		return Path{}, false
	}
	return r.Path(from)
}
