package nopassword_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/nopassword"
)

func TestCheck(t *testing.T) { checktest.Run(t, nopassword.Check) }
