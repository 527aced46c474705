package awsiam_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

// TestPeerPage holds docs/reference/access_aws_peer.md to the rules that explain
// differences: each is there, in the words of the rule, with AWS's page.
func TestPeerPage(t *testing.T) {
	root, err := realtest.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "reference", "access_aws_peer.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range peerRules {
		row := "| `" + r.name + "` | " + r.reason + " | [AWS](" + r.cite + ") |"
		if !strings.Contains(string(page), row) {
			t.Errorf("the page lacks\n%s", row)
		}
	}
	if n := strings.Count(string(page), "| [AWS]("); n != len(peerRules) {
		t.Errorf("the page has %d rules and the test %d", n, len(peerRules))
	}
}
