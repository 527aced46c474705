package expiring_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/expiring"
)

func TestCheck(t *testing.T) { checktest.Run(t, expiring.Check) }
