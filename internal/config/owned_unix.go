//go:build unix

package config

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/droverhq/drover"
)

func owned(info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("it belongs to user %d, and this is user %d: a configuration can name commands to run, so one that merely lies here is not read. Name it with --config if you trust it: %w", st.Uid, os.Geteuid(), drover.ErrInvalid)
	}
	if info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("everybody may write it: chmod o-w first, or name it with --config if you trust it: %w", drover.ErrInvalid)
	}
	return nil
}
