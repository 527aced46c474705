// Package classify says what an identity is, from plain facts, with reasons: a
// person or not, which sort of non-human identity, where it stands in its life,
// and what its name, tags and surroundings say of environment, function,
// location, criticality and the like.
//
// Everything is a pure function over an [Input]; nothing is read, stored or
// remembered. A [Classifier] holds the compiled vocabularies and is safe for
// concurrent use. Three tables carry the knowledge, one place each: structure.go
// (what a vendor's type and attributes say), signals.go (what any directory,
// credential or relation says) and vocab/ (the words of names).
//
// Every value carries its source and grade. Precedence: what a user says, an
// explicit tag, structure, name. What is not known stays unknown.
package classify
