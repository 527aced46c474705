package secret

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// BenchmarkScan scans Go's own source tree from memory: much text, few secrets.
func BenchmarkScan(b *testing.B) {
	var files [][]byte
	var size int64
	_ = filepath.WalkDir(filepath.Join(runtime.GOROOT(), "src", "net"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if data, err := os.ReadFile(path); err == nil {
				files = append(files, data)
				size += int64(len(data))
			}
		}
		return nil
	})
	if size == 0 {
		b.Skip("no Go source tree here")
	}
	s := Default()
	b.SetBytes(size)
	for b.Loop() {
		for _, f := range files {
			s.Scan("a.go", f)
		}
	}
}
