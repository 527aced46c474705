package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

const module = "github.com/droverhq/drover"

// An event is one line of go test -json (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build
	Test       string
	Output     string
	Elapsed    float64
}

// A line is what package realtest records about one suite.
type line struct {
	Suite, System, Version, Status, Why string
}

// A suite is one package's tests.
type suite struct {
	passed, failed, skipped int
	seconds                 float64
	against                 map[string]bool
	noTests                 bool
}

type run struct {
	suites  map[string]*suite
	output  map[string][]string // of one test, or of a package, until it ends
	skips   []string            // "package test: why"
	notRun  []string
	noData  []string
	garbled int // lines that are not events, which go itself printed
}

func newRun() *run {
	return &run{suites: map[string]*suite{}, output: map[string][]string{}}
}

// readTests reads the events and writes to w what failed as it happens, and a
// line for each package.
func (r *run) readTests(in io.Reader, w io.Writer) error {
	lines := bufio.NewReader(in)
	for {
		b, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(b)) > 0 {
			var e event
			if json.Unmarshal(b, &e) != nil || e.Action == "" {
				r.garbled++
				fmt.Fprintf(w, "%s\n", bytes.TrimSpace(b))
			} else {
				r.take(e, w)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the test output: %w", err)
		}
	}
}

func (r *run) take(e event, w io.Writer) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(w, e.Output)
		return
	case "output":
		r.output[key] = append(r.output[key], e.Output)
		return
	case "pass", "fail", "skip":
	default:
		return
	}
	s := r.suite(e.Package)
	if e.Test == "" {
		r.endPackage(s, e, w)
		delete(r.output, key)
		return
	}
	switch e.Action {
	case "pass":
		s.passed++
	case "skip":
		s.skipped++
		r.skips = append(r.skips, fmt.Sprintf("%s %s: %s", short(e.Package), e.Test, reason(r.output[key])))
	case "fail":
		s.failed++
		fmt.Fprint(w, strings.Join(r.output[key], ""))
	}
	delete(r.output, key)
}

// endPackage counts a package that failed without a failing test (it did not
// build, it panicked, it ran out of time) as one failure.
func (r *run) endPackage(s *suite, e event, w io.Writer) {
	s.seconds = e.Elapsed
	s.noTests = e.Action == "skip" || s.passed+s.failed+s.skipped == 0 && e.Action == "pass"
	if e.Action == "fail" {
		if s.failed == 0 {
			s.failed = 1
		}
		// The tests that were running when it died hold the trace.
		for _, key := range slices.Sorted(maps.Keys(r.output)) {
			if strings.HasPrefix(key, e.Package+" ") {
				fmt.Fprint(w, strings.Join(r.output[key], ""))
				delete(r.output, key)
			}
		}
	}
	if !s.noTests {
		fmt.Fprintf(w, "%-5s %s (%.1f s)\n", e.Action, short(e.Package), e.Elapsed)
	}
}

func (r *run) suite(pkg string) *suite {
	name := short(pkg)
	if r.suites[name] == nil {
		r.suites[name] = &suite{against: map[string]bool{}}
	}
	return r.suites[name]
}

func short(pkg string) string {
	if pkg == module {
		return "."
	}
	return strings.TrimPrefix(pkg, module+"/")
}

// reason finds what the test said when it skipped: the line before the verdict.
func reason(output []string) string {
	for _, o := range slices.Backward(output) {
		o = strings.TrimSpace(o)
		if o == "" || strings.HasPrefix(o, "--- ") || strings.HasPrefix(o, "=== ") {
			continue
		}
		if _, text, ok := strings.Cut(o, ".go:"); ok {
			if _, text, ok := strings.Cut(text, ": "); ok {
				return text
			}
		}
		return o
	}
	return "it gave no reason"
}

// readLines reads what the suites recorded about themselves. No file means that
// none of them met a real system.
func (r *run) readLines(file string) error {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the suites' records: %w", err)
	}
	defer f.Close()
	notRun, noData := map[string]bool{}, map[string]bool{}
	dec := json.NewDecoder(f)
	for n := 1; ; n++ {
		var l line
		err := dec.Decode(&l)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read the suites' records: record %d: %w", n, err)
		}
		what := strings.TrimSpace(l.System + " " + l.Version)
		switch l.Status {
		case "run":
			r.suite(l.Suite).against[what] = true
		case "not run":
			notRun[l.Suite+" against "+what+": "+l.Why] = true
		case "no data":
			noData[l.Suite+" on "+what+": "+l.Why] = true
		default:
			return fmt.Errorf("read the suites' records: record %d: unknown status %q", n, l.Status)
		}
	}
	r.notRun, r.noData = slices.Sorted(maps.Keys(notRun)), slices.Sorted(maps.Keys(noData))
	return nil
}

// totals returns the counts over all packages.
func (r *run) totals() (passed, failed, skipped int) {
	for _, s := range r.suites {
		passed, failed, skipped = passed+s.passed, failed+s.failed, skipped+s.skipped
	}
	return passed, failed, skipped
}

func (r *run) ok(ci bool) bool {
	passed, failed, _ := r.totals()
	return failed == 0 && passed > 0 && !(ci && len(r.notRun) > 0)
}
