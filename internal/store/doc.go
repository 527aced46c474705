// Package store keeps what was seen, by whom and when, in one SQLite file or in
// PostgreSQL, with its whole history.
//
// What a source says is an assertion: a node, an edge, a piece of evidence or a
// document, seen under a source, a coverage key and a part of it, valid from one
// generation to another. Assertions are never merged when stored; [Store.Nodes]
// and its sisters merge them when read, inside a [drover.Scope], as of any
// generation. A generation is one committed change: numbers and times of
// generations only grow, and what a generation shows never changes afterwards,
// save where [Store.Compact] was asked to forget.
//
// The way in is [Store.BeginScan], [ScanRun.Stage], [Stage.Put] and
// [Stage.Commit]. A stage compares what it is given with a compact index of what
// its coverage asserts already, so that a repeated scan writes no new version;
// what did change is spooled and written in one transaction, so that nothing is
// visible by halves. Only a section that went well ends what it did not see.
//
// All SQL is hand-written, in the one dialect that SQLite and PostgreSQL share;
// sqlite.go and postgres.go hold what differs. Times are microseconds since 1970
// in UTC, NULL where unknown. An interval that is still open ends at the largest
// int64, written out in the SQL so that partial indexes serve it.
package store
