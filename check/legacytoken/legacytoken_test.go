package legacytoken_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/legacytoken"
)

func TestCheck(t *testing.T) { checktest.Run(t, legacytoken.Check) }
