//go:build unix

package serve

import (
	"fmt"
	"os"
	"syscall"

	"github.com/droverhq/drover"
)

// ownRoom checks that a folder is ours, and that nobody else may enter it.
func ownRoom(dir string) error {
	fi, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at the folder of the local socket: %w", err)
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !fi.IsDir() || fi.Mode().Perm()&0o077 != 0 || ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s is not a private folder of this user: remove it, or set XDG_RUNTIME_DIR: %w", dir, drover.ErrPermission)
	}
	return nil
}
