package drover

// Status is how a section, a source or a scan went.
type Status string

const (
	StatusOK      Status = "ok"      // all of it was read: what is absent is gone
	StatusPartial Status = "partial" // some was read: nothing is removed
	StatusFailed  Status = "failed"  // nothing was read
	StatusStale   Status = "stale"   // older than what is known: nothing was changed
	StatusSkipped Status = "skipped" // not asked for, or not meant to be read: nothing was changed
)

// A Section says what one part of a scan covered and how it went. Absence
// removes only inside a section whose status is ok.
type Section struct {
	Name     string `json:"name"`     // "roles"
	Coverage string `json:"coverage"` // the key that absence speaks of: "postgres:7423…/roles"
	Status   Status `json:"status"`
	Objects  int64  `json:"objects"`         // records seen
	Error    string `json:"error,omitempty"` // why it is not ok, and what to do
	Notes    []Note `json:"notes,omitempty"`
}

// A Note is something a reader of the scan should know about one place in it: a
// file that could not be parsed, a path that may not be read.
type Note struct {
	Where string `json:"where"` // "~/.kube/config:12"
	Text  string `json:"text"`
	// Lost is set when what lies at Where could not be read, so that its absence
	// proves nothing there.
	Lost bool `json:"lost,omitempty"`
	// Unread is set when what lies at Where is outside what the scan may read:
	// what is known there stays.
	Unread bool `json:"unread,omitempty"`
}
