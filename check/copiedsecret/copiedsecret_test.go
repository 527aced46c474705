package copiedsecret_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/copiedsecret"
)

func TestCheck(t *testing.T) { checktest.Run(t, copiedsecret.Check) }
