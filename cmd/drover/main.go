// Command drover finds, classifies and remembers non-human identities. A private
// build adds its own connectors to the lists given here.
package main

import (
	"os"

	"github.com/droverhq/drover/builtin"
	"github.com/droverhq/drover/cli"
	"github.com/droverhq/drover/internal/serve"
)

func main() {
	os.Exit(cli.Main(cli.Config{Connectors: builtin.Connectors, Checks: builtin.Checks, Actions: builtin.Actions, Formats: builtin.Formats, Systems: builtin.Systems, Serve: serve.Run}))
}
