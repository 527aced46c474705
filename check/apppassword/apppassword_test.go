package apppassword_test

import (
	"testing"

	"github.com/droverhq/drover/check/apppassword"
	"github.com/droverhq/drover/check/checktest"
)

func TestCheck(t *testing.T) { checktest.Run(t, apppassword.Check) }
