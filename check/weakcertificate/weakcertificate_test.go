package weakcertificate_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/weakcertificate"
)

func TestCheck(t *testing.T) { checktest.Run(t, weakcertificate.Check) }
