package secret

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

func utf16Of(s string, big, mark bool) []byte {
	var b []byte
	units := utf16.Encode([]rune(s))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	for _, u := range units {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

func TestText(t *testing.T) {
	text := "name = \"grün 🔑\"\r\ntoken = \"" + gitlabPAT + "\"\r\n"
	for _, big := range []bool{false, true} {
		for _, mark := range []bool{false, true} {
			data := utf16Of(text, big, mark)
			if got := string(Text(data)); got != text {
				t.Errorf("big %v, mark %v: got %d bytes, want %d", big, mark, len(got), len(text))
			}
			if hits := Default().Scan("a.ps1", Text(data)); len(hits) != 1 || hits[0].Line != 2 {
				t.Errorf("big %v, mark %v: %d hits", big, mark, len(hits))
			}
		}
		n := 0
		data := utf16Of(strings.Repeat("x = 🔑1\n", 50_000)+text, big, true)
		err := Default().ScanReader("a.ini", iotest.HalfReader(bytes.NewReader(data)), func(h Hit) { n++ })
		if err != nil || n != 1 {
			t.Errorf("read as a stream: %d hits, %v", n, err)
		}
	}
	for name, data := range map[string][]byte{
		"binary": append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 100)...), "utf-32": []byte("\xff\xfe\x00\x00a\x00\x00\x00b\x00\x00\x00"), "zeros": make([]byte, 64), "numbers": bytes.Repeat([]byte{1, 0, 0, 0}, 100),
	} {
		if Text(data) != nil {
			t.Errorf("%s is no text", name)
		}
	}
	if got := Text([]byte("plain")); string(got) != "plain" {
		t.Errorf("plain text is %q", got)
	}
	if got := Text(nil); len(got) != 0 {
		t.Errorf("nothing is %q", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("\xff\xfea\x00\xd8"))
	f.Add([]byte("\x00a\x00b\x00c\x00d\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got := Text(data); Binary(got) && !Binary(data) {
			t.Error("a text became binary")
		}
	})
}
