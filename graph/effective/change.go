package effective

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/droverhq/drover"
)

// ChangeSchema names the format of a change.
const ChangeSchema = "drover/v1/change"

// MaxChange is the size past which a change is refused, in bytes, and
// maxItems how many items it may have.
const (
	MaxChange = 16 << 20
	maxItems  = 10_000
)

// A Change is what somebody thinks of doing: a what-if. Things are named by ref,
// short id, alias or by a name that one thing has.
type Change struct {
	Schema  string           `json:"schema"`
	Remove  []Removal        `json:"remove,omitempty"`
	Add     []drover.Record  `json:"add,omitempty"` // nodes, edges, documents; a node that is there takes the place of what it was
	Replace []ReplacedPolicy `json:"replace,omitempty"`
}

// A Removal takes away a node and its edges (Ref), a statement of its document
// (Ref and Statement), or edges (From and To; Kind and Part, where given, say
// which).
type Removal struct {
	Ref       string          `json:"ref,omitzero"`
	Statement *int            `json:"statement,omitzero"` // position in the document, from 0
	From      string          `json:"from,omitzero"`
	To        string          `json:"to,omitzero"`
	Kind      drover.EdgeKind `json:"kind,omitzero"`
	Part      *string         `json:"part,omitzero"`
}

// A ReplacedPolicy gives a policy, a role (its trust policy) or a Kubernetes role
// another document.
type ReplacedPolicy struct {
	Ref      string         `json:"ref"`
	Document jsontext.Value `json:"document"`
}

var changeOptions = json.JoinOptions(json.RejectUnknownMembers(true), jsonv1.FormatDurationAsNano(true))

// ParseChange reads a change. Errors wrap drover.ErrInvalid and name the item, and
// never quote what stands in a wrong place.
func ParseChange(body []byte) (*Change, error) {
	if len(body) > MaxChange {
		return nil, fmt.Errorf("change of %d bytes is over the limit of %d: %w", len(body), MaxChange, drover.ErrInvalid)
	}
	var c Change
	if err := json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &c, changeOptions); err != nil {
		return nil, fmt.Errorf("change: %s: %w", placeOf(err), drover.ErrInvalid)
	}
	if c.Schema != "" && c.Schema != ChangeSchema {
		return nil, fmt.Errorf("change: schema is not %q: %w", ChangeSchema, drover.ErrInvalid)
	}
	if n := len(c.Remove) + len(c.Add) + len(c.Replace); n > maxItems {
		return nil, fmt.Errorf("change of %d items is over the limit of %d: %w", n, maxItems, drover.ErrInvalid)
	}
	if err := c.valid(); err != nil {
		return nil, err
	}
	c.Schema = ChangeSchema
	return &c, nil
}

// placeOf says where and what, without the value.
func placeOf(err error) string {
	var syn *jsontext.SyntacticError
	if errors.As(err, &syn) {
		return fmt.Sprintf("not JSON at byte %d, in %q", syn.ByteOffset, string(syn.JSONPointer))
	}
	var sem *json.SemanticError
	if errors.As(err, &sem) {
		if errors.Is(err, json.ErrUnknownName) {
			return fmt.Sprintf("%s is no field of a change", strconv.Quote(string(sem.JSONPointer)))
		}
		return fmt.Sprintf("%s does not take a JSON %s", strconv.Quote(string(sem.JSONPointer)), sem.JSONKind)
	}
	return "it cannot be read"
}

func (c *Change) valid() error {
	for i := range c.Remove {
		r := &c.Remove[i]
		node, edge := r.Ref != "", r.From != "" || r.To != ""
		switch {
		case node == edge:
			return fmt.Errorf("remove[%d]: give either ref, or from and to: %w", i, drover.ErrInvalid)
		case edge && (r.From == "" || r.To == ""):
			return fmt.Errorf("remove[%d]: an edge has from and to: %w", i, drover.ErrInvalid)
		case edge && r.Statement != nil:
			return fmt.Errorf("remove[%d]: an edge has no statement: %w", i, drover.ErrInvalid)
		case node && (r.Kind != "" || r.Part != nil):
			return fmt.Errorf("remove[%d]: kind and part are of an edge: %w", i, drover.ErrInvalid)
		case r.Statement != nil && *r.Statement < 0:
			return fmt.Errorf("remove[%d]: statement %d: they are counted from 0: %w", i, *r.Statement, drover.ErrInvalid)
		}
	}
	for i := range c.Add {
		r := &c.Add[i]
		switch r.Kind() {
		case "node":
			if err := r.Node.Valid(); err != nil {
				return fmt.Errorf("add[%d]: %w", i, err)
			}
		case "edge":
			if r.Edge.From == "" || r.Edge.To == "" {
				return fmt.Errorf("add[%d]: an edge has from and to: %w", i, drover.ErrInvalid)
			}
		case "document":
			if err := c.Add[i].Valid(); err != nil {
				return fmt.Errorf("add[%d]: %w", i, err)
			}
		default:
			return fmt.Errorf("add[%d]: a node, an edge or a document can be added: %w", i, drover.ErrInvalid)
		}
	}
	for i := range c.Replace {
		if r := &c.Replace[i]; r.Ref == "" || !strings.HasPrefix(string(r.Document), "{") {
			return fmt.Errorf("replace[%d]: give ref, and document as a JSON object: %w", i, drover.ErrInvalid)
		}
	}
	return nil
}

// Bytes is the change as ParseChange reads it.
func (c *Change) Bytes() []byte {
	out := *c
	out.Schema = ChangeSchema
	raw, err := json.Marshal(&out, changeOptions, json.Deterministic(true))
	if err != nil {
		panic("effective: a change is plain data: " + err.Error())
	}
	return raw
}
