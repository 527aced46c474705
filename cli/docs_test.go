package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/droverhq/drover/internal/config"
)

// fences finds the shell and YAML examples of a page.
var fences = regexp.MustCompile("(?ms)^```(sh|yaml)\n(.*?)^```")

// Every example in docs/use and docs/operate is a command line that this binary takes, and every
// configuration one that it reads.
func TestUseDocs(t *testing.T) {
	pages, err := filepath.Glob("../docs/[uo]*/*.md")
	if err != nil || len(pages) < 7 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	texts := map[string]string{}
	for _, p := range pages {
		raw, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		texts[p] = string(raw)
	}
	dir := fresh(t)
	write(t, filepath.Join(dir, "planted", "src", ".env"), "API_KEY=x\n")
	must(t, 0, "scan", write(t, filepath.Join(dir, "estate.jsonl"), estate))
	examples := 0
	for page, text := range texts {
		for _, m := range fences.FindAllStringSubmatch(text, -1) {
			if m[1] == "yaml" {
				if _, err := config.Load(write(t, filepath.Join(dir, "example.yaml"), m[2]), nil); err != nil {
					t.Errorf("%s: %v", page, err)
				}
				continue
			}
			for line := range strings.Lines(m[2]) {
				if args := words(line); len(args) > 0 {
					examples++
					example(t, page, args)
				}
			}
		}
	}
	if examples < 30 {
		t.Errorf("only %d examples were found", examples)
	}
}

// example runs what only reads; of the rest, and of what names things that are
// not here, it wants the flags to be known.
func example(t *testing.T, page string, args []string) {
	t.Helper()
	for i, a := range args {
		if a == "NAME" || a == "svc-bi-export" {
			args[i] = "svc-prod-mailer"
		}
	}
	reads := args[0] == "list" || args[0] == "show" || args[0] == "diff" || args[0] == "config"
	for _, a := range args {
		if a == "--watch" || a == "--as-of" || a == "--since" || a == "--from" {
			reads = false // the history of this estate is a moment long
		}
	}
	if !reads {
		args = append(args, "--help")
	}
	if _, errs, code := run(t, args...); code != 0 {
		t.Errorf("%s: drover %s: exit code %d: %s", page, strings.Join(args, " "), code, errs)
	}
}

// words splits a command line as a shell does that knows single quotes and
// comments, and drops the name of the program.
func words(line string) []string {
	var out []string
	line = strings.TrimSpace(line)
	for line != "" && line[0] != '#' {
		var w string
		if line[0] == '\'' {
			end := strings.IndexByte(line[1:], '\'') + 1
			w, line = line[1:end], line[end+1:]
		} else {
			end := strings.IndexAny(line+" ", " ")
			w, line = line[:end], line[end:]
			if q := strings.IndexByte(w, '\''); q >= 0 {
				rest := w[q+1:] + line
				end := strings.IndexByte(rest, '\'')
				w, line = w[:q]+rest[:end], rest[end+1:]
			}
		}
		out = append(out, w)
		line = strings.TrimSpace(line)
	}
	if len(out) > 0 && out[0] == "drover" {
		return out[1:]
	}
	return nil
}
