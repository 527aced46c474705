//go:build !unix

package mapped

import "os"

// File reads a whole file where mapping one needs more than it is worth.
func File(path string, _ bool) ([]byte, error) { return os.ReadFile(path) }
