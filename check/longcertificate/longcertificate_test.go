package longcertificate_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/longcertificate"
)

func TestCheck(t *testing.T) { checktest.Run(t, longcertificate.Check) }
