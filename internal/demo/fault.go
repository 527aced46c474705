package demo

// faults are the kinds that can be planted.
type faultKind struct {
	kind, check string
	plant       func(g *garden) *Fault
}

// misses make a clean identity look as if something were wrong.
var misses = []func(g *garden, i *identity){
	func(g *garden, i *identity) {},
}

func (g *garden) plant() {}
