package plainvariable_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/plainvariable"
)

func TestCheck(t *testing.T) { checktest.Run(t, plainvariable.Check) }
