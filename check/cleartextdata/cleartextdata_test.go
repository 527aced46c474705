package cleartextdata

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
)

func Test(t *testing.T) { checktest.Run(t, Check) }
