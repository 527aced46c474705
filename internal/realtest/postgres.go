package realtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// PG is a running PostgreSQL server that belongs to this test process.
type PG struct {
	dir      string // server.log, server.crt, the socket and data/ lie here
	version  string // "15.20"
	port     int
	password string
	stop     io.Closer // our end of the supervisor's standard input
	made     atomic.Int64
}

var postgres struct {
	sync.Mutex
	up map[string]*started
}

type started struct {
	pg  *PG
	err error
}

// errAbsent marks a system that cannot be had here, through no fault of ours.
var errAbsent = errors.New("not to be had here")

// Postgres returns the PostgreSQL server of a major version, "15" (from the
// system's packages) or "18" (from npm), started if it is not up yet. All tests
// of a process share it: make a database of your own with NewDatabase, and name
// roles, which belong to the whole server, so that they do not collide.
//
// It has TLS with a self-signed certificate, SCRAM passwords on every way in,
// wal_level=logical and pg_stat_statements loaded.
func Postgres(t testing.TB, major string) *PG {
	t.Helper()
	postgres.Lock()
	defer postgres.Unlock()
	s := postgres.up[major]
	if s == nil {
		s = &started{}
		s.pg, s.err = startPostgres(major)
		if postgres.up == nil {
			postgres.up = map[string]*started{}
		}
		postgres.up[major] = s
	}
	switch {
	case errors.Is(s.err, errAbsent):
		NotRun(t, "PostgreSQL", major, s.err.Error())
	case s.err != nil:
		t.Fatalf("start PostgreSQL %s: %v", major, s.err)
	}
	Suite(t, "PostgreSQL", s.pg.version)
	return s.pg
}

// DSN returns the superuser's connection string for a database, "postgres" at
// least being there.
func (p *PG) DSN(db string) string { return p.DSNAs("postgres", p.password, db) }

// DSNAs returns a connection string for a role of the caller's making.
func (p *PG) DSNAs(user, password, db string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Host: fmt.Sprintf("127.0.0.1:%d", p.port), Path: "/" + db}
	return u.String()
}

// Version returns what the server says it is: "15.20".
func (p *PG) Version() string { return p.version }

// Dir returns the server's folder: server.log, server.crt (its own authority)
// and the data folder data/. The unix socket lies in it too.
func (p *PG) Dir() string { return p.dir }

// Port returns the TCP port on 127.0.0.1.
func (p *PG) Port() int { return p.port }

var notName = regexp.MustCompile(`[^a-z0-9]+`)

// NewDatabase makes an empty database, dropped when the test ends, and returns
// its name.
func (p *PG) NewDatabase(t testing.TB) string {
	t.Helper()
	name := notName.ReplaceAllString(strings.ToLower(t.Name()), "_")
	name = fmt.Sprintf("t%d_%.40s", p.made.Add(1), name)
	p.exec(t, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize())
	t.Cleanup(func() { p.exec(t, `DROP DATABASE IF EXISTS `+pgx.Identifier{name}.Sanitize()+` WITH (FORCE)`) })
	return name
}

func (p *PG) exec(t testing.TB, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.DSN("postgres"))
	if err != nil {
		t.Fatalf("connect to PostgreSQL %s: %v\n%s", p.version, err, p.logTail())
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Psql runs SQL through the real psql client as the superuser and returns its
// standard output, unaligned, tuples only, fields apart by "|". It is the
// foreign program that tests count with. Every statement must succeed.
func (p *PG) Psql(t testing.TB, db, sql string) string {
	t.Helper()
	psql, err := findPsql()
	if err != nil {
		NotRun(t, "psql", "", err.Error())
	}
	cmd := exec.Command(psql, "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", fmt.Sprint(p.port), "-U", "postgres", "-d", db, "-f", "-")
	cmd.Env = append(os.Environ(), "PGPASSWORD="+p.password, "PGCLIENTENCODING=UTF8", "LC_ALL=C")
	cmd.Stdin = strings.NewReader(sql)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("psql: %v\n%s\n%s", err, stderr.String(), sql)
	}
	return stdout.String()
}

// findPsql prefers the newest client: an old one knows fewer of a new server's
// backslash commands.
func findPsql() (string, error) {
	for _, major := range []string{"18", "17", "16", "15"} {
		for _, dir := range systemBins(major) {
			if path := filepath.Join(dir, "psql"); isFile(path) {
				return path, nil
			}
		}
	}
	path, err := exec.LookPath("psql")
	if err != nil {
		return "", fmt.Errorf("no psql: apt-get install postgresql-client: %w", errAbsent)
	}
	return path, nil
}

