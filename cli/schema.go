package cli

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/spf13/cobra"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/access"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/demo"
	"github.com/droverhq/drover/internal/engine"
	"github.com/droverhq/drover/internal/report"
)

// lists and objects name the JSON outputs by their schema id.
var lists = map[string]any{
	"identities": engine.Identity{}, "humans": engine.Identity{}, "credentials": engine.Credential{}, "groups": engine.Item{}, "roles": engine.Item{}, "resources": engine.Item{},
	"workloads": engine.Item{}, "policies": engine.Item{}, "places": engine.Item{}, "vendors": engine.Item{}, "nodes": engine.Item{}, "edges": engine.EdgeItem{},
	"documents": engine.DocumentView{}, "unseen": engine.UnseenItem{}, "sources": engine.SourceState{}, "reads": engine.PlannedRead{}, "staged": engine.StagedLeak{}, "reached": engine.ReachedItem{}, "blasts": engine.BlastItem{}, "grants": engine.GrantItem{}, "questionnaires": QuestionnaireView{}, "owner_items": engine.OwnerItem{}, "owners": engine.OwnerCount{}, "owner_tasks": engine.OwnerTask{}, "config": config.Value{},
	"policy": engine.PolicyItem{}, "policy_test": engine.PolicyTest{}, "policy_lint": engine.PolicyFault{}, "risks": engine.RiskItem{}, "risk_groups": engine.RiskGroup{},
	"users": engine.UserItem{}, "tokens": engine.TokenItem{}, "audit": engine.AuditItem{}, "findings": drover.FindingJSON{}, "fixes": engine.FixItem{}, "views": engine.SavedView{},
}

var objects = map[string]any{
	"scan": ScanView{}, "summary": engine.Summary{}, "show": engine.Detail{}, "diff": engine.DiffView{}, "perms": engine.Perms{}, "doctor": engine.Diagnosis{},
	"store_size": engine.StoreSize{}, "compact": engine.Compaction{}, "interview": engine.InterviewReport{},
	"blast": engine.BlastView{}, "paths": engine.PathsView{}, "why": engine.WhyView{}, "who_can": engine.WhoCanView{}, "creators": engine.CreatorsView{}, "deps": engine.DepsView{}, "cut": engine.CutView{},
	"reach_diff": engine.ReachDiffView{}, "simulate": engine.SimulateView{}, "lint": engine.LintView{},
	"check": CheckView{}, "finding": FindingView{}, "decision": DecisionView{}, "fix": FixView{}, "explain": engine.ExplainView{},
	"report": report.Report{}, "policy_explain": engine.PolicyView{}, "risk": engine.RiskView{},
	"owner": engine.OwnerChange{},
	"user":  UserView{}, "user_removal": engine.UserRemoval{}, "token": TokenView{}, "token_revoked": RevokedView{}, "login_link": LinkView{}, "audit_proof": engine.AuditProof{}, "audit_cut": engine.AuditCutView{}, "backup_proof": engine.BackupProof{},
	"view": engine.SavedView{}, "view_removed": ViewRemoved{},
	"up": UpView{}, "tag": TagView{}, "demo": DemoView{}, "truth": demo.Truth{}, "source": SourceView{}, "backup": FileView{}, "restore": FileView{}, "import": FileView{}, "init": InitView{}, "version": VersionView{}, "event": WatchEvent{}, "error": ErrorView{},
}

// aged are the lists that say how old the catalogues are and what was not
// analysed.
var aged = []string{"blasts", "reached", "grants", "risks"}

// Schemas returns the JSON Schema of every JSON output, by name.
func Schemas() (map[string]*jsonschema.Schema, error) {
	opts := &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[drover.Attrs]():    {Type: "object"},
		reflect.TypeFor[access.Set]():      setSchema(),
		reflect.TypeFor[time.Duration]():   {Type: "integer"},
		reflect.TypeFor[time.Time]():       {Type: "string", Format: "date-time"},
		reflect.TypeFor[json.RawMessage](): {Types: []string{"object", "null"}},
	}}
	// A finding writes itself; its schema is that of the form it takes.
	opts.TypeSchemas[reflect.TypeFor[drover.Severity]()] = &jsonschema.Schema{Type: "string", Enum: severities()}
	finding, err := jsonschema.ForType(reflect.TypeFor[drover.FindingJSON](), opts)
	if err != nil {
		return nil, fmt.Errorf("schema of findings: %w", err)
	}
	opts.TypeSchemas[reflect.TypeFor[drover.Finding]()] = finding
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
		list := &jsonschema.Schema{Type: "object", Required: []string{"schema", "generation", "total", "items"}, Properties: map[string]*jsonschema.Schema{
			"schema": {Type: "string"}, "generation": {Type: "integer"}, "total": {Type: "integer"}, "items": {Type: "array", Items: item}}}
		if slices.Contains(aged, name) {
			gap, err := jsonschema.ForType(reflect.TypeFor[engine.GapView](), opts)
			if err != nil {
				return nil, fmt.Errorf("schema %s: %w", name, err)
			}
			list.Required = append(list.Required, "catalogues", "not_analysed")
			list.Properties["catalogues"] = &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string"}}
			list.Properties["not_analysed"] = &jsonschema.Schema{Type: "array", Items: gap}
		}
		out[name] = finish(list, name)
	}
	return out, nil
}

func severities() (words []any) {
	for _, s := range drover.Severities {
		words = append(words, s.String())
	}
	return words
}

// setSchema is a set of names: those of in but out, and those of or, which are
// sets again.
func setSchema() *jsonschema.Schema {
	texts := &jsonschema.Schema{Types: []string{"array", "null"}, Items: &jsonschema.Schema{Type: "string"}}
	return &jsonschema.Schema{Type: "object", Required: []string{"in"}, Properties: map[string]*jsonschema.Schema{
		"in": texts, "out": texts, "or": {Type: "array", Items: &jsonschema.Schema{Type: "object"}}, "fold": {Type: "boolean"}}}
}

func finish(s *jsonschema.Schema, name string) *jsonschema.Schema {
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.ID = "https://github.com/droverhq/drover/docs/reference/json/" + name + ".schema.json"
	if p := s.Properties["schema"]; p != nil {
		id := any("drover/v1/" + name)
		p.Const = &id
	}
	return s
}

func (a *app) schemaCmd() *cobra.Command {
	return shaped(shapeText, &cobra.Command{Use: "schemas DIR", Short: "Write the JSON Schema of every JSON output into a folder", Args: cobra.ExactArgs(1), RunE: func(_ *cobra.Command, args []string) error {
		n, err := writeSchemas(args[0])
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "Wrote %s to %s\n", plural(n, "schema"), safe(args[0]))
		return err
	}})
}
