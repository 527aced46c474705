package historysecret_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/historysecret"
)

func TestCheck(t *testing.T) { checktest.Run(t, historysecret.Check) }
