package drover

import (
	"encoding/json"
	"time"
)

// An Event is one line of an audit log, reduced to who did what to what: the
// exchange form of every log. It is mapped to OCSF at the export edge.
type Event struct {
	Time       time.Time `json:"time"`
	System     string    `json:"system"` // "aws", "kubernetes"
	Verb       string    `json:"verb"`   // the vendor's word: "CreateAccessKey"
	Actor      string    `json:"actor,omitempty"`
	Credential string    `json:"credential,omitempty"`
	Object     string    `json:"object,omitempty"`
	Outcome    string    `json:"outcome,omitempty"` // success, failure, unknown
	Net        string    `json:"net,omitempty"`     // source address
	Agent      string    `json:"agent,omitempty"`   // user agent
	Session    string    `json:"session,omitempty"`
	Bytes      int64     `json:"bytes,omitzero"`
	Peer       string    `json:"peer,omitempty"`

	Raw json.RawMessage `json:"raw,omitempty"`
}
