package cli_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// hostile are names that somebody gave to do something to the reader.
var hostile = []string{
	"ansi \x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J", "c1 \u009b31m", "back\b\b\b\bspace", "del\x7f", "bidi \u202egnp.exe\u202c \u2066x\u2069", "zero\u200bwidth\u200d\ufeff", "tag\U000e0041\U000e0042", "line\nfeed\r\nreturn", "tab\tseparated", "sep\u2028\u2029",
	"nul\x00byte", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "  =1+1", "\t=1", "|cmd", "%x", "＝1", "pipe | in | cell", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "`code` *bold* _it_ ~~s~~ ![i](u)", "&lt;b&gt;",
	`quote " and ' and \`, "comma, semicolon; ", "- list", "# heading", "key: value", "{a: 1}", "!!python/object", "*alias", "&anchor", "null", "~", "true", "1e3", "日本語の名前", "emoji 👩‍💻", "combining é̂", "$(rm -rf /) `id` ${HOME}", strings.Repeat("long ", 200_000),
}

// In no format can a name do anything but be read: not to a terminal, not to a
// spreadsheet, not to a page that shows Markdown. JSON gives it back unchanged.
func TestHostileNames(t *testing.T) {
	dir := fresh(t)
	var b bytes.Buffer
	for i, name := range hostile {
		raw, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, `{"node":{"ref":"h/-/u/%03d","kind":"identity","type":"h.u","name":%s,"aliases":["x:%03d"],"attrs":{"note":%[2]s}}}`+"\n", i, raw, i)
	}
	fmt.Fprintf(&b, `{"edge":{"from":"h/-/u/000","to":"h/-/u/001","kind":"can_assume","part":%q,"proof":%q}}`+"\n", hostile[7], hostile[4])
	fmt.Fprintf(&b, `{"section":{"name":"all","coverage":"h","status":"ok","objects":%d}}`+"\n", len(hostile)+1)
	file := write(t, filepath.Join(dir, "hostile.jsonl"), b.String())
	harmless(t, "scan", must(t, 0, "scan", file))

	items := map[string]string{}
	for _, item := range object(t, must(t, 0, "list", "-o", "json"))["items"].([]any) {
		m := item.(map[string]any)
		items[m["ref"].(string)] = m["name"].(string)
	}
	want := map[string]string{}
	for i, name := range hostile {
		if len(name) > 1024 {
			name = name[:1024-len("…")] + "…"
		}
		want[fmt.Sprintf("h/-/u/%03d", i)] = strings.ReplaceAll(name, "\x00", "\uFFFD")
	}
	if diff := cmp.Diff(want, items); diff != "" {
		t.Errorf("JSON changes a name (-want +got):\n%s", diff)
	}
	for _, format := range []string{"table", "wide", "name", "csv", "md", "json", "ndjson", "yaml"} {
		args := []string{"list", "-o", format}
		if format == "table" || format == "wide" {
			args = append(args, "--all")
		}
		out := must(t, 0, args...)
		harmless(t, format, out)
		head := map[string]int{"table": 1, "wide": 1, "csv": 1, "md": 2, "json": 1}[format]
		if n := strings.Count(out, "\n") - head; n != len(hostile) && format != "yaml" {
			t.Errorf("%s: %d rows, want %d", format, n, len(hostile))
		}
		switch format {
		case "csv":
			cells(t, out)
		case "md":
			markup(t, out)
		case "yaml":
			var v any
			if err := yaml.Unmarshal([]byte(out), &v); err != nil {
				t.Errorf("yaml: %v", err)
			}
		}
	}
	for _, args := range [][]string{{"list", "edges"}, {"list", "edges", "-o", "csv"}, {"diff"}, {"diff", "-o", "json"}, {"diff", "-o", "csv"}, {"show", "h/-/u/000"}, {"show", "h/-/u/004"}, {"show", "h/-/u/007", "-o", "json"}, {"show", "h/-/u/001", "-o", "yaml"}} {
		harmless(t, strings.Join(args, " "), must(t, 0, args...))
	}
	for _, word := range []string{"\x1b[31m", "\u202e", "x\ny"} {
		_, errs, _ := run(t, "show", word)
		harmless(t, "error", strings.TrimSuffix(errs, "\n"))
	}
}

// Bytes that are no text cost their record and nothing else.
func TestInvalidBytes(t *testing.T) {
	dir := fresh(t)
	file := write(t, filepath.Join(dir, "bytes.csv"), "User ID,Login\n1,ok\n2,bad\xff\xfe\xc3\n")
	mapping := write(t, filepath.Join(dir, "m.yaml"), "mapping: drover/v1\nname: u\nsystem: crm\nrows:\n  - {kind: identity, type: crm.user, id: \"{User ID}\", name: \"{Login}\"}\n")
	config := write(t, filepath.Join(dir, "drover.yaml"), fmt.Sprintf("version: 1\nsources: [{id: u, kind: file, paths: [%q], mapping: %q}]\n", file, mapping))
	run(t, "--config", config, "scan")
	for _, format := range []string{"table", "json", "csv", "yaml", "md", "name"} {
		out := must(t, 0, "list", "-o", format)
		if !utf8.ValidString(out) || !strings.Contains(out, "ok") {
			t.Errorf("%s: %q", format, out)
		}
		harmless(t, format, out)
	}
}

// harmless wants a text of which a terminal does nothing but show it.
func harmless(t *testing.T, what, text string) {
	t.Helper()
	for i, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || r == utf8.RuneError && text[i] != 0xef) {
			t.Errorf("%s holds %U in %q", what, r, text[max(0, i-30):min(len(text), i+30)])
			return
		}
	}
}

func cells(t *testing.T, text string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, c := range row {
			if first := strings.TrimLeft(c, " \u00a0"); first != "" && c != "-" && strings.ContainsRune("=+-@|%\t\r＝＋－＠", []rune(first)[0]) {
				t.Errorf("a spreadsheet runs the cell %q", c)
			}
		}
	}
}

// active is what Markdown or HTML would act on, where it is not escaped.
var active = regexp.MustCompile("(^|[^\\\\])[<>`*_~\\[\\]!]")

func markup(t *testing.T, text string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	bars := func(s string) int {
		return strings.Count(strings.ReplaceAll(strings.ReplaceAll(s, `\\`, ""), `\|`, ""), "|")
	}
	for i, line := range lines {
		if i != 1 && bars(line) != bars(lines[0]) {
			t.Errorf("a cell breaks out of its column: %q", line)
		}
		if m := active.FindString(strings.ReplaceAll(line, `\\`, "")); m != "" {
			t.Errorf("markup %q in %q", m, line)
		}
	}
}
