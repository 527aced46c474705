package aws_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector/aws"
)

func wide(order binary.AppendByteOrder, mark bool, s string) string {
	units := utf16.Encode([]rune(s))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	var b []byte
	for _, u := range units {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// What Windows PowerShell redirected is read, and found, as what others wrote.
func TestWideFiles(t *testing.T) {
	gaad := userList(userJSON("svc-ü", "AIDASVCSVCSVCSVC0001", "2020-01-01T00:00:00Z"))
	report := reportHead + "svc-ü,arn:aws:iam::123456789012:user/svc-ü,2020-01-01T00:00:00+00:00,true,N/A,2020-01-01T00:00:00+00:00,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"
	for name, as := range map[string]func(string) string{
		"UTF-8":                   func(s string) string { return s },
		"UTF-8 with a mark":       func(s string) string { return "\ufeff" + s },
		"UTF-16LE":                func(s string) string { return wide(binary.LittleEndian, true, s) },
		"UTF-16BE":                func(s string) string { return wide(binary.BigEndian, true, s) },
		"UTF-16LE without a mark": func(s string) string { return wide(binary.LittleEndian, false, s) },
		"UTF-16BE without a mark": func(s string) string { return wide(binary.BigEndian, false, s) },
	} {
		dir := folder(t, time.Hour, "b.json", as(gaad), "c.csv", as(report))
		if _, ok := aws.Connector.Accepts(dir, true); !ok {
			t.Errorf("%s: the folder is not accepted", name)
		}
		r := scanPath(t, dir)
		users := r.Merged().ByType("aws.iam.user")
		if len(users) != 1 || users[0].Name != "svc-ü" || users[0].Attrs.Get("password_enabled") != true || r.Status() != drover.StatusOK {
			t.Errorf("%s: %s, users %+v", name, r.Status(), users)
		}
	}
}

// A file that begins as JSON and breaks off is a gap, not a file of others.
func TestUnreadableFile(t *testing.T) {
	whole := userList(userJSON("svc", "AIDASVCSVCSVCSVC0001", "2020-01-01T00:00:00Z"))
	for name, bad := range map[string]string{"broken at once": `{"Vers`, "odd bytes": "[{\"A\": \x01}]", "half a UTF-16": wide(binary.LittleEndian, true, `{"UserDet`)} {
		r := scanPath(t, folder(t, time.Hour, "a.json", whole, "b.json", bad, "notes.csv", "a,b\n"))
		files, _ := r.Section("files")
		if said := notesOf(files); files.Status != drover.StatusPartial || !strings.Contains(said, "b.json") || strings.Contains(said, "notes.csv: byte") {
			t.Errorf("%s: files is %s: %s", name, files.Status, said)
		}
	}
}

// Any name will do: a folder is known by what lies in it.
func TestAnyName(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		want       bool
	}{
		"details":          {"x.json", userList(userJSON("svc", "AIDASVCSVCSVCSVC0001", "2020-01-01T00:00:00Z")), true},
		"keys":             {"out.json", `{"AccessKeyMetadata":[]}`, true},
		"a report":         {"y.csv", reportHead, true},
		"something else":   {"package.json", `{"name":"x","Users":[{"UserName":"a"}]}`, false},
		"far down in text": {"big.json", `{"text":"` + strings.Repeat("x", 1<<20) + `","UserDetailList":[]}`, false},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, got := aws.Connector.Accepts(dir, true); got != c.want {
			t.Errorf("%s: accepted %t, want %t", name, got, c.want)
		}
	}
}

// Nothing but a first page that says nothing of whose it is makes no account and
// no root user of one, and says what is missing.
func TestEmptyPage(t *testing.T) {
	r := scanPath(t, folder(t, 0, "p.json", `{"UserDetailList":[],"GroupDetailList":[],"RoleDetailList":[],"Policies":[],"IsTruncated":true,"Marker":"AAEx2"}`))
	if len(r.Nodes) != 0 || len(r.Edges) != 0 {
		t.Errorf("nodes %+v, edges %+v", r.Nodes, r.Edges)
	}
	for name, want := range map[string]string{"iam.account": "set option account", "iam.users": "--marker AAEx2", "iam.roles": "--marker AAEx2"} {
		if s, _ := r.Section(name); s.Status == drover.StatusOK || !strings.Contains(notesOf(s)+s.Error, want) {
			t.Errorf("%s is %s: %s %s", name, s.Status, s.Error, notesOf(s))
		}
	}
}
