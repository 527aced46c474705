// Command docs writes REFERENCE.md into each connector's folder and README.md into
// each check's, from their own fields, the list of alias schemes, and what the
// README says of each connector's tests. Run it with go generate ./builtin.
//
// With the argument index, at the root, it writes the list of all checks into
// docs/reference/checks.md.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/droverhq/drover/builtin"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "index" {
		write(indexFile("."), index(builtin.Checks))
		return
	}
	for _, c := range builtin.Connectors {
		write(file("..", c.Name), page(c))
	}
	for _, c := range builtin.Checks {
		list, err := examples("..", c.ID)
		if err != nil {
			fmt.Fprintf(os.Stderr, "docs: %v\n", err)
			os.Exit(1)
		}
		write(checkFile("..", c.ID), checkPage(c, list))
	}
	write(aliasFile(".."), aliases())
	text, err := os.ReadFile(readmeFile(".."))
	if err != nil {
		fmt.Fprintf(os.Stderr, "docs: %v\n", err)
		os.Exit(1)
	}
	page, _ := readme(string(text), builtin.Connectors)
	write(readmeFile(".."), []byte(page))
}

func write(name string, b []byte) {
	if err := os.WriteFile(name, b, 0o644); err != nil {
		fmt.Fprintf(os.Stderr, "docs: %v\n", err)
		os.Exit(1)
	}
}

func aliasFile(root string) string { return filepath.Join(root, "docs", "reference", "aliases.md") }

func file(root, name string) string { return filepath.Join(root, "connector", name, "REFERENCE.md") }
