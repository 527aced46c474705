// Package effective turns a snapshot, which holds what connectors saw, into the
// graph of what follows from it: who becomes whom, who reaches what, by which
// technique, under which condition, and what proves it. Each kind of system has
// a room of its own below (aws, kubernetes, postgres) that knows its permission
// language; this package joins them and answers questions over the whole.
package effective

import (
	"context"
	"iter"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/graph"
)

// A System is one kind of system whose permissions we can evaluate.
type System struct {
	Name       string // first segment of its refs: "aws"
	Title, Doc string
	Techniques []Technique // every one that its edges may name
	// Load reads the part of the snapshot that is this system's. An error is a
	// fault of ours or a cancelled ctx; what cannot be evaluated is a Gap.
	Load func(ctx context.Context, in *Input) (*Model, error)
}

// A Technique is one documented way to become somebody else or to reach what was
// not given, under the id by which its catalogue knows it.
type Technique struct {
	ID    string // "iam-005", "POD_CREATE"; unique over all systems
	Title string
	Doc   string   // what it takes and what it gives, one paragraph
	Cite  string   // URL of the catalogue's or vendor's page
	Needs []string // actions or privileges, in the vendor's spelling
}

// Input is what a System reads.
type Input struct {
	*graph.Snapshot
	// Document returns a document by its hash; false where it was never read.
	Document func(hash string) (drover.Document, bool)
	Now      time.Time

	extra []drover.Node
	byRef map[drover.Ref]uint32
}

// Node adds a node that no connector asserts but that effects need (the machine
// that a database server runs on), and returns its row, which is Snapshot.Len()
// or more. The same ref gives the same row.
func (in *Input) Node(n drover.Node) uint32 {
	if row, ok := in.Find(n.Ref); ok {
		return uint32(row)
	}
	if row, ok := in.byRef[n.Ref]; ok {
		return row
	}
	if in.byRef == nil {
		in.byRef = map[drover.Ref]uint32{}
	}
	row := uint32(in.Len() + len(in.extra))
	in.extra = append(in.extra, n)
	in.byRef[n.Ref] = row
	return row
}

// Extra are the nodes that Node added, in the order of their rows.
func (in *Input) Extra() []drover.Node { return in.extra }

// An Edge is one effect.
type Edge struct {
	From, To uint32 // rows
	Kind     drover.EdgeKind

	// Move: whoever holds From holds To, and goes on from there. A container
	// (account, cluster, namespace, database) is moved to only by what takes over
	// everything in it. Otherwise the edge touches: To is reached at Level, and
	// nothing follows.
	Move  bool
	Level access.Level // of a touch; of a move LevelEscalate, or "" for what is plain use (a key authenticates its user)

	Technique string       // a Technique's ID; "" for plain use
	Cond      drover.Attrs // what must hold, as access.Decision.Condition; then Grade is not proven
	Grade     drover.Grade // proven, inferred, declared; the weakest of what it rests on
	Proof     []access.Proof
}

// A Model answers for one system at one snapshot. Functions are safe for
// concurrent use. Rows are heads of entities (graph.Snapshot.Head).
type Model struct {
	// Edges yields all its effects, in a stable order, each From-To-Kind-Technique
	// once or, with different conditions, several times.
	Edges iter.Seq[Edge]

	// Profile is the number of the set of documents that decides for an identity:
	// identities with one number have the same rights. False: not of this system.
	Profile func(row uint32) (uint32, bool)
	// Touch yields what a profile reaches among the rows of the snapshot, at the
	// strongest level each; several levels of one row are several yields.
	Touch func(profile uint32) iter.Seq[Touch]

	// Question reads RESOURCE and ACTION as a user writes them: a ref, an alias, a
	// name, an ARN that was never scanned. False: not a resource of this system.
	Question func(resource, action string) (Question, bool)
	// Decide answers for one identity. Which identity is not of this system: Unknown.
	Decide func(who uint32, q Question) access.Decision
	// Grants lists everything that an identity is given, symbolically.
	Grants func(who uint32) []access.Grant

	Gaps      []Gap
	Catalogue string // of actions and its age: "AWS service authorization reference, 2026-08-22"; "" where the language needs none
}

// A Touch is one row that a profile reaches.
type Touch struct {
	Row   uint32
	Level access.Level
	Grade drover.Grade
}

// A Question is a resource and an action in the words of one system.
type Question struct {
	System   string
	Resource string // native spelling: an ARN, "pods" in a namespace, a table
	Row      int    // of the resource in the snapshot; -1: it was never scanned
	Action   string // "": any; then Decide answers for the strongest level that is allowed and names it in the proof
	Known    bool   // whether the system's catalogue knows Action; true for ""
}

// A Gap is something that was not analysed, and why: shown beside every answer.
type Gap struct {
	System string `json:"system"`
	What   string `json:"what"` // "resource policies of 3 S3 buckets"
	Why    string `json:"why"`
	Rows   int    `json:"rows"` // how many nodes it concerns; 0: unknown
}
