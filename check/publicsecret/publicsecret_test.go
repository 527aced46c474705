package publicsecret_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/publicsecret"
)

func TestCheck(t *testing.T) { checktest.Run(t, publicsecret.Check) }
