package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
)

var sample = Server{Schema: Schema, PID: 7, URL: "http://127.0.0.1:8765", Listen: "127.0.0.1:8765", Socket: "/run/drover.sock", Instance: "ABC", Version: "dev", Started: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}

// What is announced is read again, for its owner alone, and withdrawn by who
// announced it only.
func TestAnnounce(t *testing.T) {
	home := t.TempDir()
	if err := Announce(home, sample); err != nil {
		t.Fatal(err)
	}
	got, err := read(home)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		if diff := cmp.Diff(sample, *got); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
		if fi, err := os.Stat(filepath.Join(home, File)); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", fi.Mode(), err)
		}
	}
	if err := Withdraw(home, "another"); err != nil {
		t.Fatal(err)
	}
	if _, err := read(home); err != nil {
		t.Errorf("withdrawn by another instance: %v", err)
	}
	if err := Withdraw(home, sample.Instance); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(context.Background(), home); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("after it was withdrawn: %v", err)
	}
	if list, err := os.ReadDir(home); err != nil || len(list) != 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}

// A file that a dead server left, or that somebody else put there, finds nobody.
func TestNotBelieved(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes here")
	}
	home := t.TempDir()
	path := filepath.Join(home, File)
	put := func(s Server) {
		t.Helper()
		if err := Announce(home, s); err != nil {
			t.Fatal(err)
		}
	}
	dead := sample
	dead.Socket = filepath.Join(home, Socket)
	put(dead)
	if _, _, err := Dial(context.Background(), home); !errors.Is(err, drover.ErrNotFound) {
		t.Errorf("a socket that is not there: %v", err)
	}
	if err := os.WriteFile(dead.Socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(context.Background(), home); !errors.Is(err, drover.ErrPermission) {
		t.Errorf("a file in place of the socket: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", path); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(context.Background(), home); !errors.Is(err, drover.ErrPermission) {
		t.Errorf("a link in place of the file: %v", err)
	}
}

// Whatever stands in the file, it is a server that could be or an error.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "{}", `{"schema":"drover/v1/server","pid":1,"listen":"127.0.0.1:1","instance":"x","socket":"/a"}`, `{"schema":"drover/v1/server","pid":1,"listen":"127.0.0.1:1","instance":"x","socket":"../a"}`, `{"pid":-1}`, `[`, strings.Repeat("[", 1<<15)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := decode(strings.NewReader(text))
		if (s == nil) == (err == nil) {
			t.Fatalf("got %v and %v", s, err)
		}
		if err != nil && !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%v is not ErrInvalid", err)
		}
		if s != nil && (s.PID <= 0 || s.Instance == "" || s.Socket != "" && !filepath.IsAbs(s.Socket)) {
			t.Errorf("believed: %+v", s)
		}
	})
}
