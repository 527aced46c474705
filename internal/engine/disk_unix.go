//go:build unix

package engine

import "syscall"

// spaceOf asks what is free on the disk of a folder.
func spaceOf(dir string) (free, size int64, ok bool) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, 0, false
	}
	unit := int64(st.Bsize)
	return int64(st.Bavail) * unit, int64(st.Blocks) * unit, true
}
