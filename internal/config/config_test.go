package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
)

const sample = `version: 1
store: {driver: sqlite}
sources:
  - id: orders-db
    kind: postgres
    dsn: "${env:PG}"
    every: 6h
  - {id: hr.v2, kind: file, paths: [a.csv, b.csv], disabled: true}
`

func load(t *testing.T, text string, environ ...string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "drover.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path, environ)
}

// The environment sets what the file can set, and nothing else of it changes.
func TestOverlay(t *testing.T) {
	c, err := load(t, sample, "DROVER__STORE__PATH=/x.db", "DROVER__SOURCES__ORDERS_DB__EVERY=1h", "DROVER__SOURCES__HR_V2__PATHS=[c.csv, 007.csv]", "DROVER__SOURCES__1__DISABLED=false", "DROVER__STORE__RETENTION=", "DROVER_HOME=/ignored",
		"DROVER__SOURCES__HR_V2__TENANT=007")
	if err != nil {
		t.Fatal(err)
	}
	want := []Source{
		{ID: "orders-db", Kind: "postgres", Every: "1h", Options: map[string][]string{"dsn": {"${env:PG}"}}},
		{ID: "hr.v2", Kind: "file", Options: map[string][]string{"paths": {"c.csv", "007.csv"}, "tenant": {"007"}}},
	}
	if diff := cmp.Diff(want, c.Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if c.Store.Path != "/x.db" || c.Store.Driver != "sqlite" {
		t.Errorf("store: %+v", c.Store)
	}
	values, err := c.Values()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, v := range values {
		got[v.Key] = strings.TrimPrefix(v.Origin, c.Path)
	}
	wantOrigins := map[string]string{"version": ":1", "store.driver": ":2", "store.path": "DROVER__STORE__PATH", "sources[orders-db].id": ":4", "sources[orders-db].kind": ":5", "sources[orders-db].dsn": ":6",
		"sources[orders-db].every": "DROVER__SOURCES__ORDERS_DB__EVERY", "sources[hr.v2].id": ":8", "sources[hr.v2].kind": ":8", "sources[hr.v2].paths": "DROVER__SOURCES__HR_V2__PATHS",
		"sources[hr.v2].disabled": "DROVER__SOURCES__1__DISABLED", "sources[hr.v2].tenant": "DROVER__SOURCES__HR_V2__TENANT"}
	if diff := cmp.Diff(wantOrigins, got); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}
}

// Without a file the environment alone is a configuration.
func TestOverlayAlone(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	c, err := Load("", []string{"DROVER__STORE__DRIVER=postgres", "DROVER__STORE__DSN=postgres://u:p@h/d"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Store.Driver != "postgres" || c.Path != "" {
		t.Errorf("got %+v, path %q", c.Store, c.Path)
	}
}

// An error says where it comes from, and never what a value is.
func TestErrors(t *testing.T) {
	const value = "hunter2hunter2"
	for name, c := range map[string]struct {
		text, environ, want string
	}{
		"unknown key":             {"version: 1\nstor: " + value + "\n", "", `drover.yaml:2:1: unknown field "stor"`},
		"duplicate key":           {"version: 1\nversion: 1\n", "", "drover.yaml:2:1"},
		"alias of itself":         {"sources: &a [*a]\n", "", "drover.yaml:1:14: an alias inside something that has an anchor itself"},
		"aliases that grow":       {"x: &a [1]\ny: &b [*a, *a]\n", "", "drover.yaml:2:8: an alias"},
		"broken":                  {"store: {dsn: " + value + "\n", "", "drover.yaml:"},
		"version":                 {"version: 2\n", "", "version 2"},
		"driver":                  {"store: {driver: oracle}\n", "", "neither sqlite nor postgres"},
		"retention":               {"store: {retention: long}\n", "", "store.retention"},
		"no dsn":                  {"store: {driver: postgres}\n", "", "store.dsn is missing"},
		"password in a URL":       {"store: {driver: postgres, dsn: 'postgres://u:" + value + "@h/d'}\n", "", "holds a password"},
		"password in pairs":       {"store: {driver: postgres, dsn: 'host=h password=" + value + "'}\n", "", "holds a password"},
		"id twice":                {"sources: [{id: a, kind: file}, {id: a, kind: file}]\n", "", "used twice"},
		"no kind":                 {"sources: [{id: a}]\n", "", "id and kind"},
		"bad id":                  {"sources: [{id: a/b, kind: file}]\n", "", "letters, digits"},
		"every":                   {"sources: [{id: a, kind: file, every: often}]\n", "", "sources[0].every"},
		"nested option":           {"sources: [{id: a, kind: file, paths: {x: " + value + "}}]\n", "", "paths"},
		"unknown variable":        {sample, "DROVER__STORE__DRIVR=" + value, `environment variable DROVER__STORE__DRIVR: unknown field "drivr"`},
		"unknown source":          {sample, "DROVER__SOURCES__NOBODY__EVERY=" + value, "DROVER__SOURCES__NOBODY__EVERY"},
		"below a value":           {sample, "DROVER__VERSION__X=" + value, "DROVER__VERSION__X"},
		"no name":                 {sample, "DROVER__=" + value, "DROVER__SECTION__KEY"},
		"variable of wrong shape": {sample, "DROVER__STORE=" + value, "DROVER__STORE"},
		"variable of wrong value": {sample, "DROVER__SOURCES__ORDERS_DB__EVERY=" + value, "every"},
	} {
		t.Run(name, func(t *testing.T) {
			var environ []string
			if c.environ != "" {
				environ = []string{c.environ}
			}
			_, err := load(t, c.text, environ...)
			if !errors.Is(err, drover.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), value) && name != "variable of wrong value" {
				t.Errorf("the error tells the value: %v", err)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	t.Setenv("CONFIG_TEST", "v")
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("w\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{"": "", "plain": "plain", "${env:CONFIG_TEST}": "v", "a${env:CONFIG_TEST}b${file:" + file + "}c": "avbwc"} {
		if got, err := Resolve(in); err != nil || got != want {
			t.Errorf("Resolve(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"${", "${env:NOT_SET_ANYWHERE}", "${file:/nonexistent}", "${vault:x}", "${x}"} {
		if _, err := Resolve(in); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("Resolve(%q): %v", in, err)
		}
	}
}

// Whatever a file or a variable holds, loading ends with a configuration whose
// values can be told, or with an error.
func FuzzLoad(f *testing.F) {
	for _, s := range []string{sample, "", "version: 1", "store: {path: &a b}", "sources: [{id: a, kind: b, c: [d, 1, true]}]", "a: &a [*a]", "- x", "? {a: b} : c", "sources:\n- id: x\n  kind: y\n  <<: {z: 1}\n"} {
		f.Add(s, "DROVER__SOURCES__0__EVERY=1h")
	}
	f.Fuzz(func(t *testing.T, text, variable string) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, []string{variable})
		if err != nil {
			return
		}
		if _, err := c.Values(); err != nil {
			t.Errorf("loaded, and its values cannot be told: %v", err)
		}
	})
}
