//go:build unix

package machine

import (
	"io/fs"
	"strconv"
	"syscall"
)

// ownerOf is the numeric owner of a file, "" where the system has none.
func ownerOf(info fs.FileInfo) string {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(st.Uid), 10)
	}
	return ""
}
