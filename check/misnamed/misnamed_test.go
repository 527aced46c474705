package misnamed

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
)

func TestCheck(t *testing.T) { checktest.Run(t, Check) }
