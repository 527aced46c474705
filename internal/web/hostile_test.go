package web

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

// TestHostileInBrowser looks at every page in a real browser over an estate of texts
// that were written to run there: in each field of each thing, in tags, decisions and
// addresses. What must not happen is in web/test/hostile.mjs.
func TestHostileInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	root, err := realtest.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	chromium := browser(t)
	for _, path := range []string{filepath.Join(root, "internal", "web", "dist", "index.html"), filepath.Join(root, "web", "node_modules", "playwright-core")} {
		if _, err := os.Stat(path); err != nil {
			realtest.NotRun(t, "hostile texts in a browser", "", "the page was not built: make page")
		}
	}
	bin, home := filepath.Join(t.TempDir(), "drover"), t.TempDir()
	build := exec.Command("go", "build", "-tags", "grpcnotrace", "-o", bin, "./cmd/drover")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build drover: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(home, "estate.jsonl"), realtest.HostileEstate(), 0o600); err != nil {
		t.Fatal(err)
	}
	do := func(args ...string) string {
		out, err := drover(bin, home, args...).Output()
		if err != nil && len(out) == 0 {
			t.Logf("drover %.200q: %v", args, err)
		}
		return string(out)
	}
	do("scan", "estate.jsonl")
	do("check", "--quiet")
	findings := strings.Fields(do("finding", "list", "-o", "name"))
	if len(findings) < 50 {
		t.Fatalf("%d findings: there is nothing to look at", len(findings))
	}
	for i, x := range realtest.Hostile()[:24] {
		if strings.ContainsRune(x, 0) {
			continue // no argument can hold it
		}
		do("finding", "accept", findings[i], "--reason", "because "+x, "--approver", "x "+x, "--until", "30d")
		do("finding", "assign", findings[i+24], "--to", x)
	}
	url, link := up(t, bin, home)
	if !strings.Contains(link, "token=") {
		realtest.NotRun(t, "hostile texts in a browser", "", "this build signs nobody in")
	}
	version, err := exec.Command(chromium, "--version").Output()
	if err != nil {
		realtest.NotRun(t, "hostile texts in a browser", "", "chromium does not start: "+err.Error())
	}
	realtest.Suite(t, "hostile texts in a browser", strings.TrimSpace(string(version)))
	args := []string{"hostile.mjs", "--url", url, "--sign-in", link}
	if os.Getenv("DROVER_TEST_FULL") != "" {
		args = append(args, "--every", "1")
	}
	run := exec.CommandContext(t.Context(), "node", args...)
	run.Dir = filepath.Join(root, "web", "test")
	run.Env = append(os.Environ(), "CHROMIUM="+chromium)
	var out bytes.Buffer
	run.Stdout, run.Stderr = &out, &out
	if err := run.Run(); err != nil {
		t.Errorf("hostile texts in a browser: %v\n%.20000s", err, out.String())
		return
	}
	t.Log(out.String())
}
