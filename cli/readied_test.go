package cli_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// After the scan of a large estate, what the first list is answered from lies ready;
// a small one is not worth a word.
func TestScanMakesReady(t *testing.T) {
	for _, n := range []int{100, 50_000} {
		home := fresh(t)
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "{\"node\":{\"ref\":\"crm/-/user/%d\",\"kind\":\"identity\",\"type\":\"crm.user\",\"name\":\"svc-%d\"}}\n", i, i)
		}
		out, said, code := run(t, "scan", write(t, filepath.Join(home, "crm.jsonl"), b.String()))
		if code != 0 || !strings.Contains(out, fmt.Sprintf("identities %d", n)) {
			t.Fatalf("exit code %d\n%s%s", code, out, said)
		}
		kept, _ := filepath.Glob(filepath.Join(home, "data", "snapshots", "*.snapshot"))
		if ready := strings.Contains(said, "Making ready"); ready != (n >= 50_000) || ready != (len(kept) == 1) {
			t.Errorf("%d identities: %d snapshots kept, and said: %s", n, len(kept), said)
		}
	}
}
