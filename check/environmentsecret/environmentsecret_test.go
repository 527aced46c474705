package environmentsecret_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/environmentsecret"
)

func TestCheck(t *testing.T) { checktest.Run(t, environmentsecret.Check) }
