//go:build unix

package engine

import (
	"fmt"
	"syscall"
)

// disk warns when the data directory's disk is nearly full.
func (d *Diagnosis) disk(home string) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(home, &st); err != nil {
		return // not made yet
	}
	free := uint64(st.Bavail) * uint64(st.Bsize)
	if free < 1<<30 {
		d.add("warn", "system", "disk", fmt.Sprintf("%d MB free", free/1e6), "drover store compact, or make room")
		return
	}
	d.add("ok", "system", "disk", fmt.Sprintf("%d GB free", free/1e9), "")
}
