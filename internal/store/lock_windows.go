package store

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"github.com/droverhq/drover"
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

// LockFileEx, learn.microsoft.com/windows/win32/api/fileapi.
const (
	lockFailImmediately = 1
	lockExclusive       = 2
	errLockViolation    = syscall.Errno(33)
)

// lockFile takes an exclusive lock that the system frees with the process.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	var at syscall.Overlapped
	ok, _, errno := lockFileEx.Call(f.Fd(), lockFailImmediately|lockExclusive, 0, 1, 0, uintptr(unsafe.Pointer(&at)))
	if ok == 0 {
		f.Close()
		if errno == errLockViolation {
			return nil, fmt.Errorf("another drover process writes to it; stop that one, or let it do the work: %w", drover.ErrConflict)
		}
		return nil, fmt.Errorf("lock %s: %w", path, errno)
	}
	return f, nil
}
