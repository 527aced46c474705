//go:build !linux && !darwin

package store

import (
	"path/filepath"
	"strings"
)

// networkFS knows only what the path itself says: a UNC share.
func networkFS(dir string) string {
	if strings.HasPrefix(filepath.VolumeName(dir), `\\`) {
		return "share"
	}
	return ""
}
