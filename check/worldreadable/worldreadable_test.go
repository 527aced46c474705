package worldreadable_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/worldreadable"
)

func TestCheck(t *testing.T) { checktest.Run(t, worldreadable.Check) }
