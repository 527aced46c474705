package access

// A Set is a set of names (actions, resources) written as patterns: those that
// match one of In and none of Out. `*` stands for any text, `?` for one
// character. The zero Set is empty.
type Set struct {
	In  []string `json:"in"`
	Out []string `json:"out,omitempty"`
}
