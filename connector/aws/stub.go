package aws

import (
	"context"

	"github.com/droverhq/drover/connector"
)

func accepts(string, bool) (string, bool)                                   { return "", false }
func discoverFiles(context.Context, *connector.Scan) error                  { return nil }
func reads(context.Context, *connector.Session, func(connector.Read)) error { return nil }
func probe(context.Context, *connector.Session) error                       { return nil }
