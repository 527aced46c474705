package leaknotrotated_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/leaknotrotated"
)

func TestCheck(t *testing.T) { checktest.Run(t, leaknotrotated.Check) }
