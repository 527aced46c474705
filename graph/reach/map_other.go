//go:build !unix

package reach

import "os"

// mapFile reads a whole file where mapping one needs more than it is worth.
func mapFile(path string) ([]byte, error) { return os.ReadFile(path) }
