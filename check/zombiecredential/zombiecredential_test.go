package zombiecredential_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/zombiecredential"
)

func TestCheck(t *testing.T) { checktest.Run(t, zombiecredential.Check) }
