package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/cli"
	"github.com/droverhq/drover/internal/client/local"
	"github.com/droverhq/drover/internal/serve"
)

// TestMain is also the program itself: the tests start it as real processes.
func TestMain(m *testing.M) {
	if os.Getenv("DROVER_TEST_MAIN") != "" {
		os.Exit(cli.Main(cli.Config{Connectors: builtin.Connectors, Checks: builtin.Checks, Actions: builtin.Actions, Formats: builtin.Formats, Systems: builtin.Systems, Serve: serve.Run}))
	}
	os.Exit(m.Run())
}

// A home is a data directory with a configuration, in which processes run.
type home struct {
	t    testing.TB
	dir  string
	data string
}

func newHome(t testing.TB, config string) *home {
	t.Helper()
	dir := t.TempDir()
	h := &home{t: t, dir: dir, data: filepath.Join(dir, "data")}
	h.write("drover.yaml", config)
	return h
}

func (h *home) write(name, text string) string {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}

func (h *home) command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Dir = h.dir
	c.Env = append(os.Environ(), "DROVER_TEST_MAIN=1", "DROVER_HOME="+h.data, "HOME="+h.dir, "XDG_CONFIG_HOME="+h.dir, "DROVER_CONFIG=", "DISPLAY=", "WAYLAND_DISPLAY=")
	return c
}

// run runs a command to its end.
func (h *home) run(args ...string) (out, errs string, code int) {
	h.t.Helper()
	var o, e bytes.Buffer
	c := h.command(args...)
	c.Stdout, c.Stderr = &o, &e
	if err := c.Run(); err != nil {
		if c.ProcessState == nil {
			h.t.Fatal(err)
		}
		code = c.ProcessState.ExitCode()
	}
	return o.String(), e.String(), code
}

// A process is a server that was started.
type process struct {
	*home
	cmd  *exec.Cmd
	log  *lines
	here *local.Server
	done chan struct{}
	once sync.Once
}

// start starts a server and waits until it answers.
func (h *home) start(args ...string) *process {
	h.t.Helper()
	p := &process{home: h, cmd: h.command(args...), log: &lines{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	h.t.Cleanup(p.kill)
	for {
		s, err := local.Find(context.Background(), h.data)
		if err == nil && s.PID == p.cmd.Process.Pid {
			p.here = s
			return p
		}
		select {
		case <-p.done:
			h.t.Fatalf("the server ended: %s", p.log)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (p *process) kill() {
	p.once.Do(func() { _ = p.cmd.Process.Kill() })
	<-p.done
}

// stop tells the server to stop, and returns its exit code.
func (p *process) stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// socket asks the server by its private socket.
func (p *process) socket(method, path string, body io.Reader, header ...string) (*http.Response, string) {
	p.t.Helper()
	return ask(p.t, p.here.Client(), method, local.Base+path, body, header...)
}

// get asks the server by its address.
func (p *process) get(path string, header ...string) (*http.Response, string) {
	p.t.Helper()
	return ask(p.t, http.DefaultClient, http.MethodGet, "http://"+p.here.Listen+path, nil, header...)
}

func ask(t testing.TB, c *http.Client, method, url string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if req.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return resp, string(raw)
}

// until waits for something that will be so.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for range 6000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("it never came: %s", what)
}

func object(t testing.TB, raw string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(raw), &m); err != nil {
		t.Fatalf("%v in %.300s", err, raw)
	}
	return m
}

// lines is what a process writes.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// messages are the log lines with a message, as JSON objects.
func (l *lines) messages(t testing.TB, msg string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for s := bufio.NewScanner(strings.NewReader(l.String())); s.Scan(); {
		var m map[string]any
		if json.Unmarshal(s.Bytes(), &m) == nil && m["msg"] == msg {
			out = append(out, m)
		}
	}
	return out
}

func read(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// copyKey gives a second installation the fingerprint key of the first, as the
// servers of one store must have it.
func copyKey(t testing.TB, from, to *home) {
	t.Helper()
	if err := os.MkdirAll(to.data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to.data, "fingerprint.key"), []byte(read(t, filepath.Join(from.data, "fingerprint.key"))), 0o600); err != nil {
		t.Fatal(err)
	}
}
