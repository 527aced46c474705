package demo_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/internal/demo"
)

var today = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// files reads all of a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out[rel] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// One seed is one estate, to the byte; another seed is another one.
func TestGenerateSeeds(t *testing.T) {
	made := func(seed uint64) map[string]string {
		dir := t.TempDir()
		if _, err := demo.Generate(demo.Options{Dir: dir, Now: today, Seed: seed, Identities: 300, Faults: 40}); err != nil {
			t.Fatal(err)
		}
		return files(t, dir)
	}
	one, again, other := made(7), made(7), made(8)
	if diff := cmp.Diff(one, again); diff != "" {
		t.Errorf("the same seed (-first +again):\n%s", diff)
	}
	if one["truth.json"] == other["truth.json"] || one["hr.csv"] == other["hr.csv"] {
		t.Error("two seeds made one estate")
	}
}

// The truth counts what is there, names only what is there, and as many faults as
// were asked for; without faults there are none.
func TestGenerateTruth(t *testing.T) {
	dir := t.TempDir()
	made, err := demo.Generate(demo.Options{Dir: dir, Now: today, Seed: 11, Identities: 400, Faults: 150})
	if err != nil {
		t.Fatal(err)
	}
	planted := map[string]bool{}
	for _, f := range made.Truth.Faults {
		planted[f.ID] = true
		if f.Check == "" || f.Text == "" || f.Subject.Valid() != nil {
			t.Errorf("fault %+v says too little", f)
		}
	}
	if len(planted) != 150 {
		t.Errorf("%d faults, want 150", len(planted))
	}
	e := open(t, dir, today)
	scanned(t, e)
	s, err := e.Snapshot(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Summary(); got.ByVerdict["nhi"] != made.Truth.Identities || got.Humans != made.Truth.Humans {
		t.Errorf("the estate has %d humans and %v, the truth says %d and %d", got.Humans, got.ByVerdict, made.Truth.Humans, made.Truth.Identities)
	}
	for _, f := range made.Truth.Faults {
		if _, ok := s.Find(f.Subject); !ok {
			t.Errorf("%s is about %s, which is not there", f.ID, f.Subject)
		}
	}
	for _, r := range made.Truth.Clean {
		if _, ok := s.Find(r); !ok {
			t.Errorf("%s is called clean, and is not there", r)
		}
	}
}

func TestGenerateBounds(t *testing.T) {
	for _, o := range []demo.Options{{Identities: -1}, {Identities: 1 << 40}, {Faults: -1}, {Faults: 1 << 40}} {
		o.Dir, o.Now = t.TempDir(), today
		if _, err := demo.Generate(o); !errors.Is(err, drover.ErrInvalid) {
			t.Errorf("%+v: got %v", o, err)
		}
	}
	if _, err := demo.Harbour(demo.Options{Dir: t.TempDir(), Now: today, Identities: 10}); !errors.Is(err, drover.ErrInvalid) {
		t.Errorf("ten identities: got %v", err)
	}
}

// A look at an earlier day sees nothing that was made later, and what it saw of a
// secret is what was true then.
func TestHarbourHistory(t *testing.T) {
	at := func(days int) map[string]string {
		dir := t.TempDir()
		if _, err := demo.Harbour(demo.Options{Dir: dir, Now: today, At: today.AddDate(0, 0, -days)}); err != nil {
			t.Fatal(err)
		}
		return files(t, dir)
	}
	now, then := at(0), at(30)
	has := func(estate map[string]string, file, text string) bool {
		return bytes.Contains([]byte(estate[file]), []byte(text))
	}
	if !has(now, "agents.jsonl", `"name":"agent-mailer"`) || has(then, "agents.jsonl", `"name":"agent-mailer"`) {
		t.Error("agent-mailer is 19 days old: now it is there, a month ago it was not")
	}
	if !has(now, "hr.csv", "terminated") || has(then, "hr.csv", "terminated") {
		t.Error("Priya left 12 days ago")
	}
	if !has(then, "postgres.jsonl", "svc-bi-export") {
		t.Error("svc-bi-export is 971 days old")
	}
	for name, text := range then {
		for _, day := range []string{"2026-04-05T", "2026-04-20T", "2026-05-03T"} {
			if name != "truth.json" && bytes.Contains([]byte(text), []byte(`"at":"`+day)) {
				t.Errorf("%s of 4 April speaks of %s", name, day)
			}
		}
	}
}

// On no day of the history is anything found on what is in order.
func TestHarbourClean(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	for _, days := range []float64{90, 30, 0} {
		at := now.Add(-time.Duration(days * float64(drover.Day)))
		made, err := demo.Harbour(demo.Options{Dir: dir, Now: now, At: at})
		if err != nil {
			t.Fatal(err)
		}
		clean := map[drover.Ref]bool{}
		for _, r := range made.Truth.Clean {
			clean[r] = true
		}
		e := open(t, dir, at)
		scanned(t, e)
		s, err := e.Snapshot(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range checked(t, e) {
			of := f.Subject.Ref
			if row, ok := s.Find(of); ok && s.Facts(row).Identity != "" {
				of = drover.Ref(s.Facts(row).Identity)
			}
			if clean[of] {
				t.Errorf("%v days ago: %s on %s: %s", days, f.Check, of, f.What)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
