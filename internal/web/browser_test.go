package web

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/droverhq/drover/internal/realtest"
)

// many is how many identities the page is looked at with when there are many.
const many = "100000"

// TestInBrowser looks at every page in every state in a real browser, over a real
// `drover up` with the demonstration organisation, over one with nothing and over
// one with a hundred thousand identities, and does what people do. What it checks
// is in web/test.
func TestInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	root, err := realtest.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	chromium := browser(t)
	for path, fix := range map[string]string{filepath.Join(root, "internal", "web", "dist", "index.html"): "make page", filepath.Join(root, "web", "node_modules", "playwright-core"): "make page"} {
		if _, err := os.Stat(path); err != nil {
			realtest.NotRun(t, "page in a browser", "", "the page was not built: "+fix)
		}
	}
	version, err := exec.Command(chromium, "--version").Output()
	if err != nil {
		realtest.NotRun(t, "page in a browser", "", "chromium does not start: "+err.Error())
	}
	realtest.Suite(t, "page in a browser", strings.TrimSpace(string(version)))

	bin := filepath.Join(t.TempDir(), "drover")
	build := exec.Command("go", "build", "-tags", "grpcnotrace", "-o", bin, "./cmd/drover")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build drover: %v\n%s", err, out)
	}
	demo, large := t.TempDir(), t.TempDir()
	var made sync.WaitGroup
	made.Go(func() { do(t, bin, demo, []string{"demo", "load"}, []string{"check", "--quiet"}) })
	made.Go(func() {
		do(t, bin, large, []string{"demo", "generate", "--seed", "7", "--identities", many, "--faults", "400", "-O", "estate"})
		for _, args := range [][]string{{"scan", "--quiet"}, {"check", "--quiet"}} {
			c := drover(bin, large, args...)
			c.Dir = filepath.Join(large, "estate") // whose drover.yaml names its files from there
			done(t, c)
		}
	})
	made.Wait()
	url, link := up(t, bin, demo)
	if !strings.Contains(link, "token=") {
		realtest.NotRun(t, "page in a browser", "", "this build signs nobody in")
	}
	emptyURL, emptyLink := up(t, bin, t.TempDir())
	largeURL, largeLink := up(t, bin, large)

	// What the heavy tier adds is the other themes; what people do is done without it.
	themes := map[string]string{"": "light", "only": "dark,contrast,contrast-dark"}[os.Getenv("DROVER_TEST_FULL")]
	if themes == "" {
		themes = "light,dark,contrast,contrast-dark"
	}
	args := []string{"run.mjs", "--url", url, "--sign-in", link, "--empty-url", emptyURL, "--empty-sign-in", emptyLink, "--large-url", largeURL, "--large-sign-in", largeLink, "--large", many, "--themes", themes}
	if os.Getenv("DROVER_TEST_FULL") == "only" {
		args = append(args, "--looks")
	}
	if shots := os.Getenv("DROVER_TEST_SHOTS"); shots != "" {
		args = append(args, "--shots", shots)
	}
	run := exec.CommandContext(t.Context(), "node", args...)
	run.Dir = filepath.Join(root, "web", "test")
	run.Env = append(os.Environ(), "CHROMIUM="+chromium)
	var out bytes.Buffer
	run.Stdout, run.Stderr = &out, &out
	if err := run.Run(); err != nil {
		t.Errorf("the page in a browser: %v\n%s", err, out.String())
		return
	}
	t.Log(out.String())
}

// browser finds Chromium.
func browser(t testing.TB) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			if _, err := exec.LookPath("node"); err != nil {
				realtest.NotRun(t, "page in a browser", "", "node is not here: scripts/setup nodejs npm")
			}
			return path
		}
	}
	realtest.NotRun(t, "page in a browser", "", "chromium is not here: scripts/setup")
	return ""
}

// drover is a command on a store of its own; nothing of this machine is read.
func drover(bin, home string, args ...string) *exec.Cmd {
	c := exec.Command(bin, append(args, "--no-input")...)
	c.Dir = home
	c.Env = []string{"HOME=" + home, "DROVER_HOME=" + filepath.Join(home, "drover"), "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.Getenv("TMPDIR")}
	return c
}

// do runs commands on one store, one after another. Findings end a check with a
// code of its own.
func do(t *testing.T, bin, home string, commands ...[]string) {
	for _, args := range commands {
		done(t, drover(bin, home, args...))
	}
}

func done(t *testing.T, c *exec.Cmd) {
	if out, err := c.CombinedOutput(); err != nil && !strings.Contains(string(out), "findings") {
		t.Errorf("drover %s: %v\n%s", strings.Join(c.Args[1:], " "), err, out)
	}
}

var (
	listens = regexp.MustCompile(`Drover is up: +(http://\S+)`)
	signsIn = regexp.MustCompile(`Sign in: +(http://\S+)`)
)

// up starts the server and returns its address and the link that signs in.
func up(t testing.TB, bin, home string) (url, link string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	c := drover(bin, home, "up", "--no-browser", "--listen", "127.0.0.1:0")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stdout, c.Stderr = write, write
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait()
		_ = write.Close()
	})
	lines := make(chan string)
	go func() {
		for s := bufio.NewScanner(read); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-t.Context().Done():
			}
		}
	}()
	var said []string
	for url == "" || link == "" {
		select {
		case line := <-lines:
			said = append(said, line)
			if m := listens.FindStringSubmatch(line); m != nil {
				url = m[1]
			}
			if m := signsIn.FindStringSubmatch(line); m != nil {
				link = m[1]
			}
		case <-ctx.Done():
			t.Fatalf("drover up said nothing of where it listens:\n%s", strings.Join(said, "\n"))
		}
	}
	return url, link
}

// TestUnits runs the unit tests of the page: filter text and clicks, what stands
// in the address, hostile strings, house rules.
func TestUnits(t *testing.T) {
	if testing.Short() {
		t.Skip("starts node")
	}
	root, err := realtest.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	vitest := filepath.Join(root, "web", "node_modules", "vitest", "vitest.mjs")
	node, err := exec.LookPath("node")
	if err != nil {
		realtest.NotRun(t, "units of the page", "", "node is not here: scripts/setup nodejs npm")
	}
	if _, err := os.Stat(vitest); err != nil {
		realtest.NotRun(t, "units of the page", "", "the packages are not here: make page")
	}
	version, _ := exec.Command(node, "--version").Output()
	realtest.Suite(t, "units of the page", "node "+strings.TrimSpace(string(version)))
	run := exec.CommandContext(t.Context(), node, vitest, "run", "--reporter=dot")
	run.Dir = filepath.Join(root, "web")
	if out, err := run.CombinedOutput(); err != nil {
		t.Errorf("the unit tests of the page: %v\n%s", err, out)
	}
}
