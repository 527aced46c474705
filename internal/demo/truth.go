package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/droverhq/drover"
)

// A Truth is what a generated estate holds, in truth.json beside it: exactly the
// faults are to be found, each by its check on its subject, and nothing else.
type Truth struct {
	Schema     string       `json:"schema"`
	Seed       uint64       `json:"seed"`
	Identities int          `json:"identities"`
	Humans     int          `json:"humans"`
	Faults     []Fault      `json:"faults"`
	Clean      []drover.Ref `json:"clean"` // the first 10,000 identities with nothing wrong
}

// A Fault is one thing that was planted.
type Fault struct {
	ID      string     `json:"id"`
	Kind    string     `json:"kind"`
	Check   string     `json:"check"`
	Subject drover.Ref `json:"subject"`
	Name    string     `json:"name"`
	Part    string     `json:"part,omitempty"`
	Text    string     `json:"text"`
	Also    []string   `json:"also,omitempty"` // checks that this fault sets off on the same things, too
}

// write puts truth.json and drover.yaml beside the estate.
func (e *Estate) write(dir string) error {
	b, err := json.MarshalIndent(e.Truth, "", " ")
	if err != nil {
		return fmt.Errorf("write the truth: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "truth.json"), append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the truth: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "drover.yaml"), []byte(e.config()), 0o644); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

// config is a drover.yaml for the estate, to be used from its folder.
func (e *Estate) config() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: an estate that was made up. What is wrong in it stands in truth.json.\nversion: 1\nsources:\n", e.Name)
	for _, s := range e.Sources {
		fmt.Fprintf(&b, "  - {id: %s, kind: %s", s.ID, s.Kind)
		for _, k := range sortedKeys(s.Options) {
			v := s.Options[k]
			switch k {
			case "paths":
				fmt.Fprintf(&b, ", %s: [%q]", k, v[0])
			default:
				fmt.Fprintf(&b, ", %s: %q", k, v[0])
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}
