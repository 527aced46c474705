// Command docs writes docs/reference/connectors.md from the connectors' own
// fields. Run it with go generate ./builtin.
package main

import (
	"fmt"
	"os"

	"github.com/droverhq/drover/builtin"
)

const file = "docs/reference/connectors.md"

func main() {
	if err := os.MkdirAll("../docs/reference", 0o755); err != nil {
		fail(err)
	}
	if err := os.WriteFile("../"+file, page(builtin.Connectors), 0o644); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "docs: %v\n", err)
	os.Exit(1)
}
