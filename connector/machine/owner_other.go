//go:build !unix

package machine

import "io/fs"

// ownerOf is the numeric owner of a file, "" where the system has none.
func ownerOf(fs.FileInfo) string { return "" }
