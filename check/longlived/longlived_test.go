package longlived_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/longlived"
)

func TestCheck(t *testing.T) { checktest.Run(t, longlived.Check) }
