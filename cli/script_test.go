package cli_test

import (
	"archive/zip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/cli"
)

var binary = cli.Config{Connectors: builtin.Connectors, Checks: builtin.Checks, Actions: builtin.Actions, Formats: builtin.Formats, Systems: builtin.Systems}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"drover": func() { os.Exit(cli.Main(binary)) }})
}

// Each script is one journey of a person at a terminal: what is typed, what is
// printed where, and the exit code.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		Setup:         home,
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "schema": valid, "csvcells": csvCells, "plain": plainText, "zipped": zipped},
		Condition:     condition,
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

// home gives a script its own home, data directory and clock zone.
func home(e *testscript.Env) error {
	for k, v := range map[string]string{"HOME": filepath.Join(e.WorkDir, "home"), "DROVER_HOME": filepath.Join(e.WorkDir, "data"), "XDG_CONFIG_HOME": filepath.Join(e.WorkDir, "xdg"),
		"TZ": "UTC", "TERM": "xterm", "COLUMNS": "", "NO_COLOR": "", "DROVER_CONFIG": ""} {
		e.Setenv(k, v)
	}
	return os.MkdirAll(filepath.Join(e.WorkDir, "home"), 0o700)
}

func condition(name string) (bool, error) {
	switch name {
	case "userroot":
		return os.Geteuid() == 0 && runtime.GOOS != "windows", nil
	}
	return false, errors.New("unknown condition " + name)
}

// exits N COMMAND... runs a command and wants exactly this exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		x, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = x.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// schema NAME FILE wants the JSON of a file to be what its published schema says.
func valid(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: schema NAME FILE")
	}
	if err := validate(args[0], []byte(ts.ReadFile(args[1]))); err != nil {
		ts.Fatalf("%v", err)
	}
}

func validate(name string, raw []byte) error {
	all, err := cli.Schemas()
	if err != nil {
		return err
	}
	s, ok := all[name]
	if !ok {
		return errors.New("no schema is called " + name)
	}
	return check(s, raw)
}

func check(s *jsonschema.Schema, raw []byte) error {
	r, err := s.Resolve(nil)
	if err != nil {
		return err
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	return r.Validate(v)
}

// csvcells FILE wants a table whose rows are all as long as its head and of
// which a spreadsheet runs no cell.
func csvCells(ts *testscript.TestScript, neg bool, args []string) {
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	for _, row := range rows {
		for _, c := range row {
			if c != "" && c != "-" && strings.ContainsRune("=+-@\t\r|%", rune(strings.TrimLeft(c+" ", " \u00a0")[0])) {
				ts.Fatalf("a spreadsheet runs the cell %q", c)
			}
		}
	}
}

// plain FILE wants a text that does nothing to a terminal.
func plainText(ts *testscript.TestScript, neg bool, args []string) {
	for _, f := range args {
		for i, r := range ts.ReadFile(f) {
			if r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfffd {
				ts.Fatalf("%s holds %U at byte %d", f, r, i)
			}
		}
	}
}

// zipped FILE prints the names and the contents of an archive.
func zipped(ts *testscript.TestScript, neg bool, args []string) {
	r, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer r.Close()
	for _, f := range r.File {
		in, err := f.Open()
		ts.Check(err)
		raw, err := io.ReadAll(in)
		ts.Check(err)
		fmt.Fprintf(ts.Stdout(), "%s\n%s\n", f.Name, raw)
	}
}
