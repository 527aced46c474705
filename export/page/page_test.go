package page

import (
	"testing"

	"github.com/droverhq/drover/internal/realtest"
)

func TestFresh(t *testing.T) { realtest.Templ(t) }
