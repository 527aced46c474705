//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/droverhq/drover"
)

// lockFile takes an exclusive lock that the system frees with the process. The
// file stays: to remove it would let two processes lock two files of one name.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another drover process writes to it; stop that one, or let it do the work: %w", drover.ErrConflict)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}
