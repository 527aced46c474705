package statesecret_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/statesecret"
)

func TestCheck(t *testing.T) { checktest.Run(t, statesecret.Check) }
