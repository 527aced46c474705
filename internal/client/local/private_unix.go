//go:build unix

package local

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/droverhq/drover"
)

// private checks that a file is of this kind, ours, and that nobody else may
// write it.
func private(path string, kind fs.FileMode) error {
	fi, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if fi.Mode().Type() != kind {
		return fmt.Errorf("%s is not what a server leaves there: %w", path, drover.ErrPermission)
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if ok && int(st.Uid) != os.Geteuid() && os.Geteuid() != 0 || fi.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s belongs to somebody else or can be written by others, so it is not believed: %w", path, drover.ErrPermission)
	}
	return nil
}
