package engine

import (
	"encoding/json"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
)

// The types of this file are the JSON of answers over the graph of effects:
// names and nulls are a contract.

// An Age says of what the answer speaks: which state of the estate, and which
// state of the vendors' catalogues.
type Age struct {
	Generation  int64     `json:"generation"`
	Catalogues  []string  `json:"catalogues"` // of actions and privileges, each with its date
	NotAnalysed []GapView `json:"not_analysed"`
}

// A GapView is something that the answer does not speak of, and why.
type GapView struct {
	System string `json:"system"`
	What   string `json:"what"`
	Why    string `json:"why"`
	Rows   int    `json:"rows"` // how many nodes it concerns; 0: not known
}

// An EffectView is one edge of the graph of effects.
type EffectView struct {
	From      drover.Ref      `json:"from"`
	To        drover.Ref      `json:"to"`
	FromName  string          `json:"from_name"`
	ToName    string          `json:"to_name"`
	Kind      drover.EdgeKind `json:"kind"`
	Grade     drover.Grade    `json:"grade"`
	Technique string          `json:"technique"` // id in the catalogue of its vendor; "": plain use
	Title     string          `json:"title"`     // of the technique
	Cite      string          `json:"cite"`      // where the technique is described
	Level     access.Level    `json:"level"`     // what it gives at its end; "": all of it
	Condition json.RawMessage `json:"condition"` // what must hold
	Proof     []access.Proof  `json:"proof"`

	// Also are the other techniques by which the same step can be made, no weaker
	// ones among them left out.
	Also []OtherView `json:"also"`
}

// An OtherView is another technique for a step.
type OtherView struct {
	Kind      drover.EdgeKind `json:"kind"`
	Grade     drover.Grade    `json:"grade"`
	Technique string          `json:"technique"`
	Title     string          `json:"title"`
}

// A PathView is one way from one node to another.
type PathView struct {
	Nodes []NodeView   `json:"nodes"`
	Edges []EffectView `json:"edges"`
	Hops  int          `json:"hops"`
	Grade drover.Grade `json:"grade"` // of its weakest edge

	// Variant: it goes over the same nodes as a path before it, and makes one step
	// by another technique.
	Variant bool `json:"variant"`
}

// A BlastView is `blast-radius`: what falls if one thing is stolen. Each of its lists has
// maxBlastList at most; how many there are is counted beside.
type BlastView struct {
	Schema  string   `json:"schema"`
	Subject NodeView `json:"subject"`
	Reach   Reach    `json:"reach"`

	Holds      []HoldView `json:"holds"` // of a human, a place, an authority: what is in its hands, and how
	HoldsTotal int        `json:"holds_total"`
	Next       []NodeView `json:"next"` // identities that can be taken over in one step
	NextTotal  int        `json:"next_total"`
	Tier0      []NodeView `json:"tier0"` // what of tier 0 is reached; reach counts them

	Paths []PathView `json:"paths"` // the best to each of what matters most
	Cut   *CutOption `json:"cut"`   // the single change that helps most; null: none, or not looked for
	Age
}

// Reach counts what is reached.
type Reach struct {
	Resources   int            `json:"resources"`
	ByLevel     map[string]int `json:"by_level"`      // each resource at its strongest level
	ByDataClass map[string]int `json:"by_data_class"` // "unknown" where nothing says
	ByEnv       map[string]int `json:"by_env"`
	Tier0       int            `json:"tier0"`
	Identities  int            `json:"identities"` // that can be taken over, in any number of steps
	Hops        int            `json:"hops"`       // to the farthest
}

// A HoldView is something in the hands of a human, a place or an authority.
type HoldView struct {
	NodeView
	How string `json:"how"` // owns, created, can_impersonate, reads_credential, issued, stored
}

// PathsView is `path`.
type PathsView struct {
	Schema string     `json:"schema"`
	From   string     `json:"from"`
	To     string     `json:"to"`
	More   bool       `json:"more"` // there are others that --limit or the search's bound left out
	Paths  []PathView `json:"paths"`
	Age
}

// A WhyView is `why`: whether one identity may do one thing, and what decides.
type WhyView struct {
	Schema    string          `json:"schema"`
	Subject   NodeView        `json:"subject"`
	Resource  string          `json:"resource"` // as its system names it
	Action    string          `json:"action"`   // "": any
	Known     bool            `json:"known"`    // whether the resource was scanned
	Decision  access.Verdict  `json:"decision"`
	Condition json.RawMessage `json:"condition"` // null: none
	Proof     []access.Proof  `json:"proof"`
	Via       []EffectView    `json:"via"` // by becoming whom; empty: by itself
	Age
}

// A WhoCanView is `who-can`: everybody who may do one thing.
type WhoCanView struct {
	Schema   string       `json:"schema"`
	Resource string       `json:"resource"`
	Action   string       `json:"action"`
	Known    bool         `json:"known"`
	Total    int          `json:"total"`
	Items    []HolderView `json:"items"`
	Age
}

