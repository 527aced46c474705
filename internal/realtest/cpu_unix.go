//go:build unix

package realtest

import (
	"syscall"
	"time"
)

// CPUTime is the processor time that this process has used on all cores, its
// garbage collector's with it.
func CPUTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
