package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/classify"
)

// A row is one labelled identity.
type row struct {
	Type    string         `json:"type"`
	Name    string         `json:"name"`
	Attrs   map[string]any `json:"attrs,omitempty"`
	Trusts  []string       `json:"trusts,omitempty"`
	Verdict drover.Verdict `json:"verdict"`
	NHIType drover.NHIType `json:"nhi_type,omitempty"`
	Note    string         `json:"note,omitempty"`
	Runs    []string       `json:"-"`
}

// A set is rows whose labels have one origin.
type set struct {
	name  string
	label string // what the label is read from
	rows  []row
}

// own are the sets labelled by hand. Those in heldout were each written before
// the code saw a row of them; a and b also before their author read the code.
var own = []struct{ name, files string }{
	{"own corpus", "corpus/*.jsonl"},
	{"own, written afterwards", "heldout/written_after.jsonl"},
	{"fresh rows a", "heldout/blind-a.jsonl"},
	{"fresh rows b", "heldout/blind-b.jsonl"},
	{"fresh rows c", "heldout/blind-c.jsonl"},
}

// load reads the own corpora below the folder and, where data is a folder, the
// sets of others.
func load(corpus, data string) ([]set, error) {
	var sets []set
	for _, o := range own {
		rows, err := readRows(filepath.Join(corpus, filepath.FromSlash(o.files)))
		if err != nil {
			return nil, err
		}
		sets = append(sets, set{name: o.name, label: "set by hand", rows: rows})
	}
	if data == "" {
		return sets, nil
	}
	for _, l := range others {
		s := set{name: l.name, label: l.label}
		var err error
		s.rows, err = l.load(filepath.Join(data, filepath.FromSlash(l.path)))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.name, err)
		}
		sets = append(sets, s)
	}
	return sets, nil
}

// readRows reads every file of labelled JSON lines that fits the pattern.
func readRows(pattern string) (rows []row, err error) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no labelled files %s: %w", pattern, drover.ErrNotFound)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("read corpus: %w", err)
		}
		n := 0
		for sc := bufio.NewScanner(bytes.NewReader(raw)); sc.Scan(); {
			n++
			var r row
			if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
				return nil, fmt.Errorf("%s:%d: %v: %w", f, n, err, drover.ErrInvalid)
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// held reports whether the row belongs to the second half of its set.
func (r *row) held() bool {
	h := fnv.New32a()
	h.Write([]byte(r.Type + "\x00" + r.Name))
	return h.Sum32()&1 == 1
}

// carriers are the attributes that state the label outright.
var carriers = []string{"type", "is_bot", "bot", "user_type", "servicePrincipalType", "protected", "objectClass", "AssumeRolePolicyDocument", "Path", "UserType", "accountType", "recipientTypeDetails",
	"serviceAccountClientId", "web_service_access_only", "mount_type", "gmsa", "objectsid", "attributes", "Employee_ID", "settings", "SID", "schemas", "app_slug", "mfa_active"}

// input builds what classification sees. Bare takes the carriers of the label
// away and leaves a type that says nothing.
func (r *row) input(bare bool) classify.Input {
	in := classify.Input{Type: r.Type, Name: r.Name, Trusts: r.Trusts, Rel: classify.Relations{RunsBy: r.Runs}}
	attrs := r.Attrs
	if bare {
		in.Type, in.Trusts, in.Rel = "some.principal", nil, classify.Relations{}
		attrs = map[string]any{}
		for k, v := range r.Attrs {
			attrs[k] = v
		}
		for _, k := range carriers {
			delete(attrs, k)
		}
	}
	in.Attrs = drover.NewAttrs(attrs)
	return in
}
