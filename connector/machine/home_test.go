package machine

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/connectortest"
)

// plantHome is somebody's home, as a folder somewhere.
func plantHome(t *testing.T) *planter {
	p := newPlanter(t)
	p.file(".config/systemd/user/x.service", "[Service]\nExecStart=/bin/x\n")
	p.file(".cursor/mcp.json", `{"mcpServers":{"files":{"command":"npx","args":["-y","files-mcp"]}}}`)
	p.file(".aws/config", "[profile a]\nrole_arn=arn:aws:iam::123456789012:role/r\nsource_profile=default\n")
	return p
}

// What a folder holds does not depend on whose HOME it is scanned under.
func TestFolderDoesNotDependOnHome(t *testing.T) {
	p := plantHome(t)
	var first *connectortest.Result
	for _, home := range []string{t.TempDir(), p.root, filepath.Dir(p.root), "/root", ""} {
		t.Setenv("HOME", home)
		r := connectortest.Collect(t, Connector, p.config())
		for _, s := range r.Sections {
			if s.Status != drover.StatusOK || len(s.Notes) > 0 {
				t.Errorf("HOME=%s: section %s is %s: %v", home, s.Name, s.Status, s.Notes)
			}
		}
		if len(r.ByType("systemd.service")) != 1 || len(r.ByType("mcp.client")) != 1 {
			t.Errorf("HOME=%s: %d units, %d clients, want 1 and 1", home, len(r.ByType("systemd.service")), len(r.ByType("mcp.client")))
		}
		if n := r.ByType("machine.account"); len(n) > 0 {
			t.Errorf("HOME=%s: an account %s, of which only a folder tells", home, n[0].Name)
		}
		if first == nil {
			first = r
		} else if d := cmp.Diff(first.Nodes, r.Nodes) + cmp.Diff(first.Edges, r.Edges); d != "" {
			t.Errorf("HOME=%s: the folder holds something else: %s", home, d)
		}
	}
}

// A HOME that is no account's home makes no account.
func TestHomeMakesNoAccount(t *testing.T) {
	p := plantHome(t)
	t.Setenv("HOME", p.root)
	r := connectortest.Collect(t, Connector, map[string][]string{"machine": {"testhost"}, "include": {"accounts", "systemd", "mcp", "aws"}, "walk": {"false"}})
	for _, n := range r.ByType("machine.account") {
		if n.Name == filepath.Base(p.root) {
			t.Errorf("a folder gave the account %s", n.Name)
		}
	}
	found := false
	for _, n := range r.ByType("systemd.service") {
		found = found || strings.HasPrefix(n.Attrs.Str("file"), p.root)
	}
	if !found {
		t.Error("the unit of the home is not found")
	}
	for _, s := range r.Sections {
		for _, n := range s.Notes {
			if n.Lost {
				t.Errorf("section %s: %v", s.Name, n)
			}
		}
	}
}
