package nopassphrase_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/nopassphrase"
)

func TestCheck(t *testing.T) { checktest.Run(t, nopassphrase.Check) }
