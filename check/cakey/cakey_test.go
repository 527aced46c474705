package cakey_test

import (
	"testing"

	"github.com/droverhq/drover/check/cakey"
	"github.com/droverhq/drover/check/checktest"
)

func TestCheck(t *testing.T) { checktest.Run(t, cakey.Check) }
