package vaultstale_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/vaultstale"
)

func TestCheck(t *testing.T) { checktest.Run(t, vaultstale.Check) }
