package noexpiry_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/noexpiry"
)

func TestCheck(t *testing.T) { checktest.Run(t, noexpiry.Check) }
