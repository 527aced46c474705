//go:build unix && !linux

package machine

import (
	"os"
	"syscall"
)

// openQuietly opens for reading without waiting for a writer of a pipe.
func openQuietly(r *os.Root, name string) (*os.File, error) {
	return r.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
