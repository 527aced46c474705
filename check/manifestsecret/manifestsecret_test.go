package manifestsecret_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/manifestsecret"
)

func TestCheck(t *testing.T) { checktest.Run(t, manifestsecret.Check) }
