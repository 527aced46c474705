package html

import (
	"testing"

	"github.com/droverhq/drover/export/exporttest"
	"github.com/droverhq/drover/internal/realtest"
)

func TestContract(t *testing.T) { exporttest.Run(t, Format) }

func TestFresh(t *testing.T) { realtest.Templ(t) }
