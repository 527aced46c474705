package servicepassword_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/servicepassword"
)

func TestCheck(t *testing.T) { checktest.Run(t, servicepassword.Check) }
