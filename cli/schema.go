package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/engine"
)

// lists and objects name the JSON outputs by their schema id.
var lists = map[string]any{
	"identities": engine.Identity{}, "humans": engine.Identity{}, "credentials": engine.Credential{}, "groups": engine.Item{}, "roles": engine.Item{}, "resources": engine.Item{},
	"workloads": engine.Item{}, "policies": engine.Item{}, "places": engine.Item{}, "vendors": engine.Item{}, "nodes": engine.Item{}, "edges": engine.EdgeItem{},
	"documents": engine.DocumentView{}, "sources": engine.SourceState{}, "reads": engine.PlannedRead{},
}

var objects = map[string]any{
	"scan": engine.ScanResult{}, "summary": engine.Summary{}, "show": engine.Detail{}, "diff": engine.DiffView{}, "perms": engine.Perms{}, "doctor": engine.Diagnosis{},
	"store_size": engine.StoreSize{}, "compact": engine.Compaction{}, "interview": engine.InterviewReport{},
}

// Schemas returns the JSON Schema of every JSON output, by name.
func Schemas() (map[string]*jsonschema.Schema, error) {
	opts := &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[drover.Attrs]():  {Type: "object"},
		reflect.TypeFor[time.Duration](): {Type: "integer"},
		reflect.TypeFor[time.Time]():     {Type: "string", Format: "date-time"},
	}}
	out := map[string]*jsonschema.Schema{}
	for name, v := range objects {
		s, err := jsonschema.ForType(reflect.TypeOf(v), opts)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		out[name] = finish(s, name)
	}
	for name, v := range lists {
		item, err := jsonschema.ForType(reflect.TypeOf(v), opts)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		out[name] = finish(&jsonschema.Schema{Type: "object", Required: []string{"schema", "generation", "total", "items"}, Properties: map[string]*jsonschema.Schema{
			"schema": {Type: "string"}, "generation": {Type: "integer"}, "total": {Type: "integer"}, "items": {Type: "array", Items: item}}}, name)
	}
	out["error"] = finish(&jsonschema.Schema{Type: "object", Required: []string{"schema", "code", "message", "fix", "where"}, Properties: map[string]*jsonschema.Schema{
		"schema": {Type: "string"}, "code": {Type: "string"}, "message": {Type: "string"}, "fix": {Types: []string{"string", "null"}}, "where": {Types: []string{"string", "null"}}}}, "error")
	return out, nil
}

func finish(s *jsonschema.Schema, name string) *jsonschema.Schema {
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.ID = "drover/v1/" + name
	if p := s.Properties["schema"]; p != nil {
		id := any(s.ID)
		p.Const = &id
	}
	return s
}

func (a *app) schemaCmd() *cobra.Command {
	return &cobra.Command{Use: "schemas DIR", Short: "Write the JSON Schema of every JSON output into a folder", Args: cobra.ExactArgs(1), RunE: func(_ *cobra.Command, args []string) error {
		all, err := Schemas()
		if err != nil {
			return err
		}
		if err := os.MkdirAll(args[0], 0o755); err != nil {
			return fmt.Errorf("schemas: %w", err)
		}
		var names []string
		for n := range all {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			raw, err := json.MarshalIndent(all[n], "", "  ")
			if err != nil {
				return fmt.Errorf("schema %s: %w", n, err)
			}
			if err := toFile(filepath.Join(args[0], n+".schema.json"), func(w io.Writer) error { _, err := fmt.Fprintf(w, "%s\n", raw); return err }); err != nil {
				return err
			}
		}
		_, err = fmt.Fprintf(a.out, "Wrote %s to %s\n", plural(len(names), "schema"), args[0])
		return err
	}}
}
