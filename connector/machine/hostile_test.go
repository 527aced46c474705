//go:build unix

package machine

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
)

// plantTraps puts beside good files everything that has broken scanners.
func plantTraps(t *testing.T) *planter {
	p := newPlanter(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(p.root, name) }
	p.file("work/.env", "API_TOKEN="+p.secret("secret.token", 30)+"\n")
	must(os.MkdirAll(at(".ssh"), 0o700))
	must(os.MkdirAll(at(".aws"), 0o700))
	must(syscall.Mkfifo(at(".aws/credentials"), 0o600)) // would block a plain open for ever
	must(syscall.Mkfifo(at("work/pipe.pem"), 0o600))
	must(os.Symlink("loop2", at("loop1")))
	must(os.Symlink("loop1", at("loop2")))
	must(os.Symlink("loop1", at(".npmrc")))
	must(os.Symlink("..", at("work/up"))) // a cycle of folders
	must(os.Symlink("/dev/zero", at(".netrc")))
	must(os.Symlink("/etc/passwd", at(".pypirc"))) // leads outside
	big, err := os.Create(at("work/big.tfstate"))
	must(err)
	must(big.Truncate(10 << 30)) // sparse: no bytes on disk
	must(big.Close())
	deep := "deep" + strings.Repeat("/d", 60)
	p.file(deep+"/.env", "DEEP_PASSWORD="+p.value(20)+"\n")
	p.file("odd\nname\x1b[31m\xff/.env", "ODD_PASSWORD="+p.secret("secret.password", 20)+"\n")
	p.file("work/"+strings.Repeat("n", 200)+".env", "LONG_PASSWORD="+p.secret("secret.password", 20)+"\n")
	p.file("work/broken/.mcp.json", `{"mcpServers": {"x": {"command":`)
	p.file("work/broken/terraform.tfstate", `{"version": 4, "resources": [`)
	p.file("work/broken/server.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	p.file("work/null/.env", "A=\x00\x00\nNUL_TOKEN="+p.secret("secret.token", 25)+"\n")
	p.file("work/wide/.env", "WIDE_TOKEN="+strings.Repeat("x", 1<<20)+"\n")
	return p
}

func TestTrapsCostOnlyThemselves(t *testing.T) {
	p := plantTraps(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := connectortest.Collect(t, Connector, p.config())
	runtime.ReadMemStats(&after)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 400<<20 {
		t.Errorf("allocated %d MiB for a tree of small files and one sparse one", grown>>20)
	}
	got := p.got(r)
	for w := range p.want {
		if !got[w] {
			t.Errorf("missing beside the traps: %s", w)
		}
	}
	notes := fmt.Sprint(r.Sections)
	for _, name := range []string{"big.tfstate", "broken/.mcp.json", "broken/terraform.tfstate", "broken/server.pem", ".npmrc", ".aws/credentials"} {
		if !strings.Contains(notes, name) {
			t.Errorf("nothing is said about %s", name)
		}
	}
	for name, status := range map[string]drover.Status{"terraform": drover.StatusPartial, "certificates": drover.StatusPartial, "env": drover.StatusOK, "netrc": drover.StatusOK} {
		if s, ok := r.Section(name); !ok || s.Status != status {
			t.Errorf("section %s is %q, want %q: %s %+v", name, s.Status, status, s.Error, s.Notes)
		}
	}
	for _, k := range []string{"big.tfstate", "broken/.mcp.json"} {
		if !strings.Contains(fmt.Sprint(r.Kept), k) {
			t.Errorf("what was known of %s would be removed", k)
		}
	}
	if strings.Contains(asText(r), "root:x:0") || strings.Contains(asText(r), "daemon") {
		t.Error("a link led outside of the folder")
	}
	connectortest.NoCanary(t, asText(r), p.canaries)
}

// What may not be read keeps what was known of it. In the home of the user who
// scans it is a loss, elsewhere it is noted.
//
// The superuser may read everything, so then the test runs again as nobody.
func TestUnreadable(t *testing.T) {
	if os.Getuid() != 0 {
		unreadable(t)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "drover-unreadable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	copied := filepath.Join(dir, "machine.test")
	if err := os.WriteFile(copied, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(copied, "-test.run=^TestUnreadable$", "-test.v")
	// What the superuser keeps from others, for the test of nobody's scan.
	other := filepath.Join(dir, "other")
	for _, d := range []string{other, filepath.Join(other, ".aws"), filepath.Join(other, "closed")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(other, ".aws", "credentials"), []byte("[default]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(other, "closed"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd.Dir, cmd.Env = dir, []string{"TMPDIR=" + dir, "HOME=" + dir, "OTHER=" + other}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestUnreadable") {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

func unreadable(t *testing.T) {
	p := newPlanter(t)
	p.file(".aws/credentials", "[default]\n")
	p.file("closed/.env", "A_TOKEN=x\n")
	for _, name := range []string{".aws/credentials", "closed"} {
		if err := os.Chmod(filepath.Join(p.root, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(p.root, "closed"), 0o700) })
	unreadSections(t, p.root, p.config(), drover.StatusPartial)
	if other := os.Getenv("OTHER"); other != "" {
		unreadSections(t, other, map[string][]string{"root": {other}, "machine": {"testhost"}}, drover.StatusOK)
	}
}

func unreadSections(t *testing.T, root string, config map[string][]string, status drover.Status) {
	t.Helper()
	r := connectortest.Collect(t, Connector, config)
	for name, part := range map[string]string{"aws": ".aws/credentials", "env": "closed"} {
		s, _ := r.Section(name)
		if s.Status != status || len(s.Notes) == 0 {
			t.Errorf("%s: section %s is %s with notes %v; want %s and a note", root, name, s.Status, s.Notes, status)
		}
		if !strings.Contains(strings.Join(r.Kept, "\n"), s.Coverage+"#"+filepath.Join(root, part)) {
			t.Errorf("%s: what was known of %s would be removed", root, part)
		}
	}
}

// Discover opens nothing that Reads did not list.
func TestOpensOnlyWhatReadsLists(t *testing.T) {
	for _, p := range []*planter{plantLinux(t), plantMac(t), plantWindows(t), plantTraps(t)} {
		listed := map[string]bool{}
		s := connectortest.Session(t, Connector, p.config(), new(bytes.Buffer))
		if err := reads(t.Context(), s, func(r connector.Read) { listed[r.Where] = listed[r.Where] || r.Found }); err != nil {
			t.Fatal(err)
		}
		h, err := openHost(s)
		if err != nil {
			t.Fatal(err)
		}
		defer h.disk.close()
		opened := make(chan string, 10_000)
		h.disk.opened = func(name string) { opened <- h.disk.native(name) }
		scan := &connector.Scan{Session: s, Open: nullSink}
		if err := h.scan(t.Context(), scan); err != nil {
			t.Fatal(err)
		}
		close(opened)
		n := 0
		for name := range opened {
			n++
			if !listed[name] {
				t.Errorf("opened %q, which the list beforehand does not have", name)
			}
		}
		if n == 0 {
			t.Error("opened nothing")
		}
	}
}
