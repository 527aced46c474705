// Package drover is the vocabulary of non-human identity security: the few
// nouns that every other package speaks. It imports only the standard library.
//
// A [Node] is one thing a connector saw and an [Edge] joins two of them; both
// are named by a [Ref]. What changes all the time (last used, counts, liveness)
// is [Evidence], apart from both. An [Event] is a line of an audit log, a
// [Finding] is something wrong, a [Document] is a policy text stored once, and a
// [Section] says which part of a system was read and how that went. A [Record]
// is exactly one of these: the stream between engine, exporters and files.
//
// Zero values mean unknown. A zero time is never "never", an empty attribute
// list is not "no attributes": what was not read is not a fact.
package drover
