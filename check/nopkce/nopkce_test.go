package nopkce_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/nopkce"
)

func TestCheck(t *testing.T) { checktest.Run(t, nopkce.Check) }
