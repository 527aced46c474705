package main

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
)

// The connectors read every file of the demo organisation to its end, and see
// about 200 identities in it.
func TestDemo(t *testing.T) {
	room := t.TempDir()
	if _, err := organisation(room); err != nil {
		t.Fatal(err)
	}
	byName := map[string]*connector.Connector{}
	for _, c := range builtin.Connectors {
		byName[c.Name] = c
	}
	org := func(name string) string {
		path, err := filepath.Abs(filepath.Join("..", "org", name))
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	identities := map[drover.Ref]bool{}
	for _, source := range []struct {
		kind   string
		config map[string][]string
	}{
		{"file", map[string][]string{"paths": {org("hr.csv")}, "mapping": {"hr"}}},
		{"file", map[string][]string{"paths": {org("accounts.csv")}, "mapping": {org("accounts.mapping.yaml")}}},
		{"file", map[string][]string{"paths": {org("saas.jsonl")}}},
		{"file", map[string][]string{"paths": {org("interview.csv")}, "mapping": {"interview"}}},
		{"machine", map[string][]string{"root": {filepath.Join(room, "laptop")}}},
		{"machine", map[string][]string{"root": {filepath.Join(room, "server")}}},
		{"git", map[string][]string{"paths": {filepath.Join(room, "code")}}},
		{"aws", map[string][]string{"path": {filepath.Join(room, "account")}}},
		{"kubernetes", map[string][]string{"path": {filepath.Join(room, "cluster")}, "cluster": {"k8s-prod.harbourfinch.example:6443"}, "issuer": {"https://" + issuer}}},
	} {
		got := connectortest.CollectContext(context.Background(), t, byName[source.kind], source.config)
		if got.Err != nil {
			t.Errorf("%v: %v", source.config, got.Err)
		}
		for _, s := range got.Sections {
			if s.Status != drover.StatusOK {
				t.Errorf("%v: section %s is %s: %s %v", source.config, s.Name, s.Status, s.Error, s.Notes)
			}
		}
		for _, n := range got.Nodes {
			if n.Kind == drover.KindIdentity {
				identities[n.Ref] = true
			}
		}
	}
	if n := len(identities); n < 150 || n > 250 {
		t.Errorf("%d identities, want about 200", n)
	}
}
