//go:build !unix

package machine

import "os"

// openQuietly opens for reading. Windows keeps pipes and devices out of the
// directory tree.
func openQuietly(r *os.Root, name string) (*os.File, error) {
	return r.OpenFile(name, os.O_RDONLY, 0)
}
