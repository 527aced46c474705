// Command docs writes REFERENCE.md into each connector's folder, from the
// connector's own fields, and the list of alias schemes. Run it with go generate ./builtin.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/droverhq/drover/builtin"
)

func main() {
	for _, c := range builtin.Connectors {
		write(file("..", c.Name), page(c))
	}
	write(aliasFile(".."), aliases())
}

func write(name string, b []byte) {
	if err := os.WriteFile(name, b, 0o644); err != nil {
		fmt.Fprintf(os.Stderr, "docs: %v\n", err)
		os.Exit(1)
	}
}

func aliasFile(root string) string { return filepath.Join(root, "docs", "reference", "aliases.md") }

func file(root, name string) string { return filepath.Join(root, "connector", name, "REFERENCE.md") }
