package manycredentials_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/manycredentials"
)

func TestCheck(t *testing.T) { checktest.Run(t, manycredentials.Check) }
