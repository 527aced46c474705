package asreproast_test

import (
	"testing"

	"github.com/droverhq/drover/check/asreproast"
	"github.com/droverhq/drover/check/checktest"
)

func TestCheck(t *testing.T) { checktest.Run(t, asreproast.Check) }
