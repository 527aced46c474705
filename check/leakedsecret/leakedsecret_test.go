package leakedsecret_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/leakedsecret"
)

func TestCheck(t *testing.T) { checktest.Run(t, leakedsecret.Check) }
