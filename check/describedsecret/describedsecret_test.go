package describedsecret_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/describedsecret"
)

func TestCheck(t *testing.T) { checktest.Run(t, describedsecret.Check) }