// A HolderView is one who may.
type HolderView struct {
	NodeView
	Decision  access.Verdict  `json:"decision"`
	Condition json.RawMessage `json:"condition"`
	Grade     drover.Grade    `json:"grade"`
	Proof     []access.Proof  `json:"proof"`
	Via       []EffectView    `json:"via"` // by becoming whom; empty: by itself
}

// A CreatorsView is `creators`: who made the thing, who made that one, up to a
// human.
type CreatorsView struct {
	Schema  string        `json:"schema"`
	Subject NodeView      `json:"subject"`
	Chain   []CreatorView `json:"chain"`
	Human   bool          `json:"human"` // whether the chain ends in one
	Age
}

// A CreatorView is one link of the chain.
type CreatorView struct {
	NodeView
	Created drover.Ref      `json:"created"` // which of the chain
	How     drover.EdgeKind `json:"how"`     // created, owns
	Depth   int             `json:"depth"`
	Grade   drover.Grade    `json:"grade"`
	Proof   string          `json:"proof"`
	Left    *bool           `json:"left"` // of a person: whether they have left; null: it is not known, or it is no person
}

// A DepsView is `deps`: what stops if the thing stops.
type DepsView struct {
	Schema  string    `json:"schema"`
	Subject NodeView  `json:"subject"`
	Total   int       `json:"total"`  // ways of depending, also those that are not listed
	Things  int       `json:"things"` // that depend: one may in two ways
	Proven  int       `json:"proven"` // of these, surely
	Items   []DepView `json:"items"`
	Age
}

// A DepView is one dependent.
type DepView struct {
	NodeView
	How      string       `json:"how"`     // "runs as it", "holds its credential", "assumes it"…
	Through  *NodeView    `json:"through"` // the credential or secret in between; null: none
	Grade    drover.Grade `json:"grade"`
	Proof    string       `json:"proof"`
	LastUsed *time.Time   `json:"last_used"` // of the dependent; null: not known
}

// A CutView is `cut`: the single changes that remove most.
type CutView struct {
	Schema  string      `json:"schema"`
	From    string      `json:"from"` // "": any identity
	To      string      `json:"to"`   // "": what of tier 0 is reached
	Options []CutOption `json:"options"`
	Chokes  []ChokeView `json:"chokes"` // what most ways go through, whether or not it can be removed
	Age
}

// A ChokeView is one node or one step that most ways go through.
type ChokeView struct {
	Node    *NodeView   `json:"node"`    // null: it is a step
	Step    *EffectView `json:"step"`    // null: it is a node
	Pairs   int         `json:"pairs"`   // of a source and a target that it joins
	Sources int         `json:"sources"` // that would get to no target without it
	Targets int         `json:"targets"` // that no source would get to
}

// A CutOption is one change and what it does, found by making it to a copy.
type CutOption struct {
	What    string          `json:"what"`   // one sentence
	Change  json.RawMessage `json:"change"` // schema drover/v1/change, for --with
	Removes CutRemoves      `json:"removes"`
	Loses   []LoserView     `json:"loses"`   // who else loses something
	More    int             `json:"more"`    // identities that may lose something and were not compared
	Unknown []string        `json:"unknown"` // what could not be told of the side effects
}

// CutRemoves counts what those who were asked about reach, before and after.
type CutRemoves struct {
	Targets    Span `json:"targets"` // of those that were named
	Tier0      Span `json:"tier0"`
	Resources  Span `json:"resources"`
	Identities Span `json:"identities"` // that are taken over; where nobody was named, that get to a target
}

// A Span is a number before and after.
type Span struct {
	Before int `json:"before"`
	After  int `json:"after"`
}

// A LoserView is somebody who loses something by a cut.
type LoserView struct {
	NodeView
	Resources  int        `json:"resources"`
	Tier0      int        `json:"tier0"`
	Identities int        `json:"identities"`
	LastUsed   *time.Time `json:"last_used"` // when the loser was last seen used at all; null: not known
	Never      bool       `json:"never"`     // a source that would have seen any use saw none
}

// A ReachDiffView is `diff --reach`: whose reach grew or shrank.
type ReachDiffView struct {
	Schema string          `json:"schema"`
	From   MomentView      `json:"from"`
	To     MomentView      `json:"to"`
	With   string          `json:"with"` // the file of a change that was only thought of; "": none
	Items  []ReachDiffItem `json:"items"`
	More   int             `json:"more"` // identities whose reach may differ too and that were not compared
	Age
}

// A ReachDiffItem is one identity whose reach differs.
type ReachDiffItem struct {
	NodeView
	Change      string     `json:"change"` // added, removed (the identity itself), changed
	Resources   [2]int     `json:"resources"`
	Identities  [2]int     `json:"identities"`
	Tier0       [2]int     `json:"tier0"`
	Tier0Gained []NodeView `json:"tier0_gained"`
	Tier0Lost   []NodeView `json:"tier0_lost"`
	Path        *PathView  `json:"path"` // to the first of tier 0 that was gained
}

// A ReachedItem is one item of `resources --to`.
type ReachedItem struct {
	NodeView
	Level access.Level `json:"level"`
	Grade drover.Grade `json:"grade"`
	Hops  int          `json:"hops"`
	Via   *NodeView    `json:"via"` // who of those taken over reaches it; null: the subject itself
}
