package staticfederable_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/staticfederable"
)

func TestCheck(t *testing.T) { checktest.Run(t, staticfederable.Check) }
