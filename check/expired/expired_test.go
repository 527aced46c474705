package expired_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/expired"
)

func TestCheck(t *testing.T) { checktest.Run(t, expired.Check) }
