package engine_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/aws"
	"github.com/droverhq/drover/connector/machine"
	"github.com/droverhq/drover/internal/config"
	"github.com/droverhq/drover/internal/engine"
)

// A folder of what another connector recognises is not read as a project tree,
// too, unless there is something of one in it.
func TestPathOfAnExport(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Options{Connectors: []*connector.Connector{aws.Connector, machine.Connector}, Config: &config.Config{Version: 1}, Home: t.TempDir(), User: "tester"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	const gaad = `{"UserDetailList":[{"Path":"/","UserName":"ann","UserId":"AIDA2OGYBAH6STMMNXQQA","Arn":"arn:aws:iam::123456789012:user/ann","CreateDate":"2025-01-01T00:00:00Z","GroupList":[],"AttachedManagedPolicies":[]}],"GroupDetailList":[],"RoleDetailList":[],"Policies":[]}`
	for name, c := range map[string]struct {
		beside map[string]string
		want   []string
	}{
		"alone":          {nil, []string{"aws"}},
		"with others":    {map[string]string{"notes.json": `{"a":1}`, "list.yaml": "- a\n- b\n"}, []string{"aws"}},
		"with a login":   {map[string]string{".env": "DATABASE_URL=postgres://a:b@db.example.com/x\n"}, []string{"aws", "machine"}},
		"with an agent":  {map[string]string{"bot.json": `{"mcpServers":{"x":{"command":"npx","args":["y"]}}}`}, []string{"aws", "machine"}},
		"no export":      {map[string]string{"account-authorization-details.json": `{"a":1}`}, []string{"machine"}},
		"with manifests": {map[string]string{"pod.yaml": "kind: Pod\nspec: {containers: []}\n"}, []string{"aws", "machine"}},
	} {
		dir := t.TempDir()
		files := map[string]string{"account-authorization-details.json": gaad}
		for file, text := range c.beside {
			files[file] = text
		}
		for file, text := range files {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		sources, err := e.Resolve(t.Context(), []string{dir})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range sources {
			got = append(got, s.Kind)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: read by %q, want %q", name, got, c.want)
		}
	}
}
