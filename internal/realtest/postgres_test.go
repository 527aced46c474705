package realtest

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Both versions come up, answer a foreign client, and keep databases apart.
func TestPostgres(t *testing.T) {
	for _, major := range []string{"15", "18"} {
		t.Run(major, func(t *testing.T) {
			pg := Postgres(t, major)
			if !strings.HasPrefix(pg.Version(), major+".") {
				t.Errorf("version %q is not of major %s", pg.Version(), major)
			}
			if again := Postgres(t, major); again != pg {
				t.Error("a second server was started")
			}
			db := pg.NewDatabase(t)
			got := pg.Psql(t, db, `CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2);
				SELECT count(*), current_database() FROM t;
				SELECT setting FROM pg_settings WHERE name IN ('ssl', 'wal_level', 'shared_preload_libraries') ORDER BY name;
				SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid();`)
			want := "2|" + db + "\npg_stat_statements\non\nlogical\nt\n"
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// A server ends, and its folder goes, when the process that started it is
// killed without a chance to clean up.
func TestServerEndsWithItsProcess(t *testing.T) {
	if os.Getenv("REALTEST_CHILD") != "" {
		fmt.Printf("dir=%s\n", Postgres(t, "15").Dir())
		os.Stdout.Sync()
		select {}
	}
	Postgres(t, "15") // or be skipped
	child := exec.Command(os.Args[0], "-test.run=^TestServerEndsWithItsProcess$", "-test.v")
	child.Env = append(os.Environ(), "REALTEST_CHILD=1", "DROVER_TEST_REPORT=")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	dir := ""
	for lines := bufio.NewScanner(out); dir == "" && lines.Scan(); {
		_, dir, _ = strings.Cut(lines.Text(), "dir=")
	}
	if _, err := os.Stat(dir); dir == "" || err != nil {
		t.Fatalf("the child has no server: folder %q: %v", dir, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is still there", dir)
		}
	}
}
