// Package link says which nodes of different sources are one thing, and where
// an edge leads whose end is only a name.
//
// Schemes is the whole of what an alias proves. A Linker joins nodes into
// entities by identifying aliases, and takes a join back when its reason goes.
// Derive, Match and Why are for the ends of edges: which other names lead to
// the same place, which names a pattern covers, and what is missing when none
// is found.
//
// A wrong join is worse than none: where two things may be meant, nothing is
// joined, and the reason is kept (see Doubt).
package link
