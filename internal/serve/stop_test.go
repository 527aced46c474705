package serve_test

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/engine"
)

// Whoever does not take their answer keeps the end of the audit log from nobody: reads
// are cut, and it is signed in time of its own.
func TestStopAnchors(t *testing.T) {
	h := newHome(t, none)
	p := h.start("serve", "--listen", "127.0.0.1:0")
	c, err := net.Dial("unix", p.here.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// An answer that takes longer than a stop may.
	if _, err := c.Write([]byte("GET /debug/pprof/profile?seconds=25 HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ann", "bob"} { // acts behind the first anchor
		if out, errs, code := h.run("user", "add", name, "--grant", "auditor"); code != 0 {
			t.Fatalf("%d: %s %s", code, out, errs)
		}
	}
	if code := p.stop(); code != 0 {
		t.Errorf("stopped with %d: %s", code, p.log)
	}
	if s := p.log.String(); strings.Contains(s, "not anchored") || strings.Contains(s, "did not end in time") {
		t.Errorf("the log: %s", s)
	}
	raw, err := os.ReadFile(filepath.Join(h.data, "audit.heads"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
	var last engine.AuditHead
	if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil {
		t.Fatal(err)
	}
	out, errs, code := h.run("audit", "verify", "-o", "json")
	if v := object(t, out); code != 0 || v["head"] != float64(last.Seq) {
		t.Errorf("the last signed end is that of entry %d: %d %s %s", last.Seq, code, out, errs)
	}
}
