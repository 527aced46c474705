package secret

import (
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkScan scans Go's own source tree from memory: much text, few secrets.
func BenchmarkScan(b *testing.B) {
	var files [][]byte
	var size int64
	_ = filepath.WalkDir(filepath.Join(build.Default.GOROOT, "src", "net"), func(path string, d fs.DirEntry, err error) error {
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

// cleanAttrs is an attribute object of the kind that every scanned system gives
// by the million.
const cleanAttrs = `{"Arn":"arn:aws:iam::123456789012:role/service-role/app-runner","AssumeRolePolicyDocument":"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","CreateDate":"2024-05-11T09:21:44Z","Description":"Runs the nightly report","MaxSessionDuration":3600,"Path":"/service-role/","PermissionsBoundary":null,"RoleId":"AROA","RoleName":"app-runner","Tags":[{"Key":"team","Value":"data"},{"Key":"env","Value":"prod"}]}`

// BenchmarkRedactClean is the engine's hot path.
func BenchmarkRedactClean(b *testing.B) {
	Default()
	b.SetBytes(int64(len(cleanAttrs)))
	b.ReportAllocs()
	for b.Loop() {
		if len(RedactString(cleanAttrs)) != len(cleanAttrs) {
			b.Fatal("clean attributes were changed")
		}
	}
}
