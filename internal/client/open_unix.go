//go:build unix

package client

import "io/fs"

// open reports whether others than the owner may read or write a file.
func open(m fs.FileMode) bool { return m.Perm()&0o007 != 0 }
