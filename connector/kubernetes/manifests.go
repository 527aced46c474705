package kubernetes

import (
	"context"
	"fmt"

	"github.com/droverhq/drover"
	"github.com/droverhq/drover/connector"
)

func accepts(string, bool) (string, bool) { return "", false }

func discoverManifests(context.Context, *connector.Scan) error {
	return fmt.Errorf("option path: %w", drover.ErrInvalid)
}

func readsManifests(*connector.Session, func(connector.Read)) error { return nil }

func probeManifests(*connector.Session) error { return nil }