// supervise runs the server until its standard input ends, which it does when
// we close our end and when we die, even by SIGKILL. Then it ends the server
// and removes its folder.
const supervise = `
dir=$1; shift
{ "$@" </dev/null >>"$dir/server.log" 2>&1; echo $? >"$dir/exit"; } &
cat >/dev/null
[ -f "$dir/exit" ] || kill -INT "$(head -n 1 "$dir/data/postmaster.pid")"
wait
rm -rf "$dir"
`

// startPostgres installs, initialises and starts a server. An error wraps
// errAbsent when the server cannot be had here.
func startPostgres(major string) (*PG, error) {
	bin, err := postgresBin(major)
	if err != nil {
		return nil, err
	}
	uid, gid, err := serverUser()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, errAbsent)
	}
	if uid >= 0 {
		// bin finds lib and share beside itself, so the three move together.
		root, err := reachable(filepath.Dir(bin), "postgres-"+major+"-"+npmPostgres[major])
		if err != nil {
			return nil, err
		}
		bin = filepath.Join(root, filepath.Base(bin))
	}
	out, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("ask for the version: %w", err)
	}
	version, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(out)), "postgres (PostgreSQL) "), " ")
	template, err := postgresTemplate(bin, version, uid, gid)
	if err != nil {
		return nil, err
	}
	password, err := os.ReadFile(filepath.Join(template, "password"))
	if err != nil {
		return nil, fmt.Errorf("read the superuser's password: %w", err)
	}
	p := &PG{version: version, password: strings.TrimSpace(string(password))}
	for try := 1; ; try++ {
		err := p.start(bin, filepath.Join(template, "data"), uid, gid)
		if err == nil {
			return p, nil
		}
		// Somebody may take the free port between our look and the start.
		if try == 5 || !strings.Contains(err.Error(), "could not bind") {
			return nil, err
		}
	}
}

func (p *PG) start(bin, template string, uid, gid int) (err error) {
	if p.dir, err = os.MkdirTemp(workBase(uid), "drover-pg-"); err != nil {
		return err
	}
	defer func() {
		if err != nil && p.stop == nil {
			os.RemoveAll(p.dir)
		}
	}()
	if err := os.Chmod(p.dir, 0o755); err != nil {
		return err
	}
	if p.port, err = freePort(); err != nil {
		return err
	}
	if err := p.prepare(bin, template, uid, gid); err != nil {
		return err
	}
	cmd := exec.Command("/bin/sh", "-c", supervise, "sh", p.dir, filepath.Join(bin, "postgres"), "-D", filepath.Join(p.dir, "data"))
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+p.dir)
	runAs(cmd, uid, gid)
	stop, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	p.stop = stop
	go func() { _ = cmd.Wait() }() // its end is seen in the folder that it removes
	return p.waitReady()
}

// prepare fills the server's folder: data, settings and certificate.
func (p *PG) prepare(bin, template string, uid, gid int) error {
	data := filepath.Join(p.dir, "data")
	if err := copyTree(template, data, -1, -1); err != nil {
		return fmt.Errorf("copy the initialised cluster: %w", err)
	}
	if err := writeCert(p.dir); err != nil {
		return fmt.Errorf("write the certificate: %w", err)
	}
	conf := fmt.Sprintf(`
listen_addresses = '127.0.0.1'
port = %d
unix_socket_directories = '%s'
ssl = on
ssl_cert_file = '%s/server.crt'
ssl_key_file = '%s/server.key'
password_encryption = 'scram-sha-256'
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 64MB
max_connections = 200
max_prepared_transactions = 20
wal_level = logical
track_commit_timestamp = on
log_line_prefix = '%%m [%%p] %%u@%%d '
`, p.port, p.dir, p.dir, p.dir)
	if hasLibrary(bin, "pg_stat_statements") {
		conf += "shared_preload_libraries = 'pg_stat_statements'\n"
	}
	f, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(conf); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if uid < 0 {
		return nil
	}
	return filepath.WalkDir(p.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}

// waitReady waits until the server says in its pid file that it takes
// connections.
func (p *PG) waitReady() error {
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		b, _ := os.ReadFile(filepath.Join(p.dir, "data", "postmaster.pid"))
		if lines := strings.Split(string(b), "\n"); len(lines) >= 8 && strings.TrimSpace(lines[7]) == "ready" {
			return nil
		}
		if isFile(filepath.Join(p.dir, "exit")) {
			break
		}
	}
	err := fmt.Errorf("it did not come up:\n%s", p.logTail())
	_ = p.stop.Close() // the supervisor ends the server and removes its folder
	return err
}

func (p *PG) logTail() string {
	b, _ := os.ReadFile(filepath.Join(p.dir, "server.log"))
	if len(b) > 4000 {
		b = b[len(b)-4000:]
	}
	return string(b)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
