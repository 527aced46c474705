package mcpsecret_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/mcpsecret"
)

func TestCheck(t *testing.T) { checktest.Run(t, mcpsecret.Check) }
