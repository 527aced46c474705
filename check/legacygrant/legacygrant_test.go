package legacygrant_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/legacygrant"
)

func TestCheck(t *testing.T) { checktest.Run(t, legacygrant.Check) }
