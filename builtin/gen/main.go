// Command gen writes builtin.go: every folder of a family that declares an
// extension, in the order of the names. Run it with go generate ./builtin.
package main

import (
	"fmt"
	"os"
)

func main() {
	src, err := generate(os.DirFS(".."))
	if err != nil {
		fmt.Fprintf(os.Stderr, "gen: %v\n", err)
		os.Exit(1)
	}
	if err := os.WriteFile("builtin.go", src, 0o644); err != nil {
		fmt.Fprintf(os.Stderr, "gen: %v\n", err)
		os.Exit(1)
	}
}
