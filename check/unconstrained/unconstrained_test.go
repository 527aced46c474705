package unconstrained_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/unconstrained"
)

func TestCheck(t *testing.T) { checktest.Run(t, unconstrained.Check) }
