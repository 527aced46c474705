package secret

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover/internal/realtest"
)

// TestEqualsGitleaks compares findings with the gitleaks command, v8.30.1, on
// the same files and rules. DROVER_CORPUS may name a folder. docs/reference/secrets.md explains the differences that remain.
func TestEqualsGitleaks(t *testing.T) {
	peer := realtest.Gitleaks(t)
	root := os.Getenv("DROVER_CORPUS")
	if root == "" {
		root = "../../shared/data/secrets"
	}
	if _, err := os.Stat(root); err != nil {
		root = "../connector" // what this project has of its own; not what it built and scanned
	}
	want := peerFindings(t, peer, root)
	s, err := New(Gitleaks())
	if err != nil {
		t.Fatal(err)
	}
	got := ownFindings(t, s, root)
	if len(want) == 0 {
		t.Fatal("gitleaks found nothing: nothing was tested")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-gitleaks +drover)\n%s", diff)
	}
	t.Logf("%d findings", len(want))
}

// peerFindings runs gitleaks and returns "path:line rule length" of each finding.
func peerFindings(t *testing.T, peer, root string) []string {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report.json")
	rules := filepath.Join(t.TempDir(), "rules.toml")
	if err := os.WriteFile(rules, gitleaksRules, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(peer, "dir", "--no-banner", "--exit-code", "0", "-c", rules, "-f", "json", "-r", report, root)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("run gitleaks: %v\n%s", err, out)
	}
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var found []struct {
		RuleID, File, Secret string
		StartLine            int
	}
	if err := json.Unmarshal(data, &found); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range found {
		out = append(out, fmt.Sprintf("%s:%d %s %d", f.File, f.StartLine, f.RuleID, len(f.Secret)))
	}
	sort.Strings(out)
	return out
}

// ownFindings scans what gitleaks scans, cut into the pieces that it cuts.
func ownFindings(t *testing.T, s *Scanner, root string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		line := 0
		for _, piece := range peerPieces(data) {
			for _, h := range s.Scan(path, piece) {
				n := line + h.Line
				if h.Line == 0 {
					n = 0
				}
				size := len(h.Value.Reveal())
				out = append(out, fmt.Sprintf("%s:%d %s %d", path, n, h.Rule, size))
			}
			line += bytes.Count(piece, []byte("\n"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(out)
	return out
}

// peerPieces cuts data the way gitleaks reads a file: about 100 kB, then on to
// a blank line for at most 25 kB.
func peerPieces(data []byte) [][]byte {
	r := bufio.NewReader(bytes.NewReader(data))
	buf := make([]byte, 100_000)
	var out [][]byte
	for {
		n, err := r.Read(buf)
		if n == 0 || err != nil && err != io.EOF {
			return out
		}
		piece := bytes.Clone(buf[:n])
		for len(piece)-n < 25_000 && !blankTail(piece) {
			c, err := r.ReadByte()
			if err != nil {
				break
			}
			piece = append(piece, c)
		}
		out = append(out, piece)
	}
}

// blankTail reports whether b ends in two line feeds with only blanks between.
func blankTail(b []byte) bool {
	n := 0
	for i := len(b) - 1; i >= 0 && bytes.IndexByte([]byte(" \t\r\n"), b[i]) >= 0; i-- {
		if b[i] == '\n' {
			n++
		}
	}
	return n >= 2
}
