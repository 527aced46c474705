// Package cli is the command line. Main takes the extensions as arguments, so
// that anyone can build a binary with a few more of their own.
package cli

import (
	"github.com/droverhq/drover/action"
	"github.com/droverhq/drover/check"
	"github.com/droverhq/drover/connector"
	"github.com/droverhq/drover/export"
)

// Config is what a binary is made of.
type Config struct {
	Connectors []*connector.Connector
	Checks     []*check.Check
	Actions    []*action.Action
	Formats    []*export.Format
}

// Main runs the command line and returns the exit code.
func Main(c Config) int { return 0 }
