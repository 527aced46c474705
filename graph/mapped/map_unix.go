//go:build unix

package mapped

import (
	"os"
	"syscall"
)

// File maps a whole file. What is written to a writable mapping stays in this
// process; a mapping is never undone.
func File(path string, writable bool) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil || fi.Size() == 0 {
		return nil, err
	}
	prot := syscall.PROT_READ
	if writable {
		prot |= syscall.PROT_WRITE
	}
	return syscall.Mmap(int(f.Fd()), 0, int(fi.Size()), prot, syscall.MAP_PRIVATE)
}
