// Command openapi writes the OpenAPI document of the API to the file that it is
// given: go generate ./internal/api.
package main

import (
	"fmt"
	"os"

	"github.com/droverhq/drover/internal/api"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: openapi FILE")
		os.Exit(2)
	}
	doc, err := api.New(api.Options{}).Document()
	if err == nil {
		err = os.WriteFile(os.Args[1], doc, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}
