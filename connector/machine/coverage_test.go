package machine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/connector/connectortest"
)

// A scan with another HOME, other homes, other variables or without searching
// speaks for itself: what an earlier scan saw elsewhere is not its to remove.
func TestCoverageOfWhatWasLookedAt(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b} {
		if err := os.WriteFile(filepath.Join(dir, ".netrc"), []byte("machine x.example login bot password none\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	coverage := func(home string, config map[string][]string) map[string]string {
		t.Setenv("HOME", home)
		if config == nil {
			config = map[string][]string{}
		}
		config["include"] = []string{"netrc", "accounts", "kubeconfig", "env"}
		out := map[string]string{}
		for _, s := range connectortest.CollectContext(t.Context(), t, Connector, config).Sections {
			out[s.Name] = s.Coverage
		}
		return out
	}
	first, again, other := coverage(a, nil), coverage(a, nil), coverage(b, nil)
	for name := range first {
		if first[name] != again[name] {
			t.Errorf("%s: two scans alike have coverage %s and %s", name, first[name], again[name])
		}
	}
	if first["netrc"] == other["netrc"] || first["netrc"] == "" {
		t.Errorf("netrc: two homes have one coverage %s", first["netrc"])
	}
	if first["accounts"] != other["accounts"] {
		t.Errorf("accounts do not depend on the home: %s, %s", first["accounts"], other["accounts"])
	}
	if x := coverage(a, map[string][]string{"homes": {a}}); x["netrc"] == first["netrc"] {
		t.Errorf("netrc of named homes has the coverage %s of all", x["netrc"])
	}
	if x := coverage(a, map[string][]string{"walk": {"false"}}); x["env"] != "" && x["env"] == first["env"] {
		t.Errorf("env without searching has the coverage %s of a search", x["env"])
	}
	t.Setenv("KUBECONFIG", filepath.Join(a, "kc"))
	if x := coverage(a, nil); x["kubeconfig"] == first["kubeconfig"] || !strings.Contains(x["kubeconfig"], "KUBECONFIG=") {
		t.Errorf("kubeconfig by variable has coverage %s", x["kubeconfig"])
	}
}
