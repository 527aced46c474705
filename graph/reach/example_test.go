package reach_test

import (
	"fmt"
	"log"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/graph/reach"
)

// A key that authenticates a role, which may assume another, which reads a table.
func Example() {
	const key, ci, deploy, table = 0, 1, 2, 3
	b := reach.NewBuilder(4)
	for _, e := range []reach.Edge{
		{From: key, To: ci, Kind: drover.EdgeAuthenticates, Move: true},
		{From: ci, To: deploy, Kind: drover.EdgeEscalates, Move: true, Grade: drover.GradeInferred, Info: reach.Info{Technique: "sts-001"}},
		{From: deploy, To: table, Kind: drover.EdgeCanAccess, Level: "read"},
	} {
		if err := b.Add(e); err != nil {
			log.Fatal(err)
		}
	}
	g := b.Build()
	fall := g.Blast([]uint32{key}, reach.Options{})
	fmt.Println(fall.Len(), "held")
	for t := range fall.Touched() {
		fmt.Println(t.Node, "touched,", t.Level, t.Grade, t.Hops, "hops")
	}
	paths, _ := g.Paths([]uint32{key}, []uint32{table}, reach.Options{}, 10)
	for _, p := range paths {
		fmt.Println(p.Nodes, p.Grade)
	}
	for _, c := range g.Choke([]uint32{key}, []uint32{table}, reach.Options{}) {
		if !c.IsEdge {
			fmt.Println("without", c.Node, "it is safe")
		}
	}
	// Output:
	// 3 held
	// 3 touched, read inferred 3 hops
	// [0 1 2 3] inferred
	// without 1 it is safe
	// without 2 it is safe
}
