package drover

import "fmt"

// A Record is one message of a stream; exactly one field is set. A section
// record ends its section: the records before it, back to the section record
// before that, are what the section saw. Records after the last section record
// belong to no section, so their absence next time proves nothing.
type Record struct {
	Node     *Node     `json:"node,omitempty"`
	Edge     *Edge     `json:"edge,omitempty"`
	Evidence *Evidence `json:"evidence,omitempty"`
	Document *Document `json:"document,omitempty"`
	Event    *Event    `json:"event,omitempty"`
	Finding  *Finding  `json:"finding,omitempty"`
	Section  *Section  `json:"section,omitempty"`
}

// Kind names the field that is set: "node", "edge"…, and "" when none or
// several are.
func (r Record) Kind() string {
	kind, n := "", 0
	set := func(ok bool, name string) {
		if ok {
			kind, n = name, n+1
		}
	}
	set(r.Node != nil, "node")
	set(r.Edge != nil, "edge")
	set(r.Evidence != nil, "evidence")
	set(r.Document != nil, "document")
	set(r.Event != nil, "event")
	set(r.Finding != nil, "finding")
	set(r.Section != nil, "section")
	if n != 1 {
		return ""
	}
	return kind
}

// Valid returns nil, or an error wrapping ErrInvalid.
func (r Record) Valid() error {
	switch r.Kind() {
	case "":
		return fmt.Errorf("record: exactly one of node, edge, evidence, document, event, finding, section must be set: %w", ErrInvalid)
	case "node":
		return r.Node.Valid()
	case "edge":
		return r.Edge.Valid()
	case "finding":
		return r.Finding.Valid()
	case "evidence":
		return r.Evidence.Valid()
	case "document":
		if r.Document.Hash != DocumentHash(r.Document.Language, r.Document.Body) {
			return fmt.Errorf("document %q: its hash is not the hash of its body: %w", cut(r.Document.Hash, 80), ErrInvalid)
		}
	}
	return nil
}
