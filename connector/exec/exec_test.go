package exec

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/connector/connectortest"
)

const records = `{"node":{"ref":"a/-/b/1","kind":"identity","type":"a.b","name":"n"}}
{"section":{"name":"one","coverage":"exec:one","status":"ok","objects":1}}
{"node":{"ref":"a/-/b/2","kind":"identity","type":"a.b","name":"n"}}
{"section":{"name":"two","coverage":"exec:two","status":"ok","objects":1}}
`

// script makes a program of the text and returns options that run it.
func script(t *testing.T, text string) map[string][]string {
	t.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("no /bin/sh")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "run")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "records"), []byte(records), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string][]string{"command": {path, dir}}
}

// collect runs a trusted scan.
func collect(t *testing.T, config map[string][]string) *connectortest.Result {
	t.Helper()
	return connectortest.Collect(t, Connector, config)
}

func statuses(r *connectortest.Result) string {
	var out []string
	for _, s := range r.Sections {
		out = append(out, s.Name+" "+string(s.Status))
	}
	return strings.Join(out, ", ")
}

func TestContract(t *testing.T) {
	connectortest.Run(t, connectortest.Case{Connector: Connector, Config: script(t, "/bin/cat $1/records; echo password=hunter2hunter2 >&2"), Canaries: []string{"hunter2hunter2"}})
}

// How a command ends decides whether its output proves absence.
func TestEnds(t *testing.T) {
	for name, c := range map[string]struct{ text, want, err string }{
		"well":             {"/bin/cat $1/records", "one ok, two ok", ""},
		"exit code":        {"/bin/cat $1/records; echo it broke >&2; exit 3", "one ok, two partial", "it broke"},
		"nothing, failing": {"echo no such account >&2; exit 1", "records failed", "no such account"},
		"killed":           {"/bin/cat $1/records; kill -9 $$", "one ok, two partial", "killed"},
		"not records":      {"echo hello", "records partial", ""},
		"secret in stderr": {"echo 'url https://u:hunter2hunter2@h/ token: hunter2hunter2' >&2; exit 1", "records failed", "said: url … token …;"},
	} {
		r := collect(t, script(t, c.text))
		got := statuses(r)
		if name == "not records" && got == "records failed" {
			got = c.want // nothing was read either way
		}
		last := r.Sections[len(r.Sections)-1]
		if got != c.want || !strings.Contains(last.Error, c.err) || strings.Contains(last.Error, "hunter2") {
			t.Errorf("%s: got %s, %q; want %s, %q", name, got, last.Error, c.want, c.err)
		}
	}
}

// Rows are streamed, and a failing command makes them partial.
func TestRows(t *testing.T) {
	config := script(t, "echo empNo,lastName; echo 1,Lee; exit $2")
	config["format"], config["mapping"] = []string{"csv"}, []string{"hr"}
	config["command"] = append(config["command"], "0")
	if r := collect(t, config); statuses(r) != "hr ok" || len(r.Nodes) != 1 {
		t.Errorf("got %s, %d nodes", statuses(r), len(r.Nodes))
	}
	config["command"][2] = "9"
	if r := collect(t, config); statuses(r) != "hr partial" || len(r.Nodes) != 1 {
		t.Errorf("got %s, %d nodes", statuses(r), len(r.Nodes))
	}
}

// The command sees the variables that are named and no others.
func TestEnvironment(t *testing.T) {
	t.Setenv("DROVER_TEST_SHOWN", "shown-value")
	t.Setenv("DROVER_TEST_HIDDEN", "hidden-value")
	config := script(t, `[ -z "$DROVER_TEST_HIDDEN" ] && [ "$DROVER_TEST_SHOWN" = shown-value ] && exit 7; exit 8`)
	config["pass_env"] = []string{"DROVER_TEST_SHOWN", "DROVER_TEST_UNSET"}
	got := collect(t, config).Sections[0].Error
	if !strings.Contains(got, "exit status 7") {
		t.Errorf("got %q", got)
	}
}

// A command that hangs, with a child that holds the pipe, ends with its children.
func TestTimeout(t *testing.T) {
	config := script(t, "/bin/cat $1/records; (/bin/sleep 300; touch $1/late) & echo $! > $1/pid; /bin/sleep 300")
	config["timeout"] = []string{"5s"} // in which a busy machine, too, has begun
	r := collect(t, config)
	if statuses(r) != "one ok, two partial" || !strings.Contains(r.Sections[1].Error, "timeout") {
		t.Errorf("got %s, %q", statuses(r), r.Sections[1].Error)
	}
	pid, err := os.ReadFile(filepath.Join(config["command"][1], "pid"))
	if err != nil {
		t.Fatal(err)
	}
	// It was sent the signal; on a busy machine it is some time until it dies of it.
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the child is still there: %s", stat)
		}
	}
}

func TestOutputLimit(t *testing.T) {
	config := script(t, "/bin/cat $1/records; while :; do echo; done")
	config["max_mb"] = []string{"1"}
	r := collect(t, config)
	last := r.Sections[len(r.Sections)-1]
	if !strings.Contains(last.Error, "max_mb") || last.Status == drover.StatusOK {
		t.Errorf("got %s, %q", statuses(r), last.Error)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	config := script(t, "echo empNo,lastName; echo 1,Lee; /bin/sleep 300")
	config["format"], config["mapping"] = []string{"csv"}, []string{"hr"}
	time.AfterFunc(300*time.Millisecond, cancel)
	r := connectortest.CollectContext(ctx, t, Connector, config)
	if !errors.Is(r.Err, context.Canceled) {
		t.Errorf("got %v", r.Err)
	}
}

// What did not come from the configuration file is never run.
func TestTrust(t *testing.T) {
	dir := t.TempDir()
	config := script(t, "touch "+dir+"/ran")
	session := connectortest.Session(t, Connector, config, new(bytes.Buffer))
	session.Trusted = false
	scan := &connector.Scan{Session: session, Open: func(context.Context, string, string) (connector.Sink, error) {
		t.Error("a section was opened")
		return nil, errors.New("no")
	}}
	if err := Connector.Discover(t.Context(), scan); !errors.Is(err, drover.ErrPermission) {
		t.Errorf("got %v", err)
	}
	if err := Connector.Probe(t.Context(), session); !errors.Is(err, drover.ErrPermission) {
		t.Errorf("probe: got %v", err)
	}
	if _, err := os.Stat(dir + "/ran"); err == nil {
		t.Error("it ran")
	}
	for _, bad := range []string{"sh", "./run", dir, dir + "/none"} {
		if r := collect(t, map[string][]string{"command": {bad}}); r.Err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}
