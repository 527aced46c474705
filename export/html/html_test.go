package html

import (
	"testing"

	"github.com/droverhq/drover/export/exporttest"
)

func TestContract(t *testing.T) { exporttest.Run(t, Format) }
