package kerberoast_test

import (
	"testing"

	"github.com/droverhq/drover/check/checktest"
	"github.com/droverhq/drover/check/kerberoast"
)

func TestCheck(t *testing.T) { checktest.Run(t, kerberoast.Check) }
