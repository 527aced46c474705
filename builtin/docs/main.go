// Command docs writes REFERENCE.md into each connector's folder, from the
// connector's own fields. Run it with go generate ./builtin.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/droverhq/drover/builtin"
)

func main() {
	for _, c := range builtin.Connectors {
		if err := os.WriteFile(file("..", c.Name), page(c), 0o644); err != nil {
			fmt.Fprintf(os.Stderr, "docs: %v\n", err)
			os.Exit(1)
		}
	}
}

func file(root, name string) string { return filepath.Join(root, "connector", name, "REFERENCE.md") }
