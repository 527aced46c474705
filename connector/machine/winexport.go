package machine

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/droverhq/drover"
)

// Windows keeps its services in the registry, which is no text. What an
// administrator exports of them is:
//
//	Get-CimInstance Win32_Service | Export-Csv services.csv        (or ConvertTo-Json)
//	schtasks /query /v /fo csv > schtasks.csv
var exportRow = &row{category: "windows", what: "exports of Windows services and scheduled tasks", given: true,
	paths: paths{all: []string{"*services*.csv", "*service*.json", "*schtasks*.csv", "*tasks*.csv"}}, read: readExport}

// maxExport is how many rows of one export are read.
const maxExport = 100_000

// readExport reads a file that was looked at because of its name. One without
// the columns of an export is some other table, and that is no loss.
func readExport(f *file) error {
	if strings.HasSuffix(strings.ToLower(f.base()), ".json") {
		return f.jsonExport()
	}
	r := csv.NewReader(bytes.NewReader(utf8Text(f.data)))
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, true
	var columns map[string]int
	for n := 0; n < maxExport; n++ {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if columns == nil {
				return nil
			}
			return fmt.Errorf("read export: %w: %w", err, drover.ErrInvalid)
		}
		if len(rec) == 1 && strings.HasPrefix(rec[0], "#TYPE") {
			continue // Export-Csv of Windows PowerShell begins with one
		}
		if columns == nil {
			if columns = exportColumns(rec); columns == nil {
				return nil
			}
			continue
		}
		line, _ := r.FieldPos(0)
		get := func(name string) string {
			if i, ok := columns[name]; ok && i < len(rec) {
				return strings.Clone(strings.TrimSpace(rec[i]))
			}
			return ""
		}
		f.exported(get, line)
	}
	return fmt.Errorf("read export: more than %d rows; the rest were not read: %w", maxExport, drover.ErrInvalid)
}

// exportColumns finds the columns by their names, nil when they are not those of
// an export.
func exportColumns(rec []string) map[string]int {
	m := map[string]int{}
	for i, c := range rec {
		if c = strings.ToLower(strings.TrimSpace(c)); len(c) < 64 {
			if _, twice := m[c]; !twice {
				m[strings.Clone(c)] = i
			}
		}
	}
	_, service := m["startname"]
	_, name := m["name"]
	_, task := m["taskname"]
	_, user := m["run as user"]
	if service && name || task && user {
		return m
	}
	return nil
}

// jsonExport reads what ConvertTo-Json makes: a list of objects, or one.
func (f *file) jsonExport() error {
	text := bytes.TrimSpace(utf8Text(f.data))
	if !bytes.Contains(text, []byte(`"StartName"`)) {
		return nil
	}
	if bytes.HasPrefix(text, []byte("{")) {
		text = append(append([]byte("["), text...), ']')
	}
	var list []struct{ Name, StartName, PathName, DisplayName, StartMode string }
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("read export: %w: %w", err, drover.ErrInvalid)
	}
	for _, s := range list[:min(len(list), maxExport)] {
		f.exported(func(name string) string {
			return map[string]string{"name": s.Name, "startname": s.StartName, "pathname": s.PathName, "displayname": s.DisplayName, "startmode": s.StartMode}[name]
		}, 0)
	}
	return nil
}

// exported emits one service or task and the account that it runs as.
func (f *file) exported(get func(string) string, line int) {
	typ, name, user, command := "windows.service", get("name"), get("startname"), get("pathname")
	if name == "" {
		typ, name, user, command = "windows.task", get("taskname"), get("run as user"), get("task to run")
	}
	if name == "" || name == "TaskName" {
		return // schtasks repeats its header for every folder
	}
	ref := f.ref(strings.ReplaceAll(typ, ".", "_"), f.show+"#"+name)
	f.out.Node(drover.Node{Ref: ref, Kind: drover.KindWorkload, Type: typ, Name: clip(name), Attrs: safeAttrs(map[string]any{"command": command, "user": user, "start_mode": get("startmode"), "description": get("displayname"), "file": f.show})})
	f.fileTime(ref)
	if user != "" && user != "N/A" {
		f.edge(drover.EdgeRunsAs, ref, f.windowsAccount(user), line)
	}
}

// utf8Text takes off a byte order mark and turns UTF-16, as PowerShell writes
// it, into UTF-8.
func utf8Text(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if !bytes.HasPrefix(b, []byte("\xff\xfe")) {
		return b
	}
	out := make([]rune, 0, len(b)/2)
	for i := 2; i+1 < len(b); i += 2 {
		out = append(out, rune(b[i])|rune(b[i+1])<<8)
	}
	return []byte(string(out))
}
